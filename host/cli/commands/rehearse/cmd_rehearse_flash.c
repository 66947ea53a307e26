/* cmd_rehearse_flash.c - slipway rehearse flash: a flash driver before the conformance suite. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/rehearsal/flash_json.h"
#include "host/report/report.h"
#include "rehearse/driver/flash_drivers.h"

static const struct conformance_driver *driver_named(const char *name)
{
    const struct conformance_driver *d = flash_drivers;
    while (d->name != NULL && strcmp(d->name, name) != 0)
        d++;
    return d->name != NULL ? d : NULL;
}

static int list_drivers(void)
{
    struct json j;
    if (!cli_mode.json) {
        for (const struct conformance_driver *d = flash_drivers; d->name != NULL; d++)
            cli_say("%s%s", d->name, d == flash_drivers ? "" : "  (historic bug)");
        return CLI_DONE;
    }
    json_begin(&j, stdout);
    json_array(&j, "drivers");
    for (const struct conformance_driver *d = flash_drivers; d->name != NULL; d++)
        json_string(&j, NULL, d->name);
    json_finish(&j);
    return CLI_DONE;
}

/* The lines for people. */
static void say(const char *name, const struct conformance_report *r)
{
    char text[CONFORMANCE_TEXT];
    for (unsigned i = 0; i < r->count && i < CONFORMANCE_FINDINGS; i++)
        cli_say("%s", conformance_text(&r->finding[i], text));
    if (conformance_left_out(r, text) != NULL)
        cli_say("%s", text);
    cli_say("%s: %u findings in %u checks, %u calls of the driver", name, r->count, r->checks,
            r->calls);
}

static int rehearse(const struct cli_args *a, const struct conformance_driver *d,
                    const struct soc *soc)
{
    static struct conformance_report found;
    struct report r;
    int code = report_begin(&r, a, "rehearse flash");
    if (code != CLI_DONE)
        return code;
    conformance_run(d, soc, &found);
    flash_json_report(&r.json, d->name, soc->name, &found);
    say(d->name, &found);
    return report_end(&r, found.count == 0 ? CLI_DONE : CLI_REFUSED);
}

static int run(const struct cli_args *a)
{
    const char *name = cli_value(a, "driver", flash_drivers[0].name);
    const struct soc *soc = soc_find_part(cli_value(a, "part", "stm32h753"));
    if (cli_has(a, "list"))
        return list_drivers();
    const struct conformance_driver *d = driver_named(name);
    if (d == NULL)
        return cli_fail(CLI_USAGE, cli_text("this program has no driver '%s'", name), NULL,
                        "slipway rehearse flash --list");
    if (soc == NULL)
        return cli_fail(CLI_USAGE, cli_text("--part: '%s' is not known", cli_value(a, "part", "")),
                        NULL, "--part stm32h753 or stm32h723");
    return rehearse(a, d, soc);
}

static const struct cli_option options[] = {
    {"driver", 'd', "NAME", "a driver of this program (default: stm32h7, without known bugs)", 0},
    {"part", 0, "NAME", "the part whose model the driver runs on: stm32h753 (default), stm32h723",
     0},
    {"list", 'l', NULL, "list the drivers: stm32h7, and one for each historic bug", 0},
    REPORT_OPTIONS,
    {0},
};

const struct cli_command cmd_rehearse_flash = {
    .name = "rehearse flash",
    .summary = "run the conformance suite on a flash driver, on the chip's model",
    .arguments = "",
    .options = options,
    .details =
        "Tests every sector, length and alignment, bank and sector borders, injected errors, torn\n"
        "words and power cuts, with the banks swapped and not, the D-cache on and off. After each\n"
        "call it compares every cell, flag and register. Exit code 1: something was found.\n"
        "The reports (--html, --junit, --json) have each check's outcome in each setup, and the\n"
        "driver's register accesses before each finding.\n"
        "To test a driver of your own, link it with the suite, as this program is: see\n"
        "rehearse/driver/flash_conformance.h.",
    .example = "slipway rehearse flash\n"
               "slipway rehearse flash --driver BANK_SPLIT_2M --html flash.html\n"
               "slipway rehearse flash --part stm32h723",
    .run = run,
};
