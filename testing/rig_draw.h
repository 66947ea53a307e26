/* rig_draw.h - for tests that go over very many cases. All are taken, or, where the environment says SLIPWAY_DRAW=N
 * (the build with sanitizers, which takes each case ten times as long), one in N. Which ones depends on their
 * numbers alone. */
#ifndef TESTING_RIG_DRAW_H
#define TESTING_RIG_DRAW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Is case number taken? The first one always is. */
static inline bool rig_drawn(uint32_t number)
{
    const char *text = getenv("SLIPWAY_DRAW");
    unsigned long draw = text != NULL ? strtoul(text, NULL, 10) : 1;
    return draw <= 1 || number == 0 || (number * 2654435761u >> 8) % draw == 0;
}

#endif
