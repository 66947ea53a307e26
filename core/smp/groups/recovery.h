/* recovery.h - the server that a bootloader runs when there is nothing to boot: MCUboot's subset of SMP
 * (core/smp/SPEC.md, "Serial recovery"). An upload goes into the primary slot of the image that it names, in place;
 * errors are flat "rc" in both protocol versions. What it has in common with the application's groups is theirs; it
 * writes no upload record, and knows no board. */
#ifndef CORE_SMP_GROUPS_RECOVERY_H
#define CORE_SMP_GROUPS_RECOVERY_H

#include "core/smp/server/server.h"

/* For smp_server_config.groups. Of the configuration they use pair, image_count, feed, reset, boot_mode, ctx, buf_size,
 * buf_count and the stream buffer. */
#define SMP_RECOVERY_GROUPS 2u
extern const struct smp_group *const smp_recovery_groups[SMP_RECOVERY_GROUPS];

#endif
