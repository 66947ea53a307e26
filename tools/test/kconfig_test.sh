#!/bin/sh
# kconfig_test.sh SOURCE - combinations that no build accepts, and the messages about them.
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

chosen() { /usr/bin/python3 tools/kconfig.py Kconfig "$work/.config" "$work" "$@" >"$work/said" 2>&1; }
fail() {
    echo "kconfig_test: $1" >&2
    cat "$work/said" >&2
    exit 1
}
taken() { chosen "$@" || fail "$* was refused"; }
refused() { # what it needs, symbols...
    needs=$1
    shift
    ! chosen "$@" || fail "$* was taken"
    grep -q "it needs .*$needs" "$work/said" || fail "$* was refused, but not for $needs"
}

# Serial recovery bypasses downgrade prevention by version, because the upload replaces the image to compare with. So
# both together need BOOT_SERIAL_MAY_DOWNGRADE. A security counter is stored elsewhere and still holds.
taken MCUBOOT_SERIAL=y
taken MCUBOOT_DOWNGRADE_PREVENTION=y
refused BOOT_SERIAL_MAY_DOWNGRADE MCUBOOT_SERIAL=y MCUBOOT_DOWNGRADE_PREVENTION=y
refused BOOT_SERIAL_MAY_DOWNGRADE MCUBOOT_SERIAL=y MCUBOOT_DOWNGRADE_PREVENTION=y MCUBOOT_HW_DOWNGRADE_PREVENTION=y
taken MCUBOOT_SERIAL=y MCUBOOT_DOWNGRADE_PREVENTION=y BOOT_SERIAL_MAY_DOWNGRADE=y
taken MCUBOOT_SERIAL=y MCUBOOT_HW_DOWNGRADE_PREVENTION=y
refused MCUBOOT_DOWNGRADE_PREVENTION BOOT_SERIAL_MAY_DOWNGRADE=y
echo "kconfig: 4 taken, 3 refused"
