#!/usr/bin/env bash
# build.sh BUILD: two nginx of the installed version, from source, with
# AddressSanitizer and UndefinedBehaviorSanitizer:
#
#     BUILD/asan/product/nginx   with the module linked in
#     BUILD/asan/event/nginx     plain, and beside it event/*.so, the test
#                                modules of the bridges, linked with the objects
#                                of the other
#
# NGX_DEBUG_PALLOC makes every allocation from a pool one of its own, so that
# an overrun inside a pool is seen too.

set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
asan=$1/asan
sources=$1/sources
src=$(bash "$top/t/asan/fetch.sh" "$1/source")

# that of the make that runs this
unset MAKEFLAGS MFLAGS MAKELEVEL

# what nginx's own code does on purpose is left out
cc_opt='-fPIC -g -O1 -fno-omit-frame-pointer -DNGX_DEBUG_PALLOC=1'
cc_opt+=' -fsanitize=address,undefined -fno-sanitize-recover=undefined'
cc_opt+=' -fno-sanitize=nonnull-attribute,pointer-overflow,alignment,shift'

flags=(--with-compat --with-debug --with-threads --with-http_ssl_module
       --with-http_v2_module --with-http_auth_request_module
       --with-http_realip_module --with-http_sub_module
       "--with-cc-opt=$cc_opt" "--with-ld-opt=-fsanitize=address,undefined")

# build FOLDER TARGETS... -- CONFIGURE ARGUMENTS...
build() {
    local dir=$1 targets=()
    shift
    while [ "$1" != -- ]; do targets+=("$1"); shift; done
    shift

    if [ ! -f "$dir/objs/Makefile" ] \
        || [ "$top/config" -nt "$dir/objs/Makefile" ] \
        || [ "$sources" -nt "$dir/objs/Makefile" ]
    then
        rm -rf "$dir"
        mkdir -p "$(dirname "$dir")"
        cp -r "$src" "$dir"
        (cd "$dir" && ./configure "${flags[@]}" "$@" > configure.log 2>&1) \
            || { tail -n 20 "$dir/configure.log"; exit 1; }
        bash "$top/t/build/depfiles.sh" "$dir"
    fi

    make -s -j "$(nproc)" -C "$dir" -f objs/Makefile "${targets[@]}"
}

export BILLING_WEB=$1/web

build "$asan/product" binary -- "--add-module=$top"
install -D "$asan/product/objs/nginx" "$asan/product/nginx"

# an executable's names are there for all modules that it loads
if nm -D --defined-only "$asan/product/nginx" | grep ' redis'; then
    echo "hiredis' names get out of nginx"
    exit 1
fi

build "$asan/event/src" binary --
install -D "$asan/event/src/objs/nginx" "$asan/event/nginx"
make -s -j "$(nproc)" -C "$asan/product" -f "$top/t/event/modules.mk" \
    OUT="$asan/event"
