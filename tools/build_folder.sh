#!/bin/sh
# build_folder.sh FOLDER PID - what make does first: may this person write there, and is no other make at work in it? The
# folder is then taken for as long as the process PID, make's own, runs. SLIPWAY_BUILD names the folder to what make starts,
# which so may call make again.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=$1 pid=$2
shown=${build#"$PWD/"}

die() {
    printf 'error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}
owner() { stat -c %U "$1"; }
elsewhere='build in another place: make BUILD=DIR, for example BUILD=$HOME/slipway-build'
why_not() { # a file or folder that cannot be written to
    if [ "$(id -u)" = 0 ] || [ "$(owner "$1")" = "$(id -un)" ]; then
        echo "evidence: $1 is read-only"
    else
        echo "evidence: $1 belongs to $(owner "$1"), and you are $(id -un)"
    fi
}

if ! mkdir -p "$build" 2>/dev/null; then
    parent=$build
    while [ ! -e "$parent" ]; do parent=$(dirname "$parent"); done
    [ -d "$parent" ] || die "$shown cannot be created" "evidence: $parent is not a folder" "next: $elsewhere"
    die "$shown cannot be created" "$(why_not "$parent")" "next: $elsewhere"
fi
# A process is known by its number and its start time, since numbers come again. The lock on the file is held only by builds
# (build.sh), which go on where their make was killed.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
if [ -w "$build" ] && { [ ! -e "$build/.make" ] || [ -w "$build/.make" ]; }; then
    exec 9>>"$build/.make"
    flock -n 9 && builds= || builds=yes
    other= since=
    read -r other since <"$build/.make" || true
    if [ -n "$other" ] && [ "$other" != "$pid" ] && [ "$(started "$other")" = "$since" ]; then
        die "another make is at work in $shown" "evidence: process $other: $(tr '\0' ' ' <"/proc/$other/cmdline")" \
            "next: wait until it ends, or $elsewhere"
    fi
    [ -z "$builds" ] || die "a build that an earlier make has begun is still at work in $shown" \
        "evidence: it holds the lock on $shown/.make" "next: wait until it ends, or $elsewhere"
fi

[ -w "$build" ] && foreign= || foreign=$build
# Other people's files in it, such as those that `sudo make` left. Each build has its folder and its log at the top. The bare
# systems of `make fresh` are root's.
[ -n "$foreign" ] || foreign=$(find "$build" -maxdepth 2 -name fresh -prune -o ! -user "$(id -u)" ! -type l ! -writable \
    -print -quit 2>/dev/null || true)
if [ -n "$foreign" ]; then
    [ "$(owner "$foreign")" = "$(id -un)" ] || die "$shown cannot be written to" "$(why_not "$foreign")" \
        "next: sudo chown -R $(id -un) '$shown'" "or $elsewhere"
    die "$shown cannot be written to" "$(why_not "$foreign")" "next: $elsewhere"
fi
if [ "$(id -u)" = 0 ] && [ "$(owner "$top")" != root ]; then
    printf 'note: this make runs as root, and what it builds will belong to root\n' >&2
    printf '  next: run make as %s; the set-up asks for sudo when it installs something\n' "$(owner "$top")" >&2
fi

echo "$pid $(started "$pid")" >"$build/.make"
