/* cmd_version.c - the version alone on its line, as imgtool prints its own: for scripts. */
#include "host/cli/core/cli.h"

static int run(const struct cli_args *a)
{
    (void)a;
    struct json j;
    if (!cli_mode.json) {
        cli_print(stdout, "%s\n", cli_version);
        return CLI_DONE;
    }
    json_begin(&j, stdout);
    json_string(&j, "version", cli_version);
    json_finish(&j);
    return CLI_DONE;
}

const struct cli_command cmd_version = {
    .name = "version",
    .summary = "print this program's version",
    .arguments = "",
    .example = "slipway version",
    .run = run,
};
