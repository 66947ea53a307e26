#include "core/smp/server/line_speed.h"

#include "core/smp/wire/errors.h"

void line_speed_init(struct line_speed *l, uint32_t usual, uint32_t max,
                     bool (*has_speed)(uint32_t baud))
{
    *l = (struct line_speed){.usual = usual, .max = max, .has_speed = has_speed, .now = usual};
}

bool line_speed_ask(struct line_speed *l, uint32_t baud)
{
    if (baud != l->usual && (baud < l->usual || baud > l->max || !l->has_speed(baud)))
        return false;
    l->asked = baud;
    return true;
}

static uint32_t change(struct line_speed *l, uint32_t baud)
{
    bool is_new = baud != l->now;
    l->now = baud;
    l->asked = 0;
    return is_new ? baud : 0;
}

uint32_t line_speed_after_request(struct line_speed *l, uint64_t now_us)
{
    uint32_t next = l->asked != 0 ? change(l, l->asked) : 0;
    l->until_us = now_us + (next != 0 ? LINE_PROOF_MS : LINE_SILENCE_MS) * UINT64_C(1000);
    return next;
}

uint32_t line_speed_after_silence(struct line_speed *l, uint64_t now_us)
{
    return l->now != l->usual && now_us >= l->until_us ? change(l, l->usual) : 0;
}
