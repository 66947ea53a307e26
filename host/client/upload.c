#include "host/client/upload.h"

#include <signal.h>

#include "host/cli/core/cleanup.h"
#include "host/cli/core/progress.h"
#include "host/client/smp/recovery.h"

/* Times that the line may fail without a byte of progress in between. */
#define FAILURES_MAX 5

/* The line failed: wait for the device, so that the next step asks it where to go on. */
static int bring_back(struct device *d, const struct upload_job *job, const struct smp_upload *u,
                      enum err err)
{
    const char *event =
        cli_text("the device went away at %u of %u bytes", (unsigned)u->off, (unsigned)u->len);
    return device_bring_back(d, err, event, job->wait_seconds, NULL);
}

int upload_fail_on_trial(const struct smp_image_state *s, const char *answer)
{
    const char *evidence =
        cli_text("%s is not confirmed; the other slot holds the image to go back to", s->version);
    return cli_fail(CLI_REFUSED, "the running image is itself on trial",
                    answer != NULL ? cli_text("%s\nthe device answered %s", evidence, answer)
                                   : evidence,
                    "slipway image confirm keeps it; slipway reset goes back");
}

/* The image that runs and is not confirmed, if the device lists one; *list is where it stands. */
static const struct smp_image_state *on_trial(struct device *d, uint32_t image,
                                              struct smp_image_list *list)
{
    if (smp_image_list(&d->client, list) != ERR_OK)
        return NULL;
    for (unsigned i = 0; i < list->count; i++) {
        const struct smp_image_state *s = &list->image[i];
        if (s->image == image && s->active && !s->confirmed)
            return s;
    }
    return NULL;
}

/* A first packet that is refused may be so because the other slot is needed: the list tells. */
static int failed(struct device *d, const struct smp_upload *u, enum err err)
{
    progress_make_room();
    if (err == ERR_PEER && u->off == 0) {
        struct smp_image_list list;
        const struct smp_error answer = d->client.error;
        const struct smp_image_state *s = on_trial(d, u->image, &list);
        if (s != NULL)
            return upload_fail_on_trial(s, smp_error_name(&answer));
        d->client.error = answer;
    }
    return device_fail(
        d, cli_text("the upload failed at %u of %u bytes", (unsigned)u->off, (unsigned)u->len),
        err);
}

static int check_match(struct device *d, const struct smp_upload *u)
{
    if (!u->has_match || u->match)
        return CLI_DONE;
    device_listen(d, 300);
    static const char *const words[] = {NULL};
    const char *quoted = device_quote(d, 0, true, words);
    const char *evidence = "its own SHA-256 over the slot differs from the file's";
    return cli_fail(
        CLI_REFUSED, "the device's flash does not hold what was sent",
        quoted != NULL ? cli_text("%s\n%s", evidence, quoted) : evidence,
        "upload again; if it repeats, the flash driver writes wrongly without noticing");
}

static unsigned percent(const struct smp_upload *u)
{
    return u->len == 0 ? 100 : (unsigned)((uint64_t)u->off * 100 / u->len);
}

/* ---- how far it is: on a terminal, or for who watches ---- */

struct view {
    const struct upload_watch *watch;
    struct progress bar;
};

static void view_begin(struct view *v, const struct upload_job *job)
{
    v->watch = job->watch;
    if (v->watch == NULL)
        progress_begin(&v->bar, "upload", 0, job->len);
}

static void view_update(struct view *v, const struct smp_upload *u, uint32_t off)
{
    if (v->watch != NULL)
        v->watch->progress(v->watch->ctx, off, u->len);
    else
        progress_update(&v->bar, off);
}

static void view_resume(struct view *v, const struct smp_upload *u)
{
    if (v->watch == NULL)
        progress_resume(&v->bar, u->off);
}

static void view_end(struct view *v, const struct smp_upload *u, bool was_there)
{
    if (v->watch == NULL && was_there)
        progress_make_room();
    else if (v->watch == NULL)
        progress_end(&v->bar, u->off);
}

/* The device has part of this very file already: the first answer has said so. */
static void tell_resumed(const struct smp_upload *u, struct view *v)
{
    cli_say("the device has %u of %u bytes: the upload goes on at %u %%", (unsigned)u->off,
            (unsigned)u->len, percent(u));
    view_resume(v, u);
}

/* ---- stopped by a signal, or by who watches ---- */

static bool is_signalled(void *ctx)
{
    (void)ctx;
    return cleanup_noted_signal() != 0;
}

static const char *signal_text(void)
{
    const int number = cleanup_noted_signal();
    return number == SIGINT    ? "Ctrl-C"
           : number == SIGTERM ? "SIGTERM"
                               : "the program that sends it";
}

/* Serial recovery knows no hash, MCUboot's nor ours, and writes in place. */
static int stopped_in_recovery(int number, const char *what, const char *recovery)
{
    return cli_fail(CLI_SIGNAL + number, what, cli_text("this is serial recovery: %s", recovery),
                    "run the same command again: serial recovery begins anew, at 0 %\n"
                    "until an upload is complete, slot 0 holds a part of an image, and nothing "
                    "starts");
}

/* answers: the last packet was answered, so the device can be asked; else how much it has is not known. */
static int stopped(struct device *d, const struct smp_upload *u, bool answers)
{
    const int number = cleanup_noted_signal();
    const char *by = signal_text();
    progress_make_room();
    if (u->off == 0)
        return cli_fail(CLI_SIGNAL + number,
                        cli_text("stopped by %s: the device has not answered the first packet", by),
                        "with that packet it erases the slot, or its first sectors; in serial "
                        "recovery that is slot 0, and nothing starts until an upload is complete",
                        "run the same command again");
    const char *what = cli_text("stopped by %s: %u of %u bytes are uploaded (%u %%)", by,
                                (unsigned)u->off, (unsigned)u->len, percent(u));
    if (!answers)
        return cli_fail(CLI_SIGNAL + number, what, "the device did not answer what was sent last",
                        "run the same command again: the device says where it goes on");
    d->client.stopped = NULL; /* to be asked once more, and each time once */
    d->client.retries = 0;
    const char *recovery = recovery_ask(&d->client);
    if (recovery != NULL)
        return stopped_in_recovery(number, what, recovery);
    return cli_fail(CLI_SIGNAL + number, what, NULL,
                    cli_text("run the same command again: it goes on at %u %%, or from the start "
                             "if the device was reset in between",
                             percent(u)));
}

/* ---- the steps ---- */

/* ---- a faster line ---- */

#define FAST_FROM       16384u /* bytes that are left: fewer are not worth the questions */
#define FAST_LOSSES_MAX 3u

static void tell_line(const struct device *d, uint32_t failed_before)
{
    const struct fast_line *f = &d->line;
    if (f->failed != failed_before && !cli_mode.quiet) {
        progress_make_room();
        cli_print(stderr, "packets are lost at %u baud and above\n", (unsigned)f->failed);
    }
    if (f->failed == failed_before && !fast_line_is_on(f))
        return;
    progress_make_room();
    if (fast_line_is_on(f))
        cli_say("line     %u baud for the upload, proven in both directions", (unsigned)f->now);
    else
        cli_say("line     %u baud, as before", (unsigned)f->now);
}

/* Once the first packet is answered, which may wait for an erase: as fast as both ends and the line between them can. */
static enum err speed_up(struct device *d, const struct smp_upload *u)
{
    const uint32_t failed = d->line.failed;
    if (u->done || u->len - u->off < FAST_FROM)
        return ERR_OK;
    enum err e = fast_line_begin(&d->line);
    if (e == ERR_OK)
        tell_line(d, failed);
    return e;
}

/* Too much is lost, or nothing is answered any more. */
static enum err slow_down(struct device *d, struct smp_upload *u)
{
    const uint32_t failed = d->line.failed;
    smp_upload_give_up(&d->client, u);
    enum err e = fast_line_fall_back(&d->line);
    if (e == ERR_OK)
        e = fast_line_begin(&d->line);
    if (e == ERR_OK)
        tell_line(d, failed);
    return e;
}

static bool is_too_fast(const struct device *d, bool lost)
{
    return fast_line_is_on(&d->line) && (lost || d->client.losses > FAST_LOSSES_MAX);
}

/* Steps until the upload is done or fails for good. */
static int run_steps(struct device *d, const struct upload_job *job, struct smp_upload *u,
                     struct view *v, bool *was_there)
{
    unsigned failures = 0;
    uint32_t best = 0;
    *was_there = false;
    while (!u->done) {
        uint32_t packet_max = d->client.packet_max;
        enum err e = smp_upload_step(&d->client, u);
        if (d->client.packet_max != packet_max)
            device_report_packet_size(d);
        bool lost = smp_is_lost(e);
        if (smp_is_stopped(&d->client) && (lost || (e == ERR_OK && !u->done && u->under_way == 0)))
            return stopped(d, u, e == ERR_OK);
        if (e == ERR_OK && best == 0)
            e = speed_up(d, u);
        else if (e != ERR_CLOSED && is_too_fast(d, lost))
            e = slow_down(d, u);
        lost = smp_is_lost(e);
        if (e != ERR_OK && (!lost || ++failures > FAILURES_MAX))
            return failed(d, u, e);
        if (e != ERR_OK) {
            int code = bring_back(d, job, u, e);
            if (smp_is_stopped(&d->client))
                return stopped(d, u, false);
            if (code != CLI_DONE)
                return code;
            view_resume(v, u);
            continue;
        }
        /* More than was sent: the device has found the whole file in its slot. */
        *was_there |= best == 0 && u->done && u->resumed_at == u->len;
        if (*was_there)
            return CLI_DONE;
        if (best == 0 && u->resumed_at != 0)
            tell_resumed(u, v);
        else if (best == 0)
            view_update(v, u, 0);
        if (u->off > best)
            failures = 0;
        best = u->off > best ? u->off : best;
        view_update(v, u, u->off);
    }
    return CLI_DONE;
}

static int run(struct device *d, const struct upload_job *job, bool *was_there)
{
    struct smp_upload u;
    struct view v;
    smp_upload_begin(&u, job->data, job->len, job->image, job->upgrade);
    if (fast_line_is_possible(&d->line))
        d->client.window =
            1; /* nothing is under way behind the first packet when the speed changes */
    view_begin(&v, job);
    cli_verbose("%u bytes in packets of %u bytes of data", (unsigned)job->len, (unsigned)u.chunk);
    int code = run_steps(d, job, &u, &v, was_there);
    if (code != CLI_DONE)
        return code;
    view_end(&v, &u, *was_there);
    return check_match(d, &u);
}

/* Without a watch it is signals that stop it. */
static void heed_stops(struct device *d, const struct upload_job *job)
{
    if (job->watch == NULL)
        cleanup_note_signals(true);
    d->client.stopped = job->watch != NULL ? job->watch->stopped : is_signalled;
    d->client.stopped_ctx = job->watch != NULL ? job->watch->ctx : NULL;
}

static void heed_no_stops(struct device *d, const struct upload_job *job)
{
    d->client.stopped = NULL;
    if (job->watch == NULL)
        cleanup_note_signals(false);
}

int upload_run(struct device *d, const struct upload_job *job, bool *was_there)
{
    heed_stops(d, job);
    int code = run(d, job, was_there);
    d->client.stopped = NULL;
    const enum err e = fast_line_end(&d->line);
    if (code == CLI_DONE && e != ERR_OK)
        code = device_bring_back(d, e, "the upload is complete, and the device went away",
                                 job->wait_seconds, NULL);
    heed_no_stops(d, job);
    if (code == CLI_DONE && job->watch == NULL && is_signalled(NULL)) /* with the last answer */
        return cli_fail(CLI_SIGNAL + cleanup_noted_signal(),
                        cli_text("stopped by %s: the upload is complete", signal_text()), NULL,
                        "run the same command again");
    return code;
}
