/* expect.h - what the conformance suite must find in each exhibit of the museum, and nothing else. */
#ifndef MUSEUM_SUITE_EXPECT_H
#define MUSEUM_SUITE_EXPECT_H

#include "rehearse/driver/flash_conformance.h"

#define ANY 0xfffffff0u /* for where and have */

/* Matches findings with this symptom. A row that no finding matches, and a finding that no row matches, mean
 * that the exhibit was not caught: by accident is not caught. */
struct expected {
    enum symptom symptom;
    const char *check; /* NULL: in any */
    uint32_t where, have;
    const char *rule; /* of a lint event */
};

#define EXPECTED_MAX 16
struct exhibit {
    const char *name;
    unsigned entry;                     /* of the bug catalogue */
    const char *source;                 /* where it was shipped or reported */
    unsigned shown;                     /* so many of the first rows stand in the printed table */
    struct expected rows[EXPECTED_MAX]; /* SYMPTOM_NONE ends them */
    unsigned setups;                    /* findings come up in these only; 0: in any */
};

extern const struct exhibit museum_exhibits[]; /* ends with a row without name */

/* Can the bug be on this part? Those about the other bank need one. */
bool exhibit_applies(const struct exhibit *e, const struct soc *soc);

/* False for a row of a check that needs two banks, on a part with one. */
bool expected_applies(const struct expected *row, const struct soc *soc);

/* A row, which speaks of the STM32H753, as it shows itself on this part. */
struct expected expected_on(const struct expected *row, const struct soc *soc);

#endif
