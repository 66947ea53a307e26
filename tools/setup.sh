#!/bin/sh
# setup.sh - install what Slipway needs and is not there yet, as listed in tools/dependencies.txt.
# Usage: tools/setup.sh build|test|fresh      (test includes build; fresh is what make fresh needs, alone)
# Prints each step; a second run does nothing.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd -P)
list=$top/tools/dependencies.txt
build=${SLIPWAY_BUILD:-$top/build}
purpose=${1:-build}
case $purpose in
build) purposes='build' needed_mb=500 ;; # make demo builds a third of that
test) purposes='build|test' needed_mb=2400 ;; # the build folder after make test, and some room
fresh) purposes='fresh' needed_mb=0 ;; # tools/fresh.sh knows
*)
    echo "usage: tools/setup.sh build|test|fresh" >&2
    exit 2
    ;;
esac

say() { printf 'setup: %s\n' "$*"; }

die() {
    printf 'setup: error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# Rows of one kind for this purpose, without the first two columns.
rows() { awk -v k="$1" -v p="^($purposes)\$" '$1 == k && $2 ~ p { $1 = $2 = ""; print substr($0, 3) }' "$list"; }

# One line that changes when the list or the purpose does; the stamp of a finished run.
fingerprint() { { echo "$purpose"; cat "$list" "$0" /etc/os-release; } | sha256sum | cut -d' ' -f1; }

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo

# sudo asks for the password here, before its output goes into a log, where nobody would see the question.
may_install() {
    [ -n "$sudo" ] || return 0
    why=
    command -v sudo >/dev/null || why="sudo is not installed"
    [ -n "$why" ] || sudo true || why="sudo does not let $(id -un) do it"
    [ -z "$why" ] || die "packages are missing, and this user may not install them ($why):$missing" \
        "next: as root, once: apt-get install$missing" "then, as yourself: make"
}

# Run a step of the set-up with its output in a log, build/setup-NAME.log.
step() { # name, command...
    step_log=$build/setup-$1.log
    step_name=$1
    shift
    "$top/tools/alive.sh" "setup: $step_name" "$step_log" "$@"
}

# What the log of a failed step says: without a network the last line is rarely the reason.
fail_step() { # what failed
    unreachable=$(grep -m 1 -E -e 'Temporary failure resolving|Could not resolve|Name or service not known' \
        -e 'Network is unreachable|Failed to establish a new connection|Could not connect|[Tt]imed out' "$step_log") || unreachable=
    [ -z "$unreachable" ] || die "$1: there is no network, or not to that place" "evidence: $unreachable" \
        "next: connect this machine (the first make needs the network; later ones do not), then type the same again"
    die "$1" "evidence: $(grep -v '^$' "$step_log" | tail -n 1)" "next: read $step_log"
}

free_mb() { df -Pm "$1" | awk 'NR == 2 { print $4 }'; }
enough_space() { # folder, megabytes, for what
    free=$(free_mb "$1")
    [ "$free" -ge "$2" ] || die "the disk is too small: $3 needs $2 MB below $1" "evidence: $free MB are free there" \
        "next: make room${4:+, or $4}"
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

setup_apt() {
    missing=
    for name in $(rows apt | cut -d' ' -f1); do
        installed "$name" || missing="$missing $name"
    done
    [ -z "$missing" ] && return
    command -v apt-get >/dev/null || die "this machine has no apt-get; packages are missing:$missing" \
        "next: install the same packages by hand"
    say "installing Debian packages${sudo:+, with sudo}:$missing"
    may_install
    step apt $sudo apt-get update -q || fail_step "apt-get update failed"
    # What apt would do; in the words of Debian 12, then of Debian 13.
    plan=$(LC_ALL=C apt-get install --assume-no --no-install-recommends $missing 2>/dev/null) || true
    megabytes() { printf '%s\n' "$plan" | sed -nE "s/.*($1) ([0-9.,]+) ([kMG])B.*/\\2 \\3/p" | tr -d , |
        awk '{ mb = $1 * ($2 == "G" ? 1000 : $2 == "k" ? 0.001 : 1); printf "%d\n", mb + 1; exit }'; }
    download=$(megabytes 'Need to get|Download size:')
    space=$(megabytes 'After this operation,|Space needed:')
    if [ -n "$space" ]; then
        say "apt downloads ${download:-0} MB, and the packages take $space MB"
        enough_space /usr $((space + ${download:-0})) "installing the packages"
    fi
    step apt $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing ||
        fail_step "apt-get install failed"
}

# The upstream tarball of a source package, in whatever revision this release has, into build/src/download/NAME.
fetch_source() { # name
    apt_dir=$build/apt
    mkdir -p "$apt_dir/lists/partial"
    "$top/tools/apt_sources.sh" deb-src '' "$apt_dir/sources.d"
    [ -n "$(ls "$apt_dir/sources.d")" ] || die "apt's sources have no archive of this machine's distribution" \
        "next: add one to /etc/apt/sources.list.d (main; Ubuntu: universe, too)"
    rm -rf "$build/src/download/$1" && mkdir -p "$build/src/download/$1"
    # shellcheck disable=SC2016
    step src sh -ec '
        lists=$1
        sources=$2
        cd "$3"
        of_these() { apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$sources" -o "Dir::State::lists=$lists" \
            -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User= "$@"; }
        of_these update
        of_these source --download-only --tar-only "$4"' sh "$apt_dir/lists" "$apt_dir/sources.d" "$build/src/download/$1" "$1" ||
        fail_step "could not fetch the source package $1"
}

known() { case " $2 " in *" $1 "*) ;; *) return 1 ;; esac } # hash list

setup_src() {
    while read -r name hashes; do
        [ -z "$name" ] && continue
        dir=$build/src/$name
        known "$(cat "$dir/.slipway-sha256" 2>/dev/null || echo none)" "$hashes" && continue
        say "fetching Debian source package $name"
        fetch_source "$name"
        tarball=$(find "$build/src/download/$name" -name '*.orig.tar.*' ! -name '*.asc')
        [ -f "$tarball" ] || die "the source package $name has no upstream tarball" \
            "evidence: it brought $(ls -x "$build/src/download/$name")" "next: read $build/setup-src.log"
        hash=$(sha256sum "$tarball" | cut -d' ' -f1)
        known "$hash" "$hashes" || die "the upstream tarball of $name in this release is unknown to Slipway" \
            "evidence: $tarball" "evidence: its sha256 is $hash" \
            "next: compare the tarball with its maker's before you build with it;" \
            "then add the sum to the row of $name in tools/dependencies.txt, and run make test"
        rm -rf "$dir" && mkdir -p "$dir"
        tar -xf "$tarball" -C "$dir" --strip-components=1
        echo "$hash" >"$dir/.slipway-sha256"
    done <<EOF
$(rows src)
EOF
}

setup_pypi() {
    venv=$build/venv
    wanted=$build/requirements.txt
    rows pypi | awk '{ printf "%s==%s", $1, $2; for (i = 3; i <= NF; i++) printf " --hash=sha256:%s", $i; print "" }' >"$wanted"
    [ -s "$wanted" ] || return 0
    # The venv is missing, or was made for an older release's Python.
    "$venv/bin/pip" --version >/dev/null 2>&1 ||
        step pypi /usr/bin/python3 -m venv --clear "$venv" || fail_step "the Python environment could not be made"
    say "installing $(wc -l <"$wanted") Python packages into build/venv"
    step pypi "$venv/bin/pip" install --disable-pip-version-check --require-hashes --no-deps -r "$wanted" || fail_step "pip failed"
}

done_for() { [ "$(cat "$build/.setup-$1" 2>/dev/null)" = "$(purpose=$1 fingerprint)" ]; }

# A finished test set-up contains the build set-up.
if done_for "$purpose" || { [ "$purpose" = build ] && done_for test; }; then
    exit 0
fi
mkdir -p "$build"
enough_space "$build" $((needed_mb - $(du -sm "$build" | cut -f1))) "what make builds" "build elsewhere: make BUILD=DIR"
setup_apt
if [ "$purpose" != fresh ]; then
    setup_src
    setup_pypi
fi
fingerprint >"$build/.setup-$purpose"
say "ready"
