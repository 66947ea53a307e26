#include "cli/board_runner.h"

#include <signal.h>
#include <string.h>
#include <time.h>

/* Virtual time between two looks at the door. */
#define SLICE_NS (5 * 1000000ull)
/* Longest sleep of an idle board: its timers are served so often. */
#define IDLE_MS 10
/* Longest sleep while a debugger holds the board. */
#define HALTED_MS 100

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

bool board_runner_interrupted(void)
{
    return interrupted != 0;
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: poll shall end */
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        sigaction(numbers[i], &action, NULL);
}

static uint64_t real_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Keep the last bytes, and look for the text in them and the new ones. */
static void listen_for_text(struct board_runner *r)
{
    size_t len = r->sent_len;
    const char *from = r->sent;
    if (r->until_text == NULL)
        return;
    while (len > 0 && !r->text_seen) {
        size_t room = sizeof r->said - r->said_len;
        if (room == 0) {
            memmove(r->said, r->said + sizeof r->said / 2, sizeof r->said / 2);
            r->said_len = sizeof r->said / 2;
            continue;
        }
        size_t n = len < room ? len : room;
        memcpy(r->said + r->said_len, from, n);
        r->said_len += n;
        from += n;
        len -= n;
        r->text_seen = memmem(r->said, r->said_len, r->until_text, strlen(r->until_text)) != NULL;
    }
}

static void flush(struct board_runner *r)
{
    listen_for_text(r);
    if (r->log != NULL && r->sent_len > 0) {
        fwrite(r->sent, 1, r->sent_len, r->log);
        fflush(r->log);
    }
    door_write(&r->door, r->sent, r->sent_len);
    r->sent_len = 0;
}

void board_runner_uart_tx(void *ctx, uint8_t byte)
{
    struct board_runner *r = ctx;
    r->sent[r->sent_len++] = (char)byte;
    if (r->sent_len == sizeof r->sent)
        flush(r);
}

/* From the client to the UART; bytes wait here while its queue is full. */
static void take_input(struct board_runner *r)
{
    r->input_len += door_read(&r->door, r->input + r->input_len, sizeof r->input - r->input_len);
    if (r->input_len == 0)
        return;
    size_t taken = vboard_uart_send(r->board, r->input, r->input_len);
    memmove(r->input, r->input + taken, r->input_len - taken);
    r->input_len -= taken;
}

static bool goes_on(const struct vboard_stop *stop)
{
    return stop->why == VBOARD_TIME || stop->why == VBOARD_IDLE || stop->why == VBOARD_OUTPUT ||
           stop->why == VBOARD_RESET;
}

/* Nothing to do but to wait: let as much virtual time pass as real time does. */
static struct vboard_stop sleep_idle(struct board_runner *r)
{
    uint64_t before = real_ns();
    door_wait(&r->door, gdb_door_fd(&r->gdb), IDLE_MS);
    uint64_t slept = real_ns() - before;
    return vboard_run(r->board, slept, VBOARD_UNTIL_TIME);
}

/* Time stands still: nothing but the doors. */
static void wait_halted(struct board_runner *r)
{
    take_input(r);
    door_wait(&r->door, gdb_door_fd(&r->gdb), HALTED_MS);
}

static struct vboard_stop run_slice(struct board_runner *r, unsigned until)
{
    uint64_t now = vboard_now_ns(r->board), left = r->limit_ns - now;
    take_input(r);
    struct vboard_stop stop =
        vboard_run(r->board, left < SLICE_NS ? left : SLICE_NS, until | gdb_door_until(&r->gdb));
    flush(r);
    if (stop.why == VBOARD_IDLE && r->input_len == 0) {
        stop = sleep_idle(r);
        flush(r);
    }
    gdb_door_stopped(&r->gdb, &stop);
    return stop;
}

struct vboard_stop board_runner_run(struct board_runner *r)
{
    /* Without a door nobody waits, and idle time passes at full speed. */
    unsigned until = r->door.kind == DOOR_NONE ? VBOARD_UNTIL_TIME : VBOARD_UNTIL_IDLE;
    struct vboard_stop stop = {.why = VBOARD_TIME};
    catch_signals();
    while (!interrupted && !r->text_seen && vboard_now_ns(r->board) < r->limit_ns) {
        gdb_door_serve(&r->gdb);
        if (gdb_door_killed(&r->gdb))
            break;
        if (gdb_door_halted(&r->gdb)) {
            wait_halted(r);
            continue;
        }
        stop = run_slice(r, until);
        if (!goes_on(&stop) && !gdb_door_is_open(&r->gdb))
            break;
    }
    return stop;
}
