/* update_time.h - when each flash operation of an update was: the boots one behind the other, with their traces. Times are
 * microseconds of the board, and real numbers, since a document may hold any. Internal to this folder. */
#ifndef HOST_REPORT_PAGES_UPDATE_TIME_H
#define HOST_REPORT_PAGES_UPDATE_TIME_H

#include "host/report/pages/update_parts.h"

#define UPDATE_BOOTS_MAX 16u

/* Consecutive operations: an erase, or programs at rising addresses. */
struct update_run {
    double operation, count; /* the number of the first one, from 1 */
    double begin_us, us;     /* since the boot's begin */
    uint64_t offset, size;
    bool erase;
};

struct update_boot {
    const json_t *json;
    double begin_us, us; /* since the first boot's begin */
    struct update_run *run;
    size_t runs;
};

struct update_time {
    struct update_boot boot[UPDATE_BOOTS_MAX];
    unsigned boots;
    double us; /* of all boots */
};

/* The report must outlive t. False: memory is short. update_time_free in either case. */
MUST_CHECK bool update_time_read(struct update_time *t, const json_t *report);
void update_time_free(struct update_time *t);

/* When the first cut of a case was: in its operation's middle, or before or after it. False: it names no boot. */
bool update_time_of(const struct update_time *t, const json_t *one_case, double *us);

#endif
