/* file_map.h - the one large file that a command makes another of, mapped instead of read: a megabyte is neither copied nor
 * given memory. Behind files.c and file_write.c.
 *
 * A mapped file is not a copy: who writes to it meanwhile changes what we have read. So it is compared at the end
 * (file_map_unchanged), and one that becomes shorter, which the system answers with SIGBUS, ends the program with an
 * error. */
#ifndef CLI_FILE_MAP_H
#define CLI_FILE_MAP_H

#include "cli/cli.h"

/* Map the file that fd is open for. Bytes and room are the caller's alone to write. fd is then kept until
 * file_map_release. False if it is better read: small or larger than max, no regular file, or one is mapped already. */
bool file_map(int fd, const char *path, size_t max, struct cli_room room, struct cli_blob *b);

/* CLI_BAD_FILE with the error printed if the mapped file is another one now; CLI_DONE if there is none. */
MUST_CHECK int file_map_unchanged(void);

/* What to remove if the program ends with SIGBUS; NULL: nothing. Not copied. */
void file_map_unfinished(const char *path);

void file_map_release(void);

#endif
