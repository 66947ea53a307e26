/* grp_os.c - group 0: echo, threads, buffers, time of day, reset, mcumgr parameters, OS info, bootloader info. */
#include <string.h>

#include "core/smp/groups/os.h"
#include "core/smp/server/system.h"
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

/* The SHA-256 of the running image's SBOM. False: it names none, or cannot be read. */
static bool running_sbom(const struct smp_server *s, uint8_t sha256[SHA256_SIZE])
{
    const struct slot_pair *pair = s->config->pair;
    struct slot_view view;
    struct image_header header;
    bool found;
    if (pair == NULL || pair->active == SLOT_NONE)
        return false;
    struct image_source source = slot_source(pair, pair->active, &view);
    return image_read_header(&source, source.size, &header) == IMAGE_FAULT_NONE &&
           image_sbom(&source, &header, sha256, &found) == IMAGE_FAULT_NONE && found;
}

/* Here and not in "os info": its letters are mcumgr's, and a query may have any name. */
static bool put_sbom(const struct smp_server *s, struct cbor_writer *w)
{
    uint8_t sha256[SHA256_SIZE];
    if (!running_sbom(s, sha256))
        return false;
    cbor_put_bytes(w, "sbom", sha256, sizeof sha256);
    return true;
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
    if (cbor_text_is(v[0].s, "sbom") && put_sbom(s, &r->cbor))
        return MGMT_ERR_EOK;
    if (!all && !cbor_text_is(v[0].s, "mode"))
        return smp_reply_error(r, OS_MGMT_ERR_QUERY_YIELDS_NO_ANSWER);
    if (boot == NULL || !(boot->has & BOOT_INFO_MODE))
        return smp_reply_error(r, OS_MGMT_ERR_QUERY_RESPONSE_VALUE_NOT_VALID);
    put_mode(s, &r->cbor);
    if (all) {
        put_bytes(boot, &r->cbor);
        put_sbom(s, &r->cbor);
        put_images(boot, &r->cbor);
    }
    return MGMT_ERR_EOK;
}

/* "tid" is there because clients want one. Stack sizes are in words of 4 bytes. The keys of time that Zephyr can have
 * are not sent: nothing here measures them. */
static int os_taskstat(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    const struct smp_server_config *c = s->config;
    struct cbor_writer *w = &r->cbor;
    (void)q;
    if (c->task_count == 0)
        return MGMT_ERR_ENOTSUP;
    cbor_put_key(w, "tasks");
    cbor_open_map(w);
    for (unsigned i = 0; i < c->task_count; i++) {
        const struct smp_task *t = &c->tasks[i];
        cbor_put_key(w, t->name);
        cbor_open_map(w);
        cbor_put_int(w, "prio", t->priority);
        cbor_put_uint(w, "tid", i);
        cbor_put_uint(w, "state", t->state);
        cbor_put_uint(w, "stksiz", t->stack_size() / 4);
        cbor_put_uint(w, "stkuse", t->stack_used() / 4);
        cbor_close_map(w);
    }
    cbor_close_map(w);
    return MGMT_ERR_EOK;
}

/* Of the three shapes in the field that of Mynewt, and of Zephyr once more. */
static int os_mpstat(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    const struct smp_server_config *c = s->config;
    struct cbor_writer *w = &r->cbor;
    (void)q;
    if (c->pool_count == 0)
        return MGMT_ERR_ENOTSUP;
    cbor_put_key(w, "mpools");
    cbor_open_map(w);
    for (unsigned i = 0; i < c->pool_count; i++) {
        const struct smp_pool *p = &c->pools[i];
        cbor_put_key(w, p->name);
        cbor_open_map(w);
        cbor_put_uint(w, "blksiz", p->size);
        cbor_put_uint(w, "nblks", p->count);
        cbor_put_uint(w, "nfree", p->count - *p->used);
        cbor_put_uint(w, "min", p->count - *p->most);
        cbor_close_map(w);
    }
    cbor_close_map(w);
    return MGMT_ERR_EOK;
}

static int os_datetime_read(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    const struct smp_clock *clock = s->config->clock;
    struct date_time now;
    char text[DATE_TIME_TEXT];
    (void)q;
    if (clock == NULL)
        return MGMT_ERR_ENOTSUP;
    enum err e = clock->read(&now);
    if (e != ERR_OK)
        return smp_reply_error(r, e == ERR_STATE ? OS_MGMT_ERR_RTC_NOT_SET
                                                 : OS_MGMT_ERR_RTC_COMMAND_FAILED);
    date_time_print(text, &now);
    cbor_put_text(&r->cbor, "datetime", text, strlen(text));
    return MGMT_ERR_EOK;
}

static int os_datetime_write(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"datetime", CBOR_TEXT}};
    const struct smp_clock *clock = s->config->clock;
    struct cbor_value v[1];
    struct date_time t;
    if (clock == NULL)
        return MGMT_ERR_ENOTSUP;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present ||
        date_time_parse(&t, (const char *)v[0].s.ptr, v[0].s.len) != ERR_OK)
        return MGMT_ERR_EINVAL;
    return clock->set(&t) == ERR_OK ? MGMT_ERR_EOK
                                    : smp_reply_error(r, OS_MGMT_ERR_RTC_COMMAND_FAILED);
}

static const struct smp_command commands[] = {
    [SMP_OS_ECHO] = {.read = os_echo, .write = os_echo},
    [SMP_OS_TASKSTAT] = {.read = os_taskstat},
    [SMP_OS_MPSTAT] = {.read = os_mpstat},
    [SMP_OS_DATETIME] = {.read = os_datetime_read, .write = os_datetime_write},
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
