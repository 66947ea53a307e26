/* The bootloader: update, verify, jump. core/update/ decides about updates; this file ties it to a board. */
#include <string.h>

#include "autoconf.h"
#include "core/base/log.h"
#include "core/base/product.h"
#include "core/smp/server/boot_info.h"
#include "core/update/rollback/rollback.h"
#include "target/boards/board.h"
#include "target/boot/encryption.h"
#include "target/boot/place.h"
#include "target/boot/recovery.h"
#include "target/boot/version.h"

#define LOG_MODULE "mcuboot"

/* If no image can run: the wait before the next attempt from reset, in which a person can read the console or attach a
 * debug probe. */
#define RETRY_AFTER_US (30u * 1000u * 1000u)

/* Generated from the PEM files that the configuration names. */
extern const struct image_key bootutil_keys[];
extern const unsigned bootutil_key_count;

#define IMAGES CONFIG_UPDATEABLE_IMAGE_NUMBER

static struct slot_pair slots[IMAGES];      /* image 0 is the one that is started */
static struct rollback_protection rollback; /* security counters and retired keys */
static uint8_t copy_buf[CONFIG_BOOT_COPY_BUF_SIZE];
static const struct sha256_unit *unit; /* NULL: the library hashes */

static void print(const char *text)
{
    board_console_write(text, strlen(text));
}

/* No image may run. Wait and try again from reset: a read error may be temporary, and a person may program an image
 * with a debug probe meanwhile. */
static NOINLINE NORETURN void wait_and_reset(void)
{
    LOG_ERR("Unable to find bootable image. Program a signed image into the first slot; "
            "trying again in %u s",
            RETRY_AFTER_US / 1000000u);
    recovery_run(slots, copy_buf, sizeof(copy_buf));
    uint64_t end = board_uptime_us() + RETRY_AFTER_US;
    while (board_uptime_us() < end) {
        board_watchdog_feed();
        board_idle();
    }
    board_reset();
}

static enum err open_slots(void)
{
    for (unsigned i = 0; i < IMAGES; i++) {
        slots[i].max_align = product.max_align;
        slots[i].max_sectors = product.max_sectors;
    }
    enum err e = update_open_images(slots, IMAGES, board_flash(), board.partitions);
    return e ? e : rollback_open(&rollback, board_flash(), board.partitions);
}

/* The second verdict, computed again from the start. So a glitch during one of the two verdicts, even in the arithmetic
 * of the signature, does not affect the other. Where there is a HASH unit, the one verdict's hash comes from it and the
 * other's from the library. */
static NOINLINE enum image_verdict judge_again(const struct slot_pair *pair,
                                               const struct update_outcome *out)
{
    struct slot_view view;
    struct image_report report;
    struct image_source source;
    if (!place_source(pair, out, &view, &source))
        return IMAGE_REFUSED;
    const struct image_policy policy = {
        .keys = bootutil_keys, .key_count = bootutil_key_count, .limit = out->limit, .unit = unit};
    const struct update_env env = {
        .pair = pair, .keys = bootutil_keys, .rollback = rollback_in_use(&rollback)};
    enum image_verdict v =
        image_verify(&source, &policy, copy_buf, sizeof(copy_buf), board_watchdog_feed, &report);
    if (v == IMAGE_GENUINE && update_admit(&env, &source, &report) != IMAGE_FAULT_NONE)
        return IMAGE_REFUSED;
    return v;
}

/* Both verdicts on each image that is not started itself must be IMAGE_GENUINE. */
static NOINLINE bool others_are_genuine(const struct update_outcome *out)
{
    for (unsigned i = 1; i < IMAGES; i++) {
        const volatile enum image_verdict *first = &out[i].verdict;
        volatile enum image_verdict second = IMAGE_REFUSED;
        if (*first == IMAGE_GENUINE)
            second = judge_again(&slots[i], &out[i]);
        if (second != IMAGE_GENUINE)
            return false;
    }
    return true;
}

/* Add the size limits of further images, and the stored security counters. */
static enum err add_image_entries(void *area, size_t size)
{
    enum err e = ERR_OK;
    for (unsigned i = 0; i < IMAGES && !e; i++) {
        uint32_t counter;
        if (i > 0)
            e = boot_info_add(area, size, BOOT_INFO_MAX_SIZE, i, place_max_size(&slots[i]));
        if (!e && update_stored_counter(&rollback, i, &counter))
            e = boot_info_add(area, size, BOOT_INFO_COUNTER, i, counter);
    }
    return e;
}

/* Write the boot information, for the application's responses to "bootloader info". */
static void write_boot_info(const struct update_outcome *out)
{
    size_t size;
    void *area = board_shared_data(&size);
    const struct boot_info info = {.mode = (uint8_t)update_mode(slots),
                                   .signature = product.signature,
                                   .recovery = recovery_kind,
                                   .running_slot = (uint8_t)out->slot,
                                   .version = BOOT_VERSION_NUMBERS,
                                   .max_size = {place_max_size(slots)}};
    if (boot_info_write(area, size, &info) != ERR_OK || add_image_entries(area, size) != ERR_OK)
        LOG_WRN("No room for boot information");
}

/* The only way out of the bootloader. Each verdict is tested separately, and the jump address is computed from both
 * values: if a glitch skips a test, or continues behind the tests, the address is wrong. */
static NOINLINE void run_if_genuine(const struct update_outcome *out)
{
    const volatile enum image_verdict *first = &out->verdict;
    volatile enum image_verdict second = IMAGE_REFUSED;
    uint32_t off = out->primary.header.hdr_size;
    if (*first != IMAGE_GENUINE)
        return;
    if (!vectors_in_place(&slots[0], out))
        return;
    unit = board_hash_unit();
    if (!others_are_genuine(out))
        return;
    LOG_INF("Image version: v%u.%u.%u", (unsigned)out->primary.header.version.major,
            (unsigned)out->primary.header.version.minor,
            (unsigned)out->primary.header.version.revision);
    second = judge_again(&slots[0], out);
    if (second != IMAGE_GENUINE)
        return;
    place_announce(out);
    write_boot_info(out);
    uint32_t table = place_of(&slots[0], out).base + off;
    if (*first != IMAGE_GENUINE)
        return;
    place_jump(table + (*first - IMAGE_GENUINE) + 2 * (second - IMAGE_GENUINE));
}

static NOINLINE void log_refusals(const struct update_outcome *out)
{
    for (unsigned i = 0; i < IMAGES; i++) {
        if (out[i].verdict == IMAGE_GENUINE || update_runs_either(&slots[i]))
            continue; /* choose_boot has logged each refusal */
        if (IMAGES > 1)
            LOG_ERR("Image index: %u", i);
        LOG_ERR("Image in the primary slot refused: %s", image_fault_text(out[i].primary.fault));
    }
}

int main(void)
{
    static struct update_outcome out[IMAGES];
    board_init();
    if (CONFIG_BOOT_WATCHDOG_TIMEOUT_MS != 0)
        board_watchdog_start(CONFIG_BOOT_WATCHDOG_TIMEOUT_MS);
    print("*** Booting Slipway bootloader " BOOT_VERSION " ***\r\n");
    LOG_INF("Reset: %s", board_reset_cause_text(board_reset_cause()));
    if (open_slots() != ERR_OK) {
        LOG_ERR("The partition table lacks slots that the upgrade strategy needs");
        wait_and_reset();
    }
    if (recovery_is_asked())
        recovery_run(slots, copy_buf, sizeof(copy_buf));
    const struct update_env env = {.pair = slots,
                                   .keys = bootutil_keys,
                                   .key_count = bootutil_key_count,
                                   .buf = copy_buf,
                                   .buf_len = sizeof(copy_buf),
                                   .feed = board_watchdog_feed,
                                   .may_replace = update_configured_rule,
                                   .rollback = rollback_in_use(&rollback),
                                   .runs_here = place_runs_here,
                                   .ram = place_ram(),
                                   .encryption = boot_encryption};
    /* A failure has been logged. The image in the primary may still be complete: the verdict counts. */
    (void)!update_boot_images(&env, slots, IMAGES, out);
    run_if_genuine(out);
    log_refusals(out);
    wait_and_reset();
}
