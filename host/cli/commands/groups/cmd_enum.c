/* cmd_enum.c - which SMP groups a device has. */
#include <stdlib.h>
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/commands/groups/show.h"
#include "host/client/device.h"
#include "host/client/smp/client_groups.h"

static struct device device;
static struct smp_group_list groups;

static int done(int code)
{
    device_close(&device);
    return code;
}

/* Zephyr lists them in the order of its linker. */
static int by_id(const void *a, const void *b)
{
    const struct smp_group_info *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static const char *known_name(const struct smp_group_info *g)
{
    const char *name = smp_group_name(g->id);
    return name != NULL ? name : g->id >= 64 ? "(the application's)" : "-";
}

static void print_groups(void)
{
    enum { COLUMNS = 4 };
    static const char *const heads[COLUMNS] = {"id", "commands", "group", "name on the device"};
    const char **cells = cli_memory((groups.count + 1) * sizeof heads), **to = cells + COLUMNS;
    memcpy(cells, heads, sizeof heads);
    for (unsigned i = 0; i < groups.count; i++, to += COLUMNS) {
        const struct smp_group_info *g = &groups.group[i];
        to[0] = cli_text("%u", (unsigned)g->id);
        to[1] = g->has_handlers ? cli_text("%u", (unsigned)g->handlers) : "-";
        to[2] = known_name(g);
        to[3] = g->name[0] != '\0' ? cli_one_line(g->name) : "-";
    }
    show_table(cells, groups.count + 1, COLUMNS, 3);
    cli_say("%u groups%s", groups.count,
            groups.is_probed ? " answered a request; the device cannot list its groups, and may "
                               "have others"
                             : "");
}

static void print_json_groups(void)
{
    struct json j;
    json_begin(&j, stdout);
    json_number(&j, "count", groups.count);
    json_array(&j, "groups");
    for (unsigned i = 0; i < groups.count; i++) {
        const struct smp_group_info *g = &groups.group[i];
        json_object(&j, NULL);
        json_number(&j, "group", g->id);
        if (g->name[0] != '\0')
            json_string(&j, "name", g->name);
        if (g->has_handlers)
            json_number(&j, "handlers", g->handlers);
        json_end(&j);
    }
    json_end(&j);
    json_bool(&j, "probed", groups.is_probed);
    json_finish(&j);
}

static int run_enum(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_group_list(&device.client, &groups);
    if (e != ERR_OK)
        return done(device_fail(&device, "the device did not list its groups", e));
    qsort(groups.group, groups.count, sizeof groups.group[0], by_id);
    if (cli_mode.json)
        print_json_groups();
    else
        print_groups();
    return done(CLI_DONE);
}

const struct cli_command cmd_enum = {
    .name = "enum",
    .summary = "list the SMP groups that the device has",
    .arguments = "",
    .device = true,
    .details =
        "\"commands\" is the highest command id and 1. A device that cannot list its groups "
        "(Zephyr\n"
        "before 4.1) is asked for a command of each known group that changes nothing; groups\n"
        "that have none (63, zephyr basic) are then left out.",
    .example = "slipway enum --port /dev/ttyACM0",
    .run = run_enum,
};
