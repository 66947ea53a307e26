/* Metrics: the text format byte by byte, and the server as a scraper sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <math.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/gateway/service/metrics.h"

static const struct metric devices = {"slipway_devices", "gauge",
                                      "Devices by state.\nAll of \\ them."};
static const struct metric polls = {"slipway_polls_total", "counter", "Polls of the server."};

static void the_text(void **state)
{
    const struct metric_label one[] = {{"state", "waiting"}};
    const struct metric_label two[] = {{"state", "a \"b\" \\ c\nd"},
                                       {"device", "pump\xff\xc3\xa4"}};
    struct metrics_text t;
    (void)state;
    metrics_begin(&t);
    metrics_value(&t, &devices, one, 1, 3);
    metrics_value(&t, &devices, two, 2, 0.25);
    metrics_value(&t, &polls, NULL, 0, 9007199254740992.0);
    char *text = metrics_finish(&t);
    assert_string_equal(text, "# HELP slipway_devices Devices by state.\\nAll of \\\\ them.\n"
                              "# TYPE slipway_devices gauge\n"
                              "slipway_devices{state=\"waiting\"} 3\n"
                              "slipway_devices{state=\"a \\\"b\\\" \\\\ c\\nd\","
                              "device=\"pump\xef\xbf\xbd\xc3\xa4\"} 0.25\n"
                              "# HELP slipway_polls_total Polls of the server.\n"
                              "# TYPE slipway_polls_total counter\n"
                              "slipway_polls_total 9007199254740992\n");
    free(text);
}

static void numbers_that_are_none(void **state)
{
    struct metrics_text t;
    (void)state;
    metrics_begin(&t);
    metrics_value(&t, &polls, NULL, 0, NAN);
    metrics_value(&t, &polls, NULL, 0, INFINITY);
    metrics_value(&t, &polls, NULL, 0, -INFINITY);
    char *text = metrics_finish(&t);
    assert_non_null(strstr(text, "slipway_polls_total NaN\nslipway_polls_total +Inf\n"
                                 "slipway_polls_total -Inf\n"));
    free(text);
}

static void a_wrong_name_is_no_text(void **state)
{
    static const struct metric wrong[] = {
        {"slip way", "gauge", ""}, {"1st", "gauge", ""}, {"", "gauge", ""}};
    const struct metric_label label[] = {{"a-b", ""}};
    struct metrics_text t;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        metrics_begin(&t);
        metrics_value(&t, &wrong[i], NULL, 0, 1);
        assert_null(metrics_finish(&t));
    }
    metrics_begin(&t);
    metrics_value(&t, &polls, label, 1, 1);
    assert_null(metrics_finish(&t));
}

/* More than a first block, and more than anybody reads. */
static void a_long_text(void **state)
{
    static char value[1 << 20];
    const struct metric_label label[] = {{"x", value}};
    struct metrics_text t;
    (void)state;
    memset(value, 'x', sizeof value - 1);
    metrics_begin(&t);
    metrics_value(&t, &polls, label, 1, 1);
    char *text = metrics_finish(&t);
    assert_non_null(text);
    assert_true(strlen(text) > sizeof value);
    free(text);
    metrics_begin(&t);
    for (unsigned i = 0; i < 16; i++)
        metrics_value(&t, &polls, label, 1, i);
    assert_null(metrics_finish(&t));
    metrics_begin(&t);
    text = metrics_finish(&t);
    assert_string_equal(text, "");
    free(text);
}

/* ---- the server ---- */

struct reply {
    long status;
    char type[100], body[200], headers[500];
};

static size_t append(char *dst, size_t cap, const char *data, size_t len)
{
    size_t used = strlen(dst);
    snprintf(dst + used, cap - used, "%.*s", (int)len, data);
    return len;
}

static size_t take_body(char *data, size_t size, size_t n, void *ctx)
{
    return append(((struct reply *)ctx)->body, 200, data, size * n);
}

static size_t take_header(char *data, size_t size, size_t n, void *ctx)
{
    return append(((struct reply *)ctx)->headers, 500, data, size * n);
}

static struct reply ask(const struct metrics *m, const char *method, const char *path,
                        const char *body)
{
    struct reply r = {0};
    char url[100], *type = NULL;
    CURL *c = curl_easy_init();
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", metrics_port(m), path);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    if (body != NULL)
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(c, CURLOPT_NOBODY, strcmp(method, "HEAD") == 0 ? 1L : 0L);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &r);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, &r);
    assert_int_equal(curl_easy_perform(c), CURLE_OK);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &r.status);
    curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
    snprintf(r.type, sizeof r.type, "%s", type != NULL ? type : "");
    curl_easy_cleanup(c);
    return r;
}

/* ctx: how many have asked, or NULL: nothing to tell. */
static char *render(void *ctx)
{
    unsigned *asked = ctx;
    struct metrics_text t;
    if (*asked == 0)
        return NULL;
    metrics_begin(&t);
    metrics_value(&t, &polls, NULL, 0, (*asked)++);
    return metrics_finish(&t);
}

static void what_a_scraper_sees(void **state)
{
    unsigned asked = 1;
    struct metrics *m;
    (void)state;
    assert_int_equal(metrics_start(&m, 0, render, &asked), ERR_OK);
    assert_true(metrics_port(m) > 0);
    for (unsigned i = 1; i <= 3; i++) {
        char want[40];
        struct reply r = ask(m, "GET", "/metrics", NULL);
        assert_int_equal(r.status, 200);
        assert_string_equal(r.type, "text/plain; version=0.0.4");
        snprintf(want, sizeof want, "\nslipway_polls_total %u\n", i);
        assert_non_null(strstr(r.body, want));
    }
    assert_int_equal(ask(m, "GET", "/metrics?x=1", NULL).status, 200);
    assert_int_equal(ask(m, "GET", "/", NULL).status, 404);
    assert_int_equal(ask(m, "GET", "/metrics/x", NULL).status, 404);
    assert_int_equal(ask(m, "POST", "/metrics", "body").status, 405);
    assert_int_equal(ask(m, "PUT", "/other", "body").status, 405);
    assert_int_equal(ask(m, "HEAD", "/metrics", NULL).status, 405);
    assert_non_null(strstr(ask(m, "DELETE", "/metrics", NULL).headers, "Allow: GET\r\n"));
    asked = 0;
    assert_int_equal(ask(m, "GET", "/metrics", NULL).status, 503);
    metrics_stop(m);
    metrics_stop(NULL);
}

static void a_port_that_is_taken(void **state)
{
    unsigned asked = 1;
    struct metrics *m, *other;
    (void)state;
    assert_int_equal(metrics_start(&m, 0, render, &asked), ERR_OK);
    assert_int_equal(metrics_start(&other, metrics_port(m), render, &asked), ERR_BUSY);
    assert_null(other);
    metrics_stop(m);
}

/* Another address of this computer does not lead to it. */
static void only_on_loopback(void **state)
{
    struct sockaddr_in other = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002)};
    unsigned asked = 1;
    struct metrics *m;
    (void)state;
    assert_int_equal(metrics_start(&m, 0, render, &asked), ERR_OK);
    other.sin_port = htons((uint16_t)metrics_port(m));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&other, sizeof other), -1);
    close(fd);
    metrics_stop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text),
        cmocka_unit_test(numbers_that_are_none),
        cmocka_unit_test(a_wrong_name_is_no_text),
        cmocka_unit_test(a_long_text),
        cmocka_unit_test(what_a_scraper_sees),
        cmocka_unit_test(a_port_that_is_taken),
        cmocka_unit_test(only_on_loopback),
    };
    return cmocka_run_group_tests_name("gateway_metrics", tests, NULL, NULL);
}
