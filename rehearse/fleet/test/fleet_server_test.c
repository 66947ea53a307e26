/* Tests of the stand-in DDI server, as a program, by calls of libcurl: what a device and a judge see, faults, a restart. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "rehearse/fleet/server/ddi_fault.h"
#include "rehearse/fleet/server/ddi_feedback.h"
#include "rehearse/fleet/server/ddi_request.h"
#include "testing/rig_folder.h"

#define ANSWER_MAX    65536u
#define ARTIFACT_SIZE 5000u
#define GATEWAY       "Authorization: GatewayToken secret"

static struct {
    pid_t pid;
    char devices[64], judge[64]; /* the two addresses */
    CURL *curl;
    char answer[ANSWER_MAX];
    size_t len;
    const char *state, *artifact;
    uint8_t bytes[ARTIFACT_SIZE];
} t;

/* ---- the program ---- */

/* options: further words, NULL-terminated. */
static void start(const char *const *options)
{
    const char *argv[16] = {FLEET_SERVER, "--state", t.state, "--token", "secret"};
    char line[200] = "";
    int out[2], n = 5;
    for (; options != NULL && *options != NULL; options++)
        argv[n++] = *options;
    assert_int_equal(pipe(out), 0);
    t.pid = fork();
    assert_true(t.pid >= 0);
    if (t.pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        execv(FLEET_SERVER, (char *const *)(uintptr_t)argv);
        _exit(99);
    }
    close(out[1]);
    FILE *f = fdopen(out[0], "r");
    assert_non_null(fgets(line, sizeof line, f));
    fclose(f);
    assert_int_equal(
        sscanf(line, "fleet_server: devices at %63[^,], the judge at %63s", t.devices, t.judge), 2);
}

/* False: it did not end as it should. */
static bool stop(int with)
{
    int status;
    kill(t.pid, with);
    waitpid(t.pid, &status, 0);
    return with == SIGKILL || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- calls ---- */

static size_t keep(char *data, size_t one, size_t count, void *ctx)
{
    size_t n = one * count;
    (void)ctx;
    if (t.len + n >= sizeof t.answer)
        return 0; /* an endless body: libcurl gives up */
    memcpy(t.answer + t.len, data, n);
    t.len += n;
    t.answer[t.len] = '\0';
    return n;
}

/* HTTP's status, or 0: the answer did not come to its end. */
static long call(const char *method, const char *url, const char *body, const char *header,
                 const char *second)
{
    long status = 0;
    struct curl_slist *headers = curl_slist_append(NULL, header);
    if (second != NULL)
        headers = curl_slist_append(headers, second);
    curl_easy_reset(t.curl);
    curl_easy_setopt(t.curl, CURLOPT_URL, url);
    curl_easy_setopt(t.curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(t.curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(t.curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(t.curl, CURLOPT_TIMEOUT, 10L);
    if (body != NULL)
        curl_easy_setopt(t.curl, CURLOPT_POSTFIELDS, body);
    t.len = 0;
    t.answer[0] = '\0';
    if (curl_easy_perform(t.curl) == CURLE_OK)
        curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    return status;
}

/* path: behind the controller's base, with its slash. */
static long device(const char *method, const char *controller, const char *path, const char *body,
                   const char *header)
{
    char url[400];
    snprintf(url, sizeof url, "%s/DEFAULT/controller/v1/%s%s", t.devices, controller, path);
    return call(method, url, body, GATEWAY, header);
}

static void judge(const char *command)
{
    assert_int_equal(call("POST", t.judge, command, "Content-Type: application/json", NULL), 200);
}

static bool answered(const char *text)
{
    return strstr(t.answer, text) != NULL;
}

static void assign(const char *controller, const char *more)
{
    char command[400];
    snprintf(
        command, sizeof command,
        "{\"cmd\":\"assign\",\"file\":\"%s\",\"version\":\"2.0.0\",\"controllers\":[\"%s\"]%s}",
        t.artifact, controller, more);
    judge(command);
}

/* The path that a link of the last answer has behind the controller's base. */
static void follow(const char *link, char path[200])
{
    char start_of[80];
    snprintf(start_of, sizeof start_of, "\"%s\":{\"href\":\"", link);
    const char *at = strstr(t.answer, start_of);
    assert_non_null(at);
    at = strstr(at, "/v1/");
    assert_non_null(at);
    at = strchr(at + 4, '/');
    assert_non_null(at);
    snprintf(path, 200, "%.*s", (int)strcspn(at, "\""), at);
}

#define FEEDBACK(execution, finished)                      \
    "{\"id\":\"1\",\"status\":{\"execution\":\"" execution \
    "\",\"result\":{\"finished\":\"" finished "\"},\"details\":[\"one\",\"two\"]}}"

static long post(const char *controller, const char *what, const char *body)
{
    char path[240];
    snprintf(path, sizeof path, "%s/feedback", what);
    return device("POST", controller, path, body, NULL);
}

/* ---- set-up ---- */

static int set_up(void **state)
{
    rig_folder_begin(state);
    t.state = rig_path("state.db");
    (void)rig_path("state.db-wal");
    (void)rig_path("state.db-shm");
    t.artifact = rig_path("new.bin");
    for (unsigned i = 0; i < sizeof t.bytes; i++)
        t.bytes[i] = (uint8_t)(i * 7 + i / 256);
    FILE *f = fopen(t.artifact, "wb");
    assert_true(f != NULL && fwrite(t.bytes, 1, sizeof t.bytes, f) == sizeof t.bytes);
    fclose(f);
    t.curl = curl_easy_init();
    assert_non_null(t.curl);
    start(NULL);
    return 0;
}

static int tear_down(void **state)
{
    curl_easy_cleanup(t.curl);
    int rc = stop(SIGTERM) ? 0 : 1;
    return rig_folder_end(state) || rc;
}

/* ---- tests ---- */

static void who_has_no_token_is_refused(void **state)
{
    (void)state;
    char url[200];
    snprintf(url, sizeof url, "%s/DEFAULT/controller/v1/own", t.devices);
    assert_int_equal(call("GET", url, NULL, "X: y", NULL), 401);
    assert_int_equal(call("GET", url, NULL, "Authorization: GatewayToken secre", NULL), 401);
    assert_int_equal(call("GET", url, NULL, "Authorization: GatewayToken secret2", NULL), 401);
    judge("{\"cmd\":\"target\",\"controller\":\"own\",\"token\":\"mine\"}");
    assert_int_equal(call("GET", url, NULL, "Authorization: TargetToken mine", NULL), 200);
    assert_int_equal(call("GET", url, NULL, "Authorization: TargetToken secret", NULL), 401);
    assert_int_equal(call("GET", url, NULL, GATEWAY, NULL), 200);
    judge("{\"cmd\":\"counts\"}");
    assert_true(answered("\"unauthorized\":4"));
}

static void attributes_are_asked_for_once(void **state)
{
    (void)state;
    assert_int_equal(device("GET", "data", "", NULL, NULL), 200);
    assert_true(answered("\"sleep\":\"00:00:01\"") && answered("/controller/v1/data/configData\""));
    assert_int_equal(device("PUT", "data", "/configData", "{\"data\":{\"a\":7}}", NULL), 400);
    assert_int_equal(
        device("PUT", "data", "/configData", "{\"data\":{\"a\":\"7\",\"b\":\"8\"}}", NULL), 200);
    assert_int_equal(
        device("PUT", "data", "/configData", "{\"mode\":\"remove\",\"data\":{\"b\":\"\"}}", NULL),
        200);
    assert_int_equal(device("GET", "data", "", NULL, NULL), 200);
    assert_false(answered("configData"));
    judge("{\"cmd\":\"targets\"}");
    assert_true(answered("\"attributes\":{\"a\":\"7\"}"));
}

static void a_deployment_goes_through(void **state)
{
    (void)state;
    char path[200], file[200];
    assign("whole", ",\"window\":\"unavailable\",\"update\":\"attempt\"");
    assert_int_equal(device("GET", "whole", "", NULL, NULL), 200);
    follow("deploymentBase", path);
    assert_int_equal(device("GET", "whole", path, NULL, NULL), 200);
    assert_true(answered("\"maintenanceWindow\":\"unavailable\"") &&
                answered("\"update\":\"attempt\"") && answered("\"size\":5000"));
    follow("download-http", file);
    judge("{\"cmd\":\"change\",\"controllers\":[\"whole\"],\"window\":\"available\"}");
    assert_int_equal(device("GET", "whole", path, NULL, NULL), 200);
    assert_true(answered("\"maintenanceWindow\":\"available\"") &&
                answered("\"update\":\"forced\""));
    assert_int_equal(device("GET", "whole", file, NULL, NULL), 200);
    assert_int_equal(t.len, sizeof t.bytes);
    assert_memory_equal(t.answer, t.bytes, sizeof t.bytes);
    assert_int_equal(post("whole", path, FEEDBACK("proceeding", "none")), 200);
    assert_int_equal(post("whole", path, "{\"status\":{}}"), 400);
    assert_int_equal(post("whole", path, FEEDBACK("closed", "success")), 200);
    assert_int_equal(post("whole", path, FEEDBACK("closed", "failure")), 410);
    assert_int_equal(device("GET", "whole", path, NULL, NULL), 404);
    assert_int_equal(device("GET", "whole", "", NULL, NULL), 200);
    assert_false(answered("deploymentBase"));
    judge("{\"cmd\":\"actions\"}");
    assert_true(
        answered("\"controller\":\"whole\",\"version\":\"2.0.0\",\"status\":\"finished\","
                 "\"execution\":\"closed\",\"finished\":\"success\",\"details\":\"one\\ntwo\","
                 "\"feedbacks\":2,\"late\":1"));
}

static void ranges_are_served(void **state)
{
    (void)state;
    char path[200], file[200];
    assign("range", "");
    assert_int_equal(device("GET", "range", "", NULL, NULL), 200);
    follow("deploymentBase", path);
    assert_int_equal(device("GET", "range", path, NULL, NULL), 200);
    follow("download", file);
    assert_int_equal(device("GET", "range", file, NULL, "Range: bytes=1000-"), 206);
    assert_int_equal(t.len, 4000);
    assert_memory_equal(t.answer, t.bytes + 1000, 4000);
    assert_int_equal(device("GET", "range", file, NULL, "Range: bytes=10-19"), 206);
    assert_int_equal(t.len, 10);
    assert_int_equal(device("GET", "range", file, NULL, "Range: bytes=-5"), 206);
    assert_memory_equal(t.answer, t.bytes + 4995, 5);
    assert_int_equal(device("GET", "range", file, NULL, "Range: bytes=5000-"), 416);
    assert_int_equal(device("GET", "range", file, NULL, "Range: lines=1-2"), 200);
    assert_int_equal(device("GET", "range", "/softwaremodules/99/artifacts/x", NULL, NULL), 404);
}

static void a_cancel_is_accepted_or_rejected(void **state)
{
    (void)state;
    char path[200];
    assign("stop", "");
    judge("{\"cmd\":\"cancel\",\"controllers\":[\"stop\"]}");
    assert_true(answered("\"changed\":1"));
    assert_int_equal(device("GET", "stop", "", NULL, NULL), 200);
    assert_false(answered("deploymentBase"));
    follow("cancelAction", path);
    assert_int_equal(device("GET", "stop", path, NULL, NULL), 200);
    assert_true(answered("\"stopId\":"));
    assert_int_equal(post("stop", path, FEEDBACK("canceled", "none")), 200);
    assert_int_equal(device("GET", "stop", path, NULL, NULL), 200);
    assert_int_equal(post("stop", path, FEEDBACK("rejected", "none")), 200);
    assert_int_equal(device("GET", "stop", "", NULL, NULL), 200);
    assert_true(answered("deploymentBase"));
    judge("{\"cmd\":\"cancel\",\"controllers\":[\"stop\"]}");
    assert_int_equal(post("stop", path, FEEDBACK("closed", "success")), 200);
    assert_int_equal(post("stop", path, FEEDBACK("closed", "success")), 410);
    assert_int_equal(device("GET", "stop", "", NULL, NULL), 200);
    assert_false(answered("cancelAction") || answered("deploymentBase"));
}

static void a_newer_assignment_cancels_the_older(void **state)
{
    (void)state;
    assign("twice", "");
    assign("twice", "");
    assert_int_equal(device("GET", "twice", "", NULL, NULL), 200);
    assert_true(answered("cancelAction"));
}

static void a_restart_forgets_nothing(void **state)
{
    (void)state;
    char path[200], port[8], command[60];
    assign("restart", "");
    assert_int_equal(device("GET", "restart", "", NULL, NULL), 200);
    follow("deploymentBase", path);
    snprintf(port, sizeof port, "%s", strrchr(t.devices, ':') + 1);
    (void)stop(SIGKILL);
    const char *const same[] = {"--port", port, NULL};
    start(same);
    assert_int_equal(device("GET", "restart", path, NULL, NULL), 200);
    assert_true(answered("2.0.0"));
    assert_int_equal(post("restart", path, FEEDBACK("closed", "failure")), 200);
    assert_true(stop(SIGTERM));
    start(same);
    assert_int_equal(device("GET", "restart", "", NULL, NULL), 200);
    assert_false(answered("deploymentBase"));
    snprintf(command, sizeof command, "{\"cmd\":\"reopen\",\"action\":%s}", strrchr(path, '/') + 1);
    judge(command);
    assert_int_equal(device("GET", "restart", "", NULL, NULL), 200);
    assert_true(answered("deploymentBase"));
    judge("{\"cmd\":\"counts\"}");
    assert_true(answered("\"offered_after_closed\":1"));
}

static void faults(const char *kind)
{
    char command[100];
    snprintf(command, sizeof command, "{\"cmd\":\"faults\",\"percent\":100,\"kinds\":[\"%s\"]}",
             kind);
    judge(command);
}

static void each_fault_comes(void **state)
{
    (void)state;
    char path[200], file[200];
    assign("fault", "");
    assert_int_equal(device("GET", "fault", "", NULL, NULL), 200);
    follow("deploymentBase", path);
    assert_int_equal(device("GET", "fault", path, NULL, NULL), 200);
    follow("download", file);
    faults("500");
    assert_int_equal(device("GET", "fault", "", NULL, NULL), 500);
    faults("429");
    assert_int_equal(device("GET", "fault", "", NULL, NULL), 429);
    faults("redirect");
    assert_int_equal(device("GET", "fault", "", NULL, NULL), 307);
    faults("drop");
    assert_int_equal(device("GET", "fault", file, NULL, NULL), 0);
    assert_int_equal(t.len, sizeof t.bytes / 2);
    faults("endless");
    assert_int_equal(device("GET", "fault", "", NULL, NULL), 0);
    assert_true(t.len > ANSWER_MAX / 2);
    faults("elsewhere");
    assert_int_equal(device("GET", "fault", "", NULL, NULL), 200);
    assert_true(answered("http://127.0.0.2:"));
    faults("changed");
    assert_int_equal(device("GET", "fault", file, NULL, NULL), 200);
    assert_memory_equal(t.answer, t.bytes, sizeof t.bytes / 2);
    assert_true(memcmp(t.answer, t.bytes, sizeof t.bytes) != 0);
    judge("{\"cmd\":\"faults\",\"percent\":0}");
    judge("{\"cmd\":\"counts\"}");
    assert_true(answered("\"fault_500\":1") && answered("\"fault_changed\":1"));
}

/* What is done before the answer is lost stays done. */
static void an_answer_can_be_lost(void **state)
{
    (void)state;
    char path[200];
    assign("lost", "");
    assert_int_equal(device("GET", "lost", "", NULL, NULL), 200);
    follow("deploymentBase", path);
    faults("endless");
    assert_int_equal(post("lost", path, FEEDBACK("closed", "success")), 0);
    judge("{\"cmd\":\"faults\",\"percent\":0}");
    assert_int_equal(post("lost", path, FEEDBACK("closed", "success")), 410);
}

static void who_follows_is_counted(void **state)
{
    (void)state;
    char url[200];
    faults("redirect");
    assert_int_equal(device("GET", "follow", "", NULL, NULL), 307);
    char *to = NULL;
    curl_easy_getinfo(t.curl, CURLINFO_REDIRECT_URL, &to);
    assert_non_null(to);
    snprintf(url, sizeof url, "%s", to);
    assert_int_equal(call("GET", url, NULL, GATEWAY, NULL), 200);
    judge("{\"cmd\":\"faults\",\"percent\":0}");
    judge("{\"cmd\":\"counts\"}");
    assert_true(answered("\"followed\":1"));
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{\"cmd\":7}",
        "{\"cmd\":\"assign\"}",
        "{\"cmd\":\"faults\",\"percent\":101}",
        "{\"cmd\":\"assign\",\"file\":\"/nowhere\",\"controllers\":[\"x\"]}",
        "{\"cmd\":\"assign\",\"file\":\"/dev/null\",\"controllers\":[\"a/b\"]}"};
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(call("POST", t.judge, bad[i], "X: y", NULL), 400);
    assert_int_equal(device("GET", "a%2fb", "", NULL, NULL), 404);
    assert_int_equal(device("GET", "x", "/deploymentBase/99999", NULL, NULL), 404);
    assert_int_equal(device("GET", "x", "/deploymentBase/-1", NULL, NULL), 404);
    assert_int_equal(device("GET", "x", "/elsewhere", NULL, NULL), 404);
    assert_int_equal(device("POST", "x", "/configData", "{}", NULL), 405);
}

static void ranges_are_read_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err e;
        uint64_t first, len;
    } cases[] = {
        {"bytes=0-", ERR_OK, 0, 100},    {"bytes=99-", ERR_OK, 99, 1},
        {"bytes=5-9", ERR_OK, 5, 5},     {"bytes=5-1000", ERR_OK, 5, 95},
        {"bytes=-1000", ERR_OK, 0, 100}, {"bytes=-0", ERR_RANGE, 0, 0},
        {"bytes=100-", ERR_RANGE, 0, 0}, {"bytes=9-5", ERR_FORMAT, 0, 0},
        {"bytes=-", ERR_FORMAT, 0, 0},   {"bytes=1-2,4-5", ERR_FORMAT, 0, 0},
        {"bytes=", ERR_FORMAT, 0, 0},    {"bytes=99999999999999999999999999-", ERR_FORMAT, 0, 0},
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t first = 0, len = 0;
        assert_int_equal(ddi_range_read(cases[i].text, 100, &first, &len), cases[i].e);
        assert_true(first == cases[i].first && len == cases[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_no_token_is_refused),
        cmocka_unit_test(attributes_are_asked_for_once),
        cmocka_unit_test(a_deployment_goes_through),
        cmocka_unit_test(ranges_are_served),
        cmocka_unit_test(a_cancel_is_accepted_or_rejected),
        cmocka_unit_test(a_newer_assignment_cancels_the_older),
        cmocka_unit_test(a_restart_forgets_nothing),
        cmocka_unit_test(each_fault_comes),
        cmocka_unit_test(an_answer_can_be_lost),
        cmocka_unit_test(who_follows_is_counted),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(ranges_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
