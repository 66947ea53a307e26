/* garbage.h - trailers and status areas filled from a stream of bytes, and what must hold whatever
 * they say. Shared by the random test and the fuzz target. */
#ifndef UPDATE_GARBAGE_H
#define UPDATE_GARBAGE_H

#include <stddef.h>

#include "update/testing/world.h"

/* Build a device from data, boot it until it rests, and check. NULL, or what went wrong. */
const char *garbage_run(const uint8_t *data, size_t len);

#endif
