/* Conformance of the flash driver, on the flash model: whole part, borders, errors, power cuts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/base/mmio.h"
#include "testing/rig_flash_driver.h"
#include "testing/vboard/h753.h"
#include "vboard/native/native.h"

#define WORD 32u

static struct flash *const f = &rig_driver.flash;

static int fresh(void **state)
{
    (void)state;
    rig_start(&stm32h7_flash_steps);
    return 0;
}

/* A program that must work. */
static void put(uint32_t off, uint32_t len, uint32_t seed)
{
    rig_fill(rig_golden + off, len, seed);
    assert_int_equal(flash_program(f, off, rig_golden + off, len), ERR_OK);
}

/* One known word at each end of each sector, behind the controller's back. */
static void mark_all_sectors(void)
{
    for (uint32_t s = 0; s < 16; s++) {
        rig_fill(rig_golden + s * RIG_SECTOR, WORD, s);
        rig_poke(s * RIG_SECTOR, WORD);
        rig_fill(rig_golden + (s + 1) * RIG_SECTOR - WORD, WORD, s + 100);
        rig_poke((s + 1) * RIG_SECTOR - WORD, WORD);
    }
}

static void geometry_is_the_whole_part(void **state)
{
    (void)state;
    assert_int_equal(f->size, 0x200000);
    assert_int_equal(f->sector, 0x20000);
    assert_int_equal(f->word, 32);
    assert_int_equal(f->erased, 0xff);
    rig_check();
}

static uint32_t size_word;
static uint64_t other_size_word(uintptr_t addr, bool write)
{
    return addr == 0x1ff1e880 && !write ? size_word : RIG_PASS;
}

static void a_part_that_contradicts_the_devicetree_is_refused(void **state)
{
    static const struct {
        uint32_t word, size;
        enum err want;
    } cases[] = {
        {2048, 0x200000, ERR_OK},    {0xffff, 0x200000, ERR_OK},  {0, 0x200000, ERR_OK},
        {1024, 0x200000, ERR_INVAL}, {2048, 0x100000, ERR_INVAL}, {1024, 0x100000, ERR_INVAL},
        {4096, 0x400000, ERR_INVAL},
    };
    (void)state;
    rig_hook = other_size_word;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        size_word = cases[i].word;
        rig_config.size = cases[i].size;
        rig_forget();
        assert_int_equal(stm32h7_flash_init(&rig_driver, &rig_config), cases[i].want);
        assert_int_equal(strstr(rig_log, "devicetree") != NULL, cases[i].want != ERR_OK);
    }
}

/* As the STM32H723 has it. The model has no second register block then: an access to it ends the test. */
static void a_part_with_one_bank_has_no_second(void **state)
{
    static struct soc one;
    uint8_t word[WORD], got[WORD];
    bool blank;
    (void)state;
    one = soc_stm32h753;
    one.flash.banks = 1;
    one.flash.size = one.flash.bank_size;
    native_init(&rig_native, &one, VBOARD_TIMING_FAST, 1);
    rig_config.soc = &one;
    assert_int_equal(stm32h7_flash_init(&rig_driver, &rig_config),
                     ERR_INVAL); /* 2 MB in the tree */
    rig_config.size = one.flash.size;
    assert_int_equal(stm32h7_flash_init(&rig_driver, &rig_config), ERR_OK);
    assert_int_equal(f->size, 8 * RIG_SECTOR);
    for (uint32_t s = 0; s < 8; s++) {
        uint32_t last = (s + 1) * RIG_SECTOR - WORD;
        rig_fill(word, WORD, s);
        assert_int_equal(flash_program(f, last, word, WORD), ERR_OK);
        assert_int_equal(flash_read(f, last, got, WORD), ERR_OK);
        assert_memory_equal(got, word, WORD);
    }
    assert_int_equal(flash_erase(f, 2 * RIG_SECTOR, 5 * RIG_SECTOR), ERR_OK);
    for (uint32_t s = 0; s < 8; s++) {
        assert_int_equal(flash_is_blank(f, s * RIG_SECTOR, RIG_SECTOR, &blank), ERR_OK);
        assert_int_equal(blank, s >= 2 && s < 7);
    }
    assert_int_equal(flash_program(f, 8 * RIG_SECTOR, word, WORD), ERR_RANGE);
    assert_int_equal(rig_native.bus_faults, 0);
    assert_int_equal(rig_native.lint_count, 0);
}

static void every_sector_programs_reads_and_erases(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < 16; s++) {
        uint32_t off = s * RIG_SECTOR;
        put(off, 3 * WORD, s);
        put(off + RIG_SECTOR - 2 * WORD, 2 * WORD, s + 50);
        rig_check();
        uint8_t got[3 * WORD];
        assert_int_equal(flash_read(f, off, got, sizeof got), ERR_OK);
        assert_memory_equal(got, rig_golden + off, sizeof got);
    }
    for (uint32_t s = 0; s < 16; s++) {
        assert_int_equal(flash_erase(f, s * RIG_SECTOR, RIG_SECTOR), ERR_OK);
        memset(rig_golden + s * RIG_SECTOR, 0xff, RIG_SECTOR);
        rig_check();
    }
}

static void every_range_of_sectors_erases_exactly_itself(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 16; first++) {
        for (uint32_t last = first; last < 16; last++) {
            uint32_t off = first * RIG_SECTOR, len = (last + 1 - first) * RIG_SECTOR;
            mark_all_sectors();
            rig_forget();
            assert_int_equal(flash_erase(f, off, len), ERR_OK);
            memset(rig_golden + off, 0xff, len);
            assert_int_equal(rig_fed, last + 1 - first); /* the watchdog, between sectors */
            rig_check();
        }
    }
}

static void any_alignment_reads_right(void **state)
{
    (void)state;
    static const uint32_t places[] = {0, RIG_BANK2 - 64, RIG_SIZE - 160};
    for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
        rig_fill(rig_golden + places[i], 160, i);
        rig_poke(places[i], 160);
        for (uint32_t skip = 0; skip < 33; skip++) {
            for (uint32_t len = 1; len <= 96; len++) {
                uint8_t got[112];
                memset(got, 0xa5, sizeof got);
                uint8_t *dst = got + 4 + (len + skip) % 5; /* and any alignment of the buffer */
                assert_int_equal(flash_read(f, places[i] + skip, dst, len), ERR_OK);
                assert_memory_equal(dst, rig_golden + places[i] + skip, len);
                assert_int_equal(dst[-1], 0xa5);
                assert_int_equal(dst[len], 0xa5);
            }
        }
    }
    rig_check();
}

/* While a copy ignores bus faults, interrupts wait. */
static void long_reads_let_interrupts_in(void **state)
{
    (void)state;
    static uint32_t got[1200];
    const uint32_t at = RIG_BANK2 - 2000;
    rig_fill(rig_golden + at, 4096, 1);
    rig_poke(at, 4096);
    for (uint32_t skip = 0; skip < 8; skip++) {
        uint8_t *dst = (uint8_t *)got + skip % 5;
        rig_forget();
        assert_int_equal(flash_read(f, at + skip, dst, 4000), ERR_OK);
        assert_memory_equal(dst, rig_golden + at + skip, 4000);
        assert_true(rig_longest_copy <= 512);
    }
    rig_check();
}

static void programs_that_touch_or_cross_the_bank_border(void **state)
{
    static const struct {
        uint32_t off, len;
    } cases[] = {
        {RIG_BANK2 - 96, 64}, {RIG_BANK2 - 32, 32},  {RIG_BANK2, 32},
        {RIG_BANK2 + 32, 96}, {RIG_BANK2 - 64, 128}, {RIG_BANK2 - 1024, 2048},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        fresh(NULL);
        put(cases[i].off, cases[i].len, i);
        rig_check();
    }
}

static void only_whole_words_program_and_only_whole_sectors_erase(void **state)
{
    (void)state;
    uint8_t src[128];
    rig_fill(src, sizeof src, 7);
    for (uint32_t off = 0; off <= 33; off++) {
        for (uint32_t len = 1; len <= 96; len++) {
            if (off % WORD == 0 && len % WORD == 0)
                continue;
            assert_int_equal(flash_program(f, RIG_BANK2 + off, src, len), ERR_ALIGN);
        }
    }
    assert_int_equal(flash_erase(f, 32, RIG_SECTOR), ERR_ALIGN);
    assert_int_equal(flash_erase(f, 0, RIG_SECTOR + 32), ERR_ALIGN);
    rig_check();
}

static void nothing_outside_the_part_reaches_the_bus(void **state)
{
    (void)state;
    uint8_t b[WORD] = {0};
    rig_forget();
    assert_int_equal(flash_read(f, RIG_SIZE, b, 1), ERR_RANGE);
    assert_int_equal(flash_program(f, RIG_SIZE, b, WORD), ERR_RANGE);
    assert_int_equal(flash_program(f, 0xffffffe0, b, WORD), ERR_RANGE);
    assert_int_equal(flash_erase(f, RIG_SIZE, RIG_SECTOR), ERR_RANGE);
    assert_int_equal(flash_erase(f, RIG_SIZE - RIG_SECTOR, 2 * RIG_SECTOR), ERR_RANGE);
    assert_int_equal(rig_accesses, 0);
    rig_check();
}

/* The seam refuses the whole request; the driver, asked behind the seam's back, refuses the word. */
static void a_programmed_word_is_not_programmed_again(void **state)
{
    (void)state;
    uint8_t src[3 * WORD];
    put(RIG_BANK2 + WORD, WORD, 1);
    rig_fill(src, sizeof src, 2);
    assert_int_equal(flash_program(f, RIG_BANK2, src, sizeof src), ERR_NOT_BLANK);
    rig_check();
    assert_int_equal(f->program(f, RIG_BANK2, src, sizeof src), ERR_NOT_BLANK);
    memcpy(rig_golden + RIG_BANK2, src, WORD); /* the blank word before it is done */
    rig_check();
}

/* STRBERR by itself proves nothing [RM0433 4.7.4]: what was read back decides. */
static void data_that_did_not_arrive_are_found_by_reading_back(void **state)
{
    (void)state;
    uint8_t src[WORD] = {1};
    h7_flash_fail_at(&rig_native.flash, 1, H7_SR_STRBERR);
    assert_int_equal(flash_program(f, RIG_BANK2, src, WORD), ERR_IO);
    assert_non_null(strstr(rig_log, "Verify failed at 0x00100000"));
    rig_check();
}

static void unreadable_words_are_reported_and_erasable(void **state)
{
    (void)state;
    static const uint32_t places[] = {0x40, RIG_BANK2 - WORD, RIG_BANK2, RIG_SIZE - WORD};
    for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
        uint8_t b[64];
        bool blank = true;
        fresh(NULL);
        h7_flash_spoil(&rig_native.flash, places[i]);
        assert_int_equal(flash_read(f, places[i] + 3, b, 1), ERR_UNREADABLE);
        assert_int_equal(flash_read(f, places[i] - WORD, b, 2 * WORD), ERR_UNREADABLE);
        assert_int_equal(flash_read(f, places[i] - WORD, b, WORD), ERR_OK);
        assert_int_equal(flash_is_blank(f, places[i], WORD, &blank), ERR_OK);
        assert_false(blank);
        memset(b, 0, sizeof b);
        assert_int_equal(flash_program(f, places[i], b, WORD), ERR_NOT_BLANK);
        assert_int_equal(flash_erase(f, places[i] & ~(RIG_SECTOR - 1), RIG_SECTOR), ERR_OK);
        rig_check();
        put(places[i], WORD, i);
        rig_check();
    }
}

/* Each flag, on each word of a program: the error must come from that word, with its bank's status. */
static void an_error_in_word_k_is_reported_at_word_k(void **state)
{
    static const uint32_t flags[] = {H7_SR_WRPERR, H7_SR_PGSERR, H7_SR_INCERR, H7_SR_OPERR,
                                     H7_SR_STRBERR | H7_SR_WRPERR};
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
        for (unsigned k = 1; k <= 4; k++) {
            uint8_t src[4 * WORD];
            char line[64];
            fresh(NULL);
            rig_fill(src, sizeof src, k);
            h7_flash_fail_at(&rig_native.flash, k, flags[i]);
            /* words 1 and 2 in bank 1, words 3 and 4 in bank 2 */
            assert_int_equal(flash_program(f, RIG_BANK2 - 2 * WORD, src, sizeof src), ERR_IO);
            memcpy(rig_golden + RIG_BANK2 - 2 * WORD, src, (k - 1) * WORD);
            snprintf(line, sizeof line, "<err> flash_stm32h7: Status Bank%d: 0x%08x",
                     k <= 2 ? 1 : 2, (unsigned)flags[i]);
            if (strstr(rig_log, line) == NULL)
                fail_msg("no line \"%s\" in: %s", line, rig_log);
            rig_check();
            assert_int_equal(flash_program(f, RIG_BANK2 + 0x1000, src, WORD), ERR_OK);
        }
    }
}

static void an_error_in_an_erase_stops_it_there(void **state)
{
    (void)state;
    mark_all_sectors();
    h7_flash_fail_at(&rig_native.flash, 2, H7_SR_OPERR);
    assert_int_equal(flash_erase(f, 7 * RIG_SECTOR, 3 * RIG_SECTOR), ERR_IO);
    memset(rig_golden + 7 * RIG_SECTOR, 0xff, RIG_SECTOR);
    assert_non_null(strstr(rig_log, "Status Bank2: 0x00400000"));
    rig_check();
}

static void a_write_protected_sector_says_so(void **state)
{
    (void)state;
    uint8_t src[WORD] = {0};
    h7_flash_protect(&rig_native.flash, 1, 1u << 3);
    assert_int_equal(flash_program(f, 11 * RIG_SECTOR, src, WORD), ERR_IO);
    assert_non_null(strstr(rig_log, "Status Bank2: 0x00020000"));
    assert_int_equal(flash_erase(f, 11 * RIG_SECTOR, RIG_SECTOR), ERR_IO);
    rig_check();
    put(12 * RIG_SECTOR, WORD, 1);
    rig_check();
}

static void flags_left_by_others_do_not_fail_a_call(void **state)
{
    (void)state;
    for (unsigned bank = 0; bank < 2; bank++) {
        fresh(NULL);
        h7_flash_raise(&rig_native.flash, bank, H7_SR_CLEARABLE & ~(1u << 20));
        put(RIG_BANK2 - WORD, 2 * WORD, 1);
        h7_flash_raise(&rig_native.flash, bank, H7_SR_CLEARABLE);
        assert_int_equal(flash_erase(f, 3 * RIG_SECTOR, RIG_SECTOR), ERR_OK);
        uint8_t b[WORD];
        h7_flash_raise(&rig_native.flash, bank, H7_SR_DBECCERR);
        assert_int_equal(flash_read(f, 0, b, WORD), ERR_OK);
        rig_native.flash.bank[bank].sr = 0;
        rig_check();
    }
}

static uint64_t raise_at;
static uint64_t speculate(uintptr_t addr, bool write)
{
    (void)addr;
    (void)write;
    if (rig_accesses == raise_at) {
        h7_flash_raise(&rig_native.flash, 0, H7_SR_RDPERR | H7_SR_RDSERR);
        h7_flash_raise(&rig_native.flash, 1, H7_SR_RDPERR | H7_SR_RDSERR);
    }
    return RIG_PASS;
}

/* Rule M17: the flags of speculation may come up between any two accesses of the driver. */
static void speculation_between_any_two_steps_is_harmless(void **state)
{
    (void)state;
    for (raise_at = 0;; raise_at++) {
        fresh(NULL);
        rig_hook = speculate;
        put(RIG_BANK2, WORD, 3);
        uint64_t last = rig_accesses;
        rig_hook = NULL;
        if (raise_at >= last)
            break;
    }
    assert_true(raise_at > 30);
}

static void a_bank_that_refuses_its_keys_is_an_error(void **state)
{
    (void)state;
    uint8_t src[WORD] = {0};
    mmio_write32(H7_FLASH_REGS + 0x104, 0x12345678); /* somebody's wrong key */
    assert_int_equal(flash_program(f, RIG_BANK2, src, WORD), ERR_ACCESS);
    assert_int_equal(flash_erase(f, RIG_BANK2, RIG_SECTOR), ERR_ACCESS);
    rig_forget(); /* the bus errors of the keys are what silicon does */
    rig_check();
    put(0, WORD, 1); /* bank 1 is not concerned */
    rig_check();
}

static uint64_t stuck(uintptr_t addr, bool write)
{
    return addr == H7_FLASH_REGS + 0x10 && !write ? H7_SR_QW : RIG_PASS;
}

static void a_bank_that_never_finishes_times_out(void **state)
{
    (void)state;
    uint8_t src[WORD] = {0};
    rig_config.polls_per_us = 1;
    rig_hook = stuck;
    assert_int_equal(flash_program(f, 0, src, WORD), ERR_TIMEOUT);
    assert_true(rig_accesses >= 4200000 && rig_accesses < 4300000);
    rig_hook = NULL;
    rig_check();
}

static unsigned rests, rests_needed;
static bool erase_has_begun;

static void rest(void)
{
    rests++;
    rig_native.now += 1000000;
}

/* Bank 1 is busy from the first write to its CR until somebody has rested so often. */
static uint64_t busy_until_rested(uintptr_t addr, bool write)
{
    erase_has_begun |= write && addr == H7_FLASH_REGS + 0x0c;
    bool busy = erase_has_begun && rests < rests_needed;
    return addr == H7_FLASH_REGS + 0x10 && !write && busy ? H7_SR_QW : RIG_PASS;
}

static enum err erase_that_takes(unsigned ms)
{
    rests = 0;
    rests_needed = ms;
    erase_has_begun = false;
    rig_config.rest = rest;
    rig_hook = busy_until_rested;
    enum err e = flash_erase(f, RIG_SECTOR, RIG_SECTOR);
    rig_hook = NULL;
    return e;
}

/* A sector takes a second: 2,500 million instructions of a core that only looks whether it is over. */
static void an_erase_is_slept_through(void **state)
{
    (void)state;
    uint64_t before = rig_accesses;
    assert_int_equal(erase_that_takes(2000), ERR_OK);
    assert_int_equal(rests, 2000);
    assert_in_range(rig_accesses - before, 18000,
                    18200); /* 1 ms of looking, then once in each rest */
    assert_int_equal(erase_that_takes(1), ERR_OK);
    assert_int_equal(erase_that_takes(0), ERR_OK);
    assert_int_equal(rests, 0);
}

static void a_slept_through_erase_that_never_ends_is_given_up(void **state)
{
    (void)state;
    assert_int_equal(erase_that_takes(UINT32_MAX), ERR_TIMEOUT);
    assert_in_range(rests, 4200, 4202);
    assert_non_null(strstr(rig_log, "Bank1 busy after 4200000 us"));
}

static unsigned invalidations;
static uint64_t watch_cache(uintptr_t addr, bool write)
{
    if (addr == 0xe000ef5c && write)
        invalidations++;
    return RIG_PASS;
}

static void cached_lines_are_dropped_only_if_there_is_a_cache(void **state)
{
    (void)state;
    rig_hook = watch_cache;
    invalidations = 0;
    put(0, WORD, 1);
    assert_int_equal(invalidations, 0);
    rig_native.caches_on = true;
    put(WORD, 2 * WORD, 2);
    assert_int_equal(invalidations, 2);
    invalidations = 0;
    assert_int_equal(flash_erase(f, RIG_BANK2, RIG_SECTOR), ERR_OK);
    assert_int_equal(invalidations, RIG_SECTOR / 32);
    rig_check();
}

static void windows_count_and_not_silicon_when_banks_are_swapped(void **state)
{
    (void)state;
    h7_flash_set_swap_option(&rig_native.flash, true);
    native_reset(&rig_native);
    assert_true(rig_native.flash.swap);
    mark_all_sectors();
    put(RIG_BANK2 - 4 * WORD, 3 * WORD, 1);
    put(RIG_BANK2 + WORD, 3 * WORD, 2);
    rig_check();
    assert_int_equal(flash_erase(f, RIG_BANK2, RIG_SECTOR), ERR_OK);
    memset(rig_golden + RIG_BANK2, 0xff, RIG_SECTOR);
    rig_check();
}

/* PG is set only while data go to its bank, SER only while its bank erases. */
static uint64_t watch_modes(uintptr_t addr, bool write)
{
    const uint32_t mode = H7_CR_PG | H7_CR_SER;
    uint32_t cr[2] = {rig_native.flash.bank[0].cr & mode, rig_native.flash.bank[1].cr & mode};
    bool data = addr - H7_FLASH_BASE < RIG_SIZE;
    if (cr[0] != 0 && cr[1] != 0)
        fail_msg("both banks are in a mode at an access of 0x%08lx", (unsigned long)addr);
    if (data && !write && (cr[0] | cr[1]) != 0)
        fail_msg("a bank is still in a mode when 0x%08lx is read", (unsigned long)addr);
    return RIG_PASS;
}

static void a_bank_leaves_its_mode_before_anything_else_happens(void **state)
{
    (void)state;
    rig_hook = watch_modes;
    put(RIG_BANK2 - WORD, 2 * WORD, 1);
    assert_int_equal(flash_erase(f, RIG_BANK2 - RIG_SECTOR, 2 * RIG_SECTOR), ERR_OK);
    memset(rig_golden + RIG_BANK2 - RIG_SECTOR, 0xff, 2 * RIG_SECTOR);
    rig_check();
}

static jmp_buf power;
static void power_gone(void *ctx)
{
    (void)ctx;
    longjmp(power, 1);
}

/* Cut in word k of 6, across the border: what was before is there, what comes later is untouched, and the
 * sector can be erased and used again. */
static void a_power_cut_spoils_one_word_at_most(void **state)
{
    (void)state;
    static volatile unsigned k, how;
    for (k = 1; k <= 6; k++) {
        for (how = VBOARD_CUT_BEFORE; how <= VBOARD_CUT_AFTER; how++) {
            const uint32_t start = RIG_BANK2 - 3 * WORD;
            static uint8_t src[6 * WORD], got[WORD];
            fresh(NULL);
            rig_fill(src, sizeof src, k);
            native_cut_at(&rig_native, k, (enum vboard_cut)how);
            rig_native.on_power_cut = power_gone;
            if (setjmp(power) == 0) {
                enum err e = flash_program(f, start, src, sizeof src);
                fail_msg("no cut at word %u (%d)", k, e);
            }
            native_reset(&rig_native);
            assert_int_equal(stm32h7_flash_init(&rig_driver, &rig_config), ERR_OK);
            for (unsigned i = 0; i < 6; i++) {
                enum err e = flash_read(f, start + i * WORD, got, WORD);
                if (i + 1 < k || (i + 1 == k && how == VBOARD_CUT_AFTER))
                    assert_true(e == ERR_OK && memcmp(got, src + i * WORD, WORD) == 0);
                else if (i + 1 > k || how == VBOARD_CUT_BEFORE)
                    assert_true(e == ERR_OK && bytes_all(got, 0xff, WORD));
                else
                    assert_true(e == ERR_OK || e == ERR_UNREADABLE);
            }
            assert_int_equal(flash_erase(f, RIG_BANK2 - RIG_SECTOR, 2 * RIG_SECTOR), ERR_OK);
            rig_check();
            put(start, sizeof src, 9);
            rig_check();
        }
    }
}

/* ---- an erase beside the program ---- */

#define SECTOR_9 (RIG_BANK2 + RIG_SECTOR)

/* Until the erase that runs is over; its result. */
static enum err poll_to_the_end(void)
{
    enum err e;
    do
        e = flash_erase_poll(f);
    while (e == ERR_BUSY);
    return e;
}

static void begin_erase(void)
{
    mark_all_sectors();
    assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_OK);
    assert_true(h7_flash_busy(&rig_native.flash, 1));
}

static void expect_erased(void)
{
    memset(rig_golden + SECTOR_9, 0xff, RIG_SECTOR);
    rig_check();
}

static void the_other_bank_works_while_one_is_erased(void **state)
{
    (void)state;
    uint8_t b[64];
    begin_erase();
    assert_int_equal(flash_erase_poll(f), ERR_BUSY);
    assert_int_equal(flash_read(f, RIG_SECTOR, b, sizeof b), ERR_OK);
    assert_memory_equal(b, rig_golden + RIG_SECTOR, sizeof b);
    put(2 * RIG_SECTOR + 4 * WORD, 2 * WORD, 7);
    assert_true(h7_flash_busy(&rig_native.flash, 1));
    assert_int_equal(flash_erase_poll(f), ERR_BUSY);
    assert_int_equal(rig_native.flash.stalls, 0);
    assert_int_equal(poll_to_the_end(), ERR_OK);
    expect_erased();
    assert_int_equal(flash_erase_poll(f), ERR_STATE);
}

static void the_bank_of_the_program_is_not_erased_beside_it(void **state)
{
    (void)state;
    mark_all_sectors();
    uint64_t before = rig_accesses;
    assert_int_equal(flash_erase_begin(f, 0), ERR_NOTSUP);
    assert_int_equal(flash_erase_begin(f, 7 * RIG_SECTOR), ERR_NOTSUP);
    assert_int_equal(rig_accesses, before);
    assert_int_equal(flash_erase_poll(f), ERR_STATE);
    rig_check();
    rig_config.program_start += RIG_BANK2; /* of an image that runs from slot1 */
    assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_NOTSUP);
    assert_int_equal(flash_erase_begin(f, 0), ERR_OK);
    assert_int_equal(poll_to_the_end(), ERR_OK);
    memset(rig_golden, 0xff, RIG_SECTOR);
    rig_check();
}

static void a_second_erase_is_refused_until_the_first_is_told(void **state)
{
    (void)state;
    begin_erase();
    assert_int_equal(flash_erase_begin(f, RIG_BANK2), ERR_BUSY);
    assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_BUSY);
    native_wait(&rig_native, 10000000);
    assert_int_equal(flash_erase_begin(f, RIG_BANK2), ERR_BUSY);
    assert_int_equal(flash_erase_poll(f), ERR_OK);
    expect_erased();
    assert_int_equal(flash_erase_begin(f, RIG_BANK2), ERR_OK);
    assert_int_equal(poll_to_the_end(), ERR_OK);
}

/* A load from the bank would stall the core with interrupts and all; the driver waits by reading SR. */
static void the_same_bank_waits_without_a_stall(void **state)
{
    uint8_t b[WORD];
    bool virgin;
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        fresh(NULL);
        begin_erase();
        memset(rig_golden + SECTOR_9, 0xff, RIG_SECTOR);
        if (how == 0)
            assert_int_equal(flash_read(f, SECTOR_9 - WORD / 2, b, WORD), ERR_OK);
        if (how == 1)
            put(SECTOR_9, WORD, 3);
        if (how == 2)
            assert_int_equal(flash_is_virgin(f, SECTOR_9, RIG_SECTOR, &virgin), ERR_OK);
        if (how == 3) {
            assert_int_equal(flash_erase(f, RIG_BANK2, RIG_SECTOR), ERR_OK);
            memset(rig_golden + RIG_BANK2, 0xff, RIG_SECTOR);
        }
        assert_int_equal(rig_native.flash.stalls, 0);
        rig_check();
        assert_true(rig_fed >
                    (how == 3 ? 2u : 1u)); /* begin and erase feed once each; the wait does, too */
        assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_BUSY);
        assert_int_equal(flash_erase_poll(f), ERR_OK); /* the result is kept */
        rig_check();
    }
}

/* Its flags come up at its end, whatever the driver does in the other bank in between. */
static void an_error_of_the_erase_is_its_own(void **state)
{
    uint8_t b[WORD];
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        fresh(NULL);
        h7_flash_fail_at(&rig_native.flash, 1, H7_SR_OPERR);
        begin_erase();
        native_wait(&rig_native, 10000000); /* it has failed, and nobody has looked */
        if (how == 0)
            assert_int_equal(flash_read(f, 0, b, WORD), ERR_OK);
        if (how == 1)
            put(4 * WORD, WORD, 1);
        if (how == 2) {
            assert_int_equal(flash_erase(f, 0, RIG_SECTOR), ERR_OK);
            memset(rig_golden, 0xff, RIG_SECTOR);
        }
        assert_null(strstr(rig_log, "Status"));
        assert_int_equal(flash_erase_poll(f), ERR_IO);
        assert_non_null(strstr(rig_log, "<err> flash_stm32h7: Status Bank2: 0x00400000"));
        rig_check();
        assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_OK);
        assert_int_equal(poll_to_the_end(), ERR_OK);
        expect_erased();
    }
}

static void an_error_of_the_other_bank_is_not_that_of_the_erase(void **state)
{
    uint8_t src[WORD] = {0};
    (void)state;
    begin_erase();
    h7_flash_fail_at(&rig_native.flash, 1, H7_SR_PGSERR);
    assert_int_equal(flash_program(f, 4 * WORD, src, WORD), ERR_IO);
    assert_int_equal(poll_to_the_end(), ERR_OK);
    expect_erased();
}

static uint64_t never_idle(uintptr_t addr, bool write)
{
    return addr == H7_FLASH_REGS + 0x110 && !write ? H7_SR_QW : RIG_PASS;
}

static void an_erase_that_never_ends_is_given_up(void **state)
{
    (void)state;
    rig_config.polls_per_us = 1;
    begin_erase();
    rig_hook = never_idle;
    uint64_t before = rig_accesses;
    assert_int_equal(poll_to_the_end(), ERR_TIMEOUT);
    assert_in_range(rig_accesses - before, 4200000, 4300000);
    assert_non_null(strstr(rig_log, "Bank2 busy after 4200000 us"));
    assert_int_equal(flash_erase_poll(f), ERR_STATE);
}

static void a_refused_start_leaves_nothing_behind(void **state)
{
    uint64_t now = rig_native.now;
    (void)state;
    mark_all_sectors();
    (void)h7_flash_reg_write(&rig_native.flash, &now, 0x104, 0x12345678); /* a wrong key */
    native_forget(&rig_native);
    assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_ACCESS);
    assert_int_equal(flash_erase_poll(f), ERR_STATE);
    assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_ACCESS);
}

static void torn_words_are_not_virgin(void **state)
{
    static const uint32_t places[] = {SECTOR_9, SECTOR_9 + RIG_SECTOR / 2,
                                      SECTOR_9 + RIG_SECTOR - WORD};
    bool virgin = false;
    (void)state;
    assert_int_equal(flash_is_virgin(f, 0, RIG_SIZE, &virgin), ERR_OK);
    assert_true(virgin);
    for (unsigned i = 0; i < ARRAY_LEN(places); i++)
        for (unsigned cell = 0; cell <= 266; cell += 38) {
            bool blank = true;
            fresh(NULL);
            if (cell < 266)
                h7_flash_flip(&rig_native.flash, places[i], cell);
            else
                h7_flash_spoil(&rig_native.flash, places[i]);
            assert_int_equal(flash_is_blank(f, places[i], WORD, &blank), ERR_OK);
            assert_int_equal(blank, cell < 266); /* corrected, it reads erased */
            assert_int_equal(flash_is_virgin(f, SECTOR_9, RIG_SECTOR, &virgin), ERR_OK);
            assert_false(virgin);
            assert_int_equal(flash_is_virgin(f, RIG_BANK2, RIG_SECTOR, &virgin), ERR_OK);
            assert_true(virgin);
            assert_int_equal(rig_native.bus_faults, 0);
        }
    put(SECTOR_9 + RIG_SECTOR, WORD, 1);
    assert_int_equal(flash_is_virgin(f, SECTOR_9 + RIG_SECTOR, WORD, &virgin), ERR_OK);
    assert_false(virgin);
}

static void a_cut_between_begin_and_end_is_healed_by_an_erase(void **state)
{
    bool virgin = true;
    (void)state;
    rig_fill(rig_golden + SECTOR_9, RIG_SECTOR, 5);
    rig_poke(SECTOR_9, RIG_SECTOR);
    assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_OK);
    native_wait(&rig_native, 300000); /* of a millisecond */
    native_reset(&rig_native);
    assert_int_not_equal(rig_native.flash.cells.flagged_in[9], 0);
    assert_int_equal(stm32h7_flash_init(&rig_driver, &rig_config), ERR_OK);
    assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_NOTSUP); /* not offered */
    stm32h7_flash_erase_beside(f);
    assert_int_equal(flash_erase_poll(f), ERR_STATE);
    assert_int_equal(flash_is_virgin(f, SECTOR_9, RIG_SECTOR, &virgin), ERR_OK);
    assert_false(virgin);
    assert_int_equal(flash_erase_begin(f, SECTOR_9), ERR_OK);
    assert_int_equal(poll_to_the_end(), ERR_OK);
    expect_erased();
    put(SECTOR_9, 2 * WORD, 1);
    rig_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(geometry_is_the_whole_part, fresh),
        cmocka_unit_test_setup(a_part_that_contradicts_the_devicetree_is_refused, fresh),
        cmocka_unit_test_setup(a_part_with_one_bank_has_no_second, fresh),
        cmocka_unit_test_setup(every_sector_programs_reads_and_erases, fresh),
        cmocka_unit_test_setup(every_range_of_sectors_erases_exactly_itself, fresh),
        cmocka_unit_test_setup(any_alignment_reads_right, fresh),
        cmocka_unit_test_setup(long_reads_let_interrupts_in, fresh),
        cmocka_unit_test_setup(programs_that_touch_or_cross_the_bank_border, fresh),
        cmocka_unit_test_setup(only_whole_words_program_and_only_whole_sectors_erase, fresh),
        cmocka_unit_test_setup(nothing_outside_the_part_reaches_the_bus, fresh),
        cmocka_unit_test_setup(a_programmed_word_is_not_programmed_again, fresh),
        cmocka_unit_test_setup(data_that_did_not_arrive_are_found_by_reading_back, fresh),
        cmocka_unit_test_setup(unreadable_words_are_reported_and_erasable, fresh),
        cmocka_unit_test_setup(an_error_in_word_k_is_reported_at_word_k, fresh),
        cmocka_unit_test_setup(an_error_in_an_erase_stops_it_there, fresh),
        cmocka_unit_test_setup(a_write_protected_sector_says_so, fresh),
        cmocka_unit_test_setup(flags_left_by_others_do_not_fail_a_call, fresh),
        cmocka_unit_test_setup(speculation_between_any_two_steps_is_harmless, fresh),
        cmocka_unit_test_setup(a_bank_that_refuses_its_keys_is_an_error, fresh),
        cmocka_unit_test_setup(a_bank_that_never_finishes_times_out, fresh),
        cmocka_unit_test_setup(an_erase_is_slept_through, fresh),
        cmocka_unit_test_setup(a_slept_through_erase_that_never_ends_is_given_up, fresh),
        cmocka_unit_test_setup(cached_lines_are_dropped_only_if_there_is_a_cache, fresh),
        cmocka_unit_test_setup(windows_count_and_not_silicon_when_banks_are_swapped, fresh),
        cmocka_unit_test_setup(a_bank_leaves_its_mode_before_anything_else_happens, fresh),
        cmocka_unit_test_setup(a_power_cut_spoils_one_word_at_most, fresh),
        cmocka_unit_test_setup(the_other_bank_works_while_one_is_erased, fresh),
        cmocka_unit_test_setup(the_bank_of_the_program_is_not_erased_beside_it, fresh),
        cmocka_unit_test_setup(a_second_erase_is_refused_until_the_first_is_told, fresh),
        cmocka_unit_test_setup(the_same_bank_waits_without_a_stall, fresh),
        cmocka_unit_test_setup(an_error_of_the_erase_is_its_own, fresh),
        cmocka_unit_test_setup(an_error_of_the_other_bank_is_not_that_of_the_erase, fresh),
        cmocka_unit_test_setup(an_erase_that_never_ends_is_given_up, fresh),
        cmocka_unit_test_setup(a_refused_start_leaves_nothing_behind, fresh),
        cmocka_unit_test_setup(torn_words_are_not_virgin, fresh),
        cmocka_unit_test_setup(a_cut_between_begin_and_end_is_healed_by_an_erase, fresh),
    };
    return cmocka_run_group_tests_name("flash driver", tests, NULL, NULL);
}
