/* The suite itself: a driver that is not ours passes, and what no exhibit of the museum gets wrong is found in
 * variants of it. Also the shortest example of how to put a driver on trial. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/base/mmio.h"
#include "rehearse/driver/flash_conformance.h"

/* ---- a driver that shares no code with ours ---- */

enum wrong {
    NOTHING,
    WILL_NOT_START,
    STARTS_UNLOCKED,
    READS_A_BYTE_TOO_MANY,
    LOSES_THE_LAST_BYTE,
    HIDES_ECC_ERRORS,
    POLLS_FOR_EVER,
    GIVES_UP_EARLY,
    IGNORES_THE_LOCK,
    KNOWS_TWO_BANKS, /* of one */
    /* Of a driver that erases beside the program: */
    ERASES_BESIDE,
    DOES_NOT_WAIT_FOR_THE_END,
    TAKES_A_SECOND_ERASE,
    READS_JUNK_MEANWHILE,
    CLEARS_THE_ERASES_FLAGS,
    TAKES_TORN_WORDS_FOR_VIRGIN,
};

static struct {
    struct flash flash;
    enum wrong wrong;
    uintptr_t beside; /* the registers of the bank that is erased beside the program; 0: none */
    uint32_t beside_off;
} dev;

enum { CR = 0x0c, SR = 0x10, CCR = 0x14, KEYR = 0x04 };
enum { LOCKED = 1, PG = 2, SER = 4, X64 = 0x30, START = 0x80, BUSY = 7 };
#define ANY_FAILURE 0x00660000u /* WRPERR PGSERR INCERR OPERR */
#define BAD_ECC     0x04000000u
#define ALL_FLAGS   0x1fef0000u

static uintptr_t block(uint32_t off)
{
    return off < 0x100000 || dev.flash.size == 0x100000 ? 0x52002000 : 0x52002100;
}

static void clear_flags(void)
{
    if (dev.beside != 0 && dev.wrong != CLEARS_THE_ERASES_FLAGS) { /* of the other bank */
        mmio_write32((dev.beside ^ 0x100) + CCR, ALL_FLAGS);
        return;
    }
    mmio_write32(0x52002014, ALL_FLAGS);
    if (dev.flash.size > 0x100000 || dev.wrong == KNOWS_TWO_BANKS)
        mmio_write32(0x52002114, ALL_FLAGS);
}

static enum err wait(uintptr_t regs, uint32_t polls)
{
    for (uint32_t n = 0; n < polls || dev.wrong == POLLS_FOR_EVER; n++)
        if ((mmio_read32(regs + SR) & BUSY) == 0)
            return (mmio_read32(regs + SR) & ANY_FAILURE) == 0 ? ERR_OK : ERR_IO;
    return ERR_TIMEOUT;
}

static enum err begin(uintptr_t regs, uint32_t polls)
{
    enum err e = wait(regs, polls);
    if (e == ERR_TIMEOUT)
        return e;
    clear_flags();
    if ((mmio_read32(regs + CR) & LOCKED) != 0) {
        mmio_write32(regs + KEYR, 0x45670123);
        mmio_write32(regs + KEYR, 0xcdef89ab);
    }
    bool locked = (mmio_read32(regs + CR) & LOCKED) != 0;
    return locked && dev.wrong != IGNORES_THE_LOCK ? ERR_ACCESS : ERR_OK;
}

static void end(uintptr_t regs)
{
    if ((mmio_read32(regs + CR) & LOCKED) != 0)
        return;
    mmio_write32(regs + CR, X64);
    mmio_dsb();
    clear_flags();
    mmio_write32(regs + CR, X64 | LOCKED);
}

static void drop_lines(uint32_t off, uint32_t len)
{
    if ((mmio_read32(0xe000ed14) & 1u << 16) == 0)
        return;
    for (uint32_t i = 0; i < len; i += 32)
        mmio_write32(0xe000ef5c, 0x08000000 + off + i);
    mmio_dsb();
}

static enum err read_word(uint32_t off, uint8_t *word)
{
    clear_flags();
    if (!mmio_copy_tolerant(word, 0x08000000 + off, 32))
        return ERR_IO;
    uint32_t sr = mmio_read32(block(off) + SR);
    clear_flags();
    return (sr & BAD_ECC) == 0 || dev.wrong == HIDES_ECC_ERRORS ? ERR_OK : ERR_UNREADABLE;
}

static bool busy(uint32_t off, uint32_t len)
{
    return dev.beside != 0 && (block(off) == dev.beside || block(off + len - 1) == dev.beside);
}

static enum err read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    uint8_t *to = dst;
    (void)f;
    if (busy(off, len))
        return dev.wrong == READS_JUNK_MEANWHILE ? ERR_OK : ERR_BUSY;
    for (uint32_t i = 0; i < len; i++) {
        static _Alignas(4) uint8_t word[32];
        uint32_t skip = (off + i) % 32;
        enum err e = i == 0 || skip == 0 ? read_word(off + i - skip, word) : ERR_OK;
        if (e != ERR_OK)
            return e;
        to[i] = word[skip];
    }
    if (dev.wrong == READS_A_BYTE_TOO_MANY && len % 4 != 0)
        to[len] = 0;
    if (dev.wrong == LOSES_THE_LAST_BYTE && off % 32 + len > 64)
        to[len - 1] = 0;
    return ERR_OK;
}

static enum err program_word(uint32_t off, const uint8_t *src)
{
    _Alignas(4) uint8_t have[32];
    uint32_t word[8];
    uintptr_t regs = block(off);
    enum err e = begin(regs, dev.wrong == GIVES_UP_EARLY ? 150 : 5000000);
    if (e != ERR_OK)
        return e;
    e = read_word(off, have);
    if (e != ERR_OK || !bytes_all(have, 0xff, sizeof have))
        return ERR_NOT_BLANK;
    memcpy(word, src, sizeof word);
    mmio_write32(regs + CR, X64 | PG);
    mmio_dsb();
    for (unsigned i = 0; i < 8; i++)
        mmio_write32(0x08000000 + off + 4 * i, word[i]);
    mmio_dsb();
    e = wait(regs, dev.wrong == GIVES_UP_EARLY ? 150 : 5000);
    drop_lines(off, 32);
    return e;
}

static enum err program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    enum err e = busy(off, len) ? ERR_BUSY : ERR_OK;
    (void)f;
    for (uint32_t i = 0; i < len && e == ERR_OK; i += 32) {
        e = program_word(off + i, (const uint8_t *)src + i);
        end(block(off + i));
    }
    return e;
}

static enum err erase(struct flash *f, uint32_t off, uint32_t len)
{
    enum err e = ERR_OK;
    (void)f;
    for (uint32_t at = off; at < off + len && e == ERR_OK; at += 0x20000) {
        uintptr_t regs = block(at);
        uint32_t sector = at >> 17 & 7;
        e = begin(regs, 5000000);
        if (e == ERR_OK) {
            mmio_write32(regs + CR, X64 | SER | sector << 8);
            mmio_write32(regs + CR, X64 | SER | sector << 8 | START);
            mmio_dsb();
            e = wait(regs, 5000000);
        }
        end(regs);
        drop_lines(at, 0x20000);
    }
    return e;
}

static enum err erase_begin(struct flash *f, uint32_t off)
{
    uintptr_t regs = block(off);
    uint32_t sector = off >> 17 & 7;
    (void)f;
    if (dev.beside != 0)
        return dev.wrong == TAKES_A_SECOND_ERASE ? ERR_OK : ERR_BUSY;
    if (regs == 0x52002000) /* the program's */
        return ERR_NOTSUP;
    enum err e = begin(regs, 5000000);
    if (e != ERR_OK)
        return e;
    mmio_write32(regs + CR, X64 | SER | sector << 8);
    mmio_write32(regs + CR, X64 | SER | sector << 8 | START);
    mmio_dsb();
    dev.beside = regs;
    dev.beside_off = off;
    return ERR_OK;
}

static enum err erase_poll(struct flash *f)
{
    uintptr_t regs = dev.beside;
    (void)f;
    if (regs == 0)
        return ERR_STATE;
    enum err e = wait(regs, 1);
    if (e == ERR_TIMEOUT && dev.wrong != DOES_NOT_WAIT_FOR_THE_END)
        return ERR_BUSY;
    dev.beside = 0;
    end(regs);
    drop_lines(dev.beside_off, 0x20000);
    return e == ERR_TIMEOUT ? ERR_OK : e;
}

static enum err is_virgin(struct flash *f, uint32_t off, uint32_t len, bool *virgin)
{
    _Alignas(4) uint8_t word[32];
    (void)f;
    if (busy(off, len)) {
        *virgin = false;
        return ERR_OK;
    }
    for (uint32_t i = 0; *virgin && i < len; i += 32) {
        clear_flags();
        if (!mmio_copy_tolerant(word, 0x08000000 + off + i, 32))
            return ERR_IO;
        uint32_t sr = mmio_read32(block(off) + SR);
        clear_flags();
        *virgin = bytes_all(word, 0xff, sizeof word) && ((sr & (BAD_ECC | BAD_ECC >> 1)) == 0 ||
                                                         dev.wrong == TAKES_TORN_WORDS_FOR_VIRGIN);
    }
    return ERR_OK;
}

static struct flash *start(const void *ctx, const struct soc *soc)
{
    dev.beside = 0;
    dev.wrong = *(const enum wrong *)ctx;
    dev.flash = (struct flash){.size = soc->flash.size,
                               .sector = 0x20000,
                               .word = 32,
                               .erased = 0xff,
                               .read = read,
                               .program = program,
                               .erase = erase};
    if (dev.wrong >= ERASES_BESIDE) {
        dev.flash.erase_begin = erase_begin;
        dev.flash.erase_poll = erase_poll;
        dev.flash.is_virgin = is_virgin;
    }
    if (dev.wrong == STARTS_UNLOCKED)
        (void)begin(0x52002100, 10);
    return dev.wrong == WILL_NOT_START ? NULL : &dev.flash;
}

/* ---- the tests ---- */

static struct conformance_report report;

static void try_on(enum wrong wrong, const struct soc *soc)
{
    static enum wrong choice;
    const struct conformance_driver d = {.name = "stranger", .ctx = &choice, .start = start};
    choice = wrong;
    conformance_run(&d, soc, &report);
}

static void try(enum wrong wrong)
{
    try_on(wrong, &soc_stm32h753);
}

static enum conformance_outcome outcome_of(const char *check, enum conformance_setup setup)
{
    for (unsigned i = 0; i < report.rows; i++)
        if (strcmp(report.row[i].check, check) == 0)
            return report.row[i].outcome[setup];
    fail_msg("no check %s", check);
    return OUTCOME_COUNT;
}

/* Each check has passed in each setup in which it ran. */
static void expect_passed(void)
{
    unsigned passed = 0;
    for (unsigned i = 0; i < report.rows; i++)
        for (unsigned w = 0; w < SETUP_COUNT; w++) {
            assert_int_not_equal(report.row[i].outcome[w], OUTCOME_FOUND);
            passed += report.row[i].outcome[w] == OUTCOME_PASSED;
        }
    assert_int_equal(passed, report.checks);
}

static void a_right_driver_passes(void **state)
{
    char text[CONFORMANCE_TEXT];
    (void)state;
    try(NOTHING);
    if (report.count != 0)
        fail_msg("%s", conformance_text(&report.finding[0], text));
    assert_true(report.options_left);
    assert_true(report.calls > 90000);
    expect_passed();
    assert_int_equal(outcome_of("erase_ranges", SETUP_NORMAL), OUTCOME_PASSED);
    assert_int_equal(outcome_of("erase_ranges", SETUP_CACHED), OUTCOME_LEFT_OUT);
    assert_int_equal(outcome_of("option_change", SETUP_NORMAL), OUTCOME_LEFT_OUT);
    assert_int_equal(outcome_of("virgin", SETUP_NORMAL), OUTCOME_LEFT_OUT);
}

static void a_right_driver_that_erases_beside_the_program_passes(void **state)
{
    char text[CONFORMANCE_TEXT];
    (void)state;
    try(NOTHING);
    unsigned checks = report.checks;
    try(ERASES_BESIDE);
    if (report.count != 0)
        fail_msg("%s", conformance_text(&report.finding[0], text));
    assert_int_equal(report.checks, checks + 6 * SETUP_COUNT);
}

static const struct conformance_finding *found(const char *check, enum symptom s, uint32_t where,
                                               uint32_t have)
{
    for (unsigned i = 0; i < report.count && i < CONFORMANCE_FINDINGS; i++) {
        const struct conformance_finding *f = &report.finding[i];
        if (strcmp(f->check, check) == 0 && f->symptom == s && f->where == where && f->have == have)
            return f;
    }
    return NULL;
}

static void each_mistake_is_found_where_it_shows(void **state)
{
    static const struct {
        enum wrong wrong;
        const char *check;
        enum symptom symptom;
        uint32_t where, have;
    } cases[] = {
        {WILL_NOT_START, "start", SYMPTOM_RESULT, 0, (uint32_t)ERR_INVAL},
        {STARTS_UNLOCKED, "start", SYMPTOM_REGISTER, 0x5200210c, 0x30},
        {READS_A_BYTE_TOO_MANY, "read_alignments", SYMPTOM_DATA, 1, 0},
        {LOSES_THE_LAST_BYTE, "read_alignments", SYMPTOM_DATA, 0x40, 0},
        {HIDES_ECC_ERRORS, "unreadable_words", SYMPTOM_RESULT, 0, ERR_OK},
        {POLLS_FOR_EVER, "never_finishes", SYMPTOM_HANG, 0x52002010, 4},
        {GIVES_UP_EARLY, "slowest_part", SYMPTOM_RESULT, 0, (uint32_t)ERR_TIMEOUT},
        {IGNORES_THE_LOCK, "keys_refused", SYMPTOM_FLAG, 0x52002110, 0x00040000},
        {DOES_NOT_WAIT_FOR_THE_END, "beside_other_bank", SYMPTOM_REGISTER, 0x52002110, 5},
        {TAKES_A_SECOND_ERASE, "beside_second", SYMPTOM_RESULT, 0, ERR_OK},
        {READS_JUNK_MEANWHILE, "beside_same_bank", SYMPTOM_DATA, 0x120000, 0xa5},
        {CLEARS_THE_ERASES_FLAGS, "beside_error", SYMPTOM_RESULT, 0, ERR_OK},
        {TAKES_TORN_WORDS_FOR_VIRGIN, "virgin", SYMPTOM_DATA, 0, true},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        try(cases[i].wrong);
        const struct conformance_finding *f =
            found(cases[i].check, cases[i].symptom, cases[i].where, cases[i].have);
        if (f == NULL)
            fail_msg("mistake %d: not found in %s", (int)cases[i].wrong, cases[i].check);
        assert_int_equal(outcome_of(cases[i].check, SETUP_NORMAL), OUTCOME_FOUND);
        assert_int_equal(f->trace_count > 0, cases[i].wrong != WILL_NOT_START);
        if (f->symptom != SYMPTOM_HANG)
            continue;
        const struct conformance_access *last = &f->trace[f->trace_count - 1];
        assert_int_equal(last->address, f->where);
        assert_int_equal(last->value, f->have);
        assert_true(last->count > 1000000);
    }
}

/* What needs two banks is left out, and said; what only one has, is asked. */
static void one_bank_is_another_trial(void **state)
{
    char text[CONFORMANCE_TEXT];
    (void)state;
    try(NOTHING);
    unsigned checks = report.checks;
    assert_false(report.banks_left);
    assert_null(conformance_left_out(&report, text));
    try_on(NOTHING, &soc_stm32h723);
    if (report.count != 0)
        fail_msg("%s", conformance_text(&report.finding[0], text));
    assert_true(report.checks > checks / 3 && report.checks < checks);
    expect_passed();
    assert_int_equal(outcome_of("geometry", SETUP_SWAPPED), OUTCOME_LEFT_OUT);
    assert_true(report.banks_left);
    assert_string_equal(conformance_left_out(&report, text),
                        "left out because the part has one bank: the setups with the banks "
                        "swapped, beside_other_bank, "
                        "beside_second, beside_same_bank, beside_error, beside_cut, option_swap");
    try_on(KNOWS_TWO_BANKS, &soc_stm32h723);
    assert_int_equal(report.finding[0].symptom, SYMPTOM_LINT);
    assert_string_equal(report.finding[0].rule, "M21");
    assert_int_equal(report.finding[0].where, 0x52002114);
    try_on(GIVES_UP_EARLY, &soc_stm32h723);
    assert_true(found("slowest_part", SYMPTOM_RESULT, 0, (uint32_t)ERR_TIMEOUT));
}

/* Every check of a driver that does not start says that, once. */
static void without_a_driver_nothing_is_called(void **state)
{
    (void)state;
    try(WILL_NOT_START);
    for (unsigned i = 0; i < report.count; i++)
        assert_int_equal(report.finding[i].symptom, SYMPTOM_RESULT);
    assert_true(report.calls <= 2 * report.checks);
}

static void findings_read_as_sentences(void **state)
{
    static const struct {
        struct conformance_finding f;
        const char *text;
    } cases[] = {
        {{.check = "c",
          .action = "erase",
          .off = 0x100000,
          .len = 0x20000,
          .setups = SETUPS_ALL,
          .symptom = SYMPTOM_FLAG,
          .where = 0x52002110,
          .have = 0x00050000},
         "c: erase 0x100000+0x20000: SR2=0x00050000 EOP PGSERR"},
        {{.check = "c",
          .action = "program",
          .off = 0,
          .len = 32,
          .setups = SETUPS_SWAPPED,
          .symptom = SYMPTOM_RESULT,
          .want = CONFORMANCE_ANY_ERROR,
          .have = 0},
         "c: program 0x000000+0x20: returned success (0), not an error [swapped, swapped+cached]"},
        {{.check = "c",
          .action = "read",
          .off = 3,
          .len = 1,
          .setups = SETUPS_ALL,
          .symptom = SYMPTOM_HANG,
          .where = 0x52002010,
          .have = 4},
         "c: read 0x000003+0x1: hangs polling SR1=0x00000004"},
        {{.check = "c",
          .action = "read",
          .setups = 1u << SETUP_NORMAL,
          .symptom = SYMPTOM_CELL,
          .where = 0x20,
          .want = 0xff,
          .have = 0x12},
         "c: read 0x000000+0x0: cell 0x000020=0x12, not 0xff [normal]"},
    };
    char text[CONFORMANCE_TEXT];
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(conformance_text(&cases[i].f, text), cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_driver_passes),
        cmocka_unit_test(a_right_driver_that_erases_beside_the_program_passes),
        cmocka_unit_test(each_mistake_is_found_where_it_shows),
        cmocka_unit_test(one_bank_is_another_trial),
        cmocka_unit_test(without_a_driver_nothing_is_called),
        cmocka_unit_test(findings_read_as_sentences),
    };
    return cmocka_run_group_tests_name("flash conformance", tests, NULL, NULL);
}
