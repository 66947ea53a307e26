/* rig_garbage.h - trailers and status areas filled from a stream of bytes, and what must hold whatever
 * they say. Shared by the random test and the fuzz target. */
#ifndef TESTING_UPDATE_RIG_GARBAGE_H
#define TESTING_UPDATE_RIG_GARBAGE_H

#include <stddef.h>

#include "testing/update/rig_two_slots.h"

/* Build a device from data, boot it until it rests, and check. NULL, or what went wrong. */
const char *garbage_run(const uint8_t *data, size_t len);

#endif
