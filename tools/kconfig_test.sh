#!/bin/sh
# kconfig_test.sh SOURCE - combinations that no build takes, and what a person is told of them.
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

# Serial recovery gets past a rule that compares versions: what it would compare with is what the upload replaces. So who
# wants both says so. A security counter is remembered elsewhere, and holds.
taken MCUBOOT_SERIAL=y
taken MCUBOOT_DOWNGRADE_PREVENTION=y
refused BOOT_SERIAL_MAY_DOWNGRADE MCUBOOT_SERIAL=y MCUBOOT_DOWNGRADE_PREVENTION=y
refused BOOT_SERIAL_MAY_DOWNGRADE MCUBOOT_SERIAL=y MCUBOOT_DOWNGRADE_PREVENTION=y MCUBOOT_HW_DOWNGRADE_PREVENTION=y
taken MCUBOOT_SERIAL=y MCUBOOT_DOWNGRADE_PREVENTION=y BOOT_SERIAL_MAY_DOWNGRADE=y
taken MCUBOOT_SERIAL=y MCUBOOT_HW_DOWNGRADE_PREVENTION=y
refused MCUBOOT_DOWNGRADE_PREVENTION BOOT_SERIAL_MAY_DOWNGRADE=y
echo "kconfig: 4 taken, 3 refused"
