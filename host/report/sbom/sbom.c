/* sbom.c - from the map's objects to parts. */
#include "host/report/sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

#include "host/report/sbom/uuid.h"

#define UNKNOWN_MAX 10u /* that an error names */
#define NO_PART     UINT16_MAX
#define ID_LETTERS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"

struct linker {
    struct sbom *s;
    uint16_t part_of_component[COMPONENTS_MAX + 1]; /* NO_PART: not linked so far */
    const char *unknown;                            /* lines; NULL: none */
    unsigned unknown_count;
    const char *archive; /* the last one, which comes many times in a row */
    const struct component *its;
    unsigned members;
};

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* ---- parts ---- */

static const char *id_of(unsigned number, const char *name)
{
    char text[48];
    snprintf(text, sizeof text, "%u-%s", number, name);
    for (char *c = text; *c != '\0'; c++)
        if (strspn(c, ID_LETTERS) == 0)
            *c = '-';
    return cli_text("%s", text);
}

static struct sbom_part *part_of(struct linker *l, const struct component *c)
{
    struct sbom *s = l->s;
    uint16_t *known = &l->part_of_component[c - s->components.component];
    if (*known == NO_PART) {
        *known = (uint16_t)s->count;
        s->part[s->count] =
            (struct sbom_part){.component = c, .id = id_of(s->count, c->text[COMPONENT_NAME])};
        s->count++;
    }
    return &s->part[*known];
}

static void add_unknown(struct linker *l, const char *name)
{
    if (l->unknown_count++ < UNKNOWN_MAX)
        l->unknown = l->unknown == NULL ? name : cli_text("%s\n%s", l->unknown, name);
}

static void add_linked(struct sbom_part *p, const char *text)
{
    if (p->archives++ < SBOM_LINKED_MAX)
        p->linked[p->linked_count++] = text;
}

/* The members of an archive come in a row. */
static void end_archive(struct linker *l)
{
    if (l->members > 0)
        add_linked(part_of(l, l->its), cli_text("%s: %u object%s", base_of(l->archive), l->members,
                                                l->members == 1 ? "" : "s"));
    l->members = 0;
}

static void add_object(struct linker *l, const struct link_object *o)
{
    if (l->archive == NULL || strcmp(l->archive, o->path) != 0) {
        end_archive(l);
        l->archive = o->path;
        l->its = component_of(&l->s->components, o->path);
        if (l->its == NULL)
            add_unknown(l, o->path);
    }
    if (l->its == NULL)
        return;
    if (o->member != NULL)
        l->members++;
    else
        part_of(l, l->its)->objects++;
}

static void add_libraries(struct linker *l)
{
    const struct program_facts *f = &l->s->facts;
    for (unsigned i = 0; i < f->library_count; i++) {
        const struct component *c = component_of(&l->s->components, f->library[i]);
        if (c == NULL) {
            add_unknown(l, f->library[i]);
            continue;
        }
        part_of(l, c)->shared = true;
        add_linked(part_of(l, c), f->library[i]);
    }
}

/* In the order of the component files, whatever the order of the link. */
static void order_parts(struct linker *l)
{
    struct sbom *s = l->s;
    static struct sbom_part parts[COMPONENTS_MAX + 1];
    unsigned n = 0;
    for (unsigned i = 0; i < s->components.count; i++) {
        if (l->part_of_component[i] == NO_PART)
            continue;
        parts[n] = s->part[l->part_of_component[i]];
        parts[n].id = id_of(n, parts[n].component->text[COMPONENT_NAME]);
        l->part_of_component[i] = (uint16_t)n++;
    }
    memcpy(s->part, parts, n * sizeof *parts);
}

/* ---- what needs what ---- */

static unsigned index_of(const struct linker *l, const struct link_object *o)
{
    const struct component *c = component_of(&l->s->components, o->path);
    return c == NULL ? NO_PART : l->part_of_component[c - l->s->components.component];
}

/* The map says for each member who first referred to it. A part that nobody else is known to need, the program needs. */
static void add_needs(struct linker *l)
{
    struct sbom *s = l->s;
    bool needed[COMPONENTS_MAX + 1] = {false};
    for (unsigned i = 0; i < s->map.count; i++) {
        const struct link_object *o = &s->map.object[i];
        const struct link_object *by =
            o->linked && o->for_whom != NULL ? link_map_find(&s->map, o->for_whom) : NULL;
        if (by == NULL || !by->linked)
            continue;
        unsigned from = index_of(l, by), to = index_of(l, o);
        if (from == NO_PART || to == NO_PART || from == to)
            continue;
        s->needs[from][to] = needed[to] = true;
    }
    for (unsigned i = 1; i < s->count; i++)
        if (!needed[i])
            s->needs[0][i] = true;
}

static int refuse_unknown(const struct linker *l, const char *map_path)
{
    const char *names = l->unknown;
    if (l->unknown_count > UNKNOWN_MAX)
        names = cli_text("%s\nand %u more", names, l->unknown_count - UNKNOWN_MAX);
    return cli_fail(CLI_BAD_FILE,
                    cli_text("%s: no component file says what these belong to", map_path), names,
                    "add a paragraph with Name, Version, License and these Files to a file for "
                    "--components (an application's: sbom.txt in its folder)");
}

int sbom_link(struct sbom *s, const char *map_path)
{
    static struct linker l;
    l = (struct linker){.s = s};
    memset(l.part_of_component, 0xff, sizeof l.part_of_component);
    part_of(&l, &s->components.component[0]);
    for (unsigned i = 0; i < s->map.count; i++)
        if (s->map.sorted[i]->linked)
            add_object(&l, s->map.sorted[i]);
    end_archive(&l);
    add_libraries(&l);
    if (l.unknown_count > 0)
        return refuse_unknown(&l, map_path);
    order_parts(&l);
    add_needs(&l);
    return CLI_DONE;
}

/* ---- the document ---- */

static char *text_with(const struct sbom *s, enum sbom_form form, const char *uuid, size_t *len)
{
    char *text = NULL;
    struct json j;
    FILE *f = open_memstream(&text, len);
    if (f == NULL)
        return NULL;
    json_begin(&j, f);
    if (form == SBOM_CYCLONEDX)
        sbom_cyclonedx(s, &j, uuid);
    else
        sbom_spdx(s, &j, uuid);
    json_finish(&j);
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

/* The UUID is made from the document with zeros in its place: two documents with one UUID are the same document. */
char *sbom_text(const struct sbom *s, enum sbom_form form, size_t *len)
{
    static const char space_name[] = "sbom.slipway";
    uint8_t uuid[UUID_SIZE] = {0}, space[UUID_SIZE];
    char serial[UUID_TEXT];
    uuid_print(serial, uuid);
    char *text = text_with(s, form, serial, len);
    if (text == NULL)
        return NULL;
    uuid_of_name(uuid_dns, space_name, sizeof space_name - 1, space);
    uuid_of_name(space, text, *len, uuid);
    free(text);
    uuid_print(serial, uuid);
    return text_with(s, form, serial, len);
}

/* ---- what both forms say ---- */

/* "GCC: (15:12.2.rel1-1) 12.2.1 20221205" has name and version; "clang version 14.0.6" has them apart, too. */
const char *sbom_compiler_name(const char *comment, const char **version)
{
    static const char gcc[] = "GCC: ", clang[] = "clang version ";
    const char *at = strstr(comment, clang);
    *version = comment;
    if (strncmp(comment, gcc, strlen(gcc)) == 0) {
        *version = comment + strlen(gcc);
        return "GCC";
    }
    if (at == NULL)
        return "compiler";
    *version = at + strlen(clang);
    return "Clang";
}

const char *sbom_linked_text(const struct sbom_part *p)
{
    const char *text = NULL;
    for (unsigned i = 0; i < p->linked_count; i++)
        text = text == NULL ? p->linked[i] : cli_text("%s, %s", text, p->linked[i]);
    if (p->archives > p->linked_count)
        text = cli_text("%s, and %u more archives", text, p->archives - p->linked_count);
    if (p->objects > 0)
        text = cli_text("%s%s%u object%s", text == NULL ? "" : text, text == NULL ? "" : ", ",
                        p->objects, p->objects == 1 ? "" : "s");
    return text;
}

bool sbom_is_firmware(const struct sbom *s)
{
    return s->facts.library_count == 0;
}
