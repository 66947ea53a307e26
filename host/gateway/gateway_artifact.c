/* gateway_artifact.c - the server's files: fetched once for all devices, resumed, and judged before a device is touched. */
#include <stdlib.h>
#include <string.h>

#include "host/gateway/gateway_inside.h"

/* Downloads that fail, one after the other, until the artifact counts as not to be had. */
#define DOWNLOADS_MAX 8u
/* Errors of the cache or of the server's answer that time does not mend. */
#define STALL_S 60u

struct gw_artifact *gw_artifact_of(struct gateway *g, const char *name, const char *file,
                                   uint64_t size)
{
    struct gw_artifact *a;
    for (a = g->artifacts; a != NULL; a = a->next)
        if (strcmp(a->name, name) == 0) {
            /* It is not known from the journal; and what was wrong may have been put right. */
            if (size > 0 && a->state != ARTIFACT_HERE && a->state != ARTIFACT_FETCHING)
                a->size = size;
            return a;
        }
    a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->gateway = g;
    snprintf(a->name, sizeof a->name, "%s", name);
    snprintf(a->file, sizeof a->file, "%s", file);
    a->size = size;
    a->next = g->artifacts;
    g->artifacts = a;
    return a;
}

/* ---- use ---- */

static void forget_images(struct gw_artifact *a)
{
    struct gw_image **at = &a->images;
    while (*at != NULL) {
        struct gw_image *image = *at;
        if (image->worker != NULL) { /* it is being judged */
            at = &image->next;
            continue;
        }
        *at = image->next;
        image_job_free(&image->job);
        free(image);
    }
}

void gw_artifact_use(struct gw_device *d, struct gw_artifact *a)
{
    struct gateway *g = d->gateway;
    if (d->artifact == a)
        return;
    gw_artifact_leave(d);
    d->artifact = a;
    /* One who comes later asks once more, and nobody has kept the file since the last one left. */
    if (a->state == ARTIFACT_UNUSABLE || (a->state == ARTIFACT_HERE && a->users == 0)) {
        a->state = ARTIFACT_ABSENT;
        a->attempts = 0;
        a->try_ms = 0;
    }
    if (a->users++ == 0 && artifacts_pin(&g->cache, a->name) != ERR_OK)
        gw_note(g, d, "%s: %s", a->file, g->cache.why);
}

void gw_artifact_leave(struct gw_device *d)
{
    struct gw_artifact *a = d->artifact;
    d->artifact = NULL;
    d->image = NULL;
    if (a == NULL || --a->users > 0)
        return;
    artifacts_unpin(&d->gateway->cache, a->name);
    forget_images(a);
    /* Whether it is still in the cache is asked anew. */
    if (a->state != ARTIFACT_FETCHING)
        a->state = ARTIFACT_ABSENT;
    a->attempts = 0;
    a->try_ms = 0;
}

/* ---- fetching ---- */

static void postpone(struct gateway *g, struct gw_artifact *a, const char *why, uint32_t seconds)
{
    snprintf(a->why, sizeof a->why, "%s", why);
    a->attempts++;
    a->state = a->attempts < DOWNLOADS_MAX ? ARTIFACT_ABSENT : ARTIFACT_UNUSABLE;
    const uint32_t pause = rollout_pause(&g->config->rollout, a->attempts);
    a->try_ms = g->now_ms + 1000ull * (pause > seconds ? pause : seconds);
    gw_note(g, NULL, "%s: the download failed (%u of %u): %s", a->file, a->attempts, DOWNLOADS_MAX,
            why);
}

static void abandon(struct gw_artifact *a)
{
    if (a->is_writing)
        artifacts_abandon(&a->download);
    a->is_writing = false;
}

static enum err body_begins(void *ctx, unsigned status)
{
    struct gw_artifact *a = ctx;
    return status == 200 && a->download.offset > 0 ? artifacts_restart(&a->download) : ERR_OK;
}

static enum err take_bytes(void *ctx, const void *data, size_t len)
{
    struct gw_artifact *a = ctx;
    return artifacts_write(&a->download, data, len);
}

/* All bytes are there. */
static void finish(struct gateway *g, struct gw_artifact *a)
{
    enum err e = artifacts_finish(&a->download, g->now, a->path);
    a->is_writing = false;
    if (e != ERR_OK) {
        postpone(g, a, g->cache.why, 0);
        return;
    }
    g->counts.downloads++;
    a->state = ARTIFACT_HERE;
    a->attempts = 0;
    gw_note(g, NULL, "%s: fetched, %llu bytes, checked by its hash", a->file,
            (unsigned long long)a->size);
}

static void body_ended(void *ctx, const struct http_answer *answer)
{
    struct gw_artifact *a = ctx;
    struct gateway *g = a->gateway;
    a->transfer = NULL;
    const bool ok = answer->e == ERR_OK && (answer->status == 200 || answer->status == 206);
    if (ok) {
        finish(g, a);
        return;
    }
    char why[JOURNAL_TEXT_MAX];
    if (answer->e == ERR_OK)
        snprintf(why, sizeof why, "the server answered %u%s", answer->status,
                 answer->status / 100 == 3 ? ", another place; redirects are not followed" : "");
    else
        snprintf(why, sizeof why, "%s", answer->why);
    abandon(a);
    postpone(g, a, why, answer->retry_after_s);
}

static bool request(struct gw_artifact *a, const char *url, const char *authorization)
{
    const struct http_request r = {.method = HTTP_GET,
                                   .url = url,
                                   .authorization = authorization,
                                   .answer_max = 1024,
                                   .begin = body_begins,
                                   .take = take_bytes,
                                   .from = a->download.offset,
                                   .max_bytes = a->size,
                                   .done = body_ended,
                                   .ctx = a};
    return http_start(a->gateway->http, &r, &a->transfer) == ERR_OK;
}

void gw_artifact_want(struct gw_artifact *a, struct gw_device *d)
{
    struct gateway *g = a->gateway;
    if (a->state != ARTIFACT_ABSENT || g->now_ms < a->try_ms)
        return;
    if (artifacts_find(&g->cache, a->name, a->size, g->now, a->path) == ERR_OK) {
        a->state = ARTIFACT_HERE;
        return;
    }
    enum err e = artifacts_begin(&g->cache, a->name, a->size, &a->download);
    if (e != ERR_OK) {
        postpone(g, a, g->cache.why, STALL_S);
        return;
    }
    a->is_writing = true;
    a->state = ARTIFACT_FETCHING;
    if (a->download.offset > 0)
        gw_note(g, NULL, "%s: the download goes on at %llu of %llu bytes", a->file,
                (unsigned long long)a->download.offset, (unsigned long long)a->size);
    if (a->download.offset == a->size) {
        finish(g, a);
    } else if (!request(a, d->artifact_url, d->authorization)) {
        abandon(a);
        postpone(g, a, "its link cannot be asked", STALL_S);
    }
}

/* ---- judging ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_texts(const struct gateway_texts *a, const struct gateway_texts *b)
{
    bool same = a->count == b->count;
    for (uint32_t i = 0; same && i < a->count; i++)
        same = strcmp(a->text[i], b->text[i]) == 0;
    return same;
}

static bool is_for(const struct gw_image *image, const struct gateway_device *c)
{
    const struct image_job *j = &image->job;
    return same_text(j->board, c->board) && j->image == c->image && same_texts(&j->keys, &c->keys);
}

/* Both would unpack to one file. */
static bool is_being_judged(const struct gw_artifact *a)
{
    for (const struct gw_image *image = a->images; image != NULL; image = image->next)
        if (image->worker != NULL)
            return true;
    return false;
}

static struct gw_image *judge(struct gw_artifact *a, const struct gateway_device *c)
{
    struct gateway *g = a->gateway;
    if (is_being_judged(a))
        return NULL;
    struct gw_image *image = calloc(1, sizeof *image);
    struct worker *w = image != NULL ? workers_take(g->workers) : NULL;
    if (w == NULL) {
        free(image);
        return NULL;
    }
    struct image_job *j = &image->job;
    j->board = c->board;
    j->image = c->image;
    j->keys = c->keys;
    snprintf(j->path, sizeof j->path, "%s", a->path);
    if (artifacts_make_room(&g->cache, a->size) != ERR_OK ||
        artifacts_image_path(&g->cache, a->name, j->unpacked) != ERR_OK)
        j->unpacked[0] = '\0';
    image->worker = w;
    image->next = a->images;
    a->images = image;
    worker_run(w, image_job_run, j);
    return image;
}

struct gw_image *gw_artifact_image(struct gw_artifact *a, struct gw_device *d)
{
    for (struct gw_image *image = a->images; image != NULL; image = image->next)
        if (is_for(image, d->config))
            return image;
    return judge(a, d->config);
}

/* A judgement that has ended gives its worker back. */
void gw_artifact_turn(struct gw_artifact *a)
{
    for (struct gw_image *image = a->images; image != NULL; image = image->next)
        if (image->worker != NULL && worker_is_idle(image->worker)) {
            workers_give_back(image->worker);
            image->worker = NULL;
        }
    if (a->users == 0)
        forget_images(a);
}

void gw_artifacts_free(struct gateway *g)
{
    while (g->artifacts != NULL) {
        struct gw_artifact *a = g->artifacts;
        g->artifacts = a->next;
        abandon(a);
        for (struct gw_image *image = a->images; image != NULL; image = image->next)
            image->worker = NULL; /* the workers have stopped */
        forget_images(a);
        free(a);
    }
}
