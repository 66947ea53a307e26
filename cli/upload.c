#include "cli/upload.h"

#include "cli/progress.h"

/* Times that the line may fail without a byte of progress in between. */
#define FAILURES_MAX 5

/* The line failed: wait for the device, so that the next step asks it where to go on. */
static int bring_back(struct device *d, const struct upload_job *job, const struct smp_upload *u,
                      enum err err)
{
    progress_make_room();
    if (!cli_mode.quiet)
        fprintf(stderr, "the device went away at %u of %u bytes (%s); waiting up to %u s\n",
                (unsigned)u->off, (unsigned)u->len, err_text(err), job->wait_seconds);
    if (err != ERR_TIMEOUT)
        device_close(d);
    return device_wait(d, job->wait_seconds);
}

static int failed(struct device *d, const struct smp_upload *u, enum err err)
{
    progress_make_room();
    return device_fail(
        d, cli_text("the upload failed at %u of %u bytes", (unsigned)u->off, (unsigned)u->len),
        err);
}

static int check_match(struct device *d, const struct smp_upload *u)
{
    if (!u->has_match || u->match)
        return CLI_DONE;
    device_listen(d, 300);
    static const char *const words[] = {"<err>", "<wrn>", NULL};
    const char *quoted = device_quote(d, 0, words);
    const char *evidence = "its own SHA-256 over the slot differs from the file's";
    return cli_fail(
        CLI_REFUSED, "the device's flash does not hold what was sent",
        quoted != NULL ? cli_text("%s\n%s", evidence, quoted) : evidence,
        "upload again; if it repeats, the flash driver writes wrongly without noticing");
}

/* Steps until the upload is done or fails for good. */
static int run_steps(struct device *d, const struct upload_job *job, struct smp_upload *u,
                     struct progress *p)
{
    unsigned failures = 0;
    uint32_t best = 0;
    while (!u->done) {
        enum err e = smp_upload_step(&d->client, u);
        bool lost = e == ERR_CLOSED || e == ERR_TIMEOUT || e == ERR_IO;
        if (e != ERR_OK && (!lost || ++failures > FAILURES_MAX))
            return failed(d, u, e);
        if (e != ERR_OK) {
            int code = bring_back(d, job, u, e);
            if (code != CLI_DONE)
                return code;
            progress_resume(p, u->off);
            continue;
        }
        if (u->off > best)
            failures = 0;
        best = u->off > best ? u->off : best;
        progress_update(p, u->off);
    }
    return CLI_DONE;
}

int upload_run(struct device *d, const struct upload_job *job)
{
    struct smp_upload u;
    struct progress p;
    smp_upload_begin(&u, job->data, job->len, job->image, job->upgrade);
    progress_begin(&p, "upload", 0, job->len);
    progress_update(&p, 0);
    cli_verbose("%u bytes in packets of %u bytes of data", (unsigned)job->len, (unsigned)u.chunk);
    int code = run_steps(d, job, &u, &p);
    if (code != CLI_DONE)
        return code;
    progress_end(&p, u.off);
    if (u.resumed_at != 0)
        cli_say("the device went on from byte %u", (unsigned)u.resumed_at);
    return check_match(d, &u);
}
