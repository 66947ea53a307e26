/* A bootloader without encrypted images. Where there are some, tools/enc_key_c.sh writes this file. */
#include "target/boot/encryption.h"

#include <stddef.h>

struct update_encryption *const boot_encryption = NULL;
