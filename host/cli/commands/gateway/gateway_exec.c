/* gateway_exec.c - the commands of `slipway gateway`, as slipway runs them: by the program slipway-gateway beside it. */
#include "host/cli/commands/gateway/gateway_table.h"
#include "host/cli/commands/program_exec.h"

int gateway_command(const struct cli_args *a)
{
    (void)a;
    return program_exec("-gateway", "make, or make install, puts it beside slipway");
}
