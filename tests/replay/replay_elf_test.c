/* A cut sequence that the closure found, on the ELF. The toy device has the real one's seven sectors, words of 32 bytes and
 * trailer, so each cut is carried over by its place (erase or program, sector, word) and by how often it was touched
 * before in that boot; and what the cut left in a trailer is left there too. A bootloader with the mistake then fails as the
 * closure said; the true one does not.
 *
 * usage: replay_elf_test [TEXT [BOOTLOADER_ELF]]   prints which image runs in the end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rehearse/closure.h"
#include "tests/system/bare.h"
#include "tests/system/rig.h"
#include "update/trailer.h"

#define WORD    32u
#define SECTORS 7u
#define BOOT_NS (60ull * 1000000000ull)
#define OPS_MAX 200000u
#define CLEAN   "build/nucleo_h753zi/bootloader.elf"
#define BROKEN  "build/nucleo_h753zi-broken/bootloader.elf"
/* closure_mutants.py, "resume ignores the checkpoint", ROWS=offset,32x1024x7,revert */
#define SEQUENCE "offset,32x1024x7,revert,1fbf: 12.touched 3.touched"

struct place {
    bool erase;
    uint32_t off; /* of the word or sector, from the start of the device */
    unsigned nth; /* so often before in this session */
};

/* ---- the toy: where a cut is, and what it leaves --------------------------------------------------- */

static struct closure_lab lab;
static struct place ops[4096];
static unsigned op_count;

static void note_op(const char *line)
{
    unsigned n, off;
    char what[12];
    if (sscanf(line, "%u %11s 0x%x", &n, what, &off) != 3 || op_count == ARRAY_LEN(ops))
        return;
    ops[op_count] = (struct place){.erase = what[0] == 'e', .off = off};
    for (unsigned i = 0; i < op_count; i++)
        ops[op_count].nth += ops[i].erase == ops[op_count].erase && ops[i].off == off;
    op_count++;
}

/* One session, cut as c says; the contents it leaves. False if there is no such cut. */
static bool toy_session(const uint32_t *id, struct cut c, uint32_t *left)
{
    struct closure_session s;
    uint8_t stage = lab.stage;
    op_count = 0;
    closure_flash_load(&lab.f, id);
    lab.f.wanted = c;
    closure_session(&lab, &s);
    lab.f.wanted.kind = CUT_NONE;
    if (c.kind != CUT_NONE && !s.cut)
        return false;
    memcpy(left, lab.f.id, sizeof(lab.f.id));
    if (c.kind == CUT_BEFORE)
        lab.stage = stage;
    return true;
}

/* ---- the board ------------------------------------------------------------------------------------- */

static struct bare_console console;

static struct vboard *new_board(void)
{
    const struct vboard_config config = {
        .timing = VBOARD_TIMING_FAST, .seed = 1, .uart_tx = bare_console_put, .ctx = &console};
    struct vboard *v = vboard_new(&config);
    assert_non_null(v);
    return v;
}

/* To the image (BKPT), to the message that there is none, or to a cut. */
static enum vboard_why boot(struct vboard *v)
{
    bare_console_clear(&console);
    vboard_power_on(v);
    uint64_t end = vboard_now_ns(v) + BOOT_NS;
    while (vboard_now_ns(v) < end) {
        struct vboard_stop stop = vboard_run(v, end - vboard_now_ns(v), VBOARD_UNTIL_OUTPUT);
        if (stop.why != VBOARD_OUTPUT && stop.why != VBOARD_TIME)
            return stop.why;
        if (strstr(console.text, "trying again in") != NULL)
            return VBOARD_TIME;
    }
    return VBOARD_TIME;
}

/* The toy's place in the real geometry. Trailers are counted from their sector's end. */
static uint32_t real_offset(const struct place *p)
{
    uint32_t toy = lab.f.flash.sector, s = p->off / toy, in = p->off % toy;
    uint32_t base = s < SECTORS ? SLOT0 + s * SECTOR : SLOT1 + (s - SECTORS) * SECTOR;
    bool trailer = s % SECTORS == SECTORS - 1;
    if (p->erase)
        return base;
    return base + (trailer ? SECTOR - (toy - in) : in / WORD * (SECTOR / toy) * WORD);
}

/* Number, from 1, of the operation at that place in the boot of a copy of v; 0 if it does not come. */
static uint64_t find_op(const struct vboard *v, const struct place *p)
{
    struct vboard *copy = new_board();
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    vboard_copy(copy, v);
    vboard_trace_flash(copy, f);
    (void)boot(copy);
    vboard_trace_flash(copy, NULL);
    fclose(f);
    uint64_t n = 0, found = 0;
    unsigned nth = 0, bank, addr, want = FLASH_BASE + real_offset(p);
    for (char *line = strtok(text, "\n"); line && !found; line = strtok(NULL, "\n")) {
        bool erase = strstr(line, "erase sector") != NULL;
        const char *at = strstr(line, "bank ");
        if ((!erase && strstr(line, "program") == NULL) || strstr(line, "stall") ||
            sscanf(at ? at : "", "bank %u %x", &bank, &addr) != 2)
            continue;
        n++;
        if (erase == p->erase && addr == want && nth++ == p->nth)
            found = n;
    }
    free(text);
    vboard_free(copy);
    return found;
}

/* Leave in the sector's words what the cut left in the toy's. */
static void leave(struct vboard *v, const struct place *p, uint32_t before, uint32_t after)
{
    uint8_t blank[WORD];
    uint32_t words = lab.f.store.words, toy = lab.f.flash.sector;
    memset(blank, 0xff, sizeof blank);
    for (uint32_t w = 0; w < words; w++) {
        const uint8_t *was = store_bytes(&lab.f.store, before) + w * WORD;
        const uint8_t *is = store_bytes(&lab.f.store, after) + w * WORD;
        uint8_t cell = store_cells(&lab.f.store, after)[w];
        struct place at = {.off = p->off / toy * toy + w * WORD};
        if (cell == CELL_UNREADABLE)
            vboard_flash_spoil(v, real_offset(&at));
        else if (cell != CELL_WRITTEN)
            vboard_flash_poke(v, real_offset(&at), blank, WORD);
        else if (memcmp(was, is, WORD) != 0)
            vboard_flash_poke(v, real_offset(&at), is, WORD);
    }
}

/* One cut of the sequence, on both. */
static void cut_both(struct vboard *v, uint32_t *id, struct cut c)
{
    uint32_t before[CLOSURE_SECTORS_MAX], after[CLOSURE_SECTORS_MAX];
    struct cut clean = {.op = c.op, .kind = CUT_BEFORE};
    uint8_t stage = lab.stage;
    assert_true(toy_session(id, clean, before));
    lab.stage = stage;
    assert_true(toy_session(id, c, after));
    const struct place p = ops[c.op - 1];
    uint32_t s = p.off / lab.f.flash.sector;
    uint64_t n = find_op(v, &p);
    if (n == 0)
        fail_msg("the boot on the ELF has no such operation: %s 0x%x",
                 p.erase ? "erase" : "program", (unsigned)real_offset(&p));
    bool payload = s % SECTORS != SECTORS - 1;
    vboard_cut_at(v, n,
                  c.kind == CUT_AFTER               ? VBOARD_CUT_AFTER
                  : payload && c.kind != CUT_BEFORE ? VBOARD_CUT_DURING
                                                    : VBOARD_CUT_BEFORE);
    assert_int_equal(boot(v), VBOARD_CUT);
    if (!payload && c.kind != CUT_BEFORE && c.kind != CUT_AFTER)
        leave(v, &p, before[s], after[s]);
    memcpy(id, after, sizeof(after));
}

/* ---- a device with image B on trial ------------------------------------------------------------------ */

static struct rig_file image_a, image_b;

static void poke_file(struct vboard *v, uint32_t off, const struct rig_file *f)
{
    uint8_t *padded = calloc(1, f->len + WORD);
    assert_non_null(padded);
    memset(padded + f->len, 0xff, WORD);
    memcpy(padded, f->data, f->len);
    vboard_flash_poke(v, off, padded, (f->len + WORD - 1) / WORD * WORD);
    free(padded);
}

static struct vboard *b_on_trial(const char *elf)
{
    static const uint8_t magic[16] = {0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b,
                                      0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
    uint8_t word[WORD];
    char why[200] = "";
    struct vboard *v = new_board();
    if (vboard_load(v, elf, 0, why, sizeof why) != ERR_OK)
        fail_msg("%s", why);
    poke_file(v, SLOT0, &image_a);
    poke_file(v, SLOT1 + SECTOR, &image_b);
    memset(word, 0xff, sizeof word);
    memcpy(word + 16, magic, sizeof magic);
    vboard_flash_poke(v, SLOT1 + 0xdffe0, word, WORD);
    memset(word, 0xff, sizeof word);
    word[0] = SWAP_TYPE_TEST;
    vboard_flash_poke(v, SLOT1 + 0xdff80, word, WORD);
    assert_int_equal(boot(v), VBOARD_BREAKPOINT);
    return v;
}

static char running(const struct vboard *v)
{
    static uint8_t have[6 * SECTOR];
    const struct rig_file *files[] = {&image_a, &image_b};
    for (unsigned i = 0; i < 2; i++)
        if (vboard_flash_peek(v, SLOT0, have, files[i]->len) &&
            memcmp(have, files[i]->data, files[i]->len) == 0)
            return (char)('A' + i);
    return '?';
}

/* The image that runs when nothing changes any more; '-' if none does. */
static char replay(const char *text, const char *elf)
{
    struct closure_config config;
    const char *p, *why;
    char *end;
    uint32_t id[CLOSURE_SECTORS_MAX];
    assert_true(closure_parse(text, &config, &p) && *p == ',');
    uint32_t abstract = (uint32_t)strtoul(p + 1, &end, 16);
    assert_int_equal(*end, ':');
    assert_int_equal(closure_lab_open(&lab, &config.shape, config.strategy, config.scene, &why),
                     ERR_OK);
    lab.f.abstract = abstract;
    lab.f.full = true;
    lab.f.say = note_op;
    memcpy(id, lab.f.id, sizeof(id));
    struct vboard *v = b_on_trial(elf);
    for (p = end + 1; *(p += strspn(p, " ")) != '\0';) {
        struct cut c;
        assert_true(closure_parse_cut(&p, &c));
        cut_both(v, id, c);
    }
    enum vboard_why why_stopped = VBOARD_TIME;
    for (unsigned n = 0; n < CLOSURE_BOOTS_MAX; n++) {
        uint64_t before = vboard_operations(v);
        why_stopped = boot(v);
        if (vboard_operations(v) == before)
            break;
    }
    char what = why_stopped == VBOARD_BREAKPOINT ? running(v) : '-';
    vboard_free(v);
    closure_lab_close(&lab);
    return what;
}

/* The toy runs the true engine and says where its operations are; this mistake changes none of those before the last
 * cut. The closure says that a wrong image runs. */
static void the_mistake_shows_on_the_elf(void **state)
{
    (void)state;
    assert_int_equal(replay(SEQUENCE, BROKEN), 'B');
}

static void the_true_engine_reverts(void **state)
{
    (void)state;
    assert_int_equal(replay(SEQUENCE, CLEAN), 'A');
}

int main(int argc, char **argv)
{
    image_a = rig_file("tests/garbage-a.bin");
    image_b = rig_file("tests/replay-b.bin");
    if (argc > 1) {
        printf("in the end: %c\n", replay(argv[1], argc > 2 ? argv[2] : CLEAN));
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_true_engine_reverts),
                                       cmocka_unit_test(the_mistake_shows_on_the_elf)};
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
