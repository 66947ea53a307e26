/* key_source.h - key bytes as C and Rust source, for getpub, getpubhash and getpriv. */
#ifndef HOST_IMAGE_KEYS_KEY_SOURCE_H
#define HOST_IMAGE_KEYS_KEY_SOURCE_H

#include "host/image/keys/keys.h"

/* An array called name with its length behind it (C), or a slice (Rust; name is put into upper case). */
const char *key_source_c(const char *name, const uint8_t *bytes, size_t len);
const char *key_source_rust(const char *name, const uint8_t *bytes, size_t len);

/* CLI_DONE, or CLI_USAGE with the error printed, for what --name-suffix was given. */
MUST_CHECK int key_source_suffix(const struct cli_args *a, const char **suffix);

/* To --output, a file with this mode (cli_write_file), or standard output. */
MUST_CHECK int key_source_put(const struct cli_args *a, const void *data, size_t len,
                              unsigned mode);

#endif
