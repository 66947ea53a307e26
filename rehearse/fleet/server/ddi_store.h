/* ddi_store.h - what the stand-in server knows, in a SQLite file, so that it can be killed and started again: targets,
 * artifacts, actions, feedback and counts. A file that cannot be written ends the program: the rehearsal is void then.
 * Texts that are too long for their field are cut. */
#ifndef REHEARSE_FLEET_SERVER_DDI_STORE_H
#define REHEARSE_FLEET_SERVER_DDI_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

#define DDI_NAME_MAX     129u /* controller ids, tokens, names: bytes with their NUL */
#define DDI_WORD_MAX     16u
#define DDI_ARTIFACT_MAX (16u << 20)
#define DDI_TARGETS_MAX  10000u
#define DDI_FEEDBACK_MAX 1000u /* of one action */

struct sqlite3;
struct sqlite3_stmt;

struct ddi_store {
    struct sqlite3 *db;
};

struct ddi_target {
    char token[DDI_NAME_MAX]; /* "": none */
    bool wants_data;          /* configData is asked for */
    uint64_t requests;        /* so far: the number of the next draw of a fault */
};

struct ddi_artifact {
    int64_t id;
    char filename[DDI_NAME_MAX];
    char sha256[65], sha1[41], md5[33]; /* hexadecimal */
    uint64_t size;                      /* bytes */
};

/* Words as DDI has them; status is "open", "canceling", "canceled", "finished" or "error". */
struct ddi_action {
    int64_t id;
    char controller[DDI_NAME_MAX], name[DDI_NAME_MAX], version[DDI_NAME_MAX];
    char part[DDI_WORD_MAX], download[DDI_WORD_MAX], update[DDI_WORD_MAX];
    char window[DDI_WORD_MAX]; /* "available", "unavailable"; "": the answer does not have it */
    char status[DDI_WORD_MAX];
    int64_t artifact;
    bool
        reopened; /* was over once, and is offered again: as a server does that was restored from a backup */
};

/* ERR_IO: *why is SQLite's text. */
MUST_CHECK enum err ddi_store_open(struct ddi_store *s, const char *path, const char **why);
void ddi_store_close(struct ddi_store *s);

/* Run a statement whose result nobody wants. format has a letter for each '?': s a text, i an int64_t, b bytes (const
 * void *, int). */
void ddi_run(struct ddi_store *s, const char *sql, const char *format, ...);
/* The same with a result: step it with sqlite3_step, and finalize it. */
struct sqlite3_stmt *ddi_ask(struct ddi_store *s, const char *sql, const char *format, ...);

bool ddi_target_find(struct ddi_store *s, const char *controller, struct ddi_target *t);
/* ERR_NOSPC: DDI_TARGETS_MAX are there. One that is there gets the token, unless that is "". */
MUST_CHECK enum err ddi_target_add(struct ddi_store *s, const char *controller, const char *token);
/* Counts a request of this target. */
void ddi_target_request(struct ddi_store *s, const char *controller);

/* Over 16 MB: ERR_NOSPC. The same bytes under the same name are kept once. */
MUST_CHECK enum err ddi_artifact_add(struct ddi_store *s, const char *filename,
                                     const uint8_t *bytes, uint64_t size, int64_t *id);
bool ddi_artifact_find(struct ddi_store *s, int64_t id, struct ddi_artifact *a);
/* Its bytes; the caller frees them. NULL: it is not there. */
uint8_t *ddi_artifact_bytes(struct ddi_store *s, int64_t id, uint64_t *size);

/* id and status of a are set by this. */
void ddi_action_add(struct ddi_store *s, struct ddi_action *a);
bool ddi_action_find(struct ddi_store *s, const char *controller, int64_t id, struct ddi_action *a);
/* The oldest action of this controller that is not over. */
bool ddi_action_next(struct ddi_store *s, const char *controller, struct ddi_action *a);
void ddi_action_set_status(struct ddi_store *s, int64_t id, const char *status);
/* Not over: it is offered, or its cancel is. */
bool ddi_action_is_open(const struct ddi_action *a);

/* One more of name, for the judge. */
void ddi_count(struct ddi_store *s, const char *name);

#endif
