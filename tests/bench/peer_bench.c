/* peer_bench.c - what an upload takes with any SMP client, in virtual time. peer_bench KEY PROGRAM [WORD]... runs
 * the client in the build folder, against the firmware behind a pty (a WORD that is {} becomes the pty's name),
 * and prints "KEY SECONDS": from the first byte of the first upload request to the last byte of the last answer,
 * into a slot that an older image fills.
 *
 * The board's clock stands until the client has sent its next request. So neither this computer's speed counts,
 * nor what the client does between an answer and the next request: the figure is the least that this client can
 * take, and the same in each run. A client that has several requests under way is not held up. */
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/smp/wire/packet.h"
#include "host/board/uart_endpoint.h"
#include "testing/system/rig_update_flow.h"

#define BOARD       "nucleo_h753zi"
#define NS          UINT64_C(1000000000)
#define SLICE       (NS / 1000)
#define REQUEST_MAX 8192u      /* its lines; the largest packet is SMP_PACKET_MAX bytes */
#define SILENCE     (300 * NS) /* of the board: a request that it does not answer */
#define WAIT_MS     100
#define GROUP_IMAGE 1
#define ID_UPLOAD   1

extern char **environ;

/* One direction of the line. */
struct way {
    struct smp_console_decoder decoder;
    uint8_t buf[SMP_PACKET_MAX + 2];
    unsigned packets, uploads;
};

static struct bench {
    struct rig *rig;
    struct uart_endpoint line;
    struct way requests, answers;
    uint8_t request[REQUEST_MAX]; /* what has come of the next one */
    size_t request_len;
    uint64_t first_ns, last_ns, quiet_ns; /* of the upload; of the last byte either way */
} b;

static bool counts(struct way *w, const uint8_t *packet, size_t len, enum smp_op op)
{
    struct smp_header h;
    w->packets++;
    if (len < SMP_HEADER_SIZE)
        return false;
    smp_header_decode(&h, packet);
    return h.op == op && h.group == GROUP_IMAGE && h.id == ID_UPLOAD;
}

static void on_request(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    if (counts(&b.requests, packet, len, SMP_WRITE) && b.requests.uploads++ == 0)
        b.first_ns = vboard_now_ns(b.rig->board);
}

static void on_answer(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    if (!counts(&b.answers, packet, len, SMP_WRITE_RSP))
        return;
    b.answers.uploads++;
    b.last_ns = vboard_now_ns(b.rig->board);
}

static void open_way(struct way *w, void (*packet)(void *ctx, const uint8_t *packet, size_t len))
{
    const struct smp_console_sink sink = {.packet = packet};
    smp_console_decoder_init(&w->decoder, w->buf, sizeof w->buf, &sink);
}

/* From the client to the board: a whole request without gaps, however the client wrote it. False: nothing has come. */
static bool take_requests(void)
{
    const unsigned before = b.requests.packets;
    size_t n = endpoint_read(&b.line, b.request + b.request_len, sizeof b.request - b.request_len);
    if (b.request_len + n == sizeof b.request)
        fail_msg("%u bytes from the client, and no request in them", (unsigned)sizeof b.request);
    smp_console_put(&b.requests.decoder, b.request + b.request_len, n);
    b.request_len += n;
    if (b.requests.packets == before)
        return n != 0;
    if (vboard_uart_send(b.rig->board, b.request, b.request_len) != b.request_len)
        fail_msg("the client sends faster than the line: its bytes no longer fit the queue");
    b.request_len = 0;
    b.quiet_ns = vboard_now_ns(b.rig->board);
    return true;
}

/* From the board to the client; time passes until a byte has come. */
static void take_answers(void)
{
    struct rig *r = b.rig;
    struct vboard_stop stop = vboard_run(r->board, SLICE, VBOARD_UNTIL_OUTPUT);
    if (stop.why != VBOARD_TIME && stop.why != VBOARD_OUTPUT)
        fail_msg("the board stopped: %s\n%s", stop.text, r->console);
    if (r->rx_len != 0)
        b.quiet_ns = vboard_now_ns(r->board);
    smp_console_put(&b.answers.decoder, r->rx, r->rx_len);
    endpoint_write(&b.line, r->rx, r->rx_len);
    r->rx_len = 0;
    if (vboard_now_ns(r->board) - b.quiet_ns > SILENCE)
        fail_msg("the board does not answer request %u:\n%s", b.requests.packets, r->console);
}

/* Its stdout would be among our figures. */
static pid_t start(char **words)
{
    pid_t child;
    posix_spawn_file_actions_t actions;
    for (char **w = words; *w != NULL; w++)
        if (strcmp(*w, "{}") == 0)
            *w = b.line.name;
    if (posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO) != 0)
        fail_msg("no memory");
    int e = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    if (e != 0)
        fail_msg("%s: %s", words[0], strerror(e));
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static int serve(pid_t child)
{
    struct uart_endpoint *const line = &b.line;
    int status = 0;
    for (;;) {
        if (take_requests())
            continue;
        if (b.requests.packets > b.answers.packets) {
            take_answers();
            continue;
        }
        if (waitpid(child, &status, WNOHANG) != 0)
            return status;
        endpoint_wait(&line, 1, -1, WAIT_MS);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: peer_bench KEY PROGRAM [WORD]...   ({}: the name of the pty)\n");
        return 2;
    }
    struct rig_file before = flow_version(BOARD, "2.0.0");
    b.rig = rig_new(BOARD, VBOARD_TIMING_TYPICAL, 1);
    rig_boot(b.rig);
    rig_upload(b.rig, &before);
    open_way(&b.requests, on_request);
    open_way(&b.answers, on_answer);
    if (endpoint_open(&b.line, "pty") != CLI_DONE)
        return 1;
    int status = serve(start(argv + 2));
    endpoint_close(&b.line);
    fprintf(stderr, "%s: %u upload requests, %u of others, %u answers\n", argv[2],
            b.requests.uploads, b.requests.packets - b.requests.uploads, b.answers.packets);
    if (status != 0 || b.answers.uploads == 0)
        fail_msg("%s did not upload (status 0x%x)", argv[2], (unsigned)status);
    printf("%s %.3f\n", argv[1], (double)(b.last_ns - b.first_ns) / 1e9);
    rig_free(b.rig);
    free(before.data);
    return 0;
}
