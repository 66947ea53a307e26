/* rig_settings.h - for whole-system tests: the board's settings as a client reads and writes them, and a storage that is
 * full. */
#ifndef TESTING_SYSTEM_RIG_SETTINGS_H
#define TESTING_SYSTEM_RIG_SETTINGS_H

#include "testing/system/rig_firmware.h"

/* 0; what the device answers: a MGMT_ERR, or an error of the group and 100; UINT32_MAX: it does not answer. */
uint32_t rig_setting_write(struct rig *r, const char *name, const char *value);
uint32_t rig_settings_save(struct rig *r);
/* Fails the test if it is not there. */
void rig_setting_read(struct rig *r, const char *name, char value[64]);
void rig_setting_expect(struct rig *r, const char *name, const char *value);

/* Put a store into the storage of a board that is off, in which the next value finds no room: "other" is "stays", and "counter"
 * has been set so many times, to four bytes, which is returned. */
unsigned rig_settings_fill(struct rig *r);

#endif
