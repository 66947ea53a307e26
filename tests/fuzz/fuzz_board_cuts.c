/* Fuzz target: --replay takes what a person has copied from somewhere. */
#include <stdlib.h>
#include <string.h>

#include "rehearse/cuts/board_cuts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char in[400], out[CUTS_TEXT_MAX];
    struct cuts_sequence q, again;
    size = size < sizeof in ? size : sizeof in - 1;
    memcpy(in, data, size);
    in[size] = '\0';
    if (!cuts_parse(in, &q))
        return 0;
    cuts_print(&q, out);
    if (!cuts_parse(out, &again) || again.boot != q.boot || again.depth != q.depth ||
        memcmp(again.cut, q.cut, sizeof q.cut) != 0)
        abort();
    return 0;
}
