/* rehearsal.h - slipway rehearse update: from its files to a board that is ready for the update. */
#ifndef HOST_REHEARSAL_REHEARSAL_H
#define HOST_REHEARSAL_REHEARSAL_H

#include "core/soc/soc.h"
#include "host/image/image_file.h"
#include "host/layout/layout_file.h"
#include "rehearse/cuts/board_cuts.h"
#include "rehearse/cuts/board_flash.h"

struct rehearsal {
    struct layout layout;
    struct layout_config config;
    struct layout_slots slots;
    const char *layout_path;
    struct image_file file[CUTS_IMAGES];
    struct vboard *board; /* as it is before the update */
    struct vboard *spare; /* for looking at a copy of another one */
    struct board_flash flash;
    /* Flash words that the bootloader's file fills, outside of the slots: a bit each, from the start of flash. */
    uint8_t boot_words[SOC_FLASH_MAX / SOC_WORD_MAX / 8];
    struct cuts_plan plan;
};

/* Arguments BOOTLOADER OLD NEW and the options of the command: read the files. An exit code, its error printed;
 * rehearsal_close in either case. */
MUST_CHECK int rehearsal_open(struct rehearsal *r, const struct cli_args *a);
/* Then make the board; on_run and ctx of r->plan may be set before, and again behind it. Afterwards r->plan is complete:
 * bootloader and old image are in flash as a debugger puts them there, and have run; the new one and the request for it
 * as an application does. An exit code, its error printed. */
MUST_CHECK int rehearsal_prepare(struct rehearsal *r, const struct cli_args *a);
void rehearsal_close(struct rehearsal *r);

/* The layout that a command with these arguments and options takes: --layout, or the devicetree that the build left beside
 * the bootloader, which need not exist. */
const char *rehearsal_layout_path(const struct cli_args *a);

/* A boot's console, or the last lines of it, without the carriage returns of their ends. */
const char *rehearsal_lines(const char *console);
const char *rehearsal_tail(const char *console);

#endif
