/* file_digest.h - the hash of an open file. Apart from files.h: OpenSSL has an ERR_STATE of its own. */
#ifndef HOST_GATEWAY_STORE_FILE_DIGEST_H
#define HOST_GATEWAY_STORE_FILE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/compiler.h"

#define FILE_SHA256_SIZE 32u
#define FILE_SHA1_SIZE   20u

/* Of the whole file, wherever fd stands in it; fd must be readable, and is left at the end. False: errno says why. */
MUST_CHECK bool file_sha256(int fd, uint8_t sha256[FILE_SHA256_SIZE]);
/* For servers that send no other one. It finds a file that came damaged, and no forgery. */
MUST_CHECK bool file_sha1(int fd, uint8_t sha1[FILE_SHA1_SIZE]);

#endif
