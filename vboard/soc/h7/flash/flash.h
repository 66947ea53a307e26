/* flash.h - the STM32H7's embedded flash: cells, and the controller of one bank or two.
 *
 * A model on which a wrong driver fails as it fails on silicon. It knows no CPU: accesses and the time come
 * in by calls, so that it serves the virtual board and, through vboard/native/native.h, a driver that runs on
 * the host. The rules M1.. are those of DESIGN.md. Time is in nanoseconds. Each call gets the time of the
 * access in *now and moves it on if the bus held the access (an operation in the same bank runs). */
#ifndef VBOARD_SOC_H7_FLASH_FLASH_H
#define VBOARD_SOC_H7_FLASH_FLASH_H

#include "core/soc/stm32h7.h"
#include "vboard/soc/h7/flash/cells.h"
#include "vboard/soc/h7/flash/dcache.h"
#include "vboard/vboard.h"

#define H7_FLASH_REGS_SIZE 0x400u
#define H7_FLASH_IRQ       4

enum h7_answer {
    H7_OK,
    H7_BUS_ERROR,  /* the master gets a bus fault */
    H7_UNMODELLED, /* this model does not know what the chip does here */
    H7_NO_POWER,   /* power was cut during the access */
};

enum h7_op_kind {
    H7_OP_NONE,
    H7_OP_PROGRAM,
    H7_OP_SECTOR_ERASE,
    H7_OP_BANK_ERASE,
    H7_OP_OPTIONS, /* new option bytes: no bank, no cells */
};

struct h7_op {
    enum h7_op_kind kind;
    unsigned bank;       /* 0 or 1: the window, and with it the register block; 2: option bytes */
    uint32_t off, len;   /* bytes from the start of flash, as the program sees it */
    uint64_t start, end; /* ns */
    uint64_t typical;    /* ns from start to end with VBOARD_TIMING_TYPICAL */
    bool refused;        /* write protection: ends with flags and changes nothing */
};

/* What the model calls. Any member may be NULL. */
struct h7_flash_host {
    void *ctx;
    /* A driver did what silicon may let pass and the manual forbids. rule: "M5" */
    void (*lint)(void *ctx, const char *rule, uint32_t addr, const char *section, const char *text);
    /* Pointers from h7_flash_view into [off, off + len) must not be used any more. */
    void (*revoke)(void *ctx, uint32_t off, uint32_t len);
    void (*operation)(void *ctx, const struct h7_op *op); /* one begins */
    void (*power_cut)(void *ctx);
    void (*changed)(void *ctx, const struct h7_op *op); /* one has ended: its cells are new */
};

#define H7_POSTED 8 /* stores that the core's store buffer holds before it has to write one */

struct h7_posted_store {
    uint64_t due; /* reaches the bank then, if no barrier comes first */
    uint32_t off, value;
    uint32_t pc;
    uint8_t size;
};

enum h7_key_state { H7_LOCKED, H7_ARMED, H7_UNLOCKED, H7_DEAD };

/* The option bytes. Arrays are by register block, as all that belongs to a bank (DESIGN.md). */
struct h7_options {
    uint32_t optsr, boot;
    uint32_t prar[2], scar[2]; /* PCROP and secure areas */
    uint32_t wpsn[2];          /* bit clear: sector protected */
};
#define H7_OPTION_WORDS (sizeof(struct h7_options) / 4)
extern const struct h7_options h7_factory_options;

struct h7_flash_crc {
    uint32_t cr, start, end; /* the registers */
    uint8_t sectors;         /* the list */
    uint64_t done;           /* when the sum is ready; 0: idle */
};

struct h7_flash_bank {
    uint32_t cr, sr, ecc_fa;
    enum h7_key_state keys;
    uint64_t pg_settles; /* a DSB-less write of PG=1 has reached the controller at this time */
    /* The write buffer: one word in the making. */
    uint32_t buf_off, buf_mask;
    uint8_t buf[H7_WORD];
    /* The operation that runs, and a whole word that waits for its end. */
    struct h7_op op;
    uint8_t op_word[H7_WORD];
    bool waits;
    uint32_t wait_off;
    uint8_t wait_word[H7_WORD];
    uint32_t op_flags; /* injected: SR bits instead of success */
    unsigned gaps;     /* step gaps of BSY that were seen (M8) */
    struct h7_flash_crc crc;
};

struct h7_flash {
    const struct soc_flash *part;
    const struct h7_flash_host *host;
    enum vboard_timing timing;
    uint64_t rng;
    bool off; /* no power */
    bool swap;
    /* Stores and register writes arrive in the order of the program, as they nearly always do on silicon. The missing
     * barriers of M12 are reported all the same. */
    bool in_order;
    uint32_t acr, optcr, crc_data;
    struct h7_options cur, prg;
    uint32_t optsr2_cur, optsr2_prg; /* of parts that have it */
    struct h7_op option_op;          /* OPT_BUSY while it runs */
    bool option_fails;               /* injected: the next change ends with OPTCHANGEERR */
    enum h7_key_state option_keys;
    /* M17: now and then an access finds RDPERR or RDSERR raised. The owner clears it for accesses during which
     * the MPU keeps the core from speculating into system flash. */
    bool speculation;
    uint64_t speculation_rng;
    struct h7_dcache dcache; /* M14: loads and stores come through it while dcache.on */
    struct h7_flash_bank bank[2];
    uint16_t viewed; /* sectors for which h7_flash_view gave a pointer that is still good */
    struct h7_posted_store posted[H7_POSTED]; /* oldest first */
    unsigned posted_count;
    uint64_t operations;
    uint64_t cut_in, cut_time; /* operations to go; the moment inside the one that is cut */
    enum vboard_cut cut_how;
    unsigned cut_after_bank; /* 1 + the bank whose present operation is the last one */
    uint64_t fail_in;
    uint32_t fail_flags;
    uint64_t stalls, stalled_ns;
    uint32_t pc;      /* set by the caller: who makes the access, as far as it knows */
    uint32_t lint_pc; /* during a lint call: who made the access that it is about; 0: unknown */
    struct h7_cells cells;
};

/* Erased cells, reset registers, power on. f->cells has got its part and its memory (h7_cells_in, h7_cells_in_pages).
 * host may be NULL and must outlive f. */
void h7_flash_init(struct h7_flash *f, const struct h7_flash_host *host, enum vboard_timing timing,
                   uint64_t seed);
/* System reset (M18). What is in flight at now is cut as by power loss (M15). */
void h7_flash_reset(struct h7_flash *f, uint64_t now);
/* Power goes: as reset, and nothing answers until h7_flash_power_on. */
void h7_flash_power_off(struct h7_flash *f, uint64_t now);
void h7_flash_power_on(struct h7_flash *f);

/* Register blocks, off from FLASH_R_BASE, 32-bit accesses. */
enum h7_answer h7_flash_reg_read(struct h7_flash *f, uint64_t *now, uint32_t off, uint32_t *value);
enum h7_answer h7_flash_reg_write(struct h7_flash *f, uint64_t *now, uint32_t off, uint32_t value);

/* Data window: off from the start of flash; size 1, 2 or 4, naturally aligned. Fetches pass the D-cache by. */
enum h7_answer h7_flash_load(struct h7_flash *f, uint64_t *now, uint32_t off, unsigned size,
                             uint32_t *value);
enum h7_answer h7_flash_store(struct h7_flash *f, uint64_t *now, uint32_t off, unsigned size,
                              uint32_t value);
enum h7_answer h7_flash_fetch(struct h7_flash *f, uint64_t *now, uint32_t off, unsigned size,
                              uint32_t *value);
/* DSB: register writes and posted stores reach the controller before anything later. */
enum h7_answer h7_flash_barrier(struct h7_flash *f, uint64_t *now);

/* Let everything happen that is due by now. Next event: when that is due; UINT64_MAX: nothing is. */
void h7_flash_advance(struct h7_flash *f, uint64_t now);
uint64_t h7_flash_next_event(const struct h7_flash *f);
/* Level of the FLASH interrupt line. */
bool h7_flash_irq(const struct h7_flash *f);
bool h7_flash_busy(const struct h7_flash *f, unsigned bank);
/* OPTSR2.CPUFREQ_BOOST. */
bool h7_flash_boosts(const struct h7_flash *f);

/* Memory for direct reads around off (a page), or NULL if reads must come as calls now. */
uint8_t *h7_flash_view(struct h7_flash *f, uint32_t off, uint32_t *base, uint32_t *size);

/* ---- for tests and debuggers ---- */

/* Cut power at the n-th operation from now; 0: never. */
void h7_flash_cut_at(struct h7_flash *f, uint64_t n, enum vboard_cut how);
/* The n-th operation from now ends with these SR flags and changes nothing; 0: none. */
void h7_flash_fail_at(struct h7_flash *f, uint64_t n, uint32_t sr_flags);
/* Raise flags in a bank's SR, as speculation into protected flash does. */
void h7_flash_raise(struct h7_flash *f, unsigned bank, uint32_t sr_flags);
/* Write-protect sectors (bits of mask) of a bank, as if option bytes had been programmed. */
void h7_flash_protect(struct h7_flash *f, unsigned bank, uint32_t mask);
/* As if the option SWAP_BANK_OPT had been programmed; effective at the next reset. */
void h7_flash_set_swap_option(struct h7_flash *f, bool swap);
/* As if these option bytes had been programmed; bank swap and boot address take effect at the next reset. */
void h7_flash_set_options(struct h7_flash *f, const struct h7_options *o);
/* The next change of option bytes ends with OPTCHANGEERR and changes nothing. */
void h7_flash_fail_options(struct h7_flash *f);
/* One cell of the word at off flips: 0..255 of data, 256..265 of ECC. */
void h7_flash_flip(struct h7_flash *f, uint32_t off, unsigned cell);
/* What a load of the word that covers off would find. */
enum h7_decode h7_flash_decode(const struct h7_flash *f, uint32_t off);
bool h7_flash_peek(const struct h7_flash *f, uint32_t off, void *dst, size_t len);
void h7_flash_poke(struct h7_flash *f, uint32_t off, const void *src, size_t len);
void h7_flash_spoil(struct h7_flash *f, uint32_t off);
/* All cells from outside, physical order: the data of all banks, and ECC as little-endian halfwords, one for each
 * word, or NULL to have it computed. */
void h7_flash_fill(struct h7_flash *f, const uint8_t *data, const uint8_t *ecc);
/* The cells are in these arrays from now on (h7_cells_move_to). */
void h7_flash_move_to(struct h7_flash *f, uint8_t *data, uint8_t *ecc);

/* Bits of CR and SR that this model and its tests name. */
enum {
    H7_CR_LOCK = 1u << 0,
    H7_CR_PG = 1u << 1,
    H7_CR_SER = 1u << 2,
    H7_CR_BER = 1u << 3,
    H7_CR_PSIZE = 3u << 4,
    H7_CR_FW = 1u << 6,
    H7_CR_START = 1u << 7,
    H7_CR_SNB = 7u << 8,
    H7_CR_CRC_EN = 1u << 15,
    H7_SR_BSY = 1u << 0,
    H7_SR_WBNE = 1u << 1,
    H7_SR_QW = 1u << 2,
    H7_SR_CRC_BUSY = 1u << 3,
    H7_SR_EOP = 1u << 16,
    H7_SR_WRPERR = 1u << 17,
    H7_SR_PGSERR = 1u << 18,
    H7_SR_STRBERR = 1u << 19,
    H7_SR_INCERR = 1u << 21,
    H7_SR_OPERR = 1u << 22,
    H7_SR_RDPERR = 1u << 23,
    H7_SR_RDSERR = 1u << 24,
    H7_SR_SNECCERR = 1u << 25,
    H7_SR_DBECCERR = 1u << 26,
    H7_SR_CRCEND = 1u << 27,
    H7_SR_CRCRDERR = 1u << 28,
    H7_SR_CLEARABLE = 0x1fef0000,
};

#endif
