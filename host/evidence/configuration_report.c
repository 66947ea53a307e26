/* configuration_report.c - what a build's .config says that a person should have weighed before the update ships. */
#include <string.h>

#include "host/cli/core/plain_text.h"
#include "host/evidence/findings.h"

#define CONFIG_MAX (4u << 20)

/* A symbol's value that is a finding. Slipway's symbols, MCUboot's, Zephyr's: what a file does not have finds nothing. */
#define DOWNGRADE "MCUBOOT_DOWNGRADE_PREVENTION"
static const struct rule {
    const char *symbol, *value; /* "n": the file says that it is not set */
    enum severity severity;
    const char *what, *next;
} rules[] = {
    {"BOOT_SIGNATURE_TYPE_NONE", "y", FAULT, "images are not signed: the bootloader runs any",
     "CONFIG_BOOT_SIGNATURE_TYPE_ECDSA_P256=y"},
    {"BOOT_VALIDATE_SLOT0", "n", WARNING, "the image in slot0 is not verified at each boot",
     "CONFIG_BOOT_VALIDATE_SLOT0=y"},
    {DOWNGRADE, "n", WARNING,
     "downgrade prevention is off: an older signed image, with its faults, is taken",
     "CONFIG_MCUBOOT_DOWNGRADE_PREVENTION=y, or a security counter "
     "(CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION=y)"},
    {"BOOT_SERIAL_MAY_DOWNGRADE", "y", WARNING, "serial recovery takes older images", NULL},
    {"BOOT_UPGRADE_ONLY", "y", WARNING, "there is no revert: a new image that fails stays",
     "a swap strategy, such as CONFIG_BOOT_SWAP_USING_OFFSET=y"},
    {"BOOT_DIRECT_XIP_REVERT", "n", WARNING, "there is no revert: a new image that fails stays",
     "CONFIG_BOOT_DIRECT_XIP_REVERT=y"},
    {"BOOT_RAM_LOAD_REVERT", "n", WARNING, "there is no revert: a new image that fails stays",
     "CONFIG_BOOT_RAM_LOAD_REVERT=y"},
    {"BOOT_WATCHDOG", "n", WARNING, "the bootloader starts no watchdog", "CONFIG_BOOT_WATCHDOG=y"},
    {"BOOT_WATCHDOG_FEED", "n", WARNING, "the bootloader feeds no watchdog",
     "CONFIG_BOOT_WATCHDOG_FEED=y"},
    {"LOG_DEFAULT_LEVEL", "0", WARNING, "the log is off: a refusal leaves no words",
     "CONFIG_LOG_DEFAULT_LEVEL=3"},
    {"MCUBOOT_LOG_LEVEL_OFF", "y", WARNING, "the log is off: a refusal leaves no words",
     "CONFIG_MCUBOOT_LOG_LEVEL_INF=y"},
    {"APP_WRITES_OPEN", "y", WARNING, "whoever reaches the console may write (SMP)",
     "CONFIG_APP_WRITES_BUTTON=y or CONFIG_APP_WRITES_HOOK=y"},
};

/* MCUboot's repository publishes the private halves of these. */
static const char *const published[] = {
    "root-rsa-2048.pem", "root-rsa-3072.pem",      "root-ec-p256.pem", "root-ec-p256-pkcs8.pem",
    "root-ec-p384.pem",  "root-ec-p384-pkcs8.pem", "root-ed25519.pem",
};

struct look {
    const struct findings_about *about;
    struct findings findings;
    const char *value[ARRAY_LEN(rules)]; /* of the rule's symbol; NULL: the file does not have it */
    const char *key_file;
    bool counters;      /* a security counter is compared */
    bool no_retirement; /* the file says that images retire no keys */
    bool cut;           /* the last piece of text did not end its line */
};

static void take_setting(struct look *l, const char *symbol, const char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (strcmp(symbol, rules[i].symbol) == 0)
            l->value[i] = cli_text("%s", value);
    if (strcmp(symbol, "BOOT_SIGNATURE_KEY_FILE") == 0)
        l->key_file = cli_text("%s", value);
    if (strcmp(symbol, "MCUBOOT_HW_DOWNGRADE_PREVENTION") == 0)
        l->counters = strcmp(value, "y") == 0;
    if (strcmp(symbol, "BOOT_KEY_RETIREMENT") == 0)
        l->no_retirement = strcmp(value, "n") == 0;
}

static void take_line(void *ctx, unsigned long number, const char *text, bool more)
{
    struct look *l = ctx;
    const char *symbol, *value;
    char line[PLAIN_TEXT_WIDTH];
    bool sysbuild, cut = l->cut;
    (void)number;
    l->cut = more;
    snprintf(line, sizeof line, "%s", text);
    if (!cut && layout_config_line(line, &symbol, &value, &sysbuild))
        take_setting(l, symbol, value);
}

static void apply(struct look *l, size_t i)
{
    const struct rule *r = &rules[i];
    const char *value = l->value[i], *path = l->about->config->path;
    if (value == NULL || strcmp(value, r->value) != 0)
        return;
    if (l->counters && strcmp(r->symbol, DOWNGRADE) == 0)
        return; /* a security counter does the same */
    findings_add(&l->findings, r->severity, r->what,
                 strcmp(value, "n") == 0 ? cli_text("CONFIG_%s is not set in %s", r->symbol, path)
                                         : cli_text("CONFIG_%s=%s in %s", r->symbol, value, path),
                 r->next);
}

static void look_at_key_file(struct look *l)
{
    for (size_t i = 0; l->key_file != NULL && i < ARRAY_LEN(published); i++)
        if (strstr(l->key_file, published[i]) != NULL)
            findings_add(&l->findings, FAULT,
                         "the signing key is one that MCUboot publishes: anybody can sign",
                         cli_text("CONFIG_BOOT_SIGNATURE_KEY_FILE=%.100s", l->key_file),
                         "slipway keygen -t ecdsa-p256 -k YOUR.pem");
}

static bool retires_a_key(const struct image_file *f)
{
    struct image_source s = image_source_memory(f->blob.data, (uint32_t)f->blob.len);
    struct image_tlvs t;
    uint8_t hash[SHA256_SIZE];
    bool more = false;
    return image_tlvs_begin(&t, &s, &f->header, s.size) == IMAGE_FAULT_NONE &&
           image_retired_key_next(&t, hash, &more) == IMAGE_FAULT_NONE && more;
}

static void look_at_retirement(struct look *l)
{
    if (l->no_retirement && retires_a_key(l->about->new_image))
        findings_add(
            &l->findings, WARNING, "the keys that the new image retires stay trusted",
            cli_text("CONFIG_BOOT_KEY_RETIREMENT is not set in %s", l->about->config->path),
            "a bootloader with CONFIG_BOOT_KEY_RETIREMENT=y");
}

static void look_at_versions(struct look *l)
{
    const struct image_file *from = l->about->old_image, *to = l->about->new_image;
    if (image_version_compare(&to->header.version, &from->header.version) <= 0)
        findings_add(&l->findings, WARNING, "the new image is not newer than the old one",
                     cli_text("old %s, new %s", from->version, to->version),
                     "slipway sign --version");
}

static int read_settings(struct look *l)
{
    struct cli_blob b;
    struct plain_text lines;
    int code = cli_read_file(l->about->config->path, CONFIG_MAX, &b);
    if (code != CLI_DONE)
        return code;
    plain_text_init(&lines, take_line, l);
    plain_text_put(&lines, (const char *)b.data, b.len);
    plain_text_end(&lines);
    return CLI_DONE;
}

static void look(struct look *l)
{
    const struct layout_config *config = l->about->config;
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        apply(l, i);
    look_at_key_file(l);
    look_at_retirement(l);
    if (config->symbol == NULL)
        findings_add(&l->findings, WARNING, "no configuration names the upgrade strategy",
                     layout_config_origin(config), "--config FILE: the bootloader's .config");
    look_at_versions(l);
}

static void put_settings(struct json *j, const struct look *l)
{
    json_array(j, "settings");
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (l->value[i] == NULL)
            continue;
        json_object(j, NULL);
        json_string(j, "symbol", cli_text("CONFIG_%s", rules[i].symbol));
        json_string(j, "value", l->value[i]);
        json_end(j);
    }
    json_end(j);
}

int configuration_report(const struct findings_about *a, struct cli_blob *b)
{
    struct document d;
    struct look l = {.about = a};
    int code = read_settings(&l);
    if (code == CLI_DONE)
        code = findings_begin(&d, "configuration", a);
    if (code != CLI_DONE)
        return code;
    look(&l);
    json_string(&d.json, "config", a->config->path);
    put_settings(&d.json, &l);
    return findings_end(&d, &l.findings, b);
}
