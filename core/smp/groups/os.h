/* os.h - the commands of the OS group that serial recovery also has. */
#ifndef CORE_SMP_GROUPS_OS_H
#define CORE_SMP_GROUPS_OS_H

#include "core/smp/server/server.h"

int os_echo(struct smp_server *s, const struct smp_request *q, struct smp_reply *r);
int os_reset(struct smp_server *s, const struct smp_request *q, struct smp_reply *r);
int os_params(struct smp_server *s, const struct smp_request *q, struct smp_reply *r);

#endif
