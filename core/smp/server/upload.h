/* upload.h - the way of an uploaded file into flash: what the application's server and recovery's have in common. Which
 * files they take, where those go and what is remembered of them is theirs (groups/img_upload.c, groups/recovery.c). */
#ifndef CORE_SMP_SERVER_UPLOAD_H
#define CORE_SMP_SERVER_UPLOAD_H

#include "core/smp/server/server.h"
#include "core/smp/wire/cbor_map.h"

/* Open s->img, whose len, base and off are set: the file's byte off goes to base + off of the area. Each sector is erased
 * when data reaches it. Errors as stream_open; the session then stays closed. */
MUST_CHECK enum err upload_open(struct smp_server *s, const struct flash_area *area);

/* Take the file's next bytes, no more than are left of it, and move off behind them; the last of them end the session.
 * Errors as stream_write; the session is then closed, since a word takes one program and only a new start erases it. */
MUST_CHECK enum err upload_take(struct smp_server *s, struct cbor_span data);

#endif
