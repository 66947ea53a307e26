/* recovery.h - serial recovery: MCUboot's subset of SMP (core/smp/SPEC.md, "Serial recovery"). An upload goes directly
 * to the primary slot of its image, without an upload record. Errors are a flat "rc" in both SMP versions. */
#ifndef CORE_SMP_GROUPS_RECOVERY_H
#define CORE_SMP_GROUPS_RECOVERY_H

#include "core/smp/server/server.h"

/* For smp_server_config.groups. They use these fields of the configuration: pair, image_count, feed, reset, boot_mode,
 * ctx, buf_size, buf_count and the stream buffer. */
#define SMP_RECOVERY_GROUPS 2u
extern const struct smp_group *const smp_recovery_groups[SMP_RECOVERY_GROUPS];

#endif
