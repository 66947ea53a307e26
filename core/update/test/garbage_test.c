/* Any bytes in trailers and status areas: no fault, no endless loop, no word programmed twice, and a
 * genuine primary keeps booting. */
#include "testing/update/rig_garbage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void random_trailers(void **state)
{
    (void)state;
    uint8_t data[160];
    uint32_t seed = 20261122;
    for (unsigned run = 0; run < 60000; run++) {
        for (size_t i = 0; i < sizeof(data); i++)
            data[i] = (uint8_t)(two_slots_random(&seed) >> 11);
        const char *wrong = garbage_run(data, sizeof(data));
        if (wrong)
            fail_msg("run %u: %s", run, wrong);
    }
}

/* copy_done of a request holds all ones that were programmed: it reads erased, as a cut may leave it, and the mark of the
 * trial is programmed there. The fuzzer found it. */
static void a_mark_over_programmed_ones(void **state)
{
    (void)state;
    static const uint8_t data[] = {0x3a, 3, 0x25, 0xff, 0xff, 0xff, 0xff, 0xff, 0x25};
    const char *wrong = garbage_run(data, sizeof(data));
    if (wrong)
        fail_msg("%s", wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_trailers),
        cmocka_unit_test(a_mark_over_programmed_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
