/* recovery.h - is it a bootloader's serial recovery that answers, and not the application? No command says so: MCUboot's
 * and ours are known by what they leave out. */
#ifndef HOST_CLIENT_SMP_RECOVERY_H
#define HOST_CLIENT_SMP_RECOVERY_H

#include "host/client/smp/client.h"

/* What gives serial recovery away, in words that follow "this is serial recovery: "; NULL: an application answers, or the
 * device does not say enough. list: as just read. Asks the device only where the list leaves it open; c->error stays. */
const char *recovery_evidence(struct smp_client *c, const struct smp_image_list *list);

/* The same, with the list read first, for a command that the device has refused; NULL also if it is not to be had. */
const char *recovery_ask(struct smp_client *c);

/* Is the answer (c->error) one of those that recovery has: 1, 3, 8, and never a group's own error? Then it is worth asking. */
bool recovery_may_answer_so(const struct smp_client *c, enum err e);

/* What recovery may mean by such an answer, beyond the error's own words; NULL: nothing. */
const char *recovery_error_text(const struct smp_error *error);

#endif
