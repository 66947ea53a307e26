/* ddi.c - a DDI server's answers, read by jansson. */
#include "host/gateway/server/ddi.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    char *why;
    size_t cap;
    char where[64]; /* "deployment.chunks[0].artifacts[1]": the object that is read */
};

/* ---- members ---- */

static bool wrong(const struct reader *r, const char *key, const char *what)
{
    snprintf(r->why, r->cap, "%s%s%s %s", r->where, r->where[0] != '\0' ? "." : "", key, what);
    return false;
}

/* Some servers write null for what they leave out. */
static const json_t *member(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_null(v) ? NULL : v;
}

/* jansson goes into lists and objects by recursion, 2048 deep at most. */
static json_t *load(const struct reader *r, const char *text, size_t len)
{
    json_error_t error;
    if (len > DDI_ANSWER_MAX) {
        snprintf(r->why, r->cap, "the answer is longer than %u bytes", DDI_ANSWER_MAX);
        return NULL;
    }
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        snprintf(r->why, r->cap, "the answer is not JSON, line %d: %s", error.line, error.text);
        return NULL;
    }
    if (json_is_object(root))
        return root;
    snprintf(r->why, r->cap, "the answer is a list, not an object");
    json_decref(root);
    return NULL;
}

/* An object that must be there. NULL: it is not. */
static const json_t *object_of(const struct reader *r, const json_t *object, const char *key)
{
    const json_t *v = member(object, key);
    if (json_is_object(v))
        return v;
    wrong(r, key, v == NULL ? "is missing" : "is not an object");
    return NULL;
}

/* jansson takes no NUL within a text, so its end is the text's. */
static bool copy_text(const struct reader *r, const char *key, const json_t *v, size_t max,
                      char **dst)
{
    char what[60];
    snprintf(what, sizeof what, "is not a text of at most %zu bytes", max);
    if (!json_is_string(v) || json_string_length(v) > max)
        return wrong(r, key, what);
    *dst = strdup(json_string_value(v));
    return *dst != NULL || wrong(r, key, "does not fit into memory");
}

/* Absent: "". */
static bool text_of(const struct reader *r, const json_t *object, const char *key, char **dst)
{
    const json_t *v = member(object, key);
    if (v != NULL)
        return copy_text(r, key, v, DDI_NAME_MAX, dst);
    *dst = strdup("");
    return *dst != NULL || wrong(r, key, "does not fit into memory");
}

/* Absent: NULL. */
static bool link_of(const struct reader *r, const json_t *links, const char *key, char **dst)
{
    char path[40];
    const json_t *v = member(links, key);
    snprintf(path, sizeof path, "_links.%s.href", key);
    return v == NULL || copy_text(r, path, member(v, "href"), DDI_URL_MAX, dst);
}

static bool links_of(const struct reader *r, const json_t *object, const json_t **links)
{
    *links = member(object, "_links");
    return *links == NULL || json_is_object(*links) || wrong(r, "_links", "is not an object");
}

static bool is_id(const char *text)
{
    size_t len = strlen(text);
    for (const char *c = text; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return len > 0 && len <= DDI_ID_MAX;
}

/* hawkBit sends a text, some servers a number. */
static bool id_of(const struct reader *r, const json_t *object, const char *key,
                  char id[DDI_ID_MAX + 1])
{
    const json_t *v = member(object, key);
    if (v == NULL)
        return wrong(r, key, "is missing");
    if (json_is_integer(v)) {
        snprintf(id, DDI_ID_MAX + 1, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        return true;
    }
    if (!json_is_string(v) || !is_id(json_string_value(v)))
        return wrong(r, key, "is neither a number nor a text of 1 to 63 printable characters");
    snprintf(id, DDI_ID_MAX + 1, "%s", json_string_value(v));
    return true;
}

/* ---- the poll ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HH:MM:SS" in seconds; false: it is not that. */
static bool read_sleep(const char *text, unsigned *s)
{
    unsigned part[3];
    if (strlen(text) != 8 || text[2] != ':' || text[5] != ':')
        return false;
    for (unsigned i = 0; i < 3; i++, text += 3) {
        if (!is_digit(text[0]) || !is_digit(text[1]))
            return false;
        part[i] = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
    }
    *s = part[0] * 3600 + part[1] * 60 + part[2];
    return part[1] < 60 && part[2] < 60;
}

static unsigned sleep_of(const json_t *root, unsigned default_s)
{
    const json_t *v = member(member(member(root, "config"), "polling"), "sleep");
    unsigned s;
    if (!json_is_string(v) || !read_sleep(json_string_value(v), &s))
        s = default_s;
    return s < 1 ? 1 : s > DDI_SLEEP_MAX_S ? DDI_SLEEP_MAX_S : s;
}

bool ddi_read_base(struct ddi_base *b, const char *text, size_t len, unsigned default_sleep_s,
                   char *why, size_t cap)
{
    struct reader r = {.why = why, .cap = cap};
    const json_t *links;
    *b = (struct ddi_base){.sleep_s = sleep_of(NULL, default_sleep_s)};
    json_t *root = load(&r, text, len);
    if (root == NULL)
        return false;
    b->sleep_s = sleep_of(root, default_sleep_s);
    bool ok = links_of(&r, root, &links) && link_of(&r, links, "configData", &b->config_data) &&
              link_of(&r, links, "deploymentBase", &b->deployment) &&
              link_of(&r, links, "cancelAction", &b->cancel) &&
              link_of(&r, links, "confirmationBase", &b->confirmation);
    json_decref(root);
    return ok;
}

void ddi_base_free(struct ddi_base *b)
{
    free(b->config_data);
    free(b->deployment);
    free(b->cancel);
    free(b->confirmation);
    *b = (struct ddi_base){.sleep_s = b->sleep_s};
}

/* ---- artifacts ---- */

static int digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A hash of exactly len bytes; absent is no error. */
static bool hash_of(const struct reader *r, const json_t *hashes, const char *key, uint8_t *hash,
                    size_t len, bool *has)
{
    const json_t *v = member(hashes, key);
    *has = v != NULL;
    if (v == NULL)
        return true;
    if (!json_is_string(v) || json_string_length(v) != 2 * len)
        return wrong(r, key, "is not a hash of that kind in hexadecimal digits");
    const char *text = json_string_value(v);
    for (size_t i = 0; i < len; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return wrong(r, key, "is not a hash of that kind in hexadecimal digits");
        hash[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static bool read_hashes(const struct reader *r, const json_t *artifact, struct ddi_artifact *a)
{
    const json_t *hashes = member(artifact, "hashes");
    if (!hash_of(r, hashes, "sha256", a->sha256, sizeof a->sha256, &a->has_sha256) ||
        !hash_of(r, hashes, "sha1", a->sha1, sizeof a->sha1, &a->has_sha1))
        return false;
    if (a->has_sha256 || a->has_sha1)
        return true;
    snprintf(r->why, r->cap, "%s has no sha256 and no sha1", r->where);
    return false;
}

static bool read_links(const struct reader *r, const json_t *artifact, struct ddi_artifact *a)
{
    const json_t *links;
    if (!links_of(r, artifact, &links) || !link_of(r, links, "download", &a->url[0]) ||
        !link_of(r, links, "download-http", &a->url[1]))
        return false;
    return a->url[0] != NULL || a->url[1] != NULL || wrong(r, "_links.download", "is missing");
}

static bool read_artifact(const struct reader *r, const json_t *chunk, const json_t *artifact,
                          struct ddi_artifact *a)
{
    const json_t *size = member(artifact, "size");
    if (!json_is_object(artifact)) {
        snprintf(r->why, r->cap, "%s is not an object", r->where);
        return false;
    }
    if (!json_is_integer(size) || json_integer_value(size) < 0)
        return wrong(r, "size", "is not a number of bytes");
    a->size = (uint64_t)json_integer_value(size);
    return text_of(r, chunk, "part", &a->part) && text_of(r, chunk, "name", &a->name) &&
           text_of(r, chunk, "version", &a->version) &&
           text_of(r, artifact, "filename", &a->file) && read_hashes(r, artifact, a) &&
           read_links(r, artifact, a);
}

static bool read_chunk(struct reader *r, const char *kind, const json_t *chunks, size_t at,
                       struct ddi_deployment *d)
{
    const json_t *chunk = json_array_get(chunks, at), *list = member(chunk, "artifacts");
    snprintf(r->where, sizeof r->where, "%s.chunks[%zu]", kind, at);
    if (list != NULL && !json_is_array(list))
        return wrong(r, "artifacts", "is not a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (d->count == DDI_ARTIFACTS_MAX) {
            snprintf(r->why, r->cap, "%s has more than %u artifacts", kind, DDI_ARTIFACTS_MAX);
            return false;
        }
        snprintf(r->where, sizeof r->where, "%s.chunks[%zu].artifacts[%zu]", kind, at, i);
        if (!read_artifact(r, chunk, json_array_get(list, i), &d->artifact[d->count++]))
            return false;
    }
    return true;
}

static bool read_chunks(struct reader *r, const char *kind, const json_t *body,
                        struct ddi_deployment *d)
{
    const json_t *chunks = member(body, "chunks");
    if (!json_is_array(chunks))
        return wrong(r, "chunks", chunks == NULL ? "is missing" : "is not a list");
    d->artifact = calloc(DDI_ARTIFACTS_MAX, sizeof *d->artifact);
    if (d->artifact == NULL)
        return wrong(r, "chunks", "does not fit into memory");
    for (size_t i = 0; i < json_array_size(chunks); i++)
        if (!read_chunk(r, kind, chunks, i, d))
            return false;
    return true;
}

/* ---- an action ---- */

static bool handling_of(const struct reader *r, const json_t *body, const char *key,
                        enum ddi_handling *handling)
{
    static const char *const names[] = {
        [DDI_FORCED] = "forced", [DDI_ATTEMPT] = "attempt", [DDI_SKIP] = "skip"};
    const json_t *v = member(body, key);
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (json_is_string(v) && strcmp(json_string_value(v), names[i]) == 0) {
            *handling = (enum ddi_handling)i;
            return true;
        }
    return wrong(r, key, "is neither \"forced\", \"attempt\" nor \"skip\"");
}

static bool read_window(const struct reader *r, const json_t *body, bool *open)
{
    const json_t *v = member(body, "maintenanceWindow");
    const char *text = json_string_value(v);
    *open = v == NULL || (text != NULL && strcmp(text, "available") == 0);
    return *open || (text != NULL && strcmp(text, "unavailable") == 0) ||
           wrong(r, "maintenanceWindow", "is neither \"available\" nor \"unavailable\"");
}

static bool read_action(struct reader *r, const char *kind, const json_t *root,
                        struct ddi_deployment *d)
{
    if (!id_of(r, root, "id", d->id))
        return false;
    const json_t *body = object_of(r, root, kind);
    snprintf(r->where, sizeof r->where, "%s", kind);
    return body != NULL && handling_of(r, body, "download", &d->download) &&
           handling_of(r, body, "update", &d->update) && read_window(r, body, &d->window_open) &&
           read_chunks(r, kind, body, d);
}

static bool read_kind(const char *kind, struct ddi_deployment *d, const char *text, size_t len,
                      char *why, size_t cap)
{
    struct reader r = {.why = why, .cap = cap};
    *d = (struct ddi_deployment){.download = DDI_SKIP, .update = DDI_SKIP};
    json_t *root = load(&r, text, len);
    bool ok = root != NULL && read_action(&r, kind, root, d);
    json_decref(root);
    return ok;
}

bool ddi_read_deployment(struct ddi_deployment *d, const char *text, size_t len, char *why,
                         size_t cap)
{
    return read_kind("deployment", d, text, len, why, cap);
}

bool ddi_read_confirmation(struct ddi_deployment *d, const char *text, size_t len, char *why,
                           size_t cap)
{
    return read_kind("confirmation", d, text, len, why, cap);
}

void ddi_deployment_free(struct ddi_deployment *d)
{
    for (unsigned i = 0; i < d->count; i++) {
        struct ddi_artifact *a = &d->artifact[i];
        char *const texts[] = {a->part, a->name, a->version, a->file, a->url[0], a->url[1]};
        for (unsigned j = 0; j < ARRAY_LEN(texts); j++)
            free(texts[j]);
    }
    free(d->artifact);
    d->artifact = NULL;
    d->count = 0;
}

bool ddi_read_cancel(struct ddi_cancel *c, const char *text, size_t len, char *why, size_t cap)
{
    struct reader r = {.why = why, .cap = cap};
    *c = (struct ddi_cancel){.id = ""};
    json_t *root = load(&r, text, len);
    if (root == NULL)
        return false;
    const json_t *action = object_of(&r, root, "cancelAction");
    bool ok = action != NULL && id_of(&r, root, "id", c->id);
    snprintf(r.where, sizeof r.where, "cancelAction");
    ok = ok && id_of(&r, action, "stopId", c->stop_id);
    json_decref(root);
    return ok;
}
