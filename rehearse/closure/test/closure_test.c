/* The closure itself: what a cut leaves, that rows close without a violation on geometries that take
 * seconds, that the abstraction hides nothing there, and that a broken engine is found and replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/update/swap/trailer.h"
#include "rehearse/closure/closure.h"
#include "testing/rig_draw.h"

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
        "offset,8x128x4,revert",
        "offset,8x128x4,permanent",
        "offset,8x128x4,no-way-back",
        "offset,8x128x4,forged",
        "offset,8x128x4,too-large",
        "overwrite,8x128x3,permanent",
        "overwrite,8x128x3,upload",
        "overwrite,8x128x3,forged",
        "scratch,8x128x3,no-way-back",
        "scratch,8x128x3,too-large",
        "offset,8x128x4,wiped",
        "offset,8x128x4,downgrade",
        "overwrite,8x64x6/2,forged",
        "xip,8x128x3,newest",
        "xip-revert,8x128x3,test",
        "ram-revert,8x128x3,upload",
        "single,32x512x3,still",
        "xip-revert,8x128x3,forged",
        "offset-unstable,8x192x3,forged",
        "overwrite-unstable,8x128x3,forged",
        "overwrite-unstable,8x128x3,permanent",
        "offset-unstable,8x192x3,no-way-back",
        "offset-two,8x192x3,both-revert",
        "overwrite-counter,8x192x2,spoilt",
        "offset-counter,8x192x3,slip-in",
    };
    (void)state;
    for (uint32_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!rig_drawn(i))
            continue;
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

/* Nobody listens. */
static const struct closure_sink silent = {.event = NULL};

static void nonsense_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "offset",
                                        "offset,8",
                                        "sideways,8x128x4",
                                        "offset,8x128x4,nothing",
                                        "offset,0x128x4,test",
                                        "overwrite,8x128x3,revert",
                                        "overwrite,8x128x3/0,forged",
                                        "xip,8x128x3,permanent",
                                        "offset-two,8x192x3,test"};
    enum closure_fault fault;
    const char *why;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct closure_config c;
        const char *end;
        assert_false(closure_parse(texts[i], &c, &end));
        assert_false(closure_replay(texts[i], &silent, &fault, &why));
    }
    struct closure_config tiny = {.draws = 2};
    struct closure_result r;
    const char *end;
    assert_true(closure_parse("offset,8x64x3,test", &tiny, &end));
    assert_false(closure_run(&tiny, &r));
    assert_non_null(strstr(r.bounded, "not possible"));
}

static void a_row_that_is_given_up_says_why(void **state)
{
    struct closure_config few = {.draws = 2, .states_max = 10};
    struct closure_result r;
    const char *end;
    (void)state;
    assert_true(closure_parse("offset,8x128x4,test", &few, &end));
    assert_true(closure_run(&few, &r));
    assert_string_equal(r.bounded, "the search ended at its limit of 10 states");
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
    f.later[0] = 0;
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
    id[0] = f.id[0];
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

/* A sector that may hold any of three contents: each read takes the parts that read alike, one after the other, and
 * what was read stays true for the session. */
static void sets_come_apart_when_read(void **state)
{
    static uint8_t bytes[64], cells[8], byte[2];
    volatile unsigned seen_pairs = 0, runs = 0; /* setjmp */
    uint32_t id[2], ids[3];
    (void)state;
    open_flash();
    f.sets = 1;
    memset(bytes, 0xff, sizeof(bytes));
    memset(cells, CELL_WRITTEN, sizeof(cells));
    for (unsigned i = 0; i < 3; i++) { /* words 1 and 2 read 1,3  1,4  2,4 */
        bytes[8] = i < 2 ? 1 : 2;
        bytes[16] = i < 1 ? 3 : 4;
        ids[i] = store_content(&f.store, bytes, cells);
    }
    id[0] = store_set(&f.store, ids, 3);
    id[1] = f.id[1];
    assert_true(is_set(id[0]) && store_holds(&f.store, id[0], ids[1]));
    f.choices.count = f.choices.reported = 0;
    do {
        closure_flash_load(&f, id);
        assert_int_equal(setjmp(f.stop), 0);
        assert_int_equal(flash_read(&f.flash, 8, &byte[0], 1), ERR_OK);
        assert_int_equal(flash_read(&f.flash, 16, &byte[1], 1), ERR_OK);
        closure_flash_save(&f);
        assert_false(is_set(f.id[0]));
        seen_pairs = seen_pairs | 1u << (byte[0] * 2 + byte[1] - 5);
        runs = runs + 1;
    } while (closure_flash_next(&f));
    assert_int_equal(runs, 3);
    assert_int_equal(seen_pairs, 1 | 2 | 8);
    closure_flash_free(&f);
}

/* Operations in one sector are one set: all that a cut in any of them leaves. */
static void runs_are_reported_as_sets(void **state)
{
    static const uint8_t word[8] = {0};
    uint32_t id[2], count;
    (void)state;
    open_flash();
    f.sets = 3;
    memcpy(id, f.id, sizeof(id));
    closure_flash_load(&f, id);
    assert_int_equal(setjmp(f.stop), 0);
    assert_int_equal(flash_erase(&f.flash, 64, 64), ERR_OK);
    assert_int_equal(flash_program(&f.flash, 64, word, 8), ERR_OK);
    assert_int_equal(seen[CUT_BEFORE], 0);
    assert_int_equal(flash_erase(&f.flash, 0, 64), ERR_OK);
    assert_int_equal(seen[CUT_BEFORE], 1);
    closure_flash_save(&f);
    assert_int_equal(seen[CUT_BEFORE], 2);
    assert_int_equal(f.store.sets, 2);
    uint32_t first = SET_BIT;
    (void)store_members(&f.store, &first, &count);
    assert_true(count >
                6); /* blank; touched, unreadable, noise, mixtures; the word torn in each way */
    closure_flash_free(&f);
}

static uint32_t unstable_id;

static void keep_unstable(void *ctx, uint32_t s, uint32_t id, struct cut c)
{
    (void)ctx, (void)s;
    seen[c.kind]++;
    if (c.kind == CUT_UNSTABLE)
        unstable_id = id;
}

/* A word that a cut left so reads as programmed at one power-on and not at all at another; a word beside it, programmed
 * meanwhile, stays; an erase ends it. */
static void unstable_words_show_either(void **state)
{
    static const uint8_t word[8] = {0};
    volatile unsigned readable = 0, runs = 0; /* setjmp */
    uint8_t byte;
    uint32_t id[2];
    (void)state;
    open_flash();
    f.unstable = true;
    f.emit = keep_unstable;
    assert_int_equal(setjmp(f.stop), 0);
    assert_int_equal(flash_program(&f.flash, 8, word, 8), ERR_OK);
    assert_int_equal(seen[CUT_UNSTABLE], 2);
    id[0] = unstable_id;
    id[1] = f.id[1];
    assert_true(is_set(id[0]) && is_unstable(id[0]));
    f.choices.count = f.choices.reported = 0;
    do {
        closure_flash_load(&f, id);
        assert_int_equal(setjmp(f.stop), 0);
        for (unsigned again = 0; again < 2; again++)
            readable = readable + (flash_read(&f.flash, 8, &byte, 1) == ERR_OK);
        assert_int_equal(flash_program(&f.flash, 0, word, 8), ERR_OK); /* f.later: still virgin */
        closure_flash_save(&f);
        assert_true(is_unstable(f.id[0]) && f.id[0] != id[0]);
        runs = runs + 1;
    } while (closure_flash_next(&f));
    assert_int_equal(runs, 2);
    assert_int_equal(readable, 2); /* twice at the one, never at the other */
    assert_int_equal(flash_erase(&f.flash, 0, 64), ERR_OK);
    closure_flash_save(&f);
    assert_false(is_set(f.id[0]));
    closure_flash_free(&f);
}

/* A replay follows the same cuts; one that does not exist is refused. */
static void replays_run(void **state)
{
    enum closure_fault fault = FAULT_RULE;
    const char *why;
    (void)state;
    assert_true(
        closure_replay("offset,8x128x4,test,77: - 3.before 2.touched -", &silent, &fault, &why));
    assert_int_equal(fault, FAULT_NONE);
    assert_false(closure_replay("offset,8x128x4,test,77: 900.before", &silent, &fault, &why));
    assert_false(closure_replay("offset,8x128x4,test,77: 1.sideways", &silent, &fault, &why));
    assert_non_null(why);
}

/* ---- what a replay tells ---------------------------------------------------------------------------- */

struct heard {
    unsigned count[EVENT_KINDS], sessions, operation;
    struct cut cut[2];
};

/* Sessions and operations are numbered from 1, without a gap. */
static void note(void *ctx, const struct closure_event *e)
{
    struct heard *t = ctx;
    char line[CLOSURE_LINE_MAX];
    t->count[e->kind]++;
    t->sessions += e->kind == EVENT_POWER;
    t->operation = e->kind == EVENT_POWER || e->kind == EVENT_REST ? 0 : t->operation;
    assert_int_equal(e->session, t->sessions);
    if (e->kind == EVENT_OPERATION && t->count[EVENT_REST] == 0)
        assert_int_equal(e->op.number, ++t->operation);
    if (e->kind == EVENT_CUT) {
        assert_int_equal(e->cut.op, t->operation);
        t->cut[(t->count[EVENT_CUT] - 1) % 2] = e->cut;
    }
    closure_event_text(e, line);
    assert_true(line[0] != '\0' && strpbrk(line, "\r\n") == NULL);
    assert_true(closure_event_name(e)[0] != '\0');
}

static void a_replay_tells_what_happens(void **state)
{
    struct heard heard = {.sessions = 0};
    const struct closure_sink sink = {.event = note, .ctx = &heard};
    enum closure_fault fault;
    const char *why;
    (void)state;
    assert_true(
        closure_replay("offset,8x128x4,test,77: - 3.before 2.touched -", &sink, &fault, &why));
    assert_int_equal(heard.count[EVENT_CUT], 2);
    assert_int_equal(heard.cut[0].kind, CUT_BEFORE);
    assert_int_equal(heard.cut[1].kind, CUT_TOUCHED);
    assert_int_equal(heard.count[EVENT_RUNS], heard.sessions - 2);
    assert_int_equal(heard.count[EVENT_REST], 1);
    assert_int_equal(heard.count[EVENT_FAULT], 0);
}

static void check_line(struct closure_event e, const char *line)
{
    char text[CLOSURE_LINE_MAX];
    closure_event_text(&e, text);
    assert_string_equal(text, line);
}

static void events_as_text(void **state)
{
    static const uint8_t word[32] = {0xab, [8] = 1, [31] = 2};
    (void)state;
    check_line((struct closure_event){.kind = EVENT_POWER, .session = 3}, "----- power on 3");
    check_line((struct closure_event){.kind = EVENT_OPERATION, .op = {14, true, 896, 128, NULL}},
               "  14  erase 0x0380");
    check_line((struct closure_event){.kind = EVENT_OPERATION, .op = {2, false, 8, 32, word}},
               "   2  program 0x0008 ab00000000000000 0100000000000000 0000000000000000");
    check_line((struct closure_event){.kind = EVENT_CUT, .cut = {5, CUT_LOST_T, 9}},
               "      power is cut at operation 5: lostT9");
    check_line((struct closure_event){.kind = EVENT_RUNS, .running = IMG_B, .beside = IMG_A},
               "      undisturbed: image BA runs, stage 0");
    check_line(
        (struct closure_event){.kind = EVENT_FAULT, .fault = FAULT_RULE, .offset = 24},
        "      VIOLATION: a flash word was programmed without an erase before (offset 0x18)");
    check_line((struct closure_event){.kind = EVENT_FAULT, .fault = FAULT_CALL, .err = -3},
               "      VIOLATION: a call of the application failed, undisturbed (error -3)");
    check_line(
        (struct closure_event){.kind = EVENT_FAULT,
                               .fault = FAULT_WRONG,
                               .running = IMG_C,
                               .allowed = IMG_BIT(IMG_A) | IMG_BIT(IMG_B)},
        "      VIOLATION: an image runs that the rules do not allow (image C; allowed: A or B)");
}

static void areas_of_devices(void **state)
{
    struct closure_config c = {.draws = 2};
    struct closure_area a[CLOSURE_AREAS_MAX];
    const char *end;
    char name[CLOSURE_NAME_MAX];
    (void)state;
    assert_true(closure_parse("offset,8x128x4,test", &c, &end));
    assert_int_equal(closure_areas(&c, a), 2);
    assert_string_equal(a[1].name, "secondary slot");
    assert_int_equal(a[1].offset, 512);
    assert_int_equal(a[1].size, 512);
    assert_int_equal(a[1].trailer, 128);
    assert_true(closure_parse("scratch-two,8x192x2,both-revert", &c, &end));
    assert_int_equal(closure_areas(&c, a), 5);
    assert_string_equal(a[2].name, "image 1, primary");
    assert_string_equal(a[4].name, "scratch");
    assert_true(closure_parse("overwrite-counter,8x192x2,spoilt", &c, &end));
    assert_int_equal(closure_areas(&c, a), 3);
    assert_string_equal(a[2].name, "rollback store");
    assert_true(closure_parse("overwrite,8x64x6/2,forged", &c, &end));
    closure_row_name(&c, name);
    assert_string_equal(name, "overwrite,8x64x6/2,forged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_of_every_class),
        cmocka_unit_test(rules_are_kept),
        cmocka_unit_test(abstracted_sectors_are_not_read),
        cmocka_unit_test(sets_come_apart_when_read),
        cmocka_unit_test(runs_are_reported_as_sets),
        cmocka_unit_test(unstable_words_show_either),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_row_that_is_given_up_says_why),
        cmocka_unit_test(replays_run),
        cmocka_unit_test(a_replay_tells_what_happens),
        cmocka_unit_test(events_as_text),
        cmocka_unit_test(areas_of_devices),
        cmocka_unit_test(abstraction_hides_nothing),
        cmocka_unit_test(rows_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
