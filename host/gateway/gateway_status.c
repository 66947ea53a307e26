/* gateway_status.c - what the journal says, for a person or a script, also while a gateway runs; and what a person wants of
 * it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/cli/core/cli.h"
#include "host/gateway/gateway.h"
#include "host/gateway/store/journal.h"
#include "host/gateway/store/journal_line.h"
#include "host/gateway/wishes.h"

static int open_journal(const struct gateway_config *c, bool read_only, struct journal **j)
{
    const char *path = cli_text("%s/journal.db", c->state);
    enum err e = journal_open(j, path, read_only);
    if (e == ERR_OK)
        return CLI_DONE;
    int code = cli_fail(CLI_BAD_FILE, cli_text("%s cannot be read", path), journal_why(*j),
                        "has a gateway run with this configuration?");
    journal_close(*j);
    return code;
}

static int fail_journal(struct journal *j)
{
    int code = cli_fail(CLI_BAD_FILE, "the journal cannot be read", journal_why(j), NULL);
    journal_close(j);
    return code;
}

/* ---- status ---- */

struct row {
    const struct gateway_device *config;
    struct journal_device device;
    struct journal_action action;
    bool has_device, has_action;
};

struct rows {
    struct row *row;
    unsigned count;
};

static struct row *find_row(struct rows *r, const char *id)
{
    for (unsigned i = 0; i < r->count; i++)
        if (strcmp(r->row[i].config->id, id) == 0)
            return &r->row[i];
    return NULL;
}

static bool take_device(void *ctx, const struct journal_device *d)
{
    struct row *row = find_row(ctx, d->controller);
    if (row != NULL) {
        row->device = *d;
        row->has_device = true;
    }
    return true;
}

/* The newest first: the first of a device counts. */
static bool take_action(void *ctx, const struct journal_action *a)
{
    struct row *row = find_row(ctx, a->controller);
    if (row != NULL && !row->has_action) {
        row->action = *a;
        row->has_action = true;
    }
    return true;
}

static const char *when_text(int64_t t)
{
    char text[32];
    struct tm tm;
    const time_t time = (time_t)t;
    if (t == 0)
        return "never";
    gmtime_r(&time, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &tm);
    return cli_text("%s", text);
}

enum { COLUMNS = 6 };

static void row_cells(const struct row *r, const char *cells[COLUMNS])
{
    const struct journal_action *a = &r->action;
    cells[0] = r->config->id;
    cells[1] = !r->has_device || r->device.version[0] == '\0' ? "?"
               : r->device.confirmed                          ? r->device.version
                                     : cli_text("%s (on trial)", r->device.version);
    cells[2] = r->has_action && a->version[0] != '\0' ? a->version : "-";
    cells[3] = !r->has_action                ? "-"
               : a->state == JOURNAL_RUNNING ? cli_text("running: %s", a->step)
                                             : journal_state_name(a->state);
    cells[4] = when_text(r->has_action ? a->since : r->device.seen);
    cells[5] = r->has_action && a->reason[0] != '\0' ? a->reason : r->device.error;
}

/* As wide as each column, and without blanks at the end of the line. */
static void print_cells(const char *const cells[COLUMNS], const size_t width[COLUMNS])
{
    unsigned last = COLUMNS - 1;
    while (last > 0 && cells[last][0] == '\0')
        last--;
    for (unsigned c = 0; c < last; c++)
        cli_print(stdout, "%-*s  ", (int)width[c], cli_one_line(cells[c]));
    cli_print(stdout, "%s\n", cli_one_line(cells[last]));
}

static void print_rows(const struct rows *r)
{
    static const char *const heads[COLUMNS] = {"device", "running", "target",
                                               "state",  "since",   "last error"};
    const char *cells[COLUMNS];
    size_t width[COLUMNS];
    for (unsigned c = 0; c < COLUMNS; c++)
        width[c] = strlen(heads[c]);
    for (unsigned i = 0; i < r->count; i++) {
        row_cells(&r->row[i], cells);
        for (unsigned c = 0; c < COLUMNS; c++)
            width[c] = strlen(cells[c]) > width[c] ? strlen(cells[c]) : width[c];
    }
    for (unsigned i = 0; i <= r->count; i++) {
        if (i == 0)
            memcpy(cells, heads, sizeof cells);
        else
            row_cells(&r->row[i - 1], cells);
        print_cells(cells, width);
    }
}

static void row_json(struct json *j, const struct row *r)
{
    json_object(j, NULL);
    json_string(j, "device", r->config->id);
    json_string(j, "version", r->has_device ? r->device.version : NULL);
    json_string(j, "hash", r->has_device ? r->device.hash : NULL);
    json_bool(j, "confirmed", r->has_device && r->device.confirmed);
    json_integer(j, "seen", r->device.seen);
    json_string(j, "error", r->device.error);
    if (r->has_action) {
        json_object(j, "action");
        json_string(j, "id", r->action.id);
        json_string(j, "file", r->action.file);
        json_string(j, "version", r->action.version);
        json_string(j, "hash", r->action.hash);
        json_string(j, "state", journal_state_name(r->action.state));
        json_string(j, "step", r->action.step);
        json_integer(j, "since", r->action.since);
        json_string(j, "reason", r->action.reason);
        json_bool(j, "reported", r->action.reported);
        json_end(j);
    }
    json_end(j);
}

static void print_json(const struct rows *r)
{
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "devices");
    for (unsigned i = 0; i < r->count; i++)
        row_json(&j, &r->row[i]);
    json_finish(&j);
}

int gateway_status(const struct gateway_config *c)
{
    struct journal *j;
    char stopped[JOURNAL_SETTING_MAX + 1];
    int code = open_journal(c, true, &j);
    if (code != CLI_DONE)
        return code;
    struct rows r = {cli_memory(c->device_count * sizeof(struct row)), c->device_count};
    for (unsigned i = 0; i < r.count; i++)
        r.row[i].config = &c->device[i];
    if (journal_each_device(j, take_device, &r) != ERR_OK ||
        journal_each_action(j, UINT32_MAX, take_action, &r) != ERR_OK)
        return fail_journal(j);
    if (cli_mode.json)
        print_json(&r);
    else if (!cli_mode.quiet)
        print_rows(&r);
    if (journal_get(j, "stopped", stopped, sizeof stopped) == ERR_OK)
        cli_warn("a rollout is stopped after failures in a row", stopped,
                 "look at the devices that failed; then slipway gateway resume");
    journal_close(j);
    return CLI_DONE;
}

/* ---- events ---- */

static bool print_event(void *ctx, const struct journal_event *e)
{
    (void)ctx;
    char *line = journal_event_line(e);
    if (line == NULL)
        return false;
    cli_print(stdout, "%s\n", line);
    free(line);
    return true;
}

int gateway_events(const struct gateway_config *c, int64_t since)
{
    struct journal *j;
    int code = open_journal(c, true, &j);
    if (code != CLI_DONE)
        return code;
    if (journal_each_event(j, since, print_event, NULL) != ERR_OK)
        return fail_journal(j);
    journal_close(j);
    return CLI_DONE;
}

/* ---- wishes ---- */

static int leave_wish(const struct gateway_config *c, const char *name, const char *said)
{
    const char *path = cli_text("%s/%s", c->state, name);
    int code = cli_write_file(path, "", 0, 0600);
    if (code == CLI_DONE)
        cli_say("%s, as soon as a gateway runs on %s", said, c->state);
    return code;
}

int gateway_resume(const struct gateway_config *c)
{
    return leave_wish(c, WISH_RESUME, "updates may start again");
}

int gateway_retry(const struct gateway_config *c, const char *id)
{
    for (unsigned i = 0; i < c->device_count; i++)
        if (strcmp(c->device[i].id, id) == 0)
            return leave_wish(c, cli_text(WISH_RETRY "%s", id),
                              cli_text("the failed action of %s begins anew", id));
    return cli_fail(CLI_USAGE, cli_text("the configuration has no device %s", id), NULL,
                    "slipway gateway check lists the devices");
}
