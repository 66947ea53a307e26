/* flash_trace.h - the last accesses of a driver, kept while it runs, for the finding that may come. */
#ifndef REHEARSE_DRIVER_FLASH_TRACE_H
#define REHEARSE_DRIVER_FLASH_TRACE_H

#include "rehearse/driver/flash_conformance.h"

#define FLASH_TRACE_ROOM 32u /* a power of two, more than CONFORMANCE_TRACE */
struct flash_trace {
    struct conformance_access ring[FLASH_TRACE_ROOM];
    uint32_t added;   /* entries ever; the newest is ring[(added - 1) % FLASH_TRACE_ROOM] */
    bool call_begins; /* the next access is the first of a call */
    bool polling;     /* a read like the newest entry has not been answered yet */
};

void flash_trace_clear(struct flash_trace *t);
void flash_trace_call(struct flash_trace *t);

/* An access is about to happen; count and first of a need not be set. It is one more of the newest entry if that is
 * alike: see struct conformance_access. */
void flash_trace_add(struct flash_trace *t, const struct conformance_access *a);
/* The same for the read of a register; and what it returned, which never comes if it does not end. A driver that waits
 * does little else, so a poll costs nearly nothing. */
void flash_trace_read(struct flash_trace *t, uint32_t address);
void flash_trace_answer(struct flash_trace *t, uint32_t value);

/* The last ones, oldest first. Returns how many. */
unsigned flash_trace_copy(struct flash_trace *t, struct conformance_access last[CONFORMANCE_TRACE]);

#endif
