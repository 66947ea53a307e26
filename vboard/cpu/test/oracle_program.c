/* oracle_program.c - random programs: grown on our core one piece at a time, so that each piece completes where it
 * stands, and then run as a whole on the other machine. */
#include "vboard/cpu/test/oracle.h"

#define LONGEST_LOOP 300 /* instructions run by one loop */

/* A point to which growing can go back. */
struct point {
    struct cpu cpu;
    uint8_t ram[RAM_SIZE];
    unsigned halfwords, instructions;
};

static struct point now;
static unsigned starts[64]; /* where instructions begin, in halfwords: targets of loops */

uint32_t oracle_it(unsigned n)
{
    unsigned cond = below(15), end = 1u << (4 - n);
    unsigned then_else = cond == 14 ? 0 : below(16) << (5 - n);
    return 0xbf00 | cond << 4 | ((then_else | end) & 15);
}

static void remember(unsigned halfwords, unsigned instructions)
{
    now.cpu = oracle_cpu;
    memcpy(now.ram, oracle_ram[0], RAM_SIZE);
    now.halfwords = halfwords;
    now.instructions = instructions;
}

static void go_back(void)
{
    oracle_cpu = now.cpu;
    memcpy(oracle_ram[0], now.ram, RAM_SIZE);
    cpu_invalidate(&oracle_cpu, AT, BLOCK);
}

static uint32_t place(unsigned halfwords)
{
    return AT + 2 * halfwords;
}

/* Run until the PC is at the halfword; false: it faulted, or never came. */
static bool run_to(unsigned halfwords, unsigned most)
{
    cpu_invalidate(&oracle_cpu, AT, BLOCK);
    for (unsigned i = 0; i < most; i++) {
        cpu_set_deadline(&oracle_cpu, cpu_cycles(&oracle_cpu) + 1);
        if (cpu_run(&oracle_cpu) != CPU_STOP_DEADLINE || oracle_cpu.sys_pending)
            return false;
        if (cpu_reg(&oracle_cpu, 15) == place(halfwords) && oracle_cpu.it == 0)
            return true;
    }
    return false;
}

/* n instructions that do not branch, at halfword h; the halfword behind them. */
static unsigned put_plain(unsigned h, unsigned n)
{
    while (n-- > 0) {
        unsigned len;
        uint32_t word;
        do
            word = oracle_generate(&len);
        while (!oracle_fits(word, len));
        oracle_put(place(h), word, len);
        h += len;
    }
    return h;
}

static bool grow_plain(struct oracle_programs *done)
{
    (void)done;
    unsigned end = put_plain(now.halfwords, 1);
    if (!run_to(end, 1))
        return false;
    remember(end, now.instructions + 1);
    return true;
}

static bool grow_it(struct oracle_programs *done)
{
    unsigned n = 1 + below(4), end = put_plain(now.halfwords + 1, n);
    oracle_put(place(now.halfwords), oracle_it(n), 1);
    if (!run_to(end, n + 1))
        return false;
    remember(end, now.instructions + n + 1);
    done->it_blocks++;
    return true;
}

/* A conditional branch over some instructions, taken or not. */
static bool grow_forward(struct oracle_programs *done)
{
    unsigned n = 1 + below(3), end = put_plain(now.halfwords + 1, n);
    unsigned distance = end - now.halfwords - 2; /* from PC, in halfwords */
    bool compare = below(3) == 0;                /* CBZ, CBNZ */
    oracle_put(place(now.halfwords),
               compare ? 0xb100 | below(2) << 11 | distance << 3 | below(8)
                       : 0xd000 | below(14) << 8 | distance,
               1);
    if (!run_to(end, n + 1))
        return false;
    remember(end, now.instructions + n + 1);
    done->forward++;
    return true;
}

/* A conditional branch back to where an earlier piece began. Most conditions change by and by, or are false. */
static bool grow_loop(struct oracle_programs *done)
{
    if (now.instructions < 3)
        return false;
    unsigned target = starts[below(now.instructions)];
    uint32_t distance = (target - now.halfwords - 2) & 255;
    oracle_put(place(now.halfwords), 0xd000 | below(14) << 8 | distance, 1);
    if (target >= now.halfwords || !run_to(now.halfwords + 1, LONGEST_LOOP))
        return false;
    remember(now.halfwords + 1, now.instructions + 1);
    done->loops++;
    return true;
}

static void begin(const struct state *s)
{
    memcpy(oracle_ram[0], oracle_ram[1], RAM_SIZE);
    oracle_set_both(s);
    oracle_cpu.events = 0;
    oracle_cpu.sys_pending = 0;
}

void oracle_program(struct oracle_programs *done)
{
    static bool (*const pieces[])(struct oracle_programs *) = {grow_plain,   grow_plain, grow_plain,
                                                               grow_plain,   grow_plain, grow_it,
                                                               grow_forward, grow_loop};
    unsigned wanted = 8 + below(20), tries = 0;
    oracle_next_place(BLOCK);
    struct state s = oracle_state(1 + below(2));
    begin(&s);
    remember(0, 0);
    while (now.instructions < wanted && tries < 400) {
        unsigned before = now.instructions, at = now.halfwords;
        if (!pieces[below(ARRAY_LEN(pieces))](done)) {
            go_back();
            tries++;
            continue;
        }
        for (unsigned i = before; i < now.instructions; i++)
            starts[i] = at;
    }
    /* Once more from the start: it may have read code where there was none yet. */
    begin(&s);
    uint64_t start = cpu_cycles(&oracle_cpu);
    if (now.instructions < 8 || !run_to(now.halfwords, 32 * LONGEST_LOOP)) {
        memcpy(oracle_ram[0], oracle_ram[1], RAM_SIZE);
        return;
    }
    done->count++;
    done->instructions += now.instructions;
    done->cycles += cpu_cycles(&oracle_cpu) - start;
    oracle_compare("program", &s, now.halfwords);
}
