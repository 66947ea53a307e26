/* fake_recovery.h - MCUboot's serial recovery as tests need it: its commands, its errors, and what its answers leave out
 * (read in boot/boot_serial of MCUboot, 2026-11). */
#ifndef TESTING_CLIENT_FAKE_RECOVERY_H
#define TESTING_CLIENT_FAKE_RECOVERY_H

#include "core/smp/server/server.h"

#define FAKE_RECOVERY_GROUPS 2u

/* has_states: built with CONFIG_BOOT_SERIAL_IMG_GRP_IMAGE_STATE, so that the list has flags, the true ones. The upload that
 * was is forgotten. */
const struct smp_group *const *fake_recovery_groups(bool has_states);

#endif
