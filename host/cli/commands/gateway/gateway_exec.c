/* gateway_exec.c - the commands of `slipway gateway`, as slipway runs them: by the program slipway-gateway beside it. */
#include "host/cli/commands/gateway/gateway_table.h"
#include "host/cli/commands/program_exec.h"

static int start(const struct cli_args *a)
{
    (void)a;
    return program_exec("-gateway", "make, or make install, puts it beside slipway");
}

int gateway_command_run(const struct cli_args *a)
{
    return start(a);
}

int gateway_command_check(const struct cli_args *a)
{
    return start(a);
}

int gateway_command_status(const struct cli_args *a)
{
    return start(a);
}

int gateway_command_events(const struct cli_args *a)
{
    return start(a);
}

int gateway_command_resume(const struct cli_args *a)
{
    return start(a);
}

int gateway_command_retry(const struct cli_args *a)
{
    return start(a);
}
