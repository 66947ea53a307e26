/* gateway_commands.c - the commands of `slipway gateway`, as slipway-gateway carries them out; and the list of them, which is
 * all that this program has. */
#include "host/cli/commands/gateway/gateway_table.h"
#include "host/gateway/gateway.h"

const struct cli_command *const cli_commands[] = {
    &cmd_gateway_check,
    &cmd_gateway_status,
    &cmd_gateway_events,
    &cmd_gateway_resume,
    &cmd_gateway_retry,
    &cmd_gateway, /* behind those with two words */
    NULL,
};

static int run(const struct gateway_config *c, const struct cli_args *a)
{
    (void)a;
    return gateway_run(c);
}

static int check(const struct gateway_config *c, const struct cli_args *a)
{
    (void)a;
    gateway_config_print(c);
    return CLI_DONE;
}

static int status(const struct gateway_config *c, const struct cli_args *a)
{
    (void)a;
    return gateway_status(c);
}

static int events(const struct gateway_config *c, const struct cli_args *a)
{
    uint64_t since;
    int code = cli_number(a, "since", 0, 0, INT64_MAX, &since);
    return code == CLI_DONE ? gateway_events(c, (int64_t)since) : code;
}

static int resume(const struct gateway_config *c, const struct cli_args *a)
{
    (void)a;
    return gateway_resume(c);
}

static int retry(const struct gateway_config *c, const struct cli_args *a)
{
    return gateway_retry(c, a->arg[1]);
}

static const struct {
    const struct cli_command *command;
    int (*act)(const struct gateway_config *c, const struct cli_args *a);
} acts[] = {
    {&cmd_gateway, run},           {&cmd_gateway_check, check},   {&cmd_gateway_status, status},
    {&cmd_gateway_events, events}, {&cmd_gateway_resume, resume}, {&cmd_gateway_retry, retry},
};

int gateway_command(const struct cli_args *a)
{
    struct gateway_config c;
    int code = gateway_config_load(&c, a->arg[0]);
    for (size_t i = 0; code == CLI_DONE && i < ARRAY_LEN(acts); i++)
        if (acts[i].command == a->command)
            return acts[i].act(&c, a);
    return code;
}
