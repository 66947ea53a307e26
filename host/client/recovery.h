/* recovery.h - is it a bootloader's serial recovery that answers, and not the application? No command says so: MCUboot's
 * and ours are known by what they leave out. */
#ifndef HOST_CLIENT_RECOVERY_H
#define HOST_CLIENT_RECOVERY_H

#include "host/client/client.h"

/* What gives serial recovery away, in words that follow "this is serial recovery: "; NULL: an application answers, or the
 * device does not say enough. list: as just read. Asks the device only where the list leaves it open; c->error stays. */
const char *recovery_evidence(struct smp_client *c, const struct smp_image_list *list);

/* The same, with the list read first, for a command that the device has refused; NULL also if it is not to be had. */
const char *recovery_ask(struct smp_client *c);

/* Did the device answer that it does not have the command (c->error), as recovery does to most? */
bool recovery_is_likely(const struct smp_client *c, enum err e);

#endif
