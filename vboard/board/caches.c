/* What the core's caches and MPU mean for flash: is the D-cache on for an address, does the core speculate. */
#include "vboard/board/inside.h"

#define CCR_DC       (1u << 16)
#define RASR_XN      (1u << 28)
#define RASR_TEX_C_B 0x003b0000u

/* RASR of the MPU region that decides about addr; 0: the default map. */
static uint32_t region_of(const struct cpu *c, uint32_t addr)
{
    if ((c->mpu.ctrl & 1) == 0)
        return 0;
    for (unsigned i = CPU_MPU_REGIONS; i-- > 0;) {
        uint32_t rasr = c->mpu.rasr[i], field = rasr >> 1 & 31;
        uint64_t size = (uint64_t)2 << field;
        uint32_t base = c->mpu.rbar[i] & ~(uint32_t)(size - 1);
        if ((rasr & 1) == 0 || field < 4 || addr - base > (uint32_t)(size - 1))
            continue;
        unsigned part = (unsigned)((uint64_t)(addr - base) * 8 / size);
        if (size < 256 || (rasr >> (8 + part) & 1) == 0)
            return rasr;
    }
    return 0;
}

/* TEX, C, B: Normal memory with a cacheable inner policy. [ARMv7-M ARM, B3.5.9] */
static bool cacheable(uint32_t rasr)
{
    uint32_t tex = rasr >> 19 & 7, cb = rasr >> 16 & 3;
    if ((rasr & 1) == 0)
        return true; /* the default map: write-through */
    if (tex >= 4)
        return cb != 0;
    return tex == 0 ? cb >= 2 : tex == 1 && cb == 3;
}

static bool guarded(const struct cpu *c)
{
    uint32_t rasr = region_of(c, SYSTEM_FLASH_REGION);
    if ((rasr & 1) == 0)
        return false;
    return (rasr & RASR_XN) != 0 || (rasr & RASR_TEX_C_B) == 0;
}

void caches_look(struct vboard *v, uint32_t addr)
{
    const struct cpu *c = &v->s.cpu;
    v->s.flash.dcache.on = (c->ccr & CCR_DC) != 0 && cacheable(region_of(c, addr));
    v->s.flash.speculation = v->config.speculation && !guarded(c);
}

/* By address while the cache is off: boards have been seen to fault. By set and way is how start-up code does it. */
void caches_maintain(void *ctx, uint32_t addr, uint32_t value)
{
    struct vboard *v = ctx;
    bool by_address =
        addr == 0xe000ef5c || addr == 0xe000ef64 || addr == 0xe000ef68 || addr == 0xe000ef70;
    if (by_address && (v->s.cpu.ccr & CCR_DC) == 0)
        board_lint(v, "M14", addr, "PM0253 cache maintenance",
                   "D-cache maintenance by address while the D-cache is off");
    h7_dcache_maintain(&v->s.flash.dcache, &v->soc->flash, addr, value);
}
