/* words.h - shared by drive.c and words.c only. */
#ifndef HOST_CLIENT_UPDATE_WORDS_H
#define HOST_CLIENT_UPDATE_WORDS_H

#include "host/client/update/drive.h"

/* Our bootloader says why the device was reset, and cannot always tell the watchdog from software: then a boot counts
 * only if we did not ask for it. NULL: the watchdog has not reset the device since our reset; else who may have. The first
 * time it is told. */
const char *words_of_watchdog(struct update_drive *v, const struct update *u);

#endif
