/* ddi.h - the messages of hawkBit's Direct Device Integration API: what a server answers, and what a device tells it.
 * Texts in, structs out, and back; no network, no clock.
 *
 * An answer may be any bytes. Every reader returns false for one that it cannot use, and then why (cap bytes) says what is
 * wrong and where: "deployment.chunks[0].artifacts[1] has no sha256 and no sha1". Such a text may quote the server, so it
 * goes to a terminal through cli_print only. Members that are not read may hold anything. */
#ifndef HOST_GATEWAY_SERVER_DDI_H
#define HOST_GATEWAY_SERVER_DDI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"

#define DDI_ANSWER_MAX    200000u /* bytes of an answer; 16 artifacts of hawkBit's take 20,000 */
#define DDI_ID_MAX        63u     /* bytes of an action's id */
#define DDI_NAME_MAX      512u    /* bytes of a name or version: 128 characters in hawkBit */
#define DDI_URL_MAX       2048u   /* bytes of a link */
#define DDI_ARTIFACTS_MAX 16u     /* of a deployment, over all its chunks */
#define DDI_SLEEP_MAX_S   86400u

/* ---- the poll ---- */

/* Links are as the server wrote them: ddi_check_link before use. NULL: there is none. */
struct ddi_base {
    unsigned sleep_s; /* until the next poll; 1..DDI_SLEEP_MAX_S */
    char *config_data, *deployment, *cancel, *confirmation;
};

/* default_sleep_s: if the answer has no interval, or none that is "HH:MM:SS". */
MUST_CHECK bool ddi_read_base(struct ddi_base *b, const char *text, size_t len,
                              unsigned default_sleep_s, char *why, size_t cap);
/* Also after a reader that failed. */
void ddi_base_free(struct ddi_base *b);

/* ---- an action ---- */

enum ddi_handling {
    DDI_FORCED,
    DDI_ATTEMPT, /* the device may choose the time */
    DDI_SKIP,    /* not now */
};

/* Texts are "" if the server left them out. file is a name for people: no path to open. */
struct ddi_artifact {
    char *part, *name, *version; /* of the chunk (software module) */
    char *file;
    uint64_t size; /* bytes */
    bool has_sha256, has_sha1;
    /* hawkBit sends both hashes, goosebit 0.2.12 only SHA-1. An artifact has at least one. */
    uint8_t sha256[32], sha1[20];
    char *url[2]; /* "download", "download-http"; NULL: none, but one is there */
};
struct ddi_deployment {
    /* hawkBit counts actions; goosebit sends the number of the software, or "-1": there a repeated assignment has the same
     * id. */
    char id[DDI_ID_MAX + 1];
    enum ddi_handling download, update;
    bool window_open; /* false: a maintenance window is closed; update nothing now */
    unsigned count;   /* 0: no module of the distribution set has a file */
    struct ddi_artifact *artifact;
};

/* The answer of deploymentBase, and of confirmationBase. False: id may be there all the same ("": it is not), so that the
 * reason can be reported for that action. */
MUST_CHECK bool ddi_read_deployment(struct ddi_deployment *d, const char *text, size_t len,
                                    char *why, size_t cap);
MUST_CHECK bool ddi_read_confirmation(struct ddi_deployment *d, const char *text, size_t len,
                                      char *why, size_t cap);
/* Also after a reader that failed. */
void ddi_deployment_free(struct ddi_deployment *d);

struct ddi_cancel {
    char id[DDI_ID_MAX + 1];      /* feedback goes under this one */
    char stop_id[DDI_ID_MAX + 1]; /* the action that is to be stopped */
};

MUST_CHECK bool ddi_read_cancel(struct ddi_cancel *c, const char *text, size_t len, char *why,
                                size_t cap);

/* ---- links ---- */

enum ddi_link {
    DDI_LINK_OK,
    DDI_LINK_ELSEWHERE, /* another scheme, host or port than the server's, or with a user's name in it */
    DDI_LINK_INVALID, /* not a link */
};

/* May a request with our token go to link? Only to the server itself: what it says of other places would send the token
 * there. A relative link starts from server_url. DDI_LINK_OK: *url is the address to ask, as libcurl writes it: use this one,
 * so that what was judged is what is asked; the caller frees it. Else *url is NULL, and why names the places, without a
 * name or password that stood in the link. */
MUST_CHECK enum ddi_link ddi_check_link(const char *link, const char *server_url, char **url,
                                        char *why, size_t cap);

/* The first of the artifact's links that ddi_check_link allows; a server behind plain HTTP offers the two schemes. why: of
 * the last that it refused. */
MUST_CHECK enum ddi_link ddi_check_artifact(const struct ddi_artifact *a, const char *server_url,
                                            char **url, char *why, size_t cap);

/* Where feedback on the action goes whose deploymentBase, cancelAction or confirmationBase was read at url, which
 * ddi_check_link has made: its path and "/feedback", without its query. The caller frees it; NULL: url is not a link. */
char *ddi_feedback_url(const char *url);

/* ---- what a device tells ---- */

#define DDI_DETAILS_MAX       20u  /* further ones become "... and N more" */
#define DDI_DETAIL_CHARACTERS 500u /* a longer one ends with "..."; hawkBit stores 512 */
#define DDI_ATTRIBUTE_MAX \
    128u /* characters of a key or value of configData; hawkBit refuses more */

enum ddi_execution {
    DDI_PROCEEDING,
    DDI_DOWNLOAD,
    DDI_DOWNLOADED,
    DDI_SCHEDULED,
    DDI_RESUMED,
    DDI_REJECTED,
    DDI_CLOSED,
};
enum ddi_finished { DDI_FINISHED_NONE, DDI_FINISHED_SUCCESS, DDI_FINISHED_FAILURE };

/* Texts of a device, any bytes, each with a NUL at its end. Sent is what can be read: terminal escapes are left out, line
 * breaks and tabs become blanks, and bytes that are not UTF-8 and control characters become '?'. */
struct ddi_feedback {
    const char *id;
    int64_t time; /* Unix seconds */
    enum ddi_execution execution;
    enum ddi_finished finished; /* of DDI_CLOSED: goosebit takes NONE for SUCCESS */
    unsigned cnt, of;           /* progress; of 0: none */
    const char *const *details;
    size_t detail_count;
};
struct ddi_attribute {
    const char *key, *value; /* like details */
};

/* JSON; the caller frees it. NULL: no memory. */
char *ddi_write_feedback(const struct ddi_feedback *f);
/* Into what the server knows already ("merge"). The later of two equal keys counts. */
char *ddi_write_config_data(const struct ddi_attribute *list, size_t count);
/* The yes to an action that waits for the device's confirmation, or the no. */
char *ddi_write_confirmation(bool yes, const char *const *details, size_t detail_count);

#endif
