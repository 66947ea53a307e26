/* rig_board.h - what the tests of the whole board share: a board that runs vboard/board/test/firmware/probe.c, and
 * its output. */
#ifndef TESTING_VBOARD_RIG_BOARD_H
#define TESTING_VBOARD_RIG_BOARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vboard/board/inside.h"

#define MS 1000000ull

struct rig {
    struct vboard *v;
    char out[4096], reports[4096]; /* the console; notes and findings, a line each */
    size_t out_len;
};

/* Power on with the probe and the scenario that it is to run (its main knows them by number). */
void open_rig(struct rig *r, uint32_t scenario);
void close_rig(struct rig *r);
enum vboard_why run_ms(struct rig *r, uint64_t ms);

void assert_same_flash(const struct vboard *a, const struct vboard *b);
void assert_same_ram(const struct vboard *a, const struct vboard *b);

#endif
