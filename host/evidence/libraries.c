/* libraries.c - which libraries this program runs with. Apart from the rest, as manifest_read.c is. */
#include <archive.h>
#include <jansson.h>
#include <lzma.h>

#include <openssl/crypto.h>

#include "host/evidence/evidence.h"

void evidence_libraries(struct evidence *e)
{
    const struct evidence_library all[] = {
        {"jansson", jansson_version_str()}, {"libarchive", archive_version_string()},
        {"liblzma", lzma_version_string()}, {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"zlib", archive_zlib_version()},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i].version != NULL)
            e->library[e->library_count++] = all[i];
}
