/* table.h - decision tables: facts in, an answer out. The first row whose conditions all hold decides; an empty condition
 * always holds, and the last row of a table has no other. Internal to core/update/.
 *
 * A table is written once, as a list of ROW((conditions), answer, "because"): the bootloader takes conditions and answers from
 * it, tests and documents the reasons, too. */
#ifndef CORE_UPDATE_DECIDE_TABLE_H
#define CORE_UPDATE_DECIDE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define TABLE_FACTS 12u

/* A condition is a set: the values of its fact for which it holds. */
#define ANY       0
#define IS(value) (1u << (value))
#define NO        IS(false)
#define YES       IS(true)

struct row {
    uint8_t when
        [TABLE_FACTS]; /* one condition for each fact, in their order; those that follow are empty */
    uint8_t answer;
};

/* The number of the row that decides. */
unsigned table_row(const struct row *rows, unsigned count, const uint8_t *facts);

/* Of a list of rows: what a struct row is made of, or the reason alone. */
#define TABLE_SET(...)                      __VA_ARGS__
#define TABLE_ROW(when, answer, because)    {{TABLE_SET when}, answer},
#define TABLE_REASON(when, answer, because) because,

/* ---- a table with its words: a device links none of these ----------------------------------------- */

struct table {
    const char *name;
    const struct row *rows;
    unsigned count, facts;
    struct {
        const char *name;
        const char *const *values; /* NULL behind the last */
    } column[TABLE_FACTS];
    const char *const *answers, *const *reasons;
};
extern const char *const table_no_yes[]; /* values of a column */

extern const struct table type_table, copy_table, order_table, either_table, image_table,
    group_table;

#endif
