/* encryption.h - what opens encrypted images: the product's choice. */
#ifndef TARGET_BOOT_ENCRYPTION_H
#define TARGET_BOOT_ENCRYPTION_H

#include "core/update/update.h"

/* For update_env.encryption; NULL: images are not encrypted. */
extern struct update_encryption *const boot_encryption;

#endif
