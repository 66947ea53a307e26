#include "cli/fake_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "flash/fake.h"
#include "image/build.h"
#include "smp/console.h"
#include "smp/server.h"

#define LOG_MODULE "flash_stm32h7"

#define SECTOR   (128u * 1024u)
#define SECTORS  16u
#define WORD     32u
#define BUF_SIZE 1024u

/* The device; one per process. */
static struct {
    enum fake_kind kind;
    enum fake_habit habit;
    int listener, fd;
    struct sockaddr_storage client; /* UDP */
    socklen_t client_len;
    struct fake_flash flash;
    enum err (*program)(struct flash *f, uint32_t off, const void *src, uint32_t len);
    uint8_t bytes[SECTOR * SECTORS], words[SECTOR * SECTORS / WORD];
    struct slot_pair pair;
    struct smp_server server;
    struct smp_server_config config;
    struct smp_console_decoder decoder;
    uint8_t frame[BUF_SIZE], stream[512];
    bool reset_asked, hung_up;
} d;

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    _exit(99);
}

size_t fake_image(uint8_t *out, size_t cap, uint8_t major, size_t payload)
{
    static uint8_t program[512 * 1024];
    for (size_t i = 0; i < payload; i++)
        program[i] = (uint8_t)(i * 31 + i / 251 + major);
    const struct image_plan plan = {.version = {.major = major},
                                    .hdr_size = 0x400,
                                    .input = program,
                                    .input_len = payload,
                                    .pad_header = true,
                                    .erased = 0xff};
    struct image_built built;
    must(payload <= sizeof program && image_build(&plan, out, cap, &built) == ERR_OK, "image");
    return built.len;
}

/* ---- flash ---- */

static enum err program_wrong_bank(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    if (off < SECTOR * SECTORS / 2)
        return d.program(f, off, src, len);
    LOG_ERR("Status Bank%d: 0x%08x", 2, 0x40000u);
    return ERR_IO;
}

static void init_flash(void)
{
    static uint8_t image[600 * 1024];
    fake_init(&d.flash, WORD, SECTOR, SECTORS, d.bytes, d.words);
    size_t len = fake_image(image, sizeof image, 1, 40000);
    fake_place(&d.flash, SECTOR, image, round_up32((uint32_t)len, WORD));
    d.program = d.flash.flash.program;
    if (d.habit == FAKE_FLASH_FAILS)
        d.flash.flash.program = program_wrong_bank;
    d.pair = (struct slot_pair){
        .slot = {{&d.flash.flash, SECTOR, 7 * SECTOR}, {&d.flash.flash, 8 * SECTOR, 7 * SECTOR}},
        .max_align = WORD,
        .max_sectors = SECTORS};
}

/* ---- the line ---- */

static enum err send_bytes(void *ctx, const void *bytes, size_t len)
{
    (void)ctx;
    const char *at = bytes;
    while (len > 0 && d.fd >= 0) {
        ssize_t n = write(d.fd, at, len);
        if (n <= 0)
            return ERR_CLOSED;
        at += n;
        len -= (size_t)n;
    }
    return ERR_OK;
}

static void log_line(const char *text, size_t len)
{
    if (d.kind == FAKE_TCP || d.kind == FAKE_PTY)
        (void)!send_bytes(NULL, text, len);
}

static void send_packet(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    if (d.kind == FAKE_TCP || d.kind == FAKE_PTY)
        (void)!smp_console_encode(packet, len, send_bytes, NULL);
    else
        sendto(d.fd, packet, len, 0, (struct sockaddr *)&d.client, d.client_len);
}

static void boot(void)
{
    static uint8_t buf[4096];
    static const uint8_t spki[91] = {0x30};
    const struct image_key key = {spki, sizeof spki};
    const struct update_env env = {.pair = &d.pair,
                                   .keys = &key,
                                   .key_count = d.habit == FAKE_OTHER_KEY ? 1 : 0,
                                   .buf = buf,
                                   .buf_len = sizeof buf};
    struct update_outcome outcome;
    must(update_boot(&env, &outcome) == ERR_OK, "boot");
    smp_server_init(&d.server, &d.config);
}

static void on_reset(void *ctx, uint32_t delay_ms)
{
    (void)ctx;
    (void)delay_ms;
    d.reset_asked = true;
}

static bool half_done(void)
{
    const struct img_session *s = &d.server.img;
    return s->open && s->off > s->len / 2;
}

static void on_packet(void *ctx, const uint8_t *packet, size_t len)
{
    static uint8_t response[BUF_SIZE];
    (void)ctx;
    if (d.habit == FAKE_SILENT)
        return;
    smp_server_receive(&d.server, packet, len, response, sizeof response, send_packet, NULL);
    if (d.reset_asked)
        boot();
    d.reset_asked = false;
}

static void hang_up_once(void)
{
    if (d.habit != FAKE_HANGS_UP || d.hung_up || !half_done())
        return;
    d.hung_up = true;
    close(d.fd);
    d.fd = -1;
}

static void serve_stream(void)
{
    char bytes[512];
    if (d.fd < 0)
        d.fd = accept(d.listener, NULL, NULL);
    ssize_t n = read(d.fd, bytes, sizeof bytes);
    if (n > 0) {
        smp_console_put(&d.decoder, bytes, (size_t)n);
        hang_up_once();
    } else if (d.kind == FAKE_TCP) {
        close(d.fd);
        d.fd = -1;
    } else {
        usleep(5000); /* nobody has the pty open */
    }
}

static void serve_datagram(void)
{
    static uint8_t packet[BUF_SIZE];
    d.client_len = sizeof d.client;
    ssize_t n =
        recvfrom(d.fd, packet, sizeof packet, 0, (struct sockaddr *)&d.client, &d.client_len);
    if (n > 0)
        on_packet(NULL, packet, (size_t)n);
}

static void run(void)
{
    static const struct smp_group *const groups[] = {&smp_group_os, &smp_group_img};
    static const struct log_backend log = {NULL, log_line, LOG_LEVEL_INF};
    const struct smp_console_sink sink = {on_packet, NULL, NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    d.config = (struct smp_server_config){.groups = groups,
                                          .group_count = 2,
                                          .buf_size = BUF_SIZE,
                                          .buf_count = 2,
                                          .pair = &d.pair,
                                          .stream_buf = d.stream,
                                          .stream_buf_size = sizeof d.stream,
                                          .reset = on_reset};
    init_flash();
    smp_server_init(&d.server, &d.config);
    smp_console_decoder_init(&d.decoder, d.frame, sizeof d.frame, &sink);
    log_set_backend(&log);
    for (;;) {
        if (d.kind == FAKE_TCP || d.kind == FAKE_PTY)
            serve_stream();
        else
            serve_datagram();
    }
}

/* ---- start and stop ---- */

static int bound_socket(int family, int type, unsigned *port)
{
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr *a = family == AF_INET ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6;
    socklen_t len = family == AF_INET ? sizeof a4 : sizeof a6;
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    must(fd >= 0 && bind(fd, a, len) == 0 && getsockname(fd, a, &len) == 0, "bind");
    *port = ntohs(family == AF_INET ? a4.sin_port : a6.sin6_port);
    return fd;
}

static void open_pty(struct fake_server *s)
{
    struct termios t;
    d.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    must(d.fd >= 0 && grantpt(d.fd) == 0 && unlockpt(d.fd) == 0 && tcgetattr(d.fd, &t) == 0, "pty");
    cfmakeraw(&t);
    tcsetattr(d.fd, TCSANOW, &t);
    must(ptsname_r(d.fd, s->address, sizeof s->address) == 0, "ptsname");
    s->option = "--port";
}

static void open_door(struct fake_server *s)
{
    unsigned port = 0;
    d.fd = d.listener = -1;
    if (d.kind == FAKE_PTY) {
        open_pty(s);
        return;
    }
    if (d.kind == FAKE_TCP) {
        d.listener = bound_socket(AF_INET, SOCK_STREAM, &port);
        must(listen(d.listener, 1) == 0, "listen");
    } else {
        d.fd = bound_socket(d.kind == FAKE_UDP6 ? AF_INET6 : AF_INET, SOCK_DGRAM, &port);
    }
    s->option = d.kind == FAKE_TCP ? "--tcp" : "--udp";
    snprintf(s->address, sizeof s->address, "%s:%u", d.kind == FAKE_UDP6 ? "[::1]" : "127.0.0.1",
             port);
}

void fake_server_start(struct fake_server *s, enum fake_kind kind, enum fake_habit habit)
{
    d.kind = kind;
    d.habit = habit;
    open_door(s);
    fflush(NULL);
    s->pid = fork();
    must(s->pid >= 0, "fork");
    if (s->pid == 0)
        run();
    close(d.fd >= 0 ? d.fd : d.listener);
}

void fake_server_stop(struct fake_server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
}
