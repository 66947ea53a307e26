/* commands.c - the table of commands, in the order in which --help shows them. */
#include "cli/commands.h"

const struct cli_command *const cli_commands[] = {
    &cmd_keygen, &cmd_getpub, &cmd_sign, &cmd_create, &cmd_verify, &cmd_dumpinfo, NULL,
};
