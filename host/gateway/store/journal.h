/* journal.h - what the gateway knows, in one SQLite file: the actions of the server, the devices as they were last seen,
 * events for people, and a few settings. The gateway writes here first and acts afterwards, so that after a power loss or
 * a kill -9 it reads what it was about to do. Every call that returned ERR_OK is on the disk (write-ahead log, synchronous
 * FULL); one that did not has changed nothing.
 *
 * One gateway writes; any number of other processes may read at the same time. No call reads a clock: times are seconds
 * since 1970 and come from the caller. In texts bytes that are not UTF-8 become '?'.
 *
 * Errors of all calls, beside those that are named there; journal_why has the words:
 *   ERR_NOSPC   the disk is full or fails, or the limit of journal_limit is reached: do not touch a device now
 *   ERR_BUSY    another process holds the file for longer than five seconds
 *   ERR_FORMAT  the file is damaged, or is something else
 *   ERR_ACCESS  the file may not be read or written
 *   ERR_INVAL   a controller or an action has an empty id, or one that is not UTF-8 */
#ifndef HOST_GATEWAY_STORE_JOURNAL_H
#define HOST_GATEWAY_STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* Longest texts, in bytes without the NUL. */
#define JOURNAL_CONTROLLER_MAX 128u
#define JOURNAL_ID_MAX         63u
#define JOURNAL_SHA256_MAX     64u  /* hexadecimal digits */
#define JOURNAL_HASH_MAX       128u /* hexadecimal digits of an image's hash, of up to SHA-512 */
#define JOURNAL_NAME_MAX       255u
#define JOURNAL_VERSION_MAX    100u
#define JOURNAL_STEP_MAX       31u
#define JOURNAL_TEXT_MAX       500u
#define JOURNAL_SETTING_MAX    500u

/* The events that are kept, and how many actions of a device, when the server knows the end of each. */
#define JOURNAL_EVENTS_MAX  100000u
#define JOURNAL_ACTIONS_MAX 16u

/* In the order in which an action passes them. */
enum journal_state {
    JOURNAL_OFFERED,   /* the server has it for the device */
    JOURNAL_FETCHING,  /* its artifact is being downloaded */
    JOURNAL_WAITING,   /* the artifact was judged; the device's turn has not come */
    JOURNAL_RUNNING,   /* an update's steps are under way: `step` */
    JOURNAL_SUCCEEDED, /* this and the next ones are closed */
    JOURNAL_FAILED,
    JOURNAL_CANCELLED,
};

struct journal_action {
    char controller[JOURNAL_CONTROLLER_MAX + 1];
    char id[JOURNAL_ID_MAX + 1]; /* the server's, unique for the controller */
    char
        artifact[JOURNAL_SHA256_MAX + 1]; /* of the file; "": not known yet, as in the next three */
    char file[JOURNAL_NAME_MAX + 1];
    char version[JOURNAL_VERSION_MAX + 1];
    char hash[JOURNAL_HASH_MAX + 1]; /* of the image in it */
    enum journal_state state;
    /* Of its update, once that has begun: the engine's name for it, and ", past return" if a cancel comes too late. It
     * stays while the update waits to go on, and when the action is closed. */
    char step[JOURNAL_STEP_MAX + 1];
    int64_t since;                     /* in this state */
    char reason[JOURNAL_TEXT_MAX + 1]; /* the last error */
    uint32_t attempts;
    bool reported; /* closed, and the server has acknowledged that */
};

struct journal_device {
    char controller[JOURNAL_CONTROLLER_MAX + 1];
    char version[JOURNAL_VERSION_MAX + 1]; /* what it ran when it was seen */
    char hash[JOURNAL_HASH_MAX + 1];
    bool confirmed;
    uint32_t slot;
    int64_t seen;
    char error[JOURNAL_TEXT_MAX + 1]; /* the last one; "": none */
};

struct journal_event {
    int64_t id; /* counts up from 1, and is never given twice */
    int64_t time;
    char controller[JOURNAL_CONTROLLER_MAX + 1]; /* "": of the gateway itself */
    char action[JOURNAL_ID_MAX + 1];             /* "": of none */
    char text[JOURNAL_TEXT_MAX + 1];
};

struct journal;

/* "offered", "fetching", ...: in the file and for people. Never NULL. */
const char *journal_state_name(enum journal_state s);
bool journal_state_is_closed(enum journal_state s);

/* Open the file at path; without read_only it is created if it does not exist, and checked, and a file path.lock keeps a
 * second gateway out until journal_close or the end of the process. *j must go to journal_close also after an error (it
 * has the words for it), and is NULL only after ERR_NOMEM.
 * ERR_NOENT: read_only, and there is none. ERR_BUSY: another gateway uses it. ERR_NOTSUP: it was written by a newer
 * slipway, or the file system cannot do what a write-ahead log needs. ERR_FORMAT: it is not a gateway's journal. */
MUST_CHECK enum err journal_open(struct journal **j, const char *path, bool read_only);
void journal_close(struct journal *j); /* NULL: nothing */

/* What the last error was, valid until the next call. Never NULL, also of NULL. */
const char *journal_why(const struct journal *j);

/* Keep only the newest `events` events (at least 1); the file never exceeds `bytes` (0: no limit), its
 * log beside it not counted. Not stored. */
MUST_CHECK enum err journal_limit(struct journal *j, uint32_t events, uint64_t bytes);

/* Is there room for `bytes` more? They are written, synced and given back to the file, whose later writes use them. To be
 * asked before a device is touched. */
MUST_CHECK enum err journal_reserve(struct journal *j, uint32_t bytes);

/* What is put between these two goes to the disk as one: all of it or nothing. After an error of one put the others and
 * journal_commit return that error, and nothing is stored. ERR_STATE: begun twice, or not begun. */
MUST_CHECK enum err journal_begin(struct journal *j);
MUST_CHECK enum err journal_commit(struct journal *j);

/* Store an action, in place of the one with its controller and id. When it is `reported`, the oldest reported ones of the
 * controller beyond JOURNAL_ACTIONS_MAX are forgotten. */
MUST_CHECK enum err journal_put_action(struct journal *j, const struct journal_action *a);
/* ERR_NOENT: there is none. */
MUST_CHECK enum err journal_get_action(struct journal *j, const char *controller, const char *id,
                                       struct journal_action *a);

/* Gets one row after the other, each valid during the call, in which the journal may be read and written. False: no more. */
typedef bool (*journal_action_fn)(void *ctx, const struct journal_action *a);
/* Those that are not closed, or closed and not reported, in the order in which they were first stored. */
MUST_CHECK enum err journal_each_open_action(struct journal *j, journal_action_fn f, void *ctx);
/* The `limit` newest by `since`, newest first. */
MUST_CHECK enum err journal_each_action(struct journal *j, uint32_t limit, journal_action_fn f,
                                        void *ctx);

MUST_CHECK enum err journal_put_device(struct journal *j, const struct journal_device *d);
MUST_CHECK enum err journal_get_device(struct journal *j, const char *controller,
                                       struct journal_device *d);
typedef bool (*journal_device_fn)(void *ctx, const struct journal_device *d);
/* By controller id. */
MUST_CHECK enum err journal_each_device(struct journal *j, journal_device_fn f, void *ctx);

/* Append an event; a text longer than JOURNAL_TEXT_MAX is cut. controller and action may be "". */
MUST_CHECK enum err journal_event(struct journal *j, int64_t time, const char *controller,
                                  const char *action, const char *text);
typedef bool (*journal_event_fn)(void *ctx, const struct journal_event *e);
/* Those with an id above `since`, oldest first. */
MUST_CHECK enum err journal_each_event(struct journal *j, int64_t since, journal_event_fn f,
                                       void *ctx);

/* Settings: a name and a text of at most JOURNAL_SETTING_MAX bytes; NULL removes it. Of a setting that does not exist, get
 * returns ERR_NOENT; ERR_NOMEM: cap is too small. */
MUST_CHECK enum err journal_set(struct journal *j, const char *name, const char *value);
MUST_CHECK enum err journal_get(struct journal *j, const char *name, char *value, size_t cap);

#endif
