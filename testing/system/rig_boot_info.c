#include "testing/system/rig_boot_info.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/server/boot_info.h"

struct number_of {
    const char *symbol; /* without CONFIG_ */
    int number;
};

/* The first that is set counts. MCUboot's numbers (core/smp/SPEC.md, "Boot information"). */
static const struct number_of modes[] = {
    {"BOOT_DIRECT_XIP_REVERT=y", 5},  {"BOOT_DIRECT_XIP=y", 4},         {"BOOT_RAM_LOAD=y", 6},
    {"SINGLE_APPLICATION_SLOT=y", 0}, {"BOOT_SWAP_USING_SCRATCH=y", 1}, {"BOOT_UPGRADE_ONLY=y", 2},
    {"BOOT_SWAP_USING_MOVE=y", 3},    {"BOOT_SWAP_USING_OFFSET=y", 9},
};
static const struct number_of signatures[] = {
    {"BOOT_SIGNATURE_TYPE_RSA=y", 1},
    {"BOOT_SIGNATURE_TYPE_ECDSA_P256=y", 2},
    {"BOOT_SIGNATURE_TYPE_ED25519=y", 3},
    {"BOOT_SIGNATURE_TYPE_ECDSA_P384=y", 255},
};
static const struct number_of recoveries[] = {{"MCUBOOT_SERIAL=y", 1}, {"", 0}};
static const struct number_of no_downgrades[] = {{"MCUBOOT_DOWNGRADE_PREVENTION=y", 1},
                                                 {"BOOT_DIRECT_XIP=y", 1},
                                                 {"BOOT_RAM_LOAD=y", 1},
                                                 {"", 0}};
static const struct number_of counters[] = {{"MCUBOOT_HW_DOWNGRADE_PREVENTION=y", 1}, {"", 0}};

/* The text of a .config, with a line break in front. */
static char *read_config(const char *firmware)
{
    char name[200];
    snprintf(name, sizeof name, "tests/%s/.config", firmware);
    struct rig_file f = rig_file(name);
    char *text = malloc(f.len + 2);
    text[0] = '\n';
    memcpy(text + 1, f.data, f.len);
    text[f.len + 1] = '\0';
    free(f.data);
    return text;
}

static bool is_set(const char *config, const char *symbol)
{
    char line[100];
    snprintf(line, sizeof line, "\nCONFIG_%s\n", symbol);
    return *symbol == '\0' || strstr(config, line) != NULL;
}

static int number(const char *config, const struct number_of *of, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_set(config, of[i].symbol))
            return of[i].number;
    return -1;
}
#define NUMBER(config, of) number(config, of, ARRAY_LEN(of))

static unsigned image_count(const char *config)
{
    const char *at = strstr(config, "\nCONFIG_UPDATEABLE_IMAGE_NUMBER=");
    assert_non_null(at);
    return (unsigned)strtoul(strchr(at, '=') + 1, NULL, 10);
}

static void images_agree(struct rig *r, const char *config, const struct smp_bootloader *b,
                         const uint32_t *counter)
{
    struct smp_slot_list slots;
    assert_int_equal(smp_image_slots(&r->client, &slots), ERR_OK);
    assert_int_equal(b->image_count, image_count(config));
    for (unsigned i = 0; i < b->image_count; i++) {
        const struct smp_bootloader_image *im = &b->image[i];
        assert_int_equal(im->image, i);
        assert_true(im->has_max_size);
        for (unsigned s = 0; s < slots.count; s++)
            if (slots.slot[s].image == i && slots.slot[s].has_max_size)
                assert_int_equal(im->max_size, slots.slot[s].max_size);
        assert_int_equal(im->has_counter, NUMBER(config, counters));
        if (im->has_counter && counter != NULL)
            assert_int_equal(im->counter, counter[i]);
    }
}

void boot_info_agrees(struct rig *r, const char *firmware, unsigned running,
                      const uint32_t *counter)
{
    struct smp_bootloader b;
    char *config = read_config(firmware);
    assert_int_equal(smp_bootloader_info(&r->client, &b), ERR_OK);
    assert_string_equal(b.name, "MCUboot");
    assert_true(b.has_mode);
    assert_int_equal(b.mode, NUMBER(config, modes));
    assert_int_equal(b.signature, NUMBER(config, signatures));
    assert_int_equal(b.recovery, NUMBER(config, recoveries));
    assert_int_equal(b.no_downgrade, NUMBER(config, no_downgrades));
    assert_int_equal(b.running_slot, running);
    images_agree(r, config, &b, counter);
    free(config);
}
