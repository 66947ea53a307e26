/* file_sha256.h - the SHA-256 of an open file. Apart from files.h: OpenSSL has an ERR_STATE of its own. */
#ifndef HOST_GATEWAY_STORE_FILE_SHA256_H
#define HOST_GATEWAY_STORE_FILE_SHA256_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/compiler.h"

#define FILE_SHA256_SIZE 32u

/* Of the whole file, wherever fd stands in it; fd must be readable, and is left at the end. False: errno says why. */
MUST_CHECK bool file_sha256(int fd, uint8_t sha256[FILE_SHA256_SIZE]);

#endif
