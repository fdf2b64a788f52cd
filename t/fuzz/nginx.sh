#!/usr/bin/env bash
# nginx.sh BUILD COMPILER...: makes BUILD/fuzz/libnginx.a, the parts of nginx
# and of ours that the targets called nginx_* link, with the compiler given.
# The library is empty where nginx's source cannot be had.
set -eu -o pipefail

build=$1
out=$build/fuzz/nginx
shift

rm -rf "$out" "$out.a" "$build/fuzz/libnginx.a"
mkdir -p "$out"

if ! src=$(bash t/asan/fetch.sh "$build/source" 2> "$out.log"); then
    cat "$out.log" >&2
    ar rcs "$build/fuzz/libnginx.a"
    exit
fi

{
    for name in string palloc array list inet parse parse_time crc32 \
        murmurhash rbtree queue; do
        echo "$src/src/core/ngx_$name.c"
    done
    echo "$src/src/os/unix/ngx_alloc.c"
    printf '%s\n' src/store/seal.c \
        src/event/redis_url*.c
} | xargs -P 2 -I{} sh -c '"$@" -c {} -o '"$out"'/$(basename {} .c).o' sh "$@"

ar rcs "$build/fuzz/libnginx.a" "$out"/*.o
