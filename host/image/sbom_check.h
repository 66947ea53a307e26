/* sbom_check.h - an SBOM and the program that it must be about. */
#ifndef HOST_IMAGE_SBOM_CHECK_H
#define HOST_IMAGE_SBOM_CHECK_H

#include "host/image/image_check.h"
#include "host/report/sbom/sbom_file.h"

/* The SBOM at path: of which program it is (*subject), and the SHA-256 of the file itself, which an image's SBOM TLV
 * holds. CLI_DONE, or CLI_BAD_FILE with the error printed. */
MUST_CHECK int sbom_check_load(const char *path, struct sbom_subject *subject,
                               uint8_t sha256[SHA256_SIZE]);

/* Is the SBOM at path about this program? whose: what the program is called in the error. CLI_DONE, or CLI_REFUSED with
 * the error printed. */
MUST_CHECK int sbom_check_program(const char *path, const struct sbom_subject *subject,
                                  const char *whose, const void *program, size_t len);

/* Does the genuine image b, at path and with header h, name the SBOM at sbom_path, and is that about its program? An
 * encrypted image must be decrypted before. Of a compressed one the program is not compared, with a warning. sha256: of
 * the SBOM's file. The same results. */
MUST_CHECK int sbom_check_image(const char *sbom_path, const char *path, const struct cli_blob *b,
                                const struct image_header *h, uint8_t sha256[SHA256_SIZE]);

#endif
