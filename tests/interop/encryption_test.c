/* A bootloader of every kind of encryption on the virtual board, before images that imgtool encrypted: test, revert,
 * a permanent update, and one encrypted image after another; in slot0 the program in clear, in slot1 the file as it
 * came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/image/image.h"
#include "testing/system/rig_encryption_kinds.h"

#define HEADER 0x400u

static struct bare *k;
static struct file file;
static unsigned rows;

static void ask(bool permanent)
{
    kind_ask(k, permanent);
}

/* Where in slot1 an upload goes. */
static uint32_t upload;

static void put(uint32_t off, const char *name)
{
    kind_file(k, name, &file);
    vboard_flash_poke(k->board, off, file.bytes, (file.len + 31) & ~31u);
}

static void boots(const char *version, const char *what)
{
    char text[80];
    rows++;
    snprintf(text, sizeof text, "Image version: v%s", version);
    if (!bare_boot(k) || strstr(k->console.text, text) == NULL)
        fail_msg("%s, %s: not %s\n%s", k->name, what, version, k->console.text);
}

static void said(const char *text)
{
    if (strstr(k->console.text, text) == NULL)
        fail_msg("%s: not \"%s\"\n%s", k->name, text, k->console.text);
}

static void holds(uint32_t off, const char *name)
{
    static uint8_t found[FILE_MAX];
    kind_file(k, name, &file);
    assert_true(vboard_flash_peek(k->board, off, found, file.len));
    if (memcmp(found, file.bytes, file.len) != 0)
        fail_msg("%s: %s is not at 0x%06x", k->name, name, (unsigned)off);
}

/* A sector of slot1 is erased by hand, as an upload does first. */
static void clear_slot1(void)
{
    static uint8_t blank[SECTOR];
    memset(blank, 0xff, sizeof blank);
    for (uint32_t at = SLOT1; at < SLOT1 + SLOT_SIZE; at += SECTOR)
        vboard_flash_poke(k->board, at, blank, sizeof blank);
}

/* One kind goes on with a third image. */
static void swapping(bool further)
{
    put(SLOT1 + upload, "second.bin");
    ask(false);
    boots("2.0.0", "test");
    said("Swap type: test");
    holds(SLOT0 + HEADER, "second.txt");
    holds(SLOT1, "first.bin");
    boots("1.0.0", "not confirmed");
    said("Swap type: revert");
    holds(SLOT0, "first.bin");
    holds(SLOT1 + upload, "second.bin");
    ask(true); /* what came back encrypted is good for another time */
    boots("2.0.0", "permanent");
    if (!further)
        return;
    clear_slot1();
    put(SLOT1 + upload, "third.bin");
    ask(false);
    boots("3.0.0", "one encrypted image after another");
    holds(SLOT0 + HEADER, "third.txt");
    holds(SLOT1, "second.bin");
    boots("2.0.0", "and back");
    holds(SLOT0 + HEADER, "second.txt");
    holds(SLOT1 + upload, "third.bin");
}

static void overwriting(void)
{
    put(SLOT1, "second.bin");
    ask(true);
    boots("2.0.0", "overwritten");
    holds(SLOT0 + HEADER, "second.txt");
    boots("2.0.0", "and again");
}

static void refused(const char *running)
{
    clear_slot1();
    put(SLOT1 + upload, "stranger.bin");
    ask(false);
    boots(running, "meant for another device");
    said(image_fault_text(IMAGE_FAULT_ENC_KEY));
    /* In slot0 it does not run either. */
    put(SLOT0, "stranger.bin");
    rows++;
    assert_false(bare_boot(k));
}

/* An eighth of the stack stays free, as for the signatures. */
static void stack_suffices(void)
{
    uint32_t size = bare_stack_size(k), used = bare_stack(k);
    if (used > size - size / 8)
        fail_msg("%s: %u of %u bytes of stack", k->name, (unsigned)used, (unsigned)size);
}

static void one_kind(const struct kind_name *n)
{
    k = kind_new(n->name);
    upload = kind_upload(n);
    put(SLOT0, "first.bin");
    if (strcmp(n->strategy, "BOOT_UPGRADE_ONLY") == 0)
        overwriting();
    else
        swapping(strstr(n->name, "-128") != NULL);
    stack_suffices();
    refused("2.0.0");
    assert_int_equal(vboard_lint_count(k->board), 0);
    bare_close(k);
}

static void every_kind(void **state)
{
    (void)state;
    struct kind_name names[KINDS_MAX];
    unsigned count = kinds_list(names);
    assert_true(count > 0);
    for (unsigned i = 0; i < count; i++)
        one_kind(&names[i]);
    printf("encryption: %u rows of %u kinds\n", rows, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind)};
    return cmocka_run_group_tests_name("encryption", tests, NULL, NULL);
}
