#include "host/evidence/manifest_write.h"

#include <stdlib.h>
#include <string.h>

static void put_libraries(struct json *j, const struct evidence *e)
{
    json_array(j, "libraries");
    for (unsigned i = 0; i < e->library_count; i++) {
        json_object(j, NULL);
        json_string(j, "name", e->library[i].name);
        json_string(j, "version", e->library[i].version);
        json_end(j);
    }
    json_end(j);
}

static void put_input(struct json *j, const struct evidence_input *i)
{
    json_object(j, NULL);
    json_string(j, "role", i->role);
    json_string(j, "path", i->path);
    json_number(j, "bytes", i->bytes);
    json_string(j, "sha256", i->sha256);
    if (i->hash != NULL) {
        json_string(j, "version", i->version);
        json_string(j, "hash", i->hash);
        json_number(j, "image_bytes", i->image_bytes);
    }
    json_end(j);
}

static void put_check(struct json *j, const struct evidence_check *c)
{
    json_object(j, NULL);
    json_string(j, "check", c->name);
    json_string(j, "outcome", evidence_outcome_names[c->outcome]);
    json_number(j, "warnings", c->warnings);
    json_string(j, "summary", c->summary);
    json_string(j, "command", c->command);
    json_string(j, "document", c->document);
    json_end(j);
}

static void put_file(struct json *j, const struct evidence_file *f)
{
    json_object(j, NULL);
    json_string(j, "name", f->name);
    json_number(j, "bytes", f->bytes);
    json_string(j, "sha256", f->sha256);
    json_end(j);
}

static void put_lists(struct json *j, const struct evidence *e)
{
    put_libraries(j, e);
    json_array(j, "inputs");
    for (unsigned i = 0; i < e->input_count; i++)
        put_input(j, &e->input[i]);
    json_end(j);
    json_array(j, "checks");
    for (unsigned i = 0; i < e->check_count; i++)
        put_check(j, &e->check[i]);
    json_end(j);
    json_array(j, "files");
    for (unsigned i = 0; i < e->file_count; i++)
        put_file(j, &e->file[i]);
    json_end(j);
}

static void put(struct json *j, const struct evidence *e)
{
    json_string(j, "report", "evidence");
    json_number(j, "schema", EVIDENCE_SCHEMA);
    json_string(j, "program", e->program);
    json_string(j, "program_sha256", e->program_sha256);
    json_string(j, "command", e->command);
    json_string(j, "part", e->part);
    json_string(j, "board", e->board);
    json_number(j, "seed", e->seed);
    json_number(j, "cuts", e->cuts);
    put_lists(j, e);
    json_string(j, "verdict", e->passed ? "passed" : "failed");
}

int document_end(struct document *d, struct cli_blob *b)
{
    json_finish(&d->json);
    bool ok = fclose(d->json.out) == 0;
    if (ok) {
        *b = (struct cli_blob){cli_memory(d->len), d->len};
        memcpy(b->data, d->text, d->len);
    }
    free(d->text);
    return ok ? CLI_DONE : cli_fail(CLI_REFUSED, "out of memory", NULL, "free -m");
}

int document_begin(struct document *d)
{
    FILE *f = open_memstream(&d->text, &d->len);
    if (f == NULL)
        return cli_fail(CLI_REFUSED, "out of memory", NULL, "free -m");
    json_begin(&d->json, f);
    return CLI_DONE;
}

int manifest_write(const struct evidence *e, struct cli_blob *b)
{
    struct document d;
    int code = document_begin(&d);
    if (code != CLI_DONE)
        return code;
    put(&d.json, e);
    code = document_end(&d, b);
    if (code != CLI_DONE || b->len <= MANIFEST_BYTES_MAX)
        return code;
    return cli_fail(
        CLI_USAGE, "the command line is too long for a pack",
        cli_text("with it the manifest has %zu bytes, and may have %u", b->len, MANIFEST_BYTES_MAX),
        "give the files shorter names");
}
