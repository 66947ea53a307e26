/* encryption.h - what opens encrypted images: the product's choice. */
#ifndef BOOT_ENCRYPTION_H
#define BOOT_ENCRYPTION_H

#include "update/update.h"

/* For update_env.encryption; NULL: images are not encrypted. */
extern struct update_encryption *const boot_encryption;

#endif
