/* memory.c - the slow half of the way to memory: windows, pages of decoded instructions, the bus, the faults. */
#include <stdlib.h>

#include "vboard/cpu/core.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "windows are read in host byte order");

/* ---- cache ---- */

struct cpu_cache *cpu_cache_new(void)
{
    struct cpu_cache *caches = calloc(CACHE_VIEWS, sizeof *caches);
    if (caches == NULL)
        return NULL;
    for (unsigned view = 0; view < CACHE_VIEWS; view++) {
        for (size_t i = 0; i <= PAGE_COUNT; i++)
            caches[view].base[i] = NO_PAGE;
        caches[view].code_low = 0xffffffff;
    }
    return caches;
}

void cpu_cache_free(struct cpu_cache *cache)
{
    free(cache);
}

static bool overlaps(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
    return a - b < b_size || b - a < a_size;
}

static void drop_windows(struct window *w, uint32_t base, uint32_t size)
{
    for (size_t i = 0; i < WINDOWS; i++) {
        if (size == 0 || overlaps(w[i].base, w[i].span, base, size))
            w[i].span = 0;
    }
}

void cpu_cache_forget_windows(struct cpu_cache *cache)
{
    for (unsigned view = 0; view < CACHE_VIEWS; view++)
        drop_windows(cache[view].wr, 0, 0);
}

static void invalidate(struct cpu_cache *cache, uint32_t base, uint32_t size)
{
    drop_windows(cache->rd, base, size);
    drop_windows(cache->wr, base, size);
    if (size == 0) {
        memset(cache->key, 0, sizeof cache->key);
        return;
    }
    uint32_t first = base / PAGE_SIZE, count = (base + size - 1) / PAGE_SIZE - first + 1;
    for (uint32_t i = 0; i < count && i < PAGE_COUNT; i++)
        cache->key[page_slot((first + i) * PAGE_SIZE)] = 0;
}

void cpu_invalidate(struct cpu *c, uint32_t base, uint32_t size)
{
    for (unsigned view = 0; view < CACHE_VIEWS; view++)
        invalidate(&c->caches[view], base, size);
    cpu_look(c);
}

void cpu_rights_changed(struct cpu *c)
{
    cpu_invalidate(c, 0, 0);
}

void cpu_set_rights(struct cpu *c, uint8_t rights)
{
    const uint8_t before = c->rights;
    c->cache = &c->caches[c->cache == c->caches];
    if (c->other_rights != rights)
        invalidate(c->cache, 0, 0);
    c->rights = rights;
    c->other_rights = before;
    cpu_look(c);
}

/* A store into a window that holds decoded instructions. The page is compared with memory before it is used
 * again; the running instruction stream looks at once. */
void cpu_code_written(struct cpu *c, uint32_t addr)
{
    for (uint32_t a = addr & ~3u, n = 0; n < 2 * CACHE_VIEWS; n++) {
        struct cpu_cache *cache = &c->caches[n % CACHE_VIEWS];
        uint32_t at = a + 4 * (n / CACHE_VIEWS);
        if (cache->key[page_slot(at)] == page_key(at)) {
            cache->key[page_slot(at)] = 0;
            cpu_look(c);
        }
    }
}

/* ---- windows ---- */

static bool is_ppb(uint32_t addr)
{
    return addr >> 20 == 0xe00;
}

/* The part of the bus's window around addr in which the rights are the same. */
static uint8_t *ask_window(struct cpu *c, uint32_t addr, bool write, uint32_t *base, uint32_t *size)
{
    if (addr >= 0xe0000000u)
        return NULL;
    uint8_t *mem = write ? c->bus.write_window(c->bus.ctx, addr, base, size)
                         : c->bus.read_window(c->bus.ctx, addr, base, size);
    if (mem == NULL || ((*base | *size) & 3) || addr - *base >= *size)
        return NULL;
    uint32_t whole = *base;
    cpu_mpu_narrow(c, addr, base, size);
    if (c->watching && !cpu_watch_narrow(c, addr, base, size))
        return NULL;
    return mem + (*base - whole);
}

static struct window *fill(struct cpu *c, uint32_t addr, bool write)
{
    struct window *w = write ? &c->cache->wr[window_slot(addr)] : &c->cache->rd[window_slot(addr)];
    if (addr - w->base < w->span)
        return w;
    uint32_t base, size;
    uint8_t *mem = ask_window(c, addr, write, &base, &size);
    if (mem == NULL)
        return NULL;
    *w = (struct window){.base = base, .span = size, .mem = mem};
    if (c->cache->code_low < c->cache->code_high)
        w->code =
            overlaps(base, size, c->cache->code_low, c->cache->code_high - c->cache->code_low);
    return w;
}

/* ---- data ---- */

static void note_mem_fault(struct cpu *c, uint32_t addr, uint32_t status, unsigned how)
{
    if (how & ACCESS_LAZY) {
        cpu_lazy_fault(c, EXC_MEM, CFSR_MLSPERR);
        return;
    }
    if (how & ACCESS_STACK) {
        cpu_fault(c, EXC_MEM, status);
        return;
    }
    c->mmfar = addr;
    cpu_fault(c, EXC_MEM, CFSR_DACCVIOL | CFSR_MMARVALID);
}

/* Loads and stores that fail while the priority is negative and CCR.BFHFNMIGN is set count as done. */
static bool faults_ignored(const struct cpu *c)
{
    return (c->ccr & CCR_BFHFNMIGN) && cpu_execution_priority(c) < 0;
}

static bool bus_fault(struct cpu *c, uint32_t addr, uint32_t stack_status, unsigned how)
{
    if (how & ACCESS_VECTOR)
        return false;
    if (how & ACCESS_LAZY) {
        cpu_lazy_fault(c, EXC_BUS, CFSR_LSPERR);
        return false;
    }
    if (how & ACCESS_STACK) {
        cpu_fault(c, EXC_BUS, stack_status);
        return false;
    }
    c->bfar = addr;
    if (faults_ignored(c)) {
        c->cfsr |= CFSR_PRECISERR | CFSR_BFARVALID;
        return true;
    }
    cpu_fault(c, EXC_BUS, CFSR_PRECISERR | CFSR_BFARVALID);
    return false;
}

static bool bus_stop(struct cpu *c, uint32_t addr)
{
    c->fault_addr = addr;
    cpu_event(c, EVENT_BUS_STOP);
    return false;
}

static bool privileged_for(const struct cpu *c, unsigned how)
{
    return cpu_privileged(c) && !(how & ACCESS_USER);
}

static bool load_one(struct cpu *c, uint32_t addr, unsigned size, uint32_t *value, unsigned how)
{
    bool privileged = privileged_for(c, how);
    enum bus_result result;
    *value = 0;
    if (is_ppb(addr)) {
        result = privileged ? cpu_ppb_read(c, addr, size, value) : BUS_FAULT;
    } else if (!(how & ACCESS_VECTOR) && !cpu_mpu_allows(c, addr, MPU_READ, privileged)) {
        note_mem_fault(c, addr, CFSR_MUNSTKERR, how);
        return false;
    } else {
        const struct window *w = fill(c, addr, false);
        if (w != NULL) {
            memcpy(value, w->mem + (addr - w->base), size);
            return true;
        }
        result = c->bus.read(c->bus.ctx, addr, size, value);
    }
    if (result == BUS_FAULT)
        return bus_fault(c, addr, CFSR_UNSTKERR, how);
    return result == BUS_OK ? true : bus_stop(c, addr);
}

static bool store_one(struct cpu *c, uint32_t addr, unsigned size, uint32_t value, unsigned how)
{
    bool privileged = privileged_for(c, how);
    enum bus_result result;
    if (is_ppb(addr)) {
        bool open = privileged || (addr == CPU_STIR && (c->ccr & CCR_USERSETMPEND));
        result = open ? cpu_ppb_write(c, addr, size, value) : BUS_FAULT;
        if (result == BUS_FAULT) /* the PPB is strongly ordered: its errors are precise */
            return bus_fault(c, addr, CFSR_STKERR, how);
    } else if (!cpu_mpu_allows(c, addr, MPU_WRITE, privileged)) {
        note_mem_fault(c, addr, CFSR_MSTKERR, how);
        return false;
    } else {
        const struct window *w = fill(c, addr, true);
        if (w != NULL) {
            memcpy(w->mem + (addr - w->base), &value, size);
            if (w->code)
                cpu_code_written(c, addr);
            return true;
        }
        result = c->bus.write(c->bus.ctx, addr, size, value);
    }
    if (result == BUS_OK)
        return true;
    if (result == BUS_STOP)
        return bus_stop(c, addr);
    if (how & (ACCESS_STACK | ACCESS_LAZY))
        return bus_fault(c, addr, CFSR_STKERR, how);
    if (!faults_ignored(c))
        cpu_imprecise_fault(c, addr);
    return true; /* the store buffer has taken it; the error comes later */
}

/* Device and Strongly-ordered memory of the default map: no unaligned access. [ARMv7-M ARM B3.1] */
static bool is_device(uint32_t addr)
{
    return addr >> 29 == 2 || addr >> 29 >= 5;
}

static bool may_be_unaligned(struct cpu *c, uint32_t addr, unsigned how)
{
    if (!(how & ACCESS_ALIGNED) && !(c->ccr & CCR_UNALIGN_TRP) && !is_device(addr))
        return true;
    cpu_usage_fault(c, CFSR_UNALIGNED);
    return false;
}

bool cpu_load_slow(struct cpu *c, const struct cpu_op *op, uint32_t addr, unsigned size,
                   uint32_t *value, unsigned how)
{
    c->current = op;
    if (c->watching && !(how & ACCESS_VECTOR))
        cpu_watch_access(c, addr, size, false);
    if ((addr & (size - 1)) == 0)
        return load_one(c, addr, size, value, how);
    if (!may_be_unaligned(c, addr, how))
        return false;
    *value = 0;
    for (unsigned i = 0; i < size; i++) {
        uint32_t byte;
        if (!load_one(c, addr + i, 1, &byte, how))
            return false;
        *value |= (byte & 255) << 8 * i;
    }
    return true;
}

bool cpu_store_slow(struct cpu *c, const struct cpu_op *op, uint32_t addr, unsigned size,
                    uint32_t value, unsigned how)
{
    c->current = op;
    if (c->watching)
        cpu_watch_access(c, addr, size, true);
    if ((addr & (size - 1)) == 0)
        return store_one(c, addr, size, value, how);
    if (!may_be_unaligned(c, addr, how))
        return false;
    for (unsigned i = 0; i < size; i++) {
        if (!store_one(c, addr + i, 1, value >> 8 * i & 255, how))
            return false;
    }
    return true;
}

/* ---- instructions ---- */

/* Keep the ops whose halfwords are unchanged; a changed one also spoils a 32-bit op that begins before it. */
static void refresh(struct page *p, const uint8_t *mem)
{
    if (memcmp(p->source, mem, PAGE_SIZE) == 0)
        return;
    for (size_t i = 0; i < PAGE_OPS; i++) {
        if (memcmp(p->source + 2 * i, mem + 2 * i, 2) == 0)
            continue;
        p->ops[i].fn = cpu_op_decode;
        if (i > 0)
            p->ops[i - 1].fn = cpu_op_decode;
    }
    memcpy(p->source, mem, PAGE_SIZE);
}

static void claim(struct page *p, const uint8_t *mem)
{
    for (size_t i = 0; i < PAGE_OPS; i++)
        p->ops[i].fn = cpu_op_decode;
    p->ops[PAGE_OPS].fn = p->ops[PAGE_OPS + 1].fn = cpu_op_edge;
    memcpy(p->source, mem, PAGE_SIZE);
}

/* Stores must look from now on, if the page can be written at all. */
static void watch_stores(struct cpu *c, uint32_t base)
{
    struct cpu_cache *cache = c->cache;
    uint32_t window_base, size;
    uint32_t low = base < cache->code_low ? base : cache->code_low;
    uint32_t high = base + PAGE_SIZE > cache->code_high ? base + PAGE_SIZE : cache->code_high;
    if ((low == cache->code_low && high == cache->code_high) ||
        c->bus.write_window(c->bus.ctx, base, &window_base, &size) == NULL)
        return;
    for (unsigned view = 0; view < CACHE_VIEWS; view++) {
        c->caches[view].code_low = low;
        c->caches[view].code_high = high;
        drop_windows(c->caches[view].wr, 0, 0);
    }
}

static struct page *find_page(struct cpu *c, uint32_t addr)
{
    uint32_t base = addr & ~(PAGE_SIZE - 1), window_base, size;
    unsigned slot = page_slot(addr);
    struct page *p = &c->cache->pages[slot];
    if (c->cache->key[slot] == page_key(addr))
        return p;
    if (!cpu_mpu_allows(c, addr, MPU_EXECUTE, cpu_privileged(c)))
        return NULL;
    const uint8_t *mem = ask_window(c, addr, false, &window_base, &size);
    if (mem == NULL || base < window_base || base + PAGE_SIZE - window_base > size)
        return NULL;
    mem += base - window_base;
    if (c->cache->base[slot] == base)
        refresh(p, mem);
    else
        claim(p, mem);
    c->cache->base[slot] = base;
    c->cache->key[slot] = page_key(addr);
    watch_stores(c, base);
    return p;
}

static bool fetch_fault(struct cpu *c, enum bus_result result, uint32_t addr)
{
    if (result == BUS_STOP)
        return bus_stop(c, addr);
    cpu_fault(c, EXC_BUS, CFSR_IBUSERR);
    return false;
}

static bool fetch(struct cpu *c, uint32_t addr, uint16_t *half)
{
    uint32_t base, size;
    if (!cpu_mpu_allows(c, addr, MPU_EXECUTE, cpu_privileged(c))) {
        cpu_fault(c, EXC_MEM, CFSR_IACCVIOL);
        return false;
    }
    const uint8_t *mem = ask_window(c, addr, false, &base, &size);
    if (mem != NULL) {
        memcpy(half, mem + (addr - base), 2);
        return true;
    }
    enum bus_result result = c->bus.fetch(c->bus.ctx, addr, half);
    return result == BUS_OK ? true : fetch_fault(c, result, addr);
}

/* One instruction from memory without a window, or one that no page can hold. */
static const struct cpu_op *fetch_single(struct cpu *c)
{
    struct page *p = &c->cache->pages[PAGE_COUNT];
    uint16_t half[2];
    c->current = NULL;
    if (!fetch(c, c->pc, &half[0]))
        return NULL;
    bool wide = half[0] >= 0xe800;
    if (wide && !fetch(c, c->pc + 2, &half[1]))
        return NULL;
    struct cpu_decode in = {
        .word = wide ? (uint32_t)half[0] << 16 | half[1] : half[0],
        .pc = c->pc,
    };
    c->cache->base[PAGE_COUNT] = c->pc;
    cpu_decode_op(&in, &p->ops[0], wide ? 2 : 1);
    p->ops[1].fn = p->ops[2].fn = cpu_op_edge;
    return &p->ops[0];
}

const struct cpu_op *cpu_find(struct cpu *c)
{
    if (!c->thumb) {
        cpu_usage_fault(c, CFSR_INVSTATE);
        return NULL;
    }
    struct page *p = find_page(c, c->pc);
    if (p == NULL)
        return fetch_single(c);
    const struct cpu_op *op = &p->ops[(c->pc & (PAGE_SIZE - 1)) >> 1];
    return cpu_op_prepare(c, op) ? op : fetch_single(c);
}
