/* cmd_rehearse_fleet.c - a rollout to many devices, rehearsed by a program of the source tree (rehearse/fleet). */
#include "host/cli/commands/commands.h"
#include "host/cli/commands/program_exec.h"
#include "host/report/report.h"

static int run(const struct cli_args *a)
{
    (void)a;
    return program_exec("-fleet", "it is not installed; in the source tree: make fleet N=1000");
}

static const struct cli_option options[] = {
    {"devices", 0, "N", "in all (default 1000)", 0},
    {"boards", 0, "N", "of these, virtual boards with the ELF files (default 50)", 0},
    {"bootloader", 0, "FILE", "of the boards", 0},
    {"image", 0, "FILE", "that the boards run at first: HEX, or FILE@ADDRESS", 0},
    {"new", 0, "FILE", "that they get", 0},
    {"key", 0, "FILE", "that has signed both", 0},
    {"seed", 0, "NUMBER", "of all that is drawn (default 1)", 0},
    {"loss", 0, "PERCENT", "of datagrams lost in each direction (default 10)", 0},
    {"cuts", 0, "PERCENT", "of flash operations at which power fails (default 0.03)", 0},
    {"bad", 0, "PERCENT", "of devices that are bad units (default 5)", 0},
    {"busy", 0, "PERCENT", "of devices that are busy at first (default 5)", 0},
    {"faults", 0, "PERCENT", "of the server's answers that are spoilt (default 2)", 0},
    {"kills", 0, "N", "times that the gateway is killed (default 10)", 0},
    {"restarts", 0, "N", "times that the server is killed (default 2)", 0},
    {"at-once", 0, "N", "updates at the same time (default 50)", 0},
    {"sleep", 0, "SECONDS", "between polls (default: a hundredth of the devices, at least 1)", 0},
    {"minutes", 0, "N", "most (default 60)", 0},
    {"keep", 0, "FOLDER", "for logs and journal, which stays", 0},
    REPORT_OPTIONS,
    {0},
};

const struct cli_command cmd_rehearse_fleet = {
    .name = "rehearse fleet",
    .summary = "rehearse a rollout by slipway gateway to many devices, with failures at every end",
    .arguments = "",
    .options = options,
    .details =
        "A stand-in server, native devices and virtual boards, and the gateway, which is killed\n"
        "again and again. A judge compares what the server was told with what every device really\n"
        "runs. The last line is the verdict; exit code 0: no brick, no false word, nothing open.",
    .example = "slipway rehearse fleet --devices 200 --boards 0",
    .run = run,
};
