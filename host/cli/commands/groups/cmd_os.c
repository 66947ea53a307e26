/* cmd_os.c - clock, tasks and memory pools of a device. */
#include <string.h>
#include <time.h>

#include "core/base/date_time.h"
#include "host/cli/commands/commands.h"
#include "host/cli/commands/groups/show.h"
#include "host/client/device.h"
#include "host/client/smp/client_groups.h"

static struct device device;

static int done(int code)
{
    device_close(&device);
    return code;
}

/* ---- datetime ---- */

/* Zephyr's server takes a day that does not exist, and a zone, which it ignores: neither is sent. */
static bool is_datetime(const char *text)
{
    struct date_time t;
    return date_time_parse(&t, text, strlen(text)) == ERR_OK;
}

/* This computer's local time, which has no zone in it: a device has none. */
static const char *now_text(void)
{
    char text[32];
    struct tm tm;
    const time_t now = time(NULL);
    localtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    return cli_text("%s", text);
}

static int set_clock(const char *text)
{
    enum err e = smp_datetime_set(&device.client, text);
    if (e != ERR_OK)
        return done(device_fail_change(&device, e, "the device's clock could not be set",
                                       "no answer: it is not known whether the clock is set",
                                       "slipway datetime shows it"));
    cli_say("the clock is set to %s", text);
    return done(CLI_DONE);
}

static int run_datetime(const struct cli_args *a)
{
    char text[64];
    const char *set = a->arg_count > 0 ? a->arg[0] : NULL;
    if (set != NULL && strcmp(set, "now") == 0)
        set = now_text();
    if (set != NULL && !is_datetime(set))
        return cli_usage(a, "'%s' is not a time like 2026-11-30T20:40:00 (without a zone)", set);
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    if (set != NULL)
        return set_clock(set);
    enum err e = smp_datetime_get(&device.client, text, sizeof text);
    if (e != ERR_OK)
        return done(device_fail(&device, "the device's clock could not be read", e));
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_string(&j, "datetime", text);
        json_finish(&j);
    } else {
        cli_print(stdout, "%s\n", cli_one_line(text));
    }
    return done(CLI_DONE);
}

const struct cli_command cmd_datetime = {
    .name = "datetime",
    .summary = "show the device's date and time, or set them",
    .arguments = "[TIME|now]",
    .max_args = 1,
    .device = true,
    .details =
        "TIME is YYYY-MM-DDTHH:MM:SS, perhaps with a fraction; now is this computer's local time.",
    .example = "slipway datetime --port /dev/ttyACM0\n"
               "slipway datetime now --port /dev/ttyACM0",
    .run = run_datetime,
};

/* ---- numbers that may be missing ---- */

static const char *number_cell(const struct smp_number *n)
{
    return n->present ? cli_text("%llu", (unsigned long long)n->u) : "-";
}

static void number_json(struct json *j, const char *key, const struct smp_number *n)
{
    if (n->present)
        json_number(j, key, n->u);
}

static const char *name_cell(struct cbor_span name)
{
    return name.len > 0 ? show_word(name) : "(no name)";
}

/* ---- taskstat ---- */

static struct smp_task_list tasks;

/* Zephyr's bits of a thread's state. */
static const char *state_cell(const struct smp_number *state)
{
    static const struct {
        unsigned bit;
        const char *name;
    } bits[] = {{1, "dummy"},      {2, "pending"},   {4, "sleeping"},    {8, "dead"},
                {16, "suspended"}, {32, "aborting"}, {64, "suspending"}, {128, "queued"}};
    const char *text = NULL;
    if (!state->present)
        return "-";
    for (size_t i = 0; i < ARRAY_LEN(bits); i++)
        if ((state->u & bits[i].bit) != 0)
            text = text != NULL ? cli_text("%s, %s", text, bits[i].name) : bits[i].name;
    return text != NULL ? cli_text("%llu %s", (unsigned long long)state->u, text)
                        : number_cell(state);
}

/* In bytes: the wire has words of 4. */
static const char *stack_cell(const struct smp_number *words)
{
    return words->present && words->u <= UINT64_MAX / 4
               ? cli_text("%llu", (unsigned long long)words->u * 4)
               : number_cell(words);
}

static void print_tasks(void)
{
    enum { COLUMNS = 7 };
    static const char *const heads[COLUMNS] = {"task",       "priority", "id",   "stack used",
                                               "stack size", "runtime",  "state"};
    const char **cells = cli_memory((tasks.count + 1) * sizeof heads), **to = cells + COLUMNS;
    memcpy(cells, heads, sizeof heads);
    for (unsigned i = 0; i < tasks.count; i++, to += COLUMNS) {
        const struct smp_task *t = &tasks.task[i];
        to[0] = name_cell(t->name);
        to[1] = t->has_priority ? cli_text("%lld", (long long)t->priority) : "-";
        to[2] = number_cell(&t->id);
        to[3] = stack_cell(&t->stack_used);
        to[4] = stack_cell(&t->stack_size);
        to[5] = number_cell(&t->runtime);
        to[6] = state_cell(&t->state);
    }
    show_table(cells, tasks.count + 1, COLUMNS, 0x3e);
}

/* The numbers under mcumgr's keys, and as they came: stacks in words of 4 bytes. */
static void print_json_tasks(void)
{
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "tasks");
    for (unsigned i = 0; i < tasks.count; i++) {
        const struct smp_task *t = &tasks.task[i];
        json_object(&j, NULL);
        json_string(&j, "name", show_text(t->name));
        if (t->has_priority)
            json_integer(&j, "prio", t->priority);
        number_json(&j, "tid", &t->id);
        number_json(&j, "state", &t->state);
        number_json(&j, "stkuse", &t->stack_used);
        number_json(&j, "stksiz", &t->stack_size);
        number_json(&j, "runtime", &t->runtime);
        number_json(&j, "cswcnt", &t->switches);
        number_json(&j, "last_checkin", &t->last_checkin);
        number_json(&j, "next_checkin", &t->next_checkin);
        json_end(&j);
    }
    json_finish(&j);
}

static int run_taskstat(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_task_list(&device.client, &tasks);
    if (e != ERR_OK)
        return done(device_fail(&device, "the tasks could not be read", e));
    if (cli_mode.json)
        print_json_tasks();
    else
        print_tasks();
    return done(CLI_DONE);
}

const struct cli_command cmd_taskstat = {
    .name = "taskstat",
    .summary = "show the device's tasks: priority, stack and state",
    .arguments = "",
    .device = true,
    .details =
        "Stacks are in bytes; with --json in words of 4, as the device sends them. The words of\n"
        "the state are Zephyr's. - is what the device does not send.",
    .example = "slipway taskstat --port /dev/ttyACM0",
    .run = run_taskstat,
};

/* ---- mpstat ---- */

static struct smp_pool_list pools;

static void print_pools(void)
{
    enum { COLUMNS = 5 };
    static const char *const heads[COLUMNS] = {"pool", "block size", "blocks", "free",
                                               "least free"};
    const char **cells = cli_memory((pools.count + 1) * sizeof heads), **to = cells + COLUMNS;
    memcpy(cells, heads, sizeof heads);
    for (unsigned i = 0; i < pools.count; i++, to += COLUMNS) {
        const struct smp_pool *p = &pools.pool[i];
        to[0] = name_cell(p->name);
        to[1] = number_cell(&p->block_size);
        to[2] = number_cell(&p->blocks);
        to[3] = number_cell(&p->free_blocks);
        to[4] = number_cell(&p->least_free);
    }
    show_table(cells, pools.count + 1, COLUMNS, 0x1e);
}

static void print_json_pools(void)
{
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "mpools");
    for (unsigned i = 0; i < pools.count; i++) {
        const struct smp_pool *p = &pools.pool[i];
        json_object(&j, NULL);
        json_string(&j, "name", show_text(p->name));
        number_json(&j, "blksiz", &p->block_size);
        number_json(&j, "nblks", &p->blocks);
        number_json(&j, "nfree", &p->free_blocks);
        number_json(&j, "min", &p->least_free);
        json_end(&j);
    }
    json_finish(&j);
}

static int run_mpstat(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_pool_list(&device.client, &pools);
    if (e != ERR_OK)
        return done(device_fail(&device, "the memory pools could not be read", e));
    if (cli_mode.json)
        print_json_pools();
    else
        print_pools();
    return done(CLI_DONE);
}

const struct cli_command cmd_mpstat = {
    .name = "mpstat",
    .summary = "show the device's memory pools",
    .arguments = "",
    .device = true,
    .details = "- is what the device does not send.",
    .example = "slipway mpstat --port /dev/ttyACM0",
    .run = run_mpstat,
};
