# images.sh - sourced by the scripts that make images for the tests: where they go, a program, its signature.
# Uses $0 of the script that sources it, which lies in a folder under tests/.
top=$(cd "$(dirname "$0")/../.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
slipway=${SLIPWAY:-$build/slipway}
key=$build/keys/dev-ecdsa-p256.pem
out=$build/tests
export SLIPWAY_NO_KEY_WARNING=1 # no warnings of development keys
mkdir -p "$out"

# A key that the tests' bootloaders do not trust, or that is not their first.
other_key() { # file
    [ -f "$1" ] || "$slipway" keygen -t ecdsa-p256 -k "$1" >/dev/null
}

# A program of nothing but BKPT instructions: a jump to anywhere in it stops the board. The two vectors in front
# of it: SP 0x20020000, PC 0x08020409, which is slot0 behind a header of 0x400 bytes and these vectors.
bkpt_program() { # file, bytes behind the vectors [vectors]
    printf "${3:-\000\000\002\040\011\004\002\010}" >"$1"
    head -c "$2" /dev/zero | tr '\0' '\276' >>"$1"
}

# For a slot of the default layout, unless a later --slot-size says otherwise.
sign_image() { # program, image, version [options of sign]
    program=$1 image=$2 version=$3
    shift 3
    "$slipway" sign --quiet --version "$version" --header-size 0x400 --pad-header --slot-size 0xe0000 --align 32 --max-align 32 \
        "$@" "$program" "$image"
}
