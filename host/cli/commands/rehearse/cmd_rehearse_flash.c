/* cmd_rehearse_flash.c - slipway rehearse flash: a flash driver before the conformance suite. */
#include <string.h>

#include "core/base/bytes.h"
#include "host/cli/commands/commands.h"
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

static void finding_json(struct json *j, const struct conformance_finding *f)
{
    char text[CONFORMANCE_TEXT];
    json_object(j, NULL);
    json_string(j, "check", f->check);
    json_string(j, "action", f->action);
    json_number(j, "offset", f->off);
    json_number(j, "length", f->len);
    json_string(j, "symptom", conformance_symptom_text(f, text));
    json_array(j, "setups");
    for (unsigned w = 0; w < SETUP_COUNT; w++)
        if ((f->setups >> w & 1) != 0)
            json_string(j, NULL, conformance_setup_text((enum conformance_setup)w));
    json_end(j);
    json_end(j);
}

static void report_json(const char *name, const char *part, const struct conformance_report *r)
{
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "driver", name);
    json_string(&j, "part", part);
    json_number(&j, "checks", r->checks);
    json_number(&j, "calls", r->calls);
    json_number(&j, "finding_count", r->count);
    json_array(&j, "findings");
    for (unsigned i = 0; i < r->count && i < CONFORMANCE_FINDINGS; i++)
        finding_json(&j, &r->finding[i]);
    json_finish(&j);
}

static int run(const struct cli_args *a)
{
    static struct conformance_report r;
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
    conformance_run(d, soc, &r);
    if (cli_mode.json)
        report_json(name, soc->name, &r);
    for (unsigned i = 0; i < r.count && i < CONFORMANCE_FINDINGS && !cli_mode.json; i++) {
        char text[CONFORMANCE_TEXT];
        cli_say("%s", conformance_text(&r.finding[i], text));
    }
    char left[CONFORMANCE_TEXT];
    if (conformance_left_out(&r, left) != NULL)
        cli_say("%s", left);
    cli_say("%s: %u findings in %u checks, %u calls of the driver", name, r.count, r.checks,
            r.calls);
    return r.count == 0 ? CLI_DONE : CLI_REFUSED;
}

static const struct cli_option options[] = {
    {"driver", 'd', "NAME", "a driver of this program (default: stm32h7, without known bugs)", 0},
    {"part", 0, "NAME", "the part whose model the driver runs on: stm32h753 (default), stm32h723",
     0},
    {"list", 'l', NULL, "list the drivers: stm32h7, and one for each historic bug", 0},
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
        "To test a driver of your own, link it with the suite, as this program is: see\n"
        "rehearse/driver/flash_conformance.h.",
    .example = "slipway rehearse flash\n"
               "slipway rehearse flash --driver BANK_SPLIT_2M\n"
               "slipway rehearse flash --part stm32h723",
    .run = run,
};
