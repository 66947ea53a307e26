/* Fuzz target: sw-description of a .swu file from anywhere, for a board without and with a revision. */
#include <stdlib.h>
#include <string.h>

#include "host/gateway/store/sw_description.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 loses the text that it was reading where a syntax error ends it: at most the size of the description, once
 * for each description that is refused. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so\n";
}

static void check(bool ok)
{
    if (!ok)
        abort();
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void find(const uint8_t *data, size_t size, const char *board)
{
    struct sw_description d;
    char why[120] = "";
    bool ok = sw_description_find((const char *)data, size, board, &d, why, sizeof why);
    check(ok == (why[0] == '\0') && is_printable(why));
    if (ok)
        check(d.name[0] != '\0' && strchr(d.name, '/') == NULL && is_printable(d.name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    find(data, size, "h7");
    find(data, size, "h7:1.0");
    return 0;
}
