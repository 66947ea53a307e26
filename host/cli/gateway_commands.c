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

static int with_config(const struct cli_args *a, int (*act)(const struct gateway_config *c))
{
    struct gateway_config c;
    int code = gateway_config_load(&c, a->arg[0]);
    return code == CLI_DONE ? act(&c) : code;
}

int gateway_command_run(const struct cli_args *a)
{
    return with_config(a, gateway_run);
}

static int print_config(const struct gateway_config *c)
{
    gateway_config_print(c);
    return CLI_DONE;
}

int gateway_command_check(const struct cli_args *a)
{
    return with_config(a, print_config);
}

int gateway_command_status(const struct cli_args *a)
{
    return with_config(a, gateway_status);
}

int gateway_command_resume(const struct cli_args *a)
{
    return with_config(a, gateway_resume);
}

int gateway_command_events(const struct cli_args *a)
{
    struct gateway_config c;
    uint64_t since;
    int code = cli_number(a, "since", 0, 0, INT64_MAX, &since);
    if (code == CLI_DONE)
        code = gateway_config_load(&c, a->arg[0]);
    return code == CLI_DONE ? gateway_events(&c, (int64_t)since) : code;
}

int gateway_command_retry(const struct cli_args *a)
{
    struct gateway_config c;
    int code = gateway_config_load(&c, a->arg[0]);
    return code == CLI_DONE ? gateway_retry(&c, a->arg[1]) : code;
}
