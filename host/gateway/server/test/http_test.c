/* Tests of requests against a server that is slow, wrong or hostile. Time-outs are short, and only their outcome counts. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/gateway/server/http.h"
#include "host/gateway/server/http_transfer.h"
#include "host/gateway/server/test/http_ca.h"
#include "host/gateway/server/test/http_server.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

#define NOW     1796025600 /* 2026-11-30 08:00:00 */
#define TOKEN   "GatewayToken 5ecre7"
#define ONE_MIB (1u << 20)

static struct http_server *server;
static struct http *h;

static int64_t now(void)
{
    return NOW;
}

static const struct http_config usual = {
    .user_agent = "slipway-gateway/1.2.3", .connections = 4, .connect_ms = 10000, .now = now};

/* What became of a request, and what its sink got. */
struct seen {
    unsigned done, begun, begin_status;
    struct http_answer a;
    char body[2000], why[300];
    enum err begin_e, take_e;     /* what the sink says */
    uint64_t at, bytes;           /* offset of the next byte; how many came */
    struct http_transfer *cancel; /* by the sink */
};

static void done(void *ctx, const struct http_answer *a)
{
    struct seen *s = ctx;
    s->done++;
    s->a = *a;
    snprintf(s->body, sizeof s->body, "%s", a->body);
    snprintf(s->why, sizeof s->why, "%s", a->why);
    assert_int_equal(strlen(a->body), a->len);
    assert_int_equal(a->e == ERR_OK, a->why[0] == '\0');
    assert_null(strstr(a->why, "5ecre7"));
}

static enum err begin(void *ctx, unsigned status)
{
    struct seen *s = ctx;
    s->begun++;
    s->begin_status = status;
    if (status == 200)
        s->at = 0;
    return s->begin_e;
}

static enum err take(void *ctx, const void *data, size_t len)
{
    struct seen *s = ctx;
    const uint8_t *bytes = data;
    assert_int_equal(s->begun, 1);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes[i], (s->at + i) % 251);
    s->at += len;
    s->bytes += len;
    if (s->cancel != NULL)
        http_cancel(s->cancel);
    s->cancel = NULL;
    return s->take_e;
}

static struct http_request get(struct seen *s, const char *path)
{
    *s = (struct seen){.done = 0};
    return (struct http_request){.url = http_server_url(server, path),
                                 .authorization = TOKEN,
                                 .answer_max = 1000,
                                 .done = done,
                                 .ctx = s};
}

static struct http_request fetch(struct seen *s, const char *path, uint64_t from)
{
    struct http_request r = get(s, path);
    r.begin = begin;
    r.take = take;
    r.from = from;
    r.max_bytes = ONE_MIB;
    s->at = from;
    return r;
}

static void poll_until(const unsigned *count, unsigned want)
{
    while (*count < want)
        assert_int_equal(http_poll(h, 1000), ERR_OK);
}

static void run(struct seen *s, const struct http_request *r)
{
    assert_int_equal(http_start(h, r, NULL), ERR_OK);
    assert_int_equal(http_pending(h), 1);
    poll_until(&s->done, 1);
    assert_int_equal(s->done, 1);
    assert_int_equal(http_pending(h), 0);
}

static void run_get(struct seen *s, const char *path)
{
    struct http_request r = get(s, path);
    run(s, &r);
}

/* ---- answers ---- */

static void a_status_is_an_answer(void **state)
{
    static const unsigned statuses[] = {200, 201, 204, 400, 401, 404, 410, 500, 503};
    struct seen s;
    char path[20];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        snprintf(path, sizeof path, "/status/%u", statuses[i]);
        run_get(&s, path);
        assert_int_equal(s.a.e, ERR_OK);
        assert_int_equal(s.a.status, statuses[i]);
        snprintf(path, sizeof path, "status %u", statuses[i]);
        assert_string_equal(s.body, statuses[i] == 204 ? "" : path);
        assert_int_equal(s.a.retry_after_s, 0);
    }
}

static void requests_say_what_they_are(void **state)
{
    struct seen s;
    struct http_request r;
    (void)state;
    run_get(&s, "/echo");
    assert_string_equal(s.body, "GET|" TOKEN "|-|application/json|slipway-gateway/1.2.3|");
    r = get(&s, "/echo");
    r.method = HTTP_PUT;
    r.json = "{\"mode\":\"merge\"}";
    run(&s, &r);
    assert_string_equal(s.body,
                        "PUT|" TOKEN "|application/json|application/json|slipway-gateway/1.2.3|"
                        "{\"mode\":\"merge\"}");
    r = get(&s, "/echo");
    r.method = HTTP_POST;
    r.authorization = NULL;
    run(&s, &r);
    assert_string_equal(s.body, "POST|-|application/json|application/json|slipway-gateway/1.2.3|");
}

static void texts_are_copied(void **state)
{
    struct seen s;
    struct http_request r = get(&s, "/echo");
    char url[200], authorization[] = TOKEN, json[] = "{}";
    (void)state;
    snprintf(url, sizeof url, "%s", r.url);
    r.url = url;
    r.authorization = authorization;
    r.json = json;
    r.method = HTTP_POST;
    assert_int_equal(http_start(h, &r, NULL), ERR_OK);
    memset(url, 'x', strlen(url));
    memset(authorization, 'x', strlen(authorization));
    memset(json, 'x', strlen(json));
    poll_until(&s.done, 1);
    assert_non_null(strstr(s.body, "POST|" TOKEN "|"));
    assert_non_null(strstr(s.body, "|{}"));
}

static void a_redirect_is_not_followed(void **state)
{
    struct seen s;
    (void)state;
    run_get(&s, "/redirect");
    assert_int_equal(s.a.e, ERR_OK);
    assert_int_equal(s.a.status, 302);
    assert_int_equal(http_server_seen(server, "/status"), 0);
}

static void a_server_may_ask_for_time(void **state)
{
    static const struct {
        const char *value;
        unsigned s;
    } cases[] = {
        {"0", 0},
        {"120", 120},
        {"86400", 86400},
        {"99999999999999999999999", 86400},
        {"12x", 0},
        {"-5", 0},
        {"", 0},
        {"soon", 0},
        {"Mon, 30 Nov 2026 08:01:00 GMT", 60},
        {"Mon, 30 Nov 2026 08:00:00 GMT", 0},
        {"Sun, 29 Nov 2026 08:00:00 GMT", 0},
        {"Wed, 30 Nov 2099 08:00:00 GMT", 86400},
    };
    struct seen s;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(http_retry_after(cases[i].value, NOW), cases[i].s);
    assert_int_equal(http_retry_after(NULL, NOW), 0);
    run_get(&s, "/later");
    assert_int_equal(s.a.status, 429);
    assert_int_equal(s.a.retry_after_s, 120);
    run_get(&s, "/later-date");
    assert_int_equal(s.a.status, 503);
    assert_int_equal(s.a.retry_after_s, 30);
}

/* ---- bounds ---- */

static void an_endless_answer_is_cut(void **state)
{
    struct seen s;
    (void)state;
    run_get(&s, "/endless");
    assert_int_equal(s.a.e, ERR_NOSPC);
    assert_int_equal(s.a.status, 200);
    assert_string_equal(s.why, "the answer is longer than it may be");
    run_get(&s, "/endless/500");
    assert_int_equal(s.a.e, ERR_OK);
    assert_int_equal(s.a.status, 500);
    assert_int_equal(strlen(s.body), 1000);
    struct http_request r = get(&s, "/endless/429");
    r.answer_max = 0;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_OK);
    assert_string_equal(s.body, "");
}

static void an_answer_of_just_the_bound_fits(void **state)
{
    struct seen s;
    struct http_request r = get(&s, "/echo");
    (void)state;
    run(&s, &r);
    r.answer_max = strlen(s.body);
    s.done = 0;
    r.url = http_server_url(server, "/echo");
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_OK);
    r.answer_max--;
    s.done = 0;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_NOSPC);
}

static void endless_headers_are_cut(void **state)
{
    struct seen s;
    (void)state;
    run_get(&s, "/headers");
    assert_int_equal(s.a.e, ERR_NOSPC);
    assert_string_equal(s.why, "the answer's headers are too long");
}

static void a_connection_may_end(void **state)
{
    struct seen s;
    (void)state;
    run_get(&s, "/close");
    assert_int_equal(s.a.e, ERR_CLOSED);
    struct http_request r = get(&s, "");
    r.url = "http://127.0.0.1:1/"; /* nobody listens there */
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_CLOSED);
    assert_int_equal(s.a.status, 0);
}

static void a_silent_server_is_left(void **state)
{
    struct seen s;
    struct http_request r = get(&s, "/hang");
    (void)state;
    r.timeout_ms = 100;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_TIMEOUT);
    struct http_config c = usual;
    c.stall_s = 1;
    http_close(h);
    assert_int_equal(http_open(&h, &c), ERR_OK);
    r = fetch(&s, "/hang", 0);
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_TIMEOUT);
}

/* ---- files ---- */

static void a_file_goes_to_its_sink(void **state)
{
    struct seen s;
    struct http_request r = fetch(&s, "/bytes/300000", 0);
    (void)state;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_OK);
    assert_int_equal(s.begin_status, 200);
    assert_int_equal(s.bytes, 300000);
    assert_string_equal(s.body, "");
    r = fetch(&s, "/bytes/300000", 123456);
    run(&s, &r);
    assert_int_equal(s.a.status, 206);
    assert_int_equal(s.begin_status, 206);
    assert_int_equal(s.at, 300000);
    assert_int_equal(s.bytes, 300000 - 123456);
    r = fetch(&s, "/bytes/0", 0);
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_OK);
    assert_int_equal(s.begun, 1);
    assert_int_equal(s.bytes, 0);
}

static void an_error_does_not_go_to_the_sink(void **state)
{
    struct seen s;
    struct http_request r = fetch(&s, "/status/404", 0);
    (void)state;
    run(&s, &r);
    assert_int_equal(s.a.status, 404);
    assert_int_equal(s.begun, 0);
    assert_string_equal(s.body, "status 404");
    r = fetch(&s, "/bytes/1000", 1000);
    run(&s, &r);
    assert_int_equal(s.a.status, 416);
    assert_int_equal(s.begun, 0);
}

static void another_range_is_refused(void **state)
{
    struct seen s;
    struct http_request r = fetch(&s, "/wrong-range", 5);
    (void)state;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_FORMAT);
    assert_int_equal(s.begun, 0);
    r = fetch(&s, "/wrong-range", 0); /* 206 without a range in the request */
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_FORMAT);
    assert_int_equal(s.begun, 0);
}

static void a_file_is_bounded(void **state)
{
    static const struct {
        const char *path;
        uint64_t from, max, bytes;
        enum err e;
    } cases[] = {
        {"/bytes/1000", 0, 1000, 1000, ERR_OK},
        {"/bytes/1000", 0, 999, 0, ERR_NOSPC}, /* by its announced length */
        {"/bytes/1000", 400, 1000, 600, ERR_OK},
        {"/bytes/1000", 400, 999, 0, ERR_NOSPC},
        {"/bytes/1000", 400, 300, 0, ERR_NOSPC},
    };
    struct seen s;
    struct http_request r;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        r = fetch(&s, cases[i].path, cases[i].from);
        r.max_bytes = cases[i].max;
        run(&s, &r);
        assert_int_equal(s.a.e, cases[i].e);
        assert_int_equal(s.bytes, cases[i].bytes);
        assert_int_equal(s.begun, cases[i].e == ERR_OK);
    }
}

static enum err take_anything(void *ctx, const void *data, size_t len)
{
    struct seen *s = ctx;
    (void)data;
    s->bytes += len;
    return ERR_OK;
}

static void an_endless_file_is_cut(void **state)
{
    struct seen s;
    struct http_request r = fetch(&s, "/endless", 0);
    (void)state;
    r.take = take_anything;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_NOSPC);
    assert_string_equal(s.why, "the file is longer than announced");
    assert_true(s.bytes <= ONE_MIB);
}

static void a_sink_may_refuse(void **state)
{
    struct seen s;
    struct http_request r = fetch(&s, "/bytes/1000", 0);
    (void)state;
    s.begin_e = ERR_STATE;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_STATE);
    assert_int_equal(s.bytes, 0);
    r = fetch(&s, "/bytes/1000", 0);
    s.take_e = ERR_NOSPC;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_NOSPC);
    assert_string_equal(s.why, "the file could not be stored");
    r = fetch(&s, "/bytes/0", 0);
    s.begin_e = ERR_STATE;
    run(&s, &r);
    assert_int_equal(s.a.e, ERR_STATE);
}

/* ---- many ---- */

static void many_at_once_are_bounded(void **state)
{
    static struct seen all[200];
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        struct http_request r = get(&all[i], "/echo");
        assert_int_equal(http_start(h, &r, NULL), ERR_OK);
    }
    assert_int_equal(http_pending(h), ARRAY_LEN(all));
    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        poll_until(&all[i].done, 1);
        assert_int_equal(all[i].a.status, 200);
    }
    assert_int_equal(http_pending(h), 0);
    assert_int_equal(http_server_seen(server, "/echo"), ARRAY_LEN(all));
    assert_in_range(http_server_most(server), 1, usual.connections);
}

static void a_cancelled_request_is_not_done(void **state)
{
    struct seen s[6];
    struct http_transfer *t[6];
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct http_request r = get(&s[i], "/hang");
        assert_int_equal(http_start(h, &r, &t[i]), ERR_OK);
    }
    while (http_server_most(server) < usual.connections)
        assert_int_equal(http_poll(h, 10), ERR_OK);
    http_cancel(t[5]); /* waits */
    http_cancel(t[0]); /* is under way */
    assert_int_equal(http_pending(h), 4);
    struct seen other;
    struct http_request r = get(&other, "/status/200");
    http_cancel(t[4]);
    assert_int_equal(http_start(h, &r, NULL), ERR_OK);
    poll_until(&other.done, 1);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(s[i].done, 0);
    assert_int_equal(http_server_seen(server, "/hang"), usual.connections);
}

/* Of itself, of one that waits, of one that is under way. */
static void a_sink_may_cancel(void **state)
{
    struct seen s, other;
    struct http_transfer *t, *u;
    struct http_request r = fetch(&s, "/bytes/300000", 0);
    (void)state;
    assert_int_equal(http_start(h, &r, &t), ERR_OK);
    s.cancel = t;
    while (http_pending(h) > 0)
        assert_int_equal(http_poll(h, 1000), ERR_OK);
    assert_int_equal(s.done, 0);
    assert_int_equal(s.begun, 1);
    r = get(&other, "/hang");
    assert_int_equal(http_start(h, &r, &u), ERR_OK);
    while (http_server_seen(server, "/hang") == 0)
        assert_int_equal(http_poll(h, 10), ERR_OK);
    r = fetch(&s, "/bytes/300000", 0);
    s.cancel = u;
    assert_int_equal(http_start(h, &r, NULL), ERR_OK);
    poll_until(&s.done, 1);
    assert_int_equal(http_poll(h, 0), ERR_OK);
    assert_int_equal(http_pending(h), 0);
    assert_int_equal(other.done, 0);
    assert_int_equal(s.bytes, 300000);
}

static struct seen second;

static void start_second(void *ctx, const struct http_answer *a)
{
    struct http_request r = get(&second, "/status/201");
    done(ctx, a);
    assert_int_equal(http_start(h, &r, NULL), ERR_OK);
}

static void a_done_may_start(void **state)
{
    struct seen s;
    struct http_request r = get(&s, "/status/200");
    (void)state;
    r.done = start_second;
    second = (struct seen){.done = 0};
    assert_int_equal(http_start(h, &r, NULL), ERR_OK);
    poll_until(&second.done, 1);
    assert_int_equal(second.a.status, 201);
}

static void *wake(void *ctx)
{
    http_wake(ctx);
    return NULL;
}

/* If it waited, the test's own limit would end it. */
static void another_thread_wakes_it(void **state)
{
    pthread_t thread;
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(pthread_create(&thread, NULL, wake, h), 0);
        assert_int_equal(http_poll(h, UINT32_MAX), ERR_OK);
        pthread_join(thread, NULL);
    }
}

/* ---- what is refused ---- */

static void other_requests_are_refused(void **state)
{
    static const struct {
        const char *url, *authorization;
    } cases[] = {
        {"file:///etc/passwd", NULL},
        {"ftp://127.0.0.1/", NULL},
        {"gopher://127.0.0.1/", NULL},
        {"nothing at all", NULL},
        {"", NULL},
        {"http://127.0.0.1/\r\nX-Injected: 1", NULL},
        {"http://127.0.0.1/a b", NULL},
        {"http://me:secret@127.0.0.1/", NULL},
        {"http://@127.0.0.1/", NULL},
        {"http://127.0.0.1/", "TargetToken a\r\nX-Injected: 1"},
        {"http://127.0.0.1/", "TargetToken \x7f"},
    };
    struct seen s;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_request r = get(&s, "");
        r.url = cases[i].url;
        r.authorization = cases[i].authorization;
        assert_int_equal(http_start(h, &r, NULL), ERR_INVAL);
    }
    assert_int_equal(http_pending(h), 0);
}

static void the_environment_names_no_proxy(void **state)
{
    struct seen s;
    struct http_config c = usual;
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("no_proxy", "", 1);
    run_get(&s, "/status/200");
    unsetenv("http_proxy");
    assert_int_equal(s.a.status, 200);
    c.proxy = "http://127.0.0.1:1";
    http_close(h);
    assert_int_equal(http_open(&h, &c), ERR_OK);
    run_get(&s, "/status/200");
    assert_int_equal(s.a.e, ERR_CLOSED);
}

static void other_configurations_are_refused(void **state)
{
    struct http *x;
    struct http_config c = usual;
    (void)state;
    c.connections = 0;
    assert_int_equal(http_open(&x, &c), ERR_INVAL);
    c = usual;
    c.ca_file = rig_path("absent.pem");
    assert_int_equal(http_open(&x, &c), ERR_NOENT);
    assert_null(x);
    http_close(NULL);
}

/* ---- TLS ---- */

static void save(const char *name, const char *text)
{
    rig_save(rig_path(name), (const uint8_t *)text, strlen(text));
}

static enum err status_with_ca(const char *ca_file)
{
    struct seen s;
    struct http_config c = usual;
    http_close(h);
    c.ca_file = ca_file;
    assert_int_equal(http_open(&h, &c), ERR_OK);
    run_get(&s, "/status/200");
    assert_int_equal(s.a.status, s.a.e == ERR_OK ? 200 : 0);
    return s.a.e;
}

static void a_certificate_must_be_trusted(void **state)
{
    struct http_ca good, other, elsewhere;
    (void)state;
    http_ca_make(&good, "127.0.0.1");
    http_ca_make(&other, "127.0.0.1");
    http_ca_make(&elsewhere, "127.0.0.2");
    save("good.pem", good.certificate);
    save("other.pem", other.certificate);
    save("elsewhere.pem", elsewhere.certificate);
    save("broken.pem", "nothing");
    http_server_stop(server);
    server = http_server_start(good.key, good.certificate);
    assert_int_equal(status_with_ca(rig_path("good.pem")), ERR_OK);
    assert_int_equal(status_with_ca(rig_path("other.pem")), ERR_ACCESS);
    assert_int_equal(status_with_ca(rig_path("broken.pem")), ERR_ACCESS);
    assert_int_equal(status_with_ca(NULL), ERR_ACCESS);
    http_server_stop(server);
    server = http_server_start(elsewhere.key, elsewhere.certificate);
    assert_int_equal(status_with_ca(rig_path("elsewhere.pem")), ERR_ACCESS);
    http_ca_free(&good);
    http_ca_free(&other);
    http_ca_free(&elsewhere);
}

/* ---- */

static int set_up(void **state)
{
    (void)state;
    server = http_server_start(NULL, NULL);
    return http_open(&h, &usual) == ERR_OK ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    http_close(h);
    http_server_stop(server);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_status_is_an_answer),
        TEST(requests_say_what_they_are),
        TEST(texts_are_copied),
        TEST(a_redirect_is_not_followed),
        TEST(a_server_may_ask_for_time),
        TEST(an_endless_answer_is_cut),
        TEST(an_answer_of_just_the_bound_fits),
        TEST(endless_headers_are_cut),
        TEST(a_connection_may_end),
        TEST(a_silent_server_is_left),
        TEST(a_file_goes_to_its_sink),
        TEST(an_error_does_not_go_to_the_sink),
        TEST(another_range_is_refused),
        TEST(a_file_is_bounded),
        TEST(an_endless_file_is_cut),
        TEST(a_sink_may_refuse),
        TEST(many_at_once_are_bounded),
        TEST(a_cancelled_request_is_not_done),
        TEST(a_sink_may_cancel),
        TEST(a_done_may_start),
        TEST(another_thread_wakes_it),
        TEST(other_requests_are_refused),
        TEST(the_environment_names_no_proxy),
        TEST(other_configurations_are_refused),
        TEST(a_certificate_must_be_trusted),
    };
    return cmocka_run_group_tests(tests, rig_folder_begin, rig_folder_end);
}
