/* cmd_storage.c - the storage partition of a device. */
#include "host/cli/commands/commands.h"
#include "host/client/device.h"
#include "host/client/smp/client_groups.h"

static struct device device;

static int run_erase(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_storage_erase(&device.client);
    if (e != ERR_OK) {
        code = device_fail_change(&device, e, "the storage partition could not be erased",
                                  "no answer: it is not known whether the storage is erased",
                                  "the command may be repeated");
    } else if (device.client.version == 0) {
        cli_warn("the device reports success in SMP version 1, also when an erase fails", NULL,
                 "slipway reset, then look whether the settings are gone");
        cli_say("erased");
    } else {
        cli_say("erased; settings stay in the device's memory until its next reset");
    }
    device_close(&device);
    return code;
}

const struct cli_command cmd_storage_erase = {
    .name = "storage erase",
    .summary = "erase the storage partition: the stored settings are lost",
    .arguments = "",
    .device = true,
    .details =
        "A file system that is on that partition is lost, too, and fails until the next reset.",
    .example = "slipway storage erase --port /dev/ttyACM0",
    .run = run_erase,
};
