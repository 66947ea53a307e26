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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_trailers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
