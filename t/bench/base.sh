#!/usr/bin/env bash
# base.sh BUILD COMMIT: builds what is compared of a commit, in a folder of its
# own below BUILD/bench, once; prints that build's path.
set -euo pipefail

commit=$(git rev-parse --verify "$2^{commit}")
folder=$1/bench/base/$commit

if [ ! -f "$folder/built" ]; then
    echo "building $commit" >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    git archive "$commit" | tar -x -C "$folder"

    # make's own variables would be those of this work tree
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$folder" \
        "$folder/build/ngx_http_billing_module.so" \
        "$folder/build/bench/parse" "$folder/build/bench/aggregate" > "$folder.log" 2>&1 \
        || { tail -n 30 "$folder.log" >&2; exit 1; }
    touch "$folder/built"
fi

echo "$folder/build"
