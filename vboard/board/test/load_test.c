/* The loaders, above all with broken files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "vboard/board/load.h"
#include "vboard/vboard.h"

static struct load_image *m;
static char why[160];

static int set_up(void **state)
{
    (void)state;
    m = load_image_new(&soc_stm32h753.flash);
    return m == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    load_image_free(m);
    return 0;
}

/* ---- HEX ---- */

static enum err hex(const char *text)
{
    return load_parse(m, LOAD_HEX, (const uint8_t *)text, strlen(text), 0, why, sizeof why);
}

static void hex_all_record_types(void **state)
{
    (void)state;
    assert_int_equal(hex(":020000040810E2\r\n"     /* upper 16 bits: 0x0810 */
                         ":0400100001020304E2\r\n" /* 0x08100010 */
                         ":0400000508000101ED\n"
                         ":0400000300000000F9\n"
                         ":00000001FF\n"),
                     ERR_OK);
    assert_int_equal(get_le32(m->data + 0x100010), 0x04030201);
    assert_int_equal(m->bytes, 4);
    assert_true(load_uses(m, 0x100013));
    assert_false(load_uses(m, 0x100014));
}

static void hex_segment_address_is_shifted_by_four(void **state)
{
    (void)state;
    assert_int_equal(hex(":0200000280007C\n:01000000AA55\n:00000001FF\n"), ERR_RANGE);
    assert_non_null(strstr(why, "0x00080000"));
}

static void hex_broken_files(void **state)
{
    static const struct {
        const char *text, *says;
        enum err want;
    } rows[] = {
        {"", "no end record", ERR_FORMAT},
        {":020000040800F2\n", "no end record", ERR_FORMAT},
        {":00000001FF\n", "no data", ERR_FORMAT},
        {":020000040800F3\n", "line 1 has a wrong checksum", ERR_FORMAT},
        {"\n\n020000040800F2\n", "line 3 does not begin with a colon", ERR_FORMAT},
        {":0200000408", "line 1 is too short", ERR_FORMAT},
        {":", "too short", ERR_FORMAT},
        {":FF", "too short", ERR_FORMAT},
        {":00000006FA\n", "unknown record type 6", ERR_FORMAT},
        {":0300000408000 0F1\n", "too short or has no hex digit", ERR_FORMAT},
        {":03000004080000F1\n", "3 bytes in a record of type 4", ERR_FORMAT},
        {":0400100001020304E2\n:00000001FF\n", "outside the flash", ERR_RANGE},
        {":020000040820D2\n:0100000000FF\n", "outside the flash", ERR_RANGE},
        {":020000040800F2\n:0100100001EE\n:0100100001EE\n", "0x08000010 is given twice",
         ERR_FORMAT},
        {":00000001FF\n:020000040800F2\n", "after the end record", ERR_FORMAT},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        load_image_free(m);
        m = load_image_new(&soc_stm32h753.flash);
        assert_int_equal(hex(rows[i].text), rows[i].want);
        if (strstr(why, rows[i].says) == NULL)
            fail_msg("row %u: '%s' does not say '%s'", i, why, rows[i].says);
    }
}

/* ---- BIN ---- */

static void bin_at_its_address(void **state)
{
    (void)state;
    assert_int_equal(
        load_parse(m, LOAD_BIN, (const uint8_t *)"abcd", 4, 0x081ffffc, why, sizeof why), ERR_OK);
    assert_memory_equal(m->data + 0x1ffffc, "abcd", 4);
    assert_int_equal(
        load_parse(m, LOAD_BIN, (const uint8_t *)"abcd", 4, 0x081ffffd, why, sizeof why),
        ERR_RANGE);
    assert_int_equal(load_parse(m, LOAD_BIN, (const uint8_t *)"abcd", 4, 0, why, sizeof why),
                     ERR_RANGE);
    assert_int_equal(
        load_parse(m, LOAD_BIN, (const uint8_t *)"abcd", 4, 0xfffffffe, why, sizeof why),
        ERR_RANGE);
    assert_int_equal(load_parse(m, LOAD_BIN, (const uint8_t *)"", 0, 0x08000000, why, sizeof why),
                     ERR_FORMAT);
}

/* ---- ELF: a header, two program headers, data, a symbol table with its strings ---- */

#define E_PH   52
#define E_DATA 128
#define E_SYM  160
#define E_STR  208
#define E_SH   224
#define E_END  (E_SH + 3 * 40)

static uint8_t elf[E_END];

static void segment(unsigned i, uint32_t off, uint32_t paddr, uint32_t size)
{
    uint8_t *ph = elf + E_PH + 32 * i;
    put_le32(ph, 1);
    put_le32(ph + 4, off);
    put_le32(ph + 12, paddr);
    put_le32(ph + 16, size);
}

static void section(unsigned i, uint32_t type, uint32_t off, uint32_t size, uint32_t link)
{
    uint8_t *sh = elf + E_SH + 40 * i;
    put_le32(sh + 4, type);
    put_le32(sh + 16, off);
    put_le32(sh + 20, size);
    put_le32(sh + 24, link);
}

static void symbol(unsigned i, uint32_t name, uint32_t value, uint32_t size, uint8_t type)
{
    uint8_t *s = elf + E_SYM + 16 * i;
    put_le32(s, name);
    put_le32(s + 4, value);
    put_le32(s + 8, size);
    s[12] = type;
    put_le16(s + 14, 1);
}

static void build_elf(void)
{
    memset(elf, 0, sizeof elf);
    memcpy(elf,
           "\x7f"
           "ELF\1\1\1",
           7);
    put_le16(elf + 16, 2);
    put_le16(elf + 18, 40);
    put_le32(elf + 28, E_PH);
    put_le32(elf + 32, E_SH);
    put_le16(elf + 42, 32);
    put_le16(elf + 44, 2);
    put_le16(elf + 46, 40);
    put_le16(elf + 48, 3);
    memcpy(elf + E_DATA, "code and data of the program", 28);
    segment(0, E_DATA, 0x08000000, 16);
    segment(1, E_DATA + 16, 0x08000020, 12);
    section(1, 2, E_SYM, 48, 2);
    section(2, 3, E_STR, 16, 0);
    memcpy(elf + E_STR, "\0main\0$t\0table", 14);
    symbol(0, 1, 0x08000001, 8, 2);
    symbol(1, 6, 0x08000000, 0, 0);
    symbol(2, 9, 0x08000008, 8, 1);
}

static enum err parse_elf(size_t len)
{
    load_image_clear(m);
    return load_parse(m, LOAD_ELF, elf, len, 0, why, sizeof why);
}

static void elf_segments_by_load_address_and_symbols(void **state)
{
    (void)state;
    build_elf();
    assert_int_equal(parse_elf(sizeof elf), ERR_OK);
    assert_memory_equal(m->data, "code and data of", 16);
    assert_memory_equal(m->data + 32, " the program", 12);
    assert_int_equal(m->data[16], 0xff);
    assert_int_equal(m->symbol_count, 2); /* $t marks code, it names nothing */
    assert_int_equal(m->symbols[0].addr, 0x08000000);
    assert_string_equal(m->text + m->symbols[1].name, "table");
}

/* Zephyr's ELF files have some two thousand of them, for each CONFIG_ and each offset, and a PC was "CONFIG_FLASH_BASE+0x12". */
static void elf_absolute_symbols_name_no_address(void **state)
{
    (void)state;
    build_elf();
    for (unsigned i = 0; i < 3; i++)
        put_le16(elf + E_SYM + 16 * i + 14, 0xfff1);
    symbol(1, 9, 0x08000000, 0, 0);
    put_le16(elf + E_SYM + 16 + 14, 0xfff1);
    assert_int_equal(parse_elf(sizeof elf), ERR_OK);
    for (size_t i = 0; i < m->symbol_count; i++) /* but a function does, such as one of a ROM */
        assert_int_equal(m->symbols[i].number, strcmp(m->text + m->symbols[i].name, "main") != 0);
    assert_true(m->symbol_count > 1);
    struct symbols *s =
        symbols_merge(NULL, m->symbols, m->symbol_count, m->text, m->text_size, NULL, NULL);
    char name[40];
    uint32_t value;
    symbols_name(s, 0x08000000, name, sizeof name);
    assert_string_equal(name, "main");
    assert_true(symbols_find(s, "table", &value)); /* a number has a value all the same */
    symbols_drop(s);
}

static void elf_broken_files(void **state)
{
    static const struct {
        const char *says;
        unsigned off;
        uint32_t value;
        unsigned size;
        enum err want;
    } rows[] = {
        {"not a 32-bit", 4, 2, 1, ERR_FORMAT}, /* 64-bit */
        {"not a 32-bit", 5, 2, 1, ERR_FORMAT}, /* big-endian */
        {"another processor", 18, 62, 2, ERR_FORMAT},
        {"not an executable", 16, 1, 2, ERR_FORMAT},
        {"without program headers", 44, 0, 2, ERR_FORMAT},
        {"lie outside the file", 44, 0xffff, 2, ERR_FORMAT},
        {"lie outside the file", 28, 0xfffffff0, 4, ERR_FORMAT},
        {"lie outside the file", 42, 31, 2, ERR_FORMAT},
        {"runs past the end", E_PH + 16, 0xffffffff, 4, ERR_FORMAT},
        {"runs past the end", E_PH + 4, 0xfffffff8, 4, ERR_FORMAT},
        {"outside the flash", E_PH + 12, 0x20000000, 4, ERR_RANGE},
        {"outside the flash", E_PH + 12, 0x081ffff8, 4, ERR_RANGE},
        {"given twice", E_PH + 32 + 12, 0x0800000f, 4, ERR_FORMAT}, /* overlap */
    };
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build_elf();
        for (unsigned k = 0; k < rows[i].size; k++)
            elf[rows[i].off + k] = (uint8_t)(rows[i].value >> (8 * k));
        assert_int_equal(parse_elf(sizeof elf), rows[i].want);
        if (strstr(why, rows[i].says) == NULL)
            fail_msg("row %u: '%s' does not say '%s'", i, why, rows[i].says);
    }
}

static void elf_cut_short_anywhere_does_no_harm(void **state)
{
    (void)state;
    build_elf();
    for (size_t len = 0; len < sizeof elf; len += len < 200 ? 1 : 5) {
        uint8_t *copy = malloc(len + 1); /* so that AddressSanitizer sees the end */
        assert_non_null(copy);
        memcpy(copy, elf, len);
        load_image_free(m);
        m = load_image_new(&soc_stm32h753.flash);
        enum err e = load_parse(m, LOAD_ELF, copy, len, 0, why, sizeof why);
        assert_int_equal(e, len < E_DATA + 28 ? ERR_FORMAT : ERR_OK);
        free(copy);
    }
}

static void elf_damaged_symbols_cost_only_the_names(void **state)
{
    (void)state;
    build_elf();
    section(1, 2, E_SYM, 48, 9);
    assert_int_equal(parse_elf(sizeof elf), ERR_OK);
    assert_int_equal(m->symbol_count, 0);
    build_elf();
    symbol(0, 0xffffffff, 0x08000001, 8, 2);
    assert_int_equal(parse_elf(sizeof elf), ERR_OK);
    assert_int_equal(m->symbol_count, 1);
    build_elf();
    memset(elf + E_STR, 'x', 16); /* no end */
    assert_int_equal(parse_elf(sizeof elf), ERR_OK);
    assert_int_equal(m->symbol_count, 0);
}

/* ---- through the public interface ---- */

static void write_file(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

static void flash_is_unchanged_after_a_bad_file(void **state)
{
    const struct vboard_config config = {.seed = 1};
    struct vboard *v = vboard_new(&config);
    uint8_t got[4];
    (void)state;
    assert_non_null(v);
    vboard_flash_poke(v, 0, "keep", 4);
    build_elf();
    segment(1, E_DATA, 0x09000000, 4);
    write_file("load_test.elf", elf, sizeof elf);
    assert_int_equal(vboard_load(v, "load_test.elf", 0, why, sizeof why), ERR_RANGE);
    assert_non_null(strstr(why, "load_test.elf: "));
    assert_true(vboard_flash_peek(v, 0, got, 4));
    assert_memory_equal(got, "keep", 4);
    build_elf();
    write_file("load_test.elf", elf, sizeof elf);
    assert_int_equal(vboard_load(v, "load_test.elf", 0, why, sizeof why), ERR_OK);
    assert_true(vboard_flash_peek(v, 0, got, 4));
    assert_memory_equal(got, "code", 4);
    assert_int_equal(vboard_symbol(v, "table"), 0x08000008);
    write_file("load_test.bin", "data", 4); /* the same place: the old names go */
    assert_int_equal(vboard_load(v, "load_test.bin", 0x08000008, why, sizeof why), ERR_OK);
    assert_int_equal(vboard_symbol(v, "table"), 0);
    assert_int_equal(vboard_symbol(v, "main"), 0x08000000);
    remove("load_test.elf");
    remove("load_test.bin");
    assert_int_equal(vboard_load(v, "load_test.elf", 0, why, sizeof why), ERR_NOENT);
    vboard_free(v);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(hex_all_record_types),
        T(hex_segment_address_is_shifted_by_four),
        T(hex_broken_files),
        T(bin_at_its_address),
        T(elf_segments_by_load_address_and_symbols),
        T(elf_absolute_symbols_name_no_address),
        T(elf_broken_files),
        T(elf_cut_short_anywhere_does_no_harm),
        T(elf_damaged_symbols_cost_only_the_names),
        T(flash_is_unchanged_after_a_bad_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
