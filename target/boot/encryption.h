/* encryption.h - the private key and the unwrapping of encrypted images. */
#ifndef TARGET_BOOT_ENCRYPTION_H
#define TARGET_BOOT_ENCRYPTION_H

#include "core/update/update.h"

/* For update_env.encryption; NULL: encrypted images are refused. */
extern struct update_encryption *const boot_encryption;

#endif
