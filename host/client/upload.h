/* upload.h - an image on its way to a device: progress, lost ports, resume. */
#ifndef HOST_CLIENT_UPLOAD_H
#define HOST_CLIENT_UPLOAD_H

#include "host/client/device.h"

struct upload_job {
    const uint8_t *data;
    uint32_t len;
    uint32_t image;        /* number, 0 unless the device has several */
    bool upgrade;          /* the device shall refuse what is not newer */
    unsigned wait_seconds; /* for a device that goes away meanwhile */
};

/* Upload the whole of it. CLI_DONE, or an exit code with the error printed. was_there: nothing had to be sent, because the
 * device has answered the first packet with the end of the file: its slot holds all of it. */
MUST_CHECK int upload_run(struct device *d, const struct upload_job *job, bool *was_there);

#endif
