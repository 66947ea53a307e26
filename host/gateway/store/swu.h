/* swu.h - a .swu file, as SWUpdate and the servers for it use them: a cpio archive (newc or crc) whose first member is
 * sw-description. What a description may ask for: sw_description.h. Its signature (sw-description.sig) is not looked at:
 * the image in it has its own, which the gateway judges. */
#ifndef HOST_GATEWAY_STORE_SWU_H
#define HOST_GATEWAY_STORE_SWU_H

#include "host/gateway/store/sw_description.h"

#define SWU_IMAGE_MAX   (64u << 20) /* bytes */
#define SWU_MEMBERS_MAX 64u         /* of an archive */
#define SWU_NAME_MAX    256u        /* of a member, bytes with the NUL */

struct swu_image {
    struct sw_description said; /* the description's words for it */
    uint64_t size;              /* what was written: bytes, and their SHA-256 */
    uint8_t sha256[32];
};

/* By its first bytes, not by its name: does the file begin as a .swu file does? */
bool swu_is(const char *path);

/* Write the image for the board (NAME or NAME:REVISION) to the file `to`, in place of what is there. The whole archive is
 * read before that file gets its name; until then it is `to`.part, for this user only, which is gone after an error. False:
 * why (cap bytes, printable ASCII) says what is wrong: not whole, no description, nothing for this board or too much, a
 * member that is missing or twice there, a wrong SHA-256, the file that cannot be written. */
MUST_CHECK bool swu_extract(const char *path, const char *board, const char *to,
                            struct swu_image *image, char *why, size_t cap);

#endif
