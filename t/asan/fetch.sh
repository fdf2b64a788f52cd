#!/usr/bin/env bash
# fetch.sh FOLDER: the source of the nginx that Debian has installed, unpacked
# to FOLDER/nginx-<version>; prints that path.
#
# Source packages are usually not switched on.  Their lines are derived from
# the machine's own apt configuration, in lists and caches of our own below
# FOLDER: nothing of the system's apt is changed.

set -eu -o pipefail

folder=$(mkdir -p "$1" && cd "$1" && pwd)
package=$(dpkg-query -W -f='${source:Version}' nginx)
version=${package%-*}
version=${version#*:}

if [ -x "$folder/nginx-$version/configure" ]; then
    echo "$folder/nginx-$version"
    exit
fi

mkdir -p "$folder"/apt/{parts,lists/partial,cache/archives/partial}

# one-line style, then deb822
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [ -f "$file" ]; then
        sed -n 's/^deb[[:space:]]/deb-src /p' "$file" \
            > "$folder/apt/parts/$(basename "$file" .list).list"
    fi
done

for file in /etc/apt/sources.list.d/*.sources; do
    if [ -f "$file" ]; then
        sed 's/^Types:.*/Types: deb-src/' "$file" \
            > "$folder/apt/parts/$(basename "$file")"
    fi
done

apt=(apt-get -q -o "Dir::Etc::sourcelist=/dev/null"
     -o "Dir::Etc::sourceparts=$folder/apt/parts"
     -o "Dir::State::lists=$folder/apt/lists"
     -o "Dir::Cache=$folder/apt/cache" -o "APT::Sandbox::User=root")

# a source without source packages is no reason to stop: the next line tells
"${apt[@]}" update > "$folder/apt/update.log" 2>&1 || true

# the orig tarball is all we need; apt checks it against the signed index
cd "$folder"
"${apt[@]}" source --tar-only "nginx=$package" \
    > "$folder/apt/source.log" 2>&1 || {
    cat "$folder/apt/update.log" "$folder/apt/source.log" >&2
    echo "the source package of nginx $package cannot be had" >&2
    exit 1
}

tar -xzf "nginx_$version.orig.tar.gz"
echo "$folder/nginx-$version"
