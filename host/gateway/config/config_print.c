/* config_print.c - the configuration as `slipway gateway check` shows it. */
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/gateway/config/config.h"

/* The files' names without their folders: "vendor.pub.pem, a.pem". */
static const char *keys_text(const struct gateway_texts *keys)
{
    const char *text = keys->count == 0 ? "-" : "";
    for (unsigned i = 0; i < keys->count; i++) {
        const char *slash = strrchr(keys->text[i], '/');
        text =
            cli_text("%s%s%s", text, i > 0 ? ", " : "", slash != NULL ? slash + 1 : keys->text[i]);
    }
    return text;
}

static const char *board_text(const struct gateway_device *d)
{
    return d->board != NULL ? d->board : "-";
}

static void widen(size_t *width, const char *text)
{
    size_t len = strlen(text);
    *width = len > *width ? len : *width;
}

static void print_devices(const struct gateway_config *c)
{
    size_t id = strlen("DEVICE"), link = strlen("LINK"), board = strlen("BOARD");
    for (unsigned i = 0; i < c->device_count; i++) {
        const struct gateway_device *d = &c->device[i];
        widen(&id, d->id);
        widen(&link, device_name_text(&d->link));
        widen(&board, board_text(d));
    }
    cli_say("%-*s  %-*s  %-*s  IMAGE  KEYS", (int)id, "DEVICE", (int)link, "LINK", (int)board,
            "BOARD");
    for (unsigned i = 0; i < c->device_count; i++) {
        const struct gateway_device *d = &c->device[i];
        cli_say("%-*s  %-*s  %-*s  %-5u  %s", (int)id, d->id, (int)link, device_name_text(&d->link),
                (int)board, board_text(d), (unsigned)d->image, keys_text(&d->keys));
    }
}

static void print_rollout(const struct gateway_config *c)
{
    const struct gateway_rollout *r = &c->rollout;
    cli_say("server   %s, tenant %s%s", c->server.url, c->server.tenant,
            c->server.ids_repeat ? ", goosebit" : "");
    cli_say("state    %s, cache of %u MB", c->state, (unsigned)c->cache_mb);
    cli_say("rollout  %u at once, %u per link, the first %u one by one", (unsigned)r->at_once,
            (unsigned)r->at_once_per_link, (unsigned)r->canary);
    if (r->stop_after_failures > 0)
        cli_say("stop     after %u failure%s in a row", (unsigned)r->stop_after_failures,
                r->stop_after_failures > 1 ? "s" : "");
    else
        cli_say("stop     never");
    cli_say("wait     %u s for a device; again after %u s, at most %u s", (unsigned)r->wait,
            (unsigned)r->retry_first, (unsigned)r->retry_most);
    if (c->metrics_port > 0)
        cli_say("metrics  http://127.0.0.1:%u/metrics", (unsigned)c->metrics_port);
}

static void put_device(struct json *j, const struct gateway_device *d)
{
    json_object(j, NULL);
    json_string(j, "id", d->id);
    json_string(j, "link", device_name_text(&d->link));
    json_string(j, "board", d->board);
    json_number(j, "image", d->image);
    json_array(j, "keys");
    for (unsigned i = 0; i < d->keys.count; i++)
        json_string(j, NULL, d->keys.text[i]);
    json_end(j);
    json_bool(j, "own_token", d->token != NULL);
    json_end(j);
}

static void put_server(struct json *j, const struct gateway_server *s)
{
    json_object(j, "server");
    json_string(j, "url", s->url);
    json_string(j, "tenant", s->tenant);
    json_string(j, "kind", s->ids_repeat ? "goosebit" : "hawkbit");
    json_bool(j, "gateway_token", s->token != NULL);
    json_string(j, "ca_file", s->ca_file);
    json_end(j);
}

static void put_rollout(struct json *j, const struct gateway_rollout *r)
{
    json_object(j, "rollout");
    json_number(j, "at_once", r->at_once);
    json_number(j, "at_once_per_link", r->at_once_per_link);
    json_number(j, "canary", r->canary);
    json_number(j, "stop_after_failures", r->stop_after_failures);
    json_number(j, "wait", r->wait);
    json_number(j, "retry_first", r->retry_first);
    json_number(j, "retry_most", r->retry_most);
    json_end(j);
}

static void print_json(const struct gateway_config *c)
{
    struct json j;
    json_begin(&j, stdout);
    put_server(&j, &c->server);
    json_string(&j, "state", c->state);
    json_number(&j, "cache_mb", c->cache_mb);
    put_rollout(&j, &c->rollout);
    json_number(&j, "metrics_port", c->metrics_port);
    json_array(&j, "devices");
    for (unsigned i = 0; i < c->device_count; i++)
        put_device(&j, &c->device[i]);
    json_finish(&j);
}

void gateway_config_print(const struct gateway_config *c)
{
    if (cli_mode.json) {
        print_json(c);
        return;
    }
    print_devices(c);
    cli_say("%s", "");
    print_rollout(c);
}
