#include "host/gateway/service/service.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "host/cli/core/cli.h"

#define STATUS_MAX 200

/* A path, or @NAME: a socket without a file, whose name begins with a NUL. */
static bool set_address(struct service *s, const char *name)
{
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof s->to.sun_path)
        return false;
    s->to = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(s->to.sun_path, name, len);
    if (name[0] == '@')
        s->to.sun_path[0] = '\0';
    /* The length counts for a name without a file: each NUL behind it would be a part of it. */
    s->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
    return true;
}

/* The period, if it is meant for this process and not for its parent. */
static uint32_t watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    uint64_t n, who;
    if (usec == NULL || !cli_parse_number(usec, &n))
        return 0;
    if (pid != NULL && (!cli_parse_number(pid, &who) || who != (uint64_t)getpid()))
        return 0;
    return n / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(n / 1000);
}

void service_open(struct service *s)
{
    const char *name = getenv("NOTIFY_SOCKET");
    const struct timeval patience = {.tv_sec = 1};
    *s = (struct service){.fd = -1};
    if (name == NULL || !set_address(s, name))
        return;
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return;
    (void)setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    s->watchdog_ms = watchdog_ms();
}

void service_close(struct service *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static void send_text(const struct service *s, const char *text)
{
    if (s->fd >= 0)
        (void)!sendto(s->fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&s->to,
                      s->to_len);
}

void service_ready(const struct service *s)
{
    send_text(s, "READY=1");
}

void service_alive(const struct service *s)
{
    send_text(s, "WATCHDOG=1");
}

void service_status(const struct service *s, const char *text)
{
    char message[sizeof "STATUS=" + STATUS_MAX];
    size_t len = strcspn(text, "\n"); /* another line would be another message to systemd */
    snprintf(message, sizeof message, "STATUS=%.*s", (int)len, text);
    send_text(s, message);
}

void service_stopping(const struct service *s)
{
    send_text(s, "STOPPING=1");
}
