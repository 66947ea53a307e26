#include "host/board/board_runner.h"

#include <signal.h>
#include <time.h>

/* Virtual time that passes between two polls of the endpoints. */
#define SLICE_NS (5 * 1000000ull)
/* Longest sleep of an idle board, so that its timers are served in time. */
#define IDLE_MS 10
/* How far an idle board may be behind the wall and still catch up, as after a busy machine's late wake-up, and how much of
 * that it does before the endpoints are looked at again. */
#define CATCH_UP_NS         (1000 * 1000000ull)
#define CATCH_UP_AT_ONCE_NS (100 * 1000000ull)
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
    /* No SA_RESTART: a signal must end poll(). */
    const struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        sigaction(numbers[i], &action, NULL);
}

static uint64_t wall_ns(const struct board_runner *r)
{
    struct timespec t;
    if (r->wall.now_ns != NULL)
        return r->wall.now_ns(r->wall.ctx);
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void wait_at_endpoints(struct board_runner *r, int ms)
{
    if (r->wall.wait != NULL)
        r->wall.wait(r->wall.ctx, ms);
    else
        lines_wait(&r->lines, gdb_server_fd(&r->gdb), ms);
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

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Nothing to do but to wait: let as much virtual time pass as the wall's. What the board is behind from the last sleep is
 * part of it: running it takes time, too. */
static struct vboard_stop sleep_idle(struct board_runner *r, uint64_t left)
{
    if (wall_ns(r) - r->followed_ns < IDLE_MS * 1000000ull)
        wait_at_endpoints(r, IDLE_MS);
    uint64_t wall = wall_ns(r), begun = vboard_now_ns(r->board);
    if (wall - r->followed_ns > CATCH_UP_NS)
        r->followed_ns = wall - CATCH_UP_NS;
    uint64_t behind = least(wall - r->followed_ns, least(left, CATCH_UP_AT_ONCE_NS));
    struct vboard_stop stop = vboard_run(r->board, behind, VBOARD_UNTIL_TIME);
    r->followed_ns += least(vboard_now_ns(r->board) - begun, behind);
    return stop;
}

/* At full speed; the wall's time that this takes is not the board's. */
static struct vboard_stop run_busy(struct board_runner *r, uint64_t left, unsigned until)
{
    uint64_t begun = wall_ns(r);
    struct vboard_stop stop = vboard_run(r->board, least(left, SLICE_NS), until);
    r->followed_ns += wall_ns(r) - begun;
    return stop;
}

/* A debugger holds the board: virtual time stands still, only the endpoints are served. */
static void wait_halted(struct board_runner *r)
{
    lines_take_input(&r->lines, r->board);
    wait_at_endpoints(r, HALTED_MS);
    r->followed_ns = wall_ns(r);
}

static struct vboard_stop run_slice(struct board_runner *r, unsigned until)
{
    uint64_t left = r->limit_ns - vboard_now_ns(r->board);
    unsigned debugger = gdb_server_until(&r->gdb);
    lines_take_input(&r->lines, r->board);
    bool sleeps = until == VBOARD_UNTIL_IDLE && debugger == 0 && vboard_is_idle(r->board);
    struct vboard_stop stop = sleeps ? sleep_idle(r, left) : run_busy(r, left, until | debugger);
    if (r->semihosting.say != NULL && semihosting_is_call(r->board, &stop)) {
        semihosting_serve(&r->semihosting, r->board);
        stop.why = VBOARD_TIME;
    }
    lines_flush(&r->lines);
    gdb_server_stopped(&r->gdb, &stop);
    return stop;
}

struct vboard_stop board_runner_run(struct board_runner *r)
{
    /* Without an endpoint nobody can send anything, so idle time passes at full speed. */
    unsigned until = lines_closed(&r->lines) ? VBOARD_UNTIL_TIME : VBOARD_UNTIL_IDLE;
    struct vboard_stop stop = {.why = VBOARD_TIME};
    catch_signals();
    r->followed_ns = wall_ns(r);
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
        if (r->on_slice != NULL)
            r->on_slice(r);
        if (!goes_on(&stop) && !gdb_server_is_open(&r->gdb))
            break;
    }
    return stop;
}
