/* What the board says to people: lint events, reasons to stop, the flash trace. */
#include <stdarg.h>
#include <string.h>

#include "base/bytes.h"
#include "vboard/inside.h"

static uint32_t pc_of(const struct vboard *v)
{
    return cpu_reg(&v->s.cpu, 15);
}

/* " (flash_program+0x12)", or nothing. */
static void place(const struct vboard *v, uint32_t pc, char *dst, size_t cap)
{
    char name[80];
    symbols_name(v->symbols, pc, name, sizeof name);
    dst[0] = '\0';
    if (name[0] != '\0')
        snprintf(dst, cap, " (%s)", name);
}

static bool seen_before(struct vboard *v, uint32_t pc, const char *rule)
{
    for (unsigned i = 0; i < v->seen_count; i++)
        if (v->seen[i].pc == pc && strcmp(v->seen[i].rule, rule) == 0)
            return true;
    if (v->seen_count < LINTS_REMEMBERED) {
        v->seen[v->seen_count].pc = pc;
        snprintf(v->seen[v->seen_count].rule, sizeof v->seen[0].rule, "%s", rule);
        v->seen_count++;
    }
    return false;
}

void board_lint(struct vboard *v, const char *rule, uint32_t addr, const char *section,
                const char *text)
{
    board_lint_at(v, 0, rule, addr, section, text);
}

void board_note(struct vboard *v, const char *text)
{
    char line[200];
    snprintf(line, sizeof line, "note: %s", text);
    if (v->config.report != NULL)
        v->config.report(v->config.ctx, line);
}

void board_unmodelled(struct vboard *v, uint32_t addr, const char *what)
{
    char where[90], line[320];
    for (unsigned i = 0; i < v->told_count; i++)
        if (v->told[i] == addr)
            return;
    if (v->told_count < UNMODELLED_REMEMBERED)
        v->told[v->told_count++] = addr;
    place(v, pc_of(v), where, sizeof where);
    snprintf(line, sizeof line, "unmodelled: %s; reads give 0, writes are ignored; at pc 0x%08x%s",
             what, (unsigned)pc_of(v), where);
    if (v->config.report != NULL)
        v->config.report(v->config.ctx, line);
}

void board_lint_at(struct vboard *v, uint32_t pc, const char *rule, uint32_t addr,
                   const char *section, const char *text)
{
    char where[90], address[30] = "", line[320];
    v->lints++;
    if (pc == 0)
        pc = pc_of(v);
    place(v, pc, where, sizeof where);
    if (addr != 0)
        snprintf(address, sizeof address, "address 0x%08x; ", (unsigned)addr);
    snprintf(line, sizeof line, "lint %s at pc 0x%08x%s: %s [%s%s]", rule, (unsigned)pc, where,
             text, address, section);
    if (!seen_before(v, pc, rule) && v->config.report != NULL)
        v->config.report(v->config.ctx, line);
    if (!v->config.lint_stops || v->linted)
        return;
    v->linted = true;
    v->stop_addr = addr;
    snprintf(v->stop_text, sizeof v->stop_text, "%.*s", (int)sizeof v->stop_text - 1, line);
    cpu_request_stop(&v->s.cpu);
}

void board_note_stop(struct vboard *v, uint32_t addr, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(v->stop_text, sizeof v->stop_text, fmt, args);
    va_end(args);
    v->stop_addr = addr;
}

static bool has_no_program(const struct vboard *v)
{
    uint8_t vectors[8];
    return !h7_flash_peek(&v->s.flash, 0, vectors, 8) || bytes_all(vectors, 0xff, 8);
}

static const char *reason(const struct vboard *v, const struct vboard_stop *stop)
{
    switch (stop->why) {
    case VBOARD_TIME:
        return "the time limit was reached";
    case VBOARD_IDLE:
        return "the core sleeps and the UART is idle";
    case VBOARD_OUTPUT:
        return "the UART has sent";
    case VBOARD_CUT:
        return "power was cut";
    case VBOARD_LOCKUP:
        return has_no_program(v) ? "lockup: the vector table at 0x08000000 is blank: no program"
                                 : "lockup: a fault inside a fault handler";
    case VBOARD_UNKNOWN_INSTRUCTION:
        return "an instruction that the core does not know";
    case VBOARD_UNKNOWN_REGISTER:
        return v->stop_text[0] != '\0' ? v->stop_text : "a register of the core is not modelled";
    case VBOARD_BREAKPOINT:
        return "breakpoint";
    case VBOARD_LINT:
        return v->stop_text;
    case VBOARD_RESET:
        return "the board was reset";
    case VBOARD_WATCHPOINT:
        return v->stop_text;
    case VBOARD_STEPPED:
        return "one instruction was executed";
    }
    return "";
}

void board_describe(struct vboard *v, struct vboard_stop *stop)
{
    char where[90];
    stop->pc = pc_of(v);
    stop->addr = stop->why == VBOARD_UNKNOWN_REGISTER
                     ? (v->stop_text[0] != '\0' ? v->stop_addr : cpu_fault_addr(&v->s.cpu))
                     : v->stop_addr;
    place(v, stop->pc, where, sizeof where);
    if (stop->why == VBOARD_LINT)
        snprintf(stop->text, sizeof stop->text, "%s", v->stop_text);
    else
        snprintf(stop->text, sizeof stop->text, "%.110s, at pc 0x%08x%.60s", reason(v, stop),
                 (unsigned)stop->pc, where);
}

void board_trace(struct vboard *v, const struct h7_op *op)
{
    static const char *const names[] = {"", "program", "erase sector", "erase bank", "options"};
    char where[90];
    uint32_t pc = pc_of(v);
    if (v->trace == NULL)
        return;
    place(v, pc, where, sizeof where);
    fprintf(v->trace, "%12.6f ms  %-12s  bank %u  0x%08x  pc 0x%08x%s%s\n", (double)op->start / 1e6,
            names[op->kind], op->bank + 1, (unsigned)(H7_FLASH_BASE + op->off), (unsigned)pc, where,
            op->refused ? "  refused: write-protected" : "");
}

/* M16: the core was held because its bank was at work. */
void board_trace_stall(struct vboard *v, uint32_t addr, uint64_t from, uint64_t to)
{
    char where[90];
    if (v->trace == NULL)
        return;
    place(v, pc_of(v), where, sizeof where);
    fprintf(v->trace, "%12.6f ms  %-12s  bank %u  0x%08x  pc 0x%08x%s  for %.3f ms\n",
            (double)from / 1e6, "stall", addr - H7_FLASH_BASE < H7_BANK_SIZE ? 1u : 2u,
            (unsigned)addr, (unsigned)pc_of(v), where, (double)(to - from) / 1e6);
}
