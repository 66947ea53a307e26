/* grp_os.c - group 0: echo, reset, mcumgr parameters, OS info, bootloader info. */
#include <string.h>

#include "core/smp/groups/os.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

int os_echo(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)s;
    static const struct cbor_key keys[] = {{"d", CBOR_TEXT}};
    struct cbor_value v[1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    struct cbor_span d = v[0].present ? v[0].s : (struct cbor_span){(const uint8_t *)"", 0};
    cbor_put_text(&r->cbor, "r", (const char *)d.ptr, d.len);
    return MGMT_ERR_EOK;
}

/* "force" is ignored, because there is no application hook that could refuse a reset. A body that cannot be decoded
 * counts as empty. */
int os_reset(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"boot_mode", CBOR_UINT}};
    const struct smp_server_config *c = s->config;
    struct cbor_value v[1];
    (void)r;
    if (c->reset == NULL)
        return MGMT_ERR_ENOTSUP;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) == ERR_OK && v[0].present &&
        v[0].u != 0) {
        if (c->boot_mode == NULL)
            return MGMT_ERR_ENOTSUP;
        c->boot_mode(c->ctx, v[0].u);
    }
    c->reset(c->ctx, SMP_RESET_DELAY_MS);
    return MGMT_ERR_EOK;
}

int os_params(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    cbor_put_uint(&r->cbor, "buf_size", s->config->buf_size);
    cbor_put_uint(&r->cbor, "buf_count", s->config->buf_count);
    return MGMT_ERR_EOK;
}

#define INFO_FIELDS 9
static const char info_letters[INFO_FIELDS + 1] = "snrvbmpio";

/* The text for each letter; NULL where the product has none. */
static void info_words(const struct smp_os_words *w, const char *out[INFO_FIELDS])
{
    const char *words[INFO_FIELDS] = {w->kernel,    w->node,       w->release,
                                      w->version,   w->build_date, w->machine,
                                      w->processor, w->platform,   w->os};
    memcpy(out, words, sizeof words);
}

/* The fields that the format selects, as bits. False if a letter is unknown or its text is missing. */
static bool info_select(struct cbor_span format, const char *const words[INFO_FIELDS],
                        unsigned *bits)
{
    *bits = format.len == 0;
    for (size_t i = 0; i < format.len; i++) {
        const char *at = memchr(info_letters, format.ptr[i], INFO_FIELDS);
        if (format.ptr[i] == 'a')
            *bits = (1u << INFO_FIELDS) - 1;
        else if (at == NULL || words[at - info_letters] == NULL)
            return false;
        else
            *bits |= 1u << (at - info_letters);
    }
    return true;
}

static int os_info(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"format", CBOR_TEXT}};
    struct cbor_value v[1];
    const char *words[INFO_FIELDS];
    char text[256];
    size_t len = 0;
    unsigned bits;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    info_words(&s->config->words, words);
    if (!info_select(v[0].present ? v[0].s : (struct cbor_span){NULL, 0}, words, &bits))
        return smp_reply_error(r, OS_MGMT_ERR_INVALID_FORMAT);
    for (unsigned i = 0; i < INFO_FIELDS; i++) {
        if (!(bits >> i & 1u) || words[i] == NULL)
            continue;
        size_t n = strlen(words[i]);
        if (len + n + 1 > sizeof text)
            return MGMT_ERR_EMSGSIZE;
        if (len > 0)
            text[len++] = ' ';
        memcpy(text + len, words[i], n);
        len += n;
    }
    cbor_put_text(&r->cbor, "output", text, len);
    return MGMT_ERR_EOK;
}

static void put_mode(const struct smp_server *s, struct cbor_writer *w)
{
    cbor_put_int(w, "mode", s->config->boot->mode);
    if (s->config->no_downgrade)
        cbor_put_bool(w, "no-downgrade", true);
}

/* Zephyr's settings have these values under the same names. */
static void put_bytes(const struct boot_info *b, struct cbor_writer *w)
{
    char version[26];
    if (b->has & BOOT_INFO_SIGNATURE)
        cbor_put_uint(w, "signature_type", b->signature);
    if (b->has & BOOT_INFO_RECOVERY)
        cbor_put_uint(w, "recovery", b->recovery);
    if (b->has & BOOT_INFO_SLOT)
        cbor_put_uint(w, "running_slot", b->running_slot);
    if (b->has & BOOT_INFO_VERSION) {
        image_version_print(version, sizeof version, &b->version, '+');
        cbor_put_text(w, "bootloader_version", version, strlen(version));
    }
}

static void put_images(const struct boot_info *b, struct cbor_writer *w)
{
    cbor_put_key(w, "images");
    cbor_open_list(w);
    for (unsigned i = 0; i < BOOT_INFO_IMAGES; i++) {
        if (!(b->has & (BOOT_INFO_MAX_SIZE | BOOT_INFO_COUNTER) << i))
            continue;
        cbor_open_map(w);
        cbor_put_uint(w, "image", i);
        if (b->has & BOOT_INFO_MAX_SIZE << i)
            cbor_put_uint(w, "max_application_size", b->max_size[i]);
        if (b->has & BOOT_INFO_COUNTER << i)
            cbor_put_uint(w, "security_counter", b->counter[i]);
        cbor_close_map(w);
    }
    cbor_close_list(w);
}

static int os_bootloader(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"query", CBOR_TEXT}};
    const struct boot_info *boot = s->config->boot;
    struct cbor_value v[1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    const bool all = v[0].present && cbor_text_is(v[0].s, "blinfo");
    if (!v[0].present) {
        cbor_put_text(&r->cbor, "bootloader", "MCUboot", 7);
        return MGMT_ERR_EOK;
    }
    if (!all && !cbor_text_is(v[0].s, "mode"))
        return smp_reply_error(r, OS_MGMT_ERR_QUERY_YIELDS_NO_ANSWER);
    if (boot == NULL || !(boot->has & BOOT_INFO_MODE))
        return smp_reply_error(r, OS_MGMT_ERR_QUERY_RESPONSE_VALUE_NOT_VALID);
    put_mode(s, &r->cbor);
    if (all) {
        put_bytes(boot, &r->cbor);
        put_images(boot, &r->cbor);
    }
    return MGMT_ERR_EOK;
}

static const struct smp_command commands[] = {
    [SMP_OS_ECHO] = {.read = os_echo, .write = os_echo},
    [SMP_OS_RESET] = {.write = os_reset},
    [SMP_OS_PARAMS] = {.read = os_params},
    [SMP_OS_INFO] = {.read = os_info},
    [SMP_OS_BOOTLOADER] = {.read = os_bootloader},
};

static const uint8_t v1_rc[] = {
    [OS_MGMT_ERR_OK] = MGMT_ERR_EOK,
    [OS_MGMT_ERR_UNKNOWN] = MGMT_ERR_EUNKNOWN,
    [OS_MGMT_ERR_INVALID_FORMAT] = MGMT_ERR_EINVAL,
    [OS_MGMT_ERR_QUERY_YIELDS_NO_ANSWER] = MGMT_ERR_ENOENT,
    [OS_MGMT_ERR_RTC_NOT_SET] = MGMT_ERR_ENOENT,
    [OS_MGMT_ERR_RTC_COMMAND_FAILED] = MGMT_ERR_EUNKNOWN,
    [OS_MGMT_ERR_QUERY_RESPONSE_VALUE_NOT_VALID] = MGMT_ERR_EUNKNOWN,
};

const struct smp_group smp_group_os = {
    .name = "os mgmt",
    .id = SMP_GROUP_OS,
    .command_count = ARRAY_LEN(commands),
    .v1_count = ARRAY_LEN(v1_rc),
    .commands = commands,
    .v1_rc = v1_rc,
};
