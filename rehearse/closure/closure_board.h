/* closure_board.h - a violation that the closure found, carried over to a real bootloader at its real size: its ELF
 * boots on the virtual board, the application's part runs natively on the same flash. A library of its own, which
 * slipway does not link; tests/sweep/replay_elf.c is the program. */
#ifndef REHEARSE_CLOSURE_CLOSURE_BOARD_H
#define REHEARSE_CLOSURE_CLOSURE_BOARD_H

#include "rehearse/closure/closure.h"

/* The bootloader, and what the images that it trusts need. All that it points to must outlive the replay. */
struct closure_board {
    const char *elf;  /* path */
    const char *name; /* the virtual board that it runs on; NULL: the default one */
    const struct slot_pair
        *pair;         /* the slots of its layout; the operations of its flash are not called */
    bool no_downgrade; /* it compares versions */
    const struct image_signer *signer;
    const struct image_digest *digest; /* NULL: SHA-256 */
    bool pure;                         /* signatures of the image, not of its hash */
};

/* As closure_replay, with the sessions of the ELF. False, too, if the row's strategy, flash word, number of sectors or
 * scene is not the bootloader's; *why then names the row that fits. One replay at a time: its state is static. */
bool closure_board_replay(const char *text, const struct closure_board *board,
                          const struct closure_sink *sink, enum closure_fault *fault,
                          const char **why);

#endif
