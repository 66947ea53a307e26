/* closure_board.c - a device of full size for a replay: the slots of a real bootloader's layout in the virtual
 * board's flash, images that it trusts, and the ELF itself at each boot. The application's part runs natively, on
 * the same cells.
 *
 * A toy plays along and says where the sequence's cuts are; closure_places.c finds the same places on the board. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/soc/soc.h"
#include "rehearse/closure/closure_board.h"
#include "rehearse/closure/closure_places.h"
#include "rehearse/closure/closure_runs.h"

#define BOOT_NS   (60ull * 1000000000ull) /* of the board's time; the watchdog bites after 20 s */
#define HDR_SIZE  0x400u
#define OVERHEAD  (HDR_SIZE + 200u) /* and TLVs, about */
#define TRIES_MAX 1000u /* signatures differ in length; one of the right length is near */
#define NO_IMAGE  "Unable to find bootable image"

struct screen {
    char text[16384];
    size_t len;
};

static struct bench {
    struct player player;
    struct closure_model model, toy;
    const struct closure_board *board;
    struct flash flash;
    struct vboard *v;
    struct screen screen;
    struct plan plan;
    uint32_t erased; /* bit per sector of the board: in this power session */
    uint32_t ops;    /* of this session */
    unsigned hits;   /* operations of the application at the place of the cut, so far */
    bool beside;     /* an erase was begun beside the program, and its end not told */
    bool lost;       /* the planned operation did not come */
} bench;

static void print(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void print(const char *fmt, ...)
{
    char line[240];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    closure_send_text(&bench.player, line);
}

/* ---- images that the ELF trusts ------------------------------------------------------------------ */

static bool loads(void)
{
    return update_mode(&bench.model.pair[0]) == UPDATE_MODE_RAM_LOAD;
}

/* Where an image of a slot runs. */
static uint32_t home_of(enum slot s)
{
    return loads() ? bench.model.load_ram.base
                   : vboard_soc(bench.v)->flash.base + bench.model.pair[0].slot[s].offset;
}

/* The end of the DTCM. */
static uint32_t stack_of_images(void)
{
    const struct soc_region *dtcm = &vboard_soc(bench.v)->ram[SOC_DTCM];
    return dtcm->base + dtcm->size;
}

/* A signed image whose program is two vectors and BKPT instructions: entering it stops the board. */
static bool build_file(enum closure_image which, enum slot s, struct closure_file *file)
{
    const struct closure_board *b = bench.board;
    uint32_t total = closure_image_length(&bench.model, which, OVERHEAD);
    if (loads() && total > bench.model.load_ram.size)
        total = bench.model.load_ram.size;
    uint8_t *payload = malloc(total);
    struct image_plan plan = {.version = {.major = (uint8_t)which},
                              .hdr_size = HDR_SIZE,
                              .load_addr = loads() ? bench.model.load_ram.base : 0,
                              .flags = loads() ? IMAGE_FLAG_RAM_LOAD : 0,
                              .pad_header = true,
                              .erased = 0xff,
                              .has_security_counter = true,
                              .input = payload,
                              .input_len = total - OVERHEAD,
                              .digest = b->digest,
                              .signer = b->signer,
                              .pure = b->pure};
    struct image_built built = {.len = 0};
    size_t cap = total + 4096;
    *file = (struct closure_file){total, malloc(cap)};
    closure_must(payload != NULL && file->bytes != NULL);
    memset(payload, 0xbe, total);
    put_le32(payload, stack_of_images());
    put_le32(payload + 4, (home_of(s) + HDR_SIZE + 8) | 1u);
    enum err e = ERR_OK;
    for (unsigned n = 0; n < TRIES_MAX && !e && built.len != total; n++) {
        e = image_build(&plan, file->bytes, cap, &built);
        plan.input_len += total - built.len;
    }
    free(payload);
    return !e && built.len == total;
}

static bool build_files(void)
{
    bool ok = true;
    for (int i = IMG_A; i < IMG_COUNT && ok; i++) {
        struct closure_file *f = bench.model.image[0][i];
        ok = build_file((enum closure_image)i, SLOT_PRIMARY, &f[SLOT_PRIMARY]);
        f[SLOT_SECONDARY] = f[SLOT_PRIMARY];
        if (ok && update_runs_either(&bench.model.pair[0]) && !loads())
            ok = build_file((enum closure_image)i, SLOT_SECONDARY, &f[SLOT_SECONDARY]);
    }
    return ok;
}

/* ---- the flash, for the application's part and the first state ------------------------------------ */

static enum err read_cells(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    (void)f;
    return vboard_flash_peek(bench.v, off, dst, len) ? ERR_OK : ERR_UNREADABLE;
}

static bool may_program(uint32_t off)
{
    const struct closure_flash *f = &bench.model.f;
    return closure_has(f->later, CLOSURE_LATER, off) ||
           (bench.erased >> off / bench.flash.sector & 1) != 0;
}

/* Counts an operation of the application; ends the session at the one that is to be cut. */
static void app_operation(bool erase, uint32_t off, const uint8_t *src)
{
    const struct plan *p = &bench.plan;
    bench.ops++;
    if (!p->on || !p->in_app || p->at.erase != erase || p->real != off || bench.hits++ != p->at.nth)
        return;
    places_leave(bench.v, p, src);
    closure_flash_stop(&bench.model.f, CLOSURE_CUT, off);
}

static enum err program_cells(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    for (uint32_t i = 0; i < len; i += f->word) {
        if (!may_program(off + i))
            closure_flash_stop(&bench.model.f, CLOSURE_BROKE_RULE, off + i);
        app_operation(false, off + i, (const uint8_t *)src + i);
        vboard_flash_poke(bench.v, off + i, (const uint8_t *)src + i, f->word);
    }
    return ERR_OK;
}

static enum err erase_cells(struct flash *f, uint32_t off, uint32_t len)
{
    for (uint32_t i = 0; i < len; i += f->sector) {
        app_operation(true, off + i, NULL);
        places_blank(bench.v, off + i, f->sector);
        bench.erased |= 1u << (off + i) / f->sector;
    }
    return ERR_OK;
}

/* Beside the program, as the toy's. */
static enum err erase_cells_begin(struct flash *f, uint32_t off)
{
    if (bench.beside)
        return ERR_BUSY;
    enum err e = erase_cells(f, off, f->sector);
    bench.beside = true;
    return e;
}

static enum err erase_cells_poll(struct flash *f)
{
    enum err e = bench.beside ? ERR_OK : ERR_STATE;
    (void)f;
    bench.beside = false;
    return e;
}

static void place(struct closure_model *model, const struct flash_area *a, uint32_t off,
                  const void *src, uint32_t len)
{
    (void)model;
    vboard_flash_poke(bench.v, a->offset + off, src, len);
}

static void spoil(struct closure_model *model, const struct flash_area *a, uint32_t off)
{
    (void)model;
    vboard_flash_spoil(bench.v, a->offset + off);
}

/* ---- a boot of the ELF ---------------------------------------------------------------------------- */

static void on_byte(void *ctx, uint8_t byte)
{
    struct screen *s = ctx;
    if (s->len + 1 < sizeof(s->text))
        s->text[s->len++] = (char)byte;
    s->text[s->len] = '\0';
}

static struct vboard *new_board(struct screen *s)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST,
                                         .seed = 1,
                                         .uart_tx = on_byte,
                                         .ctx = s,
                                         .board = bench.board->name};
    struct vboard *v = vboard_new(&config);
    closure_must(v != NULL);
    return v;
}

enum ending { AT_IMAGE, WITHOUT_IMAGE, CUT_OFF, CRASHED };

/* In a handler that prints, the bootloader has met a fault and will not go on. */
static bool in_fault_handler(const struct vboard *v)
{
    uint32_t exception = vboard_cpu_reg(v, VBOARD_XPSR) & 0x1ff;
    return exception >= 2 && exception <= 6;
}

static enum ending power_on(struct vboard *v, struct screen *s, struct vboard_stop *stop)
{
    s->len = 0;
    s->text[0] = '\0';
    vboard_power_on(v);
    for (uint64_t end = vboard_now_ns(v) + BOOT_NS; vboard_now_ns(v) < end;) {
        *stop = vboard_run(v, end - vboard_now_ns(v), VBOARD_UNTIL_OUTPUT | VBOARD_UNTIL_RESET);
        if (stop->why == VBOARD_BREAKPOINT)
            return AT_IMAGE;
        if (stop->why == VBOARD_CUT)
            return CUT_OFF;
        if ((stop->why != VBOARD_OUTPUT && stop->why != VBOARD_TIME) || in_fault_handler(v))
            return CRASHED;
        if (s->len > 0 && s->text[s->len - 1] == '\n' && strstr(s->text, NO_IMAGE))
            return WITHOUT_IMAGE;
    }
    return CRASHED;
}

static void print_screen(void)
{
    for (char *line = strtok(bench.screen.text, "\r\n"); line; line = strtok(NULL, "\r\n"))
        print("%s", line);
}

/* Is it this image that the core has entered, whole, from this slot? */
static bool is_entered(uint32_t pc, enum closure_image which, enum slot s)
{
    const struct closure_file *file = &bench.model.image[0][which][s];
    uint32_t at = home_of(s);
    if (pc - at >= file->len)
        return false;
    uint8_t *have = malloc(file->len);
    closure_must(have != NULL);
    bool same = vboard_read(bench.v, at, have, file->len) == file->len &&
                memcmp(have, file->bytes, file->len) == 0;
    if (same && loads())
        same = vboard_flash_peek(bench.v, bench.model.pair[0].slot[s].offset, have, file->len) &&
               memcmp(have, file->bytes, file->len) == 0;
    free(have);
    return same;
}

static enum closure_fault identify_image(uint32_t pc, struct closure_session *s)
{
    unsigned slots = update_runs_either(&bench.model.pair[0]) ? 2 : 1;
    for (unsigned slot = 0; slot < slots; slot++)
        for (int i = IMG_A; i < IMG_COUNT; i++)
            if (is_entered(pc, (enum closure_image)i, (enum slot)slot)) {
                s->running = (uint8_t)i;
                bench.model.pair[0].active = (enum slot)slot;
                return FAULT_NONE;
            }
    print("the program that was started at 0x%08x is none of the images", (unsigned)pc);
    return FAULT_REFUSED;
}

/* Power is cut in this boot, at the planned operation. A copy of the board boots first, to count the operations
 * before it. Does not return: ends the session. */
static NORETURN void cut_boot(struct closure_model *model)
{
    static struct screen unseen;
    struct vboard_stop stop;
    struct plan *p = &bench.plan;
    struct vboard *scout = new_board(&unseen);
    struct places_trace trace;
    vboard_copy(scout, bench.v);
    places_trace_begin(&trace, scout);
    (void)power_on(scout, &unseen, &stop);
    places_trace_end(&trace, scout);
    vboard_free(scout);
    uint64_t n = places_trace_find(&trace, &p->at, p->real);
    places_trace_free(&trace);
    bench.lost = n == 0;
    if (!bench.lost) {
        vboard_cut_at(bench.v, n, places_way(p));
        bench.lost = power_on(bench.v, &bench.screen, &stop) != CUT_OFF;
        print_screen();
        if (!bench.lost)
            places_leave(bench.v, p, NULL);
    }
    closure_flash_stop(&model->f, CLOSURE_CUT, p->real);
}

static enum closure_fault boot_elf(struct closure_model *model, struct closure_session *s)
{
    struct vboard_stop stop;
    struct places_trace trace;
    unsigned lints = vboard_lint_count(bench.v);
    bench.erased = 0;
    if (bench.plan.on && !bench.plan.in_app)
        cut_boot(model);
    places_trace_begin(&trace, bench.v);
    enum ending end = power_on(bench.v, &bench.screen, &stop);
    places_trace_end(&trace, bench.v);
    bool ruly = places_trace_check(&trace, bench.flash.sector, model->f.later, &bench.erased,
                                   &model->f.where);
    /* The board reports a word that is programmed again (M5). */
    lints += places_trace_programs(&trace, model->f.again, CLOSURE_AGAIN);
    s->boot_ops = trace.ops;
    bench.ops += trace.ops;
    places_trace_free(&trace);
    print_screen();
    if (!ruly || vboard_lint_count(bench.v) > lints)
        return FAULT_RULE;
    if (end == CRASHED)
        print("%s", stop.text);
    if (end != AT_IMAGE)
        return end == WITHOUT_IMAGE ? FAULT_REFUSED : FAULT_CRASH;
    return identify_image(stop.pc, s);
}

static const struct closure_bench hooks = {.place = place, .spoil = spoil, .boot = boot_elf};

/* ---- a session ------------------------------------------------------------------------------------ */

static struct place ops[4096]; /* of the toy's session */
static uint32_t op_count;

static void note_op(void *ctx, const struct closure_op *op)
{
    (void)ctx;
    if (op_count < ARRAY_LEN(ops))
        ops[op_count++] = (struct place){.erase = op->erase, .off = op->offset};
}

/* Run the toy's session, and find the place of its cut on the board. False if the toy does not have that cut. */
static bool plan_cut(const struct cut *c)
{
    struct plan *p = &bench.plan;
    struct closure_session s;
    uint32_t left;
    op_count = 0;
    *p = (struct plan){.kind = (enum cut_kind)c->kind};
    closure_toy_session(&bench.toy, c, &s, &p->before);
    if (c->kind == CUT_NONE || c->kind == CUT_AFTER)
        return c->kind == CUT_NONE || s.cut;
    if (!s.cut || op_count == 0)
        return false;
    p->on = true;
    p->in_app = s.running != IMG_NONE;
    p->at = ops[op_count - 1];
    for (uint32_t i = p->in_app ? s.boot_ops : 0; i + 1 < op_count; i++)
        p->at.nth += ops[i].erase == p->at.erase && ops[i].off == p->at.off;
    left = bench.toy.f.id[bench.toy.f.where];
    places_plan(p, &bench.toy, &bench.model.pair[0], left);
    return true;
}

static void print_place(void)
{
    const struct plan *p = &bench.plan;
    const struct slot_pair *pair = &bench.model.pair[0];
    static const char *const names[ARRAY_LEN(pair->slot)] = {"primary", "secondary", "scratch"};
    for (unsigned i = 0; i < ARRAY_LEN(pair->slot); i++)
        if (pair->slot[i].flash && p->real - pair->slot[i].offset < pair->slot[i].size)
            print("the cut on the board: %s %s + 0x%x, number %u there in this %s",
                  p->at.erase ? "erase of" : "program of", names[i],
                  (unsigned)(p->real - pair->slot[i].offset), p->at.nth + 1,
                  p->in_app ? "part of the application" : "boot");
}

static bool session(struct player *p, const struct cut *c, struct closure_session *s)
{
    struct closure_model *model = p->model;
    if (!plan_cut(c)) {
        print(CLOSURE_NO_SUCH_CUT);
        return false;
    }
    bench.ops = bench.erased = bench.hits = 0;
    bench.lost = false;
    model->f.ops = 0;
    model->f.wanted =
        (struct cut){.kind = c->kind == CUT_AFTER ? CUT_AFTER : CUT_NONE, .arg = c->arg};
    if (c->kind == CUT_NONE && c->arg)
        model->stage |= STAGE_QUIET;
    if (bench.plan.on)
        print_place();
    closure_session(model, s);
    model->f.wanted.kind = CUT_NONE;
    model->f.ops = bench.ops;
    if (c->kind != CUT_NONE && !s->fault && (bench.lost || !s->cut)) {
        print("the ELF never begins this operation: its operations come in another order");
        return false;
    }
    bench.plan.on = false;
    return true;
}

/* ---- set-up --------------------------------------------------------------------------------------- */

/* The name that rows have for what the bootloader does. */
static const char *strategy_name(const struct slot_pair *p)
{
    for (unsigned i = 0; i < closure_strategy_count; i++)
        if (closure_strategies[i].strategy == p->strategy)
            return closure_strategies[i].name;
    return "another strategy";
}

static bool fits(const struct closure_config *c, const struct closure_board *b, const char **why)
{
    static char text[300];
    const struct closure_shape *s = &c->shape;
    const struct flash_area *pri = &b->pair->slot[SLOT_PRIMARY];
    uint32_t sector = 512, sectors = area_sectors(pri);
    *why = text;
    if (c->strategy->strategy != b->pair->strategy) {
        snprintf(text, sizeof(text), "the sequence is for %s, the bootloader does %s",
                 c->strategy->name, strategy_name(b->pair));
        return false;
    }
    if (c->strategy->has & NEED_EXTRAS) {
        *why = "only rows with one image, and without a rollback store, encryption or unstable "
               "words, run on an ELF";
        return false;
    }
    if (c->scene->no_downgrade != b->no_downgrade) {
        snprintf(text, sizeof(text),
                 "the bootloader %s versions (CONFIG_MCUBOOT_DOWNGRADE_PREVENTION), that of scene "
                 "%s %s",
                 b->no_downgrade ? "compares" : "does not compare", c->scene->name,
                 c->scene->no_downgrade ? "does" : "does not");
        return false;
    }
    while (sector < trailer_size(b->pair))
        sector *= 2;
    bool same = s->word == pri->flash->word && s->align == b->pair->max_align &&
                s->sectors == sectors && s->coarse == 0 && s->sector >= trailer_size(b->pair) &&
                pri->flash->sector % s->sector == 0;
    if (!same)
        snprintf(text, sizeof(text),
                 "the layout has slots of %u sectors and words of %u bytes: let the closure find "
                 "the sequence in the row %s,%ux%ux%u,%s",
                 (unsigned)sectors, (unsigned)pri->flash->word, c->strategy->name,
                 (unsigned)pri->flash->word, (unsigned)sector, (unsigned)sectors, c->scene->name);
    return same;
}

static bool one_sector_trailers(const struct slot_pair *p, const char **why)
{
    *why = "the layout has slots of different sizes, or trailers of several sectors";
    for (unsigned s = 0; s < update_slot_count(p); s++)
        if (trailer_layout(p, (enum slot)s).first_sector !=
                p->slot[s].size - p->slot[s].flash->sector ||
            p->slot[s].size != p->slot[SLOT_PRIMARY].size)
            return false;
    const struct flash_area *scratch = &p->slot[SLOT_SCRATCH];
    return scratch->flash == NULL || scratch->size == scratch->flash->sector;
}

static bool open_toy(const struct closure_config *c, uint32_t abstract, const char **why)
{
    if (closure_model_open(&bench.toy, &c->shape, c->strategy, c->scene, why) != ERR_OK)
        return false;
    bench.toy.f.abstract = abstract;
    bench.toy.f.full = true;
    bench.toy.f.watch = note_op;
    return true;
}

static bool open_model(const struct closure_config *c, const char **why)
{
    static char text[200];
    struct closure_model *model = &bench.model;
    const struct closure_board *b = bench.board;
    bench.flash = *b->pair->slot[SLOT_PRIMARY].flash;
    bench.flash.read = read_cells;
    bench.flash.program = program_cells;
    bench.flash.erase = erase_cells;
    bench.flash.erase_begin = erase_cells_begin;
    bench.flash.erase_poll = erase_cells_poll;
    bench.flash.is_virgin = NULL;
    model->pair[0] = *b->pair;
    model->images = 1;
    for (unsigned i = 0; i < ARRAY_LEN(model->pair[0].slot); i++)
        if (model->pair[0].slot[i].flash)
            model->pair[0].slot[i].flash = &bench.flash;
    model->strategy = c->strategy;
    model->scene = c->scene;
    model->bench = &hooks;
    *why = text;
    if (vboard_load(bench.v, b->elf, 0, text, sizeof(text)) != ERR_OK)
        return false;
    uint32_t ram = vboard_symbol(bench.v, "load_ram_size");
    model->load_ram = (struct load_ram){vboard_symbol(bench.v, "load_ram"), ram, malloc(ram + 1u)};
    closure_must(model->load_ram.memory != NULL);
    *why = "an image of the size that the scene needs could not be built and signed";
    if (!build_files())
        return false;
    bench.erased = UINT32_MAX;
    closure_allow_late_words(model); /* the boots that build the first state are real ones here */
    closure_model_begin(model);
    return true;
}

static void close_bench(void)
{
    closure_model_free_images(&bench.model);
    free(bench.model.load_ram.memory);
    vboard_free(bench.v);
    closure_model_close(&bench.toy);
}

static bool open_bench(const struct replay_text *r, const struct closure_board *board,
                       const struct closure_sink *sink, const char **why)
{
    memset(&bench, 0, sizeof(bench));
    if (!fits(&r->row, board, why) || !one_sector_trailers(board->pair, why) ||
        !open_toy(&r->row, r->abstract, why))
        return false;
    bench.board = board;
    bench.player = (struct player){.model = &bench.model, .sink = *sink, .session = session};
    bench.v = new_board(&bench.screen);
    if (open_model(&r->row, why))
        return true;
    close_bench();
    return false;
}

bool closure_board_replay(const char *text, const struct closure_board *board,
                          const struct closure_sink *sink, enum closure_fault *fault,
                          const char **why)
{
    struct replay_text r;
    if (!closure_replay_parse(text, &r, why) || !open_bench(&r, board, sink, why))
        return false;
    bool ok = closure_play(&bench.player, r.cuts, fault, why);
    close_bench();
    return ok;
}
