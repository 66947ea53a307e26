/* The document of `slipway rehearse flash`: the historic bug of the field report, with the register write that shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "host/rehearsal/flash_json.h"
#include "rehearse/driver/flash_drivers.h"

static struct conformance_report report;

static const struct conformance_driver *driver_named(const char *name)
{
    const struct conformance_driver *d = flash_drivers;
    while (strcmp(d->name, name) != 0)
        d++;
    return d;
}

/* The document of that driver; the caller frees it. */
static char *document_of(const char *name)
{
    char *text;
    size_t len;
    struct json j;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    conformance_run(driver_named(name), &soc_stm32h753, &report);
    json_begin(&j, f);
    flash_json_report(&j, name, soc_stm32h753.name, &report);
    json_finish(&j);
    assert_int_equal(fclose(f), 0);
    return text;
}

/* The text behind these texts, which must follow each other. */
static const char *behind(const char *text, const char *const *parts)
{
    for (; *parts != NULL; parts++) {
        text = strstr(text, *parts);
        if (text == NULL)
            fail_msg("not in the document, or not in this order: %s", *parts);
        text += strlen(*parts);
    }
    return text;
}

/* Sector 8, of bank 2, is erased through CR1, as sector 0: the last access before the finding says so. */
static void the_field_report_shows_in_a_register(void **state)
{
    static const char *const finding[] = {"\"check\": \"erase_sectors\"",
                                          "\"check\": \"erase_sectors\"", /* first in the table */
                                          "\"action\": \"erase\"",
                                          "\"offset\": 1048576",
                                          "started a sector erase at 0x000000",
                                          "\"trace\": [",
                                          NULL};
    static const char *const access[] = {"\"access\": \"write\"",   "\"register\": \"CR1\"",
                                         "\"address\": 1375739916", "\"value\": 180",
                                         "SER START SNB=0",         NULL};
    (void)state;
    char *text = document_of("BANK_SPLIT_2M");
    char *trace = strdup(behind(text, finding));
    assert_non_null(trace);
    *strchr(trace, ']') = '\0';
    assert_non_null(strstr(trace, "\"call_begins\": true"));
    const char *rest = behind(trace, access);
    assert_null(strchr(rest, '{')); /* it is the last one */
    free(trace);
    free(text);
}

static void each_check_has_an_outcome_and_a_question(void **state)
{
    char *text = document_of("BANK_SPLIT_2M");
    (void)state;
    assert_true(report.rows > 30);
    for (unsigned i = 0; i < report.rows; i++) {
        const char *question = conformance_question(report.row[i].check);
        if (question[0] == '\0')
            fail_msg("no question for %s", report.row[i].check);
        assert_non_null(strstr(text, question));
    }
    assert_non_null(strstr(text, "\"swapped+cached\": \"found\""));
    assert_non_null(strstr(text, "\"swapped+cached\": \"passed\""));
    assert_non_null(strstr(text, "\"swapped+cached\": \"left out\""));
    assert_string_equal(conformance_question("nobody"), "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_field_report_shows_in_a_register),
        cmocka_unit_test(each_check_has_an_outcome_and_a_question),
    };
    return cmocka_run_group_tests_name("flash json", tests, NULL, NULL);
}
