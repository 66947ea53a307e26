/* The board and its flash, from the core: stalls, faults, cuts, bank swap, files and traces. (The rules one by one:
 * vboard/soc/h7/flash/test) */
#define _DEFAULT_SOURCE /* ftruncate, fileno */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "testing/vboard/h753.h"
#include "testing/vboard/rig_board.h"

/* Bank 1 to bank 2, so that the program goes on behind a swap of the banks. */
static void copy_bank(struct vboard *v)
{
    uint8_t *copy = malloc(H7_BANK_SIZE);
    assert_non_null(copy);
    assert_true(vboard_flash_peek(v, 0, copy, H7_BANK_SIZE));
    vboard_flash_poke(v, H7_BANK_SIZE, copy, H7_BANK_SIZE);
    free(copy);
}

static void program_writes_bank_2_while_it_runs_from_bank_1(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 5);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    assert_string_equal(r.out, "sr 00010000 word ffffffff -> 11110007\n");
    assert_int_equal(vboard_operations(r.v), 1);
    assert_int_equal(vboard_lint_count(r.v), 0);
    assert_int_equal(r.v->s.flash.stalls, 0);
    close_rig(&r);
}

static void M16_core_is_held_while_its_bank_is_at_work(void **state)
{
    struct rig r;
    char line[200] = "";
    FILE *f = tmpfile();
    (void)state;
    open_rig(&r, 14);
    assert_non_null(f);
    vboard_trace_flash(r.v, f);
    assert_int_equal(run_ms(&r, 999), VBOARD_TIME);
    assert_string_equal(r.out, "");
    assert_int_equal(run_ms(&r, 2), VBOARD_TIME);
    assert_string_equal(r.out, "ffffffff");
    assert_true(vboard_instructions(r.v) < 200000); /* and 1 s would be 64 million cycles */
    rewind(f);
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(strstr(line, "erase sector  bank 2  0x08100000"));
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(strstr(line, "stall         bank 2  0x08100000"));
    fclose(f);
    close_rig(&r);
}

static void M18_reset_in_an_erase_tears_the_sector(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 10);
    for (uint32_t off = 0x100000; off < 0x120000; off += 4)
        vboard_flash_poke(r.v, off, "torn", 4);
    assert_int_equal(run_ms(&r, 100), VBOARD_TIME);
    vboard_reset_pin(r.v);
    assert_int_not_equal(r.v->s.flash.cells.flagged_in[8], 0);
    assert_false(h7_flash_busy(&r.v->s.flash, 1));
    close_rig(&r);
}

static void double_ecc_error_is_a_bus_fault(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 7);
    vboard_flash_spoil(r.v, 0x40000);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    assert_string_equal(r.out, "fault cfsr 00008200 hfsr 40000000\n");
    close_rig(&r);
}

static void M19_access_behind_the_flash_is_a_bus_fault(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 8);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    assert_string_equal(r.out, "fault cfsr 00008200 hfsr 40000000\n");
    assert_non_null(strstr(r.reports, "lint M19"));
    close_rig(&r);
}

static void power_cut_stops_the_board_and_tears_the_sector(void **state)
{
    struct rig r;
    uint32_t mark = 0x12345678;
    (void)state;
    open_rig(&r, 10);
    for (uint32_t off = 0x100000; off < 0x120000; off += 32)
        vboard_flash_poke(r.v, off, &mark, 4);
    vboard_cut_at(r.v, 1, VBOARD_CUT_DURING);
    struct vboard_stop stop = vboard_run(r.v, 5000 * MS, 0);
    assert_int_equal(stop.why, VBOARD_CUT);
    assert_true(vboard_now_ns(r.v) < 1005 * MS);
    assert_int_not_equal(r.v->s.flash.cells.flagged_in[8], 0);
    assert_int_equal(vboard_run(r.v, MS, 0).why, VBOARD_CUT); /* it stays off */
    vboard_power_on(r.v);
    assert_int_equal(run_ms(&r, 1), VBOARD_TIME);
    close_rig(&r);
}

static void flash_file_keeps_cells_and_ECC(void **state)
{
    struct rig a, b;
    const char *path = "board_test.flash";
    uint8_t byte;
    (void)state;
    open_rig(&a, 0);
    open_rig(&b, 0);
    vboard_flash_spoil(a.v, 0x60000);
    assert_int_equal(vboard_flash_save(a.v, path), ERR_OK);
    assert_int_equal(vboard_flash_load(b.v, path), ERR_OK);
    assert_same_flash(a.v, b.v);
    assert_false(vboard_flash_peek(b.v, 0x60000, &byte, 1));
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), 2 << 20), 0); /* a plain dump */
    fclose(f);
    assert_int_equal(vboard_flash_load(b.v, path), ERR_OK);
    assert_true(vboard_flash_peek(b.v, 0x60000, &byte, 1));
    f = fopen(path, "wb");
    assert_non_null(f);
    fputs("short", f);
    fclose(f);
    assert_int_equal(vboard_flash_load(b.v, path), ERR_FORMAT);
    remove(path);
    assert_int_equal(vboard_flash_load(b.v, path), ERR_NOENT);
    close_rig(&b);
    close_rig(&a);
}

static void flash_trace_names_time_operation_and_place(void **state)
{
    struct rig r;
    char line[200] = "";
    FILE *f = tmpfile();
    (void)state;
    open_rig(&r, 5);
    assert_non_null(f);
    vboard_trace_flash(r.v, f);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    rewind(f);
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(strstr(line, "program       bank 2  0x08100000  pc 0x0800"));
    assert_null(fgets(line, sizeof line, f));
    vboard_trace_flash(r.v, NULL);
    fclose(f);
    close_rig(&r);
}

static struct {
    struct vboard_operation op[8];
    unsigned count;
} begun;

static void on_operation(void *ctx, const struct vboard_operation *op)
{
    const struct rig *r = ctx;
    assert_int_equal(op->number, vboard_operations(r->v));
    assert_int_equal(op->begin_ns, vboard_now_ns(r->v));
    if (begun.count < ARRAY_LEN(begun.op))
        begun.op[begun.count++] = *op;
}

/* The rig with its operations in begun. fast: with VBOARD_TIMING_FAST. */
static void run_listening(struct rig *r, uint32_t scenario, bool fast, uint64_t ms)
{
    open_rig(r, scenario);
    begun.count = 0;
    r->v->config.operation = on_operation;
    if (scenario == 19)
        copy_bank(r->v);
    if (fast)
        r->v->s.flash.timing = VBOARD_TIMING_FAST;
    assert_int_equal(run_ms(r, ms), VBOARD_TIME);
}

static void each_operation_is_reported_when_it_begins(void **state)
{
    (void)state;
    for (unsigned fast = 0; fast < 2; fast++) {
        struct rig r;
        const struct vboard_operation *op = begun.op;
        run_listening(&r, 5, fast, 10);
        assert_int_equal(begun.count, 1);
        assert_int_equal(op->kind, VBOARD_PROGRAM);
        assert_int_equal(op->offset, 0x100000);
        assert_int_equal(op->size, 32);
        assert_int_equal(op->ns, fast ? op->typical_ns / 100 : op->typical_ns);
        close_rig(&r);
        run_listening(&r, 10, fast, 10);
        assert_int_equal(begun.count, 1);
        assert_int_equal(op->kind, VBOARD_ERASE);
        assert_int_equal(op->offset, 0x100000);
        assert_int_equal(op->size, 0x20000);
        assert_int_equal(op->typical_ns, 1000 * MS);
        assert_int_equal(op->ns, fast ? MS : 1000 * MS);
        close_rig(&r);
        run_listening(&r, 19, fast, 500);
        assert_int_equal(begun.count, 1);
        assert_int_equal(op->kind, VBOARD_OPTIONS);
        assert_int_equal(op->size, 0);
        assert_int_equal(op->ns, fast ? op->typical_ns / 1000 : op->typical_ns);
        close_rig(&r);
    }
}

static void an_operation_that_does_not_begin_is_not_reported(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 10);
    begun.count = 0;
    r.v->config.operation = on_operation;
    vboard_cut_at(r.v, 1, VBOARD_CUT_BEFORE);
    assert_int_equal(vboard_run(r.v, 10 * MS, 0).why, VBOARD_CUT);
    assert_int_equal(begun.count, 0);
    close_rig(&r);
    open_rig(&r, 10);
    r.v->config.operation = on_operation;
    h7_flash_protect(&r.v->s.flash, 1, 1);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    assert_int_equal(begun.count, 0);
    close_rig(&r);
}

static void a_word_says_what_a_load_would_find(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 0);
    assert_int_equal(vboard_flash_word(r.v, 0x60000), VBOARD_WORD_CLEAN);
    h7_flash_flip(&r.v->s.flash, 0x60020, 7);
    vboard_flash_spoil(r.v, 0x60040);
    assert_int_equal(vboard_flash_word(r.v, 0x60000), VBOARD_WORD_CLEAN);
    assert_int_equal(vboard_flash_word(r.v, 0x60020), VBOARD_WORD_CORRECTED);
    assert_int_equal(vboard_flash_word(r.v, 0x6005f), VBOARD_WORD_UNREADABLE);
    close_rig(&r);
}

static void M14_stale_line_on_the_board_until_it_is_invalidated(void **state)
{
    static const uint32_t old = 0x0badcafe;
    struct rig r;
    (void)state;
    open_rig(&r, 15);
    vboard_flash_poke(r.v, 0x100000, &old, sizeof old);
    assert_int_equal(vboard_run(r.v, 1500 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(r.out, "0badcafe0badcafeffffffff");
    assert_non_null(strstr(r.reports, "lint M14 at pc 0x0800"));
    close_rig(&r);
}

static void M17_the_MPU_region_ends_speculation(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 16);
    r.v->config.speculation = true;
    assert_int_equal(vboard_run(r.v, 20 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(r.out, "0180000000000000");
    close_rig(&r);
    open_rig(&r, 16);
    assert_int_equal(vboard_run(r.v, 20 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(r.out, "0000000000000000");
    close_rig(&r);
}

static void flash_latency_too_low_is_a_lint_event(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 18);
    assert_int_equal(vboard_run(r.v, 5 * MS, 0).why, VBOARD_TIME);
    assert_non_null(strstr(r.reports, "lint ACR1 at pc 0x0800"));
    close_rig(&r);
}

static void M20_bank_swap_by_option_bytes_and_reset(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 19);
    copy_bank(r.v);
    assert_int_equal(vboard_run(r.v, 500 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(r.out, "done\nswapped\n");
    /* option bytes are kept with the flash */
    assert_int_equal(vboard_flash_save(r.v, "swapped.flash"), ERR_OK);
    struct rig other;
    open_rig(&other, 0);
    assert_int_equal(vboard_flash_load(other.v, "swapped.flash"), ERR_OK);
    remove("swapped.flash");
    vboard_power_on(other.v);
    assert_true(other.v->s.flash.swap);
    close_rig(&other);
    close_rig(&r);
}

/* ---- a file that is the flash ---- */

#define MAPPED "mapped.flash"

/* The board that swaps its banks, before it has run, its flash in MAPPED. */
static void open_mapped(struct rig *r)
{
    open_rig(r, 19);
    copy_bank(r->v);
    assert_int_equal(vboard_flash_save(r->v, MAPPED), ERR_OK);
    assert_int_equal(vboard_flash_map(r->v, MAPPED), ERR_OK);
}

static void run_and_die(void)
{
    struct rig r;
    open_mapped(&r);
    if (vboard_run(r.v, 500 * MS, 0).why == VBOARD_TIME)
        kill(getpid(), SIGKILL);
    _exit(1);
}

static void a_killed_process_leaves_all_that_has_ended_in_the_file(void **state)
{
    struct rig same, after;
    int status = 0;
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_and_die();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    open_mapped(&same);
    assert_int_equal(vboard_run(same.v, 500 * MS, 0).why, VBOARD_TIME);
    open_rig(&after, 0);
    remove("same.flash");
    assert_int_equal(rename(MAPPED, "same.flash"), 0);
    assert_int_equal(vboard_flash_load(after.v, "same.flash"), ERR_OK);
    vboard_power_on(after.v);
    assert_true(after.v->s.flash.swap); /* option bytes, too */
    assert_same_flash(same.v, after.v);
    remove("same.flash");
    close_rig(&after);
    close_rig(&same);
}

static void a_copy_of_a_mapped_board_is_not_in_the_file(void **state)
{
    struct rig mapped, copy;
    static const uint8_t mark[32] = {1}, mine[32] = {2};
    uint8_t seen[32];
    (void)state;
    open_mapped(&mapped);
    open_rig(&copy, 0);
    vboard_copy(copy.v, mapped.v);
    assert_same_flash(copy.v, mapped.v);
    vboard_flash_poke(copy.v, 0x1c0000, mark, sizeof mark);
    vboard_flash_poke(mapped.v, 0x1e0000, mine, sizeof mine);
    assert_true(vboard_flash_peek(mapped.v, 0x1c0000, seen, sizeof seen));
    assert_true(bytes_all(seen, 0xff, sizeof seen));
    assert_true(vboard_flash_peek(copy.v, 0x1e0000, seen, sizeof seen));
    assert_true(bytes_all(seen, 0xff, sizeof seen));
    /* the other way round the file has it */
    vboard_copy(mapped.v, copy.v);
    close_rig(&mapped);
    struct rig after;
    open_rig(&after, 0);
    assert_int_equal(vboard_flash_load(after.v, MAPPED), ERR_OK);
    assert_same_flash(after.v, copy.v);
    remove(MAPPED);
    close_rig(&after);
    close_rig(&copy);
}

/* Two boards that keep the same give the same bits; one cell more, of data or ECC, or another option gives others. */
static void what_a_board_keeps_is_compared_by_its_cells_and_options(void **state)
{
    struct rig a, b;
    static const uint8_t mark[32] = {1};
    uint64_t one[2], other[2];
    (void)state;
    open_rig(&a, 0);
    open_rig(&b, 0);
    vboard_flash_poke(a.v, 0x1c0000, mark, sizeof mark);
    vboard_flash_poke(b.v, 0x1c0000, mark, sizeof mark);
    assert_true(vboard_kept(a.v, one));
    assert_true(vboard_kept(b.v, other));
    assert_memory_equal(one, other, sizeof one);
    h7_cells_flip(&b.v->s.flash.cells, 0x1fffe0, 260); /* ECC of the last word */
    assert_true(vboard_kept(b.v, other));
    assert_memory_not_equal(one, other, sizeof one);
    vboard_copy(b.v, a.v);
    h7_cells_flip(&b.v->s.flash.cells, 0, 0);
    assert_true(vboard_kept(b.v, other));
    assert_memory_not_equal(one, other, sizeof one);
    vboard_copy(b.v, a.v);
    b.v->s.flash.cur.wpsn[1] ^= 1;
    assert_true(vboard_kept(b.v, other));
    assert_memory_not_equal(one, other, sizeof one);
    vboard_copy(b.v, a.v);
    b.v->s.flash.swap = !b.v->s.flash.swap;
    assert_true(vboard_kept(b.v, other));
    assert_memory_not_equal(one, other, sizeof one);
    vboard_copy(b.v, a.v);
    b.v->s.flash.optsr2_cur ^= 4;
    assert_true(vboard_kept(b.v, other));
    assert_memory_not_equal(one, other, sizeof one);
    b.v->s.flash.option_op.kind = H7_OP_SECTOR_ERASE;
    assert_false(vboard_kept(b.v, other));
    b.v->s.flash.option_op.kind = H7_OP_NONE;
    b.v->s.flash.bank[1].op.kind = H7_OP_SECTOR_ERASE;
    assert_false(vboard_kept(b.v, other));
    b.v->s.flash.bank[1].op.kind = H7_OP_NONE;
    close_rig(&a);
    close_rig(&b);
}

static void a_file_that_cannot_be_the_flash_is_refused(void **state)
{
    struct rig mapped, other;
    (void)state;
    open_mapped(&mapped);
    open_rig(&other, 0);
    assert_int_equal(vboard_flash_map(mapped.v, MAPPED), ERR_STATE);
    assert_int_equal(vboard_flash_map(other.v, MAPPED), ERR_BUSY);
    assert_int_equal(vboard_flash_map(other.v, "missing.flash"), ERR_NOENT);
    close_rig(&mapped);
    assert_int_equal(truncate(MAPPED, 2 << 20), 0);
    assert_int_equal(vboard_flash_map(other.v, MAPPED), ERR_FORMAT);
    assert_int_equal(truncate(MAPPED, 2228272), 0); /* as long as a whole one, without its end */
    assert_int_equal(vboard_flash_map(other.v, MAPPED), ERR_FORMAT);
    assert_int_equal(vboard_flash_save(other.v, MAPPED), ERR_OK);
    assert_int_equal(vboard_flash_map(other.v, MAPPED), ERR_OK);
    remove(MAPPED);
    close_rig(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_writes_bank_2_while_it_runs_from_bank_1),
        cmocka_unit_test(M16_core_is_held_while_its_bank_is_at_work),
        cmocka_unit_test(a_killed_process_leaves_all_that_has_ended_in_the_file),
        cmocka_unit_test(a_copy_of_a_mapped_board_is_not_in_the_file),
        cmocka_unit_test(what_a_board_keeps_is_compared_by_its_cells_and_options),
        cmocka_unit_test(a_file_that_cannot_be_the_flash_is_refused),
        cmocka_unit_test(M18_reset_in_an_erase_tears_the_sector),
        cmocka_unit_test(double_ecc_error_is_a_bus_fault),
        cmocka_unit_test(M19_access_behind_the_flash_is_a_bus_fault),
        cmocka_unit_test(power_cut_stops_the_board_and_tears_the_sector),
        cmocka_unit_test(flash_file_keeps_cells_and_ECC),
        cmocka_unit_test(flash_trace_names_time_operation_and_place),
        cmocka_unit_test(each_operation_is_reported_when_it_begins),
        cmocka_unit_test(an_operation_that_does_not_begin_is_not_reported),
        cmocka_unit_test(a_word_says_what_a_load_would_find),
        cmocka_unit_test(M14_stale_line_on_the_board_until_it_is_invalidated),
        cmocka_unit_test(M17_the_MPU_region_ends_speculation),
        cmocka_unit_test(flash_latency_too_low_is_a_lint_event),
        cmocka_unit_test(M20_bank_swap_by_option_bytes_and_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
