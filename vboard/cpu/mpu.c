/* mpu.c - the memory protection unit (PMSAv7): registers, and access rights by address. [ARMv7-M ARM, B3.5] */
#include "vboard/cpu/core.h"

enum { TYPE = 0x0, CTRL = 0x4, RNR = 0x8, RBAR = 0xc, RASR = 0x10, LAST_ALIAS = 0x28 };
enum { CTRL_ENABLE = 1, CTRL_HFNMIENA = 2, CTRL_PRIVDEFENA = 4 };
#define RASR_XN (1u << 28)

bool cpu_mpu_read(struct cpu *c, uint32_t offset, uint32_t *value)
{
    const struct cpu_mpu *m = &c->mpu;
    if (offset > LAST_ALIAS)
        return false;
    if (offset > RASR)
        offset = RBAR + (offset - RBAR) % 8; /* three aliases */
    switch (offset) {
    case TYPE:
        *value = CPU_MPU_REGIONS << 8;
        break;
    case CTRL:
        *value = m->ctrl;
        break;
    case RNR:
        *value = m->rnr;
        break;
    case RBAR:
        *value = (m->rbar[m->rnr] & ~31u) | m->rnr;
        break;
    default:
        *value = m->rasr[m->rnr];
        break;
    }
    return true;
}

/* Size of a region in bytes, 0 if it is disabled or smaller than the architecture allows. */
static uint64_t region_size(const struct cpu_mpu *m, unsigned i)
{
    unsigned field = bits(m->rasr[i], 5, 1);
    return (m->rasr[i] & 1) && field >= 4 ? (uint64_t)2 << field : 0;
}

/* Which regions are on, decoded ahead of the accesses: peripherals are polled millions of times. */
static void region_changed(struct cpu_mpu *m, unsigned i)
{
    uint64_t size = region_size(m, i);
    m->on = (uint16_t)((m->on & ~(1u << i)) | (uint32_t)(size != 0) << i);
    m->span[i] = (uint32_t)(size - 1);
    m->base[i] = m->rbar[i] & ~m->span[i];
}

static void write_rbar(struct cpu_mpu *m, uint32_t value)
{
    if (value & 16) /* VALID: the region number comes along */
        m->rnr = value & (CPU_MPU_REGIONS - 1);
    m->rbar[m->rnr] = value & ~31u;
}

bool cpu_mpu_write(struct cpu *c, uint32_t offset, uint32_t value)
{
    struct cpu_mpu *m = &c->mpu;
    if (offset > LAST_ALIAS)
        return false;
    if (offset > RASR)
        offset = RBAR + (offset - RBAR) % 8;
    switch (offset) {
    case TYPE:
        return true;
    case CTRL:
        m->ctrl = value & 7;
        break;
    case RNR:
        m->rnr = value & (CPU_MPU_REGIONS - 1);
        break;
    case RBAR:
        write_rbar(m, value);
        break;
    default:
        m->rasr[m->rnr] = value & 0x173fff3f;
        break;
    }
    region_changed(m, m->rnr);
    cpu_rights_changed(c);
    return true;
}

static bool region_has(const struct cpu_mpu *m, unsigned i, uint32_t addr)
{
    uint32_t span = m->span[i], off = addr - m->base[i];
    if (off > span)
        return false;
    if (span < 255 || bits(m->rasr[i], 15, 8) == 0)
        return true;
    return !(bits(m->rasr[i], 15, 8) >> (off / (span / 8 + 1)) & 1);
}

static bool is_off(const struct cpu *c)
{
    if (!(c->mpu.ctrl & CTRL_ENABLE))
        return true;
    /* priority below zero, without looking at those above */
    bool negative = c->faultmask || (c->sys_active & (1u << EXC_NMI | 1u << EXC_HARD)) != 0;
    return negative && !(c->mpu.ctrl & CTRL_HFNMIENA);
}

/* The map without MPU: peripherals, external devices and the system space are execute-never. */
static bool default_allows(uint32_t addr, enum mpu_want want)
{
    return want != MPU_EXECUTE || !(addr >> 29 == 2 || addr >> 29 >= 5);
}

/* Access permissions by RASR.AP, as bits: 1 read, 2 write. */
static bool permitted(uint32_t rasr, enum mpu_want want, bool privileged)
{
    static const uint8_t rights[8][2] = {{0, 0}, {0, 3}, {1, 3}, {3, 3},
                                         {0, 0}, {0, 1}, {1, 1}, {1, 1}}; /* [AP][privileged] */
    unsigned need = want == MPU_WRITE ? 2 : 1;
    if (want == MPU_EXECUTE && (rasr & RASR_XN))
        return false;
    return rights[bits(rasr, 26, 24)][privileged] & need;
}

bool cpu_mpu_allows(const struct cpu *c, uint32_t addr, enum mpu_want want, bool privileged)
{
    if (is_off(c))
        return default_allows(addr, want);
    if (want == MPU_EXECUTE && addr >= 0xe0000000u)
        return false;
    for (uint32_t on = c->mpu.on; on != 0;) { /* the highest region that matches decides */
        unsigned i = 31 - (unsigned)__builtin_clz(on);
        if (region_has(&c->mpu, i, addr))
            return permitted(c->mpu.rasr[i], want, privileged);
        on &= ~(1u << i);
    }
    return (c->mpu.ctrl & CTRL_PRIVDEFENA) && privileged && default_allows(addr, want);
}

void cpu_mpu_narrow(const struct cpu *c, uint32_t addr, uint32_t *base, uint32_t *size)
{
    uint64_t low = *base, high = low + *size;
    if (is_off(c))
        return;
    for (unsigned i = 0; i < CPU_MPU_REGIONS; i++) {
        uint64_t region = region_size(&c->mpu, i);
        if (region == 0)
            continue;
        uint64_t start = c->mpu.rbar[i] & ~(uint32_t)(region - 1);
        unsigned parts = region >= 256 ? 8 : 1;
        for (unsigned part = 0; part <= parts; part++) {
            uint64_t edge = start + region / parts * part;
            if (edge <= addr && edge > low)
                low = edge;
            if (edge > addr && edge < high)
                high = edge;
        }
    }
    *base = (uint32_t)low;
    *size = (uint32_t)(high - low);
}
