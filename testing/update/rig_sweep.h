/* rig_sweep.h - for core/update/'s tests: a cut at every operation between two states of a toy device, in every way
 * that the fake flash knows, and further cuts during the recovery. */
#ifndef TESTING_UPDATE_RIG_SWEEP_H
#define TESTING_UPDATE_RIG_SWEEP_H

#include "testing/update/rig_two_slots.h"

/* Where a sweep begins, and where its undisturbed run ended. */
extern struct device start, end;

/* What a scenario leaves to be true after any cuts. */
struct goal {
    const char *name;
    bool same_flash; /* byte for byte as without cuts */
    bool may_revert; /* a cut right after the end makes the next boot a revert */
    bool (*reached)(const struct device *after);
    void (*app)(struct device *); /* what the application does before the boot, cut or not */
};

/* Old image in the primary, new one where an upload puts it, and waste behind the smaller. */
void fresh(const struct two_slots_shape *shape, enum two_slots_image old, enum two_slots_image new);

void sweep(const struct goal *g);

/* Another boot finds nothing to do and changes nothing. */
bool at_rest(const struct device *x);

struct trailer_state trailer_of(const struct device *x, enum slot s);

/* What the application asks for, for a goal. */
void app_confirms(struct device *x);
void app_asks_test(struct device *x);
void app_asks_permanent(struct device *x);
void app_uploads(struct device *x);

/* A program sweeps one strategy, in each of its geometries: the row that argv[1] names, or the first. argv[2]: only the
 * scenarios of that name. */
struct swept {
    const char *name;
    const struct two_slots_shape *shapes;
    size_t count;
    uint8_t key_size; /* of images that fresh makes, bytes; 0: they are not encrypted */
};
extern const struct swept *swept;
/* false: there is no such row, which is said. */
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
