/* The table of decide.c: every combination of findings against a second account of the rules, every row used, and as it stands
 * in DESIGN.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "core/update/decide/decide.h"

/* The rules as one would tell them. */
static enum action by_hand(const struct findings *f)
{
    bool torn = f->pri.magic == TRAILER_MAGIC_GOOD && f->sw.copy_done &&
                f->pri.image_ok == TRAILER_FLAG_BAD;
    if (f->unfinished) {
        if (f->sw.copy_done)
            return DO_REWRITE;
        if (!f->plausible && f->primary == FOUND_UNKNOWN)
            return DO_JUDGE_PRIMARY;
        if (!f->plausible && f->primary == FOUND_GENUINE)
            return DO_SETTLE;
        if (f->sw.records > 0 || f->source == FOUND_GENUINE)
            return DO_RESUME;
        return f->source == FOUND_UNKNOWN ? DO_JUDGE_SOURCE : DO_SETTLE;
    }
    if (f->asked == SWAP_TYPE_NONE)
        return f->sec.magic != TRAILER_MAGIC_UNSET ? DO_CLEAR : torn ? DO_MEND : DO_NOTHING;
    if (f->hold != HOLD_NOT)
        return DO_HOLD;
    if (f->source == FOUND_UNKNOWN)
        return DO_JUDGE_SOURCE;
    if (f->source == FOUND_GENUINE)
        return DO_START;
    return f->asked == SWAP_TYPE_REVERT ? DO_KEEP_PRIMARY : DO_REFUSE;
}

/* The findings of number n; false: there are no more. */
static bool combination(unsigned n, struct findings *f)
{
    static const enum swap_type asked[] = {SWAP_TYPE_NONE, SWAP_TYPE_TEST, SWAP_TYPE_PERM,
                                           SWAP_TYPE_REVERT};
    static const struct {
        enum trailer_magic sec;
        enum trailer_magic pri;
        enum trailer_flag image_ok;
    } trailers[] = {{TRAILER_MAGIC_UNSET, TRAILER_MAGIC_UNSET, TRAILER_FLAG_UNSET},
                    {TRAILER_MAGIC_BAD, TRAILER_MAGIC_GOOD, TRAILER_FLAG_UNSET},
                    {TRAILER_MAGIC_GOOD, TRAILER_MAGIC_GOOD, TRAILER_FLAG_BAD},
                    {TRAILER_MAGIC_UNSET, TRAILER_MAGIC_GOOD, TRAILER_FLAG_BAD},
                    {TRAILER_MAGIC_UNSET, TRAILER_MAGIC_BAD, TRAILER_FLAG_BAD}};
    const unsigned sizes[] = {2, 2, 2, 2, ARRAY_LEN(asked), 3, 3, 3, ARRAY_LEN(trailers)};
    unsigned v[ARRAY_LEN(sizes)];
    for (unsigned i = 0; i < ARRAY_LEN(sizes); i++) {
        v[i] = n % sizes[i];
        n /= sizes[i];
    }
    *f =
        (struct findings){.unfinished = v[0],
                          .sw = {.copy_done = v[1], .records = v[3] * 5},
                          .plausible = v[2],
                          .asked = asked[v[4]],
                          .hold = (enum hold)v[5],
                          .source = (enum found)v[6],
                          .primary = (enum found)v[7],
                          .pri = {.magic = trailers[v[8]].pri, .image_ok = trailers[v[8]].image_ok},
                          .sec = {.magic = trailers[v[8]].sec}};
    return n == 0;
}

static void every_combination_is_decided_as_told(void **state)
{
    static bool used[64];
    struct findings f;
    (void)state;
    for (unsigned n = 0; combination(n, &f); n++) {
        used[decide_row_of(&f)] = true;
        if (decide(&f) != by_hand(&f))
            fail_msg("combination %u: row %u does %u, not %u", n, decide_row_of(&f) + 1,
                     (unsigned)decide(&f), (unsigned)by_hand(&f));
    }
    for (unsigned row = 0; row < decide_row_count(); row++)
        if (!used[row])
            fail_msg("row %u decides nothing", row + 1);
}

/* After a verdict something else is decided, so that nobody asks for ever. */
static void a_verdict_is_asked_for_once(void **state)
{
    struct findings f;
    (void)state;
    for (unsigned n = 0; combination(n, &f); n++)
        for (enum found v = FOUND_GENUINE; v <= FOUND_REFUSED; v++) {
            struct findings after = f;
            if (decide(&f) == DO_JUDGE_SOURCE) {
                after.source = v;
                assert_int_not_equal(decide(&after), DO_JUDGE_SOURCE);
            }
            if (decide(&f) == DO_JUDGE_PRIMARY) {
                after.primary = v;
                assert_int_not_equal(decide(&after), DO_JUDGE_PRIMARY);
            }
        }
}

static size_t print_row(char *to, size_t cap, unsigned row)
{
    size_t n = (size_t)snprintf(to, cap, "| %u |", row + 1);
    for (unsigned c = 0; c < DECIDE_COLUMNS; c++)
        n += (size_t)snprintf(to + n, cap - n, " %s |", decide_cell(row, c));
    return n;
}

static void the_document_has_the_table(void **state)
{
    static char text[512 * 1024], line[512];
    FILE *f = fopen(DESIGN, "r");
    (void)state;
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    for (unsigned row = 0; row < decide_row_count(); row++) {
        (void)print_row(line, sizeof line, row);
        if (strstr(text, line) == NULL)
            fail_msg("DESIGN.md does not have this row:\n%s", line);
    }
}

/* decide_test --table: as it goes into DESIGN.md. */
static int print_table(void)
{
    char line[512];
    printf("| # |");
    for (unsigned c = 0; c < DECIDE_COLUMNS; c++)
        printf(" %s |", decide_column(c));
    printf("\n|%s\n", "---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (unsigned row = 0; row < decide_row_count(); row++) {
        (void)print_row(line, sizeof line, row);
        printf("%s\n", line);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_is_decided_as_told),
        cmocka_unit_test(a_verdict_is_asked_for_once),
        cmocka_unit_test(the_document_has_the_table),
    };
    if (argc > 1 && strcmp(argv[1], "--table") == 0)
        return print_table();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
