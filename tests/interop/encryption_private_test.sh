#!/bin/sh
# encryption_private_test.sh TOP - of a build with a decryption key in it only the owner can read any file, from the
# generated source to merged.hex; nor those that an earlier build without a key left in the folder. Runs in the build folder.
set -eu
top=$1
build=tests/encryption-private
umask 022
rm -rf $build
mkdir -p $build
echo old >$build/merged.hex
"$top/tools/firmware.sh" $build all -DSLIPWAY_KCONFIG="BOOT_ENCRYPT_IMAGE=y BOOT_ENCRYPT_EC256=y"
"$top/tools/package.sh" $build 1.0.0
products() { find $build \( -name '*.elf' -o -name '*.bin' -o -name '*.hex' -o -name '*.obj' -o -name encryption_key.c \) "$@"; }
for name in bootloader.elf bootloader.bin bootloader.hex merged.hex encryption_key.c encryption_key.c.obj; do
    products | grep -q "/$name\$" || { echo "error: there is no $name in $build"; exit 1; }
done
readable=$(products -perm /077)
[ -z "$readable" ] || { echo "error: others can read:"; ls -l $readable; exit 1; }
[ "$(stat -c %a $build)" = 700 ] || { echo "error: others can enter $build"; exit 1; }
left=$(find $build -name '*.c.????????')
[ -z "$left" ] || { echo "error: left over: $left"; exit 1; }
echo "private: $(products | wc -l) files are their owner's"
