#!/usr/bin/env bash
# lint.sh BUILD: what compilers and checkers say of src/, against the nginx that
# the module in BUILD was compiled for.
set -euo pipefail
shopt -s nullglob

build=$1
nginx=$build/nginx
includes=(-Isrc)
for folder in src/{core,event,event/modules,event/quic,os/unix,http} \
    src/http/{modules,v2,v3} objs; do
    includes+=("-I$nginx/$folder")
done

pure=(src/{core,providers}/*.c)
rest=(src/{event,store,fetch,cost,http}/*.c)

# each FILE... -- COMMAND...: runs it with each file, on all cores
each() {
    local files=()
    while [ "$1" != -- ]; do files+=("$1"); shift; done
    shift
    printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -I{} "$@"
}

# tidy FILE... -- ARGUMENT...
tidy() {
    local files=()
    while [ "$1" != -- ]; do files+=("$1"); shift; done
    shift
    each "${files[@]}" -- clang-tidy --quiet "$@" {} -- -std=gnu11 "${includes[@]}" \
        2> /dev/null
}

echo "against nginx $(sed -n 's/.*define NGINX_VERSION *//p' "$nginx/src/core/nginx.h")"

each "${rest[@]}" -- gcc -std=gnu11 -Wall -Wextra -Werror -Wpointer-arith -Wshadow \
    -Wswitch-enum -Wno-unused-parameter -fsyntax-only "${includes[@]}" {}

clang-format --dry-run -Werror src/*/*.[ch] t/*/*.c t/*/*/*.c

cppcheck -q -j "$(nproc)" --std=c11 --error-exitcode=1 --inline-suppr \
    --enable=warning,performance,portability --suppress=missingInclude \
    -I src src/core src/providers

# clang-tidy's model of memory does not know nginx's queues: an element taken out
# and freed is taken for still being in.
tidy "${pure[@]}" --
tidy "${rest[@]}" -- \
    --checks=-clang-analyzer-unix.Malloc,-clang-analyzer-core.NullDereference
