/* shell.h - the commands that a program offers to group shell, and where they write what they print. */
#ifndef CORE_SMP_SERVER_SHELL_H
#define CORE_SMP_SERVER_SHELL_H

#include <stddef.h>

#include "core/base/compiler.h"

/* The longest command with its NUL, and its most words: Zephyr's CONFIG_SHELL_CMD_BUFF_SIZE, and 4 less than its
 * CONFIG_SHELL_ARGC_MAX. */
#define SMP_SHELL_LINE_MAX 256u
#define SMP_SHELL_ARGC_MAX 16u

/* What a command returns if it is unknown; Zephyr's -ENOEXEC. */
#define SMP_SHELL_UNKNOWN (-8)
/* What a command may return for arguments that it does not take; Zephyr's -EINVAL. */
#define SMP_SHELL_USAGE (-22)

/* The place for a command's output, inside the response. What does not fit is cut, and the text then ends in "~". */
struct smp_shell_out {
    char *text;
    size_t cap, len;
};

/* Add to the output; formats as in core/base/log.h, at most 159 characters a call. */
void smp_shell_print(struct smp_shell_out *out, const char *format, ...) PRINTF_LIKE(2, 3);

struct smp_shell_command {
    const char *name;
    const char *help; /* one line, without its end */
    /* argv[0] is the name; argv[argc] is NULL. ctx is smp_server_config.ctx. Returns 0, or a negative number, which is
     * the command's own and no error of SMP. Requests and the watchdog wait until it returns. */
    int (*run)(void *ctx, int argc, const char *const *argv, struct smp_shell_out *out);
};

#endif
