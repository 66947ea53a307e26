/* fake_groups.h - the groups stat, settings, fs, shell, enum, zephyr basic and all of os, as clients meet them: Zephyr's of
 * all ages, and Mynewt's (docs of Zephyr's SMP groups, 2026-11). One device per process. */
#ifndef TESTING_CLIENT_FAKE_GROUPS_H
#define TESTING_CLIENT_FAKE_GROUPS_H

#include "core/smp/server/server.h"

#define FAKE_FILE_MAX    8192u
#define FAKE_SETTING_MAX 64u

enum fake_pools { FAKE_POOLS_NAMED, FAKE_POOLS_AS_TASKS, FAKE_POOLS_AT_TOP };

extern struct fake_groups {
    /* How the server is. */
    bool speaks_v1; /* it ignores the version of a request, and answers in SMP v1 */
    bool has_no_enum, has_no_details, details_do_not_fit;
    enum fake_pools pools;
    bool settings_are_texts; /* Mynewt's: a value is a text, and a byte string is refused */
    bool result_is_rc;       /* of a shell command: Zephyr before 3.4 */
    bool has_no_hash, hash_lies;
    bool file_shrinks;      /* in a download, behind its first chunk */
    bool has_no_clock;      /* that was set */
    const char *shell_says; /* what every command prints; NULL: its own words */
    /* What it holds. */
    char file_name[65];
    uint8_t file[FAKE_FILE_MAX];
    uint32_t file_len;
    char clock[32];
    /* What it did. */
    unsigned settings_count, saves, loads, commits, erases, shell_runs, closes, chunks, clock_sets;
} fake_groups;

/* A new device, with settings "app/text" ("hello", with a NUL) and "app/bytes" (00 ff 10). */
void fake_groups_reset(void);
/* The groups that it has now. */
const struct smp_group *const *fake_groups_all(unsigned *count);

#endif
