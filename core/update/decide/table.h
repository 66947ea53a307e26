/* table.h - decision tables: facts in, an answer out. The first row whose conditions all hold decides. ANY always
 * holds, and all conditions of the last row are ANY. Internal to core/update/.
 *
 * A table is written once, as a list of ROW((conditions), answer, "because"). The bootloader compiles conditions and
 * answers; tests and core/update/decide/DESIGN.md use the reasons, too. */
#ifndef CORE_UPDATE_DECIDE_TABLE_H
#define CORE_UPDATE_DECIDE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define TABLE_FACTS 12u

/* A condition is a set of bits: the values of its fact for which it holds. */
#define ANY       0
#define IS(value) (1u << (value))
#define NO        IS(false)
#define YES       IS(true)

struct row {
    uint8_t when[TABLE_FACTS]; /* a condition for each fact; the rest are ANY */
    uint8_t answer;
};

/* The index of the row that decides. */
unsigned table_row(const struct row *rows, unsigned count, const uint8_t *facts);

/* For ROW: the initializer of a struct row, or the reason alone. */
#define TABLE_SET(...)                      __VA_ARGS__
#define TABLE_ROW(when, answer, because)    {{TABLE_SET when}, answer},
#define TABLE_REASON(when, answer, because) because,

/* ---- a table with its texts, for tests and documents: a device links none of these --------------------- */

struct table {
    const char *name;
    const struct row *rows;
    unsigned count, facts;
    struct {
        const char *name;
        const char *const *values; /* ends with NULL */
    } column[TABLE_FACTS];
    const char *const *answers, *const *reasons;
};
extern const char *const table_no_yes[]; /* the values of a boolean column */

extern const struct table type_table, copy_table, order_table, either_table, image_table,
    group_table;

#endif
