/* rig_sweep.h - for core/update/'s tests: a power cut at every flash operation between two states of a toy device, in
 * every way that the fake flash has, and further cuts in the boots that follow. */
#ifndef TESTING_UPDATE_RIG_SWEEP_H
#define TESTING_UPDATE_RIG_SWEEP_H

#include "testing/update/rig_two_slots.h"

/* The device at the start of a sweep, and after a run without cuts. */
extern struct device start, end;

/* What must be true after any cuts. */
struct goal {
    const char *name;
    bool same_flash; /* flash is equal to end, byte for byte */
    bool may_revert; /* a cut right after the end makes the next boot a revert */
    bool (*reached)(const struct device *after);
    void (*app)(struct device *); /* what the application does before the boot; cuts hit it, too */
};

/* The old image in the primary, the new one where an upload puts it, and garbage behind the smaller one. */
void fresh(const struct two_slots_shape *shape, enum two_slots_image old, enum two_slots_image new);

/* Run from start with each cut, and check g. */
void sweep(const struct goal *g);

/* True if another boot changes nothing. */
bool at_rest(const struct device *x);

struct trailer_state trailer_of(const struct device *x, enum slot s);

/* The application's part, for goal.app. */
void app_confirms(struct device *x);
void app_asks_test(struct device *x);
void app_asks_permanent(struct device *x);
void app_uploads(struct device *x);

/* A test program sweeps one strategy in all of its geometries: the row that argv[1] names, or the first. argv[2]: only
 * the scenarios of that name. */
struct swept {
    const char *name;
    const struct two_slots_shape *shapes;
    size_t count;
    uint8_t key_size; /* of images that fresh makes, bytes; 0: they are not encrypted */
};
extern const struct swept *swept;
/* False, and an error is printed: there is no such row. */
bool sweep_choose(const struct swept *rows, size_t count, int argc, char **argv);

/* The test sweep_NAME: scenario_NAME in each geometry. */
#define SWEEP_SCENARIO(name)                      \
    static void sweep_##name(void **state)        \
    {                                             \
        (void)state;                              \
        for (size_t i = 0; i < swept->count; i++) \
            scenario_##name(&swept->shapes[i]);   \
    }

#endif
