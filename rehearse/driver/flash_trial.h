/* flash_trial.h - a conformance run from the inside: what a check may do. */
#ifndef REHEARSE_DRIVER_FLASH_TRIAL_H
#define REHEARSE_DRIVER_FLASH_TRIAL_H

#include <setjmp.h>

#include "rehearse/driver/flash_trace.h"
#include "vboard/native/native.h"

/* Of the part that trial t is about. */
#define SECTOR  (t->part->sector)
#define SECTORS (t->part->size / t->part->sector)
#define MIDDLE  (t->part->size / 2) /* where bank 2 begins; of one bank, a border of sectors */
#define PART    (t->part->size)
#define WORD    H7_WORD

#define TRIAL_SPOILED 8

/* Called before each access of the driver. May change the model; a value other than TRIAL_PASS takes the
 * place of what a read would give. */
#define TRIAL_PASS UINT64_MAX
struct trial;
typedef uint64_t (*trial_hook)(struct trial *t, uintptr_t addr, bool write);

struct trial {
    const struct conformance_driver *driver;
    const struct soc *soc;
    const struct soc_flash *part; /* its flash */
    struct conformance_report *report;
    const char *check;
    enum conformance_setup setup;
    struct flash *f;
    bool failed; /* the check has a finding; its calls do nothing from now on */
    struct mmio_bus bus;
    struct flash_trace trace; /* since the check began */
    trial_hook hook;

    /* What flash should hold, as the program sees it; words that should be unreadable or corrected. */
    uint8_t golden[SOC_FLASH_MAX];
    uint32_t spoiled[TRIAL_SPOILED];
    unsigned spoiled_count;

    /* The call in flight. */
    jmp_buf out;
    bool in_call;
    const char *action;
    uint32_t off, len;
    enum h7_op_kind kind; /* the only operations that it may start, and in [off, off + len) */
    uint64_t accesses;    /* since it began */
    uint32_t injected;    /* SR flags that come up because the check said so */
    uint32_t allowed;     /* SR flags that may come up in this check */
    uint32_t may_stay;    /* SR flags that may be there after a call */
    bool judge_start;     /* findings of the driver's start count */
    bool starting;        /* it is in its start */
    bool keys_may_fault;  /* the check has locked a bank until the next reset */
    bool stored_wrong;    /* a store with the wrong PG is recorded */
    bool flagged[2];      /* an unexpected flag of this bank is recorded */
    uint16_t touched;     /* sectors in which operations began */
    uintptr_t last_read;  /* for a call that does not end */
    uint32_t last_value;  /* the same */
    bool power_gone;      /* the call ended in a power cut */
    bool
        beside; /* a sector is erased beside the calls: its bank is not judged until that is told */
    uint32_t beside_off;    /* the sector */
    uint64_t checked_calls; /* for a full comparison now and then */
    struct native native;   /* large: last */
};

/* ---- set-up ---- */

/* A new erased part, reset, the driver started on it, in the trial's setup. */
void trial_fresh(struct trial *t, enum vboard_timing timing);
/* Reset (or power on) and start the driver again. */
void trial_restart(struct trial *t);
/* Bytes that depend on seed; none is 0xff. */
void trial_pattern(void *dst, size_t len, uint32_t seed);
/* Write the golden bytes of [off, off + len) into the model behind the controller's back. */
void trial_poke(struct trial *t, uint32_t off, uint32_t len);
/* A pattern at both ends of each sector, in the golden image and the model. */
void trial_mark_sectors(struct trial *t);
/* Make the word at off unreadable, and expect that it is. */
void trial_spoil(struct trial *t, uint32_t off);
/* Expect the word at off to stay as it is now: power failed while it was programmed. */
void trial_adopt(struct trial *t, uint32_t off);
/* Expect the words of [off, off + len) to be readable again: they will be erased. */
void trial_unspoil(struct trial *t, uint32_t off, uint32_t len);
/* The n-th operation from now fails with these SR flags; they are expected to come up. */
void trial_inject(struct trial *t, unsigned n, uint32_t flags);

/* ---- calls, judged ---- */

/* want: an enum err, or CONFORMANCE_ANY_ERROR. Each returns true if all was right. */
bool trial_program(struct trial *t, uint32_t off, const void *src, uint32_t len, uint32_t want);
/* The same by the driver's own function, without the checks of flash_program before it. */
bool trial_program_direct(struct trial *t, uint32_t off, const void *src, uint32_t len,
                          uint32_t want);
/* A program that may be refused, and must be exact if it is not. */
bool trial_program_or_refuse(struct trial *t, uint32_t off, const void *src, uint32_t len);
bool trial_erase(struct trial *t, uint32_t off, uint32_t len, uint32_t want);
/* Expects the golden bytes, if want is ERR_OK. dst_skip: alignment of the buffer, 0 to 7. */
bool trial_read(struct trial *t, uint32_t off, uint32_t len, unsigned dst_skip, uint32_t want);
bool trial_options(struct trial *t, uint32_t mask, uint32_t value, uint32_t want);
/* A program that must succeed, of the pattern of seed; it becomes the golden bytes. */
bool trial_put(struct trial *t, uint32_t off, uint32_t len, uint32_t seed);
/* An erase that must succeed. */
bool trial_wipe(struct trial *t, uint32_t off, uint32_t len);
/* A program or an erase in which power is cut at its n-th operation. False if it was not. */
bool trial_program_cut(struct trial *t, uint32_t off, const void *src, uint32_t len, unsigned n,
                       enum vboard_cut how);
bool trial_erase_cut(struct trial *t, uint32_t off, uint32_t len, enum vboard_cut how);

/* ---- an erase beside the program ---- */

/* Begin one. *begun: it runs; false if the driver declines (ERR_NOTSUP), which it may anywhere. */
bool trial_erase_begin(struct trial *t, uint32_t off, bool *begun);
/* One that must be refused, with nothing done. */
bool trial_erase_begin_refused(struct trial *t, uint32_t off);
/* Poll once. *e: the driver's answer, which is not judged. */
bool trial_erase_poll(struct trial *t, enum err *e);
/* Poll until it has ended; want as above. If that is ERR_OK, the sector is erased from now on. */
bool trial_erase_end(struct trial *t, uint32_t want);
/* In the bank that is erased: done right, or refused with ERR_BUSY. */
bool trial_read_or_busy(struct trial *t, uint32_t off, uint32_t len);
bool trial_put_or_busy(struct trial *t, uint32_t off, uint32_t len, uint32_t seed);
/* May the words be programmed? Must be false if want is; a driver need not see that they may. */
bool trial_virgin(struct trial *t, uint32_t off, uint32_t len, bool want);

/* ---- between flash_trial.c and flash_trial_call.c ---- */

/* Begin a call. False if the check has a finding already, or the driver did not start. */
bool trial_begin(struct trial *t, const char *action, uint32_t off, uint32_t len,
                 enum h7_op_kind kind);
void trial_judge_registers(struct trial *t);

/* Record a finding about the present call. */
void trial_find(struct trial *t, enum symptom s, uint32_t where, uint32_t want, uint32_t have);
/* Compare the whole flash of the model with the golden image; records what differs. */
bool trial_same(struct trial *t);

/* ---- the checks ---- */

struct trial_check {
    const char *name;
    void (*run)(struct trial *t);
    unsigned setups;
    bool options;   /* only for drivers that write option bytes */
    unsigned banks; /* only for parts with so many; 0: for any */
    bool beside;    /* only for drivers that erase beside the program */
};
extern const struct trial_check trial_checks[]; /* ends with a row without name */

#endif
