/* recovery.h - serial recovery: recovery_serial.c with CONFIG_MCUBOOT_SERIAL, otherwise recovery_none.c. */
#ifndef TARGET_BOOT_RECOVERY_H
#define TARGET_BOOT_RECOVERY_H

#include <stdbool.h>

#include "core/smp/server/boot_info.h"
#include "core/update/update.h"

extern const uint8_t recovery_kind; /* enum boot_info_recovery */

/* Is serial recovery requested: is the button held, or was boot mode 1 left before the reset? */
bool recovery_is_asked(void);

/* Serve until a client requests a reset; with recovery_none.c return at once. buf: len bytes, for the largest packet
 * and its CRC. */
void recovery_run(const struct slot_pair *slots, uint8_t *buf, size_t len);

#endif
