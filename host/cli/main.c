/* main.c - slipway: the host program. Everything is in the library, so that tests can call it. */
#include <signal.h>

#include "host/cli/core/cli.h"

int main(int argc, char **argv)
{
    int code = cli_run(argc, argv);
    if (code > CLI_SIGNAL) {
        /* A shell shows the same number, and a script's loop ends: after an exit code it would go on to the next board. */
        signal(code - CLI_SIGNAL, SIG_DFL);
        raise(code - CLI_SIGNAL);
    }
    return code;
}
