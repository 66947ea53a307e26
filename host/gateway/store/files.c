#include "host/gateway/store/files.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

enum err files_err(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_NOSPC;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_ACCESS;
    case ENOENT:
        return ERR_NOENT;
    case ENOMEM:
        return ERR_NOMEM;
    default:
        return ERR_IO;
    }
}

enum err files_write(int fd, const void *data, size_t len)
{
    const uint8_t *at = data;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return files_err(errno);
        at += n, len -= (size_t)n;
    }
    return ERR_OK;
}
