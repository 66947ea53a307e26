/* upload.h - write an uploaded file to flash. Shared by groups/img_upload.c (the application) and groups/recovery.c
 * (serial recovery), which decide what they accept and where it goes. */
#ifndef CORE_SMP_SERVER_UPLOAD_H
#define CORE_SMP_SERVER_UPLOAD_H

#include "core/smp/server/server.h"
#include "core/smp/wire/cbor_map.h"

/* Start to write: s->img.len, base and off are set, and byte off of the file goes to base + off of the area. Each
 * sector is erased when data reaches it, or ahead of it if there is a reception buffer. Errors as stream_open; the session
 * then stays closed. */
MUST_CHECK enum err upload_open(struct smp_server *s, const struct flash_area *area);

/* Write the next bytes of the file, at most those that are left, and advance off. The last byte ends the session.
 * Errors as ahead_write. If an erase beside the program failed, the session stays open and the same bytes can come
 * again; else it is closed, because the words cannot be programmed again before a new upload erases them. */
MUST_CHECK enum err upload_take(struct smp_server *s, struct cbor_span data);

/* While no packet comes: ahead_poll, and a piece more of the SHA-256 over what is in flash. */
void upload_poll(struct smp_server *s);

/* Is the SHA-256 of the whole file in the area, from base on, the one that the client has named? Goes on from where
 * upload_poll is. False also if it cannot be read. */
bool upload_matches(struct smp_server *s, const struct flash_area *area);

#endif
