/* Encrypted images over the wire, as `slipway update` brings them: each kind of wrapping, each with another strategy, on its
 * own firmware. The first image, too, is one for a device that encrypts what goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "tests/system/flow.h"

/* make_encryption.py has the same names. */
static const struct flow flows[] = {
    {"encrypted-rsa", 9, 0, true, "Starting swap using offset algorithm.", true, SECTOR},
    {"encrypted-ec256", 3, 0, true, "Starting swap using move algorithm.", true, 0},
    {"encrypted-x25519", 1, 0, true, "Starting swap using scratch algorithm.", true, 0},
    {"encrypted-x25519sha512", 9, 0, true, "Starting swap using offset algorithm.", true, SECTOR},
    {"encrypted-kw", 2, 0, false, "Copying the secondary slot to the primary slot", true, 0},
};

static void each_flow(void **state)
{
    flow_update(*state);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[ARRAY_LEN(flows)];
    for (unsigned i = 0; i < ARRAY_LEN(flows); i++)
        tests[i] = (struct CMUnitTest){.name = flows[i].firmware,
                                       .test_func = each_flow,
                                       .initial_state = (void *)(uintptr_t)&flows[i]};
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("encrypted updates", tests, NULL, NULL);
}
