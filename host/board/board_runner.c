#include "host/board/board_runner.h"

#include <signal.h>
#include <time.h>

/* Virtual time between two looks at the endpoint. */
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

void board_runner_uart_any(void *ctx, unsigned uart, uint8_t byte)
{
    struct board_runner *r = ctx;
    lines_sent(&r->lines, uart, byte);
}

void board_runner_say(void *ctx, char c)
{
    struct board_runner *r = ctx;
    lines_sent(&r->lines, r->lines.console, (uint8_t)c);
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
    lines_wait(&r->lines, gdb_server_fd(&r->gdb), IDLE_MS);
    uint64_t slept = real_ns() - before;
    return vboard_run(r->board, slept, VBOARD_UNTIL_TIME);
}

/* Time stands still: nothing but the endpoints. */
static void wait_halted(struct board_runner *r)
{
    lines_take_input(&r->lines, r->board);
    lines_wait(&r->lines, gdb_server_fd(&r->gdb), HALTED_MS);
}

static struct vboard_stop run_slice(struct board_runner *r, unsigned until)
{
    uint64_t now = vboard_now_ns(r->board), left = r->limit_ns - now;
    lines_take_input(&r->lines, r->board);
    struct vboard_stop stop =
        vboard_run(r->board, left < SLICE_NS ? left : SLICE_NS, until | gdb_server_until(&r->gdb));
    if (r->semihosting.say != NULL && semihosting_is_call(r->board, &stop)) {
        semihosting_serve(&r->semihosting, r->board);
        stop.why = VBOARD_TIME;
    }
    lines_flush(&r->lines);
    if (stop.why == VBOARD_IDLE && !lines_input_waits(&r->lines)) {
        stop = sleep_idle(r);
        lines_flush(&r->lines);
    }
    gdb_server_stopped(&r->gdb, &stop);
    return stop;
}

struct vboard_stop board_runner_run(struct board_runner *r)
{
    /* Without an endpoint nobody waits, and idle time passes at full speed. */
    unsigned until = lines_closed(&r->lines) ? VBOARD_UNTIL_TIME : VBOARD_UNTIL_IDLE;
    struct vboard_stop stop = {.why = VBOARD_TIME};
    catch_signals();
    while (!interrupted && !r->lines.text_seen && !r->semihosting.exited &&
           vboard_now_ns(r->board) < r->limit_ns) {
        gdb_server_serve(&r->gdb);
        if (gdb_server_killed(&r->gdb))
            break;
        if (gdb_server_halted(&r->gdb)) {
            wait_halted(r);
            continue;
        }
        stop = run_slice(r, until);
        if (!goes_on(&stop) && !gdb_server_is_open(&r->gdb))
            break;
    }
    return stop;
}
