/* The board: power, reset, time, the run loop. */
#include <stdlib.h>
#include <string.h>

#include "vboard/board/inside.h"

/* ---- time ---- */

static uint64_t ns_at(const struct board_state *s, uint64_t cycles)
{
    return s->base_ns + (cycles - s->base_cycles) * s->ns_num / s->ns_den;
}

uint64_t board_now(const struct vboard *v)
{
    return ns_at(&v->s, cpu_cycles(&v->s.cpu));
}

uint64_t board_cycle_at(const struct vboard *v, uint64_t ns)
{
    const struct board_state *s = &v->s;
    if (ns <= s->base_ns)
        return s->base_cycles;
    if (ns - s->base_ns > UINT64_MAX / s->ns_den - s->ns_num)
        return UINT64_MAX;
    return s->base_cycles + ((ns - s->base_ns) * s->ns_den + s->ns_num - 1) / s->ns_num;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

static void set_clock(struct board_state *s, uint32_t khz, uint64_t now)
{
    uint64_t g = gcd(1000000, khz);
    s->base_ns = now;
    s->base_cycles = cpu_cycles(&s->cpu);
    s->ns_num = 1000000 / g;
    s->ns_den = khz / g;
}

void board_clock_changed(struct vboard *v, uint64_t now)
{
    uint32_t khz = h7_rcc_cpu_khz(&v->s.rcc);
    if (khz == 0 || khz * v->s.ns_num == 1000000 * v->s.ns_den)
        return;
    set_clock(&v->s, khz, now);
    v->run_limit = board_cycle_at(v, v->run_end_ns);
}

void board_hold_until(struct vboard *v, uint64_t ns)
{
    uint64_t to = board_cycle_at(v, ns), cycles = cpu_cycles(&v->s.cpu);
    if (ns <= board_now(v) || to <= cycles)
        return;
    v->s.idle_cycles += to - cycles;
    cpu_stall(&v->s.cpu, to - cycles);
}

/* ---- events ---- */

static void env_lint(void *ctx, const char *rule, const char *section, const char *text)
{
    struct vboard *v = ctx;
    board_lint(v, rule, v->access, section, text);
}

static void env_note(void *ctx, const char *text)
{
    board_note(ctx, text);
}

/* Only the core is held: a DMA has its own pace. */
static void env_hold(void *ctx, uint64_t until)
{
    struct vboard *v = ctx;
    if (!v->by_dma)
        board_hold_until(v, until);
}

struct soc_env board_env(struct vboard *v)
{
    return (struct soc_env){
        .soc = v->soc,
        .now = v->event_ns != 0 ? v->event_ns : board_now(v),
        .ctx = v,
        .rcc = &v->s.rcc,
        .dbp = (v->s.pwr.cr1 & 0x100) != 0,
        .supplied = v->s.pwr.cr3_written,
        .size = 4,
        .dma = board_dma,
        .request = board_dma_request,
        .hold = env_hold,
        .defects = v->s.defects,
        .timing = v->s.flash.timing,
        .lint = env_lint,
        .note = env_note,
    };
}

static uint64_t next_uart_event(const struct board_state *s)
{
    uint64_t t = UINT64_MAX;
    for (unsigned i = 0; i < USART_UNITS; i++) {
        uint64_t u = h7_usart_next_event(&s->usart[i]);
        t = u < t ? u : t;
    }
    return t;
}

static uint64_t next_event(struct board_state *s)
{
    uint64_t t = h7_flash_next_event(&s->flash), w = h7_iwdg_next_event(&s->iwdg),
             soc = soc_next_event(&s->peripherals);
    uint64_t uart = next_uart_event(s), clocks = board_clocks_next(s);
    t = clocks < t ? clocks : t;
    t = uart < t ? uart : t;
    t = soc < t ? soc : t;
    return w < t ? w : t;
}

/* Pass interrupt lines that have changed to the core. */
static void set_irqs(struct vboard *v)
{
    uint32_t levels[SOC_IRQ_WORDS];
    (void)soc_next_event(&v->s.peripherals); /* settles its lines, too */
    memcpy(levels, v->s.peripherals.irq, sizeof levels);
    levels[H7_FLASH_IRQ / 32] |= (uint32_t)h7_flash_irq(&v->s.flash) << H7_FLASH_IRQ % 32;
    for (unsigned unit = 1; unit <= USART_UNITS; unit++) {
        unsigned line = h7_usart_place(unit)->irq;
        levels[line / 32] |= (uint32_t)h7_usart_irq(&v->s.usart[unit - 1]) << line % 32;
    }
    for (unsigned w = 0; w < SOC_IRQ_WORDS; w++) {
        uint32_t changed = levels[w] ^ v->s.irq[w];
        v->s.irq[w] = levels[w];
        for (unsigned bit = 0; changed >> bit != 0 && bit < 32; bit++)
            if ((changed >> bit & 1) != 0)
                cpu_irq(&v->s.cpu, 32 * w + bit, (levels[w] >> bit & 1) != 0);
    }
}

/* A new deadline takes the core out of its inner loop, which costs more than many instructions: only if it differs. */
static void set_deadline(struct vboard *v, uint64_t event)
{
    uint64_t to = event < v->run_limit ? event : v->run_limit, next = cpu_cycles(&v->s.cpu) + 1;
    if (v->calls != NULL && to > next)
        to = next;
    if (to == v->deadline)
        return;
    v->deadline = to;
    cpu_set_deadline(&v->s.cpu, to);
}

/* Serve the DMA streams that peripherals request. at: a moment that passed while the bus held the core; 0: now. */
static void serve_dma(struct vboard *v, uint64_t at)
{
    if (!soc_dma_waits(&v->s.peripherals))
        return;
    v->event_ns = at;
    struct soc_env env = board_env(v);
    soc_dma_serve(&v->s.peripherals, &env);
    v->event_ns = 0;
}

void board_reschedule(struct vboard *v)
{
    serve_dma(v, 0);
    set_irqs(v);
    if (!v->in_run)
        return;
    set_deadline(v, board_cycle_at(v, next_event(&v->s)));
}

static void byte_sent(void *ctx, unsigned unit, uint8_t byte)
{
    struct vboard *v = ctx;
    v->sent_byte = true;
    if (v->config.uart_tx != NULL && unit == v->wiring->console)
        v->config.uart_tx(v->config.ctx, byte);
    if (v->config.uart_any != NULL)
        v->config.uart_any(v->config.ctx, unit, byte);
}

/* Events in their order: the DMA takes a byte before the next one arrives, however long the bus holds the core. */
static void advance_uarts(struct vboard *v, struct soc_env env)
{
    uint64_t now = env.now;
    while ((env.now = next_uart_event(&v->s)) <= now) {
        for (unsigned unit = 1; unit <= USART_UNITS; unit++) {
            struct h7_usart *u = &v->s.usart[unit - 1];
            if (h7_usart_next_event(u) > env.now)
                continue;
            struct usart_wires wires = board_wires(v, unit);
            h7_usart_advance(u, &env, &wires, &v->s.queue[unit - 1], byte_sent);
        }
        serve_dma(v, env.now);
    }
}

static void system_reset(struct vboard *v, uint32_t flags);

static void advance(struct vboard *v)
{
    struct soc_env env = board_env(v);
    h7_flash_advance(&v->s.flash, env.now);
    if (!v->s.power)
        return;
    board_clocks_advance(v);
    advance_uarts(v, env);
    soc_advance(&v->s.peripherals, &env);
    if (v->s.peripherals.wwdg.bites)
        system_reset(v, RSR_WWDG1RSTF | RSR_PINRSTF | RSR_CPURSTF);
    if (h7_iwdg_next_event(&v->s.iwdg) <= env.now)
        system_reset(v, RSR_IWDG1RSTF | RSR_PINRSTF | RSR_CPURSTF);
    board_reschedule(v);
}

/* ---- reset and power ---- */

static void reset_blocks(struct vboard *v, uint32_t flags, bool power_on)
{
    struct board_state *s = &v->s;
    uint64_t now = board_now(v);
    h7_rcc_reset(&s->rcc, flags);
    set_clock(s, h7_rcc_cpu_khz(&s->rcc), now);
    h7_pwr_reset(&s->pwr, power_on);
    soc_reset(&s->peripherals, power_on);
    for (unsigned i = 0; i < H7_PORTS; i++)
        h7_gpio_reset(&s->gpio[i], i);
    for (unsigned i = 0; i < USART_UNITS; i++) {
        uint64_t arriving = s->usart[i].rx_end; /* the sender does not know of our reset */
        h7_usart_reset(&s->usart[i]);
        s->usart[i].rx_end = arriving;
    }
    h7_iwdg_reset(&s->iwdg);
    if ((s->flash.cur.optsr >> 4 & 1) == 0) /* IWDG1_SW */
        h7_iwdg_start(&s->iwdg, now);
    struct soc_env env = board_env(v);
    soc_clocks(&s->peripherals, &env);
    s->reset_asked = false;
    memset(s->irq, 0, sizeof s->irq);
    for (unsigned i = 0; i < CPU_IRQS; i++)
        cpu_irq(&s->cpu, i, false);
}

/* BOOT0 is low: BOOT_ADD0. */
static uint32_t boot_address(const struct vboard *v)
{
    return v->s.flash.cur.boot << 16;
}

static void system_reset(struct vboard *v, uint32_t flags)
{
    h7_flash_reset(&v->s.flash, board_now(v));
    reset_blocks(v, flags, false);
    cpu_invalidate(&v->s.cpu, 0, 0);
    cpu_reset(&v->s.cpu, boot_address(v));
    v->s.reset_asked = true; /* the run loop returns VBOARD_RESET */
    if (v->calls != NULL)
        calls_reset(v);
}

/* After power-on RAM holds noise, from the seed. */
static void scramble_ram(struct board_state *s, uint64_t seed)
{
    uint64_t rng = seed ^ s->power_ons * 0xd1342543de82ef95u;
    for (uint32_t page = 0; page < RAM_PAGES && s->ram[page] != NULL; page++) {
        uint8_t *bytes = page_own(&s->ram[page]);
        for (uint32_t i = 0; i < SOC_PAGE; i += 8) {
            uint64_t r = h7_random(&rng);
            memcpy(bytes + i, &r, 8);
        }
    }
}

void vboard_power_on(struct vboard *v)
{
    struct board_state *s = &v->s;
    uint64_t now = board_now(v);
    if (s->power)
        h7_flash_power_off(&s->flash, now);
    s->power = true;
    s->power_ons++;
    v->cut = v->linted = v->at_break = false;
    v->seen_count = 0;
    v->stop_text[0] = '\0';
    scramble_ram(s, v->config.seed);
    h7_flash_power_on(&s->flash);
    for (unsigned i = 0; i < USART_UNITS; i++) {
        s->queue[i].count = 0;
        s->usart[i].rx_end = 0;
    }
    s->peripherals.rng = v->config.seed ^ s->power_ons * 0xa0761d6478bd642fu;
    reset_blocks(v, RSR_PORRSTF | RSR_PINRSTF | RSR_BORRSTF | RSR_D1RSTF | RSR_D2RSTF | RSR_CPURSTF,
                 true);
    cpu_invalidate(&s->cpu, 0, 0);
    cpu_reset(&s->cpu, boot_address(v));
}

void vboard_reset_pin(struct vboard *v)
{
    if (!v->s.power)
        return;
    system_reset(v, RSR_PINRSTF | RSR_CPURSTF);
    v->s.reset_asked = false;
}

/* ---- life of a board ---- */

static void flash_lint_event(void *ctx, const char *rule, uint32_t addr, const char *section,
                             const char *text)
{
    struct vboard *v = ctx;
    board_lint_at(v, v->s.flash.lint_pc, rule, addr, section, text);
}

static void flash_revoke(void *ctx, uint32_t off, uint32_t len)
{
    struct vboard *v = ctx;
    cpu_invalidate(&v->s.cpu, v->soc->flash.base + off, len);
}

static void flash_operation(void *ctx, const struct h7_op *op)
{
    struct vboard *v = ctx;
    v->op_pc[op->bank] = cpu_reg(&v->s.cpu, 15);
    board_trace(v, op);
    if (op->refused || v->config.operation == NULL)
        return;
    const struct vboard_operation begun = {
        .number = v->s.flash.operations,
        .kind = op->kind == H7_OP_PROGRAM   ? VBOARD_PROGRAM
                : op->kind == H7_OP_OPTIONS ? VBOARD_OPTIONS
                                            : VBOARD_ERASE,
        .offset = op->off,
        .size = op->len,
        .begin_ns = op->start,
        .ns = op->end - op->start,
        .typical_ns = op->typical,
    };
    v->config.operation(v->config.ctx, &begun);
}

static void flash_changed(void *ctx, const struct h7_op *op)
{
    points_flash(ctx, op);
    flash_map_options(ctx);
}

static void flash_power_cut(void *ctx)
{
    struct vboard *v = ctx;
    v->s.power = false;
    v->cut = true;
    flash_map_options(v);
    cpu_request_stop(&v->s.cpu);
}

static struct cpu_bus bus_of(struct vboard *v)
{
    struct cpu_bus bus = board_bus;
    bus.ctx = v;
    bus.irqs = v->soc->interrupts;
    bus.cache = v->soc->cache;
    return bus;
}

static void bind(struct vboard *v)
{
    v->bus = bus_of(v);
    v->flash_host = (struct h7_flash_host){
        v, flash_lint_event, flash_revoke, flash_operation, flash_power_cut, flash_changed};
    v->s.flash.host = &v->flash_host;
    cpu_attach(&v->s.cpu, &v->bus, v->cache);
}

struct vboard *vboard_new(const struct vboard_config *config)
{
    const struct wiring *wiring = board_wiring(config->board);
    struct vboard *v = wiring != NULL ? calloc(1, sizeof *v) : NULL;
    if (v == NULL)
        return NULL;
    v->wiring = wiring;
    v->soc = v->wiring->soc;
    v->units = soc_units_of(v->soc);
    v->config = *config;
    v->s.defects = config->defects;
    v->map = FLASH_MAP_NONE;
    v->cache = cpu_cache_new();
    if (config->sdram_mb != 0)
        v->sdram = calloc(config->sdram_mb, 1u << 20);
    if (v->cache == NULL || (v->sdram == NULL && config->sdram_mb != 0)) {
        vboard_free(v);
        return NULL;
    }
    v->bus = bus_of(v);
    cpu_init(&v->s.cpu, &v->bus, v->cache);
    for (uint32_t i = 0; i < board_ram_pages(v->soc); i++)
        memset(page_own(&v->s.ram[i]), 0, SOC_PAGE);
    h7_cells_in_pages(&v->s.flash.cells, &v->soc->flash);
    h7_flash_init(&v->s.flash, &v->flash_host, config->timing, config->seed);
    v->s.rcc.hse_crystal = config->hse_hz != 0;
    v->s.rcc.hse_hz = v->s.rcc.hse_crystal ? config->hse_hz : v->wiring->hse_hz;
    h7_rcc_reset(&v->s.rcc, RSR_PORRSTF);
    set_clock(&v->s, h7_rcc_cpu_khz(&v->s.rcc), 0);
    h7_iwdg_reset(&v->s.iwdg);
    for (uint32_t i = 0, at = 0; i < USART_UNITS; at += v->s.queue[i++].size) {
        h7_usart_reset(&v->s.usart[i]);
        v->s.queue[i].size = i + 1 == v->wiring->console ? USART_QUEUE : USART_QUEUE_OTHER;
        v->s.queue[i].at = at;
    }
    soc_reset(&v->s.peripherals, true);
    bind(v);
    h7_flash_power_off(&v->s.flash, 0);
    return v;
}

void vboard_free(struct vboard *v)
{
    if (v == NULL)
        return;
    vboard_free(v->probe);
    free(v->calls);
    free(v->sdram);
    pages_drop(v->s.ram, RAM_PAGES);
    h7_cells_free(&v->s.flash.cells);
    flash_map_close(&v->map);
    symbols_drop(v->symbols);
    cpu_cache_free(v->cache);
    free(v);
}

void vboard_copy(struct vboard *dst, const struct vboard *src)
{
    if (dst == src)
        return;
    dst->wiring = src->wiring;
    dst->soc = src->soc;
    dst->units = src->units;
    pages_share(src->s.ram, RAM_PAGES);
    pages_drop(dst->s.ram, RAM_PAGES);
    h7_cells_copy(&dst->s.flash.cells, &src->s.flash.cells);
    const struct h7_cells cells = dst->s.flash.cells; /* dst keeps its own memory */
    memcpy(&dst->s, &src->s, sizeof dst->s);
    dst->s.flash.cells = cells;
    flash_map_options(dst);
    if (src->sdram != NULL && dst->config.sdram_mb == src->config.sdram_mb)
        memcpy(dst->sdram, src->sdram, (size_t)src->config.sdram_mb << 20);
    cpu_cache_forget_windows(src->cache); /* what src writes from now on, it must own first */
    struct symbols *symbols = symbols_share(src->symbols);
    symbols_drop(dst->symbols);
    dst->symbols = symbols;
    dst->lints = src->lints;
    dst->at_break = false;
    dst->cut = src->cut;
    dst->linted = false;
    dst->seen_count = 0;
    dst->stop_text[0] = '\0';
    bind(dst);
}

/* ---- running ---- */

struct run {
    uint64_t end_ns;
    unsigned until;
    bool awake; /* the core has done something since vboard_run was called */
    bool stepped;
};

static struct vboard_stop stopped(struct vboard *v, enum vboard_why why)
{
    struct vboard_stop stop = {.why = why};
    v->in_run = false;
    flash_map_options(v);
    board_describe(v, &stop);
    return stop;
}

/* Reasons to return that do not come from the core; looked at before it runs on. */
static bool finished(struct vboard *v, const struct run *r, enum vboard_why *why)
{
    if (v->cut || !v->s.power)
        *why = VBOARD_CUT;
    else if (v->linted)
        *why = VBOARD_LINT;
    else if (v->watch_hit)
        *why = VBOARD_WATCHPOINT;
    else if (r->stepped)
        *why = VBOARD_STEPPED;
    else if (v->s.reset_asked && (r->until & VBOARD_UNTIL_RESET) != 0)
        *why = VBOARD_RESET;
    else if (v->sent_byte && (r->until & VBOARD_UNTIL_OUTPUT) != 0)
        *why = VBOARD_OUTPUT;
    else if (board_now(v) >= r->end_ns)
        *why = VBOARD_TIME;
    else
        return false;
    return true;
}

static bool is_idle(const struct vboard *v)
{
    for (unsigned i = 0; i < USART_UNITS; i++)
        if (!h7_usart_quiet(&v->s.usart[i], &v->s.queue[i]))
            return false;
    return !h7_flash_busy(&v->s.flash, 0) && !h7_flash_busy(&v->s.flash, 1);
}

bool vboard_is_idle(const struct vboard *v)
{
    return v->s.power && cpu_sleeping(&v->s.cpu) && is_idle(v);
}

/* The core sleeps: let time pass up to the next event. */
static void sleep_on(struct vboard *v, const struct run *r)
{
    uint64_t event = next_event(&v->s), core = cpu_next_event(&v->s.cpu);
    uint64_t before = cpu_cycles(&v->s.cpu);
    uint64_t to = board_cycle_at(v, event < r->end_ns ? event : r->end_ns);
    if (core < to)
        to = core;
    if (to > before)
        cpu_sleep_until(&v->s.cpu, to);
    v->s.idle_cycles += cpu_cycles(&v->s.cpu) - before;
}

static enum cpu_stop run_core(struct vboard *v, const struct run *r)
{
    uint64_t event = next_event(&v->s);
    v->run_end_ns = r->end_ns;
    v->run_limit = board_cycle_at(v, r->end_ns);
    if (v->break_passed || v->stepping)
        v->run_limit = cpu_cycles(&v->s.cpu) + 1; /* one instruction, and the breakpoint is back */
    v->deadline = UINT64_MAX;                     /* the core's may be that of the copied board */
    cpu_set_deadline(&v->s.cpu, v->deadline);
    set_deadline(v, board_cycle_at(v, event));
    v->in_run = true;
    if (v->calls != NULL)
        calls_before(v);
    enum cpu_stop stop = cpu_run(&v->s.cpu);
    v->in_run = false;
    if (v->calls != NULL)
        calls_after(v);
    v->break_passed = false;
    return stop;
}

static bool core_is_stuck(enum cpu_stop stop, enum vboard_why *why)
{
    switch (stop) {
    case CPU_STOP_LOCKUP:
        *why = VBOARD_LOCKUP;
        return true;
    case CPU_STOP_UNKNOWN:
        *why = VBOARD_UNKNOWN_INSTRUCTION;
        return true;
    case CPU_STOP_BUS:
        *why = VBOARD_UNKNOWN_REGISTER;
        return true;
    case CPU_STOP_BKPT:
        *why = VBOARD_BREAKPOINT;
        return true;
    default:
        return false;
    }
}

static void met_breakpoint(struct vboard *v)
{
    v->break_pc = cpu_reg(&v->s.cpu, 15);
    cpu_unfetch(&v->s.cpu);
}

struct vboard_stop vboard_run(struct vboard *v, uint64_t ns, unsigned until)
{
    enum vboard_why why;
    struct run r = {.until = until};
    uint64_t now = board_now(v);
    r.end_ns = ns > UINT64_MAX - now ? UINT64_MAX : now + ns;
    v->sent_byte = v->linted = v->watch_hit = false;
    v->stepping = (until & VBOARD_UNTIL_STEP) != 0;
    /* Go on behind it. */
    v->break_passed = v->stepping || (v->at_break && v->break_pc == cpu_reg(&v->s.cpu, 15));
    v->at_break = false;
    v->stop_text[0] = '\0';
    v->s.reset_asked = false;
    for (;;) {
        if (v->s.power)
            advance(v);
        if (finished(v, &r, &why))
            return stopped(v, why);
        v->s.reset_asked = false;
        uint64_t cycles = cpu_cycles(&v->s.cpu);
        enum cpu_stop stop = cpu_sleeping(&v->s.cpu) ? CPU_STOP_SLEEP : run_core(v, &r);
        if (v->at_break)
            met_breakpoint(v);
        r.stepped = v->stepping && cpu_cycles(&v->s.cpu) != cycles;
        if (core_is_stuck(stop, &why) && v->s.power)
            return stopped(v, v->at_break ? VBOARD_BREAKPOINT : why);
        if (stop == CPU_STOP_RESET)
            system_reset(v, RSR_SFTRSTF | RSR_PINRSTF | RSR_CPURSTF);
        if (stop != CPU_STOP_SLEEP) {
            r.awake = true;
            continue;
        }
        if (r.stepped)
            continue;
        if (r.awake && (until & VBOARD_UNTIL_IDLE) != 0 && is_idle(v))
            return stopped(v, VBOARD_IDLE);
        r.awake = true;
        sleep_on(v, &r);
    }
}
