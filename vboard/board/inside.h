/* inside.h - a virtual board from the inside: for board.c, bus.c, report.c and load.c only. */
#ifndef VBOARD_BOARD_INSIDE_H
#define VBOARD_BOARD_INSIDE_H

#include "core/soc/stm32h7.h"
#include "vboard/board/symbols.h"
#include "vboard/board/wiring.h"
#include "vboard/cpu/cpu_state.h"
#include "vboard/soc/h7/blocks.h"
#include "vboard/vboard.h"

#define PAGES_OF(size) (((size) + SOC_PAGE - 1) / SOC_PAGE)
#define RAM_PAGES      128u /* at most; a part has board_ram_pages of them */

/* All that changes while the board runs: what vboard_copy copies. Its only pointers are those of the core and
 * flash to their surroundings, which vboard_copy sets again, and pages of memory, which it shares. */
struct board_state {
    struct cpu cpu;
    struct h7_rcc rcc;
    struct h7_pwr pwr;
    struct h7_gpio gpio[H7_PORTS];
    struct h7_usart usart[USART_UNITS];
    struct h7_iwdg iwdg;
    struct peripherals peripherals; /* all others */
    uint32_t irq[SOC_IRQ_WORDS];    /* levels as the core knows them */
    uint32_t defects;               /* enum vboard_defect */
    bool power, reset_asked;
    uint64_t power_ons;
    /* Time: base_ns + (cycles - base_cycles) * ns_num / ns_den. */
    uint64_t base_ns, base_cycles, ns_num, ns_den;
    uint64_t idle_cycles; /* cycles that were no instructions: stalls and sleep */
    struct usart_queue queue[USART_UNITS];
    uint8_t waiting[USART_QUEUES];
    uint8_t *ram
        [RAM_PAGES]; /* pages that copies share, one memory behind the other; NULL behind the last */
    struct h7_flash flash; /* last: most of the bytes */
};

#define LINTS_REMEMBERED      64
#define UNMODELLED_REMEMBERED 256

struct point {
    enum vboard_point kind;
    uint32_t addr, last;
};

/* The flash file that the cells are in, while there is one (files.c). */
struct flash_map {
    uint8_t *bytes;
    size_t len;
    int fd; /* locked; -1: no file */
};
#define FLASH_MAP_NONE ((struct flash_map){.fd = -1})

struct vboard {
    const struct wiring *wiring;
    const struct soc *soc; /* the part on it */
    const struct soc_units *units;
    struct vboard_config config;
    struct board_state s;
    /* Not state. */
    struct cpu_bus bus;
    struct h7_flash_host flash_host;
    struct cpu_cache *cache;
    struct symbols *symbols;
    struct flash_map map;
    struct vboard_line line[USART_UNITS];
    uint8_t *sdram; /* config.sdram_mb megabytes; vboard_copy copies them */
    FILE *trace;
    uint32_t break_at; /* of vboard_break_at; also one of the points */
    struct point points[VBOARD_POINTS];
    unsigned point_count;
    struct vboard
        *probe;        /* a copy on which registers are read without effect; NULL: not needed yet */
    uint32_t op_pc[3]; /* by bank: who began its operation; 2: option bytes */
    struct calls *calls;            /* of vboard_trace_calls, or NULL */
    uint64_t run_end_ns, run_limit; /* when the present vboard_run wants control back; as a cycle */
    uint64_t deadline;              /* the one that the core has */
    uint64_t event_ns; /* the moment that is being looked after, where it is not now; else 0 */
    bool in_run, sent_byte, cut, linted;
    bool at_break, break_passed; /* the fetch met a breakpoint; it may be passed once */
    uint32_t break_pc;           /* the one that was met */
    bool watch_hit, stepping;
    unsigned lints;
    struct {
        uint32_t pc;
        char rule[8];
    } seen[LINTS_REMEMBERED]; /* lint events already reported, by place */
    unsigned seen_count;
    uint32_t reported[UNMODELLED_REMEMBERED]; /* registers that are not modelled */
    unsigned reported_count;
    bool by_dma;     /* the access under way */
    uint32_t access; /* address of the access under way, 0 between them */
    uint32_t stop_addr;
    char stop_text[200]; /* why the run stops; empty: nothing yet */
};

/* board.c */
uint64_t board_now(const struct vboard *v);
/* The first cycle at or after time ns. */
uint64_t board_cycle_at(const struct vboard *v, uint64_t ns);
/* Time has moved on during a bus access: the core was held. */
void board_hold_until(struct vboard *v, uint64_t ns);
/* Something may have changed what happens next: deadline and interrupt lines. */
void board_reschedule(struct vboard *v);
void board_clock_changed(struct vboard *v, uint64_t now);
struct soc_env board_env(struct vboard *v);

/* files.c */
void flash_map_close(struct flash_map *m);
/* The option bytes may have changed: into the file with them. */
void flash_map_options(struct vboard *v);

/* bus.c */
extern const struct cpu_bus board_bus;
/* Pages of all memories of the part. */
uint32_t board_ram_pages(const struct soc *soc);
/* Is addr in the part's flash? */
static inline bool board_in_flash(const struct vboard *v, uint32_t addr)
{
    return addr - v->soc->flash.base < v->soc->flash.size;
}
/* The bank of an address in flash, counted from 0. */
static inline unsigned board_bank_of(const struct vboard *v, uint32_t addr)
{
    return (addr - v->soc->flash.base) / v->soc->flash.bank_size;
}
/* The page of RAM that covers addr, to read from; NULL: no RAM there. */
uint8_t *board_ram(struct vboard *v, uint32_t addr, uint32_t *base, uint32_t *size);
/* The same to write to: this board's own. */
uint8_t *board_ram_own(struct vboard *v, uint32_t addr, uint32_t *base, uint32_t *size);

enum dma_answer board_dma(void *ctx, uint32_t addr, unsigned size, uint32_t *value, bool write);
/* An access that began at from and ended at now. */
enum bus_result board_bus_result(struct vboard *v, enum h7_answer a, uint64_t from, uint64_t now,
                                 uint32_t addr);

/* peripherals.c */
enum bus_result board_peripheral_read(struct vboard *v, uint32_t addr, unsigned size,
                                      uint32_t *value);
enum bus_result board_peripheral_write(struct vboard *v, uint32_t addr, unsigned size,
                                       uint32_t value);
/* The same for a DMA: no time passes for the core. */
enum dma_answer board_dma_peripheral(struct vboard *v, uint32_t addr, unsigned size,
                                     uint32_t *value, bool write);
enum dma_request board_dma_request(void *ctx, unsigned id);
struct usart_wires board_wires(const struct vboard *v, unsigned unit);
void board_edges(struct vboard *v, unsigned port, uint32_t before, uint32_t after);
/* Does the part have a peripheral at addr, and in it that register? */
bool board_has(const struct soc *soc, const struct soc_units *units, uint32_t addr);
/* Clocks and supply have events: an oscillator is ready, a voltage is reached. */
uint64_t board_clocks_next(const struct board_state *s);
void board_clocks_advance(struct vboard *v);

/* register_list.c */
/* "USART3_CR2" of a register that the model of the part has; false: it has none at addr. */
bool board_register_name(const struct soc *soc, uint32_t addr, char *dst, size_t cap);

/* caches.c */
/* Before an access to flash: is the D-cache on there, may the core speculate? */
void caches_look(struct vboard *v, uint32_t addr);
void caches_maintain(void *ctx, uint32_t addr, uint32_t value);

/* debug.c */
/* Narrow the window [*base, *base + *size) around addr to the part without points; NULL: addr has one. */
uint8_t *points_carve(const struct vboard *v, bool write, uint32_t addr, uint8_t *mem,
                      uint32_t *base, uint32_t *size);
bool points_break(const struct vboard *v, uint32_t addr);
/* The core has made this access. */
void points_look(struct vboard *v, uint32_t addr, unsigned size, bool write);
/* The flash controller has changed these cells. */
void points_flash(struct vboard *v, const struct h7_op *op);

/* calls.c, around each instruction while calls are traced */
void calls_before(struct vboard *v);
void calls_after(struct vboard *v);
void calls_reset(struct vboard *v);

/* register_list.c */
struct reg_line {
    const char *block, *name;
    const void *shape; /* the same for blocks with the same registers */
    uint32_t base, off, reset, writable;
    unsigned count; /* words in a row */
    unsigned kind;  /* enum soc_kind */
};
typedef void each_register(void *ctx, const struct reg_line *l);
void registers_each(const struct soc *soc, each_register *fn, void *ctx);

/* report.c */
/* pc 0: the instruction under way. addr 0: none. */
void board_lint_at(struct vboard *v, uint32_t pc, const char *rule, uint32_t addr,
                   const char *section, const char *text);
void board_lint(struct vboard *v, const char *rule, uint32_t addr, const char *section,
                const char *text);
void board_note(struct vboard *v, const char *text);
/* For struct cpu_bus: an UNDEFINED instruction faults. Reported once for each place. */
void board_undefined(void *ctx);
/* Report, once per register, that it is not modelled. */
void board_unmodelled(struct vboard *v, uint32_t addr, const char *what);
/* The text for a stop at the core's present place; what may be NULL. */
void board_describe(struct vboard *v, struct vboard_stop *stop);
void board_note_stop(struct vboard *v, uint32_t addr, const char *fmt, ...) PRINTF_LIKE(3, 4);
void board_trace(struct vboard *v, const struct h7_op *op);
void board_trace_stall(struct vboard *v, uint32_t addr, uint64_t from, uint64_t to);

#endif
