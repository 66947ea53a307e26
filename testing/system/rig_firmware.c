#include "testing/system/rig_firmware.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/image/image.h"

#define READY      "SMP server ready"
#define NS_PER_MS  1000000ull
#define NS_PER_S   1000000000ull
#define BOOT_LIMIT (120 * NS_PER_S)

static void append(char *dst, size_t *len, const char *text, size_t n)
{
    if (*len + n >= RIG_CONSOLE_MAX)
        return;
    memcpy(dst + *len, text, n);
    *len += n;
    dst[*len] = '\0';
}

static void on_uart(void *ctx, uint8_t byte)
{
    struct rig *r = ctx;
    if (r->rx_len < sizeof r->rx)
        r->rx[r->rx_len++] = byte;
    append(r->console, &r->console_len, (const char *)&byte, 1);
}

static void on_report(void *ctx, const char *text)
{
    struct rig *r = ctx;
    append(r->reports, &r->reports_len, text, strlen(text));
    append(r->reports, &r->reports_len, "\n", 1);
}

static enum err port_write(struct smp_port *p, const void *data, size_t len)
{
    struct rig *r = (struct rig *)p;
    if (r->deaf)
        return ERR_CLOSED;
    return vboard_uart_send(r->board, data, len) == len ? ERR_OK : ERR_NOSPC;
}

static void must_go_on(struct rig *r, const struct vboard_stop *stop)
{
    if (stop->why == VBOARD_TIME || stop->why == VBOARD_OUTPUT || stop->why == VBOARD_IDLE)
        return;
    if (r->may_die) {
        r->deaf = true;
        return;
    }
    size_t from = r->console_len > 2000 ? r->console_len - 2000 : 0;
    fail_msg("the board stopped: %s\nreports: %s\nconsole: %s", stop->text, r->reports,
             r->console + from);
}

static enum err port_read(struct smp_port *p, void *dst, size_t cap, size_t *n, uint32_t timeout_ms)
{
    struct rig *r = (struct rig *)p;
    if (r->deaf)
        return ERR_CLOSED;
    if (r->rx_len == 0) {
        struct vboard_stop stop = vboard_run(r->board, timeout_ms * NS_PER_MS, VBOARD_UNTIL_OUTPUT);
        must_go_on(r, &stop);
    }
    if (r->rx_len == 0)
        return r->deaf ? ERR_CLOSED : ERR_TIMEOUT;
    *n = r->rx_len < cap ? r->rx_len : cap;
    memcpy(dst, r->rx, *n);
    memmove(r->rx, r->rx + *n, r->rx_len - *n);
    r->rx_len -= *n;
    return ERR_OK;
}

static enum err port_set_speed(struct smp_port *p, uint32_t baud)
{
    struct rig *r = (struct rig *)p;
    r->line.baud = baud;
    vboard_uart_line(r->board, VBOARD_CONSOLE, &r->line);
    return ERR_OK;
}

struct rig_file rig_file(const char *name)
{
    FILE *f = fopen(name, "rb");
    if (f == NULL)
        fail_msg("%s is missing; make test builds it", name);
    struct rig_file file = {malloc(2 * 1024 * 1024), 0};
    file.len = (uint32_t)fread(file.data, 1, 2 * 1024 * 1024, f);
    fclose(f);
    return file;
}

void rig_load(struct rig *r, const char *name, uint32_t at)
{
    char why[200] = "";
    if (vboard_load(r->board, name, at, why, sizeof why) != ERR_OK)
        fail_msg("%s: %s", name, why);
}

struct rig *rig_new(const char *firmware, enum vboard_timing timing, uint64_t seed)
{
    struct rig *r = calloc(1, sizeof *r);
    r->console = calloc(1, RIG_CONSOLE_MAX);
    r->reports = calloc(1, RIG_CONSOLE_MAX);
    char name[200], part[VBOARD_PART_MAX];
    snprintf(name, sizeof name, "tests/%s/bootloader.elf", firmware);
    const bool says = vboard_part_of_file(name, 0, part) != NULL;
    const struct vboard_config config = {.timing = timing,
                                         .seed = seed,
                                         .uart_tx = on_uart,
                                         .report = on_report,
                                         .ctx = r,
                                         .board = says ? vboard_board_with(part) : NULL};
    r->board = vboard_new(&config);
    assert_non_null(r->board);
    snprintf(name, sizeof name, "tests/%s/bootloader.elf", firmware);
    rig_load(r, name, 0);
    snprintf(name, sizeof name, "tests/%s-1.0.0.bin", firmware);
    rig_load(r, name, FLASH_BASE + SLOT0);
    r->port.write = port_write;
    r->port.read = port_read;
    r->port.set_speed = port_set_speed;
    smp_console_link_init(&r->link, &r->port, NULL, NULL);
    smp_client_init(&r->client, &r->link.link);
    return r;
}

void rig_free(struct rig *r)
{
    vboard_free(r->board);
    free(r->console);
    free(r->reports);
    free(r);
}

bool rig_said(const struct rig *r, const char *text, size_t from)
{
    return from <= r->console_len && strstr(r->console + from, text) != NULL;
}

bool rig_run_until(struct rig *r, const char *text, size_t from, uint64_t ns)
{
    uint64_t end = vboard_now_ns(r->board) + ns;
    while (!rig_said(r, text, from) && vboard_now_ns(r->board) < end) {
        struct vboard_stop stop =
            vboard_run(r->board, end - vboard_now_ns(r->board), VBOARD_UNTIL_OUTPUT);
        if (stop.why == VBOARD_CUT)
            return false;
        must_go_on(r, &stop);
    }
    return rig_said(r, text, from);
}

static void wait_ready(struct rig *r, size_t from)
{
    if (!rig_run_until(r, READY, from, BOOT_LIMIT))
        fail_msg("the application did not come up:\n%s\nreports: %s", r->console + from,
                 r->reports);
    r->rx_len = 0;
}

void rig_boot(struct rig *r)
{
    size_t from = r->console_len;
    vboard_power_on(r->board);
    wait_ready(r, from);
}

static struct smp_upload upload(struct rig *r, const struct rig_file *f, uint32_t image)
{
    uint32_t size, count;
    assert_int_equal(smp_params(&r->client, &size, &count), ERR_OK);
    struct smp_upload u;
    smp_upload_begin(&u, f->data, f->len, image, false);
    while (!u.done) {
        enum err e = smp_upload_step(&r->client, &u);
        if (e != ERR_OK)
            fail_msg("upload at %u: %s, %s\n%s", (unsigned)u.off, err_text(e),
                     smp_error_name(&r->client.error), r->console);
    }
    return u;
}

void rig_upload_image(struct rig *r, const struct rig_file *f, uint32_t image)
{
    const struct smp_upload u = upload(r, f, image);
    assert_true(u.has_match && u.match);
}

void rig_upload_in_place(struct rig *r, const struct rig_file *f, uint32_t image)
{
    (void)upload(r, f, image);
}

void rig_wait_recovery(struct rig *r, size_t from)
{
    if (!rig_run_until(r, "Serial recovery", from, 60ull * 1000000000ull))
        fail_msg("no serial recovery:\n%s", r->console + from);
    (void)vboard_run(r->board, 20000000, 0);
    r->rx_len = 0;
}

void rig_hold_button(struct rig *r, bool held)
{
    enum { PORT_C = 2, PIN = 13 };
    vboard_pin_drive(r->board, PORT_C, PIN, held);
}

void rig_upload(struct rig *r, const struct rig_file *f)
{
    rig_upload_image(r, f, 0);
}

const struct smp_image_state *rig_slot_of(struct rig *r, unsigned image, unsigned slot)
{
    static struct smp_image_list list;
    assert_int_equal(smp_image_list(&r->client, &list), ERR_OK);
    for (unsigned i = 0; i < list.count; i++)
        if (list.image[i].image == image && list.image[i].slot == slot)
            return &list.image[i];
    return NULL;
}

const struct smp_image_state *rig_slot(struct rig *r, unsigned slot)
{
    return rig_slot_of(r, 0, slot);
}

void rig_reset(struct rig *r)
{
    size_t from = r->console_len;
    assert_int_equal(smp_reset(&r->client, false), ERR_OK);
    wait_ready(r, from);
}

void rig_set_state(struct rig *r, const struct rig_file *f, bool permanent)
{
    struct image_source s = image_source_memory(f->data, f->len);
    struct image_hash hash;
    assert_int_equal(image_stored_hash(&s, f->len, &hash), IMAGE_FAULT_NONE);
    assert_int_equal(smp_image_set_state(&r->client, hash.bytes, hash.len, permanent, NULL),
                     ERR_OK);
}

void rig_expect_slot(struct rig *r, unsigned slot, const char *version, bool active, bool confirmed)
{
    const struct smp_image_state *s = rig_slot(r, slot);
    if (s == NULL)
        fail_msg("slot %u is not listed; the console says:\n%s", slot, r->console);
    assert_string_equal(s->version, version);
    assert_int_equal(s->active, active);
    assert_int_equal(s->confirmed, confirmed);
}

void rig_expect_no_lint(const struct rig *r)
{
    if (vboard_lint_count(r->board) != 0)
        fail_msg("lint events:\n%s", r->reports);
}
