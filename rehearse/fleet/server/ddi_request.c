#include "rehearse/fleet/server/ddi_request.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/fleet/fleet_draw.h"
#include "rehearse/fleet/server/ddi_feedback.h"

#define LINK_MAX 1024u

/* ---- addresses ---- */

/* /TENANT/controller/v1/CONTROLLER/what/id/more/name */
enum part { TENANT, CONTROLLER_WORD, V1, CONTROLLER, WHAT, ID, MORE, NAME, PARTS };

struct address {
    char part[PARTS][DDI_NAME_MAX]; /* "": not there */
    unsigned count;
};

static bool split(const char *path, struct address *a)
{
    memset(a, 0, sizeof *a);
    while (*path == '/' && a->count < PARTS) {
        size_t len = strcspn(++path, "/");
        if (len == 0 || len >= DDI_NAME_MAX)
            return false;
        memcpy(a->part[a->count++], path, len);
        path += len;
    }
    return *path == '\0' && a->count > CONTROLLER &&
           strcmp(a->part[CONTROLLER_WORD], "controller") == 0 && strcmp(a->part[V1], "v1") == 0;
}

static bool is_id(const char *text)
{
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr("._:-", *text) == NULL)
            return false;
    return true;
}

bool ddi_controller_of(const char *path, char controller[DDI_NAME_MAX])
{
    struct address a;
    if (!split(path, &a) || !is_id(a.part[CONTROLLER]))
        return false;
    memcpy(controller, a.part[CONTROLLER], DDI_NAME_MAX);
    return true;
}

/* ---- ranges ---- */

static bool read_offset(const char **at, uint64_t *n)
{
    char digits[24];
    size_t len = strspn(*at, "0123456789");
    if (len == 0 || len >= sizeof digits)
        return false;
    memcpy(digits, *at, len);
    digits[len] = '\0';
    *at += len;
    return fleet_number(digits, 0, UINT64_MAX, n);
}

enum err ddi_range_read(const char *text, uint64_t size, uint64_t *first, uint64_t *len)
{
    uint64_t from = 0, to = UINT64_MAX;
    if (strncmp(text, "bytes=", 6) != 0)
        return ERR_FORMAT;
    text += 6;
    bool has_from = read_offset(&text, &from);
    if (*text++ != '-')
        return ERR_FORMAT;
    bool has_to = read_offset(&text, &to);
    if (*text != '\0' || (!has_from && !has_to) || (has_from && has_to && to < from))
        return ERR_FORMAT;
    if (!has_from) {
        from = to < size ? size - to : 0;
        to = to == 0 ? 0 : UINT64_MAX;
        if (to == 0)
            return ERR_RANGE;
    }
    if (from >= size)
        return ERR_RANGE;
    *first = from;
    *len = (to < size ? to + 1 : size) - from;
    return ERR_OK;
}

/* ---- answers ---- */

static void answer(struct ddi_reply *r, unsigned status, json_t *o)
{
    r->status = status;
    r->text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
}

static void refuse(struct ddi_reply *r, unsigned status, const char *why)
{
    answer(r, status, json_pack("{s:s}", "message", why));
}

static json_t *href(const struct ddi *d, const struct ddi_request *q, const char *controller,
                    const char *what, int64_t id)
{
    char link[LINK_MAX], number[24] = "";
    if (id != 0)
        snprintf(number, sizeof number, "/%lld", (long long)id);
    snprintf(link, sizeof link, "%s/%s/controller/v1/%s/%s%s", q->base, d->config.tenant,
             controller, what, number);
    return json_pack("{s:s}", "href", link);
}

static void poll_base(struct ddi *d, const struct ddi_request *q, const char *controller,
                      struct ddi_reply *r)
{
    struct ddi_target t;
    struct ddi_action a;
    char sleep[16];
    json_t *links = json_object();
    unsigned s = d->config.sleep_s;
    ddi_count(&d->store, "polls");
    if (ddi_target_find(&d->store, controller, &t) && t.wants_data)
        json_object_set_new(links, "configData", href(d, q, controller, "configData", 0));
    if (ddi_action_next(&d->store, controller, &a)) {
        bool cancel = strcmp(a.status, "canceling") == 0;
        const char *what = cancel ? "cancelAction" : "deploymentBase";
        json_object_set_new(links, what, href(d, q, controller, what, a.id));
        if (a.reopened)
            ddi_count(&d->store, "offered_after_closed");
    }
    snprintf(sleep, sizeof sleep, "%02u:%02u:%02u", s / 3600 % 100, s / 60 % 60, s % 60);
    answer(r, 200,
           json_pack("{s:{s:{s:s}}, s:o}", "config", "polling", "sleep", sleep, "_links", links));
}

/* ---- a deployment ---- */

static json_t *artifact_json(const struct ddi *d, const struct ddi_request *q,
                             const struct ddi_action *a, const struct ddi_artifact *f)
{
    char link[LINK_MAX];
    snprintf(link, sizeof link, "%s/%s/controller/v1/%s/softwaremodules/%lld/artifacts/%s", q->base,
             d->config.tenant, a->controller, (long long)f->id, f->filename);
    json_t *links =
        json_pack("{s:{s:s}, s:{s:s}}", "download", "href", link, "download-http", "href", link);
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:I, s:o}", "filename", f->filename, "hashes",
                     "sha1", f->sha1, "md5", f->md5, "sha256", f->sha256, "size",
                     (json_int_t)f->size, "_links", links);
}

static json_t *deployment_json(struct ddi *d, const struct ddi_request *q,
                               const struct ddi_action *a)
{
    struct ddi_artifact f;
    json_t *files = json_array();
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)a->id);
    if (ddi_artifact_find(&d->store, a->artifact, &f))
        json_array_append_new(files, artifact_json(d, q, a, &f));
    json_t *deployment = json_pack("{s:s, s:s, s:[{s:s, s:s, s:s, s:o}]}", "download", a->download,
                                   "update", a->update, "chunks", "part", a->part, "name", a->name,
                                   "version", a->version, "artifacts", files);
    if (a->window[0] != '\0')
        json_object_set_new(deployment, "maintenanceWindow", json_string(a->window));
    return json_pack("{s:s, s:o}", "id", id, "deployment", deployment);
}

static json_t *cancel_json(const struct ddi_action *a)
{
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)a->id);
    return json_pack("{s:s, s:{s:s}}", "id", id, "cancelAction", "stopId", id);
}

static void take_feedback(struct ddi *d, const struct ddi_request *q, const struct ddi_action *a,
                          bool cancel, struct ddi_reply *r)
{
    struct ddi_feedback f;
    if (ddi_feedback_read(q->body, q->body_len, &f) != ERR_OK) {
        ddi_count(&d->store, "bad_feedback");
        refuse(r, 400, "the feedback is not DDI's");
        return;
    }
    r->status = ddi_feedback_take(&d->store, a, cancel, &f);
}

/* deploymentBase/ID and cancelAction/ID, with or without /feedback. */
static void handle_action(struct ddi *d, const struct ddi_request *q, const struct address *at,
                          bool cancel, struct ddi_reply *r)
{
    struct ddi_action a;
    uint64_t id;
    bool post = strcmp(q->method, "POST") == 0, feedback = strcmp(at->part[MORE], "feedback") == 0;
    if (!fleet_number(at->part[ID], 1, INT64_MAX, &id) ||
        !ddi_action_find(&d->store, at->part[CONTROLLER], (int64_t)id, &a)) {
        refuse(r, 404, "no such action of this controller");
    } else if (post && feedback) {
        take_feedback(d, q, &a, cancel, r);
    } else if (post || at->count > MORE) {
        refuse(r, 405, "feedback is posted, and the rest is read");
    } else if (cancel ? strcmp(a.status, "canceling") != 0 : !ddi_action_is_open(&a)) {
        refuse(r, 404, "this action is over");
    } else {
        answer(r, 200, cancel ? cancel_json(&a) : deployment_json(d, q, &a));
    }
}

/* ---- artifacts and attributes ---- */

static void handle_artifact(struct ddi *d, const struct ddi_request *q, const struct address *at,
                            struct ddi_reply *r)
{
    struct ddi_artifact f;
    uint64_t id;
    if (!fleet_number(at->part[ID], 1, INT64_MAX, &id) ||
        strcmp(at->part[MORE], "artifacts") != 0 ||
        !ddi_artifact_find(&d->store, (int64_t)id, &f) || strcmp(f.filename, at->part[NAME]) != 0) {
        refuse(r, 404, "no such artifact");
        return;
    }
    *r = (struct ddi_reply){.status = 200, .artifact = f.id, .len = f.size, .size = f.size};
    snprintf(r->etag, sizeof r->etag, "\"%s\"", f.sha256);
    ddi_count(&d->store, "downloads");
    if (q->range[0] == '\0' || (q->if_range[0] != '\0' && strcmp(q->if_range, r->etag) != 0))
        return;
    enum err e = ddi_range_read(q->range, f.size, &r->first, &r->len);
    if (e == ERR_OK)
        r->status = 206;
    if (e == ERR_RANGE)
        *r = (struct ddi_reply){.status = 416};
    ddi_count(&d->store, "ranges");
}

static void handle_config(struct ddi *d, const struct ddi_request *q, const char *controller,
                          struct ddi_reply *r)
{
    if (strcmp(q->method, "PUT") != 0)
        refuse(r, 405, "configData is put");
    else if (ddi_attributes_take(&d->store, controller, q->body, q->body_len) != ERR_OK)
        refuse(r, 400, "configData is not DDI's");
    else
        r->status = 200;
}

/* ---- who asks ---- */

static bool has_token(const char *authorization, const char *kind, const char *token)
{
    size_t len = strlen(kind);
    return token != NULL && token[0] != '\0' && strncmp(authorization, kind, len) == 0 &&
           authorization[len] == ' ' && strcmp(authorization + len + 1, token) == 0;
}

/* A target that nobody has named is added when a gateway speaks for it, as hawkBit does. */
static unsigned admit(struct ddi *d, const struct ddi_request *q, const char *controller)
{
    struct ddi_target t;
    bool known = ddi_target_find(&d->store, controller, &t);
    bool all =
        d->config.anonymous || has_token(q->authorization, "GatewayToken", d->config.gateway_token);
    if (!all && !(known && has_token(q->authorization, "TargetToken", t.token))) {
        ddi_count(&d->store, "unauthorized");
        return 401;
    }
    if (!known && ddi_target_add(&d->store, controller, "") != ERR_OK)
        return 403;
    return 200;
}

static void route(struct ddi *d, const struct ddi_request *q, const struct address *at,
                  struct ddi_reply *r)
{
    const char *what = at->part[WHAT], *controller = at->part[CONTROLLER];
    if (at->count == CONTROLLER + 1)
        poll_base(d, q, controller, r);
    else if (strcmp(what, "configData") == 0 && at->count == WHAT + 1)
        handle_config(d, q, controller, r);
    else if (strcmp(what, "deploymentBase") == 0)
        handle_action(d, q, at, false, r);
    else if (strcmp(what, "cancelAction") == 0)
        handle_action(d, q, at, true, r);
    else if (strcmp(what, "softwaremodules") == 0)
        handle_artifact(d, q, at, r);
    else
        refuse(r, 404, "no such address");
}

void ddi_handle(struct ddi *d, const struct ddi_request *q, struct ddi_reply *r)
{
    struct address at;
    *r = (struct ddi_reply){0};
    if (!split(q->path, &at) || !is_id(at.part[CONTROLLER]) ||
        strcmp(at.part[TENANT], d->config.tenant) != 0) {
        refuse(r, 404, "no such address");
        return;
    }
    unsigned status = admit(d, q, at.part[CONTROLLER]);
    if (status != 200)
        refuse(r, status, "the token is missing or wrong");
    else
        route(d, q, &at, r);
}
