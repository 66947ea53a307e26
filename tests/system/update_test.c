/* Whole updates on the real ELF files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/smp/wire/cbor_write.h"
#include "core/smp/wire/errors.h"
#include "core/smp/wire/packet.h"
#include "testing/system/rig_firmware.h"

#define DEFAULT "nucleo_h753zi"
#define BANK1   "nucleo_h753zi-bank1"
#define BUGGY   "nucleo_h753zi-BANK_SPLIT_2M"

#define NS_PER_S 1000000000ull

static void update_and_confirm(const char *firmware, enum vboard_timing timing)
{
    char name[100];
    snprintf(name, sizeof name, "tests/%s-2.0.0.bin", firmware);
    struct rig_file v2 = rig_file(name);
    struct rig *r = rig_new(firmware, timing, 1);
    rig_boot(r);
    rig_expect_slot(r, 0, "1.0.0", true, true);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    assert_true(rig_slot(r, 1)->pending);
    size_t from = r->console_len;
    rig_reset(r);
    assert_true(rig_said(r, "Swap type: test", from));
    rig_expect_slot(r, 0, "2.0.0", true, false);
    assert_true(rig_slot(r, 1) == NULL || rig_slot(r, 1)->confirmed);
    assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_OK);
    rig_expect_slot(r, 0, "2.0.0", true, true);
    rig_reset(r);
    rig_expect_slot(r, 0, "2.0.0", true, true);
    rig_expect_no_lint(r);
    rig_free(r);
    free(v2.data);
}

static void update_across_both_banks(void **state)
{
    (void)state;
    update_and_confirm(DEFAULT, VBOARD_TIMING_TYPICAL);
}

static void update_within_bank_1(void **state)
{
    (void)state;
    update_and_confirm(BANK1, VBOARD_TIMING_TYPICAL);
}

static void update_at_the_datasheets_slowest(void **state)
{
    (void)state;
    update_and_confirm(DEFAULT, VBOARD_TIMING_MAXIMUM);
}

static void unconfirmed_update_reverts(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 2);
    rig_boot(r);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    rig_reset(r);
    rig_expect_slot(r, 0, "2.0.0", true, false);
    size_t from = r->console_len;
    rig_reset(r);
    assert_true(rig_said(r, "Swap type: revert", from));
    rig_expect_slot(r, 0, "1.0.0", true, true);
    rig_reset(r);
    rig_expect_slot(r, 0, "1.0.0", true, true);
    rig_expect_no_lint(r);
    rig_free(r);
    free(v2.data);
}

static void permanent_update_does_not_revert(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 3);
    rig_boot(r);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, true);
    size_t from = r->console_len;
    rig_reset(r);
    assert_true(rig_said(r, "Swap type: perm", from));
    rig_expect_slot(r, 0, "2.0.0", true, true);
    rig_reset(r);
    rig_expect_slot(r, 0, "2.0.0", true, true);
    rig_free(r);
    free(v2.data);
}

/* Three updates in a row: each must clear what the one before left in slot1. */
static void second_and_third_update(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig_file v3 = rig_file("tests/" DEFAULT "-3.0.0.bin");
    struct rig_file v1 = rig_file("tests/" DEFAULT "-1.0.0.bin");
    const struct rig_file *order[] = {&v2, &v3, &v1};
    const char *const versions[] = {"2.0.0", "3.0.0", "1.0.0"};
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 4);
    rig_boot(r);
    for (unsigned i = 0; i < 3; i++) {
        rig_upload(r, order[i]);
        rig_set_state(r, order[i], false);
        rig_reset(r);
        rig_expect_slot(r, 0, versions[i], true, false);
        assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_OK);
        rig_reset(r);
        rig_expect_slot(r, 0, versions[i], true, true);
    }
    rig_expect_no_lint(r);
    rig_free(r);
    free(v1.data);
    free(v2.data);
    free(v3.data);
}

static void refused_at_boot(const struct rig_file *bad, const char *reason)
{
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 5);
    rig_boot(r);
    rig_upload(r, bad);
    rig_set_state(r, bad, false);
    size_t from = r->console_len;
    rig_reset(r);
    if (!rig_said(r, reason, from))
        fail_msg("the console does not say \"%s\":\n%s", reason, r->console + from);
    rig_expect_slot(r, 0, "1.0.0", true, true);
    /* And the refusal is not for ever: a good image goes in afterwards. */
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    rig_reset(r);
    rig_expect_slot(r, 0, "2.0.0", true, false);
    rig_free(r);
    free(v2.data);
}

static void wrong_key_is_refused(void **state)
{
    (void)state;
    struct rig_file bad = rig_file("tests/" DEFAULT "-stranger.bin");
    refused_at_boot(&bad, image_fault_text(IMAGE_FAULT_KEY_UNKNOWN));
    free(bad.data);
}

static void corrupt_payload_is_refused(void **state)
{
    (void)state;
    struct rig_file bad = rig_file("tests/" DEFAULT "-2.0.0.bin");
    bad.data[0x5000] ^= 0x10;
    refused_at_boot(&bad, image_fault_text(IMAGE_FAULT_HASH_MISMATCH));
    free(bad.data);
}

static void image_larger_than_the_swap_can_move_is_refused_at_once(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 6);
    rig_boot(r);
    struct smp_upload u;
    uint64_t before = vboard_operations(r->board);
    smp_upload_begin(&u, v2.data, 0xa0000 + 1, 0,
                     false); /* 655,360 is the end of swap-offset here */
    assert_int_equal(smp_upload_step(&r->client, &u), ERR_PEER);
    assert_string_equal(smp_error_name(&r->client.error), "IMG_MGMT_ERR_INVALID_IMAGE_TOO_LARGE");
    assert_int_equal(vboard_operations(r->board), before);
    rig_free(r);
    free(v2.data);
}

/* Send the first part of an upload; returns its offset. */
static uint32_t upload_part(struct rig *r, const struct rig_file *f, uint32_t until)
{
    struct smp_upload u;
    smp_upload_begin(&u, f->data, f->len, 0, false);
    while (u.off < until)
        assert_int_equal(smp_upload_step(&r->client, &u), ERR_OK);
    return u.off;
}

static void finish_upload(struct rig *r, const struct rig_file *f, uint32_t at_least)
{
    struct smp_upload u;
    smp_upload_begin(&u, f->data, f->len, 0, false);
    assert_int_equal(smp_upload_step(&r->client, &u), ERR_OK);
    assert_true(u.off >= at_least);
    while (!u.done)
        assert_int_equal(smp_upload_step(&r->client, &u), ERR_OK);
    assert_true(u.has_match && u.match);
    rig_set_state(r, f, false);
    rig_reset(r);
    rig_expect_slot(r, 0, "2.0.0", true, false);
}

static void interrupted_upload_resumes(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 7);
    rig_boot(r);
    uint32_t reached = upload_part(r, &v2, 100000);
    r->deaf = true; /* the cable is pulled, in the middle of a frame */
    struct smp_upload u;
    smp_upload_begin(&u, v2.data, v2.len, 0, false);
    assert_int_equal(smp_upload_step(&r->client, &u), ERR_CLOSED);
    r->deaf = false;
    finish_upload(r, &v2, reached);
    rig_free(r);
    free(v2.data);
}

/* Virtual seconds of an upload. */
static double upload_time(struct rig *r, const struct rig_file *f)
{
    uint64_t begun = vboard_now_ns(r->board);
    rig_upload(r, f);
    double s = (double)(vboard_now_ns(r->board) - begun) / NS_PER_S;
    print_message("upload of %u bytes: %.2f s\n", (unsigned)f->len, s);
    return s;
}

/* Slot1 is in the other bank: its sectors are erased while data come in. A used slot costs the erase of its first sector,
 * which is over before the upload's record is written; meanwhile the chunks behind the first come in. So what is left is
 * the line: a chunk of 2,016 bytes is 2,801 bytes there, of ten bits each. */
static void no_upload_waits_for_the_erase_of_its_sectors(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig_file v3 = rig_file("tests/" DEFAULT "-3.0.0.bin");
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_TYPICAL, 11);
    rig_boot(r);
    double fresh = upload_time(r, &v2), used = upload_time(r, &v3);
    double line = v2.len * (2801.0 / 2016) * 10 / 115200;
    assert_true(fresh < line + 0.2 && used < line + 0.6); /* s; three sectors more would be 4 */
    assert_true(used - fresh > 0.1);
    rig_expect_no_lint(r);
    rig_free(r);
    free(v2.data);
    free(v3.data);
}

static void send_echo(struct rig *r, uint8_t seq)
{
    static uint8_t packet[SMP_PACKET_MAX];
    static char text[SMP_PACKET_MAX];
    const size_t size = smp_packet_max(&r->client), head = 7; /* bytes around the text */
    struct cbor_writer w;
    memset(text, 'e', sizeof text);
    cbor_write_begin(&w, packet + SMP_HEADER_SIZE, sizeof packet - SMP_HEADER_SIZE);
    cbor_open_map(&w);
    cbor_put_text(&w, "d", text, size - SMP_HEADER_SIZE - head);
    cbor_close_map(&w);
    assert_int_equal(SMP_HEADER_SIZE + cbor_write_size(&w), size);
    const struct smp_header h = {.version = 1,
                                 .op = SMP_WRITE,
                                 .len = (uint16_t)cbor_write_size(&w),
                                 .group = SMP_GROUP_OS,
                                 .seq = seq,
                                 .id = SMP_OS_ECHO};
    smp_header_encode(&h, packet);
    assert_int_equal(r->link.link.send(&r->link.link, packet, size), ERR_OK);
}

/* buf_count requests of buf_size bytes come back to back, and the first of them takes several erases. */
static void as_many_requests_are_held_as_the_server_says(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_MAXIMUM, 13);
    uint32_t size, count;
    rig_boot(r);
    rig_upload(r, &v2);
    assert_int_equal(smp_params(&r->client, &size, &count), ERR_OK);
    assert_int_equal(count, 5);
    const uint8_t erase[] = {0x0a, 0, 0, 1, 0, SMP_GROUP_IMAGE, 100, SMP_IMAGE_ERASE, 0xa0};
    assert_int_equal(r->link.link.send(&r->link.link, erase, sizeof erase), ERR_OK);
    for (uint8_t i = 1; i < count; i++)
        send_echo(r, (uint8_t)(100 + i));
    for (uint8_t i = 0; i < count; i++) {
        struct smp_client *c = &r->client;
        struct smp_header h;
        if (c->link->recv(c->link, c->rx, sizeof c->rx, &c->rx_len, 30000) != ERR_OK)
            fail_msg("request %u is not answered", i);
        smp_header_decode(&h, c->rx);
        assert_int_equal(h.seq, 100 + i);
    }
    rig_free(r);
    free(v2.data);
}

/* Where an erase of the upload slot stops the core, nothing can be received meanwhile. */
static void one_request_at_a_time_where_erases_stop_the_program(void **state)
{
    (void)state;
    struct rig *r = rig_new(BANK1, VBOARD_TIMING_TYPICAL, 14);
    uint32_t size, count;
    rig_boot(r);
    assert_int_equal(smp_params(&r->client, &size, &count), ERR_OK);
    assert_int_equal(count, 1);
    rig_free(r);
}

#define ERASES 3

/* Upload up to a point, with a trace of the flash; at which operations did erases begin? A load that waited for a bank
 * would be in the trace, too: none does. */
static void find_erases(struct rig *r, const struct rig_file *f, uint64_t at[ERASES])
{
    char *trace = NULL;
    size_t len = 0;
    uint64_t op = 0;
    unsigned found = 0;
    FILE *to = open_memstream(&trace, &len);
    vboard_trace_flash(r->board, to);
    (void)upload_part(r, f, SECTOR + 4096);
    vboard_trace_flash(r->board, NULL);
    fclose(to);
    for (char *line = strtok(trace, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strstr(line, "stall") != NULL)
            fail_msg("%s", line);
        op++;
        if (strstr(line, "erase sector") != NULL && found < ERASES)
            at[found++] = op;
    }
    assert_int_equal(found, ERASES);
    free(trace);
}

/* Power goes in the front's erase, and in each erase that runs while data come in; the upload is taken up again, and what
 * had been acknowledged and was not in flash is asked for. */
static void cuts_while_a_sector_is_erased_and_data_come_in(void **state)
{
    (void)state;
    struct rig_file file[2] = {rig_file("tests/" DEFAULT "-2.0.0.bin"),
                               rig_file("tests/" DEFAULT "-3.0.0.bin")};
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_TYPICAL, 12);
    uint64_t at[ERASES];
    rig_boot(r);
    rig_upload(r, &file[0]);
    find_erases(r, &file[1], at);
    rig_upload(r, &file[1]);
    for (unsigned i = 0; i < ERASES; i++) {
        const struct rig_file *f = &file[i % 2];
        struct smp_upload u;
        enum err e = ERR_OK;
        vboard_cut_at(r->board, at[i], VBOARD_CUT_DURING);
        r->may_die = true;
        smp_upload_begin(&u, f->data, f->len, 0, false);
        while (e == ERR_OK && !u.done)
            e = smp_upload_step(&r->client, &u);
        assert_true(r->deaf);
        if (i > 0) /* the erase runs beside the program, which goes on to acknowledge data */
            assert_true(u.off > 0);
        r->may_die = r->deaf = false;
        rig_boot(r);
        rig_upload(r, f);
    }
    rig_expect_no_lint(r);
    rig_free(r);
    free(file[0].data);
    free(file[1].data);
}

static void upload_resumes_after_a_reset_of_the_device(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 8);
    rig_boot(r);
    (void)upload_part(r, &v2, 2 * SECTOR + 40000);
    rig_boot(r); /* power off and on */
    finish_upload(r, &v2, 2 * SECTOR);
    rig_free(r);
    free(v2.data);
}

/* The field report: BUG=BANK_SPLIT_2M in the driver prints its three lines, in order; nothing is lost; the
 * same flash with a clean driver takes the update. */
static void field_report_reproduced(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "<err> flash_stm32h7: Status Bank2: 0x00040000\r\n",
        "<err> STREAM_FLASH: flash_write error -5 offset=0x00100000\r\n",
        "<err> mcumgr_img_grp: Irrecoverable error: flash write failed: 12\r\n",
    };
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = rig_new(BUGGY, VBOARD_TIMING_TYPICAL, 9);
    rig_boot(r);
    uint8_t *before = malloc(FLASH_SIZE), *after = malloc(FLASH_SIZE);
    assert_true(vboard_flash_peek(r->board, 0, before, FLASH_SIZE));
    size_t from = r->console_len;
    struct smp_upload u;
    smp_upload_begin(&u, v2.data, v2.len, 0, false);
    enum err e = ERR_OK;
    while (e == ERR_OK && !u.done)
        e = smp_upload_step(&r->client, &u);
    assert_int_equal(e, ERR_PEER);
    assert_int_equal(r->client.error.group, 1);
    assert_int_equal(r->client.error.rc, 12);
    const char *at = r->console + from;
    for (unsigned i = 0; i < 3; i++) {
        at = strstr(at, lines[i]);
        if (at == NULL)
            fail_msg("line %u of the report is missing: %s\nconsole: %s", i + 1, lines[i],
                     r->console + from);
    }
    assert_true(vboard_flash_peek(r->board, 0, after, FLASH_SIZE));
    assert_memory_equal(before, after, FLASH_SIZE);
    rig_expect_slot(r, 0, "1.0.0", true, true);
    rig_boot(r);
    rig_expect_slot(r, 0, "1.0.0", true, true);

    /* A debugger programs the firmware with the mended driver; the flash is otherwise as it was. */
    char why[200];
    assert_int_equal(vboard_load(r->board, "tests/" DEFAULT "/bootloader.elf", 0, why, sizeof why),
                     ERR_OK);
    assert_int_equal(
        vboard_load(r->board, "tests/" DEFAULT "-1.0.0.bin", FLASH_BASE + SLOT0, why, sizeof why),
        ERR_OK);
    rig_boot(r);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    rig_reset(r);
    rig_expect_slot(r, 0, "2.0.0", true, false);
    free(before);
    free(after);
    rig_free(r);
    free(v2.data);
}

/* The silent half: with data in slot1, the buggy driver's erase of it lands in bank 1. */
static void bank_split_erase_hits_bank_1(void **state)
{
    (void)state;
    struct rig *r = rig_new(BUGGY, VBOARD_TIMING_TYPICAL, 10);
    const uint8_t word[32] = {0x3d, 0xb8, 0xf3, 0x96};
    vboard_flash_poke(r->board, SLOT1, word,
                      sizeof word); /* a header's magic: its sector is erased */
    rig_boot(r);
    r->may_die = true; /* the erase eats the running program's neighbour */
    enum err answer = smp_image_erase(&r->client, 1);
    (void)answer; /* success, or silence: that nobody notices is the point */
    uint8_t boot[32];
    assert_true(vboard_flash_peek(r->board, 0, boot, sizeof boot));
    assert_true(bytes_all(boot, 0xff, sizeof boot)); /* the bootloader's first word is erased */
    rig_free(r);
}

/* usage: system_update [TEST]   (a name, with * for any) */
/* The bootloader is on its way, and has not started the application, which would clear the reset flags. */
static void boot_says(struct rig *r, size_t from, const char *cause)
{
    assert_true(
        rig_run_until(r, "Image version: ", from, 40 * NS_PER_S)); /* the watchdog: 32 s at most */
    if (!rig_said(r, cause, from))
        fail_msg("not %s: %s", cause, r->console + from);
}

static void write_register(struct rig *r, uint32_t addr, uint32_t value)
{
    uint8_t bytes[4];
    put_le32(bytes, value);
    assert_int_equal(vboard_write(r->board, addr, bytes, sizeof bytes), sizeof bytes);
}

static size_t reset_by_software(struct rig *r)
{
    size_t from = r->console_len;
    write_register(r, 0xe000ed0c, 0x05fa0004); /* AIRCR */
    return from;
}

static size_t reset_by_watchdog(struct rig *r)
{
    static const uint8_t branch_to_self[32] = {0xfe, 0xe7};
    size_t from = r->console_len;
    vboard_flash_poke(r->board, SLOT0 - 32, branch_to_self, sizeof branch_to_self);
    write_register(r, 0x58004800, 0xcccc); /* IWDG_KR */
    vboard_set_cpu_reg(r->board, 15, FLASH_BASE + SLOT0 - 32);
    return from;
}

/* Reset flags add up, and Zephyr does not clear them: only a power-on does. */
static void causes_of_earlier_resets_are_told_apart(void **state)
{
    (void)state;
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 8);
    vboard_power_on(r->board);
    boot_says(r, 0, "Reset: power\r\n");
    boot_says(r, reset_by_software(r), "Reset: software\r\n");
    boot_says(r, reset_by_watchdog(r), "Reset: watchdog or software\r\n");
    boot_says(r, reset_by_software(r), "Reset: watchdog or software\r\n");
    size_t from = r->console_len;
    vboard_power_on(r->board);
    boot_says(r, from, "Reset: power\r\n");
    boot_says(r, reset_by_watchdog(r), "Reset: watchdog\r\n");
    rig_free(r);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_across_both_banks),
        cmocka_unit_test(update_within_bank_1),
        cmocka_unit_test(update_at_the_datasheets_slowest),
        cmocka_unit_test(unconfirmed_update_reverts),
        cmocka_unit_test(permanent_update_does_not_revert),
        cmocka_unit_test(second_and_third_update),
        cmocka_unit_test(wrong_key_is_refused),
        cmocka_unit_test(corrupt_payload_is_refused),
        cmocka_unit_test(image_larger_than_the_swap_can_move_is_refused_at_once),
        cmocka_unit_test(causes_of_earlier_resets_are_told_apart),
        cmocka_unit_test(interrupted_upload_resumes),
        cmocka_unit_test(no_upload_waits_for_the_erase_of_its_sectors),
        cmocka_unit_test(as_many_requests_are_held_as_the_server_says),
        cmocka_unit_test(one_request_at_a_time_where_erases_stop_the_program),
        cmocka_unit_test(cuts_while_a_sector_is_erased_and_data_come_in),
        cmocka_unit_test(upload_resumes_after_a_reset_of_the_device),
        cmocka_unit_test(field_report_reproduced),
        cmocka_unit_test(bank_split_erase_hits_bank_1),
    };
    return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
