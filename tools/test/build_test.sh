#!/bin/sh
# build_test.sh SOURCE - tests of what make says when it cannot build: another make at work, other people's files, a checkout that
# was moved, mistakes in a variable, a compiler's error; and that two makes in one folder exclude each other.
set -eu
source=$1
work=$(mktemp -d)
waiting=
trap '[ -z "$waiting" ] || kill $waiting 2>/dev/null || true; rm -rf "$work"' EXIT
unset MAKEFLAGS MAKELEVEL SLIPWAY_MAKE
inherited=${SLIPWAY_BUILD:-$source/build}

fail() {
    echo "build_test: $1" >&2
    exit 1
}
says() { # pattern...: in what the last command printed
    for pattern; do grep -q -e "$pattern" "$work/said" || fail "'$pattern' is not in: $(cat "$work/said")"; done
}
silent_about() { ! grep -e "$1" "$work/said" || fail "says '$1'"; }
refused() { ! "$@" >"$work/said" 2>&1 || fail "was done: $*"; }
done_well() { "$@" >"$work/said" 2>&1 || fail "$* failed: $(cat "$work/said")"; }

# A folder is taken as long as the process runs that took it, and no longer.
take() { "$source/tools/build_folder.sh" "$@"; }
sleep 1000 &
waiting=$!
done_well take "$work/taken" $waiting
refused take "$work/taken" $$
says 'another make is at work' "process $waiting: sleep 1000" 'next: .*make BUILD=DIR'
done_well take "$work/taken" $waiting
refused env SLIPWAY_BUILD="$work/taken" make -s -C "$source" clean
says 'another make is at work'
done_well env SLIPWAY_BUILD="$work/taken" SLIPWAY_MAKE="$work/taken" make -s -C "$source" clean # one that the first make started
kill $waiting
wait $waiting 2>/dev/null || true
waiting=
done_well take "$work/taken" $$

# A build that has ended has let go of the folder, with all that showed it alive.
take_after_build() {
    done_well env SLIPWAY_BUILD="$work/ein Gerät/build" "$work/ein Gerät/tools/build.sh" small two-seconds
    done_well take "$work/ein Gerät/build" $$
}

# Nothing stays of alive.sh, also where the command is over at once.
for _ in $(seq 50); do "$source/tools/alive.sh" "leaves-nothing-$$" "$work/log" true 2>/dev/null; done
for _ in $(seq 600); do
    pgrep -f "alive.sh leaves-nothing-$$" >/dev/null || break
    sleep 0.1
done
! pgrep -f "alive.sh leaves-nothing-$$" >/dev/null || fail 'alive.sh left processes'

# Other people's files, and a place where nothing can be written. Root can write everywhere, hence as nobody.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
chmod 755 "$work"
mkdir -p "$work/theirs/nucleo" "$work/closed"
chmod 777 "$work/theirs"
chmod 555 "$work/closed"
if [ "$(id -u)" = 0 ]; then
    cp "$source/tools/build_folder.sh" "$work" # the checkout may lie where nobody cannot read
    refused as_nobody "$work/build_folder.sh" "$work/theirs" $$
    says "theirs cannot be written to" \
        'belongs to root, and you are nobody' "next: sudo chown -R nobody '.*theirs'" 'or build in another place'
    refused as_nobody "$work/build_folder.sh" "$work/closed/build" $$
    says 'cannot be created' 'belongs to root' 'next: .*make BUILD=DIR'
else
    # Without root there is nobody else's file; a folder that is read-only is refused all the same.
    refused take "$work/closed/build" $$
    says 'cannot be created' 'is read-only' 'next: .*make BUILD=DIR'
fi

# A tree of its own, small, in a folder whose name is not plain; then moved.
mkdir -p "$work/ein Gerät/tools"
cp "$source/tools/build.sh" "$source/tools/alive.sh" "$work/ein Gerät/tools"
cat >"$work/ein Gerät/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(small NONE)
if(MISTAKE)
  message(NOTICE "error: MISTAKE=${MISTAKE} is unknown\n  next: leave it out")
  message(FATAL_ERROR "stopped")
endif()
add_custom_target(good COMMAND ${CMAKE_COMMAND} -E echo "good")
add_custom_target(bad COMMAND sh -c "echo 'keys: error: no key'; echo '  next: make one'; echo more; exit 1" VERBATIM)
add_custom_target(two-seconds COMMAND sleep 2)
add_custom_target(long COMMAND sh -c "echo $$ >pid; exec sleep 1000" VERBATIM)
add_custom_target(odd COMMAND sh -c "echo the odd reason; exit 1" VERBATIM)
END
build_small() { SLIPWAY_BUILD="$1/build" "$1/tools/build.sh" small "$2" ${3:-}; }
done_well build_small "$work/ein Gerät" good
silent_about note:
take_after_build
mv "$work/ein Gerät" "$work/elsewhere"
done_well build_small "$work/elsewhere" good
says 'was moved or copied' 'ein Gerät'
done_well build_small "$work/elsewhere" good
silent_about moved

# A failure is shown by its reason.
refused build_small "$work/elsewhere" good -DMISTAKE=yes
says '^error: MISTAKE=yes is unknown' '^  next: leave it out' '^  log: '
silent_about '^CMake'
refused build_small "$work/elsewhere" bad -DMISTAKE=
says '^keys: error: no key' '^  next: make one'
silent_about more
refused build_small "$work/elsewhere" odd
says '^the odd reason'

# A build whose make was killed still has the folder.
SLIPWAY_BUILD="$work/elsewhere/build" "$work/elsewhere/tools/build.sh" small long >/dev/null 2>&1 &
waiting=$!
for _ in $(seq 600); do
    [ -s "$work/elsewhere/build/small/pid" ] && break
    sleep 0.1
done
kill -KILL $waiting
wait $waiting 2>/dev/null || true
waiting=$(cat "$work/elsewhere/build/small/pid")
refused take "$work/elsewhere/build" $$
says 'a build that an earlier make has begun is still at work'
kill "$waiting"
waiting=
for _ in $(seq 600); do
    take "$work/elsewhere/build" $$ >"$work/said" 2>&1 && break
    sleep 0.1
done
done_well take "$work/elsewhere/build" $$

# A build folder whose name is not plain, for the firmware, too.
make -n -s -C "$source" BUILD="$work/noch ein Gerät" firmware >"$work/said" 2>&1 || fail "$(cat "$work/said")"
says '^tools/firmware.sh "nucleo_h753zi" all' "tools/package.sh \"$work/noch ein Gerät/nucleo_h753zi\""

# Mistakes in the variables of the real build.
mistaken() { refused make -s -C "$source" BUILD="$inherited" SLIPWAY_MAKE="$inherited" firmware OUT=tests/mistaken "$@"; }
mistaken LAYOUT=none
says '^error: LAYOUT=none is not a layout' '^  next: use LAYOUT=default or one of bank1'
silent_about '^CMake'
mistaken BUG=none_such
says '^error: BUG=none_such' '^  next: use one of these: .*BANK_SPLIT_2M'
silent_about '^CMake'
mistaken KEY="$work/no.pem"
says '^error: the signing key .*no.pem does not exist' '^  next: .*slipway keygen -t ecdsa-p256'
silent_about '^CMake'
mistaken KEY="$source/LICENSE"
says '^error: .*LICENSE. holds no readable key' '^  next: '
mistaken BOARD=none
says '^error: BOARD=none is not a board' 'nucleo_h753zi'
mistaken CONFIG=NONE=y
says 'error: symbol NONE does not exist' '^  next: make menuconfig'

# A checkout in which only `make` ran has no tests to run; ctest is told how to build them.
mkdir -p "$work/tests"
cmake -S "$source" -B "$work/tests" -G Ninja -DSLIPWAY_BUILD="$inherited" >/dev/null
ctest --test-dir "$work/tests" -N -R '^base_test$' >"$work/said" 2>&1 || true
says 'the tests are not all built' 'next: make unit'
