/* What a service says to systemd: on a socket with a file and on one without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "host/gateway/service/service.h"

/* systemd's end; the name has a NUL in place of '@'. */
static int listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    memcpy(at.sun_path, name, len);
    if (name[0] == '@')
        at.sun_path[0] = '\0';
    assert_int_equal(
        bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
        0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void expect(int fd, const char *want)
{
    char got[400] = "";
    ssize_t n = recv(fd, got, sizeof got - 1, 0);
    assert_int_equal(n, strlen(want));
    assert_string_equal(got, want);
}

static void speak(int fd)
{
    struct service s;
    service_open(&s);
    assert_true(s.fd >= 0);
    service_ready(&s);
    expect(fd, "READY=1");
    service_alive(&s);
    expect(fd, "WATCHDOG=1");
    service_status(&s, "3 of 8 devices\nMAINPID=1");
    expect(fd, "STATUS=3 of 8 devices");
    service_stopping(&s);
    expect(fd, "STOPPING=1");
    service_close(&s);
    assert_int_equal(s.fd, -1);
    close(fd);
}

static void a_socket_with_a_file(void **state)
{
    char folder[] = "/tmp/slipway-test.XXXXXX", path[60];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/notify", folder);
    speak(listen_at(path));
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void a_socket_without_a_file(void **state)
{
    char name[60];
    (void)state;
    snprintf(name, sizeof name, "@slipway-service-test-%d", (int)getpid());
    speak(listen_at(name));
}

/* A long status is cut; one byte more would be another message's. */
static void a_status_has_an_end(void **state)
{
    char name[60], text[1000], want[sizeof "STATUS=" + 200] = "STATUS=";
    struct service s;
    (void)state;
    snprintf(name, sizeof name, "@slipway-service-test-%d", (int)getpid());
    int fd = listen_at(name);
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    memset(want + 7, 'x', 200);
    service_open(&s);
    service_status(&s, text);
    expect(fd, want);
    service_close(&s);
    close(fd);
}

static void nobody_listens(void **state)
{
    static const char *const names[] = {
        NULL, "", "/", "@", "relative", "vsock:2:1", "/no/such/socket/of/systemd"};
    char too_long[200];
    struct service s;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        unsetenv("NOTIFY_SOCKET");
        if (names[i] != NULL)
            setenv("NOTIFY_SOCKET", names[i], 1);
        service_open(&s);
        assert_true(s.fd < 0 || i == ARRAY_LEN(names) - 1); /* a missing file may come yet */
        service_ready(&s);
        service_status(&s, "nobody sees it");
        service_close(&s);
    }
    memset(too_long, '/', sizeof too_long);
    too_long[sizeof too_long - 1] = '\0';
    setenv("NOTIFY_SOCKET", too_long, 1);
    service_open(&s);
    assert_true(s.fd < 0);
}

static void the_watchdog_s_period(void **state)
{
    static const struct {
        const char *usec, *pid;
        uint32_t want;
    } cases[] = {{NULL, NULL, 0},
                 {"30000000", NULL, 30000},
                 {"30000000", "self", 30000},
                 {"30000000", "1", 0},
                 {"nonsense", NULL, 0},
                 {"", NULL, 0},
                 {"999", NULL, 0},
                 {"18446744073709551615", NULL, UINT32_MAX}};
    char self[20];
    struct service s;
    (void)state;
    snprintf(self, sizeof self, "%d", (int)getpid());
    setenv("NOTIFY_SOCKET", "@slipway-service-test", 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        if (cases[i].usec != NULL)
            setenv("WATCHDOG_USEC", cases[i].usec, 1);
        if (cases[i].pid != NULL)
            setenv("WATCHDOG_PID", strcmp(cases[i].pid, "self") == 0 ? self : cases[i].pid, 1);
        service_open(&s);
        assert_int_equal(s.watchdog_ms, cases[i].want);
        service_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_with_a_file),  cmocka_unit_test(a_socket_without_a_file),
        cmocka_unit_test(a_status_has_an_end),   cmocka_unit_test(nobody_listens),
        cmocka_unit_test(the_watchdog_s_period),
    };
    return cmocka_run_group_tests_name("gateway_service", tests, NULL, NULL);
}
