/* gateway_server.c - the conversation of one device with the server: one request at a time, the most urgent first. */
#include <stdlib.h>
#include <string.h>

#include "host/gateway/gateway_inside.h"

#define REQUEST_MS  30000u
#define SLEEP_S     300u /* until the next poll, if the server does not say */
#define PROGRESS_MS 5000u
#define RETRY_MIN_S 2u
#define RETRY_MAX_S 300u

/* ---- a request ---- */

static void answered(void *ctx, const struct http_answer *a);

/* json is freed. */
static void ask(struct gw_device *d, enum gw_ask what, enum http_method method, const char *url,
                char *json)
{
    const struct http_request r = {.method = method,
                                   .url = url,
                                   .authorization = d->authorization,
                                   .json = json,
                                   .timeout_ms = REQUEST_MS,
                                   .answer_max = DDI_ANSWER_MAX,
                                   .done = answered,
                                   .ctx = d};
    free(d->asked_url);
    d->asked_url = strdup(url);
    d->asked = what;
    if (http_start(d->gateway->http, &r, &d->transfer) != ERR_OK) {
        d->asked = ASK_NOTHING;
        d->transfer = NULL;
        d->retry_ms = d->gateway->now_ms + 1000ull * RETRY_MAX_S;
        gw_note(d->gateway, d, "a link of the server cannot be asked");
    }
    free(json);
}

static uint64_t random_of(struct gateway *g)
{
    g->random ^= g->random << 13;
    g->random ^= g->random >> 7;
    g->random ^= g->random << 17;
    return g->random;
}

/* A device's share of the interval, so that a fleet that starts together does not poll together: 75 % to 125 %. */
static uint64_t spread_ms(struct gateway *g, uint64_t ms)
{
    return ms - ms / 4 + random_of(g) % (ms / 2 + 1);
}

static void back_off(struct gw_device *d, uint32_t retry_after_s)
{
    uint32_t pause = RETRY_MIN_S;
    for (unsigned i = 0; i < d->failures && pause < RETRY_MAX_S; i++)
        pause *= 2;
    d->failures++;
    d->gateway->counts.requests_failed++;
    pause = pause < RETRY_MAX_S ? pause : RETRY_MAX_S;
    uint64_t ms = spread_ms(d->gateway, 1000ull * pause);
    /* Never earlier than the server wants, and not all at that moment. */
    const uint64_t least_ms = 1000ull * retry_after_s;
    if (ms < least_ms)
        ms = least_ms + spread_ms(d->gateway, least_ms) / 10;
    d->retry_ms = d->gateway->now_ms + ms;
}

/* ---- answers ---- */

/* The link, if the token may go there. */
static char *checked(struct gw_device *d, const char *link, const char *what)
{
    char *url, why[200];
    if (link == NULL)
        return NULL;
    if (ddi_check_link(link, d->gateway->config->server.url, &url, why, sizeof why) != DDI_LINK_OK)
        gw_note(d->gateway, d, "the server's link to %s is not followed: %s", what, why);
    return url;
}

static void replace(char **at, char *value)
{
    free(*at);
    *at = value;
}

/* False: it makes no sense. */
static bool take_poll(struct gw_device *d, const struct http_answer *a)
{
    struct ddi_base b;
    char why[200];
    d->gateway->counts.polls++;
    d->is_refused = false;
    const bool ok = ddi_read_base(&b, a->body, a->len, SLEEP_S, why, sizeof why);
    if (ok) {
        d->poll_ms = d->gateway->now_ms + spread_ms(d->gateway, 1000ull * b.sleep_s);
        if (b.deployment == NULL && b.cancel == NULL && b.confirmation == NULL)
            gw_action_not_offered(d);
        else
            d->not_offered = 0;
        if (b.cancel == NULL && d->cancel_state == CANCEL_ASKED && d->running == NULL)
            d->cancel_state = CANCEL_NONE; /* the server has changed its mind */
        replace(&d->config_url, checked(d, b.config_data, "configData"));
        replace(&d->deployment_url, checked(d, b.deployment, "deploymentBase"));
        replace(&d->cancel_url, checked(d, b.cancel, "cancelAction"));
        replace(&d->confirmation_url, checked(d, b.confirmation, "confirmationBase"));
    } else {
        gw_log(d->gateway, d, "the server's answer to the poll is not used: %s", why);
    }
    ddi_base_free(&b);
    return ok;
}

static void take_deployment(struct gw_device *d, const struct http_answer *a)
{
    struct ddi_deployment offer;
    char why[200];
    if (ddi_read_deployment(&offer, a->body, a->len, why, sizeof why))
        gw_action_offered(d, &offer, d->asked_url);
    else
        gw_action_nonsense(d, offer.id, d->asked_url, why);
    ddi_deployment_free(&offer);
}

static void take_cancel(struct gw_device *d, const struct http_answer *a)
{
    struct ddi_cancel c;
    char why[200];
    if (!ddi_read_cancel(&c, a->body, a->len, why, sizeof why)) {
        gw_note(d->gateway, d, "the server's cancelAction is not used: %s", why);
        return;
    }
    replace(&d->cancel_feedback_url, ddi_feedback_url(d->asked_url));
    if (d->cancel_feedback_url == NULL)
        return;
    d->cancel = c;
    d->cancel_state = CANCEL_ASKED;
    gw_action_cancel(d);
}

/* The action waits for our yes before it starts: the gateway is there to do what is assigned. */
static void take_confirmation(struct gw_device *d, const struct http_answer *a)
{
    struct ddi_deployment offer;
    char why[200];
    if (ddi_read_confirmation(&offer, a->body, a->len, why, sizeof why))
        replace(&d->confirmation_feedback_url, ddi_feedback_url(d->asked_url));
    else
        gw_note(d->gateway, d, "the server's confirmationBase is not used: %s", why);
    ddi_deployment_free(&offer);
}

/* The server knows that the action is over, or goes on. */
static void cancel_is_told(struct gw_device *d)
{
    if (d->cancel_state == CANCEL_ACCEPTED && strcmp(d->action.id, d->cancel.stop_id) == 0)
        gw_action_reported(d);
    d->cancel_state = CANCEL_NONE;
}

/* False: it makes no sense. */
static bool take_answer(struct gw_device *d, enum gw_ask asked, const struct http_answer *a)
{
    switch (asked) {
    case ASK_POLL:
        return take_poll(d, a);
    case ASK_DEPLOYMENT:
        take_deployment(d, a);
        break;
    case ASK_CANCEL:
        take_cancel(d, a);
        break;
    case ASK_CONFIRMATION:
        take_confirmation(d, a);
        break;
    case TELL_CONFIG:
        replace(&d->config_url, NULL);
        break;
    case TELL_END:
        gw_action_reported(d);
        break;
    case TELL_CANCEL:
        gw_details_are_told(d);
        cancel_is_told(d);
        break;
    case TELL_CONFIRMATION:
        replace(&d->confirmation_feedback_url, NULL);
        d->poll_ms = d->gateway->now_ms;
        break;
    case TELL_PROGRESS:
        gw_details_are_told(d);
        if (a->status / 100 != 2)
            gw_action_is_over(d);
        break;
    case ASK_NOTHING:
        break;
    }
    return true;
}

/* What the server will not take, however often it is told, must not keep the device from polling. What it still wants
 * to know it asks for again. */
static void note_refusal(struct gw_device *d, enum gw_ask asked)
{
    switch (asked) {
    case TELL_CONFIG:
        replace(&d->config_url, NULL);
        break;
    case TELL_CANCEL:
        d->cancel_state = CANCEL_NONE;
        break;
    case TELL_CONFIRMATION:
        replace(&d->confirmation_feedback_url, NULL);
        break;
    case TELL_END:
        d->is_refused = true;
        break;
    default:
        break;
    }
}

/* The server has closed the action itself, or knows it no more: not an error, and nothing to repeat. */
static bool is_over(enum gw_ask asked, unsigned status)
{
    return (asked == TELL_END || asked == TELL_CANCEL || asked == TELL_PROGRESS ||
            asked == TELL_CONFIRMATION) &&
           (status == 404 || status == 410);
}

static void answered(void *ctx, const struct http_answer *a)
{
    struct gw_device *d = ctx;
    const enum gw_ask asked = d->asked;
    d->asked = ASK_NOTHING;
    d->transfer = NULL;
    if (a->e == ERR_OK && (a->status / 100 == 2 || is_over(asked, a->status))) {
        if (take_answer(d, asked, a))
            d->failures = 0;
        else
            back_off(d, 0);
        return;
    }
    /* goosebit answers 500 to configData while it does not have the device's row, which the next poll makes. */
    if (a->e == ERR_OK && (a->status / 100 == 4 || asked == TELL_CONFIG))
        note_refusal(d, asked);
    /* Every failure counts, and the first of a row and each tenth is worth a line. */
    if (d->failures % 10 == 0 && a->e == ERR_OK)
        gw_log(d->gateway, d, "the server answered %u%s", a->status,
               a->status == 401       ? ": the token is refused"
               : a->status == 404     ? ": it does not know this device"
               : a->status / 100 == 3 ? ": redirects are not followed"
                                      : "");
    else if (d->failures % 10 == 0)
        gw_log(d->gateway, d, "no answer of the server: %s", a->why);
    d->has_news |= asked == TELL_PROGRESS; /* what it did not take is told again */
    back_off(d, a->retry_after_s);
}

/* ---- what is asked and told ---- */

static void tell(struct gw_device *d, enum gw_ask what, const char *url, struct ddi_feedback f)
{
    const char *details[GW_DETAILS_MAX];
    for (unsigned i = 0; i < d->detail_count; i++)
        details[i] = d->details[i];
    f.time = d->gateway->now;
    f.details = details;
    f.detail_count = d->detail_count;
    d->has_news = false;
    d->details_told = d->detail_count;
    d->told_ms = d->gateway->now_ms;
    ask(d, what, HTTP_POST, url, ddi_write_feedback(&f));
}

static void tell_end(struct gw_device *d)
{
    const bool ok = d->action.state == JOURNAL_SUCCEEDED;
    tell(d, TELL_END, d->feedback_url,
         (struct ddi_feedback){.id = d->action.id,
                               .execution = DDI_CLOSED,
                               .finished = ok ? DDI_FINISHED_SUCCESS : DDI_FINISHED_FAILURE});
}

static void tell_cancel(struct gw_device *d)
{
    const bool accepted = d->cancel_state == CANCEL_ACCEPTED;
    tell(d, TELL_CANCEL, d->cancel_feedback_url,
         (struct ddi_feedback){.id = d->cancel.id,
                               .execution = accepted ? DDI_CLOSED : DDI_REJECTED,
                               .finished = accepted ? DDI_FINISHED_SUCCESS : DDI_FINISHED_NONE});
}

static void tell_progress(struct gw_device *d)
{
    struct ddi_feedback f = {.id = d->action.id, .execution = DDI_PROCEEDING};
    if (d->action.state == JOURNAL_FETCHING)
        f.execution = DDI_DOWNLOAD;
    else if (d->action.state ==
             JOURNAL_WAITING) /* the first ends an action that is for a download only */
        f.execution = d->update == DDI_SKIP ? DDI_DOWNLOADED : DDI_SCHEDULED;
    if (d->running != NULL) {
        f.cnt = atomic_load(&d->running->job.uploaded);
        f.of = atomic_load(&d->running->job.whole);
    }
    tell(d, TELL_PROGRESS, d->feedback_url, f);
}

/* NAME or NAME:REVISION. The revision, or "". */
static const char *split_board(const char *text, char *name, size_t cap)
{
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    const size_t len = text == NULL ? 0 : colon != NULL ? (size_t)(colon - text) : strlen(text);
    snprintf(name, cap, "%.*s", (int)len, text != NULL ? text : "");
    return colon != NULL ? colon + 1 : "";
}

static void tell_config(struct gw_device *d)
{
    const struct device_facts *f = &d->facts;
    const struct smp_image_state *s = device_facts_running(f, d->config->image);
    char hash[2 * SMP_HASH_MAX + 1] = "", slot[12] = "", slots[12], board[64];
    const char *revision = split_board(d->config->board, board, sizeof board);
    if (s != NULL) {
        cli_hex(hash, s->hash, s->hash_len);
        snprintf(slot, sizeof slot, "%u", (unsigned)s->slot);
    }
    snprintf(slots, sizeof slots, "%u", f->list.count);
    const struct ddi_attribute list[] = {
        {"board", d->config->board != NULL ? d->config->board : ""},
        {"image.version", s != NULL ? s->version : ""},
        {"image.hash", hash},
        {"image.slot", slot},
        {"image.confirmed", s == NULL      ? ""
                            : s->confirmed ? "true"
                                           : "false"},
        {"images", slots},
        {"bootloader", f->bootloader.name},
        {"bootloader.version", f->bootloader.version},
        {"bootloader.mode", f->bootloader.has_mode ? smp_mode_text(f->bootloader.mode) : ""},
        {"gateway", cli_version},
        /* goosebit's names: it assigns nothing to a device whose board it does not know. */
        {"hw_boardname", board},
        {"hw_revision", revision},
        {"sw_version", s != NULL ? s->version : ""},
    };
    ask(d, TELL_CONFIG, HTTP_PUT, d->config_url, ddi_write_config_data(list, ARRAY_LEN(list)));
}

static void tell_confirmation(struct gw_device *d)
{
    ask(d, TELL_CONFIRMATION, HTTP_POST, d->confirmation_feedback_url,
        ddi_write_confirmation(true, NULL, 0));
}

/* Ask at a link that is good for once. */
static void follow(struct gw_device *d, enum gw_ask what, char **url)
{
    char *at = *url;
    *url = NULL;
    ask(d, what, HTTP_GET, at, NULL);
    free(at);
}

static bool has_end_to_tell(const struct gw_device *d)
{
    return d->has_action && journal_state_is_closed(d->action.state) && !d->action.reported &&
           d->action.state != JOURNAL_CANCELLED && d->feedback_url != NULL && !d->wants_look &&
           d->look == NULL && !d->is_refused;
}

static bool has_progress_to_tell(const struct gw_device *d)
{
    return d->has_action && d->has_news && !journal_state_is_closed(d->action.state) &&
           d->feedback_url != NULL && d->gateway->now_ms - d->told_ms >= PROGRESS_MS;
}

void gw_server_turn(struct gw_device *d)
{
    const uint64_t now = d->gateway->now_ms;
    if (d->asked != ASK_NOTHING || now < d->retry_ms)
        return;
    if (d->cancel_state == CANCEL_ACCEPTED || d->cancel_state == CANCEL_REJECTED)
        tell_cancel(d);
    else if (has_end_to_tell(d))
        tell_end(d);
    else if (d->cancel_url != NULL)
        follow(d, ASK_CANCEL, &d->cancel_url);
    else if (d->confirmation_url != NULL)
        follow(d, ASK_CONFIRMATION, &d->confirmation_url);
    else if (d->confirmation_feedback_url != NULL)
        tell_confirmation(d);
    else if (d->deployment_url != NULL)
        follow(d, ASK_DEPLOYMENT, &d->deployment_url);
    else if (d->config_url != NULL && d->has_facts)
        tell_config(d);
    else if (has_progress_to_tell(d))
        tell_progress(d);
    else if (now >= d->poll_ms)
        ask(d, ASK_POLL, HTTP_GET, d->poll_url, NULL);
    else if (d->config_url != NULL && now >= d->look_ms)
        d->wants_look = true;
}

/* ---- begin and end ---- */

static char *joined(const char *a, const char *b)
{
    char *text = malloc(strlen(a) + strlen(b) + 1);
    if (text != NULL)
        strcat(strcpy(text, a), b);
    return text;
}

static char *poll_url(const struct gateway_server *s, const char *id)
{
    static const char shape[] = "%s/%s/controller/v1/%s";
    size_t size = sizeof shape + strlen(s->url) + strlen(s->tenant) + strlen(id);
    char *text = malloc(size);
    if (text != NULL)
        snprintf(text, size, shape, s->url, s->tenant, id);
    return text;
}

bool gw_server_init(struct gw_device *d)
{
    const struct gateway_server *s = &d->gateway->config->server;
    d->poll_url = poll_url(s, d->config->id);
    if (d->config->token != NULL)
        d->authorization = joined("TargetToken ", d->config->token);
    else if (s->token != NULL)
        d->authorization = joined("GatewayToken ", s->token);
    const bool has_token = d->config->token != NULL || s->token != NULL;
    /* A hundred devices a second. */
    const uint64_t window_ms = 1000 + 10ull * d->gateway->config->device_count;
    d->poll_ms = d->gateway->now_ms + random_of(d->gateway) % window_ms;
    return d->poll_url != NULL && (d->authorization != NULL || !has_token);
}

void gw_server_free(struct gw_device *d)
{
    char *texts[] = {d->poll_url,       d->authorization,       d->config_url,
                     d->deployment_url, d->cancel_url,          d->confirmation_url,
                     d->asked_url,      d->cancel_feedback_url, d->confirmation_feedback_url,
                     d->feedback_url,   d->artifact_url};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free(texts[i]);
}
