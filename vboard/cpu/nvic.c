/* nvic.c - the interrupt lines: enable, pending, active, priority. [PM0253, 4.2] */
#include "vboard/cpu/core.h"

static uint32_t line_mask(const struct cpu *c, unsigned word)
{
    unsigned left = c->bus.irqs > 32 * word ? c->bus.irqs - 32 * word : 0;
    return left >= 32 ? 0xffffffff : (1u << left) - 1;
}

void cpu_irq(struct cpu *c, unsigned irq, bool level)
{
    if (irq >= c->bus.irqs)
        return;
    uint32_t bit = 1u << (irq % 32), *word = &c->irq_level[irq / 32];
    bool rises = level && !(*word & bit);
    *word = level ? *word | bit : *word & ~bit;
    if (rises)
        cpu_pend(c, EXC_IRQ0 + irq);
}

void cpu_nvic_reassert(struct cpu *c, unsigned irq)
{
    if (c->irq_level[irq / 32] >> (irq % 32) & 1)
        cpu_pend(c, EXC_IRQ0 + irq);
}

static uint32_t read_priorities(const struct cpu *c, uint32_t offset)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < 4 && offset + i < c->bus.irqs; i++)
        v |= (uint32_t)c->irq_prio[offset + i] << 8 * i;
    return v;
}

/* The upper four bits of each byte are there. */
static void write_priorities(struct cpu *c, uint32_t offset, uint32_t value, uint32_t byte_mask)
{
    for (unsigned i = 0; i < 4 && offset + i < c->bus.irqs; i++) {
        if (byte_mask >> 8 * i & 1)
            c->irq_prio[offset + i] = value >> 8 * i & 0xf0;
    }
    cpu_look(c);
}

enum bank { ISER, ICER, ISPR, ICPR, IABR };

static void write_bank(struct cpu *c, enum bank bank, unsigned word, uint32_t value)
{
    value &= line_mask(c, word);
    switch (bank) {
    case ISER:
        c->irq_enabled[word] |= value;
        break;
    case ICER:
        c->irq_enabled[word] &= ~value;
        break;
    case ISPR:
        for (unsigned i = 0; i < 32; i++) {
            if (value >> i & 1)
                cpu_pend(c, EXC_IRQ0 + 32 * word + i);
        }
        break;
    case ICPR: /* a line that is still high stays pending */
        c->irq_pending[word] &= ~value | c->irq_level[word];
        break;
    case IABR: /* read only */
        break;
    }
    cpu_look(c);
}

/* offset from 0xE000E100 */
static bool locate(uint32_t offset, enum bank *bank, unsigned *word)
{
    *bank = (enum bank)(offset / 0x80);
    *word = offset % 0x80 / 4;
    return offset < 0x280 && *word < 16;
}

bool cpu_nvic_read(struct cpu *c, uint32_t offset, uint32_t *value)
{
    enum bank bank;
    unsigned word;
    if (offset >= 0x300 && offset < 0x300 + 240) {
        *value = read_priorities(c, offset - 0x300);
        return true;
    }
    if (!locate(offset, &bank, &word))
        return false;
    if (word >= CPU_IRQ_WORDS) { /* lines that this part does not have read as zero */
        *value = 0;
        return true;
    }
    const uint32_t *const banks[] = {c->irq_enabled, c->irq_enabled, c->irq_pending, c->irq_pending,
                                     c->irq_active};
    *value = banks[bank][word];
    return true;
}

bool cpu_nvic_write(struct cpu *c, uint32_t offset, uint32_t value, uint32_t byte_mask)
{
    enum bank bank;
    unsigned word;
    if (offset >= 0x300 && offset < 0x300 + 240) {
        write_priorities(c, offset - 0x300, value, byte_mask);
        return true;
    }
    if (!locate(offset, &bank, &word))
        return false;
    if (word < CPU_IRQ_WORDS)
        write_bank(c, bank, word, value & byte_mask);
    return true;
}
