/* fresh_key.h - a key for one run of a program: what a rehearsal signs its images with, and a test. */
#ifndef HOST_IMAGE_BUILD_FRESH_KEY_H
#define HOST_IMAGE_BUILD_FRESH_KEY_H

#include "host/image/build/build.h"

struct fresh_key {
    void *pkey; /* OpenSSL's */
    uint8_t spki[P256_SPKI_SIZE];
    struct image_key key;
    struct image_signer signer;
};

/* A fresh random key pair; k must stay where it is. Ends the program on failure. */
void fresh_key_make(struct fresh_key *k);
void fresh_key_free(struct fresh_key *k);

#endif
