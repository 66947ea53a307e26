/* gateway_table.h - the commands of `slipway gateway`. They run in a program of their own, slipway-gateway, since libcurl
 * would cost each start of slipway 8 ms: here gateway_exec.c starts it, and in that program gateway_commands.c does what they
 * say. */
#ifndef HOST_CLI_COMMANDS_GATEWAY_GATEWAY_TABLE_H
#define HOST_CLI_COMMANDS_GATEWAY_GATEWAY_TABLE_H

#include "host/cli/core/cli.h"

extern const struct cli_command cmd_gateway, cmd_gateway_check, cmd_gateway_status,
    cmd_gateway_events, cmd_gateway_resume, cmd_gateway_retry;

/* Carries out a->command, one of these. */
int gateway_command(const struct cli_args *a);

#endif
