/* For a bootloader without encrypted images. With CONFIG_BOOT_ENCRYPT_IMAGE tools/enc_key_c.sh generates a file in its
 * place. */
#include "target/boot/encryption.h"

#include <stddef.h>

struct update_encryption *const boot_encryption = NULL;
