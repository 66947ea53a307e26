#include "core/smp/server/access.h"

#include "core/smp/wire/errors.h"

static unsigned bit_of(const struct smp_header *h)
{
    switch (h->group) {
    case SMP_GROUP_OS:
        return h->id == SMP_OS_ECHO ? 0 : SMP_SHUT_OS;
    case SMP_GROUP_IMAGE:
        return SMP_SHUT_IMAGE;
    case SMP_GROUP_SHELL:
        return SMP_SHUT_SHELL;
    case SMP_GROUP_LINE:
        return 0;
    default:
        return SMP_SHUT_OTHER;
    }
}

bool smp_access_is_shut(const struct smp_access *a, const struct smp_header *h)
{
    return h->op == SMP_WRITE && (a->shut & bit_of(h)) != 0;
}

void smp_access_open(struct smp_access *a, uint64_t now_us)
{
    a->open_until_us = now_us + a->window_us;
}

bool smp_access_is_open(const struct smp_access *a, uint64_t now_us)
{
    return now_us < a->open_until_us;
}
