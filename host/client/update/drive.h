/* drive.h - an update's orders carried out on a device: each call asks the device, waits for its answer, and returns. And
 * what is said of it to people. */
#ifndef HOST_CLIENT_UPDATE_DRIVE_H
#define HOST_CLIENT_UPDATE_DRIVE_H

#include "host/client/device.h"
#include "host/client/update/engine.h"
#include "host/client/upload.h"

struct update_drive {
    struct device *device; /* open */
    const uint8_t *data;   /* the file, goal.size bytes; once it is chosen */
    /* For UPDATE_FILE, calls update_choose and sets data. An exit code, the error printed. */
    int (*choose)(struct update_drive *v, struct update *u);
    void *ctx;                        /* for choose */
    const struct upload_watch *watch; /* of the upload; NULL: a person */

    int code;                /* of what the driver gave up for; the error is printed */
    unsigned long boot_mark; /* first log line after the reset */
    bool watchdog_told;
    struct smp_image_list list;
    struct smp_slot_list slots;
};

/* Carry out u->order. *r points into v. */
void update_drive(struct update_drive *v, struct update *u, struct update_result *r);

/* A line for people; news.ctx is the struct update_drive. */
void update_tell(void *ctx, const struct update *u, enum update_news news);
/* Why the update ended: the error is printed, with the device's own lines. The exit code; CLI_DONE after UPDATE_DONE,
 * which is left to the caller's words. */
int update_report(struct update_drive *v, const struct update *u);

#endif
