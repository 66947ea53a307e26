/* program_exec.h - commands that a program beside this one carries out. */
#ifndef HOST_CLI_COMMANDS_PROGRAM_EXEC_H
#define HOST_CLI_COMMANDS_PROGRAM_EXEC_H

#include "host/cli/core/cli.h"

/* Become the program that has this one's name and suffix ("-gateway"), with the same words. Returns only if it cannot be
 * started: an exit code, the error printed; next: what to do then. */
MUST_CHECK int program_exec(const char *suffix, const char *next);

#endif
