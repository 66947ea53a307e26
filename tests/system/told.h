/* told.h - does what the device says of its bootloader agree with what that was built with? */
#ifndef TESTS_SYSTEM_TOLD_H
#define TESTS_SYSTEM_TOLD_H

#include "tests/system/rig.h"

/* Ask the running application, and compare each answer with build/<firmware>/.config; the image that is started runs in
 * slot running. Fails the test where they differ. counter: what the ratchet holds for each image, where the configuration
 * has counters; NULL: not compared. */
void told_agrees(struct rig *r, const char *firmware, unsigned running, const uint32_t *counter);

#endif
