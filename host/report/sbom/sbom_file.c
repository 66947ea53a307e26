/* sbom_file.c - read by jansson. Apart from the rest: jansson's functions have the names of those that write our JSON
 * (cli.h). */
#include "host/report/sbom/sbom_file.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct reader {
    char *why;
    size_t cap;
};

static bool wrong(const struct reader *r, const char *what)
{
    snprintf(r->why, r->cap, "%s", what);
    return false;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool is(const json_t *object, const char *key, const char *value)
{
    return strcmp(text_of(object, key), value) == 0;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unhex(const char *text, uint8_t sha256[32])
{
    if (strlen(text) != 64)
        return false;
    for (unsigned i = 0; i < 32; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        sha256[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* The SHA-256 in a list of hashes, in the words of either form. */
struct words {
    const char *list, *algorithm, *sha256, *value;
};

static bool take_hash(const struct reader *r, const json_t *program, const struct words *w,
                      struct sbom_subject *s)
{
    const json_t *list = json_object_get(program, w->list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *hash = json_array_get(list, i);
        if (!is(hash, w->algorithm, w->sha256))
            continue;
        return unhex(text_of(hash, w->value), s->sha256) ||
               wrong(r, "the SHA-256 of its program is not 64 hexadecimal digits");
    }
    return wrong(r, "it does not name the SHA-256 of its program");
}

static bool read_cyclonedx(const struct reader *r, const json_t *root, struct sbom_subject *s)
{
    static const struct words words = {"hashes", "alg", "SHA-256", "content"};
    const json_t *program = json_object_get(json_object_get(root, "metadata"), "component");
    if (!json_is_object(program))
        return wrong(r, "it has no metadata.component, so it does not say of which program it is");
    snprintf(s->name, sizeof s->name, "%s", text_of(program, "name"));
    snprintf(s->version, sizeof s->version, "%s", text_of(program, "version"));
    return take_hash(r, program, &words, s);
}

/* The identifier of the one package that the document describes; "": none, or several. */
static const char *described(const json_t *root)
{
    const json_t *list = json_object_get(root, "documentDescribes");
    if (json_array_size(list) == 1 && json_is_string(json_array_get(list, 0)))
        return json_string_value(json_array_get(list, 0));
    const char *found = "";
    list = json_object_get(root, "relationships");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (!is(one, "relationshipType", "DESCRIBES") ||
            !is(one, "spdxElementId", "SPDXRef-DOCUMENT"))
            continue;
        if (*found != '\0')
            return "";
        found = text_of(one, "relatedSpdxElement");
    }
    return found;
}

static bool read_spdx(const struct reader *r, const json_t *root, struct sbom_subject *s)
{
    static const struct words words = {"checksums", "algorithm", "SHA256", "checksumValue"};
    const json_t *packages = json_object_get(root, "packages");
    const char *id = described(root);
    if (*id == '\0')
        return wrong(r,
                     "it does not describe one package, so it does not say of which program it is");
    for (size_t i = 0; i < json_array_size(packages); i++) {
        const json_t *program = json_array_get(packages, i);
        if (!is(program, "SPDXID", id))
            continue;
        snprintf(s->name, sizeof s->name, "%s", text_of(program, "name"));
        snprintf(s->version, sizeof s->version, "%s", text_of(program, "versionInfo"));
        return take_hash(r, program, &words, s);
    }
    return wrong(r, "the package that it describes is not in it");
}

bool sbom_file_read(struct sbom_subject *s, const char *text, size_t len, char *why, size_t cap)
{
    const struct reader r = {why, cap};
    json_error_t e;
    *s = (struct sbom_subject){0};
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (root == NULL) {
        snprintf(why, cap, "it is not JSON: line %d: %s", e.line, e.text);
        return false;
    }
    bool ok = false;
    if (is(root, "bomFormat", "CycloneDX") && strncmp(text_of(root, "specVersion"), "1.", 2) == 0)
        ok = read_cyclonedx(&r, root, s);
    else if (strncmp(text_of(root, "spdxVersion"), "SPDX-2.", 7) == 0)
        ok = read_spdx(&r, root, s);
    else
        wrong(&r, "it is neither CycloneDX 1.x nor SPDX 2.x in JSON");
    json_decref(root);
    return ok;
}
