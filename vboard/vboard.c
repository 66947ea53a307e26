/* The small functions of the public interface. */
#include "vboard/inside.h"

size_t vboard_uart_send(struct vboard *v, const void *data, size_t len)
{
    struct usart_queue *q = &v->s.queue;
    const uint8_t *from = data;
    size_t n = 0;
    if (!v->s.power)
        return len; /* nobody listens, and the line does not mind */
    for (; n < len && q->count < USART_QUEUE; n++)
        q->byte[(q->head + q->count++) % USART_QUEUE] = from[n];
    struct usart_wires wires = board_wires(v);
    h7_usart_feed(&v->s.usart, &wires, q, board_now(v));
    return n;
}

size_t vboard_uart_pending(const struct vboard *v)
{
    return v->s.queue.count;
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

bool vboard_flash_peek(const struct vboard *v, uint32_t off, void *dst, size_t len)
{
    return h7_flash_peek(&v->s.flash, off, dst, len);
}

void vboard_flash_poke(struct vboard *v, uint32_t off, const void *src, size_t len)
{
    h7_flash_poke(&v->s.flash, off, src, len);
}

void vboard_flash_spoil(struct vboard *v, uint32_t off)
{
    h7_flash_spoil(&v->s.flash, off);
}

void vboard_break_at(struct vboard *v, uint32_t addr)
{
    cpu_invalidate(&v->s.cpu, 0, 0);
    v->break_at = addr & ~1u;
    v->at_break = v->break_passed = false;
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
    return cpu_reg(&v->s.cpu, n);
}
