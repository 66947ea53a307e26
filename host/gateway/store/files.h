/* files.h - what the cache and the unpacker do with open files. */
#ifndef HOST_GATEWAY_STORE_FILES_H
#define HOST_GATEWAY_STORE_FILES_H

#include <stddef.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* ERR_NOSPC: full, over the quota, or over the limit of a file's size; ERR_ACCESS; ERR_NOENT; ERR_NOMEM; else ERR_IO. */
enum err files_err(int error_number);

/* All len bytes to fd. On an error errno is set, and a part may be written. */
MUST_CHECK enum err files_write(int fd, const void *data, size_t len);

#endif
