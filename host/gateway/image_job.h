/* image_job.h - an artifact judged as a file is that is given to `slipway update`, before a device is touched: unpacked,
 * header, hash, signature, board. A worker's job. */
#ifndef HOST_GATEWAY_IMAGE_JOB_H
#define HOST_GATEWAY_IMAGE_JOB_H

#include "host/client/update/engine.h"
#include "host/gateway/config/config.h"
#include "host/gateway/store/artifacts.h"

#define IMAGE_VARIANTS_MAX 2u

/* A file that goes to a device. */
struct image_variant {
    bool in_place; /* for a free slot of this number only */
    uint8_t slot;
    uint8_t hash[SMP_HASH_MAX];
    size_t hash_len;
    char version[32];
    uint8_t *data; /* size bytes */
    uint32_t size;
};

struct image_job {
    /* In. */
    char path[ARTIFACT_PATH_MAX];     /* the artifact */
    char unpacked[ARTIFACT_PATH_MAX]; /* where the image of a .swu goes */
    const char *board;                /* NULL: not said */
    uint32_t image;                   /* number */
    struct gateway_texts keys;        /* public keys that may sign; none: any signature */
    /* Out. */
    bool fits;
    char why[500]; /* if it does not */
    unsigned count;
    struct image_variant variant[IMAGE_VARIANTS_MAX];
};

/* worker_job. */
void image_job_run(void *job);
void image_job_free(struct image_job *j);

/* The variant for the slot that is free; NULL: there is none. */
const struct image_variant *image_job_variant(const struct image_job *j, unsigned free_slot);

#endif
