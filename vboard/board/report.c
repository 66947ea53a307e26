/* What the board says to people: lint events, reasons to stop, the flash trace. */
#include <stdarg.h>
#include <string.h>

#include "core/base/bytes.h"
#include "vboard/board/inside.h"

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

/* The whole flash word around addr. */
static bool is_erased(struct vboard *v, uint32_t addr)
{
    uint8_t word[32];
    return board_in_flash(v, addr) && vboard_read(v, addr & ~31u, word, 32) == 32 &&
           bytes_all(word, 0xff, 32);
}

void board_undefined(void *ctx)
{
    struct vboard *v = ctx;
    uint32_t pc = pc_of(v);
    uint8_t code[4] = {0};
    char where[90], text[180];
    if (seen_before(v, pc, "UNDEF"))
        return;
    (void)vboard_read(v, pc, code, 4);
    place(v, pc, where, sizeof where);
    if (is_erased(v, pc))
        snprintf(text, sizeof text, "the flash is erased at pc 0x%08x%s, and executed: UsageFault",
                 (unsigned)pc, where);
    else
        snprintf(text, sizeof text,
                 "no instruction (halfwords %04x %04x) at pc 0x%08x%s: UsageFault", get_le16(code),
                 get_le16(code + 2), (unsigned)pc, where);
    board_note(v, text);
}

void board_unmodelled(struct vboard *v, uint32_t addr, const char *what)
{
    char where[90], line[320];
    for (unsigned i = 0; i < v->reported_count; i++)
        if (v->reported[i] == addr)
            return;
    if (v->reported_count < UNMODELLED_REMEMBERED)
        v->reported[v->reported_count++] = addr;
    place(v, pc_of(v), where, sizeof where);
    snprintf(line, sizeof line, "unmodelled: %s; reads give 0, writes are ignored; at pc 0x%08x%s",
             what, (unsigned)pc_of(v), where);
    if (v->config.report != NULL)
        v->config.report(v->config.ctx, line);
}

/* Lint rules cite RM0433 and DS12117, of the STM32H753; on another part its own manuals, whose chapters are alike. */
static const char *in_papers_of(const struct vboard *v, const char *section, char *dst, size_t cap)
{
    const struct soc_papers *ours = soc_papers_of(&soc_stm32h753), *its = soc_papers_of(v->soc);
    const char *mine[2] = {ours->manual, ours->datasheet},
               *other[2] = {its->manual, its->datasheet};
    for (unsigned i = 0; i < 2; i++) {
        size_t n = strlen(mine[i]);
        if (strncmp(section, mine[i], n) == 0) {
            snprintf(dst, cap, "%s%s", other[i], section + n);
            return dst;
        }
    }
    return section;
}

void board_lint_at(struct vboard *v, uint32_t pc, const char *rule, uint32_t addr,
                   const char *section, const char *text)
{
    char where[90], address[30] = "", line[320], paper[80];
    v->lints++;
    if (pc == 0)
        pc = pc_of(v);
    place(v, pc, where, sizeof where);
    if (addr != 0)
        snprintf(address, sizeof address, "address 0x%08x; ", (unsigned)addr);
    snprintf(line, sizeof line, "lint %s at pc 0x%08x%s: %s [%s%s]", rule, (unsigned)pc, where,
             text, address, in_papers_of(v, section, paper, sizeof paper));
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

static bool is_memory(struct vboard *v, uint32_t addr)
{
    uint32_t base, size;
    return board_in_flash(v, addr) || board_ram(v, addr, &base, &size) != NULL;
}

/* Why no program can start from the vector table at the start of flash; NULL: it can. *value: the entry. */
static const char *bad_vectors(struct vboard *v, uint32_t *value)
{
    uint8_t vectors[8];
    if (!h7_flash_peek(&v->s.flash, 0, vectors, 8))
        return "its first word is unreadable";
    *value = get_le32(vectors);
    if (!is_memory(v, *value - 4))
        return "its stack pointer points to no memory";
    *value = get_le32(vectors + 4);
    if ((*value & 1) == 0)
        return "its reset vector has no Thumb bit";
    return is_memory(v, *value) ? NULL : "its reset vector points to no memory";
}

static const char *fault_of(const struct cpu_faults *f)
{
    static const struct {
        uint32_t cfsr;
        const char *text;
    } rows[] = {
        {1u << 25, "division by zero"},
        {1u << 24, "unaligned access"},
        {1u << 19, "FPU or coprocessor instruction while it is off"},
        {1u << 18, "bad EXC_RETURN"},
        {1u << 16, "undefined instruction"},
        {1u << 12, "bus error while stacking: the stack has left its memory"},
        {1u << 11, "bus error while unstacking"},
        {1u << 10, "store to an unmapped address"},
        {1u << 9, "load from an unmapped address or unreadable flash"},
        {1u << 8, "jump to an unmapped address or into unreadable flash"},
        {1u << 4, "MPU violation while stacking"},
        {1u << 3, "MPU violation while unstacking"},
        {1u << 1, "MPU violation"},
        {1u << 0, "MPU violation by a jump"},
        {1u << 17,
         "jump to an address without Thumb bit"}, /* last: an empty vector follows the rest */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if ((f->cfsr & rows[i].cfsr) != 0)
            return rows[i].text;
    return "a fault";
}

/* Where the handler that failed was called from, if its frame is still on the stack. */
static const char *stacked_pc(struct vboard *v, char *dst, size_t cap)
{
    uint8_t pc[4];
    uint32_t at = cpu_reg(&v->s.cpu, 13) + 24;
    dst[0] = '\0';
    if (is_memory(v, at) && vboard_read(v, at, pc, 4) == 4)
        snprintf(dst, cap, " (stacked pc 0x%08x)", (unsigned)get_le32(pc));
    return dst;
}

/* The lockup itself says little: name the first fault, or what is wrong with the vector table. */
static const char *why_locked_up(struct vboard *v, char *dst, size_t cap)
{
    struct cpu_faults f;
    uint32_t value = 0;
    char stacked[30];
    const char *vectors = has_no_program(v) ? NULL : bad_vectors(v, &value);
    cpu_fault_status(&v->s.cpu, &f);
    if (has_no_program(v))
        snprintf(dst, cap, "lockup: the vector table at 0x%08x is blank: no program",
                 (unsigned)v->soc->flash.base);
    else if (vectors != NULL)
        snprintf(dst, cap, "lockup: the vector table at 0x%08x is invalid: %s (0x%08x)",
                 (unsigned)v->soc->flash.base, vectors, (unsigned)value);
    else if (f.hfsr & 2)
        snprintf(dst, cap, "lockup: no vector could be read at VTOR 0x%08x after: %s",
                 (unsigned)f.vtor, fault_of(&f));
    else
        snprintf(dst, cap, "lockup: a fault inside a fault handler; first: %s%s", fault_of(&f),
                 stacked_pc(v, stacked, sizeof stacked));
    return dst;
}

/* One that was set, or an instruction of the program. */
static const char *breakpoint_of(struct vboard *v, char *dst, size_t cap)
{
    uint8_t code[2];
    if (vboard_read(v, pc_of(v), code, 2) != 2 || code[1] != 0xbe)
        return "breakpoint";
    snprintf(dst, cap, "breakpoint: instruction BKPT 0x%02x%s", code[0],
             code[0] == 0xab ? ", a semihosting call" : "");
    return dst;
}

static const char *reason(struct vboard *v, const struct vboard_stop *stop, char *dst, size_t cap)
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
        return why_locked_up(v, dst, cap);
    case VBOARD_UNKNOWN_INSTRUCTION:
        return "the core does not know this instruction";
    case VBOARD_UNKNOWN_REGISTER:
        return v->stop_text[0] != '\0' ? v->stop_text : "a register of the core is not modelled";
    case VBOARD_BREAKPOINT:
        return breakpoint_of(v, dst, cap);
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
    char where[90], text[140];
    stop->pc = pc_of(v);
    stop->addr = stop->why == VBOARD_UNKNOWN_REGISTER
                     ? (v->stop_text[0] != '\0' ? v->stop_addr : cpu_fault_addr(&v->s.cpu))
                     : v->stop_addr;
    place(v, stop->pc, where, sizeof where);
    if (stop->why == VBOARD_LINT)
        snprintf(stop->text, sizeof stop->text, "%s", v->stop_text);
    else
        snprintf(stop->text, sizeof stop->text, "%.130s, at pc 0x%08x%.45s",
                 reason(v, stop, text, sizeof text), (unsigned)stop->pc, where);
}

void board_trace(struct vboard *v, const struct h7_op *op)
{
    static const char *const names[] = {"", "program", "erase sector", "erase bank", "options"};
    char where[90];
    uint32_t pc = pc_of(v);
    if (v->trace == NULL)
        return;
    place(v, pc, where, sizeof where);
    if (op->kind == H7_OP_OPTIONS) {
        fprintf(v->trace, "%12.6f ms  %-12s  pc 0x%08x%s\n", (double)op->start / 1e6,
                names[op->kind], (unsigned)pc, where);
        return;
    }
    fprintf(v->trace, "%12.6f ms  %-12s  bank %u  0x%08x  pc 0x%08x%s%s\n", (double)op->start / 1e6,
            names[op->kind], op->bank + 1, (unsigned)(v->soc->flash.base + op->off), (unsigned)pc,
            where, op->refused ? "  refused: write-protected" : "");
}

/* M16: the core was held because its bank was at work. */
void board_trace_stall(struct vboard *v, uint32_t addr, uint64_t from, uint64_t to)
{
    char where[90];
    if (v->trace == NULL)
        return;
    place(v, pc_of(v), where, sizeof where);
    fprintf(v->trace, "%12.6f ms  %-12s  bank %u  0x%08x  pc 0x%08x%s  for %.3f ms\n",
            (double)from / 1e6, "stall", board_bank_of(v, addr) + 1, (unsigned)addr,
            (unsigned)pc_of(v), where, (double)(to - from) / 1e6);
}
