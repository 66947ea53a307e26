/* Fuzz target: what a device may send to the stand-in DDI server (address, ranges, bodies), and what a judge may ask of
 * server and devices. An input is a method, an address, a range and a body, separated by newlines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/fleet/fleet_command.h"
#include "rehearse/fleet/server/ddi_control.h"
#include "rehearse/fleet/server/ddi_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ddi *open_server(void)
{
    static struct ddi d = {.config = {.tenant = "T", .anonymous = true, .sleep_s = 1}};
    static const char assignment[] = "{\"cmd\":\"assign\",\"file\":\"/proc/self/comm\","
                                     "\"controllers\":[\"c\"]}";
    struct ddi_faults faults = {0};
    const char *why;
    unsigned status;
    if (d.store.db != NULL)
        ddi_store_close(&d.store);
    if (ddi_store_open(&d.store, ":memory:", &why) != ERR_OK)
        abort();
    free(ddi_control(&d, &faults, assignment, strlen(assignment), &status));
    if (status != 200)
        abort();
    return &d;
}

/* The text up to the next newline, which becomes its end; *rest is what follows. */
static char *next_line(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');
    *rest = end != NULL ? end + 1 : line + strlen(line);
    if (end != NULL)
        *end = '\0';
    return line;
}

static void ask_server(struct ddi *d, const char *text, size_t size)
{
    struct ddi_reply r;
    char *copy = strndup(text, size), *rest = copy;
    struct ddi_request q = {.authorization = "", .if_range = "", .base = "http://h"};
    q.method = next_line(&rest);
    q.path = next_line(&rest);
    q.range = next_line(&rest);
    q.body = rest;
    q.body_len = strlen(rest);
    ddi_handle(d, &q, &r);
    if (r.status == 0 || (r.artifact != 0 && r.first + r.len > r.size))
        abort();
    free(r.text);
    free(copy);
}

/* Without the command that reads a file by its name. */
static void ask_as_judge(struct ddi *d, const char *text, size_t size)
{
    struct ddi_faults faults = {0};
    unsigned status;
    if (memmem(text, size, "file", 4) == NULL)
        free(ddi_control(d, &faults, text, size, &status));
}

static void ask_devices(const char *text, size_t size)
{
    static const struct fleet_model model = {.strategy = &update_swap_offset};
    static const struct fleet_fate fate = {.seed = 1};
    static struct fleet_device device;
    static uint16_t port;
    static struct fleet fleet = {.devices = &device, .ports = &port, .count = 1};
    fleet_device_init(&device, &model, 0, &fate);
    free(fleet_answer(&fleet, text, size, 1));
    fleet_device_free(&device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ddi *d = open_server();
    ask_server(d, (const char *)data, size);
    ask_as_judge(d, (const char *)data, size);
    ask_devices((const char *)data, size);
    return 0;
}
