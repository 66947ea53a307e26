/* hex_file.h - Intel HEX, in and out. */
#ifndef HOST_IMAGE_HEX_FILE_H
#define HOST_IMAGE_HEX_FILE_H

#include "host/cli/core/cli.h"

/* Longest HEX text and largest memory that it may describe, bytes. */
#define HEX_TEXT_MAX  (256u * 1024u * 1024u)
#define HEX_IMAGE_MAX (64u * 1024u * 1024u)

/* Memory from the lowest to the highest address in the file; gaps read as 0xff. */
struct hex_image {
    struct cli_blob bytes; /* lives until cli_run returns */
    uint32_t base;
    bool spread; /* the text is valid, but its data is too far apart */
};

/* ".hex" or ".ihex", in upper or lower case. */
bool hex_is_name(const char *path);

/* Parse a whole text. NULL, or what is wrong, in words; *line is then where. text[len] must be readable. */
const char *hex_parse(const char *text, size_t len, struct hex_image *image, unsigned *line);

/* CLI_DONE, or CLI_BAD_FILE with the error printed. */
MUST_CHECK int hex_read_file(const char *path, struct hex_image *image);
/* The same for what has been read; path is named in the error. */
MUST_CHECK int hex_take_text(const char *path, const struct cli_blob *text,
                             struct hex_image *image);

/* A stretch of memory to write. */
struct hex_chunk {
    uint32_t address;
    const uint8_t *bytes;
    size_t len;
};

/* The text of chunks in order of address, not overlapping, inside 32 bits: 16 bytes to a line, as IntelHex writes
 * it. The caller frees it; NULL if there is no memory. */
char *hex_text(const struct hex_chunk *chunks, unsigned count, size_t *len);

#endif
