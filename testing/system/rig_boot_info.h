/* rig_boot_info.h - checks that the application's answers about its bootloader agree with the bootloader's .config. */
#ifndef TESTING_SYSTEM_RIG_BOOT_INFO_H
#define TESTING_SYSTEM_RIG_BOOT_INFO_H

#include "testing/system/rig_firmware.h"

/* Ask the running application, and compare each answer with build/<firmware>/.config; the image that is started runs
 * in slot running. Fails the test where they differ. counter: what the rollback store holds for each image, where
 * the configuration has counters; NULL: not compared. */
void boot_info_agrees(struct rig *r, const char *firmware, unsigned running,
                      const uint32_t *counter);

#endif
