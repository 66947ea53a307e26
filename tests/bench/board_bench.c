/* board_bench.c - what a boot of the sample firmware costs on the virtual board, in instructions (exact: the same on
 * every machine), and what a snapshot costs, in time. Prints "key value" lines, which tools/bench.sh explains.
 * board_bench BOOTLOADER.elf APPLICATION.hex */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "vboard/vboard.h"

#define SECOND    UINT64_C(1000000000)
#define SNAPSHOTS 200

static void load(struct vboard *v, const char *path)
{
    char text[200];
    if (vboard_load(v, path, 0, text, sizeof text) == ERR_OK)
        return;
    fprintf(stderr, "%s: %s\n", path, text);
    exit(4);
}

/* Processor time: the machine may be busy with other things. */
static double microseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void snapshots(const struct vboard *v, const struct vboard_config *config)
{
    static double times[SNAPSHOTS];
    struct vboard *copy = vboard_new(config);
    if (copy == NULL)
        exit(1);
    for (unsigned i = 0; i < SNAPSHOTS; i++) {
        double start = microseconds();
        vboard_copy(copy, v);
        times[i] = microseconds() - start;
        struct vboard_stop stop =
            vboard_run(copy, SECOND / 1000, 0); /* so that it has something to undo */
        if (stop.why != VBOARD_TIME)
            fprintf(stderr, "a copy stopped: %s\n", stop.text);
    }
    qsort(times, SNAPSHOTS, sizeof times[0], by_value);
    printf("snapshot_us %.0f\nsnapshot_worst_us %.0f\n", times[SNAPSHOTS / 2],
           times[SNAPSHOTS - 1]);
    vboard_free(copy);
}

int main(int argc, char **argv)
{
    const struct vboard_config config = {.seed = 1};
    struct vboard *v = vboard_new(&config);
    if (argc != 3 || v == NULL) {
        fprintf(stderr, "usage: board_bench BOOTLOADER.elf APPLICATION.hex\n");
        return 2;
    }
    load(v, argv[1]);
    load(v, argv[2]);
    vboard_power_on(v);
    struct vboard_stop stop = vboard_run(v, 60 * SECOND, VBOARD_UNTIL_IDLE);
    if (stop.why != VBOARD_IDLE) {
        fprintf(stderr, "the board does not come to rest: %s\n", stop.text);
        return 1;
    }
    printf("boot_idle_instructions %" PRIu64 "\nboot_idle_ms %.3f\n", vboard_instructions(v),
           (double)vboard_now_ns(v) / 1e6);
    snapshots(v, &config);
    vboard_free(v);
    return 0;
}
