/* Fuzz target: a report's JSON may be anybody's file. What is drawn of it is well-formed, and what is not drawn has a reason. */
#include <stdint.h>
#include <stdlib.h>

#include "host/report/report_draw.h"
#include "testing/rig_markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct markup *m)
{
    char why[RIG_MARKUP_WHY_MAX];
    if (!rig_markup_is_well_formed(m->text, why))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[REPORT_WHY_MAX] = "";
    struct markup page, junit;
    markup_init(&page);
    markup_init(&junit);
    if (report_render((const char *)data, size, &page, &junit, why)) {
        check(&page);
        check(&junit);
    } else if (why[0] == '\0') {
        abort();
    }
    markup_free(&page);
    markup_free(&junit);
    return 0;
}
