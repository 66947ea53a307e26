/* rig_garbage.h - fill trailers and status areas from a stream of bytes, boot, and check what must hold for any
 * content. Shared by the random test and the fuzz target. */
#ifndef TESTING_UPDATE_RIG_GARBAGE_H
#define TESTING_UPDATE_RIG_GARBAGE_H

#include <stddef.h>

#include "testing/update/rig_two_slots.h"

/* Build a device from data, and boot it until nothing changes. NULL, or a text that says what went wrong. */
const char *garbage_run(const uint8_t *data, size_t len);

#endif
