/* board_bench.c - what a boot of the sample firmware costs on the virtual board, in instructions and in milliseconds of
 * the board (exact: the same on every machine), and what a snapshot costs, in time.
 * board_bench BOOTLOADER.elf APPLICATION.hex [boot]   boot: no snapshots */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/bytes.h"
#include "core/soc/soc.h"
#include "vboard/vboard.h"

#define SECOND    UINT64_C(1000000000)
#define TABLE     0x20400u /* slot0 of the default layouts, and the header: the application's vectors */
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
            printf("a copy stopped: %s\n", stop.text);
    }
    qsort(times, SNAPSHOTS, sizeof times[0], by_value);
    printf("snapshot (vboard_copy of a booted board): median %.0f us, worst %.0f us of %d\n",
           times[SNAPSHOTS / 2], times[SNAPSHOTS - 1], SNAPSHOTS);
    vboard_free(copy);
}

static void print(const struct vboard *v, const char *until, const struct vboard_stop *stop,
                  enum vboard_why wanted)
{
    printf("boot_ms %7.1f  %9" PRIu64 " instructions  %s: power-on until the application %s%s%s\n",
           (double)vboard_now_ns(v) / 1e6, vboard_instructions(v), vboard_name(v), until,
           stop->why == wanted ? "" : "; ", stop->why == wanted ? "" : stop->text);
    if (stop->why != wanted)
        exit(1);
}

static void boot(struct vboard *v)
{
    uint8_t vectors[8];
    vboard_power_on(v);
    (void)!vboard_flash_peek(v, TABLE, vectors, sizeof vectors);
    vboard_break_at(v, get_le32(vectors + 4) & ~1u);
    struct vboard_stop stop = vboard_run(v, 60 * SECOND, 0);
    print(v, "starts", &stop, VBOARD_BREAKPOINT);
    vboard_break_at(v, 0);
    stop = vboard_run(v, 60 * SECOND, VBOARD_UNTIL_IDLE);
    print(v, "sleeps", &stop, VBOARD_IDLE);
}

int main(int argc, char **argv)
{
    char part[VBOARD_PART_MAX];
    struct vboard_config config = {.seed = 1};
    if (argc != 3 && (argc != 4 || strcmp(argv[3], "boot") != 0)) {
        fprintf(stderr, "usage: board_bench BOOTLOADER.elf APPLICATION.hex [boot]\n");
        return 2;
    }
    const char *name = vboard_part_of_file(argv[1], 0, part);
    config.board = name != NULL ? vboard_board_with(name) : NULL;
    struct vboard *v = vboard_new(&config);
    if (v == NULL)
        return 1;
    load(v, argv[1]);
    load(v, argv[2]);
    boot(v);
    if (argc == 3)
        snapshots(v, &config);
    vboard_free(v);
    return 0;
}
