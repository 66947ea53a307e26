/* oracle_test.c - random instructions on this core and on libunicorn (QEMU's Cortex-M7), compared register by
 * register, flag by flag, byte by byte. A difference prints all that is
 * needed to see it again. Single instructions and IT blocks first, then whole programs. */
#include <stdlib.h>

#include "vboard/cpu/test/oracle.h"

static unsigned long compared, refused, undefined, faulted;

/* Both sides must fault. unicorn says so of much that is UNPREDICTABLE here, too: that is only counted. */
static void one_undefined(const struct state *s, uint32_t word, unsigned len)
{
    undefined++;
    bool ours = !oracle_run_ours(s, 1) && (oracle_cpu.cfsr & (CFSR_UNDEFINSTR | CFSR_NOCP)) != 0;
    oracle_cpu.cfsr = 0;
    if (ours && (oracle_is_lenient(word) || !oracle_runs_there(s, len)))
        return;
    printf("DIFFERENCE: %0*x is UNDEFINED here, and %s\n", (int)len * 4, word,
           ours ? "runs there" : "does not fault");
    oracle_failures++;
}

static void one_instruction(bool survey)
{
    unsigned len;
    uint32_t word = oracle_generate(&len);
    if (oracle_excluded(word, len))
        return;
    oracle_put(AT, word, len);
    struct state s = oracle_state(below(3));
    oracle_avoid_known_differences(&s, word, len);
    if (oracle_faults(word, len)) {
        one_undefined(&s, word, len);
        return;
    }
    if (!oracle_known(word, len)) {
        refused++;
        if (!survey)
            return;
        if (oracle_runs_there(&s, len))
            printf("refused here, runs there: %0*x\n", (int)len * 4, word);
        return;
    }
    for (unsigned attempt = 0; attempt < 6; attempt++) {
        if (oracle_run_ours(&s, 1)) {
            compared++;
            oracle_count_row(word, len);
            oracle_compare("one", &s, len);
            return;
        }
        memcpy(oracle_ram[0], oracle_ram[1], RAM_SIZE); /* part of an STM may have been stored */
        s = oracle_state(1 + below(2));
        oracle_avoid_known_differences(&s, word, len);
    }
    faulted++;
}

static void one_it_block(void)
{
    unsigned n = 1 + below(4), halfwords = 1;
    struct state s = oracle_state(1 + below(2));
    oracle_put(AT, oracle_it(n), 1);
    for (unsigned i = 0; i < n; i++) {
        unsigned len;
        uint32_t word;
        do
            word = oracle_generate(&len);
        while (!oracle_fits(word, len));
        oracle_put(AT + 2 * halfwords, word, len);
        oracle_avoid_known_differences(&s, word, len);
        halfwords += len;
    }
    if (!oracle_run_ours(&s, n + 1) || cpu_reg(&oracle_cpu, 15) != AT + 2 * halfwords) {
        memcpy(oracle_ram[0], oracle_ram[1], RAM_SIZE);
        faulted++;
        return;
    }
    compared += n + 1;
    oracle_compare("it", &s, halfwords);
}

static void mrs_and_msr(void)
{
    unsigned d = below(13), masks = 1 + below(3);
    oracle_put(AT, 0xf3808000 | d << 16 | masks << 10, 2);
    struct state s = oracle_state(0);
    if (oracle_run_ours(&s, 1))
        oracle_compare("msr", &s, 2);
    oracle_put(AT, 0xf3ef8000 | d << 8, 2);
    s = oracle_state(0);
    if (oracle_run_ours(&s, 1))
        oracle_compare("mrs", &s, 2);
    compared += 2;
}

/* The store right after the load succeeds, a second one does not. */
static void exclusive_pair(void)
{
    static const uint32_t pairs[][2] = {
        {0xe8501f00, 0xe8402300}, {0xe8d01f4f, 0xe8c02f43}, {0xe8d01f5f, 0xe8c02f53}};
    size_t i = below(ARRAY_LEN(pairs));
    oracle_put(AT, pairs[i][0], 2);
    oracle_count_row(pairs[i][0], 2);
    oracle_put(AT + 4, pairs[i][1], 2);
    bool clear = below(4) == 0; /* CLREX in between: no store succeeds */
    if (clear)
        oracle_put(AT + 4, 0xf3bf8f2f, 2);
    oracle_count_row(clear ? 0xf3bf8f2f : pairs[i][1], 2);
    oracle_put(AT + 8, pairs[i][1], 2);
    struct state s = oracle_state(1);
    if (oracle_run_ours(&s, 3))
        oracle_compare("exclusive", &s, 6);
    compared += 3;
}

static void run_blocks(unsigned long wanted)
{
    struct oracle_programs done = {0};
    while (done.count < wanted && oracle_failures < 20)
        oracle_program(&done);
    printf("%lu programs compared: %lu instructions in them, %lu run, %lu IT blocks, %lu branches "
           "forward, %lu loops; %u differences explained, %u not\n",
           done.count, done.instructions, done.cycles, done.it_blocks, done.forward, done.loops,
           oracle_explained, oracle_failures);
}

/* usage: cpu_oracle_test [INSTRUCTIONS [BLOCKS [SEED [survey]]]] */
int main(int argc, char **argv)
{
    unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 0) : 200000;
    unsigned long wanted_blocks = argc > 2 ? strtoul(argv[2], NULL, 0) : 2000;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 0x5eed0001;
    bool survey = argc > 4;
    oracle_random = seed * 0x9e3779b97f4a7c15u + 1;
    oracle_set_up();
    for (unsigned round = 0; compared < wanted && oracle_failures < 20; round++) {
        oracle_next_place(32);
        if (round % 8 == 0)
            one_it_block();
        else if (round % 64 == 1)
            mrs_and_msr();
        else if (round % 64 == 2)
            exclusive_pair();
        else
            one_instruction(survey);
    }
    printf("seed 0x%" PRIx64
           ": %lu instructions compared, %lu undefined, %lu encodings refused, %lu faulted, "
           "%u differences explained, %u not\n",
           seed, compared, undefined, refused, faulted, oracle_explained, oracle_failures);
    run_blocks(wanted_blocks);
    return oracle_failures || (wanted >= 100000 && oracle_rows_missed()) ? 1 : 0;
}
