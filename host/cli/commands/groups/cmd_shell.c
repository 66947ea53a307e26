/* cmd_shell.c - a command of the device's shell. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/commands/groups/show.h"
#include "host/client/device.h"
#include "host/client/smp/client_groups.h"

static struct device device;

static int done(int code)
{
    device_close(&device);
    return code;
}

/* The length of the escape sequence at s (colours, cursor, titles), 0 if there is none: ECMA-48. */
static size_t escape_length(const char *s)
{
    size_t n = 2;
    if (s[0] != '\x1b' || s[1] == '\0')
        return 0;
    if (s[1] == '[') {
        n += strspn(s + n, "0123456789:;<=>?");
        n += strspn(s + n, " !\"#$%&'()*+,-./");
        return s[n] >= 0x40 && s[n] <= 0x7e ? n + 1 : n;
    }
    if (s[1] == ']' || s[1] == 'P') { /* up to BEL, or the string terminator */
        n += strcspn(s + n, "\a\x1b");
        return s[n] == '\a' ? n + 1 : s[n] == '\x1b' && s[n + 1] == '\\' ? n + 2 : n;
    }
    return 2;
}

/* The output as lines of text: without escape sequences, without a terminal's carriage returns, and without the line break
 * that Zephyr's shell puts in front. */
static const char *plain(const char *output)
{
    char *text = cli_memory(strlen(output) + 1), *to = text;
    for (const char *s = output + (strncmp(output, "\r\n", 2) == 0 ? 2 : 0); *s != '\0';) {
        const size_t escape = escape_length(s);
        const bool is_return = *s == '\r' && s[1] == '\n';
        if (escape == 0 && !is_return)
            *to++ = *s;
        s += escape > 0 ? escape : 1;
    }
    if (to > text && to[-1] != '\n')
        *to = '\n';
    return text;
}

static int print_answer(const struct smp_shell_answer *answer)
{
    const char *output = show_text(answer->output);
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_string(&j, "o", output);
        json_integer(&j, "ret", answer->ret);
        json_finish(&j);
        return answer->ret == 0 ? CLI_DONE : CLI_REFUSED;
    }
    cli_print(stdout, "%s", plain(output)); /* the result itself: also with --quiet */
    if (answer->ret == 0)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, cli_text("the device's command returned %d", (int)answer->ret),
                    NULL, "slipway shell help lists the commands of the device");
}

static int run_shell(const struct cli_args *a)
{
    struct smp_shell_answer answer;
    int code = CLI_DONE;
    for (unsigned i = 0; i < a->arg_count && code == CLI_DONE; i++)
        code = show_check_name(a, i, "COMMAND");
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    const unsigned retries = cli_has(a, "retries") ? device.client.retries : 0;
    enum err e = smp_shell_exec(&device.client, a->arg, a->arg_count, retries, &answer);
    if (e != ERR_OK)
        return done(device_fail_change(&device, e, "the device's shell did not run the command",
                                       "no answer: it is not known whether the command ran",
                                       "--timeout SECONDS waits longer for a slow command"));
    return done(print_answer(&answer));
}

#define SHELL_HELP                                                                                \
    .summary = "run a command of the device's shell and print its output",                        \
    .arguments = "COMMAND...", .min_args = 1, .max_args = CLI_ARGS_MAX, .device = true,           \
    .details =                                                                                    \
        "The exit code is 0 if the command returned 0, else 1, and the error says what it\n"      \
        "returned. The output is printed without colours; with --json it is as the device\n"      \
        "sent it (\"o\"), beside the result (\"ret\"). A device cuts output that is longer than " \
        "its\n"                                                                                   \
        "CONFIG_SHELL_BACKEND_DUMMY_BUF_SIZE. Options of the command stand behind --. It is "     \
        "sent\n"                                                                                  \
        "once, unless --retries says that it may run again.",                                     \
    .run = run_shell

const struct cli_command cmd_shell = {
    .name = "shell",
    SHELL_HELP,
    .example = "slipway shell kernel version --port /dev/ttyACM0\n"
               "slipway shell --port /dev/ttyACM0 -- log status --all",
};

/* As mcumgr has it. */
const struct cli_command cmd_shell_exec = {
    .name = "shell exec",
    SHELL_HELP,
    .example = "slipway shell exec kernel version --port /dev/ttyACM0",
};
