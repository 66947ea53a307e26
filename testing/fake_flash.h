/* fake_flash.h - a flash device for host tests: write-once words that a power cut can tear.
 *
 * Every word has a state of its own beside its bytes. Power can be cut at any operation (one word
 * programmed or one sector erased) in any of several ways; from then on every operation returns
 * ERR_IO and changes nothing, until fake_power_on. The whole device is a value: the struct and the
 * two arrays may be copied. */
#ifndef TESTING_FAKE_FLASH_H
#define TESTING_FAKE_FLASH_H

#include "core/flash/flash.h"

enum fake_word {
    FAKE_VIRGIN,     /* erased; takes one program */
    FAKE_WRITTEN,    /* programmed; reads its bytes */
    FAKE_TOUCHED,    /* reads erased, and is not: a cut left it, or all ones were placed */
    FAKE_UNREADABLE, /* double ECC error */
};

/* How the operation in flight ends when power goes. */
enum fake_cut {
    FAKE_CUT_BEFORE,       /* nothing of it happened */
    FAKE_CUT_MIXED,        /* program: random subset of the bits; erase: each word old or erased */
    FAKE_CUT_UNREADABLE,   /* program: the word; erase: every word of the sector */
    FAKE_CUT_LOOKS_ERASED, /* reads erased, is not */
    FAKE_CUT_RANDOM, /* program: all new bits; erase: each word old, erased, noise or unreadable */
    FAKE_CUT_AFTER,  /* all of it happened */
    FAKE_CUT_COUNT
};

enum fake_op { FAKE_PROGRAM, FAKE_ERASE };

struct fake_flash {
    struct flash flash;
    uint8_t *bytes;  /* flash.size */
    uint8_t *words;  /* flash.size / flash.word, enum fake_word */
    uint32_t ops;    /* operations since fake_power_on */
    uint32_t cut_at; /* the operation, from 1, at which power goes; 0 never */
    enum fake_cut cut;
    uint32_t seed;
    bool off;            /* power has gone */
    uint32_t violations; /* flash rules broken since fake_init */
    /* Of a device that erases beside the program (fake_erase_beside). */
    bool erasing, ended; /* begun and its result not told; over */
    enum err erase_result;
    uint32_t erase_off, polls, polls_left;
    uint32_t fail_erases; /* so many next ones end in ERR_IO and change nothing */
    uint32_t held;        /* calls that had to wait for such an erase */
    /* Byte offsets of words that may be programmed though FAKE_TOUCHED: they are right then, or FAKE_UNREADABLE, which is
     * ERR_IO. UINT32_MAX: none. */
    uint32_t again[2];
    /* If the test says so, the same holds for the word whose program was cut last, for the same bytes as then: a second
     * program of them wants no cell that the first did not. torn_off: UINT32_MAX, none. */
    bool same_again;
    uint32_t torn_off;
    uint8_t torn[64];
    /* Called with each valid program and erase, before it acts; may be NULL. */
    void (*trace)(void *ctx, enum fake_op op, uint32_t off, uint32_t len);
    void *trace_ctx;
};

/* An erased device. bytes: size; words: size / word; both live as long as f. */
void fake_init(struct fake_flash *f, uint32_t word, uint32_t sector, uint32_t sectors,
               uint8_t *bytes, uint8_t *words);

/* From now on the device erases beside the program, and an erase lasts so many polls. Power cut at its operation goes
 * between its begin and its end. */
void fake_erase_beside(struct fake_flash *f, uint32_t polls);
/* From now on the device tells which words are virgin; touched ones are not, as on a chip whose ECC shows them. */
void fake_tell_virgin(struct fake_flash *f);

/* Cut power at operation n from now (1 is the next one; 0 cancels). */
void fake_cut_at(struct fake_flash *f, uint32_t n, enum fake_cut how, uint32_t seed);

/* For tests that go over all cuts: is that of operation n, with so many more, taken? See testing/rig_draw.h. */
bool fake_cut_is_drawn(uint32_t n, int how, unsigned more);

/* Power is back; no cut is planned and ops counts from 0. */
void fake_power_on(struct fake_flash *f);

/* Put bytes in place as if programmed long ago, whatever was there; off and len in whole words. */
void fake_place(struct fake_flash *f, uint32_t off, const void *src, uint32_t len);
/* Put the word at off in a state that a cut leaves. */
void fake_spoil(struct fake_flash *f, uint32_t off, enum fake_word state);

#endif
