/* image_file.h - a signed image in a file: read, checked, and what the commands want to know about it. */
#ifndef HOST_IMAGE_IMAGE_FILE_H
#define HOST_IMAGE_IMAGE_FILE_H

#include "core/image/image.h"
#include "host/cli/core/cli.h"

struct image_file {
    const char *path;
    struct cli_blob blob;
    struct image_header header;
    uint32_t size;          /* header to last TLV; the file may be longer (padding, trailer) */
    struct image_hash hash; /* from its TLV; verified, unless the image is encrypted */
    char version[32];       /* "2.0.0", "2.0.0.4": as the image list writes it */
};

/* Read the image at path (binary, or Intel HEX by its name) and check header, TLVs and hash; with key (a PEM or DER
 * file, or NULL) the signature too. CLI_DONE, CLI_BAD_FILE (not a readable, valid image), or CLI_REFUSED (not signed
 * with key); the error is printed. Of an encrypted image header and TLVs are checked, and a key is refused. */
MUST_CHECK int image_file_load(struct image_file *f, const char *path, const char *key);

/* The same of a file that is read already, or was part of another one; path is its name for people. */
MUST_CHECK int image_file_take(struct image_file *f, const char *path, const struct cli_blob *b,
                               const char *key);

/* The image hash that a command's argument means: 64, 96 or 128 hexadecimal digits, or the name of an image
 * file. */
MUST_CHECK int image_hash_argument(const char *text, struct image_hash *hash);

#endif
