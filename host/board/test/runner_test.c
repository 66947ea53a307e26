/* Tests of how virtual time follows the wall clock. That clock stands here: it moves while the runner waits and, on
 * a slow machine, each time somebody looks at it. Nothing depends on the machine's own speed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/board/board_runner.h"
#include "testing/vboard/rig_program.h"

#define MS     1000000ull
#define SECOND (1000 * MS)

#define RCC  0x58024400u
#define NVIC 0xe000e000u

/* ---- the wall ---- */

static struct {
    uint64_t now;
    uint64_t look; /* what it moves by when somebody looks */
    uint64_t late; /* each wait takes longer by this */
} wall;

static uint64_t wall_now(void *ctx)
{
    (void)ctx;
    wall.now += wall.look;
    return wall.now;
}

static void wall_wait(void *ctx, int ms)
{
    (void)ctx;
    wall.now += (uint64_t)ms * MS + wall.late;
}

/* ---- programs: stores, then WFI for ever, with stores behind each; R4 counts the wake-ups ---- */

struct store {
    uint32_t addr, value;
};

struct sleeper {
    const char *name;
    struct store set_up[12], woken[3]; /* the first address 0 ends them */
    uint64_t period_ns;                /* 0: nothing wakes it */
    unsigned work;                     /* instructions behind each wake-up, in fours */
};

static void emit_stores(const struct store *s, size_t n)
{
    for (size_t i = 0; i < n && s[i].addr != 0; i++)
        emit_store(s[i].addr, s[i].value);
}

static void make_program(const struct sleeper *s)
{
    program_begin();
    emit(0xb672); /* cpsid i */
    emit(0x2400); /* movs r4, #0 */
    emit_stores(s->set_up, ARRAY_LEN(s->set_up));
    size_t loop = program_len;
    emit(0xbf30); /* wfi */
    emit(0x3401); /* adds r4, #1 */
    emit_stores(s->woken, ARRAY_LEN(s->woken));
    emit_value(2, s->work + 1);
    emit(0x3a01); /* subs r2, #1 */
    emit(0xbf00);
    emit(0xbf00);
    emit(0xd1fb); /* bne */
    emit(0xe000 | (((uint32_t)(loop - program_len - 4) >> 1) & 0x7ff));
}

/* ---- runs ---- */

static struct board_runner *start(const struct sleeper *s, uint64_t limit_ns)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 1};
    struct board_runner *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->board = vboard_new(&config);
    assert_non_null(r->board);
    make_program(s);
    vboard_flash_poke(r->board, 0, program, program_len);
    vboard_power_on(r->board);
    for (unsigned i = 0; i < VBOARD_UARTS; i++)
        r->lines.line[i].endpoint.fd = r->lines.line[i].endpoint.listener = -1;
    r->lines.console = VBOARD_CONSOLE;
    r->lines.line[VBOARD_CONSOLE - 1].endpoint.kind = ENDPOINT_PTY; /* nobody has it open */
    r->limit_ns = limit_ns;
    r->wall = (struct board_wall){.now_ns = wall_now, .wait = wall_wait};
    return r;
}

static void stop(struct board_runner *r)
{
    vboard_free(r->board);
    free(r);
}

/* All from the 64 MHz of the HSI, as after a reset. */
static const struct sleeper sleepers[] = {
    {.name = "SysTick of a tickless kernel",
     .set_up = {{NVIC + 0x14, 0xffffff}, {NVIC + 0x18, 0}, {NVIC + 0x10, 7}},
     .woken = {{NVIC + 0xd04, 1u << 25}},
     .period_ns = 262144000},
    {.name = "SysTick, 1 ms",
     .set_up = {{NVIC + 0x14, 63999}, {NVIC + 0x18, 0}, {NVIC + 0x10, 7}},
     .woken = {{NVIC + 0xd04, 1u << 25}},
     .period_ns = MS},
    {.name = "SysTick, 1 ms, a third of it work",
     .set_up = {{NVIC + 0x14, 63999}, {NVIC + 0x18, 0}, {NVIC + 0x10, 7}},
     .woken = {{NVIC + 0xd04, 1u << 25}},
     .period_ns = MS,
     .work = 5000},
    {.name = "TIM2",
     .set_up = {{RCC + 0xe8, 1},
                {0x40000028, 6399},
                {0x4000002c, 3699},
                {0x40000014, 1},
                {0x40000010, 0},
                {0x4000000c, 1},
                {0x40000000, 1},
                {NVIC + 0x100, 1u << 28}},
     .woken = {{0x40000010, 0}, {NVIC + 0x280, 1u << 28}},
     .period_ns = 370 * MS},
    {.name = "LPTIM1 from LSI",
     .set_up = {{RCC + 0xe8, 1u << 9},
                {RCC + 0x74, 1},
                {RCC + 0x54, 4u << 28},
                {0x40002408, 2},
                {0x40002410, 1},
                {0x40002418, 31999},
                {0x40002410, 5},
                {NVIC + 0x108, 1u << 29}},
     .woken = {{0x40002404, 2}, {NVIC + 0x288, 1u << 29}},
     .period_ns = SECOND},
    {.name = "RTC's wake-up timer",
     .set_up = {{0x58024800, 1u << 8},
                {RCC + 0x70, 1u | 1u << 8 | 1u << 15},
                {0x58000000, 1u << 19},
                {0x58000080, 1u << 19},
                {0x58004024, 0xca},
                {0x58004024, 0x53},
                {0x58004014, 2047},
                {0x58004008, 1u << 10 | 1u << 14},
                {NVIC + 0x100, 1u << 3}},
     .woken = {{0x5800400c, 0}, {0x58000088, 1u << 19}, {NVIC + 0x280, 1u << 3}},
     .period_ns = SECOND},
    {.name = "nothing"},
};

static void assert_follows(const struct sleeper *s, uint64_t look, uint64_t late)
{
    wall.now = 12345 * MS;
    wall.look = look;
    wall.late = late;
    uint64_t begun = wall.now;
    struct board_runner *r = start(s, 20 * SECOND);
    struct vboard_stop end = board_runner_run(r);
    uint64_t passed = wall.now - begun, board = vboard_now_ns(r->board);
    uint64_t wakes = s->period_ns != 0 ? board / s->period_ns : 0;
    if (board * 100 < passed * 90 || board * 100 > passed * 110)
        fail_msg("%s: %llu ms on the board, %llu on the wall", s->name,
                 (unsigned long long)(board / MS), (unsigned long long)(passed / MS));
    assert_int_equal(end.why, VBOARD_TIME);
    assert_in_range(vboard_cpu_reg(r->board, 4), wakes - wakes / 20, wakes + 1);
    stop(r);
}

static void a_sleeping_board_follows_the_wall(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sleepers); i++)
        assert_follows(&sleepers[i], 0, 0);
}

/* The machine takes four milliseconds for whatever it does between two looks at the clock, and wakes up late. */
static void it_follows_on_a_slow_machine_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sleepers); i++)
        if (sleepers[i].work == 0)
            assert_follows(&sleepers[i], 4 * MS, 7 * MS);
}

/* A process that was stopped for an hour does not run an hour of time-outs at once. */
static void a_machine_that_stood_still_is_not_caught_up(void **state)
{
    (void)state;
    wall.now = wall.look = 0;
    wall.late = 3600 * SECOND;
    struct board_runner *r = start(&sleepers[0], 3 * SECOND);
    (void)board_runner_run(r);
    assert_in_range(wall.now, 3 * 3600 * SECOND, 4 * 3600 * SECOND);
    stop(r);
}

/* Of each 262 ms the board works for 100, in 20 slices that take the machine 2 ms each: they are 40 ms of the wall, and the
 * sleep behind them is not shorter by that. */
static void time_that_work_takes_is_not_slept_less(void **state)
{
    struct sleeper s = sleepers[0];
    (void)state;
    s.work = 1600000;
    wall.now = wall.late = 0;
    wall.look = 2 * MS;
    struct board_runner *r = start(&s, 20 * SECOND);
    (void)board_runner_run(r);
    assert_in_range(wall.now, 20 * SECOND * 190 / 262, 20 * SECOND * 215 / 262);
    stop(r);
}

/* A program that never sleeps runs as fast as the machine can. */
static void work_does_not_wait_for_the_wall(void **state)
{
    static const struct sleeper busy = {.name = "busy", .work = 0x7fffffff};
    (void)state;
    wall.now = wall.look = wall.late = 0;
    struct board_runner *r = start(&busy, SECOND / 10);
    vboard_set_cpu_reg(r->board, VBOARD_PC, PROGRAM_ENTRY + 6); /* behind the WFI */
    (void)board_runner_run(r);
    assert_int_equal(wall.now, 0);
    stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sleeping_board_follows_the_wall),
        cmocka_unit_test(it_follows_on_a_slow_machine_too),
        cmocka_unit_test(a_machine_that_stood_still_is_not_caught_up),
        cmocka_unit_test(time_that_work_takes_is_not_slept_less),
        cmocka_unit_test(work_does_not_wait_for_the_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
