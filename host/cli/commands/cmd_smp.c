/* cmd_smp.c - any SMP command by its numbers, for what has no command of its own. */
#include <stdlib.h>
#include <string.h>

#include "core/smp/wire/packet.h"
#include "host/cli/commands/commands.h"
#include "host/client/device.h"
#include "host/client/smp_json.h"
#include "host/client/smp_json_encode.h"

static struct device device;

static int take_number(const struct cli_args *a, unsigned n, const char *what, uint64_t max,
                       uint64_t *number)
{
    if (cli_parse_number(a->arg[n], number) && *number <= max)
        return CLI_DONE;
    return cli_usage(a, "%s: '%s' is not a number from 0 to %u", what, a->arg[n], (unsigned)max);
}

/* JSON from the command line, or with - from standard input; sound, and not too long for any packet. */
static int take_json(const struct cli_args *a, const char **json)
{
    static uint8_t scratch[SMP_PACKET_MAX];
    static const char example[] = "slipway smp 0 0 --write '{\"d\": \"hello\"}'";
    struct cli_blob file;
    struct cbor_writer w;
    char why[200];
    *json = a->arg_count > 2 ? a->arg[2] : "{}";
    if (strcmp(*json, "-") == 0) {
        int code = cli_read_file("-", 16 * SMP_PACKET_MAX, &file);
        if (code != CLI_DONE)
            return code;
        *json = (const char *)file.data;
    }
    cbor_write_begin(&w, scratch, sizeof scratch - SMP_HEADER_SIZE);
    cbor_open_map(&w);
    if (smp_json_encode(*json, &w, why, sizeof why) != ERR_OK)
        return cli_fail(CLI_USAGE, "the JSON is not what an SMP command takes", cli_one_line(why),
                        example);
    cbor_close_map(&w);
    if (cbor_write_size(&w) == 0)
        return cli_fail(CLI_USAGE, "the JSON is longer than any SMP packet",
                        cli_text("a packet has at most %u bytes", (unsigned)SMP_PACKET_MAX),
                        example);
    return CLI_DONE;
}

/* Into memory first: a map that turns out to be none leaves nothing behind. */
static int print_answer(struct cbor_span answer)
{
    char *text = NULL;
    size_t len = 0;
    struct json j;
    FILE *f = open_memstream(&text, &len);
    if (f == NULL)
        return cli_fail(CLI_REFUSED, "there is no memory for the answer", NULL, "close programs");
    json_begin(&j, f);
    enum err e = smp_json_print(&j, answer);
    json_finish(&j);
    fclose(f);
    if (e == ERR_OK)
        fwrite(text, 1, len, stdout);
    free(text);
    return e == ERR_OK ? CLI_DONE
                       : device_fail(&device, "the answer has a part that JSON cannot show", e);
}

static int ask(const struct cli_args *a, const struct smp_json_request *q)
{
    struct cbor_span answer;
    const unsigned retries =
        q->write && !cli_has(a, "retries") ? 0 : device.client.retries; /* it may act twice */
    enum err e = smp_json_ask(&device.client, q, retries, &answer);
    if (e == ERR_OK)
        return print_answer(answer);
    return q->write ? device_fail_change(&device, e, "the command failed",
                                         "no answer: whether the command took effect is not known",
                                         "look at the device before you repeat it")
                    : device_fail(&device, "the command failed", e);
}

static int run_smp(const struct cli_args *a)
{
    struct smp_json_request q = {.write = cli_has(a, "write")};
    uint64_t group, id;
    int code = take_number(a, 0, "GROUP", UINT16_MAX, &group);
    if (code == CLI_DONE)
        code = take_number(a, 1, "ID", UINT8_MAX, &id);
    if (code == CLI_DONE)
        code = take_json(a, &q.json);
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    q.group = (uint16_t)group;
    q.id = (uint8_t)id;
    code = ask(a, &q);
    device_close(&device);
    return code;
}

static const struct cli_option options[] = {
    {"write", 0, NULL, "a write, which is not repeated unless --retries says so (default: a read)",
     0},
    {0},
};

const struct cli_command cmd_smp = {
    .name = "smp",
    .summary = "send any SMP command and print its answer as JSON",
    .arguments = "GROUP ID [JSON]",
    .min_args = 2,
    .max_args = 3,
    .options = options,
    .device = true,
    .details =
        "GROUP and ID are the numbers of mcumgr's documentation: 0 os, 1 image, 2 statistics,\n"
        "3 settings, 8 files, 9 shell, 10 enum, 63 Zephyr, 64 and above your own. JSON is an\n"
        "object with what the command takes; - reads it from standard input. A byte string is\n"
        "{\"$bytes\": \"00ff\"}, in the answer, too.",
    .example = "slipway smp 10 3 --port /dev/ttyACM0\n"
               "slipway smp 0 0 '{\"d\": \"hello\"}' --write --port /dev/ttyACM0",
    .run = run_smp,
};
