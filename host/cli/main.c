/* main.c - slipway: the host program. Everything is in the library, so that tests can call it. */
#include "host/cli/core/cli.h"

int main(int argc, char **argv)
{
    return cli_run(argc, argv);
}
