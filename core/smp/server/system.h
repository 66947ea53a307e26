/* system.h - what a program tells about itself by group os: threads, buffers, the time of day. */
#ifndef CORE_SMP_SERVER_SYSTEM_H
#define CORE_SMP_SERVER_SYSTEM_H

#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/date_time.h"
#include "core/base/err.h"

/* The states of a thread, as Zephyr's bits. */
#define SMP_TASK_QUEUED 0x80u /* it runs, or could */

struct smp_task {
    const char *name;
    int32_t priority;
    uint32_t state;               /* SMP_TASK_ */
    uint32_t (*stack_size)(void); /* bytes; so is what follows */
    uint32_t (*stack_used)(void); /* the most so far */
};

/* Buffers of one size. used and most are the program's, and change with the time. */
struct smp_pool {
    const char *name;
    uint32_t size; /* of one, bytes */
    uint32_t count;
    const unsigned *used, *most; /* now; the most at a time so far */
};

struct smp_clock {
    /* ERR_STATE: it was not set since it lost its power. */
    enum err (*read)(struct date_time *t);
    /* *t is a date that exists. ERR_RANGE: not with this clock. */
    enum err (*set)(const struct date_time *t);
};

#endif
