#include "testing/vboard/rig_board.h"

#ifndef PROBE_ELF
#error "PROBE_ELF is the path of vboard/board/test/firmware/probe.c's ELF file"
#endif

static void on_tx(void *ctx, uint8_t byte)
{
    struct rig *r = ctx;
    if (r->out_len < sizeof r->out - 1)
        r->out[r->out_len++] = (char)byte;
}

static void on_report(void *ctx, const char *text)
{
    struct rig *r = ctx;
    size_t n = strlen(r->reports);
    snprintf(r->reports + n, sizeof r->reports - n, "%s\n", text);
}

void open_rig(struct rig *r, uint32_t scenario)
{
    char why[200] = "";
    memset(r, 0, sizeof *r);
    const struct vboard_config config = {.timing = VBOARD_TIMING_TYPICAL,
                                         .seed = 3,
                                         .uart_tx = on_tx,
                                         .report = on_report,
                                         .ctx = r};
    r->v = vboard_new(&config);
    assert_non_null(r->v);
    if (vboard_load(r->v, PROBE_ELF, 0, why, sizeof why) != ERR_OK)
        fail_msg("%s", why);
    vboard_flash_poke(r->v, 0x20000, &scenario, 4);
    vboard_power_on(r->v);
}

void close_rig(struct rig *r)
{
    vboard_free(r->v);
}

enum vboard_why run_ms(struct rig *r, uint64_t ms)
{
    return vboard_run(r->v, ms * MS, VBOARD_UNTIL_TIME).why;
}

void assert_same_flash(const struct vboard *a, const struct vboard *b)
{
    for (unsigned i = 0; i < H7_PAGES; i++)
        assert_memory_equal(a->s.flash.cells.page[i], b->s.flash.cells.page[i], SOC_PAGE);
}

void assert_same_ram(const struct vboard *a, const struct vboard *b)
{
    for (unsigned i = 0; i < board_ram_pages(a->soc); i++)
        assert_memory_equal(a->s.ram[i], b->s.ram[i], SOC_PAGE);
}
