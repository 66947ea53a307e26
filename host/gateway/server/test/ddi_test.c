/* Tests of a DDI server's answers, of the links in them, and of what is sent: as hawkBit and goosebit write, and as nobody
 * should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "host/gateway/server/ddi.h"

#define SHA256 "971d8db88fef8e7a3e6d5bbf501d69b07d0c300d9be948aff8b52960ef039358"
#define SHA1   "3dceccec02e7626184bdbba12b247b67ff04c363"
#define LINK   "\"_links\":{\"download\":{\"href\":\"/x\"}}"
#define SERVER "https://fleet.example.com"

static char why[300];

static void expect_why(const char *text)
{
    if (strstr(why, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, why);
}

/* ---- the poll ---- */

static bool read_base(struct ddi_base *b, const char *text)
{
    why[0] = '\0';
    return ddi_read_base(b, text, strlen(text), 300, why, sizeof why);
}

static void a_poll_of_hawkbit(void **state)
{
    struct ddi_base b;
    (void)state;
    assert_true(read_base(
        &b, "{\"config\":{\"polling\":{\"sleep\":\"00:05:30\"}},\"_links\":{"
            "\"deploymentBase\":{\"href\":\"" SERVER
            "/T/controller/v1/pump-1/deploymentBase/3?c=-2127183556\"},"
            "\"installedBase\":{\"href\":\"" SERVER "/T/controller/v1/pump-1/installedBase/2\"},"
            "\"configData\":{\"href\":\"" SERVER "/T/controller/v1/pump-1/configData\"}}}"));
    assert_int_equal(b.sleep_s, 330);
    assert_string_equal(b.deployment,
                        SERVER "/T/controller/v1/pump-1/deploymentBase/3?c=-2127183556");
    assert_string_equal(b.config_data, SERVER "/T/controller/v1/pump-1/configData");
    assert_null(b.cancel);
    assert_null(b.confirmation);
    ddi_base_free(&b);
    assert_null(b.deployment);
    assert_true(read_base(&b, "{\"_links\":{\"cancelAction\":{\"href\":\"c\"},"
                              "\"confirmationBase\":{\"href\":\"d\"},\"deploymentBase\":null}}"));
    assert_string_equal(b.cancel, "c");
    assert_string_equal(b.confirmation, "d");
    assert_null(b.deployment);
    ddi_base_free(&b);
}

static void an_interval_is_bounded_and_has_a_default(void **state)
{
    static const struct {
        const char *sleep;
        unsigned s;
    } cases[] = {
        {"\"00:00:10\"", 10},
        {"\"00:00:00\"", 1},
        {"\"23:59:59\"", 86399},
        {"\"99:00:00\"", 86400},
        {"\"00:60:00\"", 300},
        {"\"00:00:60\"", 300},
        {"\"1:00:00\"", 300},
        {"\"00:00:1x\"", 300},
        {"\"00-00-10\"", 300},
        {"\"\"", 300},
        {"10", 300},
        {"null", 300},
        {"{}", 300},
        {"\"000:00:100\"", 300},
    };
    struct ddi_base b;
    char text[100];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(text, sizeof text, "{\"config\":{\"polling\":{\"sleep\":%s}}}", cases[i].sleep);
        assert_true(read_base(&b, text));
        assert_int_equal(b.sleep_s, cases[i].s);
    }
    assert_true(read_base(&b, "{}"));
    assert_int_equal(b.sleep_s, 300);
    assert_true(read_base(&b, "{\"config\":[]}"));
    assert_int_equal(b.sleep_s, 300);
    assert_true(ddi_read_base(&b, "{}", 2, 0, why, sizeof why));
    assert_int_equal(b.sleep_s, 1);
}

static void other_polls_are_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "the answer is not JSON, line 1"},
        {"<html>\n500</html>", "the answer is not JSON, line 1"},
        {"{\n\"_links\":\n}", "line 3"},
        {"null", "not JSON"},
        {"[]", "a list, not an object"},
        {"{\"_links\":[]}", "_links is not an object"},
        {"{\"_links\":{\"configData\":7}}", "_links.configData.href is not a text"},
        {"{\"_links\":{\"configData\":{}}}", "_links.configData.href is not a text"},
        {"{\"_links\":{\"cancelAction\":{\"href\":[1]}}}", "_links.cancelAction.href"},
        {"{\"_links\":{},\"_links\":{}}", "duplicate"},
        {"{\"_links\":{\"configData\":{\"href\":\"a\\u0000b\"}}}", "not JSON"},
        {"{} {}", "not JSON"},
    };
    struct ddi_base b;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_false(read_base(&b, cases[i].text));
        expect_why(cases[i].why);
        assert_int_equal(b.sleep_s, 300);
        ddi_base_free(&b);
    }
}

/* Between two given texts, n times a character. */
static char *fill(const char *before, char c, size_t n, const char *after)
{
    size_t a = strlen(before), z = strlen(after);
    char *text = malloc(a + n + z + 1);
    assert_non_null(text);
    memcpy(text, before, a);
    memset(text + a, c, n);
    memcpy(text + a + n, after, z + 1);
    return text;
}

static void an_answer_is_bounded(void **state)
{
    struct ddi_base b;
    (void)state;
    char *text = fill("{\"x\":\"", 'a', 10u << 20, "\"}");
    assert_false(read_base(&b, text));
    expect_why("longer than 200000 bytes");
    free(text);
    text = fill("{\"x\":", '[', DDI_ANSWER_MAX - 10, "");
    assert_false(read_base(&b, text));
    expect_why("not JSON");
    free(text);
    text = fill("{\"_links\":{\"configData\":{\"href\":\"", 'a', DDI_URL_MAX, "\"}}}");
    assert_true(read_base(&b, text));
    ddi_base_free(&b);
    free(text);
    text = fill("{\"_links\":{\"configData\":{\"href\":\"", 'a', DDI_URL_MAX + 1, "\"}}}");
    assert_false(read_base(&b, text));
    expect_why("_links.configData.href is not a text of at most 2048 bytes");
    free(text);
    assert_false(ddi_read_base(&b, "{}\0{}", 5, 300, why, sizeof why));
    assert_false(ddi_read_base(&b, "{\"\0\":1}", 7, 300, why, sizeof why));
}

/* ---- deployments ---- */

static struct ddi_deployment d;

static bool read_deployment(const char *text)
{
    why[0] = '\0';
    ddi_deployment_free(&d);
    return ddi_read_deployment(&d, text, strlen(text), why, sizeof why);
}

static void a_deployment_of_hawkbit(void **state)
{
    (void)state;
    assert_true(read_deployment(
        "{\"id\":\"8\",\"deployment\":{\"download\":\"forced\",\"update\":\"attempt\","
        "\"maintenanceWindow\":\"unavailable\",\"chunks\":["
        "{\"part\":\"jvm\",\"version\":\"1.0.62\",\"name\":\"oneapp runtime\",\"artifacts\":[]},"
        "{\"part\":\"os\",\"version\":\"1.0.44\",\"name\":\"one Firmware\",\"artifacts\":["
        "{\"filename\":\"app.signed.bin\",\"hashes\":{\"sha1\":\"" SHA1 "\","
        "\"md5\":\"a9a7df0aa4c72b3b03b654c42d29744b\",\"sha256\":\"" SHA256
        "\"},\"size\":4294967296,"
        "\"_links\":{\"download\":{\"href\":\"https://a/b\"},\"download-http\":{\"href\":\"http://"
        "a/b\"},"
        "\"md5sum\":{\"href\":\"https://a/b.MD5SUM\"}}}],"
        "\"metadata\":[{\"key\":\"k\",\"value\":\"v\"}]}]},"
        "\"actionHistory\":{\"status\":\"RUNNING\",\"messages\":[\"Assignment initiated\"]}}"));
    assert_string_equal(d.id, "8");
    assert_int_equal(d.download, DDI_FORCED);
    assert_int_equal(d.update, DDI_ATTEMPT);
    assert_false(d.window_open);
    assert_int_equal(d.count, 1);
    const struct ddi_artifact *a = d.artifact;
    assert_string_equal(a->part, "os");
    assert_string_equal(a->name, "one Firmware");
    assert_string_equal(a->version, "1.0.44");
    assert_string_equal(a->file, "app.signed.bin");
    assert_int_equal(a->size, 4294967296);
    assert_true(a->has_sha256 && a->has_sha1);
    assert_int_equal(a->sha256[0], 0x97);
    assert_int_equal(a->sha256[31], 0x58);
    assert_int_equal(a->sha1[19], 0x63);
    assert_string_equal(a->url[0], "https://a/b");
    assert_string_equal(a->url[1], "http://a/b");
}

/* As goosebit 0.2.12 writes it: no SHA-256, no window, no history. */
static void a_deployment_of_goosebit(void **state)
{
    (void)state;
    assert_true(read_deployment(
        "{\"id\":\"1\",\"deployment\":{\"download\":\"forced\",\"update\":\"forced\",\"chunks\":["
        "{\"part\":\"os\",\"version\":\"2.0.0\",\"name\":\"fw.swu\",\"artifacts\":[{\"filename\":"
        "\"fw.swu\","
        "\"hashes\":{\"sha1\":\"" SHA1 "\"},\"size\":70000,"
        "\"_links\":{\"download\":{\"href\":\"http://127.0.0.1:60053/ddi/controller/v1/pump-1/"
        "download\"}}}]}]}}"));
    assert_string_equal(d.id, "1");
    assert_true(d.window_open);
    assert_int_equal(d.count, 1);
    assert_true(d.artifact->has_sha1 && !d.artifact->has_sha256);
    assert_null(d.artifact->url[1]);
}

static void ids_are_texts_or_numbers(void **state)
{
    static const struct {
        const char *json, *id; /* NULL: refused */
    } cases[] = {
        {"\"8\"", "8"},
        {"8", "8"},
        {"-1", "-1"},
        {"9223372036854775807", "9223372036854775807"},
        {"\"a-B_9\"", "a-B_9"},
        {"\"\"", NULL},
        {"\"a b\"", NULL},
        {"\"a\\nb\"", NULL},
        {"\"\\u00e4\"", NULL},
        {"1.5", NULL},
        {"null", NULL},
        {"true", NULL},
        {"[8]", NULL},
        {"\"0123456789012345678901234567890123456789012345678901234567890123\"", NULL},
    };
    char text[200];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(
            text, sizeof text,
            "{\"id\":%s,\"deployment\":{\"download\":\"skip\",\"update\":\"skip\",\"chunks\":[]}}",
            cases[i].json);
        assert_int_equal(read_deployment(text), cases[i].id != NULL);
        assert_string_equal(d.id, cases[i].id != NULL ? cases[i].id : "");
        if (cases[i].id == NULL)
            expect_why("id ");
    }
}

/* The reason is reported under the id. */
static void other_deployments_are_refused_with_their_id(void **state)
{
    static const struct {
        const char *body, *why;
    } cases[] = {
        {"\"deployment\":null", "deployment is missing"},
        {"\"deployment\":\"x\"", "deployment is not an object"},
        {"\"deployment\":{}", "deployment.download is neither"},
        {"\"deployment\":{\"download\":\"forced\",\"update\":\"now\"}",
         "deployment.update is neither"},
        {"\"deployment\":{\"download\":\"forced\",\"update\":[]}", "deployment.update is neither"},
        {"\"deployment\":{\"download\":\"skip\",\"update\":\"skip\",\"maintenanceWindow\":\"x\"}",
         "deployment.maintenanceWindow is neither"},
        {"\"deployment\":{\"download\":\"skip\",\"update\":\"skip\",\"maintenanceWindow\":1}",
         "deployment.maintenanceWindow is neither"},
        {"\"deployment\":{\"download\":\"skip\",\"update\":\"skip\"}",
         "deployment.chunks is missing"},
        {"\"deployment\":{\"download\":\"skip\",\"update\":\"skip\",\"chunks\":{}}",
         "deployment.chunks is not a list"},
        {"\"deployment\":{\"download\":\"skip\",\"update\":\"skip\",\"chunks\":[{\"artifacts\":3}]"
         "}",
         "deployment.chunks[0].artifacts is not a list"},
    };
    char text[300];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(text, sizeof text, "{\"id\":\"5\",%s}", cases[i].body);
        assert_false(read_deployment(text));
        expect_why(cases[i].why);
        assert_string_equal(d.id, "5");
    }
}

static bool read_artifact(const char *artifact)
{
    char text[2000];
    snprintf(text, sizeof text,
             "{\"id\":5,\"deployment\":{\"download\":\"forced\",\"update\":\"forced\",\"chunks\":["
             "{\"artifacts\":[{\"size\":1,\"hashes\":{\"sha256\":\"" SHA256 "\"}," LINK "},%s]}]}}",
             artifact);
    return read_deployment(text);
}

static void artifacts_need_a_size_a_hash_and_a_link(void **state)
{
    static const struct {
        const char *artifact, *why;
    } cases[] = {
        {"7", "deployment.chunks[0].artifacts[1] is not an object"},
        {"null", "deployment.chunks[0].artifacts[1] is not an object"},
        {"{}", "artifacts[1].size is not a number of bytes"},
        {"{\"size\":-1}", "artifacts[1].size is not a number of bytes"},
        {"{\"size\":\"7\"}", "artifacts[1].size is not a number of bytes"},
        {"{\"size\":1e3}", "artifacts[1].size is not a number of bytes"},
        {"{\"size\":99999999999999999999}", "not JSON"},
        {"{\"size\":1}", "deployment.chunks[0].artifacts[1] has no sha256 and no sha1"},
        {"{\"size\":1,\"hashes\":[]}", "has no sha256 and no sha1"},
        {"{\"size\":1,\"hashes\":{\"md5\":\"x\"}}", "has no sha256 and no sha1"},
        {"{\"size\":1,\"hashes\":{\"sha256\":\"" SHA1 "\"}}", "artifacts[1].sha256 is not a hash"},
        {"{\"size\":1,\"hashes\":{\"sha1\":\"" SHA256 "\"}}", "artifacts[1].sha1 is not a hash"},
        {"{\"size\":1,\"hashes\":{\"sha1\":\"" SHA1 "\",\"sha256\":7}}", "sha256 is not a hash"},
        {"{\"size\":1,\"hashes\":{\"sha1\":\"zdceccec02e7626184bdbba12b247b67ff04c363\"}}",
         "sha1 is not a hash"},
        {"{\"size\":1,\"hashes\":{\"sha1\":\"" SHA1 "\"}}",
         "artifacts[1]._links.download is missing"},
        {"{\"size\":1,\"hashes\":{\"sha1\":\"" SHA1 "\"},\"_links\":{\"download\":\"/x\"}}",
         "_links.download.href is not a text"},
        {"{\"size\":1,\"hashes\":{\"sha1\":\"" SHA1 "\"},\"filename\":7," LINK "}",
         "artifacts[1].filename is not a text"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_false(read_artifact(cases[i].artifact));
        expect_why(cases[i].why);
    }
    assert_true(read_artifact("{\"size\":0,\"hashes\":{\"sha1\":\"" SHA1 "\"}," LINK "}"));
    assert_int_equal(d.count, 2);
    assert_string_equal(d.artifact[1].file, "");
}

static void artifacts_are_bounded(void **state)
{
    char text[8000], *end = text;
    (void)state;
    for (unsigned count = DDI_ARTIFACTS_MAX; count <= DDI_ARTIFACTS_MAX + 1; count++) {
        end =
            text +
            sprintf(
                text,
                "{\"id\":5,\"deployment\":{\"download\":\"skip\",\"update\":\"skip\",\"chunks\":[");
        for (unsigned i = 0; i < count; i++)
            end += sprintf(
                end, "%s{\"artifacts\":[{\"size\":1,\"hashes\":{\"sha1\":\"" SHA1 "\"}," LINK "}]}",
                i == 0 ? "" : ",");
        strcpy(end, "]}}");
        assert_int_equal(read_deployment(text), count == DDI_ARTIFACTS_MAX);
    }
    expect_why("deployment has more than 16 artifacts");
}

static void an_action_that_waits_for_a_confirmation(void **state)
{
    static const char text[] = "{\"id\":\"6\",\"confirmation\":{\"download\":\"forced\","
                               "\"update\":\"forced\",\"chunks\":[]}}";
    (void)state;
    ddi_deployment_free(&d);
    assert_true(ddi_read_confirmation(&d, text, strlen(text), why, sizeof why));
    assert_string_equal(d.id, "6");
    assert_false(read_deployment(text));
    expect_why("deployment is missing");
}

static void a_cancel(void **state)
{
    static const struct {
        const char *text, *why; /* NULL: it is one */
    } cases[] = {
        {"{\"id\":\"11\",\"cancelAction\":{\"stopId\":\"10\"}}", NULL},
        {"{\"id\":11,\"cancelAction\":{\"stopId\":10}}", NULL},
        {"{\"cancelAction\":{\"stopId\":10}}", "id is missing"},
        {"{\"id\":11}", "cancelAction is missing"},
        {"{\"id\":11,\"cancelAction\":[]}", "cancelAction is not an object"},
        {"{\"id\":11,\"cancelAction\":{}}", "cancelAction.stopId is missing"},
        {"{\"id\":11,\"cancelAction\":{\"stopId\":{}}}", "cancelAction.stopId is neither"},
        {"", "not JSON"},
    };
    struct ddi_cancel c;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *text = cases[i].text;
        bool ok = ddi_read_cancel(&c, text, strlen(text), why, sizeof why);
        assert_int_equal(ok, cases[i].why == NULL);
        if (!ok) {
            expect_why(cases[i].why);
            continue;
        }
        assert_string_equal(c.id, "11");
        assert_string_equal(c.stop_id, "10");
    }
}

/* ---- links ---- */

static void only_the_server_is_asked(void **state)
{
    static const struct {
        const char *link, *server;
        enum ddi_link verdict;
        const char *text; /* the URL, or a part of the reason */
    } cases[] = {
        {SERVER "/a?c=-2", SERVER, DDI_LINK_OK, SERVER "/a?c=-2"},
        {SERVER ":443/a", SERVER, DDI_LINK_OK, SERVER ":443/a"},
        {"https://FLEET.example.COM/a", SERVER, DDI_LINK_OK, "https://FLEET.example.COM/a"},
        {"/T/a", SERVER "/x/y", DDI_LINK_OK, SERVER "/T/a"},
        {"b?q=1", SERVER "/x/y", DDI_LINK_OK, SERVER "/x/b?q=1"},
        {"http://127.0.0.1:8080/a", "http://127.0.0.1:8080", DDI_LINK_OK,
         "http://127.0.0.1:8080/a"},
        {"http://[::1]:8080/a", "http://[::1]:8080", DDI_LINK_OK, "http://[::1]:8080/a"},
        {"http://fleet.example.com/a", SERVER, DDI_LINK_ELSEWHERE,
         "to http://fleet.example.com:80, away from the server https://fleet.example.com:443"},
        {"https://evil.example.com/a", SERVER, DDI_LINK_ELSEWHERE, "https://evil.example.com:443"},
        {"//evil.example.com/a", SERVER, DDI_LINK_ELSEWHERE, "https://evil.example.com:443"},
        {SERVER ":8443/a", SERVER, DDI_LINK_ELSEWHERE, "fleet.example.com:8443"},
        {SERVER ".evil.com/a", SERVER, DDI_LINK_ELSEWHERE, "fleet.example.com.evil.com"},
        {SERVER "@evil.com/a", SERVER, DDI_LINK_ELSEWHERE, "https://evil.com:443"},
        {"https://me:secret@fleet.example.com/a", SERVER, DDI_LINK_ELSEWHERE, "a user name in it"},
        {"https://@fleet.example.com/a", SERVER, DDI_LINK_ELSEWHERE, "a user name in it"},
        {"https://:secret@fleet.example.com/a", SERVER, DDI_LINK_ELSEWHERE, "a user name in it"},
        {SERVER "\\@evil.com/a", SERVER, DDI_LINK_ELSEWHERE, "https://evil.com:443"},
        {"http://fleet.example.com:443/a", SERVER, DDI_LINK_ELSEWHERE,
         "http://fleet.example.com:443"},
        {"http://127.0.0.1:8081/a", "http://127.0.0.1:8080", DDI_LINK_ELSEWHERE, ":8081"},
        {"http://[::2]:8080/a", "http://[::1]:8080", DDI_LINK_ELSEWHERE, "[::2]"},
        {"file:///etc/passwd", SERVER, DDI_LINK_ELSEWHERE, "file://"},
        {"ftp://fleet.example.com/a", SERVER, DDI_LINK_ELSEWHERE, "ftp://"},
        {SERVER "/a\r\nX: y", SERVER, DDI_LINK_INVALID, "not a URL"},
        {SERVER ":99999/a", SERVER, DDI_LINK_INVALID, "not a URL"},
        {"/a", "fleet", DDI_LINK_INVALID, "the server's own address"},
        {"/a", "", DDI_LINK_INVALID, "the server's own address"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *url;
        why[0] = '\0';
        enum ddi_link verdict =
            ddi_check_link(cases[i].link, cases[i].server, &url, why, sizeof why);
        if (verdict != cases[i].verdict)
            fail_msg("%s: %d, %s", cases[i].link, (int)verdict, why);
        assert_int_equal(url != NULL, verdict == DDI_LINK_OK);
        if (verdict != DDI_LINK_OK)
            expect_why(cases[i].text);
        else
            assert_string_equal(url, cases[i].text);
        assert_null(strstr(why, "secret"));
        free(url);
    }
}

static void a_link_is_bounded(void **state)
{
    char *url, *text = fill(SERVER "/", 'a', DDI_URL_MAX, "");
    (void)state;
    assert_int_equal(ddi_check_link(text, SERVER, &url, why, sizeof why), DDI_LINK_INVALID);
    expect_why("not a URL");
    free(text);
}

static void an_artifact_has_two_links(void **state)
{
    static char https[] = SERVER "/a", http[] = "http://fleet.example.com/a",
                evil[] = "http://evil/";
    struct ddi_artifact a = {.url = {https, http}};
    char *url;
    (void)state;
    assert_int_equal(ddi_check_artifact(&a, SERVER, &url, why, sizeof why), DDI_LINK_OK);
    assert_string_equal(url, https);
    free(url);
    assert_int_equal(ddi_check_artifact(&a, "http://fleet.example.com", &url, why, sizeof why),
                     DDI_LINK_OK);
    assert_string_equal(url, http);
    free(url);
    a = (struct ddi_artifact){.url = {NULL, evil}};
    assert_int_equal(ddi_check_artifact(&a, SERVER, &url, why, sizeof why), DDI_LINK_ELSEWHERE);
    assert_null(url);
    a.url[1] = NULL;
    assert_int_equal(ddi_check_artifact(&a, SERVER, &url, why, sizeof why), DDI_LINK_INVALID);
}

static void feedback_goes_below_the_action(void **state)
{
    static const char *const cases[][2] = {
        {SERVER "/T/deploymentBase/3?c=-21#x", SERVER "/T/deploymentBase/3/feedback"},
        {SERVER "/T/cancelAction/3/", SERVER "/T/cancelAction/3/feedback"},
        {"http://127.0.0.1:8080/a%20b", "http://127.0.0.1:8080/a%20b/feedback"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *url = ddi_feedback_url(cases[i][0]);
        assert_non_null(url);
        assert_string_equal(url, cases[i][1]);
        free(url);
    }
    assert_null(ddi_feedback_url("nothing"));
}

/* ---- what is sent ---- */

static void expect_text(char *text, const char *want)
{
    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
}

static void feedback_as_hawkbit_reads_it(void **state)
{
    static const char *const details[] = {"slot 1: 40 % written", "device: I: \"ok\""};
    struct ddi_feedback f = {.id = "8",
                             .time = 1796025600,
                             .execution = DDI_PROCEEDING,
                             .cnt = 2,
                             .of = 5,
                             .details = details,
                             .detail_count = 2};
    (void)state;
    expect_text(
        ddi_write_feedback(&f),
        "{\"id\":\"8\",\"time\":\"20261130T080000\",\"status\":{\"execution\":\"proceeding\","
        "\"result\":{\"finished\":\"none\",\"progress\":{\"cnt\":2,\"of\":5}},"
        "\"details\":[\"slot 1: 40 % written\",\"device: I: \\\"ok\\\"\"]}}");
    f = (struct ddi_feedback){
        .id = "-1", .execution = DDI_CLOSED, .finished = DDI_FINISHED_FAILURE};
    expect_text(ddi_write_feedback(&f),
                "{\"id\":\"-1\",\"time\":\"19700101T000000\",\"status\":{\"execution\":\"closed\","
                "\"result\":{\"finished\":\"failure\"},\"details\":[]}}");
    static const int64_t times[] = {INT64_MAX, INT64_MIN, 253402300800}; /* the last: year 10000 */
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        f.time = times[i];
        f.of = 5;
        char *text = ddi_write_feedback(&f);
        assert_non_null(strstr(text, "\"time\":\"\""));
        assert_non_null(strstr(text, "{\"cnt\":0,\"of\":5}"));
        free(text);
    }
}

static void every_word_of_feedback(void **state)
{
    static const char *const executions[] = {"proceeding", "download", "downloaded", "scheduled",
                                             "resumed",    "rejected", "closed"};
    char want[60];
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(executions); i++) {
        struct ddi_feedback f = {
            .id = "1", .execution = (enum ddi_execution)i, .finished = DDI_FINISHED_SUCCESS};
        char *text = ddi_write_feedback(&f);
        snprintf(want, sizeof want, "\"execution\":\"%s\",\"result\":{\"finished\":\"success\"",
                 executions[i]);
        assert_non_null(strstr(text, want));
        free(text);
    }
}

/* The n-th of the details in feedback with one text. */
static char *told(const char *text)
{
    static char kept[4000];
    struct ddi_feedback f = {.id = "1", .details = &text, .detail_count = 1};
    char *json = ddi_write_feedback(&f);
    assert_non_null(json);
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    json_t *list = json_object_get(json_object_get(root, "status"), "details");
    assert_int_equal(json_array_size(list), 1);
    snprintf(kept, sizeof kept, "%s", json_string_value(json_array_get(list, 0)));
    json_decref(root);
    free(json);
    return kept;
}

static void words_of_a_device_can_be_read(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"E: \xc3\xa4 \xf0\x9f\x98\x80", "E: \xc3\xa4 \xf0\x9f\x98\x80"},
        {"a\r\nb\tc", "a  b c"},
        {"\x1b[31mred\x1b[0m", "red"},
        {"\x1b]0;t\xc3\xa4tle\x07plain", "plain"},
        {"a\x01\x7f\xc2\x85z", "a???z"},
        {"\xff\xfe\xc3", "???"},
        {"\xed\xa0\x80", "???"},
        {"\xc0\xaf", "??"},
        {"\"}\\", "\"}\\"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(told(cases[i][0]), cases[i][1]);
}

static void words_of_a_device_are_bounded(void **state)
{
    char *text = fill("", 'a', 500, "");
    const char *many[1000];
    (void)state;
    assert_string_equal(told(text), text);
    free(text);
    text = fill("", 'a', 501, "");
    const char *kept = told(text);
    assert_int_equal(strlen(kept), 500);
    assert_string_equal(kept + 496, "a...");
    free(text);
    text = fill("", 'a', 496, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80z"); /* two units each */
    assert_string_equal(told(text) + 496, "...");
    free(text);
    for (unsigned i = 0; i < ARRAY_LEN(many); i++)
        many[i] = "x";
    struct ddi_feedback f = {.id = "1", .details = many, .detail_count = 20};
    text = ddi_write_feedback(&f);
    assert_null(strstr(text, "more"));
    free(text);
    f.detail_count = ARRAY_LEN(many);
    text = ddi_write_feedback(&f);
    assert_non_null(strstr(text, "\"x\",\"... and 981 more\"]"));
    free(text);
}

static void attributes_and_confirmations(void **state)
{
    static const char *const details[] = {"yes"};
    char *longer = fill("", 'v', 200, "");
    struct ddi_attribute a[] = {{"board", "nucleo_h753zi"},
                                {"sw_version", "1.0\x1b[0m"},
                                {"long", longer},
                                {"board", "b2"}};
    (void)state;
    expect_text(
        ddi_write_config_data(a, 2),
        "{\"mode\":\"merge\",\"data\":{\"board\":\"nucleo_h753zi\",\"sw_version\":\"1.0\"}}");
    char *text = ddi_write_config_data(a, 4);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL),
           *data = json_object_get(root, "data");
    assert_int_equal(json_string_length(json_object_get(data, "long")), DDI_ATTRIBUTE_MAX);
    assert_string_equal(json_string_value(json_object_get(data, "board")), "b2");
    json_decref(root);
    free(text);
    free(longer);
    expect_text(ddi_write_config_data(NULL, 0), "{\"mode\":\"merge\",\"data\":{}}");
    expect_text(ddi_write_confirmation(true, details, 1),
                "{\"confirmation\":\"confirmed\",\"code\":1,\"details\":[\"yes\"]}");
    expect_text(ddi_write_confirmation(false, NULL, 0),
                "{\"confirmation\":\"denied\",\"code\":0,\"details\":[]}");
}

static int free_deployment(void **state)
{
    (void)state;
    ddi_deployment_free(&d);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poll_of_hawkbit),
        cmocka_unit_test(an_interval_is_bounded_and_has_a_default),
        cmocka_unit_test(other_polls_are_refused),
        cmocka_unit_test(an_answer_is_bounded),
        cmocka_unit_test(a_deployment_of_hawkbit),
        cmocka_unit_test(a_deployment_of_goosebit),
        cmocka_unit_test(ids_are_texts_or_numbers),
        cmocka_unit_test(other_deployments_are_refused_with_their_id),
        cmocka_unit_test(artifacts_need_a_size_a_hash_and_a_link),
        cmocka_unit_test(artifacts_are_bounded),
        cmocka_unit_test(an_action_that_waits_for_a_confirmation),
        cmocka_unit_test(a_cancel),
        cmocka_unit_test(only_the_server_is_asked),
        cmocka_unit_test(a_link_is_bounded),
        cmocka_unit_test(an_artifact_has_two_links),
        cmocka_unit_test(feedback_goes_below_the_action),
        cmocka_unit_test(feedback_as_hawkbit_reads_it),
        cmocka_unit_test(every_word_of_feedback),
        cmocka_unit_test(words_of_a_device_can_be_read),
        cmocka_unit_test(words_of_a_device_are_bounded),
        cmocka_unit_test(attributes_and_confirmations),
    };
    return cmocka_run_group_tests(tests, NULL, free_deployment);
}
