#include "host/gateway/device_job.h"

#include <string.h>

#include "core/smp/wire/errors.h"
#include "host/client/smp/recovery.h"

/* ---- words ---- */

unsigned job_words_kept(const struct job_words *w)
{
    return w->count < JOB_LINES_MAX ? w->count : JOB_LINES_MAX;
}

const char *job_words_line(const struct job_words *w, unsigned n)
{
    return w->line[(w->count - job_words_kept(w) + n) % JOB_LINES_MAX];
}

static void take_line(void *ctx, const char *line)
{
    struct job_words *w = ctx;
    snprintf(w->line[w->count++ % JOB_LINES_MAX], JOB_LINE_MAX, "%s", line);
}

static void take_failure(void *ctx, enum cli_exit code, const char *what, const char *evidence,
                         const char *next)
{
    struct job_words *w = ctx;
    (void)code;
    snprintf(w->what, sizeof w->what, "%s", what);
    snprintf(w->evidence, sizeof w->evidence, "%s", evidence != NULL ? evidence : "");
    snprintf(w->next, sizeof w->next, "%s", next != NULL ? next : "");
}

static void open_sink(struct device_job *j)
{
    j->sink = (struct cli_sink){take_line, take_failure, &j->words};
    cli_set_sink(&j->sink);
}

/* ---- the device ---- */

static int open_device(struct device_job *j)
{
    struct device_settings s = device_usual;
    s.quiet = true;
    if (j->is_open)
        return CLI_DONE;
    int code = device_connect(&j->device, &j->name, &s, j->wait_s);
    j->is_open = code == CLI_DONE;
    return code;
}

void device_job_close(struct device_job *j)
{
    if (j->is_open)
        device_close(&j->device);
    j->is_open = false;
}

const struct smp_image_state *device_facts_running(const struct device_facts *f, uint32_t image)
{
    for (unsigned i = 0; i < f->list.count && !f->is_recovery; i++)
        if (f->list.image[i].image == image && f->list.image[i].active)
            return &f->list.image[i];
    return NULL;
}

void device_job_look(void *job)
{
    struct device_job *j = job;
    open_sink(j);
    j->facts = (struct device_facts){.answered = false};
    j->code = open_device(j);
    if (j->code == CLI_DONE) {
        enum err e = smp_image_list(&j->device.client, &j->facts.list);
        j->facts.answered = e == ERR_OK;
        if (e != ERR_OK)
            j->code = device_fail(&j->device, "the image list could not be read", e);
        else if (smp_bootloader_info(&j->device.client, &j->facts.bootloader) != ERR_OK)
            j->facts.bootloader.name[0] = '\0'; /* an older server does not know */
        j->facts.is_recovery =
            e == ERR_OK && recovery_evidence(&j->device.client, &j->facts.list) != NULL;
    }
    device_job_close(j);
    cli_set_sink(NULL);
}

/* ---- an update ---- */

static void note_progress(void *ctx, uint32_t off, uint32_t len)
{
    struct device_job *j = ctx;
    atomic_store(&j->uploaded, off);
    atomic_store(&j->whole, len);
}

static bool shall_stop(void *ctx)
{
    struct device_job *j = ctx;
    return atomic_load(&j->stop);
}

void device_job_begin(struct device_job *j, const struct update_goal *goal, const uint8_t *data)
{
    update_begin(&j->update, goal);
    j->watch = (struct upload_watch){note_progress, shall_stop, j};
    j->drive = (struct update_drive){.device = &j->device, .data = data, .watch = &j->watch};
    j->update.news = update_tell;
    j->update.ctx = &j->drive;
    atomic_store(&j->stop, false);
    atomic_store(&j->uploaded, 0);
    atomic_store(&j->whole, 0);
    memset(&j->words, 0, sizeof j->words);
}

void device_job_step(void *job)
{
    struct device_job *j = job;
    open_sink(j);
    j->code = open_device(j);
    if (j->code == CLI_DONE)
        update_drive(&j->drive, &j->update, &j->result);
    else
        j->result = (struct update_result){.gave_up = true};
    cli_set_sink(NULL);
}

void device_job_took(struct device_job *j)
{
    const void *mark = cli_mark(); /* the loop's thread goes on for years */
    open_sink(j);
    update_took(&j->update, &j->result);
    cli_set_sink(NULL);
    cli_release_to(mark);
}

/* Some serial recovery lists what lies in the first slot as running and confirmed. */
static int check_that_it_runs(struct device_job *j)
{
    const char *recovery = recovery_evidence(&j->device.client, &j->update.list);
    return recovery == NULL ? CLI_DONE
                            : cli_fail(CLI_REFUSED, "the image is in its place, but does not run",
                                       cli_text("this is serial recovery: %s", recovery), NULL);
}

void device_job_end(void *job)
{
    struct device_job *j = job;
    open_sink(j);
    if (j->code == CLI_DONE)
        j->code = update_report(&j->drive, &j->update);
    if (j->code == CLI_DONE && j->update.end == UPDATE_DONE)
        j->code = check_that_it_runs(j);
    device_job_close(j);
    cli_set_sink(NULL);
}

bool device_job_is_busy(const struct device_job *j)
{
    const struct smp_error *e = &j->result.error;
    return j->update.end != UPDATE_DONE && e->group == -1 && e->rc == MGMT_ERR_EBUSY;
}
