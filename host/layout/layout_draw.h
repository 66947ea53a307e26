/* layout_draw.h - the flash as a picture of characters: banks side by side as far as the width allows, from the top down and to
 * scale; of each piece its name and size, on the left where it begins, and the numbers of the sectors. A piece that is too
 * small to be seen gets a line all the same. */
#ifndef HOST_LAYOUT_LAYOUT_DRAW_H
#define HOST_LAYOUT_LAYOUT_DRAW_H

#include "host/layout/layout_map.h"

struct layout_style {
    unsigned width; /* columns; too few for one bank: lines are longer than that */
    bool utf8;      /* lines and shades of Unicode; otherwise ASCII */
};

/* Lines, each with its end. "" if the flash has more than LAYOUT_BANKS_MAX banks. Lives until cli_run returns. */
const char *layout_draw(const struct layout_map *m, struct layout_style style);

#endif
