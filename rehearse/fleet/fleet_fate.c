#include "rehearse/fleet/fleet_fate.h"

#include <string.h>

#include "core/base/compiler.h"
#include "rehearse/fleet/fleet_draw.h"

static const char *const names[UNIT_COUNT] = {
    [UNIT_GOOD] = "good",         [UNIT_BAD_FLASH] = "bad-flash", [UNIT_BOOT_LOOP] = "boot-loop",
    [UNIT_REFUSES] = "refuses",   [UNIT_FORGETS] = "forgets",     [UNIT_RESETS] = "resets",
    [UNIT_VANISHES] = "vanishes", [UNIT_NO_RETURN] = "no-return"};

const char *fleet_unit_text(enum fleet_unit unit)
{
    return names[unit];
}

bool fleet_unit_find(const char *text, enum fleet_unit *unit)
{
    for (unsigned i = 0; i < UNIT_COUNT; i++)
        if (strcmp(text, names[i]) == 0) {
            *unit = (enum fleet_unit)i;
            return true;
        }
    return false;
}

/* A flash that fails does so in the first upload: 250 words are 8,000 bytes, less than any image that is sent. If it
 * failed in the swap instead, the device would be lost whatever a gateway does. An update takes more than 12 requests. */
static const struct moment {
    uint32_t low, high;
} moments[UNIT_COUNT] = {[UNIT_BAD_FLASH] = {1, 250}, [UNIT_VANISHES] = {2, 12}};

void fleet_fate_set(struct fleet_fate *fate, enum fleet_unit unit)
{
    const struct moment *m = &moments[unit];
    fate->unit = unit;
    fate->moment = fleet_draw_in(fate->seed, DRAW_MOMENT, 0, m->low, m->high);
}

struct fleet_fate fleet_fate_draw(const struct fleet_shares *shares, unsigned device)
{
    struct fleet_fate fate = {.seed = fleet_draw(shares->seed, DRAW_DEVICE, device),
                              .loss = shares->loss,
                              .cuts = shares->cuts};
    bool bad = fleet_chance(fate.seed, DRAW_UNIT, 0, shares->bad);
    uint32_t kind = fleet_draw_in(fate.seed, DRAW_UNIT, 1, UNIT_GOOD + 1, UNIT_COUNT - 1);
    fleet_fate_set(&fate, bad ? (enum fleet_unit)kind : UNIT_GOOD);
    if (fleet_chance(fate.seed, DRAW_BUSY, 0, shares->busy))
        fate.busy_writes = fleet_draw_in(fate.seed, DRAW_BUSY, 1, 1, 4);
    return fate;
}
