/* contents.h - what lies where in a board's flash, told from what a rehearsal knows: its files, and the slots. */
#ifndef HOST_REHEARSAL_CONTENTS_H
#define HOST_REHEARSAL_CONTENTS_H

#include "host/rehearsal/rehearsal.h"

#define CONTENTS_MAX 256u

/* Bytes from the start of flash. */
struct contents_piece {
    uint32_t offset, size;
    const char *what; /* "bootloader", "old image", "new image", "trailer", "other", "erased" */
};

struct contents {
    unsigned count;
    struct contents_piece piece[CONTENTS_MAX]; /* all of flash, in order, without a gap */
};

/* Note which words the bootloader's file has filled. Before anything else is put into r->board. */
void contents_note_bootloader(struct rehearsal *r);

/* Look at flash of a board that is off, or at rest. A part of an image is found where a slot may have it: from the slot's
 * beginning, or a sector later (an upload for swap using offset; what swap using move has moved up), and in the scratch
 * area; sector by sector, and only if all its bytes are right. Erased words between two pieces of the same kind belong to
 * them if they are less than a sector. */
void contents_look(const struct rehearsal *r, const struct vboard *v, struct contents *c);

#endif
