/* boards.c - the boards that there are, by name and by the part on them. */
#include <string.h>

#include "core/base/compiler.h"
#include "vboard/board/wiring.h"
#include "vboard/vboard.h"

/* The first is the one that a configuration without a name means. */
static const struct wiring *const boards[] = {&wiring_nucleo_h753zi, &wiring_nucleo_h723zg};

const struct wiring *board_wiring(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(boards); i++)
        if (strcmp(boards[i]->name, name) == 0)
            return boards[i];
    return name == NULL ? boards[0] : NULL;
}

const char *vboard_board_name(unsigned i)
{
    return i < ARRAY_LEN(boards) ? boards[i]->name : NULL;
}

const char *vboard_board_with(const char *part)
{
    for (size_t i = 0; i < ARRAY_LEN(boards); i++)
        if (strcmp(boards[i]->soc->name, part) == 0)
            return boards[i]->name;
    return NULL;
}

const struct soc *vboard_board_soc(const char *board)
{
    const struct wiring *w = board_wiring(board);
    return w != NULL ? w->soc : NULL;
}
