#!/usr/bin/env bash
# build.sh DIR: builds the test modules, one for each folder here that has a
# config, against the source of Debian's nginx; DIR/*.so is the result.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
src=${NGINX_SRC:-/usr/share/nginx/src}

shopt -s nullglob
modules=()
for config in "$here"/*/config; do
    modules+=("--add-dynamic-module=$(dirname "$config")")
done

rm -rf "$dir/nginx"
cp -r "$src" "$dir/nginx"
cd "$dir/nginx"

# shellcheck source=/dev/null
. ./conf_flags
./configure "${NGX_CONF_FLAGS[@]}" "${modules[@]}" > configure.log 2>&1 \
    || { tail -n 20 configure.log; exit 1; }
make -j 2 -s -f objs/Makefile modules

cp objs/*.so "$dir/"
