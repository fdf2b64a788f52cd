#!/usr/bin/env bash
# build.sh DIR: builds the test modules, one for each folder here that has a
# config, against the nginx of configure-nginx; DIR/*.so is the result.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)

shopt -s nullglob
modules=()
for config in "$here"/*/config; do
    modules+=("--add-dynamic-module=$(dirname "$config")")
done

"$here/../lib/configure-nginx" "$dir/nginx" "${modules[@]}"
cd "$dir/nginx"
make -j 2 -s -f objs/Makefile modules

cp objs/*.so "$dir/"
