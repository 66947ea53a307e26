/* gateway_exec.c - the commands of `slipway gateway`, as slipway runs them: by the program slipway-gateway beside it, with the
 * same words. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/commands/gateway/gateway_table.h"

#define WORDS_MAX (CLI_ARGS_MAX + 8)

/* This program's own words, as the system has them. NULL: they cannot be read. */
static char **own_words(void)
{
    struct cli_blob b;
    char **words = cli_memory((WORDS_MAX + 1) * sizeof *words);
    unsigned count = 0;
    if (cli_read_file("/proc/self/cmdline", 1u << 20, &b) != CLI_DONE)
        return NULL;
    for (char *at = (char *)b.data; at < (char *)b.data + b.len && count < WORDS_MAX;
         at += strlen(at) + 1)
        words[count++] = at;
    return count > 0 ? words : NULL;
}

static int start(const struct cli_args *a)
{
    char self[PATH_MAX];
    (void)a;
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - sizeof "-gateway");
    char **words = own_words();
    if (len <= 0 || words == NULL)
        return cli_fail(CLI_BAD_FILE, "this program does not find itself", "/proc is not mounted",
                        "slipway-gateway gateway CONFIG");
    strcpy(self + len, "-gateway");
    execv(self, words);
    return cli_fail(CLI_BAD_FILE, cli_text("%s cannot be started", self), strerror(errno),
                    "make, or make install, puts it beside slipway");
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
