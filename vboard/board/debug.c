/* What debuggers do with a board that does not run: memory, break- and watchpoints, names. */
#include <string.h>

#include "core/base/bytes.h"
#include "vboard/board/inside.h"

/* Windows end at multiples of this around a point, so that the core still finds whole pages of instructions. */
#define POINT_PAGE 0x400u

/* ---- points ---- */

static bool is_ppb(uint32_t addr)
{
    return addr >= 0xe0000000u;
}

static struct point make(enum vboard_point kind, uint32_t addr, uint32_t len)
{
    if (kind == VBOARD_POINT_CODE)
        return (struct point){kind, addr & ~1u, addr | 1u};
    return (struct point){kind, addr, addr + (len - 1)};
}

bool vboard_point_add(struct vboard *v, enum vboard_point kind, uint32_t addr, uint32_t len)
{
    struct point p = make(kind, addr, len);
    if (v->point_count == VBOARD_POINTS || p.last < p.addr ||
        (len == 0 && kind != VBOARD_POINT_CODE))
        return false;
    if (kind != VBOARD_POINT_CODE && is_ppb(p.last))
        return false;
    v->points[v->point_count++] = p;
    cpu_invalidate(&v->s.cpu, 0, 0);
    return true;
}

bool vboard_point_remove(struct vboard *v, enum vboard_point kind, uint32_t addr, uint32_t len)
{
    struct point p = make(kind, addr, len);
    for (unsigned i = 0; i < v->point_count; i++) {
        const struct point *q = &v->points[i];
        if (q->kind != p.kind || q->addr != p.addr || q->last != p.last)
            continue;
        v->points[i] = v->points[--v->point_count];
        cpu_invalidate(&v->s.cpu, 0, 0);
        return true;
    }
    return false;
}

void vboard_points_clear(struct vboard *v)
{
    v->point_count = 0;
    v->break_at = 0;
    v->at_break = false;
    cpu_invalidate(&v->s.cpu, 0, 0);
}

void vboard_break_at(struct vboard *v, uint32_t addr)
{
    if (v->break_at != 0)
        (void)vboard_point_remove(v, VBOARD_POINT_CODE, v->break_at, 2);
    v->break_at = addr & ~1u;
    v->at_break = v->break_passed = false;
    if (v->break_at != 0)
        (void)vboard_point_add(v, VBOARD_POINT_CODE, v->break_at, 2);
}

/* Is the point in memory that the core accesses through windows, past the bus? Then it needs a hole in them. */
static bool hidden_by_window(const struct point *p, bool write)
{
    if (write)
        return p->kind == VBOARD_POINT_WRITE || p->kind == VBOARD_POINT_ACCESS;
    return p->kind != VBOARD_POINT_WRITE;
}

uint8_t *points_carve(const struct vboard *v, bool write, uint32_t addr, uint8_t *mem,
                      uint32_t *base, uint32_t *size)
{
    uint32_t first = *base, last = *base + (*size - 1);
    if (mem == NULL || v->point_count == 0)
        return mem;
    for (unsigned i = 0; i < v->point_count; i++) {
        const struct point *p = &v->points[i];
        uint32_t from = p->addr & ~(POINT_PAGE - 1), to = p->last | (POINT_PAGE - 1);
        if (!hidden_by_window(p, write) || to < first || from > last)
            continue;
        if (addr >= from && addr <= to)
            return NULL;
        if (addr < from)
            last = from - 1;
        else
            first = to + 1;
    }
    mem += first - *base;
    *base = first;
    *size = last - first + 1;
    return mem;
}

bool points_break(const struct vboard *v, uint32_t addr)
{
    for (unsigned i = 0; i < v->point_count; i++)
        if (v->points[i].kind == VBOARD_POINT_CODE && v->points[i].addr == addr)
            return true;
    return false;
}

static const struct point *watching(const struct vboard *v, uint32_t first, uint32_t last,
                                    bool write)
{
    enum vboard_point kind = write ? VBOARD_POINT_WRITE : VBOARD_POINT_READ;
    for (unsigned i = 0; i < v->point_count; i++) {
        const struct point *p = &v->points[i];
        if ((p->kind == kind || p->kind == VBOARD_POINT_ACCESS) && p->addr <= last &&
            p->last >= first)
            return p;
    }
    return NULL;
}

/* The run stops behind the instruction under way. */
static void hit(struct vboard *v, uint32_t addr)
{
    v->watch_hit = true;
    v->stop_addr = addr;
    cpu_request_stop(&v->s.cpu);
}

void points_look(struct vboard *v, uint32_t addr, unsigned size, bool write)
{
    char name[90];
    if (!v->in_run || v->watch_hit || (write && board_in_flash(v, addr)))
        return;
    const struct point *p = watching(v, addr, addr + (size - 1), write);
    if (p == NULL)
        return;
    uint32_t pc = cpu_reg(&v->s.cpu, 15);
    symbols_name(v->symbols, pc, name, sizeof name);
    board_note_stop(v, 0, "0x%08x was %s by 0x%08x%s%s", (unsigned)addr, write ? "written" : "read",
                    (unsigned)pc, name[0] != '\0' ? " " : "", name);
    hit(v, addr > p->addr ? addr : p->addr);
}

void points_flash(struct vboard *v, const struct h7_op *op)
{
    char name[90];
    uint32_t first = v->soc->flash.base + op->off;
    if (v->point_count == 0 || v->watch_hit)
        return;
    const struct point *p = watching(v, first, first + (op->len - 1), true);
    if (p == NULL)
        return;
    symbols_name(v->symbols, v->op_pc[op->bank], name, sizeof name);
    board_note_stop(v, 0, "flash at 0x%08x was %s, begun by 0x%08x%s%s", (unsigned)first,
                    op->kind == H7_OP_PROGRAM ? "programmed" : "erased",
                    (unsigned)v->op_pc[op->bank], name[0] != '\0' ? " " : "", name);
    hit(v, first > p->addr ? first : p->addr);
}

/* ---- memory ---- */

/* Registers are read on a copy, so that the board does not notice. */
static struct vboard *probe_of(struct vboard *v)
{
    const struct vboard_config quiet = {
        .timing = v->config.timing, .seed = v->config.seed, .board = v->wiring->name};
    if (v->probe == NULL)
        v->probe = vboard_new(&quiet);
    if (v->probe != NULL)
        vboard_copy(v->probe, v);
    return v->probe;
}

static unsigned access_size(uint32_t addr, size_t len)
{
    return addr % 4 == 0 && len >= 4 ? 4 : addr % 2 == 0 && len >= 2 ? 2 : 1;
}

static size_t read_registers(struct vboard *v, uint32_t addr, uint8_t *dst, size_t len)
{
    struct vboard *probe = probe_of(v);
    size_t done = 0;
    while (probe != NULL && done < len) {
        unsigned size = access_size(addr, len - done);
        uint32_t value = 0;
        bool there = is_ppb(addr) ? cpu_ppb_peek(&probe->s.cpu, addr, size, &value)
                                  : board_bus.read(probe, addr, size, &value) == BUS_OK;
        if (!there)
            break;
        for (unsigned i = 0; i < size; i++)
            dst[done++] = (uint8_t)(value >> 8 * i);
        addr += size;
    }
    return done;
}

/* One flash word at most: the next may be unreadable. */
static size_t read_flash(const struct vboard *v, uint32_t addr, uint8_t *dst, size_t len)
{
    size_t n = H7_WORD - addr % H7_WORD < len ? H7_WORD - addr % H7_WORD : len;
    return vboard_flash_peek(v, addr - v->soc->flash.base, dst, n) ? n : 0;
}

static size_t read_some(struct vboard *v, uint32_t addr, uint8_t *dst, size_t len)
{
    uint32_t base, size;
    if (board_in_flash(v, addr))
        return read_flash(v, addr, dst, len);
    const uint8_t *ram = board_ram(v, addr, &base, &size);
    if (ram == NULL) /* a block of registers at most: they are not contiguous with anything else */
        return read_registers(v, addr, dst, len < POINT_PAGE ? len : POINT_PAGE);
    size_t n = base + size - addr < len ? base + size - addr : len;
    memcpy(dst, ram + (addr - base), n);
    return n;
}

size_t vboard_read(struct vboard *v, uint32_t addr, void *dst, size_t len)
{
    uint8_t *to = dst;
    size_t done = 0;
    while (done < len) {
        size_t n = read_some(v, addr + (uint32_t)done, to + done, len - done);
        if (n == 0)
            break;
        done += n;
    }
    return done;
}

static bool write_one(struct vboard *v, uint32_t addr, unsigned size, uint32_t value)
{
    if (board_in_flash(v, addr))
        return false;
    if (is_ppb(addr))
        return cpu_ppb_poke(&v->s.cpu, addr, size, value);
    bool done = board_bus.write(v, addr, size, value) == BUS_OK;
    v->stop_text[0] = '\0'; /* a debugger's access is no reason to stop */
    return done;
}

size_t vboard_write(struct vboard *v, uint32_t addr, const void *src, size_t len)
{
    const uint8_t *from = src;
    size_t done = 0;
    while (done < len) {
        uint32_t at = addr + (uint32_t)done, value = 0;
        unsigned size = access_size(at, len - done);
        for (unsigned i = 0; i < size; i++)
            value |= (uint32_t)from[done + i] << 8 * i;
        if (!write_one(v, at, size, value))
            break;
        done += size;
    }
    if (done != 0)
        cpu_invalidate(&v->s.cpu, addr, (uint32_t)done); /* instructions, perhaps */
    return done;
}

/* ---- names ---- */

void vboard_symbol_at(const struct vboard *v, uint32_t addr, char *dst, size_t cap)
{
    symbols_name(v->symbols, addr, dst, cap);
}
