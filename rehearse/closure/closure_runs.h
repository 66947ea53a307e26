/* closure_runs.h - internal to the closure's flash: sectors that hold a set of contents, and runs of operations in one
 * sector whose cuts are reported as one set. */
#ifndef REHEARSE_CLOSURE_CLOSURE_RUNS_H
#define REHEARSE_CLOSURE_CLOSURE_RUNS_H

#include "rehearse/closure/closure_flash.h"

/* ---- closure_runs.c: sectors that hold a set ---------------------------------------------------- */

void closure_open_load(struct closure_flash *f, uint32_t s, uint32_t id);
uint32_t closure_open_id(struct closure_flash *f, uint32_t s);
/* One of two contents at each power-on. */
uint32_t closure_unstable_id(struct closure_flash *f, uint32_t a, uint32_t b);
/* A read of len bytes at off of the sector: keep only the contents of the part that this session takes. */
void closure_open_read(struct closure_flash *f, uint32_t s, uint32_t off, uint32_t len);
void closure_open_program(struct closure_flash *f, uint32_t s, uint32_t w, const uint8_t *src);

/* An operation is about to be done. */
void closure_run_program(struct closure_flash *f, uint32_t s, uint32_t w, const uint8_t *src);
void closure_run_erase(struct closure_flash *f, uint32_t s);
/* Report what a cut in the run leaves, if there is one. */
void closure_run_end(struct closure_flash *f);

void closure_runs_free(struct closure_flash *f);

/* ---- closure_flash.c ----------------------------------------------------------------------------- */

_Noreturn void closure_flash_stop(struct closure_flash *f, enum closure_stop why, uint32_t where);
/* The number of this content of sector s, as it counts at power-on. */
uint32_t closure_flash_name(struct closure_flash *f, uint32_t s, const uint8_t *bytes,
                            const uint8_t *cells);
bool closure_flash_in_full(const struct closure_flash *f);
void closure_flash_save_others(struct closure_flash *f, uint32_t s);
/* Of the set in the open sector one content is left: it holds that from now on. */
void closure_flash_settle(struct closure_flash *f, uint32_t s);

#endif
