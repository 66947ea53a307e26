/* cmd_ports.c - the serial ports of this machine, and the names by which --port finds them again. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/client/link/port_list.h"

static struct port_list list;

/* "usb:0483:374e:066EFF"; NULL for a port that is not on USB. */
static const char *usb_name(const struct port_entry *e)
{
    if (!e->usb)
        return NULL;
    return cli_text("usb:%04x:%04x%s%s", e->vid, e->pid, e->serial[0] != '\0' ? ":" : "",
                    e->serial);
}

static void print_json(void)
{
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "ports");
    for (unsigned i = 0; i < list.count; i++) {
        const struct port_entry *e = &list.port[i];
        json_object(&j, NULL);
        json_string(&j, "path", e->path);
        json_string(&j, "usb", usb_name(e));
        if (e->usb) {
            json_number(&j, "vid", e->vid);
            json_number(&j, "pid", e->pid);
            json_string(&j, "serial", e->serial);
            json_string(&j, "manufacturer", e->maker);
            json_string(&j, "product", e->product);
        }
        json_string(&j, "description", e->description);
        json_end(&j);
    }
    json_finish(&j);
}

static const char *device_text(const struct port_entry *e)
{
    if (e->product[0] == '\0')
        return e->description;
    return e->maker[0] != '\0' ? cli_text("%s (%s)", e->product, e->maker) : e->product;
}

static void print_table(void)
{
    size_t path = strlen("PORT"), usb = strlen("USB");
    for (unsigned i = 0; i < list.count; i++) {
        const char *name = usb_name(&list.port[i]);
        size_t n = strlen(list.port[i].path), u = name != NULL ? strlen(name) : 0;
        path = n > path ? n : path;
        usb = u > usb ? u : usb;
    }
    cli_print(stdout, "%-*s  %-*s  DEVICE\n", (int)path, "PORT", (int)usb, "USB");
    for (unsigned i = 0; i < list.count; i++) {
        const char *name = usb_name(&list.port[i]);
        cli_print(stdout, "%-*s  %-*s  %s\n", (int)path, list.port[i].path, (int)usb,
                  name != NULL ? name : "-", device_text(&list.port[i]));
    }
    if (list.cut)
        cli_print(stdout, "(there are more than %u)\n", list.count);
}

static int run_ports(const struct cli_args *a)
{
    (void)a;
    if (port_list_read(&list) != ERR_OK)
        return cli_fail(CLI_NO_CONNECTION, "the system does not list its serial ports", NULL,
                        "ls /dev/ttyACM* /dev/ttyUSB*");
    if (cli_mode.json)
        print_json();
    else if (list.count > 0)
        print_table();
    else
        cli_say("no serial ports; a board on USB appears once it is plugged in and has power");
    return CLI_DONE;
}

const struct cli_command cmd_ports = {
    .name = "ports",
    .summary = "list the serial ports, with what USB says of the devices behind them",
    .arguments = "",
    .details =
        "The name in the column USB can be given to --port: it stays the same when the path\n"
        "changes. Without its last part, the serial number, it means the only such device.",
    .example = "slipway ports\nslipway image list --port usb:0483:374e",
    .run = run_ports,
};
