/* progress.h - the state of a swap on flash: how it is read, written at the start, and rebuilt after a power cut.
 * Internal to core/update/. */
#ifndef CORE_UPDATE_SWAP_PROGRESS_H
#define CORE_UPDATE_SWAP_PROGRESS_H

#include "core/update/strategy.h"

/* What the primary's trailer pri says about a swap. *claims is true if it says that one has begun
 * and has not ended; *sw is filled in either case, without records if there is no such swap. sw->records is RECORDS_UNCLEAR if
 * no layout that is known here explains them: the log says where they are. */
MUST_CHECK enum err progress_read(const struct slot_pair *p, const struct trailer_state *pri,
                                  struct swap *sw, bool *claims);

/* Write sw to the erased trailer of slot s. The magic is written last, so a good magic means that the other fields are
 * complete. Status records are always written to the primary. If the swap has not ended, the image keys of
 * env->encryption are written, too. */
MUST_CHECK enum err progress_write(const struct update_env *env, enum slot s,
                                   const struct swap *sw);

/* Read the checkpoint that progress_rebuild writes to the secondary. *found is false if there is none. */
MUST_CHECK enum err checkpoint_read(const struct slot_pair *p, struct swap *sw, bool *found);

/* Erase the primary's trailer and write sw to it, so that its words can be programmed in this power session; the
 * secondary's trailer ends erased. from_checkpoint: sw came from checkpoint_read.
 * Power loss at any point: the old trailer of the primary, or the checkpoint, has sw. */
MUST_CHECK enum err progress_rebuild(const struct update_env *env, const struct swap *sw,
                                     bool from_checkpoint);

#endif
