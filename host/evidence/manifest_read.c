/* manifest_read.c - read by jansson. Apart from the rest: jansson's functions have the names of those that write our JSON
 * (cli.h). */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "host/evidence/evidence.h"

#define SHA256_DIGITS 64u

struct reader {
    char *why;
    size_t cap;
    const char *list; /* "files", ...; NULL: of the whole manifest */
    size_t at;        /* index in it */
};

static bool wrong(const struct reader *r, const char *key, const char *what)
{
    if (r->list != NULL)
        snprintf(r->why, r->cap, "%s[%zu]: \"%s\" %s", r->list, r->at, key, what);
    else
        snprintf(r->why, r->cap, "\"%s\" %s", key, what);
    return false;
}

/* A text; absent or null: NULL. */
static bool text_or_none(const struct reader *r, const json_t *in, const char *key,
                         const char **text)
{
    const json_t *v = json_object_get(in, key);
    *text = json_string_value(v);
    if (v == NULL || json_is_null(v))
        return true;
    return json_is_string(v) ? true : wrong(r, key, "is not a text");
}

static bool text_of(const struct reader *r, const json_t *in, const char *key, const char **text)
{
    if (!text_or_none(r, in, key, text))
        return false;
    return *text != NULL && **text != '\0' ? true : wrong(r, key, "is missing");
}

static bool sha256_of(const struct reader *r, const json_t *in, const char **digits)
{
    if (!text_of(r, in, "sha256", digits))
        return false;
    return strlen(*digits) == SHA256_DIGITS && strspn(*digits, "0123456789abcdef") == SHA256_DIGITS
               ? true
               : wrong(r, "sha256", "is not 64 hexadecimal digits");
}

static bool number_of(const struct reader *r, const json_t *in, const char *key, uint64_t *n)
{
    const json_t *v = json_object_get(in, key);
    *n = (uint64_t)json_integer_value(v);
    return json_is_integer(v) && json_integer_value(v) >= 0
               ? true
               : wrong(r, key, "is not a number from 0 on");
}

static bool read_library(const struct reader *r, const json_t *in, struct evidence *e)
{
    struct evidence_library *l = &e->library[r->at];
    e->library_count++;
    return text_of(r, in, "name", &l->name) && text_of(r, in, "version", &l->version);
}

static bool read_input(const struct reader *r, const json_t *in, struct evidence *e)
{
    struct evidence_input *i = &e->input[r->at];
    e->input_count++;
    return text_of(r, in, "role", &i->role) && text_of(r, in, "path", &i->path) &&
           number_of(r, in, "bytes", &i->bytes) && sha256_of(r, in, &i->sha256) &&
           text_or_none(r, in, "version", &i->version) && text_or_none(r, in, "hash", &i->hash) &&
           (i->hash == NULL || number_of(r, in, "image_bytes", &i->image_bytes));
}

static bool read_outcome(const struct reader *r, const json_t *in, enum evidence_outcome *outcome)
{
    const char *text;
    if (!text_of(r, in, "outcome", &text))
        return false;
    for (unsigned i = 0; i < EVIDENCE_OUTCOMES; i++)
        if (strcmp(text, evidence_outcome_names[i]) == 0) {
            *outcome = (enum evidence_outcome)i;
            return true;
        }
    return wrong(r, "outcome", "is not passed, failed or not run");
}

static bool read_check(const struct reader *r, const json_t *in, struct evidence *e)
{
    struct evidence_check *c = &e->check[r->at];
    e->check_count++;
    if (!text_of(r, in, "check", &c->name) || !read_outcome(r, in, &c->outcome) ||
        !number_of(r, in, "warnings", &c->warnings) || !text_of(r, in, "summary", &c->summary) ||
        !text_or_none(r, in, "command", &c->command) ||
        !text_or_none(r, in, "document", &c->document))
        return false;
    return c->outcome == EVIDENCE_NOT_RUN || c->document != NULL
               ? true
               : wrong(r, "document", "is missing, though the check was run");
}

static bool read_file(const struct reader *r, const json_t *in, struct evidence *e)
{
    struct evidence_file *f = &e->file[r->at];
    e->file_count++;
    return text_of(r, in, "name", &f->name) && number_of(r, in, "bytes", &f->bytes) &&
           sha256_of(r, in, &f->sha256);
}

static const struct list {
    const char *key;
    size_t max;
    bool (*read)(const struct reader *r, const json_t *in, struct evidence *e);
} lists[] = {
    {"libraries", EVIDENCE_LIBRARIES_MAX, read_library},
    {"inputs", EVIDENCE_INPUTS_MAX, read_input},
    {"checks", EVIDENCE_CHECKS_MAX, read_check},
    {"files", EVIDENCE_FILES_MAX, read_file},
};

static bool read_list(struct reader *r, const json_t *root, const struct list *l,
                      struct evidence *e)
{
    const json_t *array = json_object_get(root, l->key);
    if (!json_is_array(array))
        return wrong(r, l->key, "is not a list");
    if (json_array_size(array) > l->max)
        return wrong(r, l->key, "is longer than a pack has it");
    r->list = l->key;
    for (r->at = 0; r->at < json_array_size(array); r->at++)
        if (!l->read(r, json_array_get(array, r->at), e))
            return false;
    r->list = NULL;
    return true;
}

static bool read_head(const struct reader *r, const json_t *root, struct evidence *e)
{
    const char *report, *verdict;
    uint64_t schema;
    if (!text_of(r, root, "report", &report) || !number_of(r, root, "schema", &schema))
        return false;
    if (strcmp(report, "evidence") != 0)
        return wrong(r, "report", "is not \"evidence\"");
    if (schema != EVIDENCE_SCHEMA)
        return wrong(r, "schema", "is not 1: another version of slipway made it");
    if (!text_of(r, root, "program", &e->program) || !text_of(r, root, "command", &e->command) ||
        !text_or_none(r, root, "program_sha256", &e->program_sha256) ||
        !text_or_none(r, root, "part", &e->part) || !text_or_none(r, root, "board", &e->board) ||
        !number_of(r, root, "seed", &e->seed) || !number_of(r, root, "cuts", &e->cuts) ||
        !text_of(r, root, "verdict", &verdict))
        return false;
    e->passed = strcmp(verdict, "passed") == 0;
    return e->passed || strcmp(verdict, "failed") == 0
               ? true
               : wrong(r, "verdict", "is not passed or failed");
}

bool manifest_read(const char *text, size_t len, struct evidence *e, char *why, size_t cap)
{
    json_error_t error;
    struct reader r = {.why = why, .cap = cap};
    memset(e, 0, sizeof *e);
    if (len > MANIFEST_BYTES_MAX) {
        snprintf(why, cap, "it has %zu bytes, and a manifest has at most %u", len,
                 MANIFEST_BYTES_MAX);
        return false;
    }
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    e->parsed = root;
    if (root == NULL) {
        snprintf(why, cap, "not JSON, line %d: %s", error.line, error.text);
        return false;
    }
    bool ok = read_head(&r, root, e);
    for (size_t i = 0; ok && i < ARRAY_LEN(lists); i++)
        ok = read_list(&r, root, &lists[i], e);
    return ok;
}

void evidence_free(struct evidence *e)
{
    json_decref(e->parsed);
    e->parsed = NULL;
}
