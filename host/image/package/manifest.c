/* manifest.c - read by jansson. Apart from the rest: jansson's functions have the names of those that write our JSON
 * (cli.h). */
#include "host/image/package/manifest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX UINT32_MAX

struct reader {
    char *why;
    size_t cap;
    unsigned at; /* index in "files" */
};

static bool wrong(const struct reader *r, const char *key, const char *what)
{
    snprintf(r->why, r->cap, "files[%u]: \"%s\" %s", r->at, key, what);
    return false;
}

/* A text that is stored; absent is no error. */
static bool text_of(const struct reader *r, const json_t *file, const char *key, char *dst)
{
    const json_t *v = json_object_get(file, key);
    if (v == NULL)
        return true;
    if (!json_is_string(v) || json_string_length(v) > MANIFEST_TEXT_MAX ||
        strlen(json_string_value(v)) != json_string_length(v))
        return wrong(r, key, "is not a text of at most 100 characters");
    snprintf(dst, MANIFEST_TEXT_MAX + 1, "%s", json_string_value(v));
    return true;
}

/* The SDK's scripts write every number that does not begin with 0x as a text. */
static bool number_in(const json_t *v, uint32_t *n)
{
    json_int_t value = -1;
    if (json_is_integer(v)) {
        value = json_integer_value(v);
    } else if (json_is_string(v)) {
        char *end;
        const char *text = json_string_value(v);
        bool digits = text[0] >= '0' && text[0] <= '9' && strlen(text) == json_string_length(v);
        value = digits ? strtoll(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10) : -1;
        if (digits && *end != '\0')
            return false;
    }
    *n = (uint32_t)value;
    return value >= 0 && value <= NUMBER_MAX;
}

/* *has: the key is there. */
static bool number_of(const struct reader *r, const json_t *file, const char *key, uint32_t *n,
                      bool *has)
{
    const json_t *v = json_object_get(file, key);
    *has = v != NULL;
    *n = 0;
    return v == NULL || number_in(v, n) || wrong(r, key, "is not a number from 0 to 4294967295");
}

/* Slots are counted through all images: of image n they are 2n and 2n + 1. */
static bool slot_of(const struct reader *r, const json_t *file, struct manifest_file *f)
{
    uint32_t slot;
    bool has;
    if (!number_of(r, file, "slot", &slot, &has))
        return false;
    if (!has)
        return wrong(r, "slot", "is missing, which version_MCUBOOT+XIP needs");
    if (slot / 2 != f->image)
        return wrong(r, "slot", "is none of its image's (2n and 2n + 1 of image n)");
    f->slot = slot % 2;
    return true;
}

static bool read_file(const struct reader *r, const json_t *file, struct manifest_file *f)
{
    bool has_size, has_image;
    *f = (struct manifest_file){.size = 0};
    if (!json_is_object(file)) {
        snprintf(r->why, r->cap, "files[%u] is not an object", r->at);
        return false;
    }
    f->in_place = json_object_get(file, "version_MCUBOOT+XIP") != NULL;
    if (!text_of(r, file, "file", f->name) ||
        !text_of(r, file, f->in_place ? "version_MCUBOOT+XIP" : "version_MCUBOOT", f->version) ||
        !number_of(r, file, "size", &f->size, &has_size) ||
        !number_of(r, file, "image_index", &f->image, &has_image) ||
        !number_of(r, file, "load_address", &f->load_address, &f->has_load_address))
        return false;
    if (f->name[0] == '\0')
        return wrong(r, "file", "is missing");
    if (!has_size)
        return wrong(r, "size", "is missing");
    if (f->image > UINT8_MAX)
        return wrong(r, "image_index", "is larger than 255");
    return !f->in_place || slot_of(r, file, f);
}

static bool read_files(struct reader *r, const json_t *files, struct manifest *m)
{
    size_t count = json_array_size(files); /* 0 of what is no array */
    if (count == 0 || count > MANIFEST_FILES_MAX) {
        snprintf(r->why, r->cap, "\"files\" is not a list of 1 to %u files", MANIFEST_FILES_MAX);
        return false;
    }
    for (r->at = 0; r->at < count; r->at++)
        if (!read_file(r, json_array_get(files, r->at), &m->file[r->at]))
            return false;
    m->count = (unsigned)count;
    return true;
}

static bool check_format(const struct reader *r, const json_t *root)
{
    uint32_t format;
    const json_t *v = json_object_get(root, "format-version");
    if (v != NULL && number_in(v, &format) && format <= 1)
        return true;
    snprintf(r->why, r->cap,
             v == NULL ? "\"format-version\" is missing" : "\"format-version\" is neither 0 nor 1");
    return false;
}

bool manifest_parse(const char *text, size_t len, struct manifest *m, char *why, size_t cap)
{
    json_error_t error;
    struct reader r = {why, cap, 0};
    m->count = 0;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        snprintf(why, cap, "not JSON, line %d: %s", error.line, error.text);
        return false;
    }
    bool ok = check_format(&r, root) && read_files(&r, json_object_get(root, "files"), m);
    json_decref(root);
    return ok;
}
