/* recovery.h - the server that a bootloader runs when there is nothing to boot: MCUboot's subset of SMP
 * (core/smp/SPEC.md, "Serial recovery"). An upload goes into the primary slot of the image that it names, in place;
 * errors are flat "rc" in both protocol versions. Uses struct smp_server; no upload record, and it knows no board. */
#ifndef CORE_SMP_SERVER_RECOVERY_H
#define CORE_SMP_SERVER_RECOVERY_H

#include "core/smp/server/server.h"

/* For smp_server_config.groups. Of the configuration they use pair (as many as CONFIG_UPDATEABLE_IMAGE_NUMBER), feed,
 * reset, ctx, buf_size, buf_count and the stream buffer. */
#define SMP_RECOVERY_GROUPS 2u
extern const struct smp_group *const smp_recovery_groups[SMP_RECOVERY_GROUPS];

#endif
