#!/bin/sh
# size.sh BUILD - bytes of flash and RAM of each product; the bootloader against its budget of 24 KB and 8 KB.
set -eu
build=$1
sections() { # elf: flash bytes, RAM bytes (with the stack that the linker script reserves)
    arm-none-eabi-size -A "$1" | awk '
        $3 >= 134217728 && $3 < 136314880 { flash += $2 }
        $1 == ".data" { flash += $2 }
        $3 >= 536870912 && $3 < 1073741824 { ram += $2 }
        END { print flash + 0, ram + 0 }'
}
status=0
printf '%-12s %10s %10s\n' product flash RAM
for product in bootloader smp_server; do
    set -- $(sections "$build/$product.elf")
    printf '%-12s %10d %10d\n' "$product" "$1" "$2"
    if [ "$product" = bootloader ] && { [ "$1" -gt 24576 ] || [ "$2" -gt 8192 ]; }; then
        echo "size: the bootloader is over its budget of 24576 bytes of flash and 8192 of RAM" >&2
        status=1
    fi
done
exit $status
