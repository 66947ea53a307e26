/* program_file.c - sections of an ELF file. Every offset and size is checked against the file before it is used. */
#include "host/report/sbom/program_file.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"

struct elf {
    const uint8_t *bytes;
    size_t len;
    bool wide; /* 64 bits */
    char *why;
    size_t cap;
};

struct section {
    uint32_t name, type, link;
    const uint8_t *at;
    size_t size;
};

static bool wrong(const struct elf *e, const char *what)
{
    snprintf(e->why, e->cap, "%s", what);
    return false;
}

bool program_is_elf(const uint8_t *bytes, size_t len)
{
    return len >= EI_NIDENT && memcmp(bytes, ELFMAG, SELFMAG) == 0;
}

static uint64_t get_word(const struct elf *e, const uint8_t *at)
{
    uint64_t low = get_le32(at);
    return e->wide ? low | (uint64_t)get_le32(at + 4) << 32 : low;
}

/* Where a member is in a structure of the file's class. */
#define PLACE(e, type, member) \
    ((e)->wide ? offsetof(Elf64_##type, member) : offsetof(Elf32_##type, member))

struct table {
    const uint8_t *at;
    size_t count, entry;
    size_t names; /* index of the section with the names */
};

static bool read_table(const struct elf *e, struct table *t)
{
    const uint8_t *h = e->bytes;
    size_t size = e->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (e->len < size)
        return wrong(e, "it ends in its ELF header");
    uint64_t at = get_word(e, h + PLACE(e, Ehdr, e_shoff));
    t->entry = get_le16(h + PLACE(e, Ehdr, e_shentsize));
    t->count = get_le16(h + PLACE(e, Ehdr, e_shnum));
    t->names = get_le16(h + PLACE(e, Ehdr, e_shstrndx));
    if (t->entry != (e->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)) || t->count == 0)
        return wrong(e, "its ELF header has no table of sections");
    if (at > e->len || t->count * t->entry > e->len - at)
        return wrong(e, "its table of sections runs past its end");
    t->at = h + at;
    return true;
}

static bool read_section(const struct elf *e, const struct table *t, size_t i, struct section *s)
{
    const uint8_t *h = t->at + i * t->entry;
    uint64_t at = get_word(e, h + PLACE(e, Shdr, sh_offset));
    uint64_t size = get_word(e, h + PLACE(e, Shdr, sh_size));
    s->name = get_le32(h + PLACE(e, Shdr, sh_name));
    s->type = get_le32(h + PLACE(e, Shdr, sh_type));
    s->link = get_le32(h + PLACE(e, Shdr, sh_link));
    if (s->type == SHT_NOBITS || s->type == SHT_NULL)
        at = size = 0;
    if (at > e->len || size > e->len - at)
        return wrong(e, "a section runs past its end");
    s->at = e->bytes + at;
    s->size = (size_t)size;
    return true;
}

/* The text at an offset of a section of texts; NULL: there is none, or it does not end in the section. */
static const char *text_in(const struct section *texts, uint64_t at)
{
    if (at >= texts->size || memchr(texts->at + at, '\0', texts->size - (size_t)at) == NULL)
        return NULL;
    return (const char *)texts->at + at;
}

/* A text for each compiler that took part, some empty, some repeated. */
static bool read_compilers(const struct elf *e, const struct section *comment,
                           struct program_facts *f)
{
    const char *text;
    for (size_t at = 0; at < comment->size; at += strlen(text) + 1) {
        unsigned i = 0;
        text = text_in(comment, at);
        if (text == NULL)
            return wrong(e, "its section .comment ends in a text");
        while (i < f->compiler_count && strcmp(f->compiler[i], text) != 0)
            i++;
        if (*text == '\0' || i < f->compiler_count)
            continue;
        if (i == COMPILERS_MAX)
            return wrong(e, "its section .comment names more than 16 compilers");
        f->compiler[f->compiler_count++] = text;
    }
    return true;
}

static bool read_libraries(const struct elf *e, const struct section *dynamic,
                           const struct section *texts, struct program_facts *f)
{
    size_t entry = e->wide ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn), word = entry / 2;
    for (size_t at = 0; dynamic->size - at >= entry; at += entry) {
        uint64_t tag = get_word(e, dynamic->at + at);
        if (tag == DT_NULL)
            return true;
        if (tag != DT_NEEDED)
            continue;
        const char *name = text_in(texts, get_word(e, dynamic->at + at + word));
        if (name == NULL)
            return wrong(e, "the name of a shared library runs past its section");
        if (f->library_count == LIBRARIES_MAX)
            return wrong(e, "it needs more than 256 shared libraries");
        f->library[f->library_count++] = name;
    }
    return true;
}

bool program_facts_read(struct program_facts *f, const uint8_t *bytes, size_t len, char *why,
                        size_t cap)
{
    struct elf e = {.bytes = bytes, .len = len, .why = why, .cap = cap};
    struct table t;
    struct section names, s, texts;
    bool commented = false, dynamic = false; /* of each kind the first counts */
    *f = (struct program_facts){0};
    if (!program_is_elf(bytes, len))
        return wrong(&e, "it is not an ELF file");
    e.wide = bytes[EI_CLASS] == ELFCLASS64;
    if ((!e.wide && bytes[EI_CLASS] != ELFCLASS32) || bytes[EI_DATA] != ELFDATA2LSB)
        return wrong(&e, "it is neither 32 nor 64 bits, little endian");
    if (!read_table(&e, &t))
        return false;
    if (t.names >= t.count || !read_section(&e, &t, t.names, &names))
        return wrong(&e, "its sections have no names");
    for (size_t i = 0; i < t.count; i++) {
        if (!read_section(&e, &t, i, &s))
            return false;
        const char *name = text_in(&names, s.name);
        if (!commented && name != NULL && strcmp(name, ".comment") == 0) {
            commented = true;
            if (!read_compilers(&e, &s, f))
                return false;
        }
        if (dynamic || s.type != SHT_DYNAMIC)
            continue;
        dynamic = true;
        if (s.link >= t.count || !read_section(&e, &t, s.link, &texts))
            return wrong(&e, "its dynamic section has no names");
        if (!read_libraries(&e, &s, &texts, f))
            return false;
    }
    return true;
}
