/* recovery.h - serial recovery, or none: the build takes recovery_serial.c or recovery_none.c. */
#ifndef TARGET_BOOT_RECOVERY_H
#define TARGET_BOOT_RECOVERY_H

#include <stdbool.h>

#include "core/smp/server/boot_info.h"
#include "core/update/update.h"

extern const uint8_t recovery_kind; /* enum boot_info_recovery */

/* Has somebody asked for it: the button is held, or the reset carried boot mode 1? */
bool recovery_is_asked(void);

/* Serve until a client asks for a reset. Returns at once if there is no recovery. buf: len bytes, the largest
 * packet and its CRC. */
void recovery_run(const struct slot_pair *slots, uint8_t *buf, size_t len);

#endif
