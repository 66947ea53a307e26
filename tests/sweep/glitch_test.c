/* One glitch, anywhere in the decision "may this image run?", on the real bootloaders, one for each way to the image
 * (swap, direct-XIP, RAM-load): an instruction that is not executed, or a register with one bit flipped. An
 * ungenuine image must never run. The same with chips whose HASH unit is stuck or computes wrong hashes.
 *
 * The image in slot0 is nothing but BKPT instructions, so entering it anywhere stops the board; slot1 holds a
 * genuine one where an upload would put it, for a glitch that makes the bootloader look there. A trial: copy a
 * snapshot, run to the drawn cycle, do the glitch, run until the image is refused or something else ends it.
 *
 * usage: glitch_test [TRIALS [SEED [KIND]]]   TRIALS for each kind; only that KIND */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/image/image.h"
#include "testing/system/rig_bootloader.h"
#include "testing/system/rig_firmware.h"

#define WORKERS   2u
#define SNAPSHOTS 16u
#define PSR       16u
#define LEAD \
    6000u /* cycles before image_verify: the judge's preparations, behind the last log line */
#define AROUND_END 200u /* cycles before and behind the call that stays in the bootloader */
/* Cycles that a trial may take longer than the undisturbed run: a full ring of log lines leaves the UART meanwhile. */
#define PATIENCE   80000000u
#define SHOWN      12u                          /* failures that are printed */
#define FOLLOWED   50u                          /* one refusal in so many is followed to the end */
#define NS(cycles) ((uint64_t)(cycles)*5u / 2u) /* 400 MHz */
#define CYCLES(ns) ((ns)*2u / 5u)
#define SLOTS_END  (SLOT1 + 7 * SECTOR)

static unsigned trials; /* of each kind; 0: its sample */
static uint64_t seed = 20251122;
static const char *only;

/* What comes between the verdict and the image. */
static const struct kind {
    const char *name, *elf, *images; /* images: tests/<images>-*.bin */
    const char *refused;    /* a function that is called for a refused image, and for no other */
    uint32_t ram, ram_size; /* where it also runs images */
    unsigned sample;
    unsigned one_in; /* it gets one of so many trials that are asked for */
    unsigned defect; /* enum vboard_defect */
} kinds[] = {
    {"swap", "tests/nucleo_h753zi/bootloader.elf", "glitch", "log_refusals", 0, 0, 2000, 1, 0},
    {"direct-XIP", "tests/strategy-direct-xip/bootloader.elf", "glitch", "wait_and_reset", 0, 0,
     400, 1, 0},
    {"RAM-load", "tests/strategy-ram-load/bootloader.elf", "glitch-ram", "wait_and_reset",
     0x24000000, 0x80000, 400, 1, 0},
    {"swap, HASH stuck", "tests/nucleo_h753zi/bootloader.elf", "glitch", "log_refusals", 0, 0, 200,
     10, VBOARD_DEFECT_HASH_STUCK},
    {"swap, HASH wrong", "tests/nucleo_h753zi/bootloader.elf", "glitch", "log_refusals", 0, 0, 200,
     10, VBOARD_DEFECT_HASH_BIT},
};
static const struct kind *kind;

/* ---- images that may not run ---- */

static struct rig_file read_image(const char *name)
{
    char path[100];
    snprintf(path, sizeof path, "tests/%s-%s.bin", kind->images, name);
    return rig_file(path);
}

/* Change the program, and with fix_hash the hash with it: what an attacker without the key can do. */
static void forge(struct rig_file *f, bool fix_hash)
{
    struct image_source s = image_source_memory(f->data, f->len);
    struct image_header h;
    struct image_tlvs t;
    struct image_tlv tlv;
    bool more;
    struct sha256 hash;
    f->data[0x600] ^= 1; /* still a BKPT */
    assert_int_equal(image_read_header(&s, f->len, &h), IMAGE_FAULT_NONE);
    assert_int_equal(image_tlvs_begin(&t, &s, &h, f->len), IMAGE_FAULT_NONE);
    sha256_init(&hash);
    sha256_update(&hash, f->data, t.protected_end);
    while (image_tlvs_next(&t, &tlv, &more) == IMAGE_FAULT_NONE && more)
        if (tlv.type == IMAGE_TLV_SHA256 && fix_hash)
            sha256_final(&hash, f->data + tlv.offset);
}

static const struct variant {
    const char *name, *file, *refusal;
    bool forged, fix_hash;
} variants[] = {
    {"wrong signature", "genuine", "signature", true, true},
    {"wrong hash", "genuine", "hash", true, false},
    {"unknown key", "stranger", "key", false, false},
    {"no signature", "unsigned", "signed", false, false},
};

/* ---- the decision, and which part of it gets how many trials ---- */

enum landmark { START, CURVE, CURVE_END, REFUSED_AT, END, LATER, LANDMARKS };

static const struct phase {
    const char *name;
    unsigned variant;
    enum landmark from, to;
    unsigned share; /* of 1000 trials */
} phases[] = {
    {"wrong signature, before the curve", 0, START, CURVE, 8},
    {"wrong signature, in the curve", 0, CURVE, CURVE_END, 12},
    {"wrong signature, after the curve", 0, CURVE_END, REFUSED_AT, 400},
    {"wrong hash", 1, START, REFUSED_AT, 200},
    {"unknown key", 2, START, REFUSED_AT, 230},
    {"no signature", 3, START, REFUSED_AT, 140},
    {"wrong signature, staying", 0, END, LATER, 10},
};

struct snapshot {
    struct vboard *board;
    uint64_t at; /* cycles behind the phase's begin */
};

struct window {
    struct snapshot snap[SNAPSHOTS];
    uint64_t cycles, rest; /* of the phase; from its begin to the undisturbed end */
};

/* ---- outcomes ---- */

/* GENUINE: the genuine image ran. A glitched decision has brought it in from slot1, where it waits. */
enum outcome { REFUSED, FAULTED, RESET, STUCK, STOPPED, GENUINE, RAN, OUTCOMES };
static const char *const outcome_names[] = {"refused", "fault",   "reset", "stuck",
                                            "stopped", "genuine", "RAN"};

struct glitch {
    unsigned phase;
    uint64_t at; /* cycles behind the phase's begin */
    bool skip;
    unsigned reg, bit;
    uint32_t pc;
};

/* Shared by the workers. */
static struct results {
    unsigned count[sizeof phases / sizeof phases[0]][OUTCOMES], followed;
    unsigned shown;
    struct glitch failure[SHOWN];
    uint32_t failure_pc[SHOWN];
} * results;

static struct bare_console console;
static bool ran_undefined; /* in a slot: a fault, and yet what was there was executed */

static bool in_slots(uint32_t pc);

/* "note: the flash is erased at pc 0x08100000, and executed ..." */
static void on_report(void *ctx, const char *text)
{
    const char *pc = strstr(text, " at pc 0x");
    (void)ctx;
    if (strncmp(text, "note: ", 6) == 0 && pc != NULL)
        ran_undefined |= in_slots((uint32_t)strtoul(pc + 7, NULL, 16));
}

static struct vboard *new_board(void)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST,
                                         .uart_tx = bare_console_put,
                                         .report = on_report,
                                         .ctx = &console};
    struct vboard *v = vboard_new(&config);
    assert_non_null(v);
    return v;
}

static uint32_t symbol(const struct vboard *v, const char *name)
{
    char specialised[64]; /* by the link-time optimiser */
    snprintf(specialised, sizeof specialised, "%s.constprop.0", name);
    uint32_t addr = vboard_symbol(v, name);
    if (addr == 0)
        addr = vboard_symbol(v, specialised);
    if (addr == 0)
        fail_msg("%s has no symbol %s: the windows cannot be found", kind->elf, name);
    return addr;
}

static struct vboard *board_with(const struct variant *which)
{
    char why[200] = "";
    struct rig_file f = read_image(which->file), genuine = read_image("genuine");
    struct vboard *v = new_board();
    if (vboard_load(v, kind->elf, 0, why, sizeof why) != ERR_OK)
        fail_msg("%s", why);
    if (which->forged)
        forge(&f, which->fix_hash);
    vboard_flash_poke(v, SLOT0, f.data, f.len);
    vboard_flash_poke(v, SLOT1 + SECTOR, genuine.data, genuine.len);
    if (kind->defect != 0)
        vboard_set_defect(v, (enum vboard_defect)kind->defect, true);
    vboard_power_on(v);
    free(f.data);
    free(genuine.data);
    return v;
}

static void run_to(struct vboard *v, uint32_t addr)
{
    vboard_break_at(v, addr);
    struct vboard_stop stop = vboard_run(v, NS(640000000ull), 0);
    vboard_break_at(v, 0);
    if (stop.why != VBOARD_BREAKPOINT || stop.pc != addr)
        fail_msg("0x%08x is not reached: %s\n%s", (unsigned)addr, stop.text, console.text);
}

/* From the verdict to the log line about it, and from behind that line to the end. Of either slot each refusal is
 * reported where the images are judged; of a swap at the end. */
static void find_refusal(struct vboard *v, uint64_t at[LANDMARKS])
{
    bool at_the_end = strcmp(kind->refused, "wait_and_reset") != 0;
    run_to(v, symbol(v, at_the_end ? kind->refused : "log_write"));
    at[REFUSED_AT] = vboard_now_ns(v);
    if (!at_the_end)
        run_to(v, vboard_cpu_reg(v, 14) & ~1u);
    at[END] = vboard_now_ns(v);
    run_to(v, symbol(v, "wait_and_reset"));
    if (at_the_end)
        at[END] = vboard_now_ns(v) - NS(AROUND_END);
}

/* When the undisturbed run passes the landmarks, ns. */
static void find_landmarks(const struct variant *which, uint64_t at[LANDMARKS])
{
    struct vboard *v = board_with(which);
    run_to(v, symbol(v, "image_verify"));
    at[START] = vboard_now_ns(v) - NS(LEAD);
    at[CURVE] = at[CURVE_END] = 0;
    if (which == &variants[0]) {
        run_to(v, symbol(v, "api_muladd")); /* BearSSL's: both products and their sum */
        at[CURVE] = vboard_now_ns(v);
        run_to(v, symbol(v, "p256_encode")); /* the way back from the curve */
        at[CURVE_END] = vboard_now_ns(v);
    }
    find_refusal(v, at);
    at[LATER] = vboard_now_ns(v) + NS(AROUND_END);
    (void)vboard_run(v, NS(PATIENCE), 0);
    if (strstr(console.text, which->refusal) == NULL || strstr(console.text, "refused") == NULL)
        fail_msg("%s: not refused for that:\n%s", which->name, console.text);
    vboard_free(v);
}

static void open_window(const struct phase *p, struct window *w)
{
    uint64_t at[LANDMARKS];
    find_landmarks(&variants[p->variant], at);
    struct vboard *v = board_with(&variants[p->variant]);
    w->cycles = CYCLES(at[p->to] - at[p->from]);
    w->rest = CYCLES(at[LATER] - at[p->from]);
    unsigned n = w->cycles > 1000000 ? SNAPSHOTS : 1;
    for (unsigned i = 0; i < SNAPSHOTS; i++)
        w->snap[i] = (struct snapshot){NULL, 0};
    (void)vboard_run(v, at[p->from] - vboard_now_ns(v), 0);
    for (unsigned i = 0; i < n; i++) {
        w->snap[i] = (struct snapshot){new_board(), w->cycles / n * i};
        vboard_copy(w->snap[i].board, v);
        (void)vboard_step(v, w->cycles / n);
    }
    vboard_free(v);
}

/* ---- a trial ---- */

static uint32_t draw(uint64_t *s, uint32_t below)
{
    *s = *s * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((*s >> 33) % below);
}

/* Skips first, at every cycle of a short window; then drawn ones of both kinds. */
static struct glitch draw_glitch(unsigned phase, const struct window *w, unsigned i, unsigned count)
{
    static const uint8_t flags[] = {28, 29, 30, 31};
    uint64_t s = seed ^ ((uint64_t)(phase + 1) << 32 | i) * 0x9e3779b97f4a7c15ull;
    (void)draw(&s, 2);
    struct glitch g = {
        .phase = phase, .at = draw(&s, (uint32_t)w->cycles), .skip = draw(&s, 2) == 0};
    if (w->cycles <= count / 2 && i < w->cycles) {
        g.at = i;
        g.skip = true;
    }
    g.reg = draw(&s, PSR + 1);
    g.bit = g.reg == PSR ? flags[draw(&s, 4)] : draw(&s, 32);
    return g;
}

static bool in_slots(uint32_t pc)
{
    return (pc - FLASH_BASE >= SLOT0 && pc - FLASH_BASE < SLOTS_END) ||
           pc - kind->ram < kind->ram_size;
}

/* Does slot0 hold the genuine image now, byte for byte? It did not at the start. */
static bool slot0_is_genuine(const struct vboard *v)
{
    static uint8_t there[SLOTS_END - SLOT0];
    struct rig_file genuine = read_image("genuine");
    bool is = genuine.len <= sizeof there && vboard_flash_peek(v, SLOT0, there, genuine.len) &&
              memcmp(there, genuine.data, genuine.len) == 0;
    free(genuine.data);
    return is;
}

/* Any other lockup in a slot is a fetch that the MPU refused while faults were masked: the payload would have stopped the run
 * in another way, and of blank flash the board has reported. */
static enum outcome judge(struct vboard *v, const struct vboard_stop *stop, uint32_t refused_at)
{
    if (ran_undefined)
        return RAN;
    if (stop->why == VBOARD_LOCKUP)
        return STOPPED;
    if (in_slots(stop->pc) || in_slots(vboard_cpu_reg(v, 15)))
        return slot0_is_genuine(v) ? GENUINE : RAN;
    if (stop->why == VBOARD_RESET)
        return RESET;
    if (stop->why == VBOARD_BREAKPOINT && stop->pc == refused_at)
        return REFUSED;
    return STOPPED;
}

/* Run to an end. In a handler that prints, the bootloader has met a fault and will not go on. */
static enum outcome run_out(struct vboard *v, uint64_t cycles, uint32_t refused_at)
{
    uint64_t end = vboard_now_ns(v) + NS(cycles);
    while (vboard_now_ns(v) < end) {
        struct vboard_stop stop =
            vboard_run(v, end - vboard_now_ns(v), VBOARD_UNTIL_OUTPUT | VBOARD_UNTIL_RESET);
        uint32_t exception = vboard_cpu_reg(v, PSR) & 0x1ff;
        if (stop.why == VBOARD_OUTPUT && exception >= 2 && exception <= 6)
            return ran_undefined ? RAN : FAULTED;
        if (stop.why != VBOARD_OUTPUT && stop.why != VBOARD_TIME)
            return judge(v, &stop, refused_at);
    }
    return strstr(console.text, "Unable to find bootable image") != NULL ? REFUSED : STUCK;
}

static void show(const struct glitch *g, uint32_t pc)
{
    unsigned n = __atomic_fetch_add(&results->shown, 1, __ATOMIC_RELAXED);
    if (n >= SHOWN)
        return;
    results->failure[n] = *g;
    results->failure_pc[n] = pc;
}

static void try_one(struct vboard *v, const struct window *w, struct glitch *g, unsigned i,
                    uint32_t refused_at)
{
    const struct snapshot *s = &w->snap[0];
    for (unsigned k = 1; k < SNAPSHOTS && w->snap[k].board != NULL && w->snap[k].at <= g->at; k++)
        s = &w->snap[k];
    vboard_copy(v, s->board);
    bare_console_clear(&console);
    ran_undefined = false;
    if (g->at > s->at)
        (void)vboard_step(v, g->at - s->at);
    g->pc = vboard_cpu_reg(v, 15);
    if (g->skip)
        (void)!vboard_skip(v);
    else
        vboard_set_cpu_reg(v, g->reg, vboard_cpu_reg(v, g->reg) ^ 1u << g->bit);
    enum outcome o = run_out(v, w->rest - g->at + PATIENCE, refused_at);
    if (o == REFUSED && i % FOLLOWED == 0) {
        o = run_out(v, PATIENCE, 0);
        __atomic_fetch_add(&results->followed, 1, __ATOMIC_RELAXED);
    }
    __atomic_fetch_add(&results->count[g->phase][o], 1, __ATOMIC_RELAXED);
    if (o == RAN)
        show(g, vboard_cpu_reg(v, 15));
}

/* Worker n does every WORKERS-th trial, so the trials are the same however many workers there are. */
static void work(const struct window *w, unsigned phase, unsigned count, unsigned worker)
{
    struct vboard *v = new_board();
    vboard_copy(v, w->snap[0].board);
    uint32_t refused_at = symbol(v, kind->refused);
    vboard_break_at(v, refused_at);
    for (unsigned i = worker; i < count; i += WORKERS) {
        struct glitch g = draw_glitch(phase, w, i, count);
        try_one(v, w, &g, i, refused_at);
    }
    vboard_free(v);
}

static void run_phase(unsigned phase, unsigned count)
{
    struct window w;
    open_window(&phases[phase], &w);
    fflush(stdout);
    for (unsigned n = 0; n < WORKERS; n++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            work(&w, phase, count, n);
            _exit(0);
        }
    }
    for (unsigned n = 0; n < WORKERS; n++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    printf("%-36s %9llu", phases[phase].name, (unsigned long long)w.cycles);
    for (unsigned o = 0; o < OUTCOMES; o++)
        printf(" %8u", results->count[phase][o]);
    printf("\n");
    for (unsigned i = 0; i < SNAPSHOTS; i++)
        vboard_free(w.snap[i].board);
}

static void print_failures(void)
{
    for (unsigned i = 0; i < results->shown && i < SHOWN; i++) {
        const struct glitch *g = &results->failure[i];
        printf("RAN: %s, cycle %llu, PC 0x%08x: ", phases[g->phase].name, (unsigned long long)g->at,
               (unsigned)g->pc);
        if (g->skip)
            printf("skipped");
        else
            printf("r%u bit %u flipped", g->reg, g->bit);
        printf("; then at 0x%08x\n", (unsigned)results->failure_pc[i]);
    }
}

/* How many ungenuine images ran, of so many trials. */
static unsigned run_kind(unsigned *total)
{
    unsigned ran = 0, count = trials ? trials / kind->one_in : kind->sample;
    memset(results, 0, sizeof *results);
    printf("%-36s %9s", kind->name, "cycles");
    for (unsigned o = 0; o < OUTCOMES; o++)
        printf(" %8s", outcome_names[o]);
    printf("\n");
    for (unsigned p = 0; p < sizeof phases / sizeof phases[0]; p++)
        run_phase(p, (count * phases[p].share + 999) / 1000);
    for (unsigned p = 0; p < sizeof phases / sizeof phases[0]; p++)
        for (unsigned o = 0; o < OUTCOMES; o++) {
            ran += o == RAN ? results->count[p][o] : 0;
            *total += results->count[p][o];
        }
    print_failures();
    return ran;
}

static void ungenuine_image_never_runs(void **state)
{
    (void)state;
    results =
        mmap(NULL, sizeof *results, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(results != MAP_FAILED);
    unsigned total = 0, ran = run_kind(&total);
    printf("glitch: %s: %u trials, %u ran an ungenuine image (seed %llu; %u refusals followed to "
           "the end)\n",
           kind->name, total, ran, (unsigned long long)seed, results->followed);
    munmap(results, sizeof *results);
    assert_int_equal(ran, 0);
}

/* The control: without a glitch the genuine image runs, and that is seen. */
static void genuine_image_runs(void **state)
{
    static const struct variant genuine = {"genuine", "genuine", "", false, false};
    (void)state;
    struct vboard *v = board_with(&genuine);
    struct vboard_stop stop = vboard_run(v, NS(640000000ull), 0);
    assert_int_equal(stop.why, VBOARD_BREAKPOINT);
    assert_int_equal(judge(v, &stop, 0), GENUINE);
    vboard_free(v);
}

int main(int argc, char **argv)
{
    int failed = 0;
    if (argc > 1)
        trials = (unsigned)strtoul(argv[1], NULL, 0);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 0);
    if (argc > 3)
        only = argv[3];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genuine_image_runs),
        cmocka_unit_test(ungenuine_image_never_runs),
    };
    for (kind = kinds; kind < kinds + sizeof kinds / sizeof kinds[0]; kind++)
        if (only == NULL || strcmp(only, kind->name) == 0)
            failed += cmocka_run_group_tests_name(kind->name, tests, NULL, NULL);
    return failed;
}
