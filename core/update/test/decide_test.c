/* The tables of core/update/decide/: every combination of findings against a second account of the rules, every row
 * used, and as they stand in core/update/decide/DESIGN.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "core/update/decide/decide.h"
#include "core/update/decide/table.h"

static const struct table *const tables[] = {&type_table,   &copy_table,  &order_table,
                                             &either_table, &image_table, &group_table};

/* Digits of the number n in a base of mixed sizes; false: n has more. */
static bool digits(unsigned n, const unsigned *sizes, unsigned count, unsigned *v)
{
    for (unsigned i = 0; i < count; i++) {
        v[i] = n % sizes[i];
        n /= sizes[i];
    }
    return n == 0;
}

/* Each test walks one table, and notes the rows that decided something. */
static bool used[64];

static void start_of(const struct table *t)
{
    assert_true(t->count <= ARRAY_LEN(used));
    memset(used, 0, sizeof used);
}

static void end_of(const struct table *t)
{
    for (unsigned row = 0; row < t->count; row++)
        if (!used[row])
            fail_msg("%s: row %u decides nothing", t->name, row + 1);
}

static void compare(const struct table *t, unsigned n, const uint8_t *facts, unsigned is,
                    unsigned wanted)
{
    unsigned row = table_row(t->rows, t->count, facts);
    used[row] = true;
    assert_int_equal(t->rows[row].answer, is);
    if (is != wanted)
        fail_msg("%s: combination %u: row %u says \"%s\", not \"%s\"", t->name, n, row + 1,
                 t->answers[is], t->answers[wanted]);
}

/* ---- what the trailers ask for -------------------------------------------------------------------------- */

/* Of swap_type_decide, which update_trailer_test holds against an account of its own: every row is needed, and what a
 * strategy does not do it is not asked to do. */
static void every_type_is_as_told(void **state)
{
    static const unsigned sizes[] = {3, 3, 3, 3, 3, 3, 2, 2};
    unsigned v[ARRAY_LEN(sizes)];
    (void)state;
    start_of(&type_table);
    for (unsigned n = 0; digits(n, sizes, ARRAY_LEN(sizes), v); n++) {
        const bool requests = v[0] + 1 == TRAILER_MAGIC_GOOD;
        const bool tried = v[3] + 1 == TRAILER_MAGIC_GOOD && v[4] + 1 == TRAILER_FLAG_UNSET &&
                           v[5] + 1 == TRAILER_FLAG_SET;
        uint8_t facts[TABLE_FACTS] = {[6] = (uint8_t)v[6], [7] = (uint8_t)v[7]};
        for (unsigned i = 0; i < 6; i++)
            facts[i] = (uint8_t)(v[i] + 1);
        enum swap_type type = tried && v[7] ? SWAP_TYPE_REVERT : SWAP_TYPE_NONE;
        if (requests && v[1] + 1 == TRAILER_FLAG_SET)
            type = SWAP_TYPE_PERM;
        if (requests && v[1] + 1 == TRAILER_FLAG_UNSET)
            type = v[6] && v[2] + 1 == TRAILER_FLAG_SET ? SWAP_TYPE_REVERT : SWAP_TYPE_TEST;
        compare(&type_table, n, facts,
                type_table.rows[table_row(type_table.rows, type_table.count, facts)].answer, type);
    }
    end_of(&type_table);
}

/* ---- images that are copied -------------------------------------------------------------------------- */

static enum action cut_by_hand(const struct findings *f)
{
    if (f->sw.copy_done)
        return DO_REWRITE;
    if (!f->plausible && f->primary == FOUND_UNKNOWN)
        return DO_JUDGE_PRIMARY;
    if (!f->plausible && f->primary == FOUND_GENUINE)
        return DO_SETTLE;
    if (f->sw.records > 0)
        return DO_RESUME;
    if (f->source == FOUND_UNKNOWN)
        return DO_JUDGE_SOURCE;
    if (f->source != FOUND_GENUINE || f->may_replace == ANSWER_NO)
        return DO_SETTLE;
    return f->may_replace == ANSWER_UNKNOWN ? DO_COMPARE : DO_RESUME;
}

static enum action request_by_hand(const struct findings *f)
{
    if (!f->rescue && !f->remembered)
        return DO_REMEMBER;
    switch (f->source) {
    case FOUND_UNKNOWN:
        return DO_JUDGE_SOURCE;
    case FOUND_GENUINE:
        if (f->may_replace == ANSWER_UNKNOWN)
            return DO_COMPARE;
        if (f->may_replace == ANSWER_YES)
            return DO_START;
        return f->rescue ? DO_NOTHING : DO_REFUSE;
    case FOUND_FORGED:
        return f->rescue ? DO_NOTHING : DO_ERASE;
    default:
        return f->rescue ? DO_NOTHING : DO_REFUSE;
    }
}

/* The rules, written independently of the table. */
static enum action by_hand(const struct findings *f)
{
    bool torn = f->pri.magic == TRAILER_MAGIC_GOOD && f->sw.copy_done &&
                f->pri.image_ok == TRAILER_FLAG_BAD;
    if (f->unfinished)
        return cut_by_hand(f);
    if (f->asked == SWAP_TYPE_NONE)
        return f->sec.magic != TRAILER_MAGIC_UNSET ? DO_CLEAR : torn ? DO_CONFIRM : DO_NOTHING;
    if (f->hold != HOLD_NOT && !f->rescue)
        return DO_HOLD;
    if (f->asked != SWAP_TYPE_REVERT)
        return request_by_hand(f);
    if (f->source == FOUND_UNKNOWN)
        return DO_JUDGE_SOURCE;
    if (f->source != FOUND_GENUINE)
        return DO_KEEP_PRIMARY;
    return f->may_replace == ANSWER_UNKNOWN ? DO_COMPARE : DO_START;
}

/* The findings of number n; false: there are no more. */
static bool combination(unsigned n, struct findings *f)
{
    static const struct {
        enum swap_type type;
        bool rescue;
    } asked[] = {{SWAP_TYPE_NONE, false},
                 {SWAP_TYPE_TEST, false},
                 {SWAP_TYPE_PERM, false},
                 {SWAP_TYPE_PERM, true},
                 {SWAP_TYPE_REVERT, false}};
    static const struct {
        enum trailer_magic sec;
        enum trailer_magic pri;
        enum trailer_flag image_ok;
    } trailers[] = {{TRAILER_MAGIC_UNSET, TRAILER_MAGIC_UNSET, TRAILER_FLAG_UNSET},
                    {TRAILER_MAGIC_BAD, TRAILER_MAGIC_GOOD, TRAILER_FLAG_UNSET},
                    {TRAILER_MAGIC_GOOD, TRAILER_MAGIC_GOOD, TRAILER_FLAG_BAD},
                    {TRAILER_MAGIC_UNSET, TRAILER_MAGIC_GOOD, TRAILER_FLAG_BAD},
                    {TRAILER_MAGIC_UNSET, TRAILER_MAGIC_BAD, TRAILER_FLAG_BAD}};
    static const unsigned sizes[] = {2, 2, 2, 2, ARRAY_LEN(asked),   3,
                                     2, 7, 3, 3, ARRAY_LEN(trailers)};
    unsigned v[ARRAY_LEN(sizes)];
    bool more = digits(n, sizes, ARRAY_LEN(sizes), v);
    *f = (struct findings){
        .unfinished = v[0],
        .sw = {.copy_done = v[1], .records = v[3] * 5},
        .plausible = v[2],
        .asked = asked[v[4]].type,
        .rescue = asked[v[4]].rescue,
        .hold = (enum hold)v[5],
        .remembered = v[6],
        .source = (enum found)v[7],
        .may_replace = (enum answer)v[8],
        .primary = (enum found[]){FOUND_UNKNOWN, FOUND_GENUINE, FOUND_FORGED}[v[9]],
        .pri = {.magic = trailers[v[10]].pri, .image_ok = trailers[v[10]].image_ok},
        .sec = {.magic = trailers[v[10]].sec}};
    return more;
}

static void every_copy_is_decided_as_told(void **state)
{
    struct findings f;
    uint8_t facts[TABLE_FACTS];
    (void)state;
    start_of(&copy_table);
    for (unsigned n = 0; combination(n, &f); n++) {
        copy_facts(&f, facts);
        compare(&copy_table, n, facts, decide(&f), by_hand(&f));
    }
    end_of(&copy_table);
}

/* Each answer that there can be to what is asked; false: nothing is asked. */
static bool answer(enum action asked, unsigned n, struct findings *f)
{
    switch (asked) {
    case DO_REMEMBER:
        f->remembered = true;
        return n < 1;
    case DO_JUDGE_SOURCE:
        f->source = (enum found)(FOUND_GENUINE + n);
        return n < 6;
    case DO_JUDGE_PRIMARY:
        f->primary = (enum found)(FOUND_GENUINE + n);
        return n < 6;
    case DO_COMPARE:
        f->may_replace = (enum answer)(ANSWER_NO + n);
        return n < 2;
    default:
        return false;
    }
}

/* After the answer to a question decide returns another action, so that no loop is endless. */
static void nothing_is_asked_twice(void **state)
{
    struct findings f;
    (void)state;
    for (unsigned n = 0; combination(n, &f); n++) {
        struct findings after = f;
        enum action asked = decide(&f);
        for (unsigned a = 0; answer(asked, a, &after); a++)
            assert_int_not_equal(decide(&after), asked);
    }
}

/* ---- images that run from either slot ---------------------------------------------------------------- */

/* Higher rank, then higher version, then the primary's. */
static unsigned rank(enum trial t)
{
    static const unsigned ranks[] = {[TRIAL_NONE] = 1,
                                     [TRIAL_PENDING] = 2,
                                     [TRIAL_TRIED] = 0,
                                     [TRIAL_CONFIRMED] = 2,
                                     [TRIAL_BEGUN] = 3};
    return ranks[t];
}

static void every_order_is_as_told(void **state)
{
    static const unsigned sizes[] = {5, 5, 2};
    unsigned v[3];
    (void)state;
    start_of(&order_table);
    for (unsigned n = 0; digits(n, sizes, 3, v); n++) {
        const uint8_t facts[TABLE_FACTS] = {(uint8_t)v[0], (uint8_t)v[1], (uint8_t)v[2]};
        unsigned pri = rank((enum trial)v[0]), sec = rank((enum trial)v[1]);
        bool second = pri != sec ? sec > pri : v[2] && pri != rank(TRIAL_BEGUN);
        compare(&order_table, n, facts,
                secondary_is_first((enum trial)v[0], (enum trial)v[1], v[2]) ? SLOT_SECONDARY
                                                                             : SLOT_PRIMARY,
                second ? SLOT_SECONDARY : SLOT_PRIMARY);
    }
    end_of(&order_table);
}

static bool is_pending(const struct candidate *c)
{
    return c->trial == TRIAL_PENDING || c->trial == TRIAL_BEGUN;
}

/* Of the image that runs, and the other one if there is one. */
static enum action_either trailers_by_hand(const struct candidate *mine,
                                           const struct candidate *other, bool other_is_refused)
{
    if (is_pending(mine) && other)
        return EITHER_TRY;
    if (mine->trial != TRIAL_CONFIRMED)
        return EITHER_KEEP;
    if (other && other->trial == TRIAL_TRIED)
        return EITHER_DROP;
    if (other && is_pending(other))
        return EITHER_CLEAR;
    if (other && other->trial == TRIAL_CONFIRMED && other_is_refused)
        return EITHER_CLEAR;
    return mine->holds_note && (!other || other_is_refused) ? EITHER_FORGET : EITHER_RUN;
}

static enum action_either either_by_hand(const struct findings_either *f)
{
    unsigned runs = 0;
    while (runs < 2 && f->found[runs] != FOUND_GENUINE && f->found[runs] != FOUND_UNKNOWN)
        runs++;
    if (runs == 2)
        return EITHER_NOTHING;
    if (f->found[runs] == FOUND_UNKNOWN)
        return runs == 0 ? EITHER_JUDGE_FIRST : EITHER_JUDGE_SECOND;
    if (f->failed || !f->reverts)
        return EITHER_RUN;
    bool gone = f->found[1 - runs] == FOUND_ABSENT;
    return trailers_by_hand(&f->c[runs], gone ? NULL : &f->c[1 - runs], runs == 1);
}

static bool either_combination(unsigned n, struct findings_either *f)
{
    static const unsigned sizes[] = {2, 7, 7, 2, 5, 5, 2, 2};
    unsigned v[ARRAY_LEN(sizes)];
    bool more = digits(n, sizes, ARRAY_LEN(sizes), v);
    *f = (struct findings_either){
        .reverts = v[0],
        .found = {(enum found)v[1], (enum found)v[2]},
        .failed = v[3],
        .c = {{.trial = (enum trial)v[4], .holds_note = v[6]},
              {.slot = SLOT_SECONDARY, .trial = (enum trial)v[5], .holds_note = v[7]}}};
    return more;
}

static void every_run_is_decided_as_told(void **state)
{
    struct findings_either f;
    uint8_t facts[TABLE_FACTS] = {0};
    (void)state;
    start_of(&either_table);
    for (unsigned n = 0; either_combination(n, &f); n++) {
        either_facts(&f, facts);
        compare(&either_table, n, facts, decide_either(&f), either_by_hand(&f));
    }
    end_of(&either_table);
}

/* Update the findings as boot_either.c does after this action. False: it was the last action. */
static bool carry_out(struct findings_either *f, enum action_either action, const enum found v[2])
{
    struct candidate *mine = &f->c[either_chosen(f)], *other = &f->c[1 - either_chosen(f)];
    switch (action) {
    case EITHER_JUDGE_FIRST:
        f->found[0] = v[0];
        return true;
    case EITHER_JUDGE_SECOND:
        f->found[1] = v[1];
        return true;
    case EITHER_KEEP:
    case EITHER_FORGET:
        mine->trial = TRIAL_CONFIRMED;
        mine->holds_note = false;
        return true;
    case EITHER_DROP:
        f->found[1 - either_chosen(f)] = FOUND_ABSENT;
        return true;
    case EITHER_CLEAR:
        other->trial = TRIAL_NONE;
        return true;
    default:
        return false;
    }
}

/* Every boot ends. Unless it started a trial, the next boot with the same verdicts writes nothing. */
static void a_boot_leaves_nothing_to_do(void **state)
{
    static const enum found verdicts[] = {FOUND_GENUINE, FOUND_FORGED, FOUND_ABSENT};
    static const unsigned sizes[] = {3, 3, 5, 5, 2, 2};
    unsigned v[ARRAY_LEN(sizes)];
    (void)state;
    for (unsigned n = 0; digits(n, sizes, ARRAY_LEN(sizes), v); n++) {
        const enum found truth[2] = {verdicts[v[0]], verdicts[v[1]]};
        struct findings_either f = {.reverts = true,
                                    .c = {{.trial = (enum trial)v[2], .holds_note = v[4]},
                                          {.trial = (enum trial)v[3], .holds_note = v[5]}}};
        enum action_either action;
        unsigned steps = 0;
        for (unsigned i = 0; i < 2; i++)
            f.found[i] = truth[i] == FOUND_ABSENT ? FOUND_ABSENT : FOUND_UNKNOWN;
        while (action = decide_either(&f), carry_out(&f, action, truth))
            assert_in_range(++steps, 1, 6);
        if (action == EITHER_TRY || action == EITHER_NOTHING)
            continue;
        for (unsigned i = 0; i < 2; i++)
            f.found[i] = f.found[i] == FOUND_ABSENT ? FOUND_ABSENT : FOUND_UNKNOWN;
        while (action = decide_either(&f), carry_out(&f, action, truth))
            assert_true(action == EITHER_JUDGE_FIRST || action == EITHER_JUDGE_SECOND);
        assert_int_equal(action, EITHER_RUN);
    }
}

/* ---- several images ----------------------------------------------------------------------------------- */

static enum action_image image_by_hand(const struct findings_image *f)
{
    bool revert = f->type == SWAP_TYPE_REVERT;
    if (f->done)
        return IMAGE_RESTS;
    if (revert && f->later_comes_in)
        return IMAGE_WAITS;
    if (!f->can_move || f->chosen == ANSWER_YES)
        return IMAGE_GOES;
    if (f->chosen == ANSWER_UNKNOWN)
        return IMAGE_CHOOSE;
    return revert ? IMAGE_STAYS : IMAGE_WAITS;
}

static void every_image_is_decided_as_told(void **state)
{
    static const enum swap_type types[] = {SWAP_TYPE_NONE, SWAP_TYPE_TEST, SWAP_TYPE_PERM,
                                           SWAP_TYPE_REVERT};
    static const unsigned sizes[] = {4, 2, 2, 2, 3};
    unsigned v[ARRAY_LEN(sizes)];
    (void)state;
    start_of(&image_table);
    for (unsigned n = 0; digits(n, sizes, ARRAY_LEN(sizes), v); n++) {
        const struct findings_image f = {.type = types[v[0]],
                                         .done = v[1],
                                         .can_move = v[2],
                                         .later_comes_in = v[3],
                                         .chosen = (enum answer)v[4]};
        uint8_t facts[TABLE_FACTS] = {0};
        image_facts(&f, facts);
        compare(&image_table, n, facts, decide_image(&f), image_by_hand(&f));
    }
    end_of(&image_table);
}

/* The first set in this order that fits; each is looked at when those before it do not. */
static unsigned group_by_hand(const struct findings_group *f)
{
    if (!(f->reverts | f->requests))
        return MOVE_NONE;
    for (unsigned set = MOVE_ALL; set < MOVE_COUNT; set++)
        if (f->fits[set] != ANSWER_NO)
            return f->fits[set] == ANSWER_YES ? set : GROUP_ASK + set;
    return MOVE_NONE;
}

static void every_group_is_decided_as_told(void **state)
{
    static const unsigned sizes[] = {3, 3, 3, 3, 4, 4};
    unsigned v[ARRAY_LEN(sizes)];
    (void)state;
    start_of(&group_table);
    for (unsigned n = 0; digits(n, sizes, ARRAY_LEN(sizes), v); n++) {
        struct findings_group f = {.reverts = (uint8_t)v[4], .requests = (uint8_t)(v[5] << 2)};
        uint8_t facts[TABLE_FACTS] = {0};
        for (unsigned set = 0; set < MOVE_COUNT; set++)
            f.fits[set] = (enum answer)v[set];
        group_facts(&f, facts);
        compare(&group_table, n, facts, decide_multi_image(&f), group_by_hand(&f));
        assert_int_equal(group_images(&f, MOVE_ALL), v[4] | v[5] << 2);
        assert_int_equal(group_images(&f, MOVE_NONE), 0);
        assert_int_equal(group_images(&f, MOVE_REVERTS), v[4]);
        assert_int_equal(group_images(&f, MOVE_REQUESTS), v[5] << 2);
    }
    end_of(&group_table);
}

/* ---- as documents have them --------------------------------------------------------------------------- */

static size_t print_condition(char *to, size_t cap, const struct table *t, unsigned row, unsigned c)
{
    const uint8_t when = t->rows[row].when[c];
    size_t n = 0;
    const char *comma = "";
    to[0] = '\0';
    for (unsigned value = 0; when && t->column[c].values[value]; value++)
        if (when & IS(value)) {
            n += (size_t)snprintf(to + n, cap - n, "%s%s", comma, t->column[c].values[value]);
            comma = ", ";
        }
    return n;
}

static void print_row(char *to, size_t cap, const struct table *t, unsigned row)
{
    size_t n = (size_t)snprintf(to, cap, "| %u |", row + 1);
    for (unsigned c = 0; c < t->facts; c++) {
        n += (size_t)snprintf(to + n, cap - n, " ");
        n += print_condition(to + n, cap - n, t, row, c);
        n += (size_t)snprintf(to + n, cap - n, " |");
    }
    (void)snprintf(to + n, cap - n, " %s | %s |", t->answers[t->rows[row].answer], t->reasons[row]);
}

static void print_head(char *to, size_t cap, const struct table *t)
{
    size_t n = (size_t)snprintf(to, cap, "| # |");
    for (unsigned c = 0; c < t->facts; c++)
        n += (size_t)snprintf(to + n, cap - n, " %s |", t->column[c].name);
    n += (size_t)snprintf(to + n, cap - n, " done | because |\n|---|");
    for (unsigned c = 0; c < t->facts + 2; c++)
        n += (size_t)snprintf(to + n, cap - n, "---|");
}

static const char *find_line(const char *text, const char *line, const char *name)
{
    const char *at = strstr(text, line);
    if (at == NULL)
        fail_msg("core/update/decide/DESIGN.md does not have this of \"%s\":\n%s", name, line);
    return at + strlen(line);
}

/* The head, and behind it every row in order, and no other. */
static void the_document_has_the_tables(void **state)
{
    static char text[512 * 1024], line[1024];
    FILE *f = fopen(TABLES, "r");
    (void)state;
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    for (unsigned i = 0; i < ARRAY_LEN(tables); i++) {
        print_head(line, sizeof line, tables[i]);
        const char *at = find_line(text, line, tables[i]->name);
        for (unsigned row = 0; row < tables[i]->count; row++) {
            line[0] = '\n';
            print_row(line + 1, sizeof line - 1, tables[i], row);
            if (strncmp(at, line, strlen(line)) != 0)
                fail_msg("core/update/decide/DESIGN.md, \"%s\": this row is missing, or not in its "
                         "place:%s",
                         tables[i]->name, line);
            at += strlen(line);
        }
        assert_true(at[0] == '\n' && at[1] != '|');
    }
}

/* decide_test --table: as they go into core/update/decide/DESIGN.md. */
static int print_tables(void)
{
    char line[1024];
    for (unsigned i = 0; i < ARRAY_LEN(tables); i++) {
        print_head(line, sizeof line, tables[i]);
        printf("%s%s:\n\n%s\n", i ? "\n" : "", tables[i]->name, line);
        for (unsigned row = 0; row < tables[i]->count; row++) {
            print_row(line, sizeof line, tables[i], row);
            printf("%s\n", line);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_as_told),
        cmocka_unit_test(every_copy_is_decided_as_told),
        cmocka_unit_test(nothing_is_asked_twice),
        cmocka_unit_test(every_order_is_as_told),
        cmocka_unit_test(every_run_is_decided_as_told),
        cmocka_unit_test(a_boot_leaves_nothing_to_do),
        cmocka_unit_test(every_image_is_decided_as_told),
        cmocka_unit_test(every_group_is_decided_as_told),
        cmocka_unit_test(the_document_has_the_tables),
    };
    if (argc > 1 && strcmp(argv[1], "--table") == 0)
        return print_tables();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
