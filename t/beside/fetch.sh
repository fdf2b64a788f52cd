#!/usr/bin/env bash
# fetch.sh FOLDER: all of Debian's modules for the nginx that is installed, and
# the libraries that they need and the machine lacks, unpacked below
# FOLDER/root.  Installed, they would be switched on in this machine's nginx.
#
#     FOLDER/modules  a line for each package with a module: its name, and the
#                     other packages of modules that it needs
#     FOLDER/missing  a line for each package that cannot be had, and why
#     FOLDER/nginx    the version that they are all there for

set -eu -o pipefail

folder=$(mkdir -p "$1" && cd "$1" && pwd)
version=$(dpkg-query -W -f='${Version}' nginx)

if [ "$(cat "$folder/nginx" 2> /dev/null)" = "$version" ]; then
    exit
fi

rm -rf "$folder"/{root,modules,missing,apt,nginx}
mkdir -p "$folder"/root "$folder"/apt/archives/partial

mapfile -t packages < <(apt-cache pkgnames libnginx-mod- | grep -v -- '-dev$' \
    | sort)
if [ ${#packages[@]} = 0 ]; then
    echo "apt knows no package of a module: apt-get update may help" >&2
    exit 1
fi

# get PACKAGE...: downloads them even if they are installed, and what they need
get() {
    apt-get -q -y -o "Dir::Cache=$folder/apt" -o Debug::NoLocking=1 \
        -o APT::Sandbox::User=root --no-install-recommends --reinstall \
        --download-only install "$@" > "$folder/apt/log" 2>&1
}

# all at once is much faster; who cannot be had is found one by one
: > "$folder/missing"
if ! get "${packages[@]}"; then
    for package in "${packages[@]}"; do
        get "$package" || printf '%s\t%s\n' "$package" \
            "$(grep -m 1 -E '^(E:| +.*Depends)' "$folder/apt/log" \
                || tail -n 1 "$folder/apt/log")" >> "$folder/missing"
    done
fi

for file in "$folder"/apt/archives/*.deb; do
    dpkg -x "$file" "$folder/root"
done

for package in "${packages[@]}"; do
    for file in "$folder/apt/archives/${package}"_*.deb; do
        [ -f "$file" ] || continue
        printf '%s\t%s\n' "$package" "$(dpkg-deb -f "$file" Depends \
            | grep -o 'libnginx-mod-[a-z0-9-]*' | sort -u | tr '\n' ' ')"
    done
done > "$folder/modules"

rm -rf "$folder/apt"

# what is missing is tried again the next time
[ -s "$folder/missing" ] || echo "$version" > "$folder/nginx"
