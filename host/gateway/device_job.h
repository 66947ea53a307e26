/* device_job.h - one device, worked on in a worker's thread: an update's orders one after the other, or a look at what it
 * runs. A job belongs to the loop while its worker is idle, and to the worker else; only stop, uploaded and whole may be
 * used by both at any time. */
#ifndef HOST_GATEWAY_DEVICE_JOB_H
#define HOST_GATEWAY_DEVICE_JOB_H

#include <stdatomic.h>

#include "host/client/update/drive.h"

#define JOB_LINES_MAX 20u
#define JOB_LINE_MAX  240u
#define JOB_TEXT_MAX  2000u

/* What was said, for the server and the log; any bytes of the device may be in it. */
struct job_words {
    char line[JOB_LINES_MAX][JOB_LINE_MAX]; /* the last ones */
    unsigned count;                         /* ever */
    /* The last error: "" none. Evidence and next may have several lines. */
    char what[JOB_LINE_MAX], evidence[JOB_TEXT_MAX], next[JOB_LINE_MAX];
};
/* The n-th line that is kept, oldest first; n below job_words_kept. */
unsigned job_words_kept(const struct job_words *w);
const char *job_words_line(const struct job_words *w, unsigned n);

/* What a device says of itself. */
struct device_facts {
    bool answered;
    bool is_recovery; /* serial recovery answers: no image runs, whatever its list says */
    struct smp_image_list list;
    struct smp_bootloader bootloader; /* name "": not known */
};
/* The image that runs, or NULL. */
const struct smp_image_state *device_facts_running(const struct device_facts *f, uint32_t image);

struct device_job {
    struct device_name name;
    unsigned wait_s; /* for its first answer */
    struct device device;
    bool is_open;
    int code; /* of the last job: an enum cli_exit */
    struct job_words words;
    struct device_facts facts;
    /* An update: the loop calls device_job_begin, and while the update goes on runs device_job_step and then
     * device_job_took. */
    struct update update;
    struct update_drive drive;
    struct update_result result;
    struct upload_watch watch;
    atomic_bool stop;            /* the upload shall end */
    atomic_uint uploaded, whole; /* bytes; whole 0: not known yet */
    struct cli_sink sink;
};

/* data: the file, goal->size bytes, until the end. */
void device_job_begin(struct device_job *j, const struct update_goal *goal, const uint8_t *data);
/* worker_job: open the device if it is not open, and carry out update.order. code: CLI_DONE, or why it could not be
 * opened. */
void device_job_step(void *job);
/* The loop takes the result. */
void device_job_took(struct device_job *j);
/* worker_job, when the update has ended: say why (words), and close the device. code: that of the update. */
void device_job_end(void *job);

/* Close the device, if it is open: of an update that does not come to its end. */
void device_job_close(struct device_job *j);

/* worker_job: open, ask, close. code, facts, words. */
void device_job_look(void *job);

/* Is it a device that says that it is busy (MGMT_ERR_EBUSY)? It may be asked again later. */
bool device_job_is_busy(const struct device_job *j);

#endif
