#include "vboard/board/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/bytes.h"

struct reader {
    struct load_image *m;
    const uint8_t *file;
    size_t len;
    char *err_msg;
    size_t cap;
};

PRINTF_LIKE(3, 4)
static enum err refuse(const struct reader *r, enum err e, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->err_msg, r->cap, fmt, args);
    va_end(args);
    return e;
}

struct load_image *load_image_new(const struct soc_flash *part)
{
    struct load_image *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->part = part;
    memset(m->data, 0xff, sizeof m->data);
    m->low = part->size;
    return m;
}

void load_image_free(struct load_image *m)
{
    if (m == NULL)
        return;
    free(m->symbols);
    free(m);
}

void load_image_clear(struct load_image *m)
{
    free(m->symbols);
    m->symbols = NULL;
    m->symbol_count = m->text_size = 0;
    m->text = NULL;
    if (m->high > m->low) {
        memset(m->data + m->low, 0xff, m->high - m->low);
        memset(m->used + m->low / 8, 0, (m->high - 1) / 8 - m->low / 8 + 1);
    }
    m->low = m->part->size;
    m->high = m->bytes = 0;
}

static enum err put(const struct reader *r, uint32_t addr, const uint8_t *src, size_t len)
{
    struct load_image *m = r->m;
    const struct soc_flash *part = m->part;
    uint32_t off = addr - part->base;
    if (addr < part->base || off > part->size || len > part->size - off)
        return refuse(r, ERR_RANGE, "%lu bytes at 0x%08x lie outside the flash (0x%08x..0x%08x)",
                      (unsigned long)len, (unsigned)addr, (unsigned)part->base,
                      (unsigned)(part->base + part->size - 1));
    m->low = off < m->low ? off : m->low;
    m->high = off + (uint32_t)len > m->high ? off + (uint32_t)len : m->high;
    for (size_t i = 0; i < len; i++) {
        if (load_uses(m, off + (uint32_t)i))
            return refuse(r, ERR_FORMAT, "the byte at 0x%08x is given twice", (unsigned)(addr + i));
        m->used[(off + i) / 8] |= (uint8_t)(1u << ((off + i) % 8));
    }
    memcpy(m->data + off, src, len);
    m->bytes += (uint32_t)len;
    return ERR_OK;
}

/* ---- ELF32 ---- */

#define EHDR_SIZE  52u
#define PHDR_SIZE  32u
#define SHDR_SIZE  40u
#define SYM_SIZE   16u
#define EM_ARM     40u
#define ET_EXEC    2u
#define PT_LOAD    1u
#define SHT_SYMTAB 2u
#define STT_OBJECT 1u
#define STT_FUNC   2u
#define SHN_UNDEF  0u
#define SHN_ABS    0xfff1u

/* count entries of size bytes from off lie in the file. */
static bool table_inside(const struct reader *r, uint32_t off, uint32_t count, uint32_t size)
{
    return off <= r->len && (uint64_t)count * size <= r->len - off;
}

static enum err load_segments(const struct reader *r)
{
    uint32_t phoff = get_le32(r->file + 28);
    uint16_t phentsize = get_le16(r->file + 42), phnum = get_le16(r->file + 44);
    if (phnum == 0)
        return refuse(r, ERR_FORMAT, "an ELF file without program headers (not linked?)");
    if (phentsize != PHDR_SIZE || !table_inside(r, phoff, phnum, PHDR_SIZE))
        return refuse(r, ERR_FORMAT, "the ELF program headers lie outside the file");
    for (unsigned i = 0; i < phnum; i++) {
        const uint8_t *ph = r->file + phoff + i * PHDR_SIZE;
        uint32_t off = get_le32(ph + 4), paddr = get_le32(ph + 12), size = get_le32(ph + 16);
        if (get_le32(ph) != PT_LOAD || size == 0)
            continue;
        if (!table_inside(r, off, size, 1))
            return refuse(r, ERR_FORMAT, "ELF segment %u (0x%08x) runs past the end of the file", i,
                          (unsigned)paddr);
        enum err e = put(r, paddr, r->file + off, size);
        if (e != ERR_OK)
            return e;
    }
    if (r->m->bytes == 0)
        return refuse(r, ERR_FORMAT, "the ELF file has nothing to load");
    return ERR_OK;
}

static void add_symbol(struct load_image *m, const uint8_t *sym)
{
    uint32_t name = get_le32(sym), value = get_le32(sym + 4), size = get_le32(sym + 8);
    unsigned type = sym[12] & 15u;
    uint16_t section = get_le16(sym + 14);
    bool named = name < m->text_size && m->text[name] != '\0' && m->text[name] != '$';
    /* An absolute symbol is a number: a size, an offset, a setting of Zephyr's. A function is one all the same. */
    bool number = section == SHN_ABS && type != STT_FUNC;
    if (!named || section == SHN_UNDEF || (type != STT_FUNC && type != STT_OBJECT && type != 0))
        return;
    if (type == STT_FUNC)
        value &= ~1u; /* Thumb */
    m->symbols[m->symbol_count++] = (struct symbol){value, size, name, number};
}

/* A file with a damaged symbol table is loaded all the same, without names. */
static enum err load_symbols(const struct reader *r)
{
    uint32_t shoff = get_le32(r->file + 32);
    uint16_t shentsize = get_le16(r->file + 46), shnum = get_le16(r->file + 48);
    if (shentsize != SHDR_SIZE || !table_inside(r, shoff, shnum, SHDR_SIZE))
        return ERR_OK;
    for (unsigned i = 0; i < shnum; i++) {
        const uint8_t *sh = r->file + shoff + i * SHDR_SIZE;
        uint32_t off = get_le32(sh + 16), size = get_le32(sh + 20), link = get_le32(sh + 24);
        if (get_le32(sh + 4) != SHT_SYMTAB)
            continue;
        if (link >= shnum || !table_inside(r, off, size, 1))
            return ERR_OK;
        const uint8_t *str = r->file + shoff + link * SHDR_SIZE;
        uint32_t str_off = get_le32(str + 16), str_size = get_le32(str + 20);
        if (!table_inside(r, str_off, str_size, 1) || str_size == 0 ||
            r->file[str_off + str_size - 1] != '\0')
            return ERR_OK;
        r->m->text = (const char *)r->file + str_off;
        r->m->text_size = str_size;
        r->m->symbols = calloc(size / SYM_SIZE + 1, sizeof *r->m->symbols);
        if (r->m->symbols == NULL)
            return refuse(r, ERR_NOMEM, "not enough memory for the symbols");
        for (uint32_t k = 0; k < size / SYM_SIZE; k++)
            add_symbol(r->m, r->file + off + k * SYM_SIZE);
        return ERR_OK;
    }
    return ERR_OK;
}

static enum err load_elf(const struct reader *r)
{
    static const uint8_t ident[6] = {0x7f, 'E', 'L', 'F', 1, 1};
    if (r->len < EHDR_SIZE || memcmp(r->file, ident, sizeof ident) != 0)
        return refuse(r, ERR_FORMAT, "not a 32-bit little-endian ELF file");
    if (get_le16(r->file + 18) != EM_ARM)
        return refuse(r, ERR_FORMAT, "an ELF file for another processor (machine %u, not Arm)",
                      get_le16(r->file + 18));
    if (get_le16(r->file + 16) != ET_EXEC)
        return refuse(r, ERR_FORMAT, "an ELF file that is not an executable (type %u)",
                      get_le16(r->file + 16));
    enum err e = load_segments(r);
    return e == ERR_OK ? load_symbols(r) : e;
}

/* ---- Intel HEX ---- */

#define HEX_RECORD_MAX (5 + 255)

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* One line, from behind its colon, into record. */
static enum err hex_line(const struct reader *r, size_t *pos, unsigned line, uint8_t *record)
{
    unsigned n = 0, sum = 0, want = 5;
    for (; n < want; n++) {
        int high = *pos < r->len ? hex_digit(r->file[*pos]) : -1;
        int low = *pos + 1 < r->len ? hex_digit(r->file[*pos + 1]) : -1;
        if (high < 0 || low < 0)
            return refuse(r, ERR_FORMAT, "HEX line %u is too short or has no hex digit at byte %u",
                          line, n);
        record[n] = (uint8_t)(high << 4 | low);
        sum += record[n];
        *pos += 2;
        if (n == 0)
            want = 5u + record[0];
    }
    if ((sum & 0xff) != 0)
        return refuse(r, ERR_FORMAT, "HEX line %u has a wrong checksum", line);
    return ERR_OK;
}

static enum err hex_record(const struct reader *r, unsigned line, const uint8_t *record,
                           uint32_t *upper, bool *end)
{
    static const uint8_t lengths[6] = {0, 0, 2, 4, 2, 4}; /* of types 1..5 */
    unsigned len = record[0], type = record[3];
    if (type > 5)
        return refuse(r, ERR_FORMAT, "HEX line %u has the unknown record type %u", line, type);
    if (type != 0 && len != lengths[type])
        return refuse(r, ERR_FORMAT, "HEX line %u: %u bytes in a record of type %u", line, len,
                      type);
    if (type == 0)
        return put(r, *upper + get_be16(record + 1), record + 4, len);
    if (type == 1)
        *end = true;
    if (type == 2)
        *upper = (uint32_t)get_be16(record + 4) << 4;
    if (type == 4)
        *upper = (uint32_t)get_be16(record + 4) << 16;
    return ERR_OK; /* 3 and 5 name a start address, which the vector table has too */
}

static enum err load_hex(const struct reader *r)
{
    uint8_t record[HEX_RECORD_MAX];
    uint32_t upper = 0;
    unsigned line = 1;
    bool end = false;
    for (size_t pos = 0; pos < r->len;) {
        uint8_t c = r->file[pos++];
        line += c == '\n';
        if (c == '\n' || c == '\r')
            continue;
        if (c != ':')
            return refuse(r, ERR_FORMAT, "HEX line %u does not begin with a colon", line);
        if (end)
            return refuse(r, ERR_FORMAT, "HEX line %u comes after the end record", line);
        enum err e = hex_line(r, &pos, line, record);
        if (e == ERR_OK)
            e = hex_record(r, line, record, &upper, &end);
        if (e != ERR_OK)
            return e;
    }
    if (!end)
        return refuse(r, ERR_FORMAT, "the HEX file has no end record: it is cut short");
    if (r->m->bytes == 0)
        return refuse(r, ERR_FORMAT, "the HEX file has no data");
    return ERR_OK;
}

/* ---- */

static bool ends_in(const char *path, const char *tail)
{
    size_t n = strlen(path), t = strlen(tail);
    return n >= t && strcasecmp(path + n - t, tail) == 0;
}

/* ":" and the eight digits that every record has. A raw program would have its stack in no RAM. */
static bool begins_like_hex(const uint8_t *file, size_t len)
{
    bool like = len > 9 && file[0] == ':';
    for (size_t i = 1; like && i <= 8; i++)
        like = hex_digit(file[i]) >= 0;
    return like;
}

enum load_format load_format_of(const char *path, const uint8_t *file, size_t len)
{
    if (ends_in(path, ".hex") || ends_in(path, ".ihex") ||
        (!ends_in(path, ".bin") && begins_like_hex(file, len)))
        return LOAD_HEX;
    if (ends_in(path, ".elf") || (!ends_in(path, ".bin") && len >= 4 &&
                                  memcmp(file,
                                         "\x7f"
                                         "ELF",
                                         4) == 0))
        return LOAD_ELF;
    return LOAD_BIN;
}

enum err load_parse(struct load_image *m, enum load_format format, const uint8_t *file, size_t len,
                    uint32_t at, char *err_msg, size_t cap)
{
    const struct reader r = {m, file, len, err_msg, cap};
    err_msg[0] = '\0';
    switch (format) {
    case LOAD_ELF:
        return load_elf(&r);
    case LOAD_HEX:
        return load_hex(&r);
    case LOAD_BIN:
        if (len == 0)
            return refuse(&r, ERR_FORMAT, "the file is empty");
        return put(&r, at, file, len);
    }
    return ERR_FORMAT;
}

/* ---- the part that it is for ---- */

#define MCUBOOT_MAGIC 0x96f3b83du
#define HEADER_SIZE   8 /* offset of the 16 bits in an MCUboot header */

static bool mark_at(const struct load_image *m, uint32_t off, char *name)
{
    return off <= m->part->size - (SOC_MARK_AT + SOC_MARK_SIZE) &&
           soc_mark_name(m->data + off, name);
}

/* A program begins where a sector does, with its vectors or with MCUboot's header before them. */
bool load_part(const struct load_image *m, const char *other, char *name)
{
    for (uint32_t off = 0; off < m->part->size; off += m->part->sector) {
        uint32_t vectors = off;
        if (get_le32(m->data + off) == MCUBOOT_MAGIC)
            vectors += get_le16(m->data + off + HEADER_SIZE);
        if (mark_at(m, vectors, name) && (other == NULL || strcmp(name, other) != 0))
            return true;
    }
    return false;
}
