/* soc.h - the peripherals of the STM32H7 around core and flash, as values without pointers.
 *
 * Each block has reset, read and write; offsets are from its base and accesses are whole words. A read or
 * write of a register that the model does not know answers H7_UNMODELLED, and the run stops there. */
#ifndef VBOARD_SOC_H7_SOC_H
#define VBOARD_SOC_H7_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vboard/soc/h7/flash/flash.h" /* enum h7_answer */
#include "vboard/vboard.h"             /* struct vboard_line */

struct h7_rcc;

enum dma_answer { DMA_DONE, DMA_ERROR, DMA_WAIT /* the memory is busy: try again later */ };
enum dma_request { DMA_SILENT, DMA_REQUESTED, DMA_NO_SUCH_REQUEST };

/* What a block may know of its surroundings during a call. */
struct soc_env {
    const struct soc *soc;
    uint64_t now; /* ns */
    void *ctx;
    const struct h7_rcc *rcc;
    bool dbp;         /* PWR_CR1.DBP: the backup domain may be written */
    bool supplied;    /* PWR_CR3 was written since power-on */
    unsigned size;    /* of the access, in bytes */
    uint32_t defects; /* enum vboard_defect */
    enum vboard_timing timing;
    /* An access as DMA1 or DMA2 makes it. */
    enum dma_answer (*dma)(void *ctx, uint32_t addr, unsigned size, uint32_t *value, bool write);
    /* The bus holds the master of the access until then; NULL: it cannot. */
    void (*hold)(void *ctx, uint64_t until);
    /* The request line with this number at DMAMUX1; 0 is no line, and silent. */
    enum dma_request (*request)(void *ctx, unsigned id);
    /* rule: "USART1"; section: of the reference manual. A note is no rule broken. */
    void (*lint)(void *ctx, const char *rule, const char *section, const char *text);
    void (*note)(void *ctx, const char *text);
};

/* ---- RCC ---- */
#define RCC_WORDS 0x50 /* registers 0x00..0x13c */

struct h7_rcc {
    uint32_t reg[RCC_WORDS];
    uint32_t ready;   /* the ready bits of CR */
    uint64_t due[4];  /* when HSI and the three PLLs are ready; 0: nothing is under way */
    uint8_t sws;      /* the source of the system clock; CFGR.SW is what was asked for */
    uint32_t hse_hz;  /* of the board; no reset changes it */
    bool hse_crystal; /* otherwise it runs with HSEBYP only */
};

enum {
    RCC_CR = 0x00,
    RCC_CFGR = 0x10,
    RCC_D2CCIP2R = 0x54,
    RCC_BDCR = 0x70,
    RCC_CSR = 0x74,
    RCC_AHB3RSTR = 0x7c,
    RCC_AHB1RSTR = 0x80,
    RCC_AHB2RSTR = 0x84,
    RCC_AHB4RSTR = 0x88,
    RCC_APB1LRSTR = 0x90,
    RCC_APB1HRSTR = 0x94,
    RCC_APB2RSTR = 0x98,
    RCC_APB4RSTR = 0x9c,
    RCC_RSR = 0xd0,
    RCC_AHB3ENR = 0xd4,
    RCC_AHB1ENR = 0xd8,
    RCC_AHB2ENR = 0xdc,
    RCC_AHB4ENR = 0xe0,
    RCC_APB3ENR = 0xe4,
    RCC_APB1LENR = 0xe8,
    RCC_APB1HENR = 0xec,
    RCC_APB2ENR = 0xf0,
    RCC_APB4ENR = 0xf4,
};

/* Reset flags of RCC_RSR. */
enum {
    RSR_RMVF = 1u << 16,
    RSR_CPURSTF = 1u << 17,
    RSR_D1RSTF = 1u << 19,
    RSR_D2RSTF = 1u << 20,
    RSR_BORRSTF = 1u << 21,
    RSR_PINRSTF = 1u << 22,
    RSR_PORRSTF = 1u << 23,
    RSR_SFTRSTF = 1u << 24,
    RSR_IWDG1RSTF = 1u << 26,
    RSR_WWDG1RSTF = 1u << 28,
};

/* A reset with these flags; all of them add to what RSR holds, except that power-on starts afresh. */
void h7_rcc_reset(struct h7_rcc *r, uint32_t flags);
enum h7_answer h7_rcc_read(struct h7_rcc *r, uint32_t off, uint32_t *value);
enum h7_answer h7_rcc_write(struct h7_rcc *r, const struct soc_env *env, uint32_t off,
                            uint32_t value);
/* Let oscillators become ready that are due at env->now. True: clocks have changed. Next event: when one is due. */
bool h7_rcc_advance(struct h7_rcc *r, const struct soc_env *env);
uint64_t h7_rcc_next_event(const struct h7_rcc *r);
static inline bool h7_rcc_on(const struct h7_rcc *r, uint32_t off, unsigned bit)
{
    return (r->reg[off / 4] >> bit & 1) != 0;
}

enum h7_clock {
    H7_CLOCK_SYS,
    H7_CLOCK_CPU,
    H7_CLOCK_HCLK, /* of AXI and flash, too */
    H7_CLOCK_PCLK1,
    H7_CLOCK_PCLK2,
    H7_CLOCK_PCLK3,
    H7_CLOCK_PCLK4,
    H7_CLOCK_TIM1, /* timers of APB1 */
    H7_CLOCK_TIM2, /* timers of APB2 */
    H7_CLOCK_LPTIM1,
    H7_CLOCK_LPTIM2,
    H7_CLOCK_LPTIM345,
    H7_CLOCK_RNG,
    H7_CLOCK_RTC,
    H7_CLOCK_USART16,
    H7_CLOCK_USART234578,
    H7_CLOCKS,
};
/* In Hz; 0: the tree is set up in a way that gives none. */
uint32_t h7_rcc_hz(const struct h7_rcc *r, enum h7_clock clock);
uint32_t h7_rcc_cpu_khz(const struct h7_rcc *r);
/* Where registers are printed from; NULL behind the last. */
const char *h7_rcc_register(unsigned i, uint32_t *off, uint32_t *reset, uint32_t *writable);

/* ---- PWR ---- */
struct h7_pwr {
    uint32_t cr1, cr2, cr3, cpucr, d3cr;
    bool cr3_written; /* its low byte can be written once after power-on */
    unsigned level;   /* voltage scale that the supply has, 0..3 as in VOS0..VOS3 */
    uint32_t code;    /* of D3CR.VOS, for that */
    uint64_t due;     /* when it has reached the one that was asked for; 0: it has */
};

void h7_pwr_reset(struct h7_pwr *p, bool power_on);
enum h7_answer h7_pwr_read(const struct h7_pwr *p, uint32_t off, uint32_t *value);
enum h7_answer h7_pwr_write(struct h7_pwr *p, const struct soc_env *env, uint32_t off,
                            uint32_t value);
/* The scale that is asked for may have changed. overdrive: SYSCFG_PWRCR.ODEN, where the part has it. */
void h7_pwr_scale(struct h7_pwr *p, const struct soc_env *env, bool overdrive);
/* As for RCC; it takes time to rise and none to fall. */
void h7_pwr_advance(struct h7_pwr *p, const struct soc_env *env, bool overdrive);
uint64_t h7_pwr_next_event(const struct h7_pwr *p);

/* ---- GPIO ---- */
#define H7_PORTS 11 /* A..K */

struct h7_gpio {
    uint32_t moder, otyper, ospeedr, pupdr, odr, lckr, afr[2];
    uint16_t high; /* level that the board drives into the pins */
};

void h7_gpio_reset(struct h7_gpio *g, unsigned port);
enum h7_answer h7_gpio_read(const struct h7_gpio *g, uint32_t off, uint32_t *value);
enum h7_answer h7_gpio_write(struct h7_gpio *g, uint32_t off, uint32_t value);
/* Is the pin in alternate function af? */
bool h7_gpio_is_af(const struct h7_gpio *g, unsigned pin, unsigned af);

/* ---- USART ---- */
#define USART_FIFO  16
#define USART_UNITS 8 /* USART1, 2, 3, UART4, 5, USART6, UART7, 8 */
#define USART_QUEUE \
    65536u /* bytes that the outside has sent to the console and that wait for the line */
#define USART_QUEUE_OTHER 4096u /* the same for each of the others */
#define USART_QUEUES      (USART_QUEUE + (USART_UNITS - 1) * USART_QUEUE_OTHER)

struct h7_usart {
    uint32_t cr1, cr2, cr3, brr, presc, gtpr, rtor;
    uint32_t flags; /* PE, FE, NE, ORE, IDLE, TC */
    uint8_t tx[USART_FIFO], rx[USART_FIFO];
    uint8_t tx_count, rx_count;
    bool shifting, idle_armed, line_lost, unheard_reported;
    uint8_t shift;     /* the byte on the wire */
    uint64_t tx_end;   /* when it is out */
    uint64_t rx_end;   /* when the byte on the way in is complete; 0: none */
    uint64_t idle_end; /* when a silent line counts as idle */
    uint64_t rto_end;  /* when the receiver's time-out strikes; 0: it does not count */
};

/* Bytes on their way to a receiver: a ring of size bytes from byte at in one store for all. */
struct usart_queue {
    uint32_t head, count, size, at;
};

/* What the board says of the one that it has wired. */
struct usart_wired {
    const char *tx_lost, *rx_lost; /* the pin is not in its alternate function */
    const char *unheard;           /* another pin carries the signal */
};

/* What is around the USART at the moment of the call. */
struct usart_wires {
    uint32_t kernel_khz;
    struct vboard_line line;
    uint64_t seed; /* of what goes wrong on the line */
    bool clocked, tx_pin, rx_pin;
    const struct usart_wired *wired; /* NULL: the board has nothing at this unit */
    bool unheard;                    /* it sends, but not on the pin that the board has wired */
    uint8_t unit;                    /* 1..8 */
    const uint8_t *waiting;          /* the store of the queues */
};

/* Where unit 1..8 is and what belongs to it. */
struct usart_place {
    const char *name;
    uint32_t base;
    uint16_t enable_reg, reset_reg;
    uint8_t bit, irq, clock;
    uint8_t rx_request; /* of DMA, at DMAMUX1; that of the transmitter is one more */
};
const struct usart_place *h7_usart_place(unsigned unit);
/* Do the pins of its table carry the signal? moder and afr are asked by port and pin. */
bool h7_usart_pin(unsigned unit, bool tx,
                  bool (*is_af)(const void *ctx, unsigned port, unsigned pin, unsigned af),
                  const void *ctx);

void h7_usart_reset(struct h7_usart *u);
enum h7_answer h7_usart_read(struct h7_usart *u, const struct soc_env *env, uint32_t off,
                             uint32_t *value);
enum h7_answer h7_usart_write(struct h7_usart *u, const struct soc_env *env,
                              const struct usart_wires *w, uint32_t off, uint32_t value);
bool h7_usart_irq(const struct h7_usart *u);
/* Does it ask for a DMA transfer? */
bool h7_usart_request(const struct h7_usart *u, bool tx);
uint64_t h7_usart_next_event(const struct h7_usart *u);
/* Let happen what is due at env->now. sent (NULL allowed) is called for a byte that is out. */
void h7_usart_advance(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                      struct usart_queue *q, void (*sent)(void *ctx, unsigned unit, uint8_t byte));
/* The queue has got bytes: put the first on the line if that is free. */
void h7_usart_feed(struct h7_usart *u, const struct usart_wires *w, const struct usart_queue *q,
                   uint64_t now);
/* The speed that is programmed; 0: none. */
uint32_t h7_usart_baud(const struct h7_usart *u, uint32_t kernel_khz);
/* Nothing is on the wire, in a transmit FIFO or in the queue. */
bool h7_usart_quiet(const struct h7_usart *u, const struct usart_queue *q);

/* ---- IWDG ---- */
struct h7_iwdg {
    uint32_t pr, rlr, winr;
    bool running, open;
    uint64_t bite;                            /* when it resets the chip */
    uint64_t loaded;                          /* since when it counts down from RLR */
    uint64_t pr_ready, rlr_ready, winr_ready; /* PVU, RVU, WVU are set until then */
};

void h7_iwdg_reset(struct h7_iwdg *w);
enum h7_answer h7_iwdg_read(const struct h7_iwdg *w, const struct soc_env *env, uint32_t off,
                            uint32_t *value);
enum h7_answer h7_iwdg_write(struct h7_iwdg *w, const struct soc_env *env, uint32_t off,
                             uint32_t value);
/* The option byte IWDG1_SW = 0 starts it with each reset. */
void h7_iwdg_start(struct h7_iwdg *w, uint64_t now);
uint64_t h7_iwdg_next_event(const struct h7_iwdg *w);

/* ---- names.c: what is not there, for messages ---- */
/* What an access to addr, which nothing has answered, would have met in a part with these units: "FMC_SDCR1 (FMC +
 * 0x140) is not modelled". Returns the address that stands for it: of the register, or where a memory begins. */
uint32_t h7_describe_absent(const struct soc_units *units, uint32_t addr, char *dst, size_t cap);
/* Name of a register that only dual-core parts have ("IWDG2"), or NULL. Here nothing answers, and nothing fails. */
const char *h7_second_core_name(uint32_t addr);

#endif
