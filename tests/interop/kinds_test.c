/* A bootloader of every kind on the virtual board, before images by imgtool: what is to run runs, and what is not is
 * refused for the right reason. The number of rows is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/image/image.h"
#include "testing/system/rig_signature_kinds.h"

static struct kind *kinds;
static unsigned count, rows;

static int load(void **state)
{
    (void)state;
    kinds = kinds_load(&count);
    return count > 0 ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    kinds_free(kinds, count);
    printf("signature kinds: %u rows of %u kinds\n", rows, count);
    return 0;
}

static void boots(struct kind *k, const struct kinds_image *m, const char *what)
{
    rows++;
    if (!kinds_boot(k, m))
        fail_msg("%s, %s: it does not boot\n%s", k->bare.name, what, k->bare.console.text);
}

static void refuses(struct kind *k, const struct kinds_image *m, enum image_fault fault,
                    const char *what)
{
    rows++;
    if (kinds_boot(k, m))
        fail_msg("%s, %s: it boots\n%s", k->bare.name, what, k->bare.console.text);
    if (strstr(k->bare.console.text, image_fault_text(fault)) == NULL)
        fail_msg("%s, %s: not \"%s\"\n%s", k->bare.name, what, image_fault_text(fault),
                 k->bare.console.text);
}

/* And an eighth of the stack stays free. */
static void trusted_keys_boot(void **state)
{
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        boots(&kinds[i], &kinds[i].good, "by the signing key");
        uint32_t used = bare_stack(&kinds[i].bare), size = bare_stack_size(&kinds[i].bare);
        if (used > size - size / 8)
            fail_msg("%s: %u of %u bytes of stack", kinds[i].bare.name, (unsigned)used,
                     (unsigned)size);
        boots(&kinds[i], &kinds[i].second, "by the second key");
        assert_int_equal(vboard_lint_count(kinds[i].bare.board), 0);
    }
}

static void a_strangers_key_does_not(void **state)
{
    (void)state;
    for (unsigned i = 0; i < count; i++)
        refuses(&kinds[i], &kinds[i].stranger, IMAGE_FAULT_KEY_UNKNOWN, "by a stranger's key");
}

/* Offset of the value of the last TLV of a type, or of the signature: the last TLV there is. */
static uint32_t value_of(const struct kinds_image *m, uint16_t type)
{
    uint32_t at = get_le16(m->bytes + 8) + get_le32(m->bytes + 12) + 4, last = 0;
    while (at < m->len) {
        if (type == 0 || get_le16(m->bytes + at) == type)
            last = at + 4;
        at += 4u + get_le16(m->bytes + at + 2);
    }
    assert_true(last != 0);
    return last;
}

static void one_flipped_bit_does_not(void **state)
{
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        const struct kinds_image *good = &kinds[i].good;
        const struct {
            const char *what;
            uint32_t at;
            enum image_fault fault;
        } flips[] = {
            {"version in the header", 21, IMAGE_FAULT_HASH_MISMATCH},
            {"first vector", 0x400, IMAGE_FAULT_HASH_MISMATCH},
            {"middle of the program", 0x400 + 2049, IMAGE_FAULT_HASH_MISMATCH},
            {"hash", get_le16(good->bytes + 8) + get_le32(good->bytes + 12) + 8 + 5,
             IMAGE_FAULT_HASH_MISMATCH},
            {"hash of the key", value_of(good, IMAGE_TLV_KEYHASH) + 9, IMAGE_FAULT_KEY_UNKNOWN},
            {"signature", value_of(good, 0) + 20, IMAGE_FAULT_SIGNATURE_WRONG},
        };
        for (unsigned n = 0; n < ARRAY_LEN(flips); n++) {
            struct kinds_image bad = *good;
            bad.bytes[flips[n].at] ^= 1;
            refuses(&kinds[i], &bad, flips[n].fault, flips[n].what);
        }
    }
}

/* The other kinds' images, Ed25519's among them: the key is the same, the hash or the message is not. */
static void other_kinds_do_not(void **state)
{
    (void)state;
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < count; j++) {
            rows += i != j;
            if (i != j && kinds_boot(&kinds[i], &kinds[j].good))
                fail_msg("a bootloader for %s runs an image of %s", kinds[i].bare.name,
                         kinds[j].bare.name);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(trusted_keys_boot),
        cmocka_unit_test(a_strangers_key_does_not),
        cmocka_unit_test(one_flipped_bit_does_not),
        cmocka_unit_test(other_kinds_do_not),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
