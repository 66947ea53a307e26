/* link_map.c - a line at a time: headings say which part of the file a line is in. */
#include "host/report/sbom/link_map.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"

/* ld writes a name, pads it to this width, and goes to the next line if it is longer. */
#define NAME_WIDTH 30u

struct span {
    const char *at;
    size_t len;
};

enum part { NOTHING, INCLUDED, LAYOUT };

struct reader {
    struct link_map *map;
    unsigned capacity; /* objects that there is room for */
    unsigned *slots;   /* hash table: index + 1 of an object; 0: free */
    unsigned slot_count;
    enum part part;
    struct span included; /* its line has been read, but not the one that says for whom */
    bool in_program;      /* the output section is in the program, not beside it */
    bool has_layout, complete;
};

static bool is(struct span s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static bool begins(struct span s, const char *text)
{
    size_t len = strlen(text);
    return s.len >= len && memcmp(s.at, text, len) == 0;
}

static bool ends(struct span s, const char *text)
{
    size_t len = strlen(text);
    return s.len >= len && memcmp(s.at + s.len - len, text, len) == 0;
}

static struct span behind(struct span s, size_t len)
{
    return (struct span){s.at + len, s.len - len};
}

static struct span trimmed(struct span s)
{
    while (s.len > 0 && isspace((unsigned char)s.at[0]))
        s = behind(s, 1);
    while (s.len > 0 && isspace((unsigned char)s.at[s.len - 1]))
        s.len--;
    return s;
}

static const char *copy(struct span s)
{
    char *text = cli_memory(s.len);
    memcpy(text, s.at, s.len);
    return text;
}

/* ---- the table of objects ---- */

static unsigned hash_of(struct span s)
{
    unsigned h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.at[i]) * 16777619u;
    return h;
}

/* Where the object of this name is in the hash table, or the free place where it belongs. */
static unsigned *slot_of(const struct reader *r, struct span name)
{
    unsigned i = hash_of(name) & (r->slot_count - 1);
    while (r->slots[i] != 0 && !is(name, r->map->object[r->slots[i] - 1].name))
        i = (i + 1) & (r->slot_count - 1);
    return &r->slots[i];
}

static void grow(struct reader *r)
{
    struct link_map *m = r->map;
    const struct link_object *old = m->object;
    r->capacity = r->capacity == 0 ? 256 : 2 * r->capacity;
    r->slot_count = 2 * r->capacity;
    m->object = cli_memory(r->capacity * sizeof *m->object);
    if (m->count > 0)
        memcpy(m->object, old, m->count * sizeof *m->object);
    r->slots = cli_memory(r->slot_count * sizeof *r->slots);
    for (unsigned i = 0; i < m->count; i++)
        *slot_of(r, (struct span){m->object[i].name, strlen(m->object[i].name)}) = i + 1;
}

/* ARCHIVE(MEMBER), or a file. */
static void split(struct link_object *o, struct span name)
{
    const char *open = strrchr(o->name, '(');
    o->path = o->name;
    if (open == NULL || open == o->name || name.at[name.len - 1] != ')')
        return;
    size_t archive = (size_t)(open - o->name);
    o->path = copy((struct span){name.at, archive});
    o->member = copy((struct span){name.at + archive + 1, name.len - archive - 2});
}

static struct link_object *object_of(struct reader *r, struct span name)
{
    struct link_map *m = r->map;
    if (m->count == r->capacity)
        grow(r);
    unsigned *slot = slot_of(r, name);
    if (*slot == 0) {
        struct link_object *o = &m->object[m->count++];
        o->name = copy(name);
        split(o, name);
        *slot = m->count;
    }
    return &m->object[*slot - 1];
}

/* ---- link-time optimization ---- */

/* Is the name of the form ccXXXXXX.END, as the compiler calls its temporary files? */
static bool is_temporary(struct span base, const char *end)
{
    return base.len == 8 + strlen(end) && begins(base, "cc") && ends(base, end);
}

/* What the compiler makes of the objects that it optimizes together: no component, but made of those that the map has
 * named already. */
static bool is_made_by_optimizer(struct span name)
{
    const char *slash = memrchr(name.at, '/', name.len);
    struct span base = slash == NULL ? name : behind(name, (size_t)(slash + 1 - name.at));
    const char *number = memmem(base.at, base.len, ".ltrans", 7);
    if (number != NULL && ends(base, ".ltrans.o")) {
        struct span digits = behind(base, (size_t)(number + 7 - base.at));
        digits.len -= strlen(".ltrans.o") < digits.len ? strlen(".ltrans.o") : digits.len;
        size_t n = 0;
        while (n < digits.len && isdigit((unsigned char)digits.at[n]))
            n++;
        return digits.len > 0 && n == digits.len;
    }
    return is_temporary(base, ".debug.temp.o") || is_temporary(base, ".lto.o");
}

/* An object of the program; NULL: it is none. */
static struct link_object *take(struct reader *r, struct span name)
{
    if (is_made_by_optimizer(name)) {
        r->map->optimized = true;
        return NULL;
    }
    if (name.len == 0 || is(name, "linker stubs"))
        return NULL;
    return object_of(r, name);
}

/* ---- the lines of each part ---- */

/* "OBJECT (SYMBOL)", or "OBJECT (symbol from plugin) (SYMBOL)", or "(SYMBOL)" alone. */
static void take_included(struct reader *r, struct span reference)
{
    struct link_object *o = take(r, r->included);
    r->included.len = 0;
    reference = trimmed(reference);
    const char *end = memmem(reference.at, reference.len, " (", 2);
    if (o == NULL || end == NULL || o->for_whom != NULL)
        return;
    o->for_whom = copy((struct span){reference.at, (size_t)(end - reference.at)});
}

static void read_included(struct reader *r, struct span line)
{
    if (line.len == 0) {
        r->included.len = 0;
    } else if (line.at[0] == ' ') {
        if (r->included.len > 0)
            take_included(r, line);
    } else {
        bool both = line.len > NAME_WIDTH && line.at[NAME_WIDTH - 1] == ' ' &&
                    line.at[NAME_WIDTH - 2] == ' ';
        r->included = both ? trimmed((struct span){line.at, NAME_WIDTH}) : line;
        if (both)
            take_included(r, behind(line, NAME_WIDTH));
    }
}

/* A shared library, by its file's name: libx.so, libx.so.1. */
static bool is_shared(struct span name)
{
    const char *so = memmem(name.at, name.len, ".so", 3);
    return so != NULL && (so + 3 == name.at + name.len || so[3] == '.');
}

static void read_load(struct reader *r, struct span name)
{
    if (is_shared(name))
        r->map->shared_libraries = true;
    else if (!ends(name, ".a"))
        take(r, name);
}

/* Notes for people and debuggers, which are in the ELF file but not in the program. */
static bool is_beside_program(struct span section)
{
    static const char *const names[] = {".debug",          ".comment",  ".ARM.attributes",
                                        ".stab",           ".gnu.lto_", ".gnu.debuglto_",
                                        ".note.GNU-stack", ".line",     "/DISCARD/"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (begins(section, names[i]))
            return true;
    return false;
}

/* Skip spaces and "0x" with hexadecimal digits at *s. False: that is not there. *zero: the number is 0. */
static bool skip_number(struct span *s, bool *zero)
{
    size_t digits = 0;
    struct span at = *s;
    while (at.len > 0 && at.at[0] == ' ')
        at = behind(at, 1);
    if (!begins(at, "0x"))
        return false;
    at = behind(at, 2);
    *zero = true;
    while (digits < at.len && isxdigit((unsigned char)at.at[digits]))
        *zero &= at.at[digits++] == '0';
    *s = behind(at, digits);
    return digits > 0;
}

/* " SECTION  ADDRESS  SIZE OBJECT"; a long SECTION has a line of its own. */
static void read_section(struct reader *r, struct span line)
{
    bool zero;
    line = behind(line, 1);
    if (line.len == 0 || line.at[0] == '*')
        return;
    while (line.len > 0 && line.at[0] != ' ')
        line = behind(line, 1);
    if (!skip_number(&line, &zero) || !skip_number(&line, &zero) || !begins(line, " "))
        return;
    struct link_object *o = take(r, behind(line, 1));
    if (o != NULL && !zero && r->in_program)
        o->linked = true;
}

static void read_layout(struct reader *r, struct span line)
{
    if (line.len == 0)
        return;
    if (line.at[0] == ' ') {
        read_section(r, line);
    } else if (begins(line, "LOAD ")) {
        read_load(r, behind(line, 5));
    } else if (begins(line, "OUTPUT(")) {
        r->complete = true;
    } else {
        r->in_program = !is_beside_program(line);
    }
}

static bool read_heading(struct reader *r, struct span line)
{
    static const struct {
        const char *line;
        enum part part;
    } headings[] = {
        {"Archive member included to satisfy reference by file (symbol)", INCLUDED},
        {"Archive member included because of file (symbol)", INCLUDED}, /* binutils before 2.26 */
        {"As-needed library included to satisfy reference by file (symbol)", NOTHING},
        {"Allocating common symbols", NOTHING},
        {"Merging program properties", NOTHING},
        {"Discarded input sections", NOTHING},
        {"Memory Configuration", NOTHING},
        {"Linker script and memory map", LAYOUT},
        {"Cross Reference Table", NOTHING},
    };
    for (size_t i = 0; i < ARRAY_LEN(headings); i++) {
        if (!is(line, headings[i].line))
            continue;
        r->part = headings[i].part;
        r->included.len = 0;
        r->has_layout |= r->part == LAYOUT;
        return true;
    }
    return false;
}

static void read_line(struct reader *r, struct span line)
{
    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    if (read_heading(r, line))
        return;
    if (r->part == INCLUDED)
        read_included(r, line);
    else if (r->part == LAYOUT)
        read_layout(r, line);
}

/* After link-time optimization every object that was taken in counts. LOAD names an archive that is not called .a as if it
 * were an object: one that has members is none. */
static void count_optimized(struct reader *r)
{
    struct link_map *m = r->map;
    for (unsigned i = 0; i < m->count; i++)
        m->object[i].linked = true;
    for (unsigned i = 0; i < m->count; i++) {
        const struct link_object *o = &m->object[i];
        unsigned archive =
            o->member != NULL ? *slot_of(r, (struct span){o->path, strlen(o->path)}) : 0;
        if (archive != 0)
            m->object[archive - 1].linked = false;
    }
}

/* ---- who is meant ---- */

static int by_name(const void *a, const void *b)
{
    const struct link_object *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int by_member(const void *a, const void *b)
{
    const struct link_object *const *x = a, *const *y = b;
    return strcmp((*x)->member, (*y)->member);
}

static void sort(struct link_map *m)
{
    m->sorted = cli_memory(m->count * sizeof *m->sorted);
    m->members = cli_memory(m->count * sizeof *m->members);
    for (unsigned i = 0; i < m->count; i++) {
        m->sorted[i] = &m->object[i];
        if (m->optimized && m->object[i].member != NULL)
            m->members[m->member_count++] = &m->object[i];
    }
    qsort(m->sorted, m->count, sizeof *m->sorted, by_name);
    qsort(m->members, m->member_count, sizeof *m->members, by_member);
}

const struct link_object *link_map_find(const struct link_map *m, const char *name)
{
    const struct link_object key = {.name = name, .member = name}, *wanted = &key;
    const struct link_object *const *end = m->members + m->member_count, *const * at;
    at = bsearch(&wanted, m->sorted, m->count, sizeof *m->sorted, by_name);
    if (at != NULL)
        return *at;
    at = bsearch(&wanted, m->members, m->member_count, sizeof *m->members, by_member);
    if (at == NULL || (at > m->members && by_member(at - 1, at) == 0) ||
        (at + 1 < end && by_member(at, at + 1) == 0))
        return NULL;
    return *at;
}

bool link_map_read(struct link_map *m, const char *text, size_t len, char *why, size_t cap)
{
    struct reader r = {.map = m};
    *m = (struct link_map){0};
    if (memchr(text, '\0', len) != NULL) {
        snprintf(why, cap, "it holds a NUL, so it is not a text");
        return false;
    }
    grow(&r);
    for (const char *at = text, *end = text + len; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        line_end = line_end != NULL ? line_end : end;
        read_line(&r, (struct span){at, (size_t)(line_end - at)});
        at = line_end + 1;
    }
    if (!r.has_layout)
        snprintf(why, cap, "it has no line 'Linker script and memory map'");
    else if (!r.complete)
        snprintf(why, cap, "it ends before its OUTPUT line, so it is torn");
    else if (m->count == 0)
        snprintf(why, cap, "it names no object");
    if (!r.has_layout || !r.complete || m->count == 0)
        return false;
    if (m->optimized)
        count_optimized(&r);
    sort(m);
    return true;
}
