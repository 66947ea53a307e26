/* zip_file.h - a zip file of few files with plain names, such as a package is: read as a whole, with limits, and
 * written. */
#ifndef HOST_IMAGE_PACKAGE_ZIP_FILE_H
#define HOST_IMAGE_PACKAGE_ZIP_FILE_H

#include "host/cli/core/cli.h"

#define ZIP_ENTRIES_MAX 48
#define ZIP_NAME_MAX    100
#define ZIP_BYTES_MAX   (64u << 20) /* of all files together, unpacked */

struct zip_entry {
    char name[ZIP_NAME_MAX + 1];
    struct cli_blob blob;
};
struct zip_file {
    unsigned count;
    struct zip_entry entry[ZIP_ENTRIES_MAX];
};

/* What the file should be, for errors: "a package", and what to do if it is not one. */
struct zip_purpose {
    const char *what, *next;
};
extern const struct zip_purpose zip_package;

/* Does the file begin as a zip file does? */
bool zip_is_one(const struct cli_blob *b);

/* A name of letters, digits and ._+- that is neither . nor .., and no longer than ZIP_NAME_MAX. */
bool zip_name_is_plain(const char *name);

/* Unpack the zip file at b, which may hold anything; path is its name for people. CLI_DONE, or CLI_BAD_FILE with the
 * error printed: not whole, a name that is not plain or stands twice, a folder, a link, a password, too many or too
 * large. */
MUST_CHECK int zip_read(const char *path, const struct cli_blob *b,
                        const struct zip_purpose *purpose, struct zip_file *z);

/* A zip file can be read by the directory at its end, or from front to back. Does either way find the files of z, which
 * zip_read has found in b, and does nothing follow the directory? CLI_DONE, or CLI_BAD_FILE with the error printed. */
MUST_CHECK int zip_check_forward(const char *path, const struct cli_blob *b,
                                 const struct zip_purpose *purpose, const struct zip_file *z);

/* The entry of that name, or NULL. */
const struct zip_entry *zip_find(const struct zip_file *z, const char *name);
/* "manifest.json, a.bin": the names, for people. */
const char *zip_names(const struct zip_file *z);

/* Pack z into b, deflated; seconds: the time of its files, since 1970. CLI_DONE, or CLI_REFUSED with the error printed. */
MUST_CHECK int zip_write(const struct zip_file *z, uint64_t seconds, struct cli_blob *b);

#endif
