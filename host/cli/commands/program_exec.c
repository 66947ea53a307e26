#include "host/cli/commands/program_exec.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX  (CLI_ARGS_MAX + 8)
#define SUFFIX_MAX 32u

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

int program_exec(const char *suffix, const char *next)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - SUFFIX_MAX);
    char **words = own_words();
    if (len <= 0 || words == NULL)
        return cli_fail(CLI_BAD_FILE, "this program does not find itself", "/proc is not mounted",
                        "mount /proc");
    snprintf(self + len, SUFFIX_MAX, "%s", suffix);
    execv(self, words);
    return cli_fail(CLI_BAD_FILE, cli_text("%s cannot be started", self), strerror(errno), next);
}
