/* pack.h - the files of a pack: in a folder, and in a zip file. */
#ifndef HOST_EVIDENCE_PACK_H
#define HOST_EVIDENCE_PACK_H

#include "host/image/package/zip_file.h"

/* Read the pack at path, a zip file or a folder, which may hold anything: plain files with plain names, within the
 * limits of zip_file.h. CLI_DONE, or CLI_BAD_FILE with the error printed. */
MUST_CHECK int pack_read(const char *path, struct zip_file *z);

/* CLI_DONE if neither the folder name nor name.zip exists, and name can be one; else CLI_USAGE or CLI_BAD_FILE, with the
 * error printed. */
MUST_CHECK int pack_check_name(const char *name);

/* Write the folder name and name.zip. Both, or nothing: an error, a full disk or a signal leaves no half of it. The times in
 * the zip file are those of no clock, so that the same files make the same bytes. CLI_DONE, or CLI_BAD_FILE or CLI_REFUSED
 * with the error printed. */
MUST_CHECK int pack_write(const char *name, const struct zip_file *z);

/* Put a file into z: its bytes are not copied. name is plain, and z has room. */
void pack_add(struct zip_file *z, const char *name, const struct cli_blob *b);

#endif
