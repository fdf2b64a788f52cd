#!/usr/bin/env bash
# run.sh RELEASE [COMMAND...]: runs a command (default "make test") on a fresh
# Debian of that release: a minbase root with only make, git, ca-certificates and
# sudo, and a clone of HEAD in it.  Needs root and debootstrap.
#
#     DEBIAN_ROOT  where the root is kept (build/debian/RELEASE); an existing
#                  one is used again, with all that was installed in it
#     DEBIAN_USER  "root" (the default) or the name of a user with sudo
#
# Where packages come from is what the machine's own apt says; so are the
# certificates and the settings of npm and proxies.

set -eu -o pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
release=$1
shift
root=${DEBIAN_ROOT:-$top/build/debian/$release}
user=${DEBIAN_USER:-root}
[ $# -gt 0 ] || set -- make test

# The archive that this machine's apt uses for Debian itself.
archive() {
    apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(RELEASE)|$(REPO_URI)' \
        'Identifier: Packages' \
        | awk -F '|' '$1 == "Debian" && $2 == "main" && $3 !~ /-/ { print $4; exit }'
}

make_root() {
    local uri
    uri=$(archive)
    [ -n "$uri" ] || { echo "apt knows no archive of Debian" >&2; exit 1; }

    mkdir -p "$(dirname "$root")"
    debootstrap --variant=minbase --include=make,git,ca-certificates,sudo \
        "$release" "$root.new" "$uri" > "$root.log" 2>&1 \
        || { tail -n 20 "$root.log" >&2; exit 1; }
    mv "$root.new" "$root"
}

# What this machine needs to reach its archives holds in the root, too.
settle() {
    cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
    rm -f "$root"/etc/apt/apt.conf.d/{20packagekit,50appstream}
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    cp /etc/hosts "$root/etc/hosts"
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    [ ! -f ~/.npmrc ] || cp ~/.npmrc "$root/etc/npmrc.machine"

    if [ "$user" != root ] && ! grep -q "^$user:" "$root/etc/passwd"; then
        chroot "$root" useradd --create-home --shell /bin/bash "$user"
        echo "$user ALL=(ALL) NOPASSWD: ALL" > "$root/etc/sudoers.d/$user"
    fi
}

[ -d "$root" ] || make_root
settle

home=$(awk -F : -v user="$user" '$1 == user { print $6 }' "$root/etc/passwd")
git -C "$root$home/billing" rev-parse > /dev/null 2>&1 \
    || { rm -rf "$root$home/billing" && git clone -q "$top" "$root$home/billing"; }
git -C "$root$home/billing" -c safe.directory='*' fetch -q "$top" HEAD
git -C "$root$home/billing" -c safe.directory='*' reset -q --hard FETCH_HEAD
chroot "$root" chown -R "$user" "$home/billing"

# Mounts and processes of the root end with the command.  An ordinary user has
# no /usr/sbin in his PATH.
path=/usr/local/bin:/usr/bin:/bin
[ "$user" != root ] || path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
variables=(PATH="$path" HOME="$home" USER="$user" LANG=C.UTF-8 TERM="${TERM:-dumb}"
           npm_config_userconfig=/etc/npmrc.machine)
for name in NODE_EXTRA_CA_CERTS http_proxy https_proxy no_proxy; do
    [ -z "${!name:-}" ] || variables+=("$name=${!name}")
done

exec unshare --mount --pid --fork --kill-child bash -eu -c '
    root=$1 user=$2 home=$3
    shift 3
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" setpriv --reuid="$user" --regid="$user" --init-groups \
        env -i -C "$home/billing" "$@"
' sh "$root" "$user" "$home" "${variables[@]}" "$@"
