#!/usr/bin/env bash
# npm.sh LOG: node and npm, whosoever, that can build the web app; Debian's are
# installed where there are none.
set -euo pipefail

need=(ca-certificates)
command -v node > /dev/null || need+=(nodejs)
command -v npm > /dev/null || need+=(npm)
bash "$(dirname "$0")/install.sh" "$1" "${need[@]}"

if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
    echo "$(command -v node) is $(node --version): 18 is needed" >&2
    exit 1
fi
