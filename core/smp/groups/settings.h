/* settings.h - what the groups settings and zephyr-basic work on: a store, and what was written and is not saved yet. */
#ifndef CORE_SMP_GROUPS_SETTINGS_H
#define CORE_SMP_GROUPS_SETTINGS_H

#include "core/settings/settings.h"
#include "core/smp/server/server.h"

/* Caller-owned. stage holds what clients have written, until one of them saves it: each entry takes its name, its value and
 * three bytes. */
struct smp_settings {
    struct settings *store;
    uint8_t *stage;
    uint32_t stage_size;
    /* "commit", and behind every save, delete, load and erase: the values that count may be others now. May be NULL. */
    void (*commit)(void *ctx);
    void *ctx;
    uint32_t used; /* bytes of stage; 0 at first */
};

/* The longest value that a response brings, on the stack while it is read. */
#define SMP_SETTINGS_VALUE_MAX 512u

extern const struct smp_group smp_group_settings;
extern const struct smp_group smp_group_basic; /* zephyr-basic: erase storage */

#endif
