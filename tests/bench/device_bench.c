/* device_bench.c - what a person waits for, in the board's virtual time: a boot, an upload, a reset that brings in
 * a new image. Exact: the same on every machine. Prints "key value" lines, which tools/bench.sh explains, and
 * asserts nothing. Runs in the build folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/client/smp/fast_line.h"
#include "testing/system/rig_settings.h"
#include "testing/system/rig_update_flow.h"

#define BOARD  "nucleo_h753zi"
#define SECOND UINT64_C(1000000000)
#define LIMIT  (120 * SECOND)

#define FAST_BAUD 921600

/* The first instruction of an image whose file begins at address at. */
static uint32_t entry_of(const struct rig_file *f, uint32_t at)
{
    const uint32_t header = get_le16(f->data + 8);
    const uint32_t entry = get_le32(f->data + header + 4) & ~1u;
    if (header + 8 > f->len || entry < at || entry >= at + f->len)
        fail_msg("an image whose reset vector is 0x%08x does not run at 0x%08x", (unsigned)entry,
                 (unsigned)at);
    return entry;
}

/* Run until an image begins that was linked for flash offset off. */
static void run_to_image(struct rig *r, const struct rig_file *f, uint32_t off)
{
    const uint32_t entry = entry_of(f, FLASH_BASE + off);
    vboard_break_at(r->board, entry);
    struct vboard_stop stop = vboard_run(r->board, LIMIT, VBOARD_UNTIL_TIME);
    vboard_break_at(r->board, 0);
    if (stop.why != VBOARD_BREAKPOINT || stop.pc != entry)
        fail_msg("the image at 0x%08x did not begin: %s\n%s", (unsigned)entry, stop.text,
                 r->console);
}

/* From power-on; a boot that has nothing to update. */
static void boot(const char *name, const char *firmware)
{
    struct rig_file v1 = flow_version(firmware, "1.0.0");
    struct rig *r = rig_new(firmware, VBOARD_TIMING_TYPICAL, 1);
    vboard_power_on(r->board);
    run_to_image(r, &v1, SLOT0);
    if (vboard_operations(r->board) != 0)
        fail_msg("%s: this boot writes flash, so it is none at rest", firmware);
    printf("%s_ms %.3f\n%s_bytes %u\n", name, (double)vboard_now_ns(r->board) / 1e6, name,
           (unsigned)v1.len);
    rig_free(r);
    free(v1.data);
}

/* What the flash operations of a trace take at x64, typically: 1 s a sector's erase, 100 us a word's program [DS12117
 * "Flash memory characteristics"]. Milliseconds. */
static double flash_ms(FILE *trace)
{
    char line[300];
    double ms = 0;
    rewind(trace);
    while (fgets(line, sizeof line, trace) != NULL)
        ms += strstr(line, " ms  erase sector ") != NULL ? 1000
              : strstr(line, " ms  program ") != NULL    ? 0.1
                                                         : 0;
    return ms;
}

/* From the first byte of the reset request to the first instruction of the new image, which waits in slot1. */
static void reset_to_new_image(const char *what, struct rig *r, const struct rig_file *f,
                               uint32_t off)
{
    FILE *trace = tmpfile();
    assert_non_null(trace);
    rig_set_state(r, f, false);
    vboard_trace_flash(r->board, trace);
    const uint64_t begun = vboard_now_ns(r->board);
    if (smp_reset(&r->client, false) != ERR_OK)
        fail_msg("the reset is refused: %s", smp_error_name(&r->client.error));
    run_to_image(r, f, off);
    vboard_trace_flash(r->board, NULL);
    printf("%s_reset_ms %.3f\n", what, (double)(vboard_now_ns(r->board) - begun) / 1e6);
    printf("%s_flash_ms %.3f\n", what, flash_ms(trace));
    fclose(trace);
}

/* From the first byte of the first upload request to the last byte of the last answer. Seconds. */
static double upload(struct rig *r, const struct rig_file *f)
{
    struct smp_upload u;
    const uint64_t begun = vboard_now_ns(r->board);
    smp_upload_begin(&u, f->data, f->len, 0, false);
    while (!u.done)
        if (smp_upload_step(&r->client, &u) != ERR_OK)
            fail_msg("upload at %u: %s", (unsigned)u.off, smp_error_name(&r->client.error));
    return (double)(vboard_now_ns(r->board) - begun) / 1e9;
}

/* From the question whether the device can be faster to its answer at the old speed. */
static void fast_upload(struct rig *r, const struct rig_file *f)
{
    struct fast_line line;
    const uint64_t begun = vboard_now_ns(r->board);
    fast_line_init(&line, &r->client, &r->link, 115200, FAST_BAUD);
    if (fast_line_begin(&line) != ERR_OK || line.now != FAST_BAUD)
        fail_msg("the line is not faster: %u baud", (unsigned)line.now);
    (void)upload(r, f);
    if (fast_line_end(&line) != ERR_OK)
        fail_msg("the device does not answer at its usual speed");
    printf("upload_fast_s %.3f\n", (double)(vboard_now_ns(r->board) - begun) / 1e9);
    printf("upload_fast_limit_s %.3f\n", (double)smp_console_encoded_size(f->len) * 10 / FAST_BAUD);
}

/* Version 2.0.0 fills the slot before. */
static void upload_then_swap(void)
{
    struct rig_file v2 = flow_version(BOARD, "2.0.0"), v3 = flow_version(BOARD, "3.0.0");
    struct rig *r = rig_new(BOARD, VBOARD_TIMING_TYPICAL, 1);
    rig_boot(r);
    rig_upload(r, &v2); /* and the client knows the server's buffer now */
    printf("upload_115200_s %.3f\n", upload(r, &v3));
    /* One packet of any size, which no server takes: nothing but the image, its base64 and the marks of the lines. */
    printf("upload_115200_limit_s %.3f\n", (double)smp_console_encoded_size(v3.len) * 10 / 115200);
    printf("upload_bytes %u\n", (unsigned)v3.len);
    fast_upload(r, &v2);
    rig_upload(r, &v3);
    reset_to_new_image("swap", r, &v3, SLOT0);
    rig_free(r);
    free(v2.data);
    free(v3.data);
}

static void zero_copy(void)
{
    static const char firmware[] = "strategy-direct-xip";
    struct rig_file v2 = flow_version(firmware, "2.0.0");
    struct rig *r = rig_new(firmware, VBOARD_TIMING_TYPICAL, 1);
    rig_boot(r);
    rig_upload(r, &v2);
    reset_to_new_image("zero_copy", r, &v2, SLOT1);
    printf("zero_copy_bytes %u\n", (unsigned)v2.len);
    rig_free(r);
    free(v2.data);
}

/* A value in flash; the most values of four bytes between two erases; a whole sector read at start. */
static void settings(void)
{
    struct rig *r = rig_new(BOARD, VBOARD_TIMING_TYPICAL, 1);
    rig_boot(r);
    const uint64_t empty = vboard_now_ns(r->board);
    if (rig_setting_write(r, "counter", "0001") != 0 || rig_settings_save(r) != 0 ||
        rig_setting_write(r, "counter", "0002") != 0)
        fail_msg("settings cannot be written");
    FILE *trace = tmpfile();
    assert_non_null(trace);
    vboard_trace_flash(r->board, trace);
    if (rig_settings_save(r) != 0)
        fail_msg("settings cannot be saved");
    vboard_trace_flash(r->board, NULL);
    printf("settings_write_us %.0f\n", flash_ms(trace) * 1e3);
    fclose(trace);
    rig_free(r);
    r = rig_new(BOARD, VBOARD_TIMING_TYPICAL, 1);
    printf("settings_writes_per_erase %u\n", rig_settings_fill(r));
    rig_boot(r);
    printf("settings_start_ms %.1f\n", (double)(vboard_now_ns(r->board) - empty) / 1e6);
    rig_free(r);
}

int main(void)
{
    boot("boot", BOARD);
    boot("boot_no_hash", "nucleo_h723zg-single");
    upload_then_swap();
    zero_copy();
    settings();
    return 0;
}
