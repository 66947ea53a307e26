/* fake_ddi.h - for tests: a DDI server for one device, in this process, in place of the library's HTTP: what an operator
 * does is done by setting the fields, and what the server was told stands in them. Time passes only in http_poll, by
 * clock_sleep_ms. */
#ifndef TESTING_GATEWAY_FAKE_DDI_H
#define TESTING_GATEWAY_FAKE_DDI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_DDI_URL "http://127.0.0.1:8080"

extern struct fake_ddi {
    /* What is assigned. */
    const char *action; /* its id; NULL: nothing */
    const char *download, *update, *window;
    const char *file_name;
    const uint8_t *file;
    size_t file_len;
    bool has_no_sha256; /* goosebit */
    const char *cancel; /* id of the cancelAction; NULL: none */
    bool wants_config;
    bool offers_closed; /* it forgets that an action was closed */
    /* What goes wrong. */
    unsigned failures; /* requests to be answered with status from now on */
    unsigned status, retry_after_s;
    const char *refuses;  /* what has this in its URL; NULL: nothing */
    unsigned refuses_by;  /* status; 0: 403 */
    const char *nonsense; /* the body of the next deploymentBase */
    bool nonsense_stays;  /* and of all that follow */
    bool nonsense_polls;  /* the answers to polls are no JSON */
    size_t size_lie;      /* is added to the file's size in deploymentBase */
    size_t breaks_off_at; /* the next download ends after so many bytes; 0: not */
    bool wrong_bytes;     /* the file changes on its way */
    /* What happened. */
    unsigned requests, polls, downloads, deployments;
    uint64_t last_ms; /* of the last request */
    uint64_t from;    /* of the last download */
    char authorization[80];
    bool is_closed, is_success;
    unsigned ends;      /* closing feedbacks */
    char told[1 << 16]; /* all feedback, a text a line */
    char config[4096];  /* the last configData */
    enum { FAKE_CANCEL_OPEN, FAKE_CANCEL_ACCEPTED, FAKE_CANCEL_REJECTED } cancel_answer;
} fake_ddi;

/* Nothing is assigned, nothing wrong. */
void fake_ddi_new(void);
/* From now on this file is assigned under this id. */
void fake_ddi_assign(const char *action, const char *file_name, const uint8_t *file, size_t len);

#endif
