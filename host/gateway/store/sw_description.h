/* sw_description.h - the description in a .swu file: libconfig's syntax, SWUpdate's settings. Of all that SWUpdate can do a
 * gateway does one thing: it takes one image for one board. A description that asks for more is refused, because a part of
 * it left out could not be reported as done.
 *
 *   software = {
 *     version = "1.4.0";
 *     hardware-compatibility = [ "nucleo_h753zi" ];
 *     images: ( { filename = "app.signed.bin"; version = "1.4.0"; sha256 = "..."; } );
 *   };
 *
 * What holds for one board may stand in a section of its name, as `software.nucleo_h753zi.images`; what is not in the
 * section is taken from `software`, as SWUpdate does.
 *
 * A board is written as for `swupdate -H`: NAME or NAME:REVISION. hardware-compatibility must be there, and hold the
 * board's name, or its revision where one is known: there the name of the section is that of the board, and the list is
 * of revisions (so write SWUpdate and goosebit). A list without a section says nothing of the board's name if it holds
 * only revisions; it fits any board of that revision, as in SWUpdate. */
#ifndef HOST_GATEWAY_STORE_SW_DESCRIPTION_H
#define HOST_GATEWAY_STORE_SW_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"

#define SW_DESCRIPTION_MAX (256u << 10) /* bytes */
#define SW_TEXT_MAX        100u         /* of each text that is kept, bytes without the NUL */
#define SW_BOARD_MAX       64u          /* of a board's name, and of its revision */

struct sw_description {
    char release[SW_TEXT_MAX + 1]; /* version of the software; "": not stated, as below */
    char name[SW_TEXT_MAX + 1]; /* of the file in the archive, without a folder; printable ASCII */
    char version[SW_TEXT_MAX + 1]; /* of the image */
    char type[SW_TEXT_MAX + 1];
    bool has_sha256;
    uint8_t sha256[32];
};

/* Find the image for the board in the description: len bytes at text, which may be anything. False: why (cap bytes, at least 1,
 * printable ASCII) says what is wrong. Reads no file, whatever the text asks for. */
MUST_CHECK bool sw_description_find(const char *text, size_t len, const char *board,
                                    struct sw_description *d, char *why, size_t cap);

/* In place: what is not printable ASCII becomes '?'. */
void sw_printable(char *text);

#endif
