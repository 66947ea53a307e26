/* The GDB machine: packets, who runs and who waits, and the table of commands. */
#include "vboard/gdb.h"

#include <string.h>

#include "vboard/debug/gdb_inside.h"

/* GDB's numbers of signals (include/gdb/signals.def). */
enum {
    SIG_INT = 2,
    SIG_ILL = 4,
    SIG_TRAP = 5,
    SIG_BUS = 10,
    SIG_SEGV = 11,
    SIG_USR1 = 30,
    SIG_PWR = 32
};

/* An answer, its frame, and the console text that may come with it. */
#define ROOM_FOR_ANSWER (3 * GDB_PACKET)

/* ---- halted and running ---- */

void gdb_init(struct gdb *g, struct vboard *v, FILE *trace, bool halted)
{
    memset(g, 0, sizeof *g);
    g->board = v;
    g->trace = trace;
    g->halted = halted;
    g->signal = SIG_TRAP;
}

static void forget_line(struct gdb *g)
{
    g->receiver = GDB_BETWEEN;
    g->out_len = g->last_len = 0;
    g->no_ack = g->extended = g->close = g->stepping = false;
}

void gdb_connect(struct gdb *g)
{
    forget_line(g);
    if (!g->dead && !g->halted)
        g->signal = SIG_TRAP;
    g->attached = g->halted = true;
}

void gdb_disconnect(struct gdb *g)
{
    forget_line(g);
    vboard_points_clear(g->board);
    g->attached = false;
    g->halted = g->dead;
}

bool gdb_halted(const struct gdb *g)
{
    return g->halted;
}

unsigned gdb_until(const struct gdb *g)
{
    return g->attached && g->stepping ? VBOARD_UNTIL_STEP : 0;
}

bool gdb_wants_close(const struct gdb *g)
{
    return g->close && g->out_len == 0;
}

bool gdb_killed(const struct gdb *g)
{
    return g->killed;
}

static void report_stop(struct gdb *g)
{
    gdb_begin(g);
    gdb_add(g, "T%02x", g->signal);
    if (g->stop.why == VBOARD_WATCHPOINT)
        gdb_add(g, "watch:%x;", (unsigned)g->stop.addr);
    gdb_add(g, "thread:1;");
    gdb_end(g);
}

static void halt(struct gdb *g, unsigned signal)
{
    g->halted = true;
    g->stepping = false;
    g->signal = signal;
    if (g->attached)
        report_stop(g);
}

void gdb_halt_at_reset(struct gdb *g)
{
    memset(&g->stop, 0, sizeof g->stop);
    g->dead = false;
    g->halted = true;
    g->signal = SIG_TRAP;
}

static bool in_range(const struct gdb *g, uint32_t pc)
{
    return g->range_first <= pc && pc < g->range_end;
}

void gdb_stopped(struct gdb *g, const struct vboard_stop *stop)
{
    static const struct {
        enum vboard_why why;
        unsigned signal;
        bool dead, printed; /* printed: the client shows the reason */
    } rows[] = {
        {VBOARD_BREAKPOINT, SIG_TRAP, false, false},
        {VBOARD_STEPPED, SIG_TRAP, false, false},
        {VBOARD_WATCHPOINT, SIG_TRAP, false, true},
        {VBOARD_LINT, SIG_USR1, false, true},
        {VBOARD_LOCKUP, SIG_SEGV, true, true},
        {VBOARD_UNKNOWN_INSTRUCTION, SIG_ILL, true, true},
        {VBOARD_UNKNOWN_REGISTER, SIG_BUS, true, true},
        {VBOARD_CUT, SIG_PWR, true, true},
    };
    if (stop->why == VBOARD_STEPPED && in_range(g, stop->pc))
        return;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].why != stop->why)
            continue;
        g->stop = *stop;
        g->dead = rows[i].dead;
        if (rows[i].printed && g->attached)
            gdb_print(g, "board: %s\n", stop->text);
        halt(g, rows[i].signal);
        return;
    }
}

/* On a BKPT instruction the core would stay for ever; as other debuggers do, step over it. */
static void pass_bkpt(struct gdb *g)
{
    uint8_t half[2];
    uint32_t pc = vboard_cpu_reg(g->board, VBOARD_PC);
    if (g->stop.why == VBOARD_BREAKPOINT && g->stop.pc == pc &&
        vboard_read(g->board, pc, half, 2) == 2 && half[1] == 0xbe)
        (void)vboard_skip(g->board);
}

static void go(struct gdb *g, bool step)
{
    pass_bkpt(g);
    g->halted = false;
    g->stepping = step;
    g->range_first = g->range_end = 0;
}

static void interrupted(struct gdb *g)
{
    if (g->halted)
        return;
    memset(&g->stop, 0, sizeof g->stop);
    halt(g, SIG_INT);
}

/* ---- commands ---- */

static void answer_ok(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_answer(g, "OK");
}

static void answer_stop(struct gdb *g, struct gdb_text t)
{
    (void)t;
    g->halted = true;
    report_stop(g);
}

static void supported(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_begin(g);
    gdb_add(g, "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;", GDB_PACKET - 8);
    gdb_add(g, "qXfer:memory-map:read+;vContSupported+");
    gdb_end(g);
}

static void no_ack(struct gdb *g, struct gdb_text t)
{
    answer_ok(g, t);
    g->no_ack = true;
}

static void extend(struct gdb *g, struct gdb_text t)
{
    g->extended = true;
    answer_ok(g, t);
}

static void at_address(struct gdb *g, struct gdb_text t)
{
    uint32_t pc;
    if (gdb_take_hex(&t, &pc))
        vboard_set_cpu_reg(g->board, VBOARD_PC, pc);
}

static void carry_on(struct gdb *g, struct gdb_text t)
{
    at_address(g, t);
    go(g, false);
}

static void step(struct gdb *g, struct gdb_text t)
{
    at_address(g, t);
    go(g, true);
}

/* The signal is the program's own business; there is none here. */
static void carry_on_with(struct gdb *g, struct gdb_text t)
{
    (void)t;
    go(g, false);
}

static void step_with(struct gdb *g, struct gdb_text t)
{
    (void)t;
    go(g, true);
}

static void cont_actions(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_answer(g, "vCont;c;C;s;S;r");
}

static void range_step(struct gdb *g, struct gdb_text t)
{
    uint32_t first, end;
    if (!gdb_take_hex(&t, &first) || !gdb_take(&t, ',') || !gdb_take_hex(&t, &end)) {
        gdb_answer(g, "E01");
        return;
    }
    go(g, true);
    g->range_first = first;
    g->range_end = end;
}

/* One thread: the first action is the one that counts. */
static void cont(struct gdb *g, struct gdb_text t)
{
    if (gdb_take(&t, 'c') || gdb_take(&t, 'C'))
        go(g, false);
    else if (gdb_take(&t, 's') || gdb_take(&t, 'S'))
        go(g, true);
    else if (gdb_take(&t, 'r'))
        range_step(g, t);
    else
        gdb_answer(g, "E01");
}

static void detach(struct gdb *g, struct gdb_text t)
{
    answer_ok(g, t);
    vboard_points_clear(g->board);
    g->attached = g->stepping = false;
    g->halted = g->dead;
    g->close = true;
}

static void kill_board(struct gdb *g, struct gdb_text t)
{
    (void)t;
    g->killed = g->close = true;
}

static void reset_and_halt(struct gdb *g)
{
    vboard_reset_pin(g->board);
    gdb_halt_at_reset(g);
}

/* In extended mode the program is killed, and the board waits for `run`. */
static void kill_process(struct gdb *g, struct gdb_text t)
{
    answer_ok(g, t);
    if (g->extended)
        reset_and_halt(g);
    else
        g->killed = g->close = true;
}

static void restart(struct gdb *g, struct gdb_text t)
{
    (void)t;
    reset_and_halt(g);
}

static void run(struct gdb *g, struct gdb_text t)
{
    (void)t;
    reset_and_halt(g);
    report_stop(g);
}

static void transfer(struct gdb *g, struct gdb_text t, const char *text)
{
    uint32_t off, len, total = (uint32_t)strlen(text);
    if (!gdb_take_hex(&t, &off) || !gdb_take(&t, ',') || !gdb_take_hex(&t, &len) || off > total) {
        gdb_answer(g, "E01");
        return;
    }
    uint32_t room = GDB_PACKET - 16, n = total - off;
    n = n < len ? n : len;
    n = n < room ? n : room;
    gdb_begin(g);
    gdb_put(g, off + n == total ? "l" : "m", 1);
    gdb_put(g, text + off, n);
    gdb_end(g);
}

static void target_xml(struct gdb *g, struct gdb_text t)
{
    transfer(g, t, gdb_target_xml);
}

static void memory_map(struct gdb *g, struct gdb_text t)
{
    char map[GDB_MAP];
    gdb_memory_map(g, map);
    transfer(g, t, map);
}

static void attached(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_answer(g, "1");
}

static void first_thread(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_answer(g, "m1");
}

static void no_more_threads(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_answer(g, "l");
}

static void current_thread(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_answer(g, "QC1");
}

static void thread_info(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_begin(g);
    gdb_add_hex(g, "Cortex-M7", 9);
    gdb_end(g);
}

/* The first row that matches; what matches none gets the empty answer, which means "not supported". */
static const struct {
    const char *name;
    void (*run)(struct gdb *g, struct gdb_text t);
} commands[] = {
    {"qSupported", supported},
    {"QStartNoAckMode", no_ack},
    {"qXfer:features:read:target.xml:", target_xml},
    {"qXfer:memory-map:read::", memory_map},
    {"qRcmd,", gdb_monitor},
    {"qAttached", attached},
    {"qfThreadInfo", first_thread},
    {"qsThreadInfo", no_more_threads},
    {"qThreadExtraInfo,", thread_info},
    {"qSymbol::", answer_ok},
    {"qCRC", NULL}, /* GDB reads memory instead */
    {"qC", current_thread},
    {"vCont?", cont_actions},
    {"vCont;", cont},
    {"vFlashErase:", gdb_flash_erase},
    {"vFlashWrite:", gdb_flash_write},
    {"vFlashDone", gdb_flash_done},
    {"vKill;", kill_process},
    {"vRun", run},
    {"q", NULL},
    {"Q", NULL},
    {"v", NULL},
    {"?", answer_stop},
    {"!", extend},
    {"g", gdb_read_registers},
    {"G", gdb_write_registers},
    {"p", gdb_read_register},
    {"P", gdb_write_register},
    {"m", gdb_read_memory},
    {"M", gdb_write_memory},
    {"X", gdb_write_binary},
    {"Z", gdb_point_add},
    {"z", gdb_point_remove},
    {"c", carry_on},
    {"C", carry_on_with},
    {"s", step},
    {"S", step_with},
    {"H", answer_ok},
    {"T", answer_ok},
    {"D", detach},
    {"k", kill_board},
    {"R", restart},
};

static void dispatch(struct gdb *g)
{
    struct gdb_text t = {(const char *)g->body, (const char *)g->body + g->body_len};
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (!gdb_take_word(&t, commands[i].name))
            continue;
        if (commands[i].run == NULL)
            break;
        commands[i].run(g, t);
        return;
    }
    gdb_answer(g, "");
}

/* ---- the line ---- */

static void packet(struct gdb *g, uint8_t sum_low)
{
    uint8_t sum = (uint8_t)(g->sum_high << 4 | sum_low);
    g->receiver = GDB_BETWEEN;
    if (!g->no_ack)
        gdb_put(g, sum == g->sum ? "+" : "-", 1);
    if (sum != g->sum && !g->no_ack)
        return;
    if (g->body_len > GDB_PACKET)
        gdb_answer(g, "E22"); /* it would not help to ask for it again */
    else
        dispatch(g);
}

static void between(struct gdb *g, uint8_t c)
{
    if (c == '$') {
        g->receiver = GDB_BODY;
        g->body_len = g->sum = 0;
    } else if (c == 3) {
        interrupted(g);
    } else if (c == '-' && !g->no_ack) {
        gdb_put(g, g->last, g->last_len);
    }
}

static void body(struct gdb *g, uint8_t c)
{
    if (c == '#') {
        g->receiver = GDB_SUM_HIGH;
        return;
    }
    if (c == '$') { /* never inside a packet: the one before was cut short */
        g->body_len = g->sum = 0;
        return;
    }
    g->sum = (uint8_t)(g->sum + c);
    if (g->body_len <= GDB_PACKET)
        g->body[g->body_len++] = c;
}

static void receive(struct gdb *g, uint8_t c)
{
    int value = gdb_digit((char)c);
    switch (g->receiver) {
    case GDB_BETWEEN:
        between(g, c);
        return;
    case GDB_BODY:
        body(g, c);
        return;
    case GDB_SUM_HIGH:
        g->receiver = GDB_SUM_LOW;
        g->sum_high = (uint8_t)(value & 15);
        break;
    case GDB_SUM_LOW:
        if (value >= 0)
            packet(g, (uint8_t)value);
        break;
    }
    if (value < 0) { /* no checksum at all */
        g->receiver = GDB_BETWEEN;
        if (!g->no_ack)
            gdb_put(g, "-", 1);
    }
}

size_t gdb_receive(struct gdb *g, const void *data, size_t len)
{
    const uint8_t *from = data;
    size_t n = 0;
    for (; n < len && !g->close && sizeof g->out - g->out_len >= ROOM_FOR_ANSWER; n++)
        receive(g, from[n]);
    return g->close ? len : n;
}

size_t gdb_send(struct gdb *g, void *dst, size_t cap)
{
    size_t n = g->out_len < cap ? g->out_len : cap;
    memcpy(dst, g->out, n);
    memmove(g->out, g->out + n, g->out_len - n);
    g->out_len -= n;
    return n;
}
