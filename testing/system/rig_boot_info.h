/* rig_boot_info.h - does what the device says of its bootloader agree with what that was built with? */
#ifndef TESTING_SYSTEM_RIG_BOOT_INFO_H
#define TESTING_SYSTEM_RIG_BOOT_INFO_H

#include "testing/system/rig_firmware.h"

/* Ask the running application, and compare each answer with build/<firmware>/.config; the image that is started runs
 * in slot running. Fails the test where they differ. counter: what the rollback store holds for each image, where
 * the configuration has counters; NULL: not compared. */
void told_agrees(struct rig *r, const char *firmware, unsigned running, const uint32_t *counter);

#endif
