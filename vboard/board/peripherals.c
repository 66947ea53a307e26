/* The peripherals on the bus: which block answers, is it clocked, what else changes with a register. */
#include "core/base/compiler.h"
#include "vboard/board/inside.h"

#define BLOCK_SIZE 0x400u

#define SYSCFG_EXTICR1 0x08u
#define SYSCFG_PWRCR   0x2cu /* ODEN alone */

static bool is_flash_reg(uint32_t addr)
{
    return addr - FLASH_R_BASE < H7_FLASH_REGS_SIZE;
}

/* What RCC does with a unit. */
struct gate {
    const char *name, *rule;
    uint32_t enable_reg, reset_reg; /* 0: always on; never reset by itself */
    unsigned enable_bit, reset_bit;
};

static void gate_lint(struct vboard *v, const struct gate *g, const char *rule, uint32_t addr,
                      bool in_reset)
{
    char reg[24], text[140];
    (void)board_register_name(v->soc, RCC_BASE + (in_reset ? g->reset_reg : g->enable_reg), reg,
                              sizeof reg);
    snprintf(text, sizeof text,
             in_reset ? "%s is written while it is held in reset (%s, bit %u): ignored"
                      : "%s is used while its clock is off (%s, bit %u): reads 0, writes are "
                        "ignored",
             g->name, reg, in_reset ? g->reset_bit : g->enable_bit);
    board_lint(v, rule, addr,
               in_reset ? "RM0433 RCC reset registers" : "RM0433 RCC clock enable registers", text);
}

static bool clocked(struct vboard *v, const struct gate *g, uint32_t addr)
{
    if (g->enable_reg == 0 || h7_rcc_on(&v->s.rcc, g->enable_reg, g->enable_bit))
        return true;
    gate_lint(v, g, g->rule, addr, false);
    return false;
}

static bool writable(struct vboard *v, const struct gate *g, uint32_t addr)
{
    if (!clocked(v, g, addr))
        return false;
    if (g->reset_reg == 0 || !h7_rcc_on(&v->s.rcc, g->reset_reg, g->reset_bit))
        return true;
    gate_lint(v, g, "RST1", addr, true);
    return false;
}

static struct gate gate_of_usart(const struct usart_place *p)
{
    return (struct gate){p->name, "CLK1", p->enable_reg, p->reset_reg, p->bit, p->bit};
}

static struct gate gate_of_block(const struct soc_block *b)
{
    return (struct gate){b->name, "CLK3", b->enable_reg, b->reset_reg, b->enable_bit, b->reset_bit};
}

static struct gate gate_of_port(unsigned port)
{
    static const char names[H7_PORTS][6] = {"GPIOA", "GPIOB", "GPIOC", "GPIOD", "GPIOE", "GPIOF",
                                            "GPIOG", "GPIOH", "GPIOI", "GPIOJ", "GPIOK"};
    return (struct gate){names[port], "CLK2", RCC_AHB4ENR, RCC_AHB4RSTR, port, port};
}

bool board_has(const struct soc *soc, const struct soc_units *units, uint32_t addr)
{
    if ((addr & ~3u) == SYSCFG_BASE + SYSCFG_PWRCR && !soc->clocks.overdrive)
        return false;
    return soc_unit_at(units, addr) != NULL;
}

/* ---- UARTs ---- */

static bool is_af(const void *ctx, unsigned port, unsigned pin, unsigned af)
{
    const struct board_state *s = ctx;
    return h7_rcc_on(&s->rcc, RCC_AHB4ENR, port) && h7_gpio_is_af(&s->gpio[port], pin, af);
}

struct usart_wires board_wires(const struct vboard *v, unsigned unit)
{
    const struct board_state *s = &v->s;
    const struct usart_place *p = h7_usart_place(unit);
    const struct wired_pin *tx = &v->wiring->console_tx;
    return (struct usart_wires){
        .kernel_khz = h7_rcc_hz(&s->rcc, (enum h7_clock)p->clock) / 1000,
        .line = v->line[unit - 1],
        .seed = v->config.seed,
        .clocked = h7_rcc_on(&s->rcc, p->enable_reg, p->bit),
        .tx_pin = h7_usart_pin(unit, true, is_af, s),
        .rx_pin = h7_usart_pin(unit, false, is_af, s),
        .wired = unit == v->wiring->console ? &v->wiring->console_texts : NULL,
        .unheard = unit == v->wiring->console && !is_af(s, tx->port, tx->pin, tx->af),
        .unit = (uint8_t)unit,
        .waiting = s->waiting,
    };
}

static unsigned usart_at(uint32_t base)
{
    for (unsigned unit = 1; unit <= USART_UNITS; unit++)
        if (h7_usart_place(unit)->base == base)
            return unit;
    return 0;
}

static enum h7_answer usart_read(struct vboard *v, unsigned unit, uint32_t off, uint32_t *value)
{
    const struct usart_place *p = h7_usart_place(unit);
    struct soc_env env = board_env(v);
    struct gate gate = gate_of_usart(p);
    if (!clocked(v, &gate, p->base + off))
        return H7_OK;
    return h7_usart_read(&v->s.usart[unit - 1], &env, off, value);
}

static enum h7_answer usart_write(struct vboard *v, unsigned unit, uint32_t off, uint32_t value)
{
    const struct usart_place *p = h7_usart_place(unit);
    struct soc_env env = board_env(v);
    struct usart_wires wires = board_wires(v, unit);
    struct gate gate = gate_of_usart(p);
    if (!writable(v, &gate, p->base + off))
        return H7_OK;
    return h7_usart_write(&v->s.usart[unit - 1], &env, &wires, off, value);
}

/* ---- clocks against supply and flash ---- */

/* What WRHIGHFREQ must be at least. */
static uint32_t delay_of_writes(const struct soc_clocks *limits, unsigned vos, uint32_t mhz)
{
    uint32_t need = 0;
    if (limits->flash_slow_write != 0)
        return mhz > limits->flash_slow_write ? 2 : mhz > limits->flash[vos][0] ? 1 : 0;
    while (need < 3 && mhz > limits->flash[vos][need])
        need++;
    return need;
}

static bool overdrive(struct vboard *v)
{
    return (*soc_word(&v->s.peripherals, soc_find(SYSCFG_BASE), SYSCFG_PWRCR) & 1) != 0;
}

static void check_flash(struct vboard *v, uint32_t hclk)
{
    const struct soc_clocks *limits = &v->soc->clocks;
    unsigned vos = v->s.pwr.level;
    uint32_t latency = v->s.flash.acr & 15, freq = v->s.flash.acr >> 4 & 3;
    uint32_t mhz = limits->flash[vos][latency < SOC_LATENCIES ? latency : SOC_LATENCIES - 1];
    if (latency < 5 && hclk > mhz)
        board_lint(v, "ACR1", FLASH_R_BASE, "RM0433 flash wait states",
                   "flash latency too low for this clock and voltage scale");
    else if (freq < delay_of_writes(limits, vos, hclk))
        board_lint(v, "ACR1", FLASH_R_BASE, "RM0433 flash wait states",
                   "WRHIGHFREQ too low for this clock and voltage scale");
}

static uint32_t mhz_of(const struct vboard *v, enum h7_clock clock)
{
    return h7_rcc_hz(&v->s.rcc, clock) / 1000000;
}

static uint32_t fastest_apb(const struct vboard *v)
{
    uint32_t mhz = 0;
    for (enum h7_clock c = H7_CLOCK_PCLK1; c <= H7_CLOCK_PCLK4; c++)
        mhz = mhz_of(v, c) > mhz ? mhz_of(v, c) : mhz;
    return mhz;
}

/* A bus has half, an APB bus a quarter of the core's limit; but all of them run at the 64 MHz of HSI after reset, so
 * that is no finding. */
#define HSI_MHZ 64u

/* Lint: clock, voltage scale and flash latency must fit. */
static void check_clocks(struct vboard *v)
{
    const struct soc_clocks *limits = &v->soc->clocks;
    const char *section = "DS12117 general operating conditions";
    uint32_t limit = limits->cpu[v->s.pwr.level], cpu = mhz_of(v, H7_CLOCK_CPU);
    uint32_t hclk = mhz_of(v, H7_CLOCK_HCLK), apb = fastest_apb(v);
    check_flash(v, hclk);
    if (cpu > limit && v->s.pwr.due != 0)
        board_lint(
            v, "PWR2", PWR_BASE + 0x18, section,
            "the core clock is above what the supply's present voltage allows: wait for VOSRDY");
    else if (cpu > limit)
        board_lint(v, "PWR2", PWR_BASE + 0x18, section,
                   "the core clock is above what this voltage scale allows");
    else if (hclk > limit / 2 || (apb > limit / 4 && apb > HSI_MHZ))
        board_lint(v, "PWR2", PWR_BASE + 0x18, section,
                   "AXI, AHB or APB run faster than this voltage scale allows: see HPRE, D1PPRE, "
                   "D2PPRE1, D2PPRE2, D3PPRE");
    else if (limits->cpu_with_ecc != 0 && cpu > limits->cpu_with_ecc &&
             !h7_flash_boosts(&v->s.flash))
        board_lint(
            v, "PWR3", FLASH_R_BASE + 0x70, section,
            "the core clock is above what the ECC of the TCMs allows: OPTSR2.CPUFREQ_BOOST is 0");
}

static void clocks_changed(struct vboard *v)
{
    board_clock_changed(v, board_now(v));
    struct soc_env env = board_env(v);
    soc_clocks(&v->s.peripherals, &env);
    check_clocks(v);
}

/* VOS or ODEN may have changed. */
static void scale_changed(struct vboard *v)
{
    struct soc_env env = board_env(v);
    h7_pwr_scale(&v->s.pwr, &env, overdrive(v));
    check_clocks(v);
}

uint64_t board_clocks_next(const struct board_state *s)
{
    uint64_t rcc = h7_rcc_next_event(&s->rcc), pwr = h7_pwr_next_event(&s->pwr);
    return rcc < pwr ? rcc : pwr;
}

void board_clocks_advance(struct vboard *v)
{
    struct soc_env env = board_env(v);
    if (board_clocks_next(&v->s) > env.now)
        return;
    h7_pwr_advance(&v->s.pwr, &env, overdrive(v));
    (void)h7_rcc_advance(&v->s.rcc, &env);
    clocks_changed(v);
}

/* Drop instructions that were decoded from there, and windows to it. */
static void forget_ram(struct vboard *v, enum soc_ram ram)
{
    cpu_invalidate(&v->s.cpu, v->soc->ram[ram].base, v->soc->ram[ram].size);
}

/* RCC: a block that is put into reset, a clock that changes, a memory that gets its clock. */
static enum h7_answer rcc_write(struct vboard *v, uint32_t off, uint32_t value)
{
    struct soc_env env = board_env(v);
    enum h7_answer a = h7_rcc_write(&v->s.rcc, &env, off, value);
    uint32_t bits = off < sizeof v->s.rcc.reg ? v->s.rcc.reg[off / 4] : 0;
    if (off >= 0x7c && off <= RCC_APB4RSTR)
        soc_rcc_reset(&v->s.peripherals, off, bits);
    for (unsigned unit = 1; unit <= USART_UNITS; unit++)
        if (off == h7_usart_place(unit)->reset_reg && (bits >> h7_usart_place(unit)->bit & 1) != 0)
            h7_usart_reset(&v->s.usart[unit - 1]);
    for (unsigned i = 0; off == RCC_AHB4RSTR && i < H7_PORTS; i++)
        if ((bits >> i & 1) != 0)
            h7_gpio_reset(&v->s.gpio[i], i);
    if (off == RCC_AHB2ENR || off == RCC_AHB2ENR + 0x60)
        for (unsigned i = SOC_SRAM1; i <= SOC_SRAM3; i++)
            forget_ram(v, i);
    if (off == RCC_AHB4ENR || off == RCC_AHB4ENR + 0x60)
        forget_ram(v, SOC_BACKUP_SRAM);
    if (off == RCC_APB4RSTR) /* SYSCFG, and so ODEN */
        scale_changed(v);
    clocks_changed(v);
    return a;
}

static enum h7_answer pwr_write(struct vboard *v, uint32_t off, uint32_t value)
{
    struct soc_env env = board_env(v);
    forget_ram(v, SOC_BACKUP_SRAM); /* DBP */
    enum h7_answer a = h7_pwr_write(&v->s.pwr, &env, off, value);
    scale_changed(v);
    return a;
}

static void syscfg_written(struct vboard *v, uint32_t addr)
{
    if (addr != SYSCFG_BASE + SYSCFG_PWRCR)
        return;
    if (overdrive(v) && v->s.pwr.level > 1)
        board_lint(v, "PWR5", addr, "RM0433 voltage scaling",
                   "overdrive (ODEN) is switched on before VOS1 is reached");
    scale_changed(v);
}

/* ---- dispatch ---- */

static enum h7_answer table_read(struct vboard *v, const struct soc_block *b, uint32_t addr,
                                 uint32_t *value)
{
    struct soc_env env = board_env(v);
    struct gate gate = gate_of_block(b);
    if (!clocked(v, &gate, addr))
        return H7_OK;
    return soc_read(&v->s.peripherals, &env, b, addr - b->base, value);
}

static enum h7_answer table_write(struct vboard *v, const struct soc_block *b, uint32_t addr,
                                  unsigned size, uint32_t value)
{
    struct soc_env env = board_env(v);
    struct gate gate = gate_of_block(b);
    env.size = size;
    if (!writable(v, &gate, addr))
        return H7_OK;
    enum h7_answer a = soc_write(&v->s.peripherals, &env, b, addr - b->base, value);
    if (b->base == SYSCFG_BASE)
        syscfg_written(v, addr);
    return a;
}

static enum h7_answer gpio_read(struct vboard *v, unsigned port, uint32_t off, uint32_t *value)
{
    struct gate gate = gate_of_port(port);
    if (!clocked(v, &gate, GPIOA_BASE + port * BLOCK_SIZE + off))
        return H7_OK;
    return h7_gpio_read(&v->s.gpio[port], off, value);
}

static enum h7_answer gpio_write(struct vboard *v, unsigned port, uint32_t off, uint32_t value)
{
    struct h7_gpio *g = &v->s.gpio[port];
    struct gate gate = gate_of_port(port);
    uint32_t before = 0, after = 0;
    if (!writable(v, &gate, GPIOA_BASE + port * BLOCK_SIZE + off))
        return H7_OK;
    (void)h7_gpio_read(g, 0x10, &before);
    enum h7_answer a = h7_gpio_write(g, off, value);
    (void)h7_gpio_read(g, 0x10, &after);
    board_edges(v, port, before, after);
    return a;
}

/* Pins of a port that have changed their level, for EXTI. */
void board_edges(struct vboard *v, unsigned port, uint32_t before, uint32_t after)
{
    const struct soc_block *syscfg = soc_find(SYSCFG_BASE);
    for (uint32_t changed = (before ^ after) & 0xffff, pin = 0; changed >> pin != 0; pin++)
        if ((changed >> pin & 1) != 0)
            soc_edge(&v->s.peripherals,
                     *soc_word(&v->s.peripherals, syscfg, SYSCFG_EXTICR1 + pin / 4 * 4), port, pin,
                     (after >> pin & 1) != 0);
}

/* The models are the family's: a register that this part lacks does not answer. */
static bool has(const struct vboard *v, uint32_t addr)
{
    return board_has(v->soc, v->units, addr);
}

static enum h7_answer word_read(struct vboard *v, uint32_t addr, uint32_t *value)
{
    uint32_t base = addr & ~(BLOCK_SIZE - 1), off = addr & (BLOCK_SIZE - 1);
    unsigned port = (base - GPIOA_BASE) / BLOCK_SIZE, unit = usart_at(base);
    *value = 0;
    if (!has(v, addr))
        return H7_UNMODELLED;
    if (unit != 0)
        return usart_read(v, unit, off, value);
    if (port < H7_PORTS)
        return gpio_read(v, port, off, value);
    if (base == RCC_BASE)
        return h7_rcc_read(&v->s.rcc, off, value);
    if (base == PWR_BASE)
        return h7_pwr_read(&v->s.pwr, off, value);
    if (base == IWDG1_BASE) {
        struct soc_env env = board_env(v);
        return h7_iwdg_read(&v->s.iwdg, &env, off, value);
    }
    const struct soc_block *b = soc_find(addr);
    return b != NULL ? table_read(v, b, addr, value) : H7_UNMODELLED;
}

static enum h7_answer word_write(struct vboard *v, uint32_t addr, unsigned size, uint32_t value)
{
    uint32_t base = addr & ~(BLOCK_SIZE - 1), off = addr & (BLOCK_SIZE - 1);
    unsigned port = (base - GPIOA_BASE) / BLOCK_SIZE, unit = usart_at(base);
    if (!has(v, addr))
        return H7_UNMODELLED;
    if (unit != 0)
        return usart_write(v, unit, off, value);
    if (port < H7_PORTS)
        return gpio_write(v, port, off, value);
    if (base == RCC_BASE)
        return rcc_write(v, off, value);
    if (base == PWR_BASE)
        return pwr_write(v, off, value);
    if (base == IWDG1_BASE) {
        struct soc_env env = board_env(v);
        return h7_iwdg_write(&v->s.iwdg, &env, off, value);
    }
    const struct soc_block *b = soc_find(addr);
    return b != NULL ? table_write(v, b, addr, size, value) : H7_UNMODELLED;
}

/* HASH answers to words alone. */
static bool narrow_is_error(struct vboard *v, uint32_t addr)
{
    const struct soc_block *b = soc_find(addr);
    if (b == NULL || !b->words_only || !has(v, addr))
        return false;
    board_lint(v, "HASH1", addr, "RM0433 HASH registers", "not a 32-bit access: bus error");
    return true;
}

static enum h7_answer register_read(struct vboard *v, uint32_t addr, uint64_t *now, uint32_t *value)
{
    if (!is_flash_reg(addr))
        return word_read(v, addr, value);
    if (v->config.speculation)
        caches_look(v, v->soc->flash.base);
    return h7_flash_reg_read(&v->s.flash, now, addr - FLASH_R_BASE, value);
}

/* Bytes and halfwords of a register: the bus reads the word, and the core takes its part. */
enum bus_result board_peripheral_read(struct vboard *v, uint32_t addr, unsigned size,
                                      uint32_t *value)
{
    uint64_t from = board_now(v), now = from;
    uint32_t word = 0;
    if (size != 4 && narrow_is_error(v, addr))
        return BUS_FAULT;
    enum h7_answer a = register_read(v, addr & ~3u, &now, &word);
    if (is_flash_reg(addr) && size != 4)
        board_lint(v, "M0", addr, "RM0433 FLASH registers", "not a 32-bit access");
    *value = word >> (8 * (addr & 3)) & (size == 4 ? 0xffffffff : (1u << (8 * size)) - 1);
    if (is_flash_reg(addr) && a == H7_OK && now == from)
        return BUS_OK; /* polling SR: nothing has changed that the run loop will not see by itself */
    return board_bus_result(v, a, from, now, addr);
}

/* A byte or halfword write. Data registers take it as it is; blocks in tables and GPIO keep the register's other
 * bytes. */
static enum h7_answer part_write(struct vboard *v, uint32_t addr, unsigned size, uint32_t value)
{
    unsigned shift = 8 * (addr & 3), unit = usart_at(addr & ~(BLOCK_SIZE - 1));
    uint32_t mask = ((1u << (8 * size)) - 1) << shift, word = 0;
    uint32_t off = addr & (BLOCK_SIZE - 1) & ~3u;
    if (unit != 0)
        return off == 0x28 ? usart_write(v, unit, off, value) : H7_UNMODELLED;
    if (addr == CRC_BASE)
        return word_write(v, addr, size, value);
    if ((addr - GPIOA_BASE) / BLOCK_SIZE >= H7_PORTS && soc_find(addr) == NULL)
        return H7_UNMODELLED;
    if ((addr - GPIOA_BASE) / BLOCK_SIZE >= H7_PORTS || off != 0x18) /* BSRR has nothing to keep */
        (void)word_read(v, addr & ~3u, &word);
    return word_write(v, addr & ~3u, 4, (word & ~mask) | (value << shift & mask));
}

static void check_write_delay(struct vboard *v, uint32_t value)
{
    bool busy = h7_flash_busy(&v->s.flash, 0) || h7_flash_busy(&v->s.flash, 1);
    if (busy && ((value ^ v->s.flash.acr) & 0x30) != 0)
        board_lint(v, "ACR2", FLASH_R_BASE, "RM0433 FLASH_ACR",
                   "WRHIGHFREQ was changed while flash is programmed or erased");
}

enum bus_result board_peripheral_write(struct vboard *v, uint32_t addr, unsigned size,
                                       uint32_t value)
{
    uint64_t from = board_now(v), now = from;
    enum h7_answer a;
    if (size != 4 && narrow_is_error(v, addr))
        return BUS_FAULT;
    if (size != 4) {
        a = part_write(v, addr, size, value);
    } else if (is_flash_reg(addr)) {
        caches_look(v, v->soc->flash.base);
        if (addr == FLASH_R_BASE)
            check_write_delay(v, value);
        a = h7_flash_reg_write(&v->s.flash, &now, addr - FLASH_R_BASE, value);
        if (addr == FLASH_R_BASE)
            check_clocks(v);
    } else {
        a = word_write(v, addr, 4, value);
    }
    return board_bus_result(v, a, from, now, addr);
}

/* ---- DMA ---- */

enum dma_answer board_dma_peripheral(struct vboard *v, uint32_t addr, unsigned size,
                                     uint32_t *value, bool write)
{
    enum h7_answer a;
    if (is_flash_reg(addr) || (size != 4 && narrow_is_error(v, addr)))
        return DMA_ERROR;
    v->by_dma = true;
    if (write) {
        a = size == 4 ? word_write(v, addr, 4, *value) : part_write(v, addr, size, *value);
    } else {
        a = word_read(v, addr & ~3u, value);
        *value >>= 8 * (addr & 3);
    }
    v->by_dma = false;
    if (a == H7_UNMODELLED)
        board_unmodelled(v, addr, "a DMA transfer to or from a register that is not modelled");
    return a == H7_OK ? DMA_DONE : DMA_ERROR;
}

enum dma_request board_dma_request(void *ctx, unsigned id)
{
    const struct vboard *v = ctx;
    for (unsigned unit = 1; unit <= USART_UNITS; unit++) {
        unsigned rx = h7_usart_place(unit)->rx_request;
        if (id == rx || id == rx + 1)
            return h7_usart_request(&v->s.usart[unit - 1], id != rx) ? DMA_REQUESTED : DMA_SILENT;
    }
    return id == 0 ? DMA_SILENT : DMA_NO_SUCH_REQUEST;
}
