/* Memory, flash and points for GDB. */
#include <string.h>

#include "vboard/debug/gdb_inside.h"

#define FLASH_BASE 0x08000000u
#define FLASH_SIZE 0x200000u
#define SECTOR     0x20000u

/* GDB touches nothing outside; it loads into flash with vFlash packets and uses hardware breakpoints there. */
#define XML_RAM(start, length) "<memory type=\"ram\" start=\"" start "\" length=\"" length "\"/>"
const char gdb_memory_map[] =
    "<?xml version=\"1.0\"?><!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map "
    "V1.0//EN\" "
    "\"http://sourceware.org/gdb/gdb-memory-map.dtd\"><memory-map>" XML_RAM("0x00000000",
                                                                            "0x10000") /* ITCM */
    "<memory type=\"flash\" start=\"0x08000000\" length=\"0x200000\">"
    "<property name=\"blocksize\">0x20000</property></memory>"
    "<memory type=\"rom\" start=\"0x1ff00000\" length=\"0x20000\"/>" XML_RAM("0x20000000",
                                                                             "0x20000") /* DTCM */
    XML_RAM("0x24000000", "0x80000")    /* AXI SRAM */
    XML_RAM("0x30000000", "0x48000")    /* SRAM1..3 */
    XML_RAM("0x38000000", "0x10000")    /* SRAM4 */
    XML_RAM("0x38800000", "0x1000")     /* backup SRAM */
    XML_RAM("0x40000000", "0x20000000") /* peripherals */
    XML_RAM("0xe0000000", "0x100000")   /* the core's own */
    "</memory-map>";

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

static bool in_flash(uint32_t addr, uint32_t len)
{
    return addr - FLASH_BASE <= FLASH_SIZE && len <= FLASH_SIZE - (addr - FLASH_BASE);
}

void gdb_flash_erase(struct gdb *g, struct gdb_text t)
{
    uint8_t erased[1024];
    uint32_t addr, len;
    if (!take_range(&t, &addr, &len) || !in_flash(addr, len) || addr % SECTOR != 0 ||
        len % SECTOR != 0) {
        gdb_answer(g, "E.memtype");
        return;
    }
    memset(erased, 0xff, sizeof erased);
    for (uint32_t done = 0; done < len; done += sizeof erased)
        vboard_flash_poke(g->board, addr - FLASH_BASE + done, erased, sizeof erased);
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
    if (!in_flash(addr, (uint32_t)n)) {
        gdb_answer(g, "E.memtype");
        return;
    }
    vboard_flash_poke(g->board, addr - FLASH_BASE, bytes, n);
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
