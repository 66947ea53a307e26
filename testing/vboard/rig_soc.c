#include "testing/vboard/rig_soc.h"

struct peripherals soc;
struct h7_rcc rcc;
struct soc_env env;
unsigned lints;
uint8_t memory[256];
bool memory_busy;
unsigned line_items;
char line_sent[16];
static unsigned line_sent_len;
static uint8_t line_next;

static void on_lint(void *ctx, const char *rule, const char *section, const char *text)
{
    (void)ctx, (void)rule, (void)section, (void)text;
    lints++;
}

static void on_note(void *ctx, const char *text)
{
    (void)ctx, (void)text;
}

static enum dma_answer dma(void *ctx, uint32_t addr, unsigned size, uint32_t *value, bool write)
{
    (void)ctx;
    if (addr == LINE_DATA) {
        line_items--;
        if (write)
            line_sent[line_sent_len++ % sizeof line_sent] = (char)*value;
        else
            *value = line_next++;
        return DMA_DONE;
    }
    if (addr - 0x24000000 > sizeof memory - size || (addr == 0x24000080 && !write))
        return DMA_ERROR;
    if (memory_busy && !write)
        return DMA_WAIT;
    if (write)
        memcpy(memory + (addr - 0x24000000), value, size);
    else
        memcpy(value, memory + (addr - 0x24000000), size);
    return DMA_DONE;
}

static enum dma_request request(void *ctx, unsigned id)
{
    (void)ctx;
    if (id != 45 && id != 0)
        return DMA_NO_SUCH_REQUEST;
    return id != 0 && line_items != 0 ? DMA_REQUESTED : DMA_SILENT;
}

static void hold(void *ctx, uint64_t until)
{
    (void)ctx;
    env.now = until;
}

void put(uint32_t addr, uint32_t value)
{
    const struct soc_block *b = soc_find(addr);
    assert_int_equal(soc_write(&soc, &env, b, addr - b->base, value), H7_OK);
}

uint32_t get(uint32_t addr)
{
    const struct soc_block *b = soc_find(addr);
    uint32_t value = 0;
    assert_int_equal(soc_read(&soc, &env, b, addr - b->base, &value), H7_OK);
    return value;
}

void at(uint64_t ns)
{
    env.now = ns;
    if (h7_rcc_advance(&rcc, &env))
        soc_clocks(&soc, &env);
    soc_advance(&soc, &env);
}

bool irq(unsigned line)
{
    (void)soc_next_event(&soc);
    return (soc.irq[line / 32] >> (line % 32) & 1) != 0;
}

void rcc_put(uint32_t off, uint32_t value)
{
    assert_int_equal(h7_rcc_write(&rcc, &env, off, value), H7_OK);
    soc_clocks(&soc, &env);
}

int set_up(void **state)
{
    (void)state;
    memset(&soc, 0, sizeof soc);
    memset(&rcc, 0, sizeof rcc);
    rcc.hse_hz = 8000000;
    h7_rcc_reset(&rcc, RSR_PORRSTF);
    for (uint32_t enable = RCC_AHB3ENR; enable <= RCC_APB4ENR; enable += 4)
        rcc.reg[enable / 4] = 0xffffffff;
    env = (struct soc_env){.soc = &soc_stm32h753,
                           .rcc = &rcc,
                           .dbp = true,
                           .supplied = true,
                           .size = 4,
                           .dma = dma,
                           .request = request,
                           .hold = hold,
                           .lint = on_lint,
                           .note = on_note};
    lints = line_items = line_sent_len = 0;
    line_next = 'a';
    memory_busy = false;
    memset(memory, 0, sizeof memory);
    soc_reset(&soc, true);
    soc_clocks(&soc, &env);
    return 0;
}
