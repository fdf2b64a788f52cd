#!/usr/bin/env bash
# install.sh LOG PACKAGE...: installs those of Debian's packages that are not
# there, as root or through sudo; LOG has what apt-get says.  Nothing is started:
# a package's service would take a port, and fail to be installed where somebody
# else has it.
set -eu -o pipefail

policy=/usr/sbin/policy-rc.d

# Everything below is root's part: install.sh --install PACKAGE...
install() {
    # Somebody's own policy is left alone.
    if [ ! -e $policy ]; then
        trap 'rm -f $policy' EXIT
        cp "$(dirname "$0")/policy-rc.d" $policy
        chmod 755 $policy
    fi

    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update
    apt-get -q -y --no-install-recommends install "$@"

    # nginx makes it when root starts it for the first time, which nobody does
    # here; without it, nginx with nchan starts for nobody else.
    if [ -d /var/lib/nginx ] && [ ! -e /var/lib/nginx/body ]; then
        command install -d -m 700 -o www-data /var/lib/nginx/body
    fi
}

if [ "$1" = --install ]; then
    shift
    install "$@"
    exit
fi

log=$1
shift
missing=()
for package in "$@"; do
    if ! dpkg-query -W -f='${Status}' "$package" 2> /dev/null \
        | grep -q '^install ok installed'
    then
        missing+=("$package")
    fi
done

if [ ${#missing[@]} = 0 ]; then
    exit
fi

sudo=
if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo > /dev/null; then
        echo "these packages are needed, and only root can install them:"
        echo "    apt-get install ${missing[*]}"
        exit 1
    fi >&2
fi

echo "installing: ${missing[*]}"
$sudo bash "$0" --install "${missing[@]}" > "$log" 2>&1 \
    || { tail -n 30 "$log" >&2; exit 1; }
