#!/bin/sh
# fresh.sh SUITE [FOLDER] - a bare Debian of that release in a folder, this repository's HEAD cloned there, and both
# commands of the README inside, for somebody who has git, make and nothing else. ONLY=demo: the first command only.
# The machine's settings for its mirror, package index, proxies and certificates are passed on. The bare system is made
# once; each run unpacks it anew.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
suite=${1:-}
folder=${2:-${SLIPWAY_BUILD:-$top/build}/fresh}
needed_mb=6000
me="fresh $suite:"

say() { printf '%s %s\n' "$me" "$*"; }
die() {
    printf 'error: %s %s\n' "$me" "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

case $suite in
bookworm | trixie) ;;
'') me=fresh: die "SUITE is not set: name a Debian release" "next: make fresh SUITE=bookworm (Debian 12) or SUITE=trixie (13)" ;;
*) die "this SUITE is unknown" "next: make fresh SUITE=bookworm (Debian 12) or SUITE=trixie (13)" ;;
esac
case ${ONLY:-} in
'' | demo) ;;
*) die "ONLY=$ONLY is unknown; only demo can run alone" "next: make fresh SUITE=$suite ONLY=demo" ;;
esac
[ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "making a bare system needs root, and sudo is not installed" \
    "next: run the command as root"
mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] || die "cannot write to $folder" "next: name another folder: FRESH=FOLDER"
folder=$(cd "$folder" && pwd)
free_mb=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
[ "$free_mb" -ge $needed_mb ] || die "$folder has $free_mb MB left; $needed_mb are needed" "next: name another folder: FRESH=FOLDER"
"$top/tools/setup.sh" fresh

root=$folder/$suite      # the system, unpacked anew
bare=$folder/$suite.tar  # as debootstrap left it
over=$folder/$suite.over # what this machine adds

# Collect this machine's mirror, proxies and certificates in a folder that is copied over the bare system.
pass_on() { # file: to the same place
    [ ! -f "$1" ] || { mkdir -p "$over$(dirname "$1")" && cp -L "$1" "$over$1"; }
}
gather() {
    rm -rf "$over" && mkdir -p "$over/etc/apt/apt.conf.d" "$over/etc/apt/sources.list.d" "$over/srv"
    "$top/tools/apt_sources.sh" deb "$suite" "$over/etc/apt/sources.list.d"
    sources=$(find "$over/etc/apt/sources.list.d" -type f)
    if [ -n "$sources" ]; then
        : >"$over/etc/apt/sources.list"
        for key in $(sed -n 's/^Signed-By: *//p; s/.*signed-by=\([^] ]*\).*/\1/p' $sources); do pass_on "$key"; done
    fi
    apt-config dump Acquire | grep -E '^Acquire::(http|https|ftp|Check-|Retries|Force)' | grep -v Auto-Detect \
        >"$over/etc/apt/apt.conf.d/90machine" || true
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt "${SSL_CERT_FILE:-}" \
        "${REQUESTS_CA_BUNDLE:-}" "${CURL_CA_BUNDLE:-}" "${PIP_CERT:-}" "${PIP_CONFIG_FILE:-}" \
        $(find /usr/local/share/ca-certificates -type f 2>/dev/null); do
        pass_on "$file"
    done
    for file in .config/pip/pip.conf .pip/pip.conf; do
        [ ! -f "$HOME/$file" ] || { mkdir -p "$over/srv/${file%/*}" && cp "$HOME/$file" "$over/srv/$file"; }
    done
    export -p | grep -E '^export (PIP_[A-Z_]*|SSL_CERT_[A-Z]*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|[a-zA-Z]*_(proxy|PROXY))=' \
        >"$over/srv/machine.env" || true
    git -C "$top" bundle create -q "$over/srv/slipway.bundle" HEAD
}

# debootstrap fetches with wget, which knows no apt settings; no mirror named: its own.
bootstrap() {
    mirror=$(awk -v s="$suite" '
        $1 == "deb" { for (i = 2; i < NF; i++) if ($i ~ /:\/\// && $(i + 1) == s) { print $i; exit } }
        $1 == "URIs:" { uri = $2 }
        $1 == "Suites:" { for (i = 2; i <= NF; i++) if ($i == s) { print uri; exit } }' $sources /dev/null)
    proxy=$(apt-config shell p Acquire::http::Proxy | sed "s/^p='\(.*\)'$/\1/")
    say "making the bare system, once${mirror:+, from this machine's mirror}"
    as_root rm -rf "$root"
    as_root env ${proxy:+"http_proxy=$proxy"} debootstrap --variant=minbase "$suite" "$root" $mirror \
        >"$folder/$suite.log" 2>&1 || die "debootstrap failed (no network, a wrong mirror, or a folder that it refuses)" \
        "evidence: $(tail -n 1 "$folder/$suite.log")" "next: read $folder/$suite.log"
    as_root tar -C "$root" --one-file-system -cf "$bare.part" .
    as_root mv "$bare.part" "$bare"
}

# Run in a mount namespace of its own, so that all mounts end with the last process.
inside() { # log command
    as_root unshare --mount --pid --fork --kill-child sh -ec '
        mount --make-rprivate /
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
            chroot "$1" sh -ec ". /srv/machine.env; cd /srv; $2"' sh "$root" "$2" >"$1" 2>&1 </dev/null
}

trial() { # command
    log=$folder/$suite.$(echo "$1" | tr ' ' -).log
    began=$(date +%s)
    say "$1 (log: $log)"
    if inside "$log" "cd slipway && $1"; then
        say "$1 passed, $(($(date +%s) - began)) s"
        verdict="$verdict, $1 passed"
    else
        tail -n 20 "$log"
        verdict="$verdict, $1 FAILED (log: $log)"
        failed=1
    fi
}

gather
[ -f "$bare" ] || bootstrap
say "unpacking the bare system, adding git, make and a clone of $(git -C "$top" rev-parse --short HEAD)"
[ -z "$(git -C "$top" status --porcelain)" ] || say "note: changes that are not committed are not in the clone"
as_root rm -rf "$root"
as_root mkdir "$root"
as_root tar -C "$root" -xf "$bare"
as_root cp -rT --no-preserve=ownership "$over" "$root"
inside "$folder/$suite.log" 'apt-get update -q && apt-get install -y -q --no-install-recommends git make &&
    git clone -q slipway.bundle slipway' || die "git, make or the clone could not be installed in the bare system" \
    "evidence: $(tail -n 1 "$folder/$suite.log")" "next: read $folder/$suite.log"
verdict=
failed=0
trial "make demo"
[ "${ONLY:-}" = demo ] || [ $failed = 1 ] || trial "make test"
say "${verdict#, }"
exit $failed
