/* trace_test.c - exceptions on this core and on QEMU's mps2-an500, a Cortex-M7: one firmware (trace/) prints a trace
 * on both, and the traces must be equal line by line. cpu_trace_test FIRMWARE.bin [FIRMWARE.elf QEMU]; without QEMU
 * only our trace is made, and "end" must be its last line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing/vboard/rig_bare_cpu.h"
#include "vboard/cpu/cpu_state.h"

#define SIZE     0x10000u /* of flash, at 0, and of RAM */
#define RAM      0x20000000u
#define UART     0x40004000u
#define MAX_TEXT 200000

static uint8_t flash[SIZE], ram[SIZE];
static char ours[MAX_TEXT], theirs[MAX_TEXT];
static size_t length;

static enum bus_result read_bus(void *ctx, uint32_t addr, unsigned size, uint32_t *value)
{
    (void)ctx, (void)size;
    *value = 0;
    return addr - UART < 0x1000 ? BUS_OK : BUS_FAULT;
}
static enum bus_result write_bus(void *ctx, uint32_t addr, unsigned size, uint32_t value)
{
    (void)ctx, (void)size;
    if (addr == UART && length + 1 < sizeof ours)
        ours[length++] = (char)value;
    return addr - UART < 0x1000 ? BUS_OK : BUS_FAULT;
}
static enum bus_result fetch_bus(void *ctx, uint32_t addr, uint16_t *halfword)
{
    (void)ctx, (void)addr, (void)halfword;
    return BUS_FAULT;
}

static bool run_ours(void)
{
    static struct cpu cpu;
    static struct bare bare = {{flash, 0, SIZE}, {ram, RAM, SIZE}};
    struct cpu_bus bus = bare_bus(&bare);
    bus.read = read_bus;
    bus.write = write_bus;
    bus.fetch = fetch_bus;
    struct cpu_cache *cache = cpu_cache_new();
    if (cache == NULL)
        return false;
    cpu_init(&cpu, &bus, cache);
    cpu_reset(&cpu, 0);
    cpu_set_deadline(&cpu, 20000000);
    enum cpu_stop stop = cpu_run(&cpu);
    cpu_cache_free(cache);
    bool ended = stop == CPU_STOP_BKPT && length > 4 && strcmp(ours + length - 4, "end\n") == 0;
    if (!ended)
        printf("%s\nstopped (%d) at %08x, without reaching the end\n",
               ours + (length > 600 ? length - 600 : 0), (int)stop, (unsigned)cpu_reg(&cpu, 15));
    return ended;
}

static bool run_qemu(const char *elf, const char *qemu)
{
    char command[600];
    snprintf(command, sizeof command,
             "timeout 60 '%s' -M mps2-an500 -display none -monitor none -serial stdio -semihosting "
             "-kernel '%s'",
             qemu, elf);
    FILE *f = popen(command, "r");
    if (f == NULL) {
        perror(qemu);
        return false;
    }
    size_t n = fread(theirs, 1, sizeof theirs - 1, f);
    if (pclose(f) == 0 && n > 0)
        return true;
    printf("QEMU did not get to the end:\n%s\n", theirs + (n > 600 ? n - 600 : 0));
    return false;
}

/* Both traces stay beside the firmware, to be read. */
static void save(const char *firmware, const char *suffix, const char *trace)
{
    char path[600];
    snprintf(path, sizeof path, "%s%s", firmware, suffix);
    FILE *f = fopen(path, "w");
    if (f == NULL || fputs(trace, f) < 0)
        perror(path);
    if (f != NULL)
        fclose(f);
}

/* Where they part: three lines before, and the two lines. */
static unsigned compare(void)
{
    unsigned lines = 0, differences = 0;
    const char *a = ours, *b = theirs, *heading = ours;
    for (; *a && *b; lines++) {
        int an = (int)strcspn(a, "\n"), bn = (int)strcspn(b, "\n");
        if (*a != ' ')
            heading = a;
        if ((an != bn || strncmp(a, b, (size_t)an) != 0) && differences++ < 10)
            printf("line %u, in \"%.*s\"\n  ours %.*s\n  qemu %.*s\n", lines + 1,
                   (int)strcspn(heading, "\n"), heading, an, a, bn, b);
        a += an + (a[an] != 0);
        b += bn + (b[bn] != 0);
    }
    differences += *a || *b;
    printf("%u lines of trace, %u differences\n", lines, differences);
    return differences;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 4) {
        fprintf(stderr, "usage: cpu_trace_test FIRMWARE.bin [FIRMWARE.elf QEMU]\n");
        return 2;
    }
    bool ended = bare_load(argv[1], flash, sizeof flash) && run_ours();
    save(argv[1], ".ours", ours);
    if (!ended)
        return 1;
    if (argc == 2) {
        printf("SKIPPED: no qemu-system-arm, so %zu bytes of trace were compared with nothing\n",
               length);
        return 0;
    }
    ended = run_qemu(argv[2], argv[3]);
    save(argv[1], ".qemu", theirs);
    if (!ended)
        return 1;
    return compare() == 0 ? 0 : 1;
}
