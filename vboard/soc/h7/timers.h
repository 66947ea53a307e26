/* timers.h - what block_access.c needs of the blocks that do something by themselves. */
#ifndef VBOARD_SOC_H7_TIMERS_H
#define VBOARD_SOC_H7_TIMERS_H

#include "vboard/soc/h7/blocks.h"

static inline void soc_irq(uint32_t *levels, unsigned line, bool on)
{
    levels[line / 32] |= (uint32_t)on << (line % 32);
}

/* Has the block its clock? */
static inline bool soc_clocked(const struct soc_env *env, const struct soc_block *b)
{
    return b->enable_reg == 0 || h7_rcc_on(env->rcc, b->enable_reg, b->enable_bit);
}

#define SOC_RW(name_)                                                       \
    enum h7_answer name_##_read(const struct soc_call *c, uint32_t *value); \
    enum h7_answer name_##_write(const struct soc_call *c, uint32_t *value)
SOC_RW(tim);
SOC_RW(lptim);
SOC_RW(rtc);
SOC_RW(wwdg);
SOC_RW(dma);
SOC_RW(dmamux);
SOC_RW(hsem);
SOC_RW(exti);
SOC_RW(rng);
SOC_RW(crc);
SOC_RW(eth);
SOC_RW(syscfg);
SOC_RW(hash);
#undef SOC_RW
enum h7_answer dbgmcu_read(const struct soc_call *c, uint32_t *value);

void tim_was_reset(struct peripherals *s, const struct soc_block *b);
uint64_t tim_next(struct peripherals *s, const struct soc_block *b);
void tim_advance(struct peripherals *s, const struct soc_block *b, uint64_t now);
void tim_clock(struct peripherals *s, const struct soc_env *env, const struct soc_block *b);
void tim_irqs(struct peripherals *s, const struct soc_block *b, uint32_t *levels);

void lptim_was_reset(struct peripherals *s, const struct soc_block *b);
uint64_t lptim_next(struct peripherals *s, const struct soc_block *b);
void lptim_advance(struct peripherals *s, const struct soc_block *b, uint64_t now);
void lptim_clock(struct peripherals *s, const struct soc_env *env, const struct soc_block *b);
bool lptim_irq(struct peripherals *s, const struct soc_block *b);

void rtc_clock(struct peripherals *s, const struct soc_env *env);
uint64_t rtc_next(struct peripherals *s);
void rtc_advance(struct peripherals *s, const struct soc_env *env);

void wwdg_was_reset(struct peripherals *s, const struct soc_block *b);
uint64_t wwdg_next(struct peripherals *s, const struct soc_block *b);
void wwdg_advance(struct peripherals *s, const struct soc_env *env, const struct soc_block *b);
void wwdg_clock(struct peripherals *s, const struct soc_env *env, const struct soc_block *b);
bool wwdg_irq(struct peripherals *s, const struct soc_block *b);

void hash_was_reset(struct peripherals *s, const struct soc_block *b);
uint64_t hash_next(struct peripherals *s, const struct soc_block *b);
void hash_advance(struct peripherals *s, const struct soc_block *b, uint64_t now);
bool hash_irq(struct peripherals *s, const struct soc_block *b);

uint64_t dma_next(struct peripherals *s, const struct soc_block *b);
void dma_advance(struct peripherals *s, const struct soc_env *env, const struct soc_block *b);
bool dma_irq(struct peripherals *s, const struct soc_block *b, unsigned stream);
bool dma_waits(const struct peripherals *s);
void dma_serve(struct peripherals *s, const struct soc_env *env, const struct soc_block *b);
void dma_was_reset(struct peripherals *s, const struct soc_block *b);

/* An input of EXTI that is no pin goes up. */
void exti_rise(struct peripherals *s, unsigned line);
void exti_irqs(struct peripherals *s, const struct soc_block *b, uint32_t *levels);
void crc_was_reset(struct peripherals *s, const struct soc_block *b);

#endif
