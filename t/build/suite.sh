#!/usr/bin/env bash
# suite.sh BUILD TEST...: runs tests, three at a time, with this Debian's own node
# and programs, whatever the PATH has first; says what has failed, and which ten
# files took longest.
set -euo pipefail

build=$1
shift

# that of the make that runs this
unset MAKEFLAGS MFLAGS MAKELEVEL

export PATH=$build/node/bin:/usr/bin:$PATH
export BILLING_BUILD=$build BILLING_FAILED=$build/failed CMOCKA_MESSAGE_OUTPUT=TAP
times=$build/prove.state

: > "$BILLING_FAILED"
rm -f "$times"

status=0
prove -j 3 --timer -e t/lib/run-test --state=save --statefile="$times" "$@" \
    || status=$?

# "  NAME:" or with quotes, and below it "    elapsed: SECONDS"
echo "took longest:"
awk '/^  [^ ]/ { name = $1; gsub(/^"|"?:$/, "", name) }
     /^    elapsed:/ { printf "%6.1f s  %s\n", $2, name }' "$times" \
    | sort -rn | sed -n 1,10p

cat "$BILLING_FAILED"
exit $status
