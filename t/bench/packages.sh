#!/usr/bin/env bash
# packages.sh FOLDER: what others in the benchmark run with.  lua-nginx-redis is
# one file, but its package brings all of nginx's modules: it is unpacked only.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"

rm -rf lua ./*.deb
apt-get -q download lua-nginx-redis > lua.log 2>&1 || { cat lua.log; exit 1; }
dpkg -x lua-nginx-redis_*.deb lua
dpkg-deb -f lua-nginx-redis_*.deb Version > lua.version

cp "$here"/package{,-lock}.json .
npm ci --no-audit --no-fund > npm.log 2>&1 || { cat npm.log; exit 1; }
