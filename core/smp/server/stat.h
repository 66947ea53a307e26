/* stat.h - the counters that a program offers to group stat. */
#ifndef CORE_SMP_SERVER_STAT_H
#define CORE_SMP_SERVER_STAT_H

#include <stdint.h>

/* One counter: a variable, or a function that returns it. */
struct smp_stat {
    const char *name;
    const uint32_t *value; /* NULL: read is called */
    uint32_t (*read)(void);
};

/* All fields of a group go into one answer, so they must fit into buf_size. */
struct smp_stat_group {
    const char *name;
    const struct smp_stat *fields;
    unsigned count;
};

#endif
