/* cmd_stat.c - the statistics of a device. */
#include "host/cli/commands/commands.h"
#include "host/cli/commands/groups/show.h"
#include "host/client/device.h"
#include "host/client/smp/client_groups.h"

static struct device device;
static struct smp_stat_list list;

static int done(int code)
{
    device_close(&device);
    return code;
}

static void print_names(void)
{
    struct json j;
    if (!cli_mode.json) {
        for (unsigned i = 0; i < list.count; i++)
            cli_print(stdout, "%s\n", show_word(list.stat[i].name));
        return;
    }
    json_begin(&j, stdout);
    json_array(&j, "stat_list");
    for (unsigned i = 0; i < list.count; i++)
        json_string(&j, NULL, show_text(list.stat[i].name));
    json_finish(&j);
}

static int run_list(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_stat_list(&device.client, &list);
    if (e != ERR_OK)
        return done(device_fail(&device, "the list of statistics could not be read", e));
    print_names();
    return done(CLI_DONE);
}

const struct cli_command cmd_stat_list = {
    .name = "stat list",
    .summary = "list the groups of statistics",
    .arguments = "",
    .device = true,
    .example = "slipway stat list --port /dev/ttyACM0",
    .run = run_list,
};

static void print_stats(const char *group)
{
    if (!cli_mode.json) {
        const char **cells = cli_memory(2 * list.count * sizeof *cells);
        for (unsigned i = 0; i < list.count; i++) {
            cells[2 * i] = show_word(list.stat[i].name);
            cells[2 * i + 1] = cli_text("%llu", (unsigned long long)list.stat[i].value);
        }
        show_table(cells, list.count, 2, 2);
        return;
    }
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "name", group);
    json_object(&j, "fields");
    for (unsigned i = 0; i < list.count; i++)
        json_number(&j, show_text(list.stat[i].name), list.stat[i].value);
    json_finish(&j);
}

static int run_show(const struct cli_args *a)
{
    int code = show_check_name(a, 0, "NAME");
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_stat_show(&device.client, a->arg[0], &list);
    if (e != ERR_OK)
        return done(device_fail(&device, "the statistics could not be read", e));
    print_stats(a->arg[0]);
    return done(CLI_DONE);
}

#define SHOW_HELP                                                                               \
    .summary = "show the statistics of a group", .arguments = "NAME", .min_args = 1,            \
    .max_args = 1, .device = true,                                                              \
    .details =                                                                                  \
        "slipway stat list has the groups. A device built without names calls its statistics\n" \
        "s0, s1 and so on.",                                                                    \
    .run = run_show

const struct cli_command cmd_stat_show = {
    .name = "stat show",
    SHOW_HELP,
    .example = "slipway stat show smp_svr_stats --port /dev/ttyACM0",
};

/* As mcumgr has it. */
const struct cli_command cmd_stat = {
    .name = "stat",
    SHOW_HELP,
    .example = "slipway stat smp_svr_stats --port /dev/ttyACM0",
};
