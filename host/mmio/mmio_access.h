/* The host's half of core/base/mmio.h: every access is a call on the attached bus. */
#ifndef HOST_MMIO_MMIO_ACCESS_H
#define HOST_MMIO_MMIO_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mmio_bus {
    void *ctx;
    uint32_t (*read)(void *ctx, uintptr_t addr, unsigned size); /* size 1, 2 or 4 bytes */
    void (*write)(void *ctx, uintptr_t addr, unsigned size, uint32_t value);
    void (*dsb)(void *ctx);
    bool (*copy_tolerant)(void *ctx, void *dst, uintptr_t src, size_t len);
};

/* Attach the bus that this thread's drivers talk to; NULL detaches. An access without a bus
 * aborts the program: a test forgot to attach its model. */
void mmio_attach(const struct mmio_bus *bus);
const struct mmio_bus *mmio_attached(void);

static inline uint32_t mmio_read32(uintptr_t addr)
{
    const struct mmio_bus *b = mmio_attached();
    return b->read(b->ctx, addr, 4);
}

static inline uint16_t mmio_read16(uintptr_t addr)
{
    const struct mmio_bus *b = mmio_attached();
    return (uint16_t)b->read(b->ctx, addr, 2);
}

static inline uint8_t mmio_read8(uintptr_t addr)
{
    const struct mmio_bus *b = mmio_attached();
    return (uint8_t)b->read(b->ctx, addr, 1);
}

static inline void mmio_write32(uintptr_t addr, uint32_t value)
{
    const struct mmio_bus *b = mmio_attached();
    b->write(b->ctx, addr, 4, value);
}

static inline void mmio_write8(uintptr_t addr, uint8_t value)
{
    const struct mmio_bus *b = mmio_attached();
    b->write(b->ctx, addr, 1, value);
}

static inline void mmio_dsb(void)
{
    const struct mmio_bus *b = mmio_attached();
    b->dsb(b->ctx);
}

static inline void mmio_isb(void)
{
}

static inline bool mmio_copy_tolerant(void *dst, uintptr_t src, size_t len)
{
    const struct mmio_bus *b = mmio_attached();
    return b->copy_tolerant(b->ctx, dst, src, len);
}

#endif
