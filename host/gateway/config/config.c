/* config.c - from the text to the struct: which settings there are, their defaults, and the devices. */
#include "host/gateway/config/config.h"

#include <string.h>

#include "host/cli/core/cli.h"
#include "host/gateway/config/config_read.h"

#define DAY 86400u

/* ---- settings that are there once ---- */

#define ROLLOUT(member) offsetof(struct gateway_rollout, member)
static const struct gateway_field rollout_fields[] = {
    {"at_once", GATEWAY_NUMBER, ROLLOUT(at_once), 1, 1000},
    {"at_once_per_link", GATEWAY_NUMBER, ROLLOUT(at_once_per_link), 1, 1000},
    {"canary", GATEWAY_NUMBER, ROLLOUT(canary), 0, GATEWAY_DEVICES_MAX},
    {"stop_after_failures", GATEWAY_NUMBER, ROLLOUT(stop_after_failures), 0, GATEWAY_DEVICES_MAX},
    {"wait", GATEWAY_NUMBER, ROLLOUT(wait), 1, DAY},
    {"retry_first", GATEWAY_NUMBER, ROLLOUT(retry_first), 1, DAY},
    {"retry_most", GATEWAY_NUMBER, ROLLOUT(retry_most), 1, DAY},
};
static const struct gateway_rollout rollout_defaults = {.at_once = 8,
                                                        .at_once_per_link = 1,
                                                        .canary = 1,
                                                        .stop_after_failures = 3,
                                                        .wait = 120,
                                                        .retry_first = 30,
                                                        .retry_most = 3600};

/* The server's group, with names of files as they are written. */
struct server_text {
    struct gateway_server server;
    const char *token_file, *ca_file, *kind;
};
#define SERVER(member) offsetof(struct server_text, member)
static const struct gateway_field server_fields[] = {
    {"url", GATEWAY_TEXT, SERVER(server.url), 0, 0},
    {"tenant", GATEWAY_TEXT, SERVER(server.tenant), 0, 0},
    {"gateway_token_file", GATEWAY_TEXT, SERVER(token_file), 0, 0},
    {"ca_file", GATEWAY_TEXT, SERVER(ca_file), 0, 0},
    {"plain_http", GATEWAY_BOOL, SERVER(server.plain_http), 0, 0},
    {"kind", GATEWAY_TEXT, SERVER(kind), 0, 0},
};

static const struct gateway_field metrics_fields[] = {{"port", GATEWAY_NUMBER, 0, 0, UINT16_MAX}};

#define CONFIG(member) offsetof(struct gateway_config, member)
static const struct gateway_field root_fields[] = {
    {"server", GATEWAY_GROUP, 0, 0, 0},
    {"state", GATEWAY_TEXT, CONFIG(state), 0, 0},
    {"cache_mb", GATEWAY_NUMBER, CONFIG(cache_mb), 1, 1000000},
    {"keys", GATEWAY_TEXTS, CONFIG(keys), 0, 0},
    {"rollout", GATEWAY_GROUP, 0, 0, 0},
    {"metrics", GATEWAY_GROUP, 0, 0, 0},
    {"devices", GATEWAY_LIST, 0, 0, 0},
};

/* The member if it is a group; what it is otherwise has been noted. */
static const config_setting_t *group_of(const config_setting_t *root, const char *name)
{
    const config_setting_t *s = config_setting_get_member(root, name);
    return s != NULL && config_setting_is_group(s) ? s : NULL;
}

static bool ids_repeat(struct gateway_reader *r, const char *kind, unsigned line)
{
    const bool is_goosebit = strcmp(kind, "goosebit") == 0;
    if (!is_goosebit && strcmp(kind, "hawkbit") != 0)
        gateway_problem(r, line, cli_text("server.kind = %s is not known", gateway_quoted(kind)),
                        "write \"hawkbit\" or \"goosebit\"");
    return is_goosebit;
}

static void read_server(struct gateway_reader *r, const config_setting_t *root,
                        struct gateway_server *to)
{
    struct server_text t = {.server = {.tenant = "DEFAULT"}};
    const config_setting_t *group = group_of(root, "server");
    if (group == NULL) {
        gateway_problem(r, 0, "there is no server", "write server = { url = \"https://HOST\"; };");
        return;
    }
    gateway_read_group(r, group, "server.", server_fields, ARRAY_LEN(server_fields), &t);
    if (t.server.url != NULL)
        gateway_check_url(r, &t.server, gateway_line_of(group, "url"));
    else if (config_setting_get_member(group, "url") == NULL)
        gateway_problem(r, gateway_line_of(group, "url"), "server.url is missing",
                        "write url = \"https://HOST\"; into the group");
    const char *wrong =
        t.server.tenant != NULL ? gateway_path_segment_wrong(t.server.tenant) : NULL;
    if (wrong != NULL)
        gateway_problem(r, gateway_line_of(group, "tenant"), cli_text("server.tenant %s", wrong),
                        "write the tenant as the server's addresses have it, such as DEFAULT");
    if (t.token_file != NULL)
        t.server.token =
            gateway_read_token(r, t.token_file, gateway_line_of(group, "gateway_token_file"));
    if (t.ca_file != NULL)
        t.server.ca_file = gateway_check_ca(r, t.ca_file, gateway_line_of(group, "ca_file"));
    if (t.kind != NULL)
        t.server.ids_repeat = ids_repeat(r, t.kind, gateway_line_of(group, "kind"));
    *to = t.server;
}

static void read_rollout(struct gateway_reader *r, const config_setting_t *root,
                         struct gateway_rollout *to)
{
    const config_setting_t *group = group_of(root, "rollout");
    *to = rollout_defaults;
    if (group == NULL)
        return;
    gateway_read_group(r, group, "rollout.", rollout_fields, ARRAY_LEN(rollout_fields), to);
    if (config_setting_get_member(group, "retry_most") == NULL && to->retry_most < to->retry_first)
        to->retry_most = to->retry_first;
    if (to->retry_most < to->retry_first)
        gateway_problem(r, gateway_line_of(group, "retry_most"),
                        "rollout.retry_most is less than retry_first",
                        cli_text("write a number of at least %u", (unsigned)to->retry_first));
}

static void read_root(struct gateway_reader *r, const config_setting_t *root,
                      struct gateway_config *c)
{
    const config_setting_t *metrics = group_of(root, "metrics");
    c->cache_mb = 512;
    gateway_read_group(r, root, "", root_fields, ARRAY_LEN(root_fields), c);
    read_server(r, root, &c->server);
    read_rollout(r, root, &c->rollout);
    if (metrics != NULL)
        gateway_read_group(r, metrics, "metrics.", metrics_fields, ARRAY_LEN(metrics_fields),
                           &c->metrics_port);
    if (c->state != NULL)
        c->state = gateway_file_name(r, c->state);
    else if (config_setting_get_member(root, "state") == NULL)
        gateway_problem(r, 0, "there is no folder for journal and cache",
                        "write state = \"/var/lib/slipway\";");
    c->keys = gateway_check_keys(r, c->keys, gateway_line_of(root, "keys"));
}

/* ---- devices ---- */

struct device_text {
    const char *id, *board, *token_file;
    const char *place[3]; /* by enum device_kind */
    uint32_t image;
    struct gateway_texts keys;
};
#define DEVICE(member) offsetof(struct device_text, member)
static const struct gateway_field device_fields[] = {
    {"id", GATEWAY_TEXT, DEVICE(id), 0, 0},
    {"port", GATEWAY_TEXT, DEVICE(place[DEVICE_SERIAL]), 0, 0},
    {"tcp", GATEWAY_TEXT, DEVICE(place[DEVICE_TCP]), 0, 0},
    {"udp", GATEWAY_TEXT, DEVICE(place[DEVICE_UDP]), 0, 0},
    {"board", GATEWAY_TEXT, DEVICE(board), 0, 0},
    {"image", GATEWAY_NUMBER, DEVICE(image), 0, UINT8_MAX},
    {"keys", GATEWAY_TEXTS, DEVICE(keys), 0, 0},
    {"token_file", GATEWAY_TEXT, DEVICE(token_file), 0, 0},
};
static const char *const link_names[] = {"port", "tcp", "udp"}; /* by enum device_kind */

/* The three settings of a link are one choice. */
static void read_link(struct gateway_reader *r, const config_setting_t *group, const char *where,
                      const struct device_text *t, struct gateway_device *d)
{
    unsigned named = 0, kind = 0;
    const char *why;
    for (unsigned i = 0; i < ARRAY_LEN(link_names); i++)
        if (config_setting_get_member(group, link_names[i]) != NULL) {
            named++;
            kind = i;
        }
    if (named != 1)
        gateway_problem(r, d->line,
                        cli_text("%s%s", where,
                                 named == 0 ? "its link is missing" : "it has more than one link"),
                        "write one of port = \"...\", tcp = \"HOST:PORT\", udp = \"HOST\"");
    else if (t->place[kind] != NULL &&
             !device_name_parse(&d->link, (enum device_kind)kind, t->place[kind], &why))
        gateway_problem(
            r, gateway_line_of(group, link_names[kind]),
            cli_text("%s%s = %s: %s", where, link_names[kind], gateway_quoted(t->place[kind]), why),
            "write it as slipway --help shows for --port, --tcp and --udp");
}

/* "device pump-1: ", or by its place in the list. */
static const char *name_for_messages(const config_setting_t *group, unsigned i, char *to,
                                     size_t cap)
{
    const config_setting_t *id = config_setting_get_member(group, "id");
    const char *text = id != NULL ? config_setting_get_string(id) : NULL;
    if (text != NULL && text[0] != '\0' && gateway_path_segment_wrong(text) == NULL)
        snprintf(to, cap, "device %s: ", text);
    else
        snprintf(to, cap, "devices[%u]: ", i);
    return to;
}

static void read_keys(struct gateway_reader *r, const config_setting_t *group,
                      const struct device_text *t, const struct gateway_config *c,
                      struct gateway_device *d)
{
    bool own = config_setting_get_member(group, "keys") != NULL;
    d->keys = own ? gateway_check_keys(r, t->keys, gateway_line_of(group, "keys")) : c->keys;
    if (d->keys.count == 0 && r->keyless_count++ == 0)
        r->keyless = d->id;
}

static void read_device(struct gateway_reader *r, const config_setting_t *group, unsigned i,
                        const struct gateway_config *c, struct gateway_device *d)
{
    struct device_text t = {0};
    char where[GATEWAY_ID_MAX + 16];
    d->line = (unsigned)config_setting_source_line(group);
    name_for_messages(group, i, where, sizeof where);
    gateway_read_group(r, group, where, device_fields, ARRAY_LEN(device_fields), &t);
    const char *wrong = t.id != NULL ? gateway_path_segment_wrong(t.id) : NULL;
    if (config_setting_get_member(group, "id") == NULL)
        wrong = "is missing";
    if (wrong != NULL)
        gateway_problem(r, gateway_line_of(group, "id"), cli_text("%sid %s", where, wrong),
                        "write id = \"...\"; with the id that the server has for the device");
    read_link(r, group, where, &t, d);
    d->id = t.id;
    d->board = t.board;
    d->image = t.image;
    read_keys(r, group, &t, c, d);
    if (t.token_file != NULL)
        d->token = gateway_read_token(r, t.token_file, gateway_line_of(group, "token_file"));
}

static void read_devices(struct gateway_reader *r, const config_setting_t *root,
                         struct gateway_config *c)
{
    const config_setting_t *list = config_setting_get_member(root, "devices");
    unsigned count = list != NULL ? (unsigned)config_setting_length(list) : 0;
    if (list != NULL && !config_setting_is_list(list))
        return;
    if (count == 0 || count > GATEWAY_DEVICES_MAX) {
        gateway_problem(r, gateway_line_of(root, "devices"),
                        count == 0
                            ? "there are no devices"
                            : cli_text("there are more than %u devices", GATEWAY_DEVICES_MAX),
                        count == 0 ? "write devices = ( { id = \"...\"; port = \"...\"; } );"
                                   : "give some of them to another gateway");
        return;
    }
    c->device = cli_memory(count * sizeof *c->device);
    for (unsigned i = 0; i < count; i++) {
        const config_setting_t *one = config_setting_get_elem(list, i);
        if (config_setting_is_group(one))
            read_device(r, one, i, c, &c->device[c->device_count++]);
        else
            gateway_problem(r, (unsigned)config_setting_source_line(one),
                            cli_text("devices[%u] is not a group of settings", i),
                            "write { id = \"...\"; port = \"...\"; }");
    }
}

/* ---- the whole ---- */

static void warn(const struct gateway_reader *r, const struct gateway_config *c)
{
    if (c->server.plain_http && strncmp(c->server.url, "https:", 6) != 0)
        cli_warn("tokens and images go over the network unencrypted", c->server.url,
                 "use https://, unless nobody else can reach the network");
    if (r->open_token != NULL)
        cli_warn(cli_text("every user of this computer may read or change %u token file%s",
                          r->open_tokens, r->open_tokens > 1 ? "s" : ""),
                 r->open_token, cli_text("chmod o-rw %s", r->open_token));
    if (r->private_key != NULL)
        cli_warn("a private key is on the gateway, which needs only its public half",
                 r->private_key,
                 "slipway getpub writes the public half; keep the private one elsewhere");
    if (r->keyless != NULL)
        cli_warn(cli_text("the gateway does not check who signed images for %u device%s",
                          r->keyless_count, r->keyless_count > 1 ? "s" : ""),
                 r->keyless,
                 "write keys = ( \"vendor.pub.pem\" ); the bootloader checks in any case");
}

static void read_all(struct gateway_reader *r, const config_t *config, struct gateway_config *c)
{
    const config_setting_t *root = config_root_setting(config);
    read_root(r, root, c);
    read_devices(r, root, c);
    gateway_check_twice(r, c);
}

static void read_text(struct gateway_reader *r, const char *text, struct gateway_config *c)
{
    config_t config;
    config_init(&config);
    if (config_read_string(&config, text) == CONFIG_TRUE)
        read_all(r, &config, c);
    else
        gateway_problem(
            r, (unsigned)config_error_line(&config),
            cli_text("the configuration cannot be read: %s", config_error_text(&config)),
            "look at this line and the one in front of it: NAME = VALUE; texts in double quotes");
    config_destroy(&config);
}

int gateway_config_parse(struct gateway_config *c, const struct gateway_config_text *t)
{
    struct gateway_reader r = {.source = t};
    size_t len = t->len <= GATEWAY_CONFIG_MAX ? t->len : 0;
    char *text = cli_memory(len + 1);
    *c = (struct gateway_config){.device_count = 0};
    memcpy(text, t->text, len);
    text[len] = '\n'; /* libconfig wants a line's end behind a comment */
    if (gateway_text_is_bounded(&r, text, t->len))
        read_text(&r, text, c);
    int code = gateway_problems_print(&r);
    if (code == CLI_DONE)
        warn(&r, c);
    return code;
}

int gateway_config_load(struct gateway_config *c, const char *path)
{
    struct cli_blob b;
    const char *slash = strrchr(path, '/');
    int code = cli_read_file(path, GATEWAY_CONFIG_MAX, &b);
    if (code != CLI_DONE)
        return code;
    const struct gateway_config_text text = {
        .name = path,
        .folder =
            slash != NULL ? cli_text("%.*s", (int)(slash - path) + (slash == path), path) : "",
        .text = (const char *)b.data,
        .len = b.len,
        .open_files = true};
    return gateway_config_parse(c, &text);
}
