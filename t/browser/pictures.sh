#!/usr/bin/env bash
# pictures.sh BUILD: takes the README's pictures anew, html/pictures.
set -euo pipefail

BILLING_BUILD=$1 node t/browser/shots.mjs --pictures "$1/pictures"
mkdir -p html/pictures
for picture in "$1"/pictures/*.png; do
    pngquant --force --speed 1 --strip 128 --output "html/pictures/${picture##*/}" \
        "$picture"
done
ls -l html/pictures
