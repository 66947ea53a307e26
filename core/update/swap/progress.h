/* progress.h - the state of a swap on flash: how it is read, begun and, after a cut, rebuilt.
 * Internal to core/update/. */
#ifndef CORE_UPDATE_SWAP_PROGRESS_H
#define CORE_UPDATE_SWAP_PROGRESS_H

#include "core/update/strategy.h"

/* What the primary's trailer pri says about a swap. *claims is true if it says that one has begun
 * and has not ended; *sw is filled in either case. */
MUST_CHECK enum err progress_read(const struct slot_pair *p, const struct trailer_state *pri,
                                  struct swap *sw, bool *claims);

/* Write sw into the blank trailer of slot s; the magic comes last, so a good magic says that the
 * rest is whole. Records are for the primary. The image keys of env->encryption go with a swap that has not
 * ended. */
MUST_CHECK enum err progress_write(const struct update_env *env, enum slot s,
                                   const struct swap *sw);

/* The checkpoint that progress_rebuild keeps in the secondary. *found is false if there is none. */
MUST_CHECK enum err checkpoint_read(const struct slot_pair *p, struct swap *sw, bool *found);

/* Make the primary's trailer say sw in words that were erased in this power session, and leave the
 * secondary's blank. from_checkpoint: sw came from checkpoint_read.
 * Power loss at any point: the primary's trailer as it was, or the checkpoint, says sw. */
MUST_CHECK enum err progress_rebuild(const struct update_env *env, const struct swap *sw,
                                     bool from_checkpoint);

#endif
