/* client.c - the client half: exchange, errors, group os. */
#include "host/client/smp/client.h"

#include <string.h>

#include "core/update/update.h"
#include "host/client/smp/client_exchange.h"

/* Answers to other requests (late ones of a retry) that are dropped before a try counts as
 * failed: a bound, so that a peer that talks without end cannot hold us. */
#define STRAY_MAX 64u

#define HALVED_MIN 128u /* a smaller packet would not help */

/* Packet size when the server does not tell its own. */
#define BUF_SIZE_UNKNOWN 256u

void smp_client_init(struct smp_client *c, struct smp_link *link)
{
    memset(c, 0, sizeof *c);
    c->link = link;
    c->version = 1;
    c->seq = 1;
    c->timeout_ms = 2500;
    c->retries = 3;
    c->window = SMP_WINDOW_MAX;
    c->patience = 1;
}

size_t smp_packet_max(const struct smp_client *c)
{
    size_t max = c->buf_size > 0 ? c->buf_size : BUF_SIZE_UNKNOWN;
    max -= max > c->link->overhead ? c->link->overhead : 0;
    if (c->link->max_packet > 0 && max > c->link->max_packet)
        max = c->link->max_packet;
    if (c->packet_max > 0 && max > c->packet_max)
        max = c->packet_max;
    return max < SMP_PACKET_MAX ? max : SMP_PACKET_MAX;
}

struct exchange exchange_plain(const struct smp_client *c, uint8_t op, uint16_t group, uint8_t id)
{
    return (struct exchange){.op = op,
                             .group = group,
                             .id = id,
                             .timeout_ms = c->timeout_ms,
                             .retries = c->retries,
                             .what = "the answer"};
}

void exchange_begin(struct smp_client *c, struct cbor_writer *w)
{
    cbor_write_begin(w, c->tx + SMP_HEADER_SIZE, sizeof c->tx - SMP_HEADER_SIZE);
    cbor_open_map(w);
}

static unsigned under_way(const struct exchange *x)
{
    return x->under_way > 0 ? x->under_way : 1;
}

/* Does the packet in c->rx answer this request, or one of those that are under way? */
static bool is_answer(struct smp_client *c, const struct exchange *x)
{
    struct smp_header h;
    if (c->rx_len < SMP_HEADER_SIZE)
        return false;
    smp_header_decode(&h, c->rx);
    if (h.op != x->op + 1 || h.group != x->group || h.id != x->id ||
        (uint8_t)(c->seq - h.seq) >= under_way(x) || h.len != c->rx_len - SMP_HEADER_SIZE)
        return false;
    if (h.version == 0)
        c->version = 0; /* a v1 peer; it stays one for this session */
    return true;
}

/* ---- was it lost? ---- */

#define PROBE_SEQ 0x80u /* beside the request's own */

/* Before anything is known of the link; and however slow it is. */
#define PROBE_FIRST_MS 2000u
#define PROBE_MAX_MS   4000u

/* After so many losses of a request, each proved by an answered echo, its size is taken for the cause. */
#define LOSSES_MAX 2u

/* After so long an answer is late, as answers on this link go: the usual time, and four times what they differ by. */
static uint32_t probe_after(const struct smp_client *c, const struct exchange *x)
{
    uint32_t ms = c->usual_ms == 0 ? PROBE_FIRST_MS : c->usual_ms + 4 * c->spread_ms;
    return ms < x->probe_ms ? x->probe_ms : ms > PROBE_MAX_MS ? PROBE_MAX_MS : ms;
}

/* A server handles requests in order: an answered echo proves that the request before it is not being handled. */
static enum err send_probe(struct smp_client *c)
{
    uint8_t packet[SMP_HEADER_SIZE + 16];
    struct cbor_writer w;
    cbor_write_begin(&w, packet + SMP_HEADER_SIZE, sizeof packet - SMP_HEADER_SIZE);
    cbor_open_map(&w);
    cbor_put_text(&w, "d", "", 0);
    cbor_close_map(&w);
    const struct smp_header h = {.version = c->version,
                                 .op = SMP_WRITE,
                                 .len = (uint16_t)cbor_write_size(&w),
                                 .group = SMP_GROUP_OS,
                                 .seq = (uint8_t)(c->seq + PROBE_SEQ),
                                 .id = SMP_OS_ECHO};
    smp_header_encode(&h, packet);
    return c->link->send(c->link, packet, SMP_HEADER_SIZE + cbor_write_size(&w));
}

static bool is_probe_answer(const struct smp_client *c)
{
    struct smp_header h;
    if (c->rx_len < SMP_HEADER_SIZE)
        return false;
    smp_header_decode(&h, c->rx);
    return h.op == SMP_WRITE + 1 && h.group == SMP_GROUP_OS && h.id == SMP_OS_ECHO &&
           h.seq == (uint8_t)(c->seq + PROBE_SEQ);
}

/* ---- an answer ---- */

/* How often to look whether to stop, and how long an answer may take then: so that it ends between two packets. */
#define STOP_LOOK_MS  200u
#define STOP_GRACE_MS 1000u

/* What has come while an answer was waited for. */
struct wait {
    uint64_t start;
    uint64_t give_up; /* after a stop was noticed; 0: none was */
    uint32_t words;   /* how often a waiting line was printed */
    unsigned strays;
    bool probed;
};

/* ERR_TIMEOUT also when the answer is probably lost. */
static enum err receive_answer(struct smp_client *c, const struct exchange *x, uint32_t timeout_ms,
                               struct wait *w)
{
    while (w->strays < STRAY_MAX) {
        enum err e = c->link->recv(c->link, c->rx, sizeof c->rx, &c->rx_len, timeout_ms);
        if (e != ERR_OK && e != ERR_NOMEM)
            return e;
        if (e == ERR_OK && is_answer(c, x))
            return ERR_OK;
        c->echo_answered |= e == ERR_OK && w->probed && is_probe_answer(c);
        if (c->echo_answered)
            return ERR_TIMEOUT;
        w->strays++;
        /* A stray packet came: the line is slow, not silent. */
        w->start = c->now_ms != NULL ? c->now_ms() : 0;
    }
    return ERR_TIMEOUT;
}

/* Until when, from the start of the wait, nothing is to be done; so much of it is over. */
static uint32_t next_event(const struct smp_client *c, const struct exchange *x,
                           const struct wait *w, uint32_t waited)
{
    uint32_t next = (w->words + 1) * SMP_WORD_MS;
    if (x->probe_ms != 0 && !w->probed && probe_after(c, x) < next)
        next = probe_after(c, x);
    if (c->stopped != NULL && waited + STOP_LOOK_MS < next)
        next = waited + STOP_LOOK_MS;
    return next < x->timeout_ms ? next : x->timeout_ms;
}

static bool stop_is_due(const struct smp_client *c, struct wait *w)
{
    if (!smp_is_stopped(c))
        return false;
    if (w->give_up == 0)
        w->give_up = c->now_ms() + STOP_GRACE_MS;
    return c->now_ms() >= w->give_up;
}

static enum err await_answer(struct smp_client *c, const struct exchange *x)
{
    struct wait w = {.start = c->now_ms != NULL ? c->now_ms() : 0};
    c->echo_answered = c->dropped = false;
    if (c->now_ms == NULL)
        return receive_answer(c, x, x->timeout_ms, &w);
    for (;;) {
        uint32_t waited = (uint32_t)(c->now_ms() - w.start), next = next_event(c, x, &w, waited);
        unsigned strays = w.strays;
        enum err e = waited < next ? receive_answer(c, x, next - waited, &w) : ERR_TIMEOUT;
        if (e != ERR_TIMEOUT || c->echo_answered || c->dropped || w.strays == STRAY_MAX)
            return e;
        waited = (uint32_t)(c->now_ms() - w.start);
        if (w.strays == strays && waited < next) {
            waited = next; /* a link that gave up early has waited, too */
            w.start = c->now_ms() - waited;
        }
        if (waited >= x->timeout_ms || stop_is_due(c, &w))
            return ERR_TIMEOUT;
        if (x->probe_ms != 0 && !w.probed && waited >= probe_after(c, x)) {
            w.probed = true;
            e = send_probe(c);
            if (e != ERR_OK)
                return e;
        }
        if (waited >= (w.words + 1) * SMP_WORD_MS) {
            w.words = waited / SMP_WORD_MS;
            if (c->waiting != NULL)
                c->waiting(c->waiting_ctx, x->what, waited, x->timeout_ms);
        }
    }
}

/* TCP's round-trip estimate: each answer contributes 1/8 to the usual time and 1/4 to the spread [RFC 6298]. */
static void learn_time(struct smp_client *c, uint32_t ms)
{
    uint32_t off = ms > c->usual_ms ? ms - c->usual_ms : c->usual_ms - ms;
    if (c->usual_ms == 0) {
        c->usual_ms = ms + 1;
        c->spread_ms = ms / 2;
        return;
    }
    c->spread_ms = (3 * c->spread_ms + off) / 4;
    c->usual_ms = (7 * c->usual_ms + ms) / 8 + 1;
}

/* The same sequence number for every try: a late answer to the first is as good. */
static enum err send_and_receive(struct smp_client *c, const struct exchange *x, size_t len)
{
    enum err e = ERR_TIMEOUT;
    unsigned losses = 0;
    for (unsigned tries = 0; tries <= x->retries && e == ERR_TIMEOUT; tries++) {
        if (tries > 0 && smp_is_stopped(c))
            break;
        uint64_t start = c->now_ms != NULL ? c->now_ms() : 0;
        e = c->link->send(c->link, c->tx, len);
        if (e == ERR_OK)
            e = await_answer(c, x);
        if (e == ERR_OK && tries == 0 && c->now_ms != NULL && x->timeout_ms <= CHUNK_TIMEOUT_MS)
            learn_time(c, (uint32_t)(c->now_ms() - start));
        c->losses += e == ERR_TIMEOUT;
        losses += e == ERR_TIMEOUT && (c->echo_answered || c->dropped);
        if (losses >= LOSSES_MAX && len > c->packet_proven)
            return ERR_NOSPC;
    }
    if (e == ERR_OK && len > c->packet_proven)
        c->packet_proven = (uint32_t)len;
    return e;
}

enum err exchange_text(char *dst, size_t cap, struct cbor_span text)
{
    enum err e = cbor_text_copy(dst, cap, text);
    for (char *c = dst; e == ERR_OK && *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return e;
}

static enum err note_error(struct smp_client *c, int group, uint32_t rc,
                           const struct cbor_value *rsn)
{
    struct smp_header h;
    smp_header_decode(&h, c->rx);
    c->error.asked = h.group;
    c->error.group = group;
    c->error.rc = rc;
    if (rsn->present && exchange_text(c->error.rsn, sizeof c->error.rsn, rsn->s) != ERR_OK)
        c->error.rsn[0] = '\0';
    return rc == 0 ? ERR_OK : ERR_PEER;
}

/* The error keys of any answer. "ret" is what Zephyr 3.4 called "err"; the shell's "ret" is a
 * number and no error of ours. A "rc" of 0 is how old servers and recovery say success. */
static enum err check_error(struct smp_client *c, struct cbor_span body)
{
    enum { RC, ERR, RET, RSN, COUNT };
    static const struct cbor_key keys[COUNT] = {[RC] = {"rc", CBOR_INT},
                                                [ERR] = {"err", CBOR_RAW},
                                                [RET] = {"ret", CBOR_RAW},
                                                [RSN] = {"rsn", CBOR_TEXT}};
    static const struct cbor_key inner[] = {{"group", CBOR_UINT}, {"rc", CBOR_UINT}};
    struct cbor_value v[COUNT], in[2];
    memset(&c->error, 0, sizeof c->error);
    if (cbor_map_decode(body.ptr, body.len, keys, v, COUNT, NULL) != ERR_OK)
        return ERR_FORMAT;
    const struct cbor_value *map = v[ERR].present ? &v[ERR] : &v[RET];
    bool is_map = map->present && map->s.ptr[0] >> 5 == 5;
    if (!is_map)
        return v[RC].present ? note_error(c, -1, (uint32_t)v[RC].i, &v[RSN]) : ERR_OK;
    if (cbor_map_decode(map->s.ptr, map->s.len, inner, in, 2, NULL) != ERR_OK || !in[1].present)
        return ERR_FORMAT;
    return note_error(c, in[0].present ? (int)(in[0].u & 0xffff) : -1, in[1].u, &v[RSN]);
}

/* Complete the request in c->tx, as the next one. Its size in bytes, or 0: it does not fit. */
static size_t complete(struct smp_client *c, struct cbor_writer *w, const struct exchange *x)
{
    cbor_close_map(w);
    size_t len = cbor_write_size(w);
    if (len == 0 || (c->buf_size > 0 && len + SMP_HEADER_SIZE > smp_packet_max(c)))
        return 0;
    struct smp_header h = {.version = c->version,
                           .op = x->op,
                           .len = (uint16_t)len,
                           .group = x->group,
                           .seq = ++c->seq,
                           .id = x->id};
    smp_header_encode(&h, c->tx);
    return len + SMP_HEADER_SIZE;
}

enum err exchange_decode(struct smp_client *c, const struct cbor_key *keys,
                         struct cbor_value *values, unsigned count)
{
    struct cbor_span body = {c->rx + SMP_HEADER_SIZE, c->rx_len - SMP_HEADER_SIZE};
    enum err e = check_error(c, body);
    return e == ERR_OK ? cbor_map_decode(body.ptr, body.len, keys, values, count, NULL) : e;
}

enum err exchange_run(struct smp_client *c, struct cbor_writer *w, const struct exchange *x,
                      const struct cbor_key *keys, struct cbor_value *values, unsigned count)
{
    size_t len = complete(c, w, x);
    if (len == 0)
        return ERR_NOMEM;
    enum err e = send_and_receive(c, x, len);
    return e == ERR_OK ? exchange_decode(c, keys, values, count) : e;
}

enum err exchange_send(struct smp_client *c, struct cbor_writer *w, const struct exchange *x)
{
    size_t len = complete(c, w, x);
    return len > 0 ? c->link->send(c->link, c->tx, len) : ERR_NOMEM;
}

enum err exchange_await(struct smp_client *c, const struct exchange *x, unsigned *which)
{
    struct smp_header h;
    enum err e = await_answer(c, x);
    if (e != ERR_OK)
        return e;
    smp_header_decode(&h, c->rx);
    *which = under_way(x) - 1 - (uint8_t)(c->seq - h.seq);
    if (c->now_ms != NULL && x->timeout_ms <= CHUNK_TIMEOUT_MS)
        learn_time(c, (uint32_t)(c->now_ms() - x->since_ms));
    return ERR_OK;
}

enum err exchange_learn_size(struct smp_client *c)
{
    uint32_t size, count;
    if (c->buf_size > 0 || c->no_params)
        return ERR_OK;
    enum err e = smp_params(c, &size, &count);
    return e == ERR_PEER ? ERR_OK : e;
}

bool exchange_halve(struct smp_client *c)
{
    const uint32_t now = (uint32_t)smp_packet_max(c);
    if (now <= HALVED_MIN)
        return false;
    c->packet_max = now / 2 > HALVED_MIN ? now / 2 : HALVED_MIN;
    return true;
}

/* ---- group 0, os ---- */

static enum err text_answer(const struct cbor_value *v, char *reply, size_t cap)
{
    return v->present ? cbor_text_copy(reply, cap, v->s) : ERR_FORMAT;
}

enum err smp_echo(struct smp_client *c, const char *text, char *reply, size_t cap)
{
    static const struct cbor_key keys[] = {{"r", CBOR_TEXT}};
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_OS, SMP_OS_ECHO);
    struct cbor_writer w;
    struct cbor_value v[1];
    exchange_begin(c, &w);
    cbor_put_text(&w, "d", text, strlen(text));
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    return e != ERR_OK ? e : text_answer(&v[0], reply, cap);
}

enum err smp_reset(struct smp_client *c, bool force)
{
    return smp_reset_to(c, force, -1);
}

enum err smp_reset_to(struct smp_client *c, bool force, int boot_mode)
{
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_OS, SMP_OS_RESET);
    struct cbor_writer w;
    x.retries = 0; /* a repeated reset could hit the newly started program */
    exchange_begin(c, &w);
    if (force)
        cbor_put_bool(&w, "force", true);
    if (boot_mode >= 0)
        cbor_put_uint(&w, "boot_mode", (uint32_t)boot_mode);
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}

enum err smp_params(struct smp_client *c, uint32_t *buf_size, uint32_t *buf_count)
{
    static const struct cbor_key keys[] = {{"buf_size", CBOR_UINT}, {"buf_count", CBOR_UINT}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_OS, SMP_OS_PARAMS);
    struct cbor_writer w;
    struct cbor_value v[2];
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, keys, v, 2);
    c->no_params = e == ERR_PEER;
    if (e != ERR_OK)
        return e;
    if (!v[0].present || v[0].u < 64)
        return ERR_FORMAT; /* nothing useful fits below that */
    c->buf_size = v[0].u;
    c->buf_count = v[1].present && v[1].u > 0 ? v[1].u : 1;
    *buf_size = c->buf_size;
    *buf_count = c->buf_count;
    return ERR_OK;
}

enum err smp_os_info(struct smp_client *c, const char *format, char *reply, size_t cap)
{
    static const struct cbor_key keys[] = {{"output", CBOR_TEXT}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_OS, SMP_OS_INFO);
    struct cbor_writer w;
    struct cbor_value v[1];
    exchange_begin(c, &w);
    if (format != NULL && format[0] != '\0')
        cbor_put_text(&w, "format", format, strlen(format));
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    return e != ERR_OK ? e : text_answer(&v[0], reply, cap);
}

static enum err bootloader_query(struct smp_client *c, const char *query,
                                 const struct cbor_key *keys, struct cbor_value *v, unsigned count)
{
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_OS, SMP_OS_BOOTLOADER);
    struct cbor_writer w;
    exchange_begin(c, &w);
    if (query != NULL)
        cbor_put_text(&w, "query", query, strlen(query));
    return exchange_run(c, &w, &x, keys, v, count);
}

static int small_or_none(const struct cbor_value *v)
{
    return v->present && v->u <= UINT8_MAX ? (int)v->u : -1;
}

static enum err decode_bootloader_image(struct cbor_span entry, struct smp_bootloader_image *im)
{
    static const struct cbor_key keys[] = {
        {"image", CBOR_UINT}, {"max_application_size", CBOR_UINT}, {"security_counter", CBOR_UINT}};
    struct cbor_value v[ARRAY_LEN(keys)];
    if (cbor_map_decode(entry.ptr, entry.len, keys, v, ARRAY_LEN(keys), NULL) != ERR_OK ||
        !v[0].present)
        return ERR_FORMAT;
    *im = (struct smp_bootloader_image){v[0].u, v[1].present, v[2].present,
                                        v[1].present ? v[1].u : 0, v[2].present ? v[2].u : 0};
    return ERR_OK;
}

static enum err decode_bootloader_images(const struct cbor_value *images, struct smp_bootloader *b)
{
    struct cbor_list l;
    struct cbor_span entry;
    bool more;
    enum err e = images->present ? cbor_list_begin(&l, images->s) : ERR_OK;
    if (e || !images->present)
        return e;
    while ((e = cbor_list_next(&l, &entry, &more)) == ERR_OK && more) {
        if (b->image_count == ARRAY_LEN(b->image))
            return ERR_FORMAT;
        e = decode_bootloader_image(entry, &b->image[b->image_count]);
        if (e)
            return e;
        b->image_count++;
    }
    return e;
}

static bool take_sbom(uint8_t sha256[SHA256_SIZE], struct cbor_span bytes)
{
    if (bytes.len != SHA256_SIZE)
        return false;
    memcpy(sha256, bytes.ptr, SHA256_SIZE);
    return true;
}

enum err smp_sbom(struct smp_client *c, uint8_t sha256[SHA256_SIZE])
{
    static const struct cbor_key keys[] = {{"sbom", CBOR_BYTES}};
    struct cbor_value v[1];
    enum err e = bootloader_query(c, "sbom", keys, v, 1);
    if (e != ERR_OK)
        return e;
    return v[0].present && take_sbom(sha256, v[0].s) ? ERR_OK : ERR_FORMAT;
}

/* What only Slipway's server reports. Another server answers with an error, which is not the caller's. */
static enum err bootloader_rest(struct smp_client *c, struct smp_bootloader *b)
{
    enum { SIGNATURE, RECOVERY, SLOT, VERSION, SBOM, IMAGES, COUNT };
    static const struct cbor_key keys[COUNT] = {[SIGNATURE] = {"signature_type", CBOR_UINT},
                                                [RECOVERY] = {"recovery", CBOR_UINT},
                                                [SLOT] = {"running_slot", CBOR_UINT},
                                                [VERSION] = {"bootloader_version", CBOR_TEXT},
                                                [SBOM] = {"sbom", CBOR_BYTES},
                                                [IMAGES] = {"images", CBOR_RAW}};
    struct cbor_value v[COUNT];
    enum err e = bootloader_query(c, "blinfo", keys, v, COUNT);
    if (e)
        return e == ERR_PEER ? ERR_OK : e;
    b->signature = small_or_none(&v[SIGNATURE]);
    b->recovery = small_or_none(&v[RECOVERY]);
    b->running_slot = small_or_none(&v[SLOT]);
    if (v[VERSION].present && exchange_text(b->version, sizeof b->version, v[VERSION].s) != ERR_OK)
        return ERR_FORMAT;
    b->has_sbom = v[SBOM].present;
    if (b->has_sbom && !take_sbom(b->sbom, v[SBOM].s))
        return ERR_FORMAT;
    return decode_bootloader_images(&v[IMAGES], b);
}

const char *smp_mode_text(int mode)
{
    static const char *const names[] = {[UPDATE_MODE_SINGLE] = "single application",
                                        [UPDATE_MODE_SWAP_SCRATCH] = "swap using scratch",
                                        [UPDATE_MODE_OVERWRITE] = "overwrite only",
                                        [UPDATE_MODE_SWAP_MOVE] = "swap using move",
                                        [UPDATE_MODE_DIRECT_XIP] = "direct XIP",
                                        [UPDATE_MODE_DIRECT_XIP_REVERT] = "direct XIP with revert",
                                        [UPDATE_MODE_RAM_LOAD] = "RAM load",
                                        [7] =
                                            "firmware loader", /* MCUboot's, and no strategy here */
                                        [8] = "single RAM load",
                                        [UPDATE_MODE_SWAP_OFFSET] = "swap using offset"};
    return mode >= 0 && mode < (int)ARRAY_LEN(names) ? names[mode] : "unknown";
}

enum err smp_bootloader_info(struct smp_client *c, struct smp_bootloader *b)
{
    static const struct cbor_key name[] = {{"bootloader", CBOR_TEXT}};
    static const struct cbor_key mode[] = {{"mode", CBOR_INT}, {"no-downgrade", CBOR_FLAG}};
    struct cbor_value v[2];
    *b = (struct smp_bootloader){.signature = -1, .recovery = -1, .running_slot = -1};
    enum err e = bootloader_query(c, NULL, name, v, 1);
    if (e != ERR_OK)
        return e;
    e = v[0].present ? exchange_text(b->name, sizeof b->name, v[0].s) : ERR_FORMAT;
    if (e != ERR_OK || strcmp(b->name, "MCUboot") != 0)
        return e;
    e = bootloader_query(c, "mode", mode, v, 2);
    if (e == ERR_PEER)
        return ERR_OK; /* a bootloader that does not tell its mode */
    if (e || !v[0].present)
        return e;
    b->has_mode = true;
    b->mode = v[0].i;
    b->no_downgrade = v[1].present && v[1].b;
    return bootloader_rest(c, b);
}
