/* upload.h - an image on its way to a device: progress, lost ports, resume. */
#ifndef HOST_CLIENT_UPLOAD_H
#define HOST_CLIENT_UPLOAD_H

#include "host/client/device.h"

/* Somebody else than a person at a terminal. */
struct upload_watch {
    void (*progress)(void *ctx, uint32_t off, uint32_t len); /* after each answer */
    bool (*stopped)(void *ctx);                              /* true: stop between two packets */
    void *ctx;
};

struct upload_job {
    const uint8_t *data;
    uint32_t len;
    uint32_t image;        /* image number, 0 unless the device has several */
    bool upgrade;          /* ask the device to refuse an image that is not newer */
    unsigned wait_seconds; /* how long to wait for a device that goes away meanwhile */
    /* NULL: progress goes to the terminal, and SIGINT and SIGTERM stop the upload. */
    const struct upload_watch *watch;
};

/* Upload the whole image. CLI_DONE, or an exit code with the error printed. was_there: the slot already held the
 * whole image, as the answer to the first packet showed, and nothing more was sent. A stop between two packets: the code is
 * CLI_SIGNAL and the signal's number (of the watch: CLI_SIGNAL alone), and what happens at the next try is printed. */
MUST_CHECK int upload_run(struct device *d, const struct upload_job *job, bool *was_there);

/* The error of a device whose running image s is on trial: an upload would take the place of the image to go back to.
 * answer: the name of the device's own error, or NULL. CLI_REFUSED. */
MUST_CHECK int upload_fail_on_trial(const struct smp_image_state *s, const char *answer);

#endif
