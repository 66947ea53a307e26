/* Memory, flash and points for GDB. */
#include <stdio.h>
#include <string.h>

#include "core/soc/soc.h"
#include "core/soc/stm32h7.h"
#include "vboard/debug/gdb_inside.h"

/* GDB touches nothing outside; it loads into flash with vFlash packets and uses hardware breakpoints there. */
static void add_region(char *map, const char *type, uint32_t base, uint32_t size, const char *more)
{
    size_t n = strlen(map);
    if (size != 0)
        snprintf(map + n, GDB_MAP - n,
                 "<memory type=\"%s\" start=\"0x%08x\" length=\"0x%x\">%s</memory>", type,
                 (unsigned)base, (unsigned)size, more);
}

void gdb_memory_map(const struct gdb *g, char map[GDB_MAP])
{
    const struct soc *soc = vboard_soc(g->board);
    char block[60];
    snprintf(
        map, GDB_MAP, "%s",
        "<?xml version=\"1.0\"?><!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map "
        "V1.0//EN\" \"http://sourceware.org/gdb/gdb-memory-map.dtd\"><memory-map>");
    snprintf(block, sizeof block, "<property name=\"blocksize\">0x%x</property>",
             (unsigned)soc->flash.sector);
    add_region(map, "flash", soc->flash.base, soc->flash.size, block);
    add_region(map, "rom", soc->system_flash.base, soc->system_flash.size, "");
    for (unsigned i = 0; i < SOC_RAMS; i++)
        add_region(map, "ram", soc->ram[i].base, soc->ram[i].size, "");
    add_region(map, "ram", PERIPH_BASE, PERIPH_SIZE, "");
    add_region(map, "ram", 0xe0000000, 0x100000, ""); /* the core's own */
    snprintf(map + strlen(map), GDB_MAP - strlen(map), "</memory-map>");
}

static bool take_range(struct gdb_text *t, uint32_t *addr, uint32_t *len)
{
    return gdb_take_hex(t, addr) && gdb_take(t, ',') && gdb_take_hex(t, len);
}

/* A shorter answer than asked for says where memory ends. */
void gdb_read_memory(struct gdb *g, struct gdb_text t)
{
    uint8_t bytes[GDB_PACKET / 2 - 8];
    uint32_t addr, len;
    if (!take_range(&t, &addr, &len)) {
        gdb_answer(g, "E01");
        return;
    }
    size_t n = vboard_read(g->board, addr, bytes, len < sizeof bytes ? len : sizeof bytes);
    if (n == 0 && len != 0) {
        gdb_answer(g, "E14"); /* EFAULT */
        return;
    }
    gdb_begin(g);
    gdb_add_hex(g, bytes, n);
    gdb_end(g);
}

static void write_bytes(struct gdb *g, uint32_t addr, const uint8_t *bytes, size_t len)
{
    gdb_answer(g, vboard_write(g->board, addr, bytes, len) == len ? "OK" : "E14");
}

void gdb_write_memory(struct gdb *g, struct gdb_text t)
{
    uint8_t bytes[GDB_PACKET / 2];
    uint32_t addr, len;
    bool good = take_range(&t, &addr, &len) && gdb_take(&t, ':') && len <= sizeof bytes &&
                gdb_take_bytes(&t, bytes, len) && t.at == t.end;
    if (good)
        write_bytes(g, addr, bytes, len);
    else
        gdb_answer(g, "E01");
}

/* Binary data: } escapes the next byte, which has bit 5 flipped. dst has room for all of t. */
static size_t unescape(struct gdb_text t, uint8_t *dst)
{
    size_t n = 0;
    for (; t.at != t.end; t.at++) {
        uint8_t c = (uint8_t)*t.at;
        if (c == '}' && t.at + 1 != t.end)
            c = (uint8_t)(*++t.at ^ 0x20);
        dst[n++] = c;
    }
    return n;
}

void gdb_write_binary(struct gdb *g, struct gdb_text t)
{
    uint8_t bytes[GDB_PACKET];
    uint32_t addr, len;
    bool good = take_range(&t, &addr, &len) && gdb_take(&t, ':');
    if (good && unescape(t, bytes) == len)
        write_bytes(g, addr, bytes, len);
    else
        gdb_answer(g, "E01");
}

/* ---- flash: behind the controller's back, as a flash loader in the probe's hands ---- */

static const struct soc_flash *flash_of(const struct gdb *g)
{
    return &vboard_soc(g->board)->flash;
}

static bool in_flash(const struct gdb *g, uint32_t addr, uint32_t len)
{
    uint32_t off = addr - flash_of(g)->base, size = flash_of(g)->size;
    return off <= size && len <= size - off;
}

void gdb_flash_erase(struct gdb *g, struct gdb_text t)
{
    uint8_t erased[1024];
    uint32_t addr, len, sector = flash_of(g)->sector;
    if (!take_range(&t, &addr, &len) || !in_flash(g, addr, len) || addr % sector != 0 ||
        len % sector != 0) {
        gdb_answer(g, "E.memtype");
        return;
    }
    memset(erased, 0xff, sizeof erased);
    for (uint32_t done = 0; done < len; done += sizeof erased)
        vboard_flash_poke(g->board, addr - flash_of(g)->base + done, erased, sizeof erased);
    gdb_answer(g, "OK");
}

void gdb_flash_write(struct gdb *g, struct gdb_text t)
{
    uint8_t bytes[GDB_PACKET];
    uint32_t addr;
    if (!gdb_take_hex(&t, &addr) || !gdb_take(&t, ':')) {
        gdb_answer(g, "E01");
        return;
    }
    size_t n = unescape(t, bytes);
    if (!in_flash(g, addr, (uint32_t)n)) {
        gdb_answer(g, "E.memtype");
        return;
    }
    vboard_flash_poke(g->board, addr - flash_of(g)->base, bytes, n);
    gdb_answer(g, "OK");
}

void gdb_flash_done(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_answer(g, "OK");
}

/* ---- points ---- */

static bool take_point(struct gdb_text *t, enum vboard_point *kind, uint32_t *addr, uint32_t *len)
{
    static const enum vboard_point kinds[] = {VBOARD_POINT_CODE, VBOARD_POINT_CODE,
                                              VBOARD_POINT_WRITE, VBOARD_POINT_READ,
                                              VBOARD_POINT_ACCESS};
    uint32_t type;
    if (!gdb_take_hex(t, &type) || type >= ARRAY_LEN(kinds) || !gdb_take(t, ','))
        return false;
    *kind = kinds[type];
    return take_range(t, addr, len);
}

/* GDB may say it twice when an answer was lost: one point is enough. */
void gdb_point_add(struct gdb *g, struct gdb_text t)
{
    enum vboard_point kind;
    uint32_t addr, len;
    if (!take_point(&t, &kind, &addr, &len)) {
        gdb_answer(g, "E01");
        return;
    }
    (void)vboard_point_remove(g->board, kind, addr, len);
    gdb_answer(g, vboard_point_add(g->board, kind, addr, len) ? "OK" : "E0c");
}

void gdb_point_remove(struct gdb *g, struct gdb_text t)
{
    enum vboard_point kind;
    uint32_t addr, len;
    if (!take_point(&t, &kind, &addr, &len)) {
        gdb_answer(g, "E01");
        return;
    }
    (void)vboard_point_remove(g->board, kind, addr, len);
    gdb_answer(g, "OK");
}
