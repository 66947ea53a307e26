/* What tools/pack_texts.py packs, core/base/text_packed.c unpacks: the lines of a file, each at its place. And what may
 * not be packed is refused. */
#include "core/base/text_packed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/text.h"

static char line[TEXT_MAX + 1];

static FILE *open_lines(void)
{
    FILE *f = fopen(LINES, "r");
    assert_non_null(f);
    return f;
}

static bool next_line(FILE *f)
{
    if (fgets(line, sizeof line, f) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static const char *text_at(uintptr_t off)
{
    return (const char *)(TEXTS_START + off);
}

static void each_text_is_at_its_place(void **state)
{
    (void)state;
    FILE *f = open_lines();
    uintptr_t at = 0;
    while (next_line(f)) {
        char room[TEXT_MAX];
        assert_ptr_equal(text_plain(text_at(at), room), room);
        assert_string_equal(room, line);
        at += strlen(line) + 1;
    }
    assert_in_range(at, 1000, 100000);
    fclose(f);
}

/* From the first text and from the third. */
static void texts_are_counted_by_their_ends(void **state)
{
    (void)state;
    FILE *f = open_lines();
    uintptr_t at = 0, third = 0;
    for (unsigned n = 0; next_line(f); n++) {
        if (n == 2)
            third = at;
        assert_ptr_equal(text_nth(text_at(0), n), text_at(at));
        if (n >= 2)
            assert_ptr_equal(text_nth(text_at(third), n - 2), text_at(at));
        at += strlen(line) + 1;
    }
    fclose(f);
}

static void a_string_in_memory_is_left_alone(void **state)
{
    (void)state;
    char room[TEXT_MAX];
    const char *last = text_at(0) - 1; /* not one of the host's: those are above the texts */
    assert_ptr_equal(text_plain(last, room), last);
}

static int pack(const char *bytes)
{
    char command[1000];
    snprintf(command, sizeof command,
             "printf '%s' > packed_test.bad && %s packed_test.bad /dev/null 2>/dev/null", bytes,
             PACKER);
    return system(command);
}

static void what_cannot_be_packed_is_refused(void **state)
{
    (void)state;
    char longest[2 * TEXT_MAX];
    memset(longest, 'x', sizeof longest);
    strcpy(longest + TEXT_MAX - 1, "\\0");
    assert_int_equal(pack(longest), 0);
    strcpy(longest + TEXT_MAX - 1, "y\\0");
    assert_int_not_equal(pack(longest), 0);
    assert_int_equal(pack("a\\0b\\0"), 0);
    assert_int_not_equal(pack("a\\0b"), 0);
    assert_int_not_equal(pack("\\303\\244\\0"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_is_at_its_place),
        cmocka_unit_test(texts_are_counted_by_their_ends),
        cmocka_unit_test(a_string_in_memory_is_left_alone),
        cmocka_unit_test(what_cannot_be_packed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
