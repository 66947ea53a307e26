#!/bin/sh
# setup_test.sh SOURCE - tests of tools/setup.sh, in a folder with an archive and an apt-get made by the test.
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "setup_test: $1" >&2
    exit 1
}
same() { [ "$1" = "$2" ] || fail "expected
$2
and got
$1"; }

# The archives of the machine's distribution are taken, in both of apt's formats and for another release; other
# archives are not.
export APT_ETC="$work/etc" OS_RELEASE="$work/os-release"
mkdir -p "$APT_ETC/sources.list.d"
echo 'VERSION_CODENAME=bookworm' >"$OS_RELEASE"
cat >"$APT_ETC/sources.list" <<'EOF'
# deb http://mirror.test/debian bookworm main
deb [arch=amd64 signed-by=/key.gpg] http://mirror.test/debian bookworm main contrib
deb http://mirror.test/security bookworm-security main
deb http://other.test/apt cloud-bookworm main
EOF
cat >"$APT_ETC/sources.list.d/debian.sources" <<'EOF'
Types: deb
URIs: http://mirror.test/debian
Suites: bookworm-updates elsewhere
Components: main
Signed-By:
 a key
 .
 of several lines

Types: deb
URIs: http://other.test/node
Suites: nodistro
Components: main
EOF
"$source/tools/apt_sources.sh" deb trixie "$work/sources"
same "$(cat "$work/sources/machine.list")" 'deb [arch=amd64 signed-by=/key.gpg] http://mirror.test/debian trixie main contrib
deb http://mirror.test/security trixie-security main'
same "$(cat "$work/sources/machine.sources")" 'Types: deb
URIs: http://mirror.test/debian
Suites: trixie-updates
Components: main
Signed-By:
 a key
 .
 of several lines'
"$source/tools/apt_sources.sh" deb-src '' "$work/sources"
grep -q '^deb-src .* bookworm main contrib$' "$work/sources/machine.list" || fail 'no deb-src of the machine own release'

# A source package in any revision, if its upstream tarball is known; another tarball is refused with a message.
mkdir -p "$work/bin" "$work/tools" "$work/thing-1.0"
cp "$source/tools/setup.sh" "$source/tools/apt_sources.sh" "$source/tools/alive.sh" "$work/tools"
export SLIPWAY_BUILD="$work/ein Gerät"
echo known >"$work/thing-1.0/file"
tar -C "$work" -cf "$work/known.tar" thing-1.0
echo unknown >"$work/thing-1.0/file"
tar -C "$work" -cf "$work/unknown.tar" thing-1.0
cat >"$work/bin/apt-get" <<EOF
#!/bin/sh
case "\$*" in *"Dir::State::lists=$work/ein Gerät/apt/lists"*) ;; *) exit 1 ;; esac
case " \$* " in *' source '*) cp "$work/\$TARBALL.tar" "thing_1.0-\$TARBALL.orig.tar.xz" && : >thing_1.0.orig.tar.xz.asc ;; esac
EOF
chmod +x "$work/bin/apt-get"
export PATH="$work/bin:$PATH"
hash=$(sha256sum "$work/known.tar" | cut -d' ' -f1)
other=$(echo 1 | sha256sum | cut -d' ' -f1)
echo "src build thing $other $hash" >"$work/tools/dependencies.txt"
TARBALL=unknown "$work/tools/setup.sh" build >"$work/log" 2>&1 && fail 'an unknown tarball was taken'
grep -q 'sha256 is' "$work/log" && grep -q 'next: ' "$work/log" || fail "$(cat "$work/log")"
[ ! -e "$work/ein Gerät/src/thing" ] || fail 'an unknown tarball was unpacked'
TARBALL=known "$work/tools/setup.sh" build >"$work/log" 2>&1 || fail "$(cat "$work/log")"
same "$(cat "$work/ein Gerät/src/thing/file")" known
same "$("$work/tools/setup.sh" build)" ''

# What stops a set-up is said before anything is installed: a disk that is too small (in the words of Debian 12's apt and of
# Debian 13's), no network, no sudo or one that refuses.
echo 'apt build slipway-test-package' >"$work/tools/dependencies.txt"
cat >"$work/bin/apt-get" <<EOF
#!/bin/sh
echo "\$*" >>"$work/apt-calls"
case " \$* " in
*' update '*) [ -z "\${NO_NETWORK:-}" ] || { echo "W: Failed to fetch x  Temporary failure resolving 'mirror.test'"; echo "E: Some files failed"; exit 100; } ;;
*' --assume-no '*) printf '%s\n' "\$PLAN"; exit 1 ;;
esac
EOF
refused() { # user's id, environment...
    uid=$1
    shift
    : >"$work/apt-calls"
    printf '#!/bin/sh\necho %s\n' "$uid" >"$work/bin/id"
    chmod +x "$work/bin/id"
    ! env "$@" "$work/tools/setup.sh" build >"$work/log" 2>&1 || fail "it was set up: $*"
    ! grep -q -e '-y' "$work/apt-calls" || fail 'packages were installed all the same'
}
says() { for text; do grep -q -e "$text" "$work/log" || fail "'$text' is not in: $(cat "$work/log")"; done; }
refused 0 PLAN='Need to get 512 MB/600 MB of archives.
After this operation, 9,999,999 MB of additional disk space will be used.'
says 'apt downloads 513 MB' 'disk is too small: installing the packages needs 10000' 'MB are free' 'next: make room'
refused 0 PLAN='  Download size: 494 MB
  Space needed: 9,999 GB / 60.1 GB available'
says 'apt downloads 495 MB' 'disk is too small' 'next: make room'
refused 0 NO_NETWORK=1 PLAN=
says 'there is no network' "evidence: .*Temporary failure resolving 'mirror.test'" 'next: connect this machine'
printf '#!/bin/sh\nexit 1\n' >"$work/bin/sudo"
chmod +x "$work/bin/sudo"
refused 1000 PLAN=
says 'sudo does not let' 'slipway-test-package' 'next: as root, once: apt-get install' 'then, as yourself: make'

# A release that does not exist.
"$source/tools/fresh.sh" potato >"$work/log" 2>&1 && fail 'there is no such release'
grep -q 'SUITE=bookworm' "$work/log" || fail "$(cat "$work/log")"
