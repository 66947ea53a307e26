#include "rehearse/fleet/server/ddi_control.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/fleet/fleet_draw.h"

static json_t *error(const char *text)
{
    return json_pack("{s:s}", "error", text);
}

static const char *text_or(json_t *o, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text != NULL ? text : otherwise;
}

static const char *column(sqlite3_stmt *q, int i)
{
    const char *text = (const char *)sqlite3_column_text(q, i);
    return text != NULL ? text : "";
}

/* ---- assign ---- */

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

static bool has_good_words(const struct ddi_action *a)
{
    static const char *const handling[] = {"forced", "attempt", "skip", NULL};
    static const char *const windows[] = {"", "available", "unavailable", NULL};
    return is_one_of(a->download, handling) && is_one_of(a->update, handling) &&
           is_one_of(a->window, windows);
}

#define SET(field, text) snprintf(field, sizeof field, "%s", text)

static void read_action(json_t *c, struct ddi_action *a)
{
    SET(a->version, text_or(c, "version", "1.0.0"));
    SET(a->name, text_or(c, "name", "application"));
    SET(a->part, text_or(c, "part", "os"));
    SET(a->download, text_or(c, "download", "forced"));
    SET(a->update, text_or(c, "update", "forced"));
    SET(a->window, text_or(c, "window", ""));
}

static enum err add_artifact(struct ddi *d, json_t *c, int64_t *id)
{
    const char *path = text_or(c, "file", "");
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return ERR_NOENT;
    uint8_t *bytes = fleet_memory(1, DDI_ARTIFACT_MAX + 1);
    size_t size = fread(bytes, 1, DDI_ARTIFACT_MAX + 1, f);
    enum err e = ddi_artifact_add(&d->store, text_or(c, "filename", name), bytes, size, id);
    free(bytes);
    fclose(f);
    return e;
}

/* False: there are too many targets, or the name has no allowed form. */
static bool assign_one(struct ddi *d, struct ddi_action *a, const char *controller)
{
    char path[DDI_NAME_MAX + 32], name[DDI_NAME_MAX];
    if (controller == NULL)
        return false;
    snprintf(path, sizeof path, "/T/controller/v1/%s", controller);
    if (!ddi_controller_of(path, name) || strcmp(name, controller) != 0 ||
        ddi_target_add(&d->store, name, "") != ERR_OK)
        return false;
    ddi_run(&d->store,
            "UPDATE action SET status = 'canceling' WHERE controller = ? AND status = 'open'", "s",
            name);
    SET(a->controller, name);
    ddi_action_add(&d->store, a);
    return true;
}

static json_t *assign(struct ddi *d, json_t *c)
{
    struct ddi_action a = {0};
    json_t *list = json_object_get(c, "controllers");
    read_action(c, &a);
    if (!has_good_words(&a) || json_array_size(list) == 0)
        return error("a word is not DDI's, or there are no \"controllers\"");
    if (add_artifact(d, c, &a.artifact) != ERR_OK)
        return error("\"file\" cannot be read, or is larger than 16 MB");
    json_t *ids = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!assign_one(d, &a, json_string_value(json_array_get(list, i)))) {
            json_decref(ids);
            return error("a controller's name is not allowed, or there are too many");
        }
        json_array_append_new(ids, json_integer(a.id));
    }
    return json_pack("{s:I, s:o}", "artifact", (json_int_t)a.artifact, "actions", ids);
}

/* ---- changes ---- */

static json_t *changed(struct ddi *d, int before)
{
    return json_pack("{s:i}", "changed", sqlite3_total_changes(d->store.db) - before);
}

static json_t *cancel(struct ddi *d, json_t *c)
{
    json_t *list = json_object_get(c, "controllers");
    int before = sqlite3_total_changes(d->store.db);
    for (size_t i = 0; i < json_array_size(list); i++)
        ddi_run(&d->store,
                "UPDATE action SET status = 'canceling' WHERE controller = ? AND status = 'open'",
                "s", json_string_value(json_array_get(list, i)));
    return changed(d, before);
}

static json_t *change(struct ddi *d, json_t *c)
{
    struct ddi_action a = {0};
    json_t *list = json_object_get(c, "controllers");
    int before = sqlite3_total_changes(d->store.db);
    read_action(c, &a);
    if (!has_good_words(&a))
        return error("a word is not DDI's");
    for (size_t i = 0; i < json_array_size(list); i++)
        ddi_run(&d->store,
                "UPDATE action SET window = ?, updating = ?, download = ?"
                " WHERE controller = ? AND status = 'open'",
                "ssss", a.window, a.update, a.download, json_string_value(json_array_get(list, i)));
    return changed(d, before);
}

static json_t *reopen(struct ddi *d, json_t *c)
{
    int before = sqlite3_total_changes(d->store.db);
    ddi_run(&d->store, "UPDATE action SET status = 'open', reopened = 1 WHERE id = ?", "i",
            (int64_t)json_integer_value(json_object_get(c, "action")));
    return changed(d, before);
}

static json_t *add_target(struct ddi *d, json_t *c)
{
    const char *controller = text_or(c, "controller", "");
    if (controller[0] == '\0' ||
        ddi_target_add(&d->store, controller, text_or(c, "token", "")) != ERR_OK)
        return error("no \"controller\", or too many");
    return json_object();
}

static json_t *set_faults(struct ddi_faults *f, json_t *c)
{
    struct ddi_faults new = {.seed = f->seed};
    json_t *kinds = json_object_get(c, "kinds");
    double percent = json_number_value(json_object_get(c, "percent"));
    if (!(percent >= 0 && percent <= 100))
        return error("\"percent\" is not from 0 to 100");
    new.ppm = (uint32_t)(percent * (FLEET_MILLION / 100));
    if (json_is_integer(json_object_get(c, "seed")))
        new.seed = (uint64_t)json_integer_value(json_object_get(c, "seed"));
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        enum ddi_fault kind;
        const char *name = json_string_value(json_array_get(kinds, i));
        if (name == NULL || !ddi_fault_find(name, &kind))
            return error("no such kind of fault");
        new.kinds |= 1u << kind;
    }
    *f = new;
    return json_object();
}

/* ---- lists ---- */

static const char actions_sql[] =
    "SELECT a.id, a.controller, a.version, a.status, f.execution, f.finished, f.details,"
    " (SELECT count(*) FROM feedback WHERE action = a.id AND late = 0),"
    " (SELECT count(*) FROM feedback WHERE action = a.id AND late = 1)"
    " FROM action a LEFT JOIN feedback f ON f.n ="
    " (SELECT max(n) FROM feedback WHERE action = a.id AND late = 0) ORDER BY a.id";

static json_t *list_actions(struct ddi *d)
{
    json_t *list = json_array();
    sqlite3_stmt *q = ddi_ask(&d->store, actions_sql, "");
    while (sqlite3_step(q) == SQLITE_ROW)
        json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "id",
                                              (json_int_t)sqlite3_column_int64(q, 0), "controller",
                                              column(q, 1), "version", column(q, 2), "status",
                                              column(q, 3), "execution", column(q, 4), "finished",
                                              column(q, 5), "details", column(q, 6), "feedbacks",
                                              sqlite3_column_int(q, 7), "late",
                                              sqlite3_column_int(q, 8)));
    sqlite3_finalize(q);
    return json_pack("{s:o}", "actions", list);
}

static json_t *list_targets(struct ddi *d)
{
    json_t *list = json_array();
    sqlite3_stmt *q = ddi_ask(
        &d->store, "SELECT controller, requests, attributes FROM target ORDER BY controller", "");
    while (sqlite3_step(q) == SQLITE_ROW)
        json_array_append_new(list, json_pack("{s:s, s:I, s:o}", "controller", column(q, 0),
                                              "requests", (json_int_t)sqlite3_column_int64(q, 1),
                                              "attributes", json_loads(column(q, 2), 0, NULL)));
    sqlite3_finalize(q);
    return json_pack("{s:o}", "targets", list);
}

static json_t *list_counts(struct ddi *d)
{
    static const char *const names[] = {"polls",        "downloads",
                                        "ranges",       "unauthorized",
                                        "bad_feedback", "feedback_after_closed",
                                        "followed",     "offered_after_closed"};
    json_t *o = json_object();
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        json_object_set_new(o, names[i], json_integer(0));
    sqlite3_stmt *q = ddi_ask(&d->store, "SELECT name, n FROM count", "");
    while (sqlite3_step(q) == SQLITE_ROW)
        json_object_set_new(o, column(q, 0), json_integer(sqlite3_column_int64(q, 1)));
    sqlite3_finalize(q);
    return o;
}

/* ---- commands ---- */

static const struct {
    const char *name;
    json_t *(*run)(struct ddi *d, json_t *command);
} changes[] = {{"assign", assign},
               {"cancel", cancel},
               {"change", change},
               {"reopen", reopen},
               {"target", add_target}};

static const struct {
    const char *name;
    json_t *(*run)(struct ddi *d);
} lists[] = {{"actions", list_actions}, {"targets", list_targets}, {"counts", list_counts}};

static json_t *run(struct ddi *d, struct ddi_faults *faults, json_t *c)
{
    const char *name = text_or(c, "cmd", "");
    for (unsigned i = 0; i < ARRAY_LEN(changes); i++)
        if (strcmp(changes[i].name, name) == 0)
            return changes[i].run(d, c);
    for (unsigned i = 0; i < ARRAY_LEN(lists); i++)
        if (strcmp(lists[i].name, name) == 0)
            return lists[i].run(d);
    return strcmp(name, "faults") == 0 ? set_faults(faults, c) : error("no such \"cmd\"");
}

/* In one transaction: an assignment to a thousand controllers is one write. */
char *ddi_control(struct ddi *d, struct ddi_faults *faults, const char *body, size_t len,
                  unsigned *status)
{
    json_t *c = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
    ddi_run(&d->store, "BEGIN", "");
    json_t *answer = json_is_object(c) ? run(d, faults, c) : error("this is not a JSON object");
    bool failed = json_object_get(answer, "error") != NULL;
    ddi_run(&d->store, failed ? "ROLLBACK" : "COMMIT", "");
    char *text = json_dumps(answer, JSON_COMPACT);
    *status = failed ? 400 : 200;
    json_decref(c);
    json_decref(answer);
    return text;
}
