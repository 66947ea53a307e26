/* The trace of calls: which function calls which, when, and what it returns. The core runs one instruction at a time
 * while it is on; a call is BL or BLX, a return is the arrival at the address behind one. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "vboard/board/inside.h"

#define DEPTH_MAX 200

struct frame {
    uint32_t ret; /* where the caller goes on; 1: an exception, which no address ends */
    uint32_t callee;
    uint64_t start;
    bool shown;
};

struct calls {
    FILE *f;
    char only[256]; /* patterns between commas; "": all */
    unsigned depth, indent;
    struct frame frame[DEPTH_MAX];
    uint32_t pc, ipsr; /* before the instruction */
};

void vboard_trace_calls(struct vboard *v, FILE *f, const char *only)
{
    free(v->calls);
    v->calls = f != NULL ? calloc(1, sizeof *v->calls) : NULL;
    if (v->calls == NULL)
        return;
    v->calls->f = f;
    snprintf(v->calls->only, sizeof v->calls->only, "%s", only != NULL ? only : "");
}

static void name_of(const struct vboard *v, uint32_t addr, char *dst, size_t cap)
{
    symbols_name(v->symbols, addr, dst, cap);
    if (dst[0] == '\0')
        snprintf(dst, cap, "0x%08x", (unsigned)addr);
}

static bool wanted(const struct calls *c, const char *name)
{
    char list[sizeof c->only], *rest = NULL;
    if (c->only[0] == '\0')
        return true;
    memcpy(list, c->only, sizeof list);
    for (char *p = strtok_r(list, ",", &rest); p != NULL; p = strtok_r(NULL, ",", &rest))
        if (fnmatch(p, name, 0) == 0)
            return true;
    return false;
}

static void line(const struct vboard *v, char mark)
{
    fprintf(v->calls->f, "%12.6f ms  %*s%c ", (double)board_now(v) / 1e6,
            (int)(2 * v->calls->indent), "", mark);
}

static void push(struct vboard *v, uint32_t callee, uint32_t ret, const char *name)
{
    struct calls *c = v->calls;
    if (c->depth == DEPTH_MAX) { /* the oldest frame goes: its return will not be printed */
        c->indent -= c->frame[0].shown;
        memmove(c->frame, c->frame + 1, sizeof c->frame - sizeof c->frame[0]);
        c->depth--;
    }
    c->frame[c->depth++] = (struct frame){ret, callee, board_now(v), wanted(c, name)};
    c->indent += c->frame[c->depth - 1].shown;
}

static void called(struct vboard *v, uint32_t callee, uint32_t ret)
{
    char name[90], from[90];
    struct calls *c = v->calls;
    name_of(v, callee, name, sizeof name);
    if (wanted(c, name)) {
        name_of(v, c->pc, from, sizeof from);
        line(v, '>');
        fprintf(c->f, "%s  from %s\n", name, from);
    }
    push(v, callee, ret, name);
}

static void pop(struct vboard *v)
{
    char name[90];
    struct calls *c = v->calls;
    const struct frame *top = &c->frame[--c->depth];
    if (!top->shown)
        return;
    c->indent--;
    name_of(v, top->callee, name, sizeof name);
    line(v, '<');
    fprintf(c->f, "%s = 0x%08x  after %.6f ms\n", name, (unsigned)cpu_reg(&v->s.cpu, 0),
            (double)(board_now(v) - top->start) / 1e6);
}

/* Frames above the one that ends here were left by a longjmp or a switch of stacks. */
static void returned(struct vboard *v, uint32_t pc)
{
    const struct calls *c = v->calls;
    for (unsigned i = c->depth; i-- > 0 && c->frame[i].ret != 1;) {
        if (c->frame[i].ret != pc)
            continue;
        while (c->depth > i)
            pop(v);
        return;
    }
}

static void exception_came(struct vboard *v, uint32_t number)
{
    char name[90];
    name_of(v, cpu_reg(&v->s.cpu, 15), name, sizeof name);
    name[strcspn(name, "+")] = '\0'; /* its first instruction has been executed */
    if (wanted(v->calls, name)) {
        line(v, '!');
        fprintf(v->calls->f, "exception %u: %s\n", (unsigned)number, name);
    }
    push(v, cpu_reg(&v->s.cpu, 15), 1, name);
}

static void exception_went(struct vboard *v)
{
    struct calls *c = v->calls;
    while (c->depth > 0) {
        bool last = c->frame[c->depth - 1].ret == 1;
        pop(v);
        if (last)
            return;
    }
}

/* BL and BLX; 0 if the instruction is another one. */
static uint32_t return_address(struct vboard *v, uint32_t pc)
{
    uint8_t b[4] = {0};
    if (vboard_read(v, pc, b, 4) < 2)
        return 0;
    if ((get_le16(b) & 0xff87) == 0x4780)
        return pc + 2;
    return (get_le16(b) & 0xf800) == 0xf000 && (get_le16(b + 2) & 0xd000) == 0xd000 ? pc + 4 : 0;
}

void calls_before(struct vboard *v)
{
    v->calls->pc = cpu_reg(&v->s.cpu, 15);
    v->calls->ipsr = cpu_reg(&v->s.cpu, 16) & 0x1ff;
}

void calls_after(struct vboard *v)
{
    struct calls *c = v->calls;
    uint32_t pc = cpu_reg(&v->s.cpu, 15), ipsr = cpu_reg(&v->s.cpu, 16) & 0x1ff;
    if (ipsr != c->ipsr) {
        if (c->ipsr != 0)
            exception_went(v);
        if (ipsr != 0)
            exception_came(v, ipsr);
        return;
    }
    if (pc == c->pc + 2 || pc == c->pc + 4)
        return;
    uint32_t ret = return_address(v, c->pc);
    if (ret != 0)
        called(v, pc, ret);
    else
        returned(v, pc);
}

void calls_reset(struct vboard *v)
{
    v->calls->depth = v->calls->indent = 0;
    line(v, '*');
    fprintf(v->calls->f, "reset\n");
}
