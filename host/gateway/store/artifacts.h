/* artifacts.h - the cache of what the gateway has downloaded: one folder, in which a file is named by its SHA-256, so that
 * each artifact is downloaded once for all devices; by its SHA-1, if the server has no other hash of it. A download goes into
 * NAME.part and goes on there where it stopped, also after a crash; only a file whose size and hash are right gets its NAME. What was unpacked from an artifact lies
 * beside it, as NAME.image, and goes with it.
 *
 * The folder never holds more than max_bytes under such names, with what the open downloads will add: the artifact that
 * was not used for the longest time goes first. Files with other names are left alone and are not counted. One process
 * uses a folder at a time (the journal's lock sees to that).
 *
 * A digest is 64 (SHA-256) or 40 (SHA-1) lower-case hexadecimal digits; anything else is ERR_INVAL. `now`: seconds since 1970; it orders the use of
 * the files, so a clock that jumps makes a worse choice and no error. */
#ifndef HOST_GATEWAY_STORE_ARTIFACTS_H
#define HOST_GATEWAY_STORE_ARTIFACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

#define ARTIFACT_NAME_LEN   64u
#define ARTIFACT_FOLDER_MAX 900u  /* bytes of the folder's path */
#define ARTIFACT_PATH_MAX   1000u /* bytes for the path of a file in it, with the NUL */
#define ARTIFACT_USES_MAX   64u   /* artifacts that are pinned or being downloaded at one time */
#define ARTIFACT_BYTES_MAX  (UINT64_C(1) << 40)

/* An artifact that may not be removed now. */
struct artifact_use {
    char name[ARTIFACT_NAME_LEN + 1];
    unsigned pins;
    bool download; /* one is open */
};

struct artifacts {
    char folder[ARTIFACT_FOLDER_MAX + 1];
    int fd; /* of the folder */
    uint64_t max_bytes;
    uint64_t promised; /* what the open downloads still lack */
    struct artifact_use use[ARTIFACT_USES_MAX];
    char why[200];
};

/* Opens the folder, or creates it for this user only. The parent must exist; max_bytes is at most ARTIFACT_BYTES_MAX.
 * artifacts_close may follow in any case, a->why has the words of an error of this and of all other calls. */
MUST_CHECK enum err artifacts_open(struct artifacts *a, const char *folder, uint64_t max_bytes);
void artifacts_close(struct artifacts *a);

/* The path of the artifact, if it is there with exactly this size; it counts as used now. ERR_NOENT: not there, or
 * something else is in its place. */
MUST_CHECK enum err artifacts_find(struct artifacts *a, const char *digest, uint64_t size,
                                   int64_t now, char path[ARTIFACT_PATH_MAX]);

/* Where to unpack the artifact to (NAME.image), which may be there. Needs artifacts_make_room before, and a pin. */
MUST_CHECK enum err artifacts_image_path(struct artifacts *a, const char *digest,
                                         char path[ARTIFACT_PATH_MAX]);
/* Remove what is not in use until `bytes` more fit. ERR_NOSPC: they do not. */
MUST_CHECK enum err artifacts_make_room(struct artifacts *a, uint64_t bytes);

/* A pinned artifact is not removed. Pins are counted, and end with the process. ERR_NOSPC: too many artifacts. */
MUST_CHECK enum err artifacts_pin(struct artifacts *a, const char *digest);
void artifacts_unpin(struct artifacts *a, const char *digest);

/* A download that is under way; belongs to the caller, until finish or abandon. */
struct artifact_download {
    struct artifacts *cache;
    char name[ARTIFACT_NAME_LEN + 1];
    int fd;
    uint64_t size,
        offset; /* bytes: of the whole; that are there, and so the first one to ask for */
};

/* Begin a download, or go on with one, of `size` bytes. If d->offset is d->size, there is nothing to ask for: finish it.
 * ERR_BUSY: it is being downloaded already. ERR_NOSPC: larger than the cache, or than what can be removed. */
MUST_CHECK enum err artifacts_begin(struct artifacts *a, const char *digest, uint64_t size,
                                    struct artifact_download *d);
/* The server sends all of it (status 200) instead of the rest. */
MUST_CHECK enum err artifacts_restart(struct artifact_download *d);
/* ERR_RANGE: more bytes than were announced. ERR_NOSPC: the disk is full; what was written before stays. After an error
 * call artifacts_abandon. */
MUST_CHECK enum err artifacts_write(struct artifact_download *d, const void *data, size_t len);
/* Check it, and give it its name for good. The download is over then in any case. ERR_STATE: bytes are missing; what is
 * there stays for the next artifacts_begin. ERR_FORMAT: the SHA-256 is another one; all of it is removed. */
MUST_CHECK enum err artifacts_finish(struct artifact_download *d, int64_t now,
                                     char path[ARTIFACT_PATH_MAX]);
/* What is there stays for the next artifacts_begin. */
void artifacts_abandon(struct artifact_download *d);

#endif
