/* Fuzz target: any bytes as a DDI server's answers, as a link of it, as a Retry-After, and as a device's words. What is read
 * keeps its bounds, a link that is allowed leads to the server, and what is written is JSON with the words' bounds kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "host/gateway/server/ddi.h"
#include "host/gateway/server/http_transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SERVER "https://fleet.example.com:8443"

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_why(bool ok, const char *why)
{
    check(ok || why[0] != '\0');
}

static bool is_id(const char *id)
{
    return id[0] != '\0' && strlen(id) <= DDI_ID_MAX;
}

static void check_link(const char *link)
{
    char why[200] = "", *url, *again, *feedback;
    enum ddi_link verdict = ddi_check_link(link, SERVER, &url, why, sizeof why);
    check((verdict == DDI_LINK_OK) == (url != NULL));
    check_why(verdict == DDI_LINK_OK, why);
    if (url == NULL)
        return;
    check(strncasecmp(url, SERVER "/", strlen(SERVER "/")) == 0);
    check(ddi_check_link(url, SERVER, &again, why, sizeof why) == DDI_LINK_OK);
    check(strcmp(url, again) == 0);
    feedback = ddi_feedback_url(url);
    check(feedback != NULL && strchr(feedback, '?') == NULL);
    free(feedback);
    free(again);
    free(url);
}

static void check_artifact(const struct ddi_artifact *a)
{
    check(a->part != NULL && a->name != NULL && a->version != NULL && a->file != NULL);
    check(strlen(a->name) <= DDI_NAME_MAX && strlen(a->file) <= DDI_NAME_MAX);
    check(a->has_sha256 || a->has_sha1);
    for (unsigned i = 0; i < 2; i++)
        if (a->url[i] != NULL)
            check_link(a->url[i]);
    check(a->url[0] != NULL || a->url[1] != NULL);
}

static void read_deployment(const char *text, size_t size, bool confirmation)
{
    char why[200] = "";
    struct ddi_deployment d;
    bool ok = confirmation ? ddi_read_confirmation(&d, text, size, why, sizeof why)
                           : ddi_read_deployment(&d, text, size, why, sizeof why);
    check_why(ok, why);
    check(!ok || is_id(d.id));
    check(d.count <= DDI_ARTIFACTS_MAX);
    for (unsigned i = 0; i < d.count && ok; i++)
        check_artifact(&d.artifact[i]);
    ddi_deployment_free(&d);
}

static void read_answers(const char *text, size_t size)
{
    char why[200] = "";
    struct ddi_base b;
    struct ddi_cancel c;
    bool ok = ddi_read_base(&b, text, size, 300, why, sizeof why);
    check_why(ok, why);
    check(b.sleep_s >= 1 && b.sleep_s <= DDI_SLEEP_MAX_S);
    ddi_base_free(&b);
    read_deployment(text, size, false);
    read_deployment(text, size, true);
    why[0] = '\0';
    ok = ddi_read_cancel(&c, text, size, why, sizeof why);
    check_why(ok, why);
    check(!ok || (is_id(c.id) && is_id(c.stop_id)));
}

/* text is released. */
static json_t *parsed(char *text)
{
    check(text != NULL);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    check(root != NULL);
    free(text);
    return root;
}

static void check_details(const json_t *list)
{
    check(json_array_size(list) <= DDI_DETAILS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        check(text != NULL && strlen(text) <= 3 * DDI_DETAIL_CHARACTERS);
        for (; *text != '\0'; text++)
            check((unsigned char)*text >= ' ' && *text != 0x7f);
    }
}

/* Words end with NULs, so one input is several, of which the first 25 are sent. */
static void write_all(const char *text, size_t size)
{
    const char *words[25];
    size_t count = 0;
    for (size_t at = 0; at <= size && count < 25; at += strlen(text + at) + 1)
        words[count++] = text + at;
    struct ddi_feedback f = {.id = words[0],
                             .time = size > 0 ? INT64_MIN >> (text[0] & 63) : 0,
                             .execution = DDI_CLOSED,
                             .of = (unsigned)size,
                             .details = words,
                             .detail_count = count};
    json_t *root = parsed(ddi_write_feedback(&f));
    check_details(json_object_get(json_object_get(root, "status"), "details"));
    json_decref(root);
    const struct ddi_attribute a = {words[0], words[count - 1]};
    json_decref(parsed(ddi_write_config_data(&a, 1)));
    root = parsed(ddi_write_confirmation(true, words, count));
    check_details(json_object_get(root, "details"));
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    check(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    read_answers(text, size);
    check_link(text);
    check(http_retry_after(text, 1796025600) <= HTTP_RETRY_AFTER_MAX_S);
    write_all(text, size);
    free(text);
    return 0;
}
