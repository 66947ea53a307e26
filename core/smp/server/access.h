/* access.h - writes that are shut until somebody opens them: by a button, say. SMP itself has no such thing; a server
 * that refuses answers MGMT_ERR_EACCESSDENIED. docs/security-model.md, "Who may write". */
#ifndef CORE_SMP_SERVER_ACCESS_H
#define CORE_SMP_SERVER_ACCESS_H

#include <stdbool.h>

#include "core/smp/wire/packet.h"

/* The groups whose writes can be shut, as bits. Echo is a write by its op only, and the speed of the line ends by
 * itself: both stay open. */
enum smp_shut {
    SMP_SHUT_OS = 1u << 0,
    SMP_SHUT_IMAGE = 1u << 1,
    SMP_SHUT_SHELL = 1u << 2,
    SMP_SHUT_OTHER = 1u << 3, /* every other group, also an application's own */
};

/* Caller-owned. Zero: all is open. */
struct smp_access {
    unsigned shut;          /* enum smp_shut, or'ed */
    uint64_t window_us;     /* how long smp_access_open opens */
    uint64_t open_until_us; /* 0: not opened yet */
};

/* Is this a command that is shut unless somebody allows it? */
bool smp_access_is_shut(const struct smp_access *a, const struct smp_header *h);

/* Open for the window, from now on. */
void smp_access_open(struct smp_access *a, uint64_t now_us);
/* Is a window open? */
bool smp_access_is_open(const struct smp_access *a, uint64_t now_us);

#endif
