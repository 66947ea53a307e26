/* `monitor ...`: what GDB has no word for. */
#include <stdlib.h>
#include <string.h>

#include "vboard/debug/gdb_inside.h"

typedef bool command(struct gdb *g, const char *args);

/* Any of the words that other probes use; the board waits in each case, `continue` lets it go. */
static bool reset(struct gdb *g, const char *args)
{
    static const char *const ways[] = {"", "halt", "init"};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        if (strcmp(args, ways[i]) != 0)
            continue;
        vboard_reset_pin(g->board);
        gdb_halt_at_reset(g);
        gdb_print(g, "reset; halted at 0x%08x\n", (unsigned)vboard_cpu_reg(g->board, VBOARD_PC));
        return true;
    }
    return false;
}

static bool power(struct gdb *g, const char *args)
{
    if (strcmp(args, "cycle") != 0)
        return false;
    vboard_power_on(g->board);
    gdb_halt_at_reset(g);
    gdb_print(g, "power off and on; halted at 0x%08x\n",
              (unsigned)vboard_cpu_reg(g->board, VBOARD_PC));
    return true;
}

static bool print_time(struct gdb *g, const char *args)
{
    (void)args;
    gdb_print(g, "%.6f ms of virtual time, %llu instructions, %llu flash operations\n",
              (double)vboard_now_ns(g->board) / 1e6,
              (unsigned long long)vboard_instructions(g->board),
              (unsigned long long)vboard_operations(g->board));
    return true;
}

static bool why(struct gdb *g, const char *args)
{
    (void)args;
    gdb_print(g, "%s\n", g->stop.text[0] != '\0' ? g->stop.text : "the board was halted by you");
    return true;
}

static bool trace(struct gdb *g, const char *args)
{
    if (strcmp(args, "flash on") != 0 && strcmp(args, "flash off") != 0)
        return false;
    bool on = strcmp(args, "flash on") == 0;
    vboard_trace_flash(g->board, on ? g->trace : NULL);
    gdb_print(g, "flash operations are %s\n",
              on ? "written where the board was started" : "not traced");
    return true;
}

static bool cut(struct gdb *g, const char *args)
{
    static const char *const words[] = {"before", "during", "after"};
    static const enum vboard_cut hows[] = {VBOARD_CUT_BEFORE, VBOARD_CUT_DURING, VBOARD_CUT_AFTER};
    char *end;
    unsigned long long n = strtoull(args, &end, 10);
    unsigned how = 1;
    if (end == args)
        return false;
    end += strspn(end, " ");
    for (; *end != '\0' && strcmp(end, words[how % 3]) != 0; how++)
        if (how > 3)
            return false;
    vboard_cut_at(g->board, n, hows[how % 3]);
    if (n == 0)
        gdb_print(g, "no power cut\n");
    else
        gdb_print(g, "power will be cut %s flash operation %llu from now\n", words[how % 3], n);
    return true;
}

static command help;

static const struct {
    const char *name, *args, *help;
    command *run;
} commands[] = {
    {"reset", "[halt]", "reset pin; halts at the reset vector", reset},
    {"power", "cycle", "power off and on; halts at the reset vector", power},
    {"time", "", "virtual time, instructions, flash operations", print_time},
    {"why", "", "why the board stopped", why},
    {"trace", "flash on|off", "a line for each flash operation", trace},
    {"cut", "N [before|during|after]", "cut power at the N-th flash operation from now; 0: do not",
     cut},
    {"help", "", "this list", help},
};

static bool help(struct gdb *g, const char *args)
{
    (void)args;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        gdb_print(g, "monitor %-6s %-24s %s\n", commands[i].name, commands[i].args,
                  commands[i].help);
    return true;
}

static bool run_line(struct gdb *g, char *line)
{
    size_t n = strcspn(line, " ");
    const char *args = line + n + strspn(line + n, " ");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strlen(commands[i].name) == n && memcmp(commands[i].name, line, n) == 0)
            return commands[i].run(g, args);
    return false;
}

void gdb_monitor(struct gdb *g, struct gdb_text t)
{
    char line[200];
    size_t n = (size_t)(t.end - t.at) / 2;
    if (n >= sizeof line || !gdb_take_bytes(&t, (uint8_t *)line, n) || t.at != t.end) {
        gdb_answer(g, "E01");
        return;
    }
    line[n] = '\0';
    while (n > 0 && line[n - 1] == ' ')
        line[--n] = '\0';
    if (!run_line(g, line))
        gdb_print(g, "'%s' is unknown: try 'monitor help'\n", line);
    gdb_answer(g, "OK");
}
