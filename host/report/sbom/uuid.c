#include "host/report/sbom/uuid.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"

const uint8_t uuid_dns[UUID_SIZE] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                     0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

void uuid_of_name(const uint8_t space[UUID_SIZE], const void *name, size_t len,
                  uint8_t uuid[UUID_SIZE])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t n = 0;
    uint8_t *text = cli_memory(UUID_SIZE + len);
    memcpy(text, space, UUID_SIZE);
    memcpy(text + UUID_SIZE, name, len);
    if (EVP_Q_digest(NULL, "SHA1", NULL, text, UUID_SIZE + len, digest, &n) != 1)
        abort(); /* OpenSSL without SHA-1 */
    memcpy(uuid, digest, UUID_SIZE);
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x50);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

void uuid_print(char text[UUID_TEXT], const uint8_t uuid[UUID_SIZE])
{
    static const uint8_t ends[] = {4, 6, 8, 10, UUID_SIZE};
    size_t at = 0;
    for (size_t i = 0, from = 0; i < ARRAY_LEN(ends); from = ends[i++]) {
        cli_hex(text + at, uuid + from, ends[i] - from);
        at += 2 * (ends[i] - from);
        text[at++] = i + 1 < ARRAY_LEN(ends) ? '-' : '\0';
    }
}
