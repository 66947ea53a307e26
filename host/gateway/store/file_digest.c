#include "host/gateway/store/file_digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

static bool digest_file(int fd, EVP_MD_CTX *c)
{
    uint8_t buffer[16384];
    if (lseek(fd, 0, SEEK_SET) != 0)
        return false;
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        if (EVP_DigestUpdate(c, buffer, (size_t)n) != 1)
            return false;
    }
}

static bool digest(int fd, const EVP_MD *kind, uint8_t *out)
{
    errno = ENOMEM; /* OpenSSL's only reason here */
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c != NULL && EVP_DigestInit_ex(c, kind, NULL) == 1 && digest_file(fd, c) &&
              EVP_DigestFinal_ex(c, out, NULL) == 1;
    EVP_MD_CTX_free(c);
    return ok;
}

bool file_sha256(int fd, uint8_t sha256[FILE_SHA256_SIZE])
{
    return digest(fd, EVP_sha256(), sha256);
}

bool file_sha1(int fd, uint8_t sha1[FILE_SHA1_SIZE])
{
    return digest(fd, EVP_sha1(), sha1);
}
