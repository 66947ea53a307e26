/* The closure itself: what a cut leaves, that rows close without a violation on geometries that take
 * seconds, that the abstraction hides nothing there, and that a broken engine is found and replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "rehearse/closure.h"
#include "update/trailer.h"

static struct closure_result run_row(const char *name, bool concrete)
{
    struct closure_config c = {.draws = 2, .states_max = 2000000, .concrete = concrete};
    struct closure_result r;
    const char *end;
    assert_true(closure_parse(name, &c, &end));
    assert_true(closure_run(&c, &r));
    print_message("  %-30s %7u states %9u edges, to rest %u boots %u operations, %u ms\n", name,
                  (unsigned)r.states, (unsigned)r.edges, (unsigned)r.boots, (unsigned)r.ops,
                  (unsigned)r.ms);
    if (r.violations || r.bounded[0])
        print_message("  %s: %s\n", closure_fault_text(r.fault),
                      r.violations ? r.replay : r.bounded);
    return r;
}

static void rows_close(void **state)
{
    static const char *const rows[] = {
        "offset,8x128x4,revert",     "offset,8x128x4,permanent", "offset,8x128x4,no-way-back",
        "offset,8x128x4,forged",     "offset,8x128x4,too-large", "overwrite,8x128x3,permanent",
        "overwrite,8x128x3,upload",  "overwrite,8x128x3,forged", "scratch,8x128x3,no-way-back",
        "scratch,8x128x3,too-large",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct closure_result r = run_row(rows[i], false);
        assert_int_equal(r.violations, 0);
        assert_string_equal(r.bounded, "");
        assert_true(r.boots <= CLOSURE_BOOTS_MAX);
    }
}

/* Without abstraction there are more states and the same verdict, the same longest way to rest. */
static void abstraction_hides_nothing(void **state)
{
    (void)state;
    struct closure_result a = run_row("overwrite,32x512x3,permanent", false);
    struct closure_result c = run_row("overwrite,32x512x3,permanent", true);
    assert_true(a.abstracted > 0);
    assert_int_equal(c.abstracted, 0);
    assert_true(c.states > a.states);
    assert_string_equal(c.bounded, "");
    assert_int_equal(c.violations, a.violations);
    assert_int_equal(c.boots, a.boots);
    assert_int_equal(c.ops, a.ops);
}

static void nonsense_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "offset",
                                        "offset,8",
                                        "sideways,8x128x4",
                                        "offset,8x128x4,nothing",
                                        "offset,0x128x4,test",
                                        "overwrite,8x128x3,revert"};
    enum closure_fault fault;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct closure_config c;
        const char *end;
        assert_false(closure_parse(texts[i], &c, &end));
        assert_false(closure_replay(texts[i], NULL, &fault));
    }
    struct closure_config tiny = {.draws = 2};
    struct closure_result r;
    const char *end;
    assert_true(closure_parse("offset,8x64x3,test", &tiny, &end));
    assert_false(closure_run(&tiny, &r));
    assert_non_null(strstr(r.bounded, "not possible"));
}

/* ---- the flash ------------------------------------------------------------------------------------ */

static struct closure_flash f;
static unsigned seen[CUT_KINDS];

static void count_kind(void *ctx, uint32_t s, uint32_t id, struct cut c)
{
    (void)ctx, (void)s, (void)id;
    seen[c.kind]++;
}

static void open_flash(void)
{
    assert_int_equal(closure_flash_init(&f, 8, 64, 2), ERR_OK);
    memset(seen, 0, sizeof(seen));
    f.emit = count_kind;
}

static void cuts_of_every_class(void **state)
{
    static const uint8_t flag[8] = {0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    (void)state;
    open_flash();
    f.detailed = 1;
    assert_int_equal(setjmp(f.stop), 0);
    assert_int_equal(flash_program(&f.flash, 0, flag, 8), ERR_OK);
    assert_int_equal(seen[CUT_BEFORE], 1);
    assert_int_equal(seen[CUT_TOUCHED], 1);
    assert_int_equal(seen[CUT_UNREADABLE], 1);
    assert_int_equal(seen[CUT_MIXED], 7 + 2); /* each missing bit of 0x01, and the draws */
    assert_int_equal(flash_erase(&f.flash, 0, 64), ERR_OK);
    assert_int_equal(seen[CUT_ONLY_T] + seen[CUT_ONLY_U] + seen[CUT_LOST_T] + seen[CUT_LOST_U], 4);
    assert_int_equal(seen[CUT_NOISE], 1);
    closure_flash_free(&f);
}

static void rules_are_kept(void **state)
{
    static const uint8_t word[8] = {0};
    (void)state;
    open_flash();
    closure_flash_spoil(&f, 8, CELL_TOUCHED);
    if (setjmp(f.stop) == 0) {
        enum err e = flash_program(&f.flash, 0, word, 16);
        fail_msg("a touched word was programmed: %d", (int)e);
    }
    assert_int_equal(f.why, CLOSURE_BROKE_RULE);
    assert_int_equal(f.where, 8);
    closure_flash_free(&f);
}

static void abstracted_sectors_are_not_read(void **state)
{
    uint8_t byte;
    uint32_t id[2];
    (void)state;
    open_flash();
    id[0] = f.blank_id;
    id[1] = f.any_id;
    closure_flash_load(&f, id);
    if (setjmp(f.stop) == 0) {
        enum err e = flash_read(&f.flash, 64 + 9, &byte, 1);
        fail_msg("read: %d", (int)e);
    }
    assert_int_equal(f.why, CLOSURE_LEAKED);
    assert_int_equal(f.where, 1);
    closure_flash_free(&f);
}

static void silent(const char *line)
{
    (void)line;
}

/* A replay follows the same cuts; one that does not exist is refused. */
static void replays_run(void **state)
{
    enum closure_fault fault = FAULT_RULE;
    (void)state;
    assert_true(closure_replay("offset,8x128x4,test,77: - 3.before 2.touched -", silent, &fault));
    assert_int_equal(fault, FAULT_NONE);
    assert_false(closure_replay("offset,8x128x4,test,77: 900.before", silent, &fault));
    assert_false(closure_replay("offset,8x128x4,test,77: 1.sideways", silent, &fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_of_every_class),
        cmocka_unit_test(rules_are_kept),
        cmocka_unit_test(abstracted_sectors_are_not_read),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(replays_run),
        cmocka_unit_test(abstraction_hides_nothing),
        cmocka_unit_test(rows_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
