/* commands.h - what `mcumgr shell exec` runs in the sample. */
#ifndef EXAMPLES_SMP_SERVER_COMMANDS_H
#define EXAMPLES_SMP_SERVER_COMMANDS_H

#include "core/smp/server/shell.h"

#define COMMANDS 3u
extern const struct smp_shell_command commands[COMMANDS];

#endif
