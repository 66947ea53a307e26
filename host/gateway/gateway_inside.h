/* gateway_inside.h - shared by the gateway_*.c of this folder only.
 *
 * One thread runs the loop: it talks to the server (gateway_server.c), decides what happens to each device's action
 * (gateway_action.c), fetches and judges artifacts (gateway_artifact.c) and takes an update from one order to the next
 * (gateway_update.c). Workers' threads do what takes long. What is about to happen is in the journal before it happens. */
#ifndef HOST_GATEWAY_GATEWAY_INSIDE_H
#define HOST_GATEWAY_GATEWAY_INSIDE_H

#include "host/gateway/device_job.h"
#include "host/gateway/gateway.h"
#include "host/gateway/image_job.h"
#include "host/gateway/rollout.h"
#include "host/gateway/server/ddi.h"
#include "host/gateway/server/http.h"
#include "host/gateway/store/artifacts.h"
#include "host/gateway/store/journal.h"
#include "host/gateway/workers.h"

/* What an artifact is for devices of one board that trust the same keys. */
struct gw_image {
    struct gw_image *next;
    struct worker *worker; /* it is being judged; else NULL */
    struct image_job job;
};

/* A file of the server, on its way to devices. */
struct gw_artifact {
    struct gw_artifact *next;
    struct gateway *gateway;
    char name[ARTIFACT_NAME_LEN + 1]; /* in the cache: its SHA-256 */
    char file[JOURNAL_NAME_MAX + 1];
    uint64_t size;
    unsigned users; /* devices with an open action */
    enum { ARTIFACT_ABSENT, ARTIFACT_FETCHING, ARTIFACT_HERE, ARTIFACT_UNUSABLE } state;
    char path[ARTIFACT_PATH_MAX];      /* HERE */
    char why[JOURNAL_TEXT_MAX + 1];    /* UNUSABLE, and the last error of a download */
    struct http_transfer *transfer;    /* FETCHING */
    struct artifact_download download; /* FETCHING */
    bool is_writing;                   /* download is open */
    unsigned attempts;
    uint64_t try_ms; /* not before */
    struct gw_image *images;
    struct rollout rollout;
};

/* The one request of a device that is under way. */
enum gw_ask {
    ASK_NOTHING,
    ASK_POLL,
    ASK_DEPLOYMENT,
    ASK_CANCEL,
    ASK_CONFIRMATION,
    TELL_CONFIG,
    TELL_PROGRESS,
    TELL_END,
    TELL_CANCEL,
    TELL_CONFIRMATION,
};

#define GW_DETAILS_MAX 12u

struct gw_update {
    struct worker *worker;
    enum { UPDATE_STEP, UPDATE_ENDS } phase;
    bool is_blocked; /* the journal does not take the next order */
    unsigned told;   /* lines of job.words */
    struct device_job job;
};

struct gw_look {
    struct worker *worker;
    struct device_job job;
};

/* What several devices may share: a host. A serial port is a link of its own. */
struct gw_link {
    const char *name;
    unsigned updates; /* under way on it */
};

struct gw_device {
    struct gateway *gateway;
    const struct gateway_device *config;
    struct gw_link *link;
    char *poll_url, *authorization;

    /* The conversation with the server. */
    enum gw_ask asked;
    struct http_transfer *transfer;
    uint64_t poll_ms, retry_ms;
    unsigned failures;    /* of requests in a row */
    bool is_refused;      /* what it was told last; a poll comes before it is told again */
    unsigned nonsense;    /* deployments in a row that make no sense */
    unsigned not_offered; /* polls in a row that offer nothing, while an action is open */
    char *config_url, *deployment_url, *cancel_url, *confirmation_url; /* to be asked; NULL: not */
    char *asked_url; /* of the request under way */
    struct ddi_cancel cancel;
    enum { CANCEL_NONE, CANCEL_ASKED, CANCEL_ACCEPTED, CANCEL_REJECTED } cancel_state;
    char *cancel_feedback_url, *confirmation_feedback_url;

    /* The action: the server's newest, or one that is under way. */
    bool has_action;
    struct journal_action action;
    char *feedback_url; /* NULL: not known until the server offers it again */
    enum ddi_handling download, update;
    bool window_open;
    struct gw_artifact *artifact;
    char *artifact_url;
    struct gw_image *image;
    struct gw_artifact *broken_off; /* its update has begun, and is not under way now; NULL: no */
    bool past_return;               /* the image was marked: a cancel comes too late */
    uint64_t try_ms;                /* not before */
    enum rollout_answer waits;
    struct gw_update *running;

    /* A look at what the device runs, and what the last one found. */
    bool wants_look;
    uint64_t look_ms; /* not before */
    unsigned look_failures;
    struct gw_look *look;
    bool has_facts, is_away;
    struct device_facts facts;

    /* For the server: what happened since it was told last. */
    char details[GW_DETAILS_MAX][JOURNAL_TEXT_MAX + 1];
    unsigned detail_count;
    unsigned details_told; /* of these, in the progress that is under way */
    bool has_news;
    uint64_t told_ms;
};

struct gateway_counts {
    uint64_t polls, requests_failed, downloads, succeeded, failed, cancelled, offered_again;
};

struct gateway {
    const struct gateway_config *config;
    struct http *http;
    struct journal *journal;
    struct artifacts cache;
    struct workers *workers;
    struct gw_device *device;
    struct gw_link *link; /* as many as there are devices, or fewer are used */
    struct gw_artifact *artifacts;
    unsigned updates; /* under way */
    bool journal_is_full;
    uint64_t random;
    struct gateway_counts counts;
    struct gateway_metrics *metrics; /* NULL: none */
    uint64_t ask_ms;                 /* wishes.c */
    uint64_t now_ms;                 /* of this turn of the loop; a clock that never jumps */
    int64_t now;                     /* seconds since 1970, which may jump: for people only */
};

/* ---- gateway.c ---- */

/* g->config is set, all else is 0 (cache.fd: -1). An exit code, its error printed; gateway_end in any case. */
MUST_CHECK int gateway_begin(struct gateway *g);
/* One turn of the loop; http_poll follows it. */
void gateway_turn(struct gateway *g);
void gateway_end(struct gateway *g);

/* ---- gateway_words.c: the log, the journal's events, and what the server is told ---- */

/* A line of the log and an event of the journal; d may be NULL for the gateway itself. */
void gw_log(struct gateway *g, const struct gw_device *d, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same of a thing that happened to a device's action: it is a detail of the next feedback, too. */
void gw_note(struct gateway *g, struct gw_device *d, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Every word of a job that failed. */
void gw_note_failure(struct gateway *g, struct gw_device *d, const struct job_words *w);
void gw_forget_details(struct gw_device *d);
/* The server has taken those that were told. */
void gw_details_are_told(struct gw_device *d);

/* ---- gateway_server.c ---- */

/* Ask or tell the server the next thing, if there is one. */
void gw_server_turn(struct gw_device *d);
MUST_CHECK bool gw_server_init(struct gw_device *d);
void gw_server_free(struct gw_device *d);

/* ---- gateway_action.c ---- */

/* The server offers this. */
void gw_action_offered(struct gw_device *d, const struct ddi_deployment *offer, const char *url);
/* It offers an action (id, perhaps "") that cannot be read. */
void gw_action_nonsense(struct gw_device *d, const char *id, const char *url, const char *why);
/* The server offers nothing now. */
void gw_action_not_offered(struct gw_device *d);
/* The server wants the action stopped: cancel_state becomes ACCEPTED, REJECTED, or stays ASKED until the upload has ended. */
void gw_action_cancel(struct gw_device *d);
/* The server knows the action no more, or has closed it itself. */
void gw_action_is_over(struct gw_device *d);
/* Go on with the action, as far as it may. */
void gw_action_turn(struct gw_device *d);
/* Close it. False: the journal does not take it; try again. */
bool gw_action_close(struct gw_device *d, enum journal_state state, const char *reason);
/* Store a state or step. False: the journal does not take it, and nothing may be done. */
bool gw_action_put(struct gw_device *d, enum journal_state state, const char *step);
/* Behind a step's name in the journal: from here on a cancel comes too late. */
#define GW_PAST_RETURN ", past return"
/* An order of its update is about to be carried out. False: as above. */
bool gw_action_put_running(struct gw_device *d, const char *order, bool past_return);
/* Take up an action as the journal has it. An open one with a step was broken off, whatever its state is. */
void gw_action_load(struct gw_device *d, const struct journal_action *a);
/* There is another action than d's, which the server has given up. False: not now. */
bool gw_action_leave(struct gw_device *d);
/* Its update was broken off by a restart, or the device went away; it begins anew. */
void gw_action_broken_off(struct gw_device *d, struct gw_artifact *a);
void gw_action_not_broken_off(struct gw_device *d);
/* A closed action is open again. False: the journal does not take it, and nothing has changed. */
bool gw_action_begin_anew(struct gw_device *d);
/* The server knows the end. */
void gw_action_reported(struct gw_device *d);

/* ---- gateway_artifact.c ---- */

/* The artifact of this name. size 0: not known yet. NULL: no memory. */
struct gw_artifact *gw_artifact_of(struct gateway *g, const char *name, const char *file,
                                   uint64_t size);
/* Fetch it, for a device that may: its link and its token are used. */
void gw_artifact_want(struct gw_artifact *a, struct gw_device *d);
void gw_artifact_turn(struct gw_artifact *a);
/* What it is for this device; NULL: no worker is free to judge it. */
struct gw_image *gw_artifact_image(struct gw_artifact *a, struct gw_device *d);
void gw_artifact_use(struct gw_device *d, struct gw_artifact *a);
void gw_artifact_leave(struct gw_device *d);
void gw_artifacts_free(struct gateway *g);

/* ---- gateway_update.c ---- */

/* False: not now. */
bool gw_update_start(struct gw_device *d);
void gw_update_turn(struct gw_device *d);
void gw_look_turn(struct gw_device *d);

#endif
