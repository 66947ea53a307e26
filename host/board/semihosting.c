#include "host/board/semihosting.h"

#include "core/base/bytes.h"

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_ISERROR = 0x08,
    SYS_ISTTY = 0x09,
    SYS_FLEN = 0x0c,
    SYS_CLOCK = 0x10,
    SYS_TIME = 0x11,
    SYS_ERRNO = 0x13,
    SYS_HEAPINFO = 0x16,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
};

#define BKPT_SEMIHOSTING 0xbeabu
#define APPLICATION_EXIT 0x20026u /* ADP_Stopped_ApplicationExit */
#define FAILED           0xffffffffu
#define CONSOLE_IN       1u
#define CONSOLE_OUT      2u

bool semihosting_is_call(struct vboard *v, const struct vboard_stop *stop)
{
    uint8_t code[2];
    return stop->why == VBOARD_BREAKPOINT && vboard_read(v, stop->pc, code, 2) == 2 &&
           get_le16(code) == BKPT_SEMIHOSTING;
}

/* Word n of the argument block at addr; 0 if there is no memory at it. */
static uint32_t argument(struct vboard *v, uint32_t addr, unsigned n)
{
    uint8_t word[4] = {0};
    return vboard_read(v, addr + 4 * n, word, 4) == 4 ? get_le32(word) : 0;
}

/* Print up to len characters from addr, or up to a NUL if ends. Returns how many of len were not printed. */
static uint32_t print_text(const struct semihosting *s, struct vboard *v, uint32_t addr,
                           uint32_t len, bool ends)
{
    uint8_t part[256];
    while (len > 0) {
        size_t got = vboard_read(v, addr, part, len < sizeof part ? len : sizeof part);
        for (size_t i = 0; i < got; i++) {
            if (ends && part[i] == '\0')
                return 0;
            s->say(s->ctx, (char)part[i]);
        }
        if (got == 0)
            break;
        addr += (uint32_t)got;
        len -= (uint32_t)got;
    }
    return len;
}

/* ":tt" is the console, to read (modes 0 to 3) or to write. */
static uint32_t open_console(struct vboard *v, uint32_t block)
{
    uint8_t name[4];
    if (vboard_read(v, argument(v, block, 0), name, 4) != 4 || name[0] != ':' || name[1] != 't' ||
        name[2] != 't' || name[3] != '\0')
        return FAILED;
    return argument(v, block, 1) < 4 ? CONSOLE_IN : CONSOLE_OUT;
}

/* SYS_HEAPINFO: begin and end of heap and stack. Zeros: the program keeps what its linker script says. */
static uint32_t no_heap_info(struct vboard *v, uint32_t block)
{
    static const uint8_t zeros[16];
    return vboard_write(v, argument(v, block, 0), zeros, sizeof zeros) == sizeof zeros ? 0 : FAILED;
}

static uint32_t leave(struct semihosting *s, uint32_t reason, uint32_t code)
{
    s->exited = true;
    s->exit_code = reason == APPLICATION_EXIT ? code : 1;
    return 0;
}

static uint32_t answer(struct semihosting *s, struct vboard *v, uint32_t op, uint32_t arg)
{
    switch (op) {
    case SYS_OPEN:
        return open_console(v, arg);
    case SYS_CLOSE:
    case SYS_FLEN:
    case SYS_ERRNO:
        return 0;
    case SYS_WRITEC:
        return print_text(s, v, arg, 1, false);
    case SYS_WRITE0:
        return print_text(s, v, arg, UINT32_MAX, true) == 0 ? 0 : FAILED;
    case SYS_WRITE:
        return print_text(s, v, argument(v, arg, 1), argument(v, arg, 2), false);
    case SYS_READ:
        return argument(v, arg, 2); /* nothing was read: end of the input */
    case SYS_ISERROR:
        return argument(v, arg, 0) >> 31;
    case SYS_ISTTY:
        return 1;
    case SYS_CLOCK:
        return (uint32_t)(vboard_now_ns(v) / 10000000u); /* 1/100 s */
    case SYS_TIME:
        return (uint32_t)(vboard_now_ns(v) / 1000000000u);
    case SYS_HEAPINFO:
        return no_heap_info(v, arg);
    case SYS_EXIT: /* on a 32-bit CPU the argument is the reason itself, not a pointer */
        return leave(s, arg, 0);
    case SYS_EXIT_EXTENDED:
        return leave(s, argument(v, arg, 0), argument(v, arg, 1));
    default:
        return FAILED;
    }
}

void semihosting_serve(struct semihosting *s, struct vboard *v)
{
    uint32_t op = vboard_cpu_reg(v, 0), arg = vboard_cpu_reg(v, 1);
    vboard_set_cpu_reg(v, 0, answer(s, v, op, arg));
    (void)vboard_skip(v);
}
