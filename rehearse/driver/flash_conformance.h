/* flash_conformance.h - a flash driver on trial, on the flash model of the virtual board.
 *
 * The driver under trial is any code behind `struct flash` that is compiled for the host and reaches its
 * registers through core/base/mmio. The suite gives it a fresh model, calls it, and after each call compares what
 * it returned, every cell, every flag that came up and the registers it left with what the manual and
 * core/flash/flash.h promise. A wrong driver is described by findings: which register, which value, which cell.
 *
 *     static struct flash *start(const void *ctx, const struct soc *soc) { ... my_flash_init(); return &my_flash; }
 *     static const struct conformance_driver mine = {.name = "mine", .start = start};
 *     static struct conformance_report report;
 *     conformance_run(&mine, &soc_stm32h753, &report);           // report.count == 0: nothing found
 *
 * Host code: takes 7 MB from the heap while it runs. One run at a time: the log's backend is one for all. */
#ifndef REHEARSE_DRIVER_FLASH_CONFORMANCE_H
#define REHEARSE_DRIVER_FLASH_CONFORMANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/flash/flash.h"
#include "core/soc/soc.h"

/* Each access of the driver to a register or a word takes this long, so no loop polls more than once a
 * microsecond. Far slower than silicon: it makes long waits short to simulate. */
#define CONFORMANCE_ACCESS_NS 1000u

struct conformance_driver {
    const char *name;
    const void *ctx;
    /* The chip has been reset: start the driver, whose accesses through core/base/mmio reach the model. Returns the
     * whole part as a flash device, or NULL if the driver refuses to work here. */
    struct flash *(*start)(const void *ctx, const struct soc *soc);
    /* Program the bits of mask in the option word (OPTSR) to value and wait until that is done; what they say
     * becomes effective at the next reset. NULL: the driver does not write option bytes. */
    enum err (*change_options)(const void *ctx, uint32_t mask, uint32_t value);
};

/* Ways to run every check: with the banks swapped or not, with the D-cache on or not. A set of them is a mask of
 * 1 << setup. */
enum conformance_setup {
    SETUP_NORMAL,
    SETUP_SWAPPED,
    SETUP_CACHED,
    SETUP_SWAPPED_CACHED,
    SETUP_COUNT,
};
#define SETUPS_ALL      0xfu
#define SETUPS_SWAPPED  (1u << SETUP_SWAPPED | 1u << SETUP_SWAPPED_CACHED)
#define SETUPS_UNCACHED (1u << SETUP_NORMAL | 1u << SETUP_SWAPPED)
#define SETUPS_CACHED   (1u << SETUP_CACHED | 1u << SETUP_SWAPPED_CACHED)

/* How a wrong driver shows itself. What where, want and have mean: */
enum symptom {
    SYMPTOM_NONE, /* the end of a table of findings */
    /* A field of struct flash is have: where 0 size, 1 sector, 2 word, 3 erased. */
    SYMPTOM_GEOMETRY,
    /* A call returned have, an enum err. want CONFORMANCE_ANY_ERROR: any but ERR_OK. */
    SYMPTOM_RESULT,
    /* Data for flash at address where while PG is set for the banks in have (bit 0: CR1, bit 1: CR2), not for
     * those in want. */
    SYMPTOM_STORE,
    /* An error that nobody injected came up in SR at address where; the whole register is have. */
    SYMPTOM_FLAG,
    SYMPTOM_REGISTER,   /* register where is have after the call */
    SYMPTOM_OPERATION,  /* begun at offset where, not asked for; have: an enum h7_op_kind */
    SYMPTOM_CELL,       /* the byte of flash at offset where is have after the call */
    SYMPTOM_UNREADABLE, /* the ECC of the word at offset where does not fit its data any more */
    /* A read returned have for the byte at offset where, or wrote outside the buffer. */
    SYMPTOM_DATA,
    SYMPTOM_LINT,  /* rule of the model broken, first at address where */
    SYMPTOM_FAULT, /* a bus fault at address where */
    SYMPTOM_HANG,  /* the call does not end: it polls address where, which reads as have */
};
#define CONFORMANCE_ANY_ERROR 0xfffffffeu

enum conformance_access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_BARRIER };

/* What the driver did to the model. Accesses that are alike and follow each other are one: reads of a register that
 * return the same value (a poll), words of flash one behind the other, cache lines one behind the other. */
struct conformance_access {
    enum conformance_access_kind kind; /* a barrier (DSB) has no address and no value */
    bool first;                        /* of a call */
    bool flash; /* address is in the flash's window; otherwise it is a register's */
    bool
        has_value; /* false: a copy out of flash; or a read that a bus fault or a power cut ended */
    uint32_t address, value; /* of the first of them */
    uint32_t count;          /* how many they are */
    uint32_t bytes;          /* all of them together */
};
#define CONFORMANCE_TRACE 24

struct conformance_finding {
    const char *check;  /* the name of the check that found it */
    const char *action; /* the call in which it came up: "program", "erase", "read", ... */
    uint32_t off, len;  /* and that call's range */
    enum symptom symptom;
    char rule[8];    /* of a lint event: "M12" */
    uint32_t where;  /* see enum symptom */
    uint32_t want;   /* see enum symptom */
    uint32_t have;   /* see enum symptom */
    unsigned setups; /* in which it came up, a mask */
    /* The last accesses before it came up for the first time, oldest first: of its call, and of calls before that,
     * back to the begin of the check. */
    struct conformance_access trace[CONFORMANCE_TRACE];
    unsigned trace_count;
};

/* How a check ended in one setup. */
enum conformance_outcome { OUTCOME_LEFT_OUT, OUTCOME_PASSED, OUTCOME_FOUND, OUTCOME_COUNT };

#define CONFORMANCE_CHECKS 48 /* no table of checks is longer */
struct conformance_row {
    const char *check; /* its name */
    enum conformance_outcome outcome[SETUP_COUNT];
};

#define CONFORMANCE_FINDINGS 128
struct conformance_report {
    struct conformance_finding finding[CONFORMANCE_FINDINGS]; /* the first ones */
    unsigned count; /* of different findings; may be more than are kept */
    struct conformance_row row[CONFORMANCE_CHECKS]; /* each check, in the order of the run */
    unsigned rows;
    unsigned checks;   /* checks run, counted in each setup */
    unsigned calls;    /* calls of the driver that were judged */
    bool options_left; /* the driver does not write option bytes: those checks were left out */
    bool banks_left; /* the part has one bank: what needs two was left out (conformance_left_out) */
};

/* Run every check in every setup on the model of a part; on a part with one bank what needs two is left out.
 * A check ends at the first call that went wrong, with all that is wrong with that call. *report is overwritten. */
void conformance_run(const struct conformance_driver *driver, const struct soc *soc,
                     struct conformance_report *report);

/* What was left out and why, one line for people, or NULL; text has CONFORMANCE_TEXT bytes. */
const char *conformance_left_out(const struct conformance_report *r, char *text);

/* One line about a finding, for people; text has CONFORMANCE_TEXT bytes. Returns text. */
#define CONFORMANCE_TEXT 200
const char *conformance_text(const struct conformance_finding *f, char *text);
/* The symptom in a few words, to text (CONFORMANCE_TEXT bytes): "SR2=0x00040000 PGSERR". Returns text. */
const char *conformance_symptom_text(const struct conformance_finding *f, char *text);
const char *conformance_setup_text(enum conformance_setup setup);
/* What a check asks of a driver, one line for people; "" for a name that no check has. */
const char *conformance_question(const char *check);
const char *conformance_outcome_text(enum conformance_outcome outcome); /* "left out" */

/* What an access went to, "CR1" or the address, and the names of what is set in the value, "SER START SNB=3", or ""; to
 * text (CONFORMANCE_TEXT bytes), which they return. */
const char *conformance_access_text(const struct conformance_access *a, char *text);
const char *conformance_access_bits(const struct conformance_access *a, char *text);

#endif
