/* Tests of what a rehearsal says, and where it cuts, with a bootloader of a few instructions: it programs a word of flash
 * at every boot, or erases a few sectors, and jumps.
 * tests/sweep/cuts_test.c rehearses ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rehearse/cuts/board_cuts.h"
#include "testing/vboard/rig_program.h"

#define BASE    0x08000000u
#define OLD     0x40000u /* offsets of the images, which begin with their first instruction */
#define NEW     0x60000u
#define RECORDS 0x20000u /* a word is programmed at each boot */
#define KEYR    0x52002004u
#define CR      0x5200200cu
#define SR      0x52002010u
#define ERASES  3u /* sectors 4 to 6 */

static void emit_wait(void)
{
    emit_value(0, SR);
    emit(0x6804); /* ldr r4, [r0] */
    emit(0x0764); /* lsls r4, #29: QW */
    emit(0xd4fc); /* bmi, to the load */
}

static void emit_begin(void)
{
    program_begin();
    emit_store(KEYR, 0x45670123);
    emit_store(KEYR, 0xcdef89ab);
}

/* Writes: programs a word at each boot; turns: starts the old image and the new one in turn. */
static void make_bootloader(bool writes, bool turns)
{
    emit_begin();
    emit_store(CR, 0x32); /* PG, 64 bits at once */
    emit_value(2, BASE + RECORDS);
    emit(0x2300); /* movs r3, #0 */
    emit(0x6814); /* ldr r4, [r2]: the first word that is free */
    emit(0x1c65); /* adds r5, r4, #1 */
    emit(0xd002); /* beq, to behind the loop */
    emit(0x3220); /* adds r2, #32 */
    emit(0x3301); /* adds r3, #1 */
    emit(0xe7f9); /* b */
    emit(0xf3bf); /* dsb */
    emit(0x8f4f);
    emit(0x2600); /* movs r6, #0 */
    for (unsigned i = 0; i < 8 && writes; i++)
        emit(0x6016 | i << 6); /* str r6, [r2, #4 * i] */
    emit(0xf3bf);
    emit(0x8f4f);
    emit_wait();
    emit_value(0, BASE + OLD + 1);
    if (turns) {
        emit(0x07db); /* lsls r3, #31: the count of words */
        emit(0x0b9b); /* lsrs r3, #14: 0, or the images' distance */
        emit(0x4418); /* add r0, r3 */
    }
    emit(0x4700); /* bx r0 */
}

static void make_eraser(void)
{
    emit_begin();
    for (unsigned i = 0; i < ERASES; i++) {
        emit_store(CR, 0xb4 | (4 + i) << 8); /* START, SER, 64 bits at once */
        emit_wait();
    }
    emit_value(0, BASE + OLD + 1);
    emit(0x4700); /* bx r0 */
}

/* R2 holds the address of a word: program it with zeros. */
static void emit_program(void)
{
    emit(0xf3bf); /* dsb */
    emit(0x8f4f);
    emit(0x2600); /* movs r6, #0 */
    for (unsigned i = 0; i < 8; i++)
        emit(0x6016 | i << 6); /* str r6, [r2, #4 * i] */
    emit(0xf3bf);
    emit(0x8f4f);
    emit_wait();
}

/* Three words in a row, one more in their sector, the next one in the next sector, and one back in the first. */
static const uint32_t written[] = {0x80000, 0x80020, 0x80040, 0x9ffe0, 0xa0000, 0x80080};

static void make_writer(void)
{
    emit_begin();
    emit_store(CR, 0x32); /* PG, 64 bits at once */
    for (unsigned i = 0; i < ARRAY_LEN(written); i++) {
        emit_value(2, BASE + written[i]);
        emit_program();
    }
    emit_value(0, BASE + OLD + 1);
    emit(0x4700); /* bx r0 */
}

/* Every other word of two sectors, and no image at the end of it would come sooner. */
#define FAR_APART 4096u
static void make_stepper(void)
{
    emit_begin();
    emit_store(CR, 0x32);
    emit_value(2, BASE + 0x80000);
    emit_value(7, BASE + 0x80000 + 64 * FAR_APART);
    const size_t loop = program_len;
    emit_program();
    emit(0x3240);                                         /* adds r2, #64 */
    emit(0x42ba);                                         /* cmp r2, r7 */
    emit(0xd100 | ((loop - program_len - 4) / 2 & 0xff)); /* bne, to the loop */
    emit_value(0, BASE + OLD + 1);
    emit(0x4700); /* bx r0 */
}

/* Where the undisturbed update was, as on_run heard it. */
static struct {
    struct cuts_now over[CUTS_BOOTS_MAX];
    unsigned boots, calls;
} heard;

static void on_run(void *ctx, const struct cuts_now *now)
{
    assert_ptr_equal(ctx, &heard);
    heard.calls++;
    if (now->over != NULL) {
        assert_true(heard.boots < CUTS_BOOTS_MAX);
        heard.over[heard.boots++] = *now;
    } else {
        assert_int_equal(now->boot, heard.boots + 1);
    }
}

/* With the bootloader that was made last. Caller closes. */
static struct cuts *rehearse_made(struct vboard **v, uint64_t seed)
{
    static const uint8_t image[CUTS_IMAGES][32] = {{0xfe, 0xe7, 1}, {0xfe, 0xe7, 2}}; /* b . */
    static struct cuts_plan plan;
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 1};
    *v = vboard_new(&config);
    assert_non_null(*v);
    vboard_flash_poke(*v, 0, program, program_len);
    vboard_flash_poke(*v, OLD, image[CUTS_OLD], 32);
    vboard_flash_poke(*v, NEW, image[CUTS_NEW], 32);
    plan = (struct cuts_plan){
        .start = *v,
        .config = config,
        .console = VBOARD_CONSOLE,
        .seed = seed,
        .on_run = on_run,
        .ctx = &heard,
        .image = {{BASE + OLD, BASE + OLD, OLD, image[CUTS_OLD], 32},
                  {BASE + NEW, BASE + NEW, NEW, image[CUTS_NEW], 32}},
    };
    memset(&heard, 0, sizeof heard);
    struct cuts *c = cuts_open(&plan);
    assert_non_null(c);
    return c;
}

static struct cuts *rehearse(struct vboard **v, bool writes, bool turns)
{
    make_bootloader(writes, turns);
    return rehearse_made(v, 0);
}

static void a_boot_that_writes_nothing_is_rest(void **state)
{
    struct vboard *v;
    (void)state;
    struct cuts *c = rehearse(&v, false, false);
    assert_int_equal(cuts_result(c)->end, CUTS_CAME_BACK);
    assert_int_equal(cuts_boots(c), 1);
    assert_string_equal(cuts_why(c), "");
    cuts_close(c);
    vboard_free(v);
}

static void who_never_comes_to_rest_is_reported(void **state)
{
    struct vboard *v;
    (void)state;
    struct cuts *c = rehearse(&v, true, false);
    assert_int_equal(cuts_result(c)->end, CUTS_RESTLESS);
    assert_string_equal(
        cuts_why(c),
        "the old image stays: it ran in the last 6 of 6 boots, and each wrote to flash");
    const struct cuts_sequence q = {.boot = 1, .depth = 1, .cut = {{1, VBOARD_CUT_AFTER}}};
    assert_int_equal(cuts_try(c, &q, NULL, NULL).end, CUTS_RESTLESS);
    assert_non_null(strstr(cuts_why(c), "the old image stays: it ran in the last 6 of 6"));
    cuts_close(c);
    vboard_free(v);
    c = rehearse(&v, true, true);
    assert_int_equal(cuts_result(c)->end, CUTS_RESTLESS);
    assert_string_equal(cuts_why(c), "the images take turns: in boot 6 of 6 the new one ran");
    cuts_close(c);
    vboard_free(v);
}

/* Boots of one operation: many cases have the same cuts. */
static void the_same_failing_cuts_are_one_failure(void **state)
{
    enum { CASES = 200 };
    static struct cuts_result results[CASES];
    bool repeated[CASES];
    unsigned distinct = 0;
    struct vboard *v;
    (void)state;
    struct cuts *c = rehearse(&v, true, false);
    for (unsigned i = 0; i < CASES; i++)
        results[i].end = i % 3 == 0 ? CUTS_CAME_BACK : i % 3 == 1 ? CUTS_DEAD : CUTS_LOST;
    assert_true(cuts_find_repeated(c, results, CASES, repeated));
    for (unsigned i = 0; i < CASES; i++) {
        char text[CUTS_TEXT_MAX], earlier[CUTS_TEXT_MAX];
        struct cuts_sequence q = cuts_draw(c, i);
        bool before = false;
        cuts_print(&q, text);
        for (unsigned k = 0; k < i && i % 3 != 0 && !before; k++) {
            q = cuts_draw(c, k);
            cuts_print(&q, earlier);
            before = k % 3 != 0 && strcmp(text, earlier) == 0;
        }
        assert_int_equal(repeated[i], before);
        distinct += i % 3 != 0 && !before;
    }
    assert_in_range(distinct, 20, CASES * 2 / 3 - 20);
    cuts_close(c);
    vboard_free(v);
}

static unsigned erase_number(const struct cuts *c, unsigned i)
{
    struct cuts_sequence q = cuts_draw(c, i);
    assert_true(cuts_in_erase(c, &q));
    assert_in_range(q.cut[0].at, 1, ERASES);
    return (q.boot - 1) * ERASES + (unsigned)q.cut[0].at - 1;
}

/* Of an update's operations few are erases, and they take most of its time: MCUboot's mistake of issue 1588 is there. */
static void the_first_cases_cut_each_erase_once(void **state)
{
    enum { ALL = CUTS_BOOTS_MAX * ERASES };
    unsigned order[2][ALL], how[3] = {0};
    (void)state;
    make_eraser();
    for (unsigned seed = 0; seed < 2; seed++) {
        struct vboard *v;
        uint32_t seen = 0;
        struct cuts *c = rehearse_made(&v, seed);
        assert_int_equal(cuts_boots(c), CUTS_BOOTS_MAX);
        assert_int_equal(cuts_boot(c, 1)->operations, ERASES);
        assert_int_equal(cuts_boot(c, 1)->erases, ERASES);
        for (unsigned i = 0; i < ALL; i++) {
            order[seed][i] = erase_number(c, i);
            assert_int_equal(erase_number(c, i), order[seed][i]);
            seen |= 1u << order[seed][i];
            how[cuts_draw(c, i).cut[0].how]++;
        }
        assert_int_equal(seen, (1u << ALL) - 1);
        cuts_close(c);
        vboard_free(v);
    }
    assert_memory_not_equal(order[0], order[1], sizeof order[0]);
    assert_int_equal(how[VBOARD_CUT_DURING], ALL);
    assert_in_range(how[VBOARD_CUT_BEFORE], ALL / 3, ALL * 2 / 3);
    assert_in_range(how[VBOARD_CUT_AFTER], ALL / 3, ALL * 2 / 3);
}

/* A person sees each boot when it ends, and that a long one is under way. */
static void each_boot_is_reported_while_the_update_runs(void **state)
{
    struct vboard *v;
    (void)state;
    make_eraser();
    struct cuts *c = rehearse_made(&v, 0);
    assert_int_equal(heard.boots, CUTS_BOOTS_MAX);
    for (unsigned i = 0; i < CUTS_BOOTS_MAX; i++) {
        assert_int_equal(heard.over[i].boot, i + 1);
        assert_int_equal(heard.over[i].operations, ERASES);
        assert_ptr_equal(heard.over[i].over, cuts_boot(c, i + 1));
        assert_false(heard.over[i].at_rest);
    }
    assert_true(heard.calls > heard.boots); /* while it ran, too */
    unsigned calls = heard.calls;
    struct cuts_sequence q = cuts_draw(c, 0);
    (void)cuts_try(c, &q, NULL, NULL);
    assert_int_equal(heard.calls, calls); /* a case is none of the update's boots */
    cuts_close(c);
    vboard_free(v);
    c = rehearse(&v, false, false);
    assert_int_equal(heard.boots, 1);
    assert_true(heard.over[0].at_rest);
    cuts_close(c);
    vboard_free(v);
}

/* ---- the trace ---- */

static void assert_whole(const struct cuts *c, unsigned n)
{
    const struct cuts_trace *t = cuts_trace(c, n);
    uint32_t operations = 0, erases = 0;
    uint64_t now = 0;
    for (unsigned i = 0; i < t->count; i++) {
        const struct cuts_run *r = &t->run[i];
        assert_int_equal(r->operation, operations + 1);
        assert_true(r->begin_ns >= now && r->ns > 0);
        now = r->begin_ns + r->ns;
        operations += r->count;
        erases += r->kind == VBOARD_ERASE ? r->count : 0;
    }
    assert_int_equal(operations, cuts_boot(c, n)->operations);
    assert_int_equal(erases, cuts_boot(c, n)->erases);
    assert_true(now <= cuts_boot(c, n)->ns);
    assert_false(t->cut_short);
}

static void the_trace_has_every_operation_at_the_time_of_a_real_board(void **state)
{
    struct vboard *v;
    (void)state;
    make_eraser();
    struct cuts *c = rehearse_made(&v, 0);
    for (unsigned n = 1; n <= cuts_boots(c); n++) {
        const struct cuts_trace *t = cuts_trace(c, n);
        assert_whole(c, n);
        assert_int_equal(t->count, ERASES);
        for (unsigned i = 0; i < ERASES; i++) {
            assert_int_equal(t->run[i].kind, VBOARD_ERASE);
            assert_int_equal(t->run[i].offset, (4 + i) * 0x20000);
            assert_int_equal(t->run[i].size, 0x20000);
            assert_int_equal(t->run[i].ns,
                             1000000000); /* though the board took a thousandth of it */
        }
    }
    cuts_close(c);
    vboard_free(v);
}

static void words_in_a_row_are_one_run(void **state)
{
    static const unsigned counts[] = {3, 1, 1, 1};
    struct vboard *v;
    struct cuts_run place;
    (void)state;
    make_writer();
    struct cuts *c = rehearse_made(&v, 0);
    const struct cuts_trace *t = cuts_trace(c, 1);
    assert_whole(c, 1);
    assert_int_equal(t->count, ARRAY_LEN(counts));
    for (unsigned i = 0, at = 0; i < t->count; at += counts[i++]) {
        assert_int_equal(t->run[i].kind, VBOARD_PROGRAM);
        assert_int_equal(t->run[i].count, counts[i]);
        assert_int_equal(t->run[i].offset, written[at]);
        assert_int_equal(t->run[i].size, 32 * counts[i]);
    }
    for (unsigned i = 0; i < ARRAY_LEN(written); i++) {
        const struct cuts_sequence q = {.boot = 1, .depth = 1, .cut = {{i + 1, VBOARD_CUT_BEFORE}}};
        assert_true(cuts_place(c, &q, &place));
        assert_int_equal(place.kind, VBOARD_PROGRAM);
        assert_int_equal(place.operation, i + 1);
        assert_int_equal(place.offset, written[i]);
        assert_int_equal(place.size, 32);
    }
    cuts_close(c);
    vboard_free(v);
}

static void a_trace_that_is_too_long_ends(void **state)
{
    struct vboard *v;
    struct cuts_run place;
    (void)state;
    make_stepper();
    struct cuts *c = rehearse_made(&v, 0);
    const struct cuts_trace *t = cuts_trace(c, 1);
    assert_int_equal(cuts_boot(c, 1)->operations, FAR_APART);
    assert_int_equal(t->count, CUTS_RUNS_MAX);
    assert_true(t->cut_short);
    struct cuts_sequence q = {.boot = 1, .depth = 1, .cut = {{CUTS_RUNS_MAX, VBOARD_CUT_AFTER}}};
    assert_true(cuts_place(c, &q, &place));
    assert_int_equal(place.offset, 0x80000 + 64 * (CUTS_RUNS_MAX - 1));
    q.cut[0].at++;
    assert_false(cuts_place(c, &q, &place));
    cuts_close(c);
    vboard_free(v);
}

/* ---- where a case went wrong ---- */

struct kept {
    uint64_t bits[8][2];
    unsigned count, cuts;
    struct vboard_operation cut; /* the last one */
};

static void keep_flash(void *ctx, const struct cuts_session *s)
{
    struct kept *k = ctx;
    assert_true(k->count < ARRAY_LEN(k->bits));
    assert_true(vboard_kept(s->board, k->bits[k->count++]));
    if (s->cut == 0)
        return;
    assert_int_equal(s->cut, ++k->cuts);
    assert_non_null(s->operation);
    k->cut = *s->operation;
}

static void a_case_can_be_run_again_to_just_before_a_boot(void **state)
{
    const struct cuts_sequence q = {
        .boot = 1, .depth = 2, .cut = {{2, VBOARD_CUT_DURING}, {3, VBOARD_CUT_AFTER}}};
    struct kept k = {.count = 0};
    uint64_t bits[2];
    struct vboard *v;
    (void)state;
    make_writer();
    struct cuts *c = rehearse_made(&v, 0);
    const struct cuts_result r = cuts_try(c, &q, keep_flash, &k);
    assert_int_equal(k.cuts, 2);
    assert_int_equal(k.cut.kind, VBOARD_PROGRAM);
    assert_int_equal(k.cut.offset, written[2]);
    assert_int_equal(k.count, 2 + r.boots);
    assert_memory_not_equal(k.bits[0], k.bits[1], sizeof bits);
    for (unsigned n = 1; n <= 2; n++) {
        cuts_go_before(c, &q, &r, n);
        assert_true(vboard_kept(cuts_board(c), bits));
        assert_memory_equal(bits, k.bits[n], sizeof bits);
    }
    assert_memory_equal(cuts_result(c), &r, sizeof r);
    cuts_close(c);
    vboard_free(v);
}

static void the_fault_shows_in_the_first_boot_that_is_wrong(void **state)
{
    const struct cuts_sequence q = {.boot = 1, .depth = 1, .cut = {{1, VBOARD_CUT_AFTER}}};
    const struct {
        struct cuts_result r;
        unsigned fault;
    } rows[] = {
        {{.end = CUTS_CAME_BACK, .boots = 3, .ran = {CUTS_OLD, CUTS_OLD, CUTS_NEW}}, 1},
        {{.end = CUTS_DEAD, .boots = 2, .ran = {CUTS_OLD, CUTS_NO_IMAGE}}, 2},
        {{.end = CUTS_RESTLESS, .boots = 6}, 6},
        {{.end = CUTS_LOST, .boots = 3, .ran = {CUTS_NEW, CUTS_NEW, CUTS_NEW}}, 1},
        {{.end = CUTS_LOST, .boots = 3, .ran = {CUTS_OLD, CUTS_OLD, CUTS_OLD}}, 2},
        {{.end = CUTS_LOST, .boots = 4, .ran = {CUTS_OLD, CUTS_NEW, CUTS_OLD, CUTS_OLD}}, 3},
    };
    struct vboard *v;
    (void)state;
    struct cuts *c = rehearse(&v, true, true);
    assert_int_equal(cuts_boot(c, 1)->image, CUTS_OLD);
    assert_int_equal(cuts_boot(c, cuts_boots(c))->image, CUTS_NEW);
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(cuts_fault(c, &q, &rows[i].r), rows[i].fault);
    cuts_close(c);
    vboard_free(v);
}

static void keep_done(void *ctx, unsigned done)
{
    *(unsigned *)ctx = done;
}

/* Also if all of them end behind the last look at those that run. */
static void the_farm_reports_its_last_case(void **state)
{
    static struct cuts_result results[4];
    unsigned done = 0;
    struct vboard *v;
    (void)state;
    make_eraser();
    struct cuts *c = rehearse_made(&v, 0);
    assert_true(cuts_farm(c, ARRAY_LEN(results), 2, results, keep_done, &done));
    assert_int_equal(done, ARRAY_LEN(results));
    cuts_close(c);
    vboard_free(v);
}

/* A case ends as if each of its boots had run, also if most of them are looked up. */
static void a_boot_that_is_looked_up_ends_as_it_did(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct vboard *v;
        uint64_t saved = 0; /* operations that were not run */
        if (kind == 0)
            make_eraser();
        else
            make_bootloader(true, kind == 1);
        struct cuts *c = rehearse_made(&v, kind);
        for (unsigned i = 0; i < 30; i++) {
            struct cuts_sequence q = cuts_draw(c, i);
            cuts_run_all(c, true);
            struct cuts_result want = cuts_try(c, &q, NULL, NULL);
            const uint64_t all = vboard_operations(cuts_board(c));
            cuts_run_all(c, false);
            struct cuts_result have = cuts_try(c, &q, NULL, NULL);
            const uint64_t few = vboard_operations(cuts_board(c));
            assert_memory_equal(&have, &want, sizeof have);
            assert_true(few <= all);
            saved += all - few;
        }
        assert_true(saved > 0);
        cuts_close(c);
        vboard_free(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boot_that_writes_nothing_is_rest),
        cmocka_unit_test(who_never_comes_to_rest_is_reported),
        cmocka_unit_test(the_same_failing_cuts_are_one_failure),
        cmocka_unit_test(the_first_cases_cut_each_erase_once),
        cmocka_unit_test(each_boot_is_reported_while_the_update_runs),
        cmocka_unit_test(the_trace_has_every_operation_at_the_time_of_a_real_board),
        cmocka_unit_test(words_in_a_row_are_one_run),
        cmocka_unit_test(a_trace_that_is_too_long_ends),
        cmocka_unit_test(a_case_can_be_run_again_to_just_before_a_boot),
        cmocka_unit_test(the_fault_shows_in_the_first_boot_that_is_wrong),
        cmocka_unit_test(the_farm_reports_its_last_case),
        cmocka_unit_test(a_boot_that_is_looked_up_ends_as_it_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
