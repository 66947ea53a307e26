#include "rehearse/fleet/server/ddi_feedback.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool is_word(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* ---- feedback ---- */

static void join_details(const json_t *list, struct ddi_feedback *f)
{
    size_t at = 0;
    f->details[0] = '\0';
    for (size_t i = 0; i < json_array_size(list) && at < sizeof f->details; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        at += (size_t)snprintf(f->details + at, sizeof f->details - at, "%s%s", i > 0 ? "\n" : "",
                               text != NULL ? text : "");
    }
}

static enum err read_status(const json_t *status, struct ddi_feedback *f)
{
    static const char *const executions[] = {"closed",     "proceeding", "canceled",
                                             "scheduled",  "rejected",   "resumed",
                                             "downloaded", "download",   NULL};
    static const char *const finished[] = {
        [FINISHED_NONE] = "none", [FINISHED_SUCCESS] = "success", [FINISHED_FAILURE] = "failure"};
    const char *execution = text_of(status, "execution");
    const char *word = text_of(json_object_get(status, "result"), "finished");
    if (!is_word(execution, executions))
        return ERR_FORMAT;
    snprintf(f->execution, sizeof f->execution, "%s", execution);
    join_details(json_object_get(status, "details"), f);
    for (unsigned i = 0; i < ARRAY_LEN(finished); i++)
        if (strcmp(word, finished[i]) == 0) {
            f->finished = (enum ddi_finished)i;
            return ERR_OK;
        }
    return ERR_FORMAT;
}

enum err ddi_feedback_read(const char *body, size_t len, struct ddi_feedback *f)
{
    json_t *o = json_loadb(body, len, 0, NULL);
    enum err e = read_status(json_object_get(o, "status"), f);
    json_decref(o);
    return e;
}

static int64_t feedback_count(struct ddi_store *s, int64_t action)
{
    sqlite3_stmt *q = ddi_ask(s, "SELECT count(*) FROM feedback WHERE action = ?", "i", action);
    int64_t n = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return n;
}

/* What the feedback makes of an open action; NULL: it stays as it is. As hawkBit does it: a cancel that fails or is
 * rejected lets the update go on, and "canceled" is only a warning. */
static const char *next_status(bool cancel, const struct ddi_feedback *f)
{
    bool closed = strcmp(f->execution, "closed") == 0;
    if (cancel &&
        (strcmp(f->execution, "rejected") == 0 || (closed && f->finished == FINISHED_FAILURE)))
        return "open";
    if (!closed)
        return NULL;
    if (cancel)
        return "canceled";
    return f->finished == FINISHED_FAILURE ? "error" : "finished";
}

unsigned ddi_feedback_take(struct ddi_store *s, const struct ddi_action *a, bool cancel,
                           const struct ddi_feedback *f)
{
    static const char *const finished[] = {"none", "success", "failure"};
    bool late = cancel ? strcmp(a->status, "canceling") != 0 : !ddi_action_is_open(a);
    if (feedback_count(s, a->id) >= DDI_FEEDBACK_MAX)
        return 403;
    ddi_run(s, "INSERT INTO feedback VALUES (NULL, ?, ?, ?, ?, ?, ?)", "issssi", a->id,
            cancel ? "cancel" : "deployment", f->execution, finished[f->finished], f->details,
            (int64_t)late);
    if (late) {
        ddi_count(s, "feedback_after_closed");
        return 410;
    }
    const char *status = next_status(cancel, f);
    if (status != NULL)
        ddi_action_set_status(s, a->id, status);
    return 200;
}

/* ---- attributes ---- */

static json_t *attributes_of(struct ddi_store *s, const char *controller)
{
    sqlite3_stmt *q =
        ddi_ask(s, "SELECT attributes FROM target WHERE controller = ?", "s", controller);
    const char *text =
        sqlite3_step(q) == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : NULL;
    json_t *o = json_loads(text != NULL ? text : "{}", 0, NULL);
    sqlite3_finalize(q);
    return o != NULL ? o : json_object();
}

static bool are_texts(json_t *data)
{
    for (void *at = json_object_iter(data); at != NULL; at = json_object_iter_next(data, at))
        if (!json_is_string(json_object_iter_value(at)))
            return false;
    return json_is_object(data);
}

static void change(json_t *attributes, const char *mode, json_t *data)
{
    if (strcmp(mode, "replace") == 0)
        json_object_clear(attributes);
    for (void *at = json_object_iter(data); at != NULL; at = json_object_iter_next(data, at)) {
        if (strcmp(mode, "remove") == 0)
            json_object_del(attributes, json_object_iter_key(at));
        else
            json_object_set(attributes, json_object_iter_key(at), json_object_iter_value(at));
    }
}

enum err ddi_attributes_take(struct ddi_store *s, const char *controller, const char *body,
                             size_t len)
{
    static const char *const modes[] = {"merge", "replace", "remove", NULL};
    json_t *o = json_loadb(body, len, 0, NULL), *data = json_object_get(o, "data");
    const char *mode = json_object_get(o, "mode") != NULL ? text_of(o, "mode") : "merge";
    bool ok = is_word(mode, modes) && are_texts(data);
    if (ok) {
        json_t *attributes = attributes_of(s, controller);
        change(attributes, mode, data);
        char *text = json_dumps(attributes, JSON_COMPACT);
        ddi_run(s, "UPDATE target SET attributes = ?, wants_data = 0 WHERE controller = ?", "ss",
                text, controller);
        free(text);
        json_decref(attributes);
    }
    json_decref(o);
    return ok ? ERR_OK : ERR_FORMAT;
}
