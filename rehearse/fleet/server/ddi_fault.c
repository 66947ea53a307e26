#include "rehearse/fleet/server/ddi_fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/compiler.h"
#include "rehearse/fleet/fleet_draw.h"

static const struct {
    const char *name;
    bool text, artifact; /* can happen to JSON, to an artifact */
} kinds[FAULT_COUNT] = {
    [FAULT_NONE] = {"none", false, false},       [FAULT_500] = {"500", true, true},
    [FAULT_429] = {"429", true, true},           [FAULT_DROP] = {"drop", true, true},
    [FAULT_ENDLESS] = {"endless", true, true},   [FAULT_NONSENSE] = {"nonsense", true, false},
    [FAULT_REDIRECT] = {"redirect", true, true}, [FAULT_ELSEWHERE] = {"elsewhere", true, false},
    [FAULT_CHANGED] = {"changed", false, true},
};

const char *ddi_fault_text(enum ddi_fault f)
{
    return kinds[f].name;
}

bool ddi_fault_find(const char *text, enum ddi_fault *f)
{
    for (unsigned i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
        if (strcmp(kinds[i].name, text) == 0) {
            *f = (enum ddi_fault)i;
            return true;
        }
    return false;
}

/* Controllers draw apart from each other: the seed is mixed with the name. */
static uint64_t seed_of(const struct ddi_faults *f, const char *controller)
{
    uint64_t seed = f->seed;
    for (; *controller != '\0'; controller++)
        seed = fleet_draw(seed, DRAW_ANSWER, (unsigned char)*controller);
    return seed;
}

enum ddi_fault ddi_fault_draw(const struct ddi_faults *f, const char *controller, uint64_t n,
                              bool artifact)
{
    enum ddi_fault possible[FAULT_COUNT];
    uint32_t count = 0;
    uint64_t seed = seed_of(f, controller);
    for (unsigned i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
        if ((f->kinds == 0 || f->kinds >> i & 1) && (artifact ? kinds[i].artifact : kinds[i].text))
            possible[count++] = (enum ddi_fault)i;
    if (count == 0 || !fleet_chance(seed, DRAW_ANSWER, n, f->ppm))
        return FAULT_NONE;
    return possible[fleet_draw_in(seed, DRAW_FAULT, n, 0, count - 1)];
}

static char *bytes_of(const struct ddi_faults *f, uint64_t n)
{
    size_t len = fleet_draw_in(f->seed, DRAW_BYTES, n, 1, 200);
    char *text = fleet_memory(len + 1, 1);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)fleet_draw_in(f->seed, DRAW_BYTES, n + 1 + i, 1, 255);
    return text;
}

char *ddi_nonsense(const struct ddi_faults *f, uint64_t n, const char *good)
{
    static const char *const wrong[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"_links\":[]}",
        "{\"_links\":{\"deploymentBase\":7}}",
        "{\"config\":{\"polling\":{\"sleep\":\"99:99:99:99\"}},\"_links\":{\"deploymentBase\":{}}}",
        "{\"id\":[],\"deployment\":{\"chunks\":[{\"artifacts\":[{\"size\":-1}]}]}}",
        "<html><body>It works!</body></html>"};
    uint32_t which = fleet_draw_in(f->seed, DRAW_FAULT, n, 0, ARRAY_LEN(wrong) + 1);
    if (which < ARRAY_LEN(wrong))
        return strdup(wrong[which]);
    if (which > ARRAY_LEN(wrong))
        return bytes_of(f, n);
    char *half = strdup(good);
    if (half != NULL)
        half[strlen(half) / 2] = '\0';
    return half;
}
