/* blocks.h - peripherals as tables of registers, and the state behind them.
 *
 * A row says what a register holds after reset and which bits a write can change. What is more than that is in
 * the two functions of its block: read may replace the value, write may replace what is kept. A register
 * without a row is not modelled: an access is reported. `slipway board registers` prints the tables. */
#ifndef VBOARD_SOC_H7_BLOCKS_H
#define VBOARD_SOC_H7_BLOCKS_H

#include "vboard/soc/h7/soc.h"

enum soc_kind {
    REG_LIVE,  /* modelled */
    REG_HOLD,  /* keeps what is written, without effect */
    REG_CONST, /* reads as reset */
};

struct soc_reg {
    const char *name;
    uint16_t off;
    uint8_t count; /* words in a row: R0..R31 */
    uint8_t kind;
    uint32_t reset, writable;
};

/* Ticks of a clock, exact: a change of clock or prescaler in the middle loses nothing. */
struct soc_count {
    uint64_t since;
    uint32_t hz, frac; /* frac: of a tick, in 1 / 10^9 */
    uint32_t pre;      /* ticks into the prescaler */
};
/* Whole ticks behind a prescaler of div since the last call. */
uint64_t soc_count_ticks(struct soc_count *c, uint32_t div, uint64_t now);
/* When n more of them will have passed; UINT64_MAX: never. */
uint64_t soc_count_after(const struct soc_count *c, uint32_t div, uint64_t n);

struct soc_tim {
    struct soc_count clock;
    uint32_t count, psc;  /* psc in use; the register is taken over at an update */
    uint32_t rounds_left; /* before the next update, of RCR */
};

struct soc_lptim {
    struct soc_count clock;
    uint32_t count;
    bool running, single;
};

struct soc_rtc {
    struct soc_count clock;
    uint64_t seconds;             /* from the first of January 2000 */
    uint8_t keys;                 /* of WPR, seen so far; 2: open */
    bool alarm_line, wakeup_line; /* to EXTI */
    struct soc_count wakeup;
    uint32_t wakeup_count; /* its ticks since the last wake-up */
};

struct soc_wwdg {
    struct soc_count clock;
    uint32_t count;
    bool bites;
};

struct soc_dma {
    uint64_t end[8]; /* memory to memory: when the stream is done; 0: idle */
    uint32_t status[8];
    uint16_t total[8]; /* NDTR at the start */
    uint8_t asked;     /* bits of streams that wait for requests of a peripheral */
    uint64_t
        again; /* when to look at them again, as a request did not end; 0: when something happens */
};

struct soc_hash {
    uint64_t busy_until; /* 0: idle */
    uint64_t loads_from; /* the next block is loaded no earlier */
    uint32_t latched;    /* of CR, at INIT */
    bool open, closed;   /* INIT since the reset; DCAL since INIT */
};

#define SOC_HELD      1600
#define SOC_IRQ_WORDS ((SOC_INTERRUPTS_MAX + 31) / 32)
#define SOC_TIMS      14
#define SOC_LPTIMS    5

/* All peripherals that live in tables: a value without pointers. */
struct peripherals {
    uint32_t held[SOC_HELD];
    struct soc_tim tim[SOC_TIMS];
    struct soc_lptim lptim[SOC_LPTIMS];
    struct soc_rtc rtc;
    struct soc_dma dma[2];
    uint64_t rng;
    struct soc_wwdg wwdg;
    uint32_t crc;
    struct soc_hash hash;
    bool changed;                /* next and irq have to be found again */
    uint64_t next;               /* event */
    uint32_t irq[SOC_IRQ_WORDS]; /* levels of the interrupt lines */
};

struct soc_block;

/* One access. value: what a read gives, or what a write keeps. */
struct soc_call {
    struct peripherals *soc;
    const struct soc_env *env;
    const struct soc_block *block;
    uint32_t off, index; /* index: of the register in its row */
    uint32_t *reg;       /* where it is kept */
    uint32_t written;    /* the whole word that the program wrote */
};

struct soc_block {
    const char *name;
    uint32_t base;
    uint16_t size;
    uint16_t enable_reg, reset_reg; /* of RCC; 0: always on, never reset by itself */
    uint8_t enable_bit, reset_bit;
    uint8_t unit;        /* which of several alike */
    bool words_only;     /* other accesses are bus errors */
    bool says_changed;   /* its write function sets soc.changed, if need be */
    bool survives_reset; /* the backup domain, the debug registers: all resets but power-on */
    uint8_t reg_count;
    uint16_t at; /* its first word in soc.held */
    const struct soc_reg *regs;
    enum h7_answer (*read)(const struct soc_call *c, uint32_t *value);
    enum h7_answer (*write)(const struct soc_call *c, uint32_t *value);
    void (*was_reset)(struct peripherals *s, const struct soc_block *b);
};

/* The block at addr, or NULL. */
const struct soc_block *soc_find(uint32_t addr);
/* All of them, by number, or NULL. Those of which there are several stand in a row from these on. */
enum { SOC_BLOCK_TIM, SOC_BLOCK_LPTIM = SOC_TIMS, SOC_BLOCK_DMA = SOC_BLOCK_LPTIM + SOC_LPTIMS };
const struct soc_block *soc_block(unsigned i);
/* What block b keeps of the register at off; it has one. */
uint32_t *soc_word(struct peripherals *s, const struct soc_block *b, uint32_t off);

void soc_reset(struct peripherals *s, bool power_on);
void soc_reset_block(struct peripherals *s, const struct soc_block *b);
/* An RCC reset register was written: blocks whose bit is set are reset. */
void soc_rcc_reset(struct peripherals *s, uint32_t rcc_off, uint32_t bits);
enum h7_answer soc_read(struct peripherals *s, const struct soc_env *env, const struct soc_block *b,
                        uint32_t off, uint32_t *value);
enum h7_answer soc_write(struct peripherals *s, const struct soc_env *env,
                         const struct soc_block *b, uint32_t off, uint32_t value);
/* The next moment at which something happens by itself, and the interrupt lines. */
uint64_t soc_next_event(struct peripherals *s);
void soc_advance(struct peripherals *s, const struct soc_env *env);
/* Do streams wait for requests? Then let those move that are asked, at env->now. */
bool soc_dma_waits(const struct peripherals *s);
void soc_dma_serve(struct peripherals *s, const struct soc_env *env);
/* Clocks have changed: counters go on from where they are. */
void soc_clocks(struct peripherals *s, const struct soc_env *env);
/* A pin of a GPIO port has changed its level. */
void soc_edge(struct peripherals *s, uint32_t exticr, unsigned port, unsigned pin, bool level);

#endif
