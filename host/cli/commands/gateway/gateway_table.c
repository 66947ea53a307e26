#include "host/cli/commands/gateway/gateway_table.h"

const struct cli_command cmd_gateway = {
    .name = "gateway",
    .summary = "bring what a DDI server (hawkBit, goosebit) assigns to many devices",
    .arguments = "CONFIG",
    .min_args = 1,
    .max_args = 1,
    .details = "Polls the server for each device of CONFIG, and updates a device by the steps of\n"
               "slipway update. The server is told \"success\" only of an image that the device "
               "itself has\n"
               "listed as running and confirmed. Runs until Ctrl-C or SIGTERM; what is under way "
               "then, or\n"
               "at a power cut, goes on at the next start. docs/fleet.md begins with three virtual "
               "boards.",
    .example = "slipway gateway gateway.conf",
    .run = gateway_command,
};

const struct cli_command cmd_gateway_check = {
    .name = "gateway check",
    .summary = "check a gateway's configuration, and print what it says",
    .arguments = "CONFIG",
    .min_args = 1,
    .max_args = 1,
    .details = "No device and no server is asked.",
    .example = "slipway gateway check gateway.conf",
    .run = gateway_command,
};

const struct cli_command cmd_gateway_status = {
    .name = "gateway status",
    .summary = "print what a gateway knows of its devices",
    .arguments = "CONFIG",
    .min_args = 1,
    .max_args = 1,
    .details = "From its journal; also while it runs.",
    .example = "slipway gateway status gateway.conf",
    .run = gateway_command,
};

static const struct cli_option events_options[] = {
    {"since", 0, "NUMBER", "only events with a greater number (default 0: all)", 0},
    {0},
};

const struct cli_command cmd_gateway_events = {
    .name = "gateway events",
    .summary = "print a gateway's journal, one JSON object a line",
    .arguments = "CONFIG",
    .min_args = 1,
    .max_args = 1,
    .options = events_options,
    .example = "slipway gateway events gateway.conf --since 1200",
    .run = gateway_command,
};

const struct cli_command cmd_gateway_resume = {
    .name = "gateway resume",
    .summary = "let updates start again that failures in a row have stopped",
    .arguments = "CONFIG",
    .min_args = 1,
    .max_args = 1,
    .example = "slipway gateway resume gateway.conf",
    .run = gateway_command,
};

const struct cli_command cmd_gateway_retry = {
    .name = "gateway retry",
    .summary = "let the failed action of a device begin anew",
    .arguments = "CONFIG DEVICE",
    .min_args = 2,
    .max_args = 2,
    .details =
        "A server that assigns the same software once more under the same number (goosebit) is\n"
        "answered from the journal otherwise.",
    .example = "slipway gateway retry gateway.conf pump-1",
    .run = gateway_command,
};
