/* The small functions of the public interface. */
#include <string.h>

#include "core/base/bytes.h"
#include "vboard/board/inside.h"

size_t vboard_uart_send_to(struct vboard *v, unsigned uart, const void *data, size_t len)
{
    const uint8_t *from = data;
    size_t n = 0;
    if (uart < 1 || uart > USART_UNITS)
        return 0;
    if (!v->s.power)
        return len; /* the board is off: the bytes are lost, as on a line */
    struct usart_queue *q = &v->s.queue[uart - 1];
    for (; n < len && q->count < q->size; n++)
        v->s.waiting[q->at + (q->head + q->count++) % q->size] = from[n];
    struct usart_wires wires = board_wires(v, uart);
    h7_usart_feed(&v->s.usart[uart - 1], &wires, q, board_now(v));
    return n;
}

size_t vboard_uart_send(struct vboard *v, const void *data, size_t len)
{
    return vboard_uart_send_to(v, v->wiring->console, data, len);
}

size_t vboard_uart_pending_of(const struct vboard *v, unsigned uart)
{
    return uart >= 1 && uart <= USART_UNITS ? v->s.queue[uart - 1].count : 0;
}

size_t vboard_uart_pending(const struct vboard *v)
{
    return vboard_uart_pending_of(v, v->wiring->console);
}

void vboard_uart_line(struct vboard *v, unsigned uart, const struct vboard_line *line)
{
    if (uart >= 1 && uart <= USART_UNITS)
        v->line[uart - 1] = *line;
}

static bool is_pin(unsigned port, unsigned pin)
{
    return port < H7_PORTS && pin < 16;
}

void vboard_pin_drive(struct vboard *v, unsigned port, unsigned pin, bool high)
{
    uint32_t before = 0, after = 0;
    if (!is_pin(port, pin))
        return;
    struct h7_gpio *g = &v->s.gpio[port];
    (void)h7_gpio_read(g, 0x10, &before);
    g->high = (uint16_t)((g->high & ~(1u << pin)) | (uint32_t)high << pin);
    (void)h7_gpio_read(g, 0x10, &after);
    board_edges(v, port, before, after);
    board_reschedule(v);
}

bool vboard_pin(const struct vboard *v, unsigned port, unsigned pin)
{
    uint32_t levels = 0;
    if (!is_pin(port, pin))
        return false;
    (void)h7_gpio_read(&v->s.gpio[port], 0x10, &levels);
    return (levels >> pin & 1) != 0;
}

const char *vboard_uart_name(unsigned uart)
{
    return uart - 1 < USART_UNITS ? h7_usart_place(uart)->name : NULL;
}

const char *vboard_name(const struct vboard *v)
{
    return v->wiring->name;
}

const struct soc *vboard_soc(const struct vboard *v)
{
    return v->soc;
}

uint64_t vboard_now_ns(const struct vboard *v)
{
    return board_now(v);
}

uint64_t vboard_instructions(const struct vboard *v)
{
    return cpu_cycles(&v->s.cpu) - v->s.idle_cycles;
}

void vboard_cut_at(struct vboard *v, uint64_t n, enum vboard_cut how)
{
    h7_flash_cut_at(&v->s.flash, n, how);
}

uint64_t vboard_operations(const struct vboard *v)
{
    return v->s.flash.operations;
}

/* Each step can be undone for a given input, so that two contents that differ in one place never give the same. */
static void fold(uint64_t bits[2], const uint8_t *bytes, size_t len)
{
    uint64_t a = bits[0], b = bits[1], word;
    for (size_t i = 0; i < len; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        a = (a ^ word) * 0x9e3779b97f4a7c15u;
        a ^= a >> 29;
        b = (b + word) * 0xd1342543de82ef95u;
        b ^= b >> 31;
    }
    bits[0] = a;
    bits[1] = b;
}

_Static_assert(sizeof(struct h7_options) % 8 == 0, "fold() takes 8 bytes at a time");

bool vboard_kept(const struct vboard *v, uint64_t bits[2])
{
    const struct h7_flash *f = &v->s.flash;
    const struct soc_flash *part = f->part;
    const uint64_t options[] = {f->optsr2_cur, f->swap};
    for (unsigned i = 0; i < part->banks; i++)
        if (f->bank[i].op.kind != H7_OP_NONE)
            return false;
    if (f->option_op.kind != H7_OP_NONE)
        return false;
    bits[0] = bits[1] = 0;
    for (uint32_t off = 0; off < part->size; off += SOC_PAGE)
        fold(bits, h7_cells_data(&f->cells, off), SOC_PAGE);
    for (uint32_t word = 0; word < part->size / H7_WORD; word++) {
        const uint64_t ecc = h7_cells_ecc(&f->cells, word);
        fold(bits, (const uint8_t *)&ecc, sizeof ecc);
    }
    fold(bits, (const uint8_t *)&f->cur, sizeof f->cur);
    fold(bits, (const uint8_t *)options, sizeof options);
    return true;
}

bool vboard_flash_peek(const struct vboard *v, uint32_t off, void *dst, size_t len)
{
    return h7_flash_peek(&v->s.flash, off, dst, len);
}

enum vboard_word vboard_flash_word(const struct vboard *v, uint32_t off)
{
    const enum h7_decode d = h7_flash_decode(&v->s.flash, off);
    return d == H7_CLEAN       ? VBOARD_WORD_CLEAN
           : d == H7_CORRECTED ? VBOARD_WORD_CORRECTED
                               : VBOARD_WORD_UNREADABLE;
}

void vboard_flash_poke(struct vboard *v, uint32_t off, const void *src, size_t len)
{
    h7_flash_poke(&v->s.flash, off, src, len);
}

void vboard_flash_spoil(struct vboard *v, uint32_t off)
{
    h7_flash_spoil(&v->s.flash, off);
}

uint32_t vboard_symbol(const struct vboard *v, const char *name)
{
    uint32_t addr = 0;
    return symbols_find(v->symbols, name, &addr) ? addr : 0;
}

unsigned vboard_lint_count(const struct vboard *v)
{
    return v->lints;
}

void vboard_trace_flash(struct vboard *v, FILE *f)
{
    v->trace = f;
}

uint32_t vboard_cpu_reg(const struct vboard *v, unsigned n)
{
    if (n >= VBOARD_MSP && n < VBOARD_REGS)
        return cpu_special(&v->s.cpu, (enum cpu_special)(n - VBOARD_MSP));
    return cpu_reg(&v->s.cpu, n);
}

void vboard_set_defect(struct vboard *v, enum vboard_defect d, bool on)
{
    v->s.defects = on ? v->s.defects | d : v->s.defects & ~(uint32_t)d;
}

/* ---- glitches ---- */

struct vboard_stop vboard_step(struct vboard *v, uint64_t n)
{
    const struct board_state *s = &v->s;
    uint64_t cycles = cpu_cycles(&s->cpu) + n - s->base_cycles;
    return vboard_run(v, s->base_ns + cycles * s->ns_num / s->ns_den - board_now(v), 0);
}

static bool next_halfword(struct vboard *v, uint32_t pc, uint16_t *half)
{
    uint32_t base, size;
    uint8_t bytes[2];
    const uint8_t *ram = board_ram(v, pc, &base, &size);
    if (ram == NULL && (!board_in_flash(v, pc) ||
                        !vboard_flash_peek(v, pc - v->soc->flash.base, bytes, sizeof bytes)))
        return false;
    *half = get_le16(ram != NULL ? ram + (pc - base) : bytes);
    return true;
}

/* ITSTATE as xPSR has it, and its step to the next instruction [DDI 0403, A7.3.3]. */
static uint32_t it_advance(uint32_t xpsr)
{
    uint32_t it = (xpsr >> 25 & 3) | (xpsr >> 8 & 0xfc);
    it = (it & 7) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
    return (xpsr & ~0x0600fc00u) | (it & 3) << 25 | (it & 0xfc) << 8;
}

bool vboard_skip(struct vboard *v)
{
    uint32_t pc = cpu_reg(&v->s.cpu, 15);
    uint16_t half;
    if (!next_halfword(v, pc, &half))
        return false;
    cpu_set_reg(&v->s.cpu, 16, it_advance(cpu_reg(&v->s.cpu, 16)));
    cpu_set_reg(&v->s.cpu, 15,
                pc + (half >= 0xe800 ? 4 : 2)); /* 11101, 11110, 11111: two halfwords */
    return true;
}

void vboard_set_cpu_reg(struct vboard *v, unsigned n, uint32_t value)
{
    if (n >= VBOARD_MSP && n < VBOARD_REGS)
        cpu_set_special(&v->s.cpu, (enum cpu_special)(n - VBOARD_MSP), value);
    else
        cpu_set_reg(&v->s.cpu, n, value);
}
