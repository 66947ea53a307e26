/* Packages: what is written is read again, and what is wrong with one is named: by slipway update, before it looks for the
 * device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/image/package/package.h"
#include "host/image/package/zip_file.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

/* Of whoever judges the file, before there is a device. */
#define UPDATE "update %s --udp 127.0.0.1:1"

static struct cli_blob first, second, old_second, unplaced;
static char text[4096];

/* ---- images ---- */

static struct cli_blob load(const char *name)
{
    struct cli_blob b, kept;
    assert_int_equal(cli_read_file(rig_path(name), 1 << 20, &b), CLI_DONE);
    kept = (struct cli_blob){malloc(b.len), b.len}; /* longer than a command */
    assert_non_null(kept.data);
    memcpy(kept.data, b.data, b.len);
    cli_release();
    return kept;
}

/* A program whose reset vector leads behind the header at address. */
static struct cli_blob sign(const char *name, const char *version, uint32_t address,
                            const char *more)
{
    uint8_t program[3000];
    memset(program, 0xbe, sizeof program);
    put_le32(program, 0x20020000);
    put_le32(program + 4, address + 0x400 + 0x101);
    rig_save(rig_path("program"), program, sizeof program);
    if (rig_command("sign -v %s -H 0x400 --pad-header -S 0xe0000 --align 32 %s %s %s", version,
                    more, rig_path("program"), rig_path(name)) != CLI_DONE)
        fail_msg("%s", rig_output);
    return load(name);
}

static int set_up(void **state)
{
    rig_folder_begin(state);
    first = sign("a.bin", "2.0.0", 0x08020000, "--rom-fixed 0x08020000");
    second = sign("b.bin", "2.0.0", 0x08100000, "--rom-fixed 0x08100000");
    old_second = sign("old.bin", "1.0.0", 0x08100000, "--rom-fixed 0x08100000");
    unplaced = sign("plain.bin", "2.0.0", 0x08020000, "");
    return 0;
}

static int tear_down(void **state)
{
    free(first.data), free(second.data), free(old_second.data), free(unplaced.data);
    return rig_folder_end(state);
}

/* ---- zip files ---- */

static struct zip_file zip;

static void put(const char *name, const void *data, size_t len)
{
    struct zip_entry *e = &zip.entry[zip.count++];
    snprintf(e->name, sizeof e->name, "%s", name);
    e->blob = (struct cli_blob){(uint8_t *)(uintptr_t)data, len};
}

static struct cli_blob pack(void)
{
    struct cli_blob b;
    assert_int_equal(zip_write(&zip, 0, &b), CLI_DONE);
    return b;
}

static void save(const struct cli_blob *b)
{
    rig_save(rig_path("x.zip"), b->data, b->len);
    cli_release();
}

/* What the SDK's script writes, with these lines for the files. */
static void manifest(const char *fmt, ...)
{
    char files[3000];
    va_list args;
    va_start(args, fmt);
    vsnprintf(files, sizeof files, fmt, args);
    va_end(args);
    snprintf(text, sizeof text, "{\"format-version\": 1, \"time\": 1, \"files\": [%s]}", files);
    zip.count = 0;
    put("manifest.json", text, strlen(text));
}

#define HALF                                                                                     \
    "{\"type\": \"application\", \"board\": \"b\", \"soc\": \"s\", \"load_address\": %u, "       \
    "\"image_index\": \"0\", \"slot\": \"%u\", \"version_MCUBOOT+XIP\": \"2.0.0+0\", \"size\": " \
    "%zu, "                                                                                      \
    "\"file\": \"%s\", \"modtime\": 1}"

/* Both halves, with this text in place of another one in the manifest. */
static void two_halves(const char *from, const char *to)
{
    manifest(HALF ", " HALF, 0x08020400u, 0u, first.len, "a.bin", 0x08100400u, 1u, second.len,
             "b.bin");
    char *at = from != NULL ? strstr(text, from) : NULL;
    if (at != NULL) {
        memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
        memcpy(at, to, strlen(to));
    } else {
        assert_null(from);
    }
    zip.entry[0].blob.len = strlen(text);
    put("a.bin", first.data, first.len);
    put("b.bin", second.data, second.len);
}

static void is_refused(const char *what, const char *evidence)
{
    struct cli_blob b = pack();
    save(&b);
    assert_int_equal(rig_command(UPDATE, rig_path("x.zip")), CLI_BAD_FILE);
    rig_expect(what);
    rig_expect(evidence);
    rig_expect("next: ");
}

/* ---- what is written and read ---- */

static void a_package_is_read_again(void **state)
{
    struct cli_blob b;
    static struct package p;
    (void)state;
    assert_int_equal(rig_command("package --board my_board --soc stm32h753 --name two %s %s %s",
                                 rig_path("a.bin"), rig_path("b.bin"), rig_path("x.zip")),
                     CLI_DONE);
    rig_expect("b.bin, version 2.0.0 for slot 1 at 0x08100000");
    assert_int_equal(cli_read_file(rig_path("x.zip"), 1 << 20, &b), CLI_DONE);
    assert_true(zip_is_one(&b));
    assert_int_equal(package_read(&p, "x.zip", &b, NULL), CLI_DONE);
    assert_int_equal(p.count, 2);
    for (unsigned slot = 0; slot < 2; slot++) {
        const struct package_image *i = package_find(&p, 0, slot);
        const struct cli_blob *file = slot == 0 ? &first : &second;
        assert_int_equal(i->slot, slot);
        assert_int_equal(i->home, slot == 0 ? 0x08020000 : 0x08100000);
        assert_int_equal(i->file.blob.len, file->len);
        assert_memory_equal(i->file.blob.data, file->data, file->len);
        assert_null(package_find(&p, 1, slot));
    }
    cli_release();
    assert_int_equal(rig_command(UPDATE, rig_path("x.zip")), CLI_NO_CONNECTION);
    rig_expect("x.zip: version 2.0.0, 2 files");
    assert_int_equal(rig_command("verify %s", rig_path("x.zip")), CLI_REFUSED);
    rig_expect("it is a zip file; slipway update takes a package");
    assert_int_equal(rig_command("package %s %s", rig_path("plain.bin"), rig_path("x.zip")),
                     CLI_DONE);
    assert_int_equal(rig_command(UPDATE, rig_path("x.zip")), CLI_NO_CONNECTION);
    rig_expect("x.zip: version 2.0.0, 1 file\n");
}

static void the_same_build_is_the_same_file(void **state)
{
    struct cli_blob b[2];
    (void)state;
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(rig_command("package %s %s %s", rig_path("a.bin"), rig_path("b.bin"),
                                     rig_path("x.zip")),
                         CLI_DONE);
        b[i] = load("x.zip");
    }
    unsetenv("SOURCE_DATE_EPOCH");
    assert_int_equal(b[0].len, b[1].len);
    assert_memory_equal(b[0].data, b[1].data, b[0].len);
    free(b[0].data), free(b[1].data);
}

/* Not every maker of packages says all of it, or in the same way. */
static void what_others_write_is_read(void **state)
{
    static const struct {
        const char *from, *to;
    } as[] = {
        {NULL, NULL},
        {"\"image_index\": \"0\"", "\"image_index\": 0"},
        {"\"slot\": \"1\"", "\"slot\": 1"},
        {"\"load_address\": 134349824", "\"load_address\": 134348800"}, /* of the slot */
        {"\"load_address\": 134349824", "\"load_address\": \"0x08020400\""},
        {"\"load_address\": 134349824, ", ""},
        {"\"format-version\": 1", "\"format-version\": 0"},
        {"2.0.0+0", "2.0.0"},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(as); i++) {
        two_halves(as[i].from, as[i].to);
        struct cli_blob b = pack();
        save(&b);
        assert_int_equal(rig_command(UPDATE, rig_path("x.zip")), CLI_NO_CONNECTION);
        rig_expect("x.zip: version 2.0.0, 2 files");
    }
}

/* ---- what is wrong ---- */

static void a_wrong_manifest_is_named(void **state)
{
    static const struct {
        const char *from, *to, *evidence;
    } wrong[] = {
        {"{\"format", "{\"format\": , \"format", "not JSON, line 1"},
        {"\"format-version\": 1, ", "", "\"format-version\" is missing"},
        {"\"format-version\": 1", "\"format-version\": 7", "\"format-version\" is neither 0 nor 1"},
        {"\"files\"", "\"fileS\"", "\"files\" is not a list of 1 to 8 files"},
        {"\"modtime\": 1}", "\"modtime\": 1, \"modtime\": 2}", "duplicate object key"},
        {"\"file\": \"a.bin\", ", "", "files[0]: \"file\" is missing"},
        {"\"file\": \"a.bin\"", "\"file\": 7", "files[0]: \"file\" is not a text"},
        {"\"a.bin\"", "\"../a.bin\"", "names '../a.bin'; it holds manifest.json, a.bin, b.bin"},
        {"\"a.bin\"", "\"b.bin\"",
         "it says that 'b.bin' runs at 0x08020400; the image was signed for "
         "0x08100000"},
        {"\"size\": ", "\"size\": 1", "it says that 'a.bin' has 1"},
        {"\"size\": ", "\"size\": -", "files[0]: \"size\" is not a number"},
        {"\"size\": ", "\"Size\": ", "files[0]: \"size\" is missing"},
        {"\"2.0.0+0\"", "\"2.0.1\"", "it says that 'a.bin' is version 2.0.1; the image is 2.0.0"},
        {"\"2.0.0+0\"", "\"two\"", "it says that 'a.bin' is version two; the image is 2.0.0"},
        {"\"2.0.0+0\"", "2", "files[0]: \"version_MCUBOOT+XIP\" is not a text"},
        {"134349824", "135267328",
         "it says that 'a.bin' runs at 0x08100400; the image was signed for "
         "0x08020000"},
        {"134349824", "\"0x08020400x\"", "files[0]: \"load_address\" is not a number"},
        {"134349824", "99999999999999999999", "not JSON, line 1"},
        {"134349824", "134349824000", "files[0]: \"load_address\" is not a number"},
        {"\"slot\": \"0\", ", "", "files[0]: \"slot\" is missing, which version_MCUBOOT+XIP needs"},
        {"\"slot\": \"0\"", "\"slot\": \"2\"", "files[0]: \"slot\" is none of its image's"},
        {"\"slot\": \"1\"", "\"slot\": \"0\"", "it has two files for slot 0 of image 0"},
        {"\"image_index\": \"0\"", "\"image_index\": \"x\"",
         "files[0]: \"image_index\" is not a number"},
        {"_MCUBOOT+XIP", "_MCUBOOT", "it has two files for image 0, and not of both says"},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
        two_halves(wrong[i].from, wrong[i].to);
        is_refused("x.zip' is",
                   wrong[i].evidence); /* "the manifest of ... is wrong", "... is not whole" */
    }
}

static void halves_that_do_not_belong_together(void **state)
{
    (void)state;
    manifest(HALF, 0x08020400u, 0u, first.len, "a.bin");
    put("a.bin", first.data, first.len);
    put("b.bin", second.data, second.len);
    is_refused("x.zip' lacks a half", "there is 2.0.0 for slot 0, and nothing for slot 1");

    two_halves(NULL, NULL);
    zip.count--;
    is_refused("x.zip' is not whole",
               "its manifest names 'b.bin'; it holds manifest.json, a.bin\n");

    two_halves(NULL, NULL);
    zip.entry[2].blob = old_second;
    is_refused("the manifest of", "it says that 'b.bin' is version 2.0.0+0; the image is 1.0.0");

    manifest(HALF ", {\"slot\": \"1\", \"version_MCUBOOT+XIP\": \"1.0.0\", \"size\": %zu, "
                  "\"file\": \"b.bin\"}",
             0x08020400u, 0u, first.len, "a.bin", old_second.len);
    put("a.bin", first.data, first.len);
    put("b.bin", old_second.data, old_second.len);
    is_refused("the halves of '", "a.bin is 2.0.0, ");
    rig_expect("are of two versions");

    manifest(HALF ", " HALF, 0x08020400u, 0u, first.len, "a.bin", 0x08020400u, 1u, first.len,
             "b.bin");
    put("a.bin", first.data, first.len);
    put("b.bin", first.data, first.len);
    is_refused("are for the same slot", "were both linked for 0x08020000");
}

/* Without --rom-fixed the manifest alone says where a half runs; its vectors may say that it is wrong. */
static void a_half_that_does_not_say_where_it_runs(void **state)
{
    (void)state;
    two_halves("134349824", "134348800");
    zip.entry[1].blob = unplaced;
    char size[40];
    snprintf(size, sizeof size, "\"size\": %zu", unplaced.len);
    assert_non_null(strstr(text, size)); /* as long as the other one */
    struct cli_blob b = pack();
    save(&b);
    assert_int_equal(rig_command(UPDATE, rig_path("x.zip")), CLI_NO_CONNECTION);
    two_halves("134349824", "135266304");
    zip.entry[1].blob = unplaced;
    is_refused("the manifest of",
               "it says that 'a.bin' runs at 0x08100000; its reset vector leads elsewhere");
    two_halves("\"load_address\": 134349824, ", "");
    zip.entry[1].blob = unplaced;
    is_refused("the manifest of", "nothing says for which address 'a.bin' was linked");
}

static void a_spoilt_image_is_named(void **state)
{
    (void)state;
    two_halves(NULL, NULL);
    struct cli_blob spoilt = {malloc(second.len), second.len};
    memcpy(spoilt.data, second.data, second.len);
    spoilt.data[2000] ^= 1;
    zip.entry[2].blob = spoilt;
    is_refused("x.zip: b.bin' is not a valid image", "the image has changed since it was signed");
    free(spoilt.data);
}

static void names_that_are_not_plain(void **state)
{
    static const char *const names[] = {"../a.bin", "/etc/passwd", "d/a.bin", "..",
                                        "a\\b",     "a b",         "a\nb",    "\xc3\xa4"};
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        two_halves(NULL, NULL);
        put(names[i], "x", 1);
        is_refused("x.zip' is not a package", "");
        if ((unsigned char)names[i][0] < 0x80)
            rig_expect("is not a plain file name");
    }
    two_halves(NULL, NULL);
    put("b.bin", second.data, second.len);
    is_refused("x.zip' is not a package", "it holds 'b.bin' twice");
    zip.count = 0;
    put("a.bin", first.data, first.len);
    is_refused("x.zip' is not a package", "it has no manifest.json; it holds a.bin");
    zip.count = 0;
    is_refused("x.zip' is not a package", "the zip file is damaged");
}

/* Offset of the n-th header with this mark, counted from 0. */
static uint8_t *header(const struct cli_blob *b, const char mark[4], unsigned n)
{
    for (size_t i = 0; i + 46 < b->len; i++)
        if (memcmp(b->data + i, mark, 4) == 0 && n-- == 0)
            return b->data + i;
    fail();
    return NULL;
}

static void refuse_packed(const struct cli_blob *b, const char *evidence)
{
    save(b);
    assert_int_equal(rig_command(UPDATE, rig_path("x.zip")), CLI_BAD_FILE);
    rig_expect("x.zip' is not a package");
    rig_expect(evidence);
    rig_expect("next: ");
}

/* The list at the end of a zip file says what is in it: sizes, kind and flags at 24, 38 and 8. */
static void sizes_and_kinds_that_lie(void **state)
{
    static const struct {
        unsigned at, value;
        const char *evidence;
    } lies[] = {
        {24, 0xfffffff0, "the zip file is damaged: "},
        {24, 100, "the zip file is damaged: "},
        {24, 1 << 20, "the zip file is damaged: "},
        {38, 0xa1ffu << 16, "'a.bin' is a folder, a link, or locked by a password"},
        {38, 0x41ffu << 16, "'a.bin/' is not a plain file name"},
        {8, 9, "'a.bin' is a folder, a link, or locked by a password"},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(lies); i++) {
        two_halves(NULL, NULL);
        struct cli_blob b = pack();
        uint8_t *at = header(&b, "PK\1\2", 1);
        if (lies[i].at == 8)
            header(&b, "PK\3\4", 1)[6] |= 1, at[8] |= 1;
        else
            put_le32(at + lies[i].at, lies[i].value);
        refuse_packed(&b, lies[i].evidence);
    }
}

static void more_than_a_package_needs(void **state)
{
    (void)state;
    const size_t much = ZIP_BYTES_MAX + 1;
    uint8_t *zeros = calloc(1, much); /* 64 KB packed */
    assert_non_null(zeros);
    two_halves(NULL, NULL);
    put("zeros.bin", zeros, much);
    is_refused("x.zip' is not a package", "it holds more than 67108864 bytes");
    free(zeros);
    /* One file more than a zip_file has room for: a copy of the last one, and of its row in the list. */
    two_halves(NULL, NULL);
    for (unsigned i = zip.count; i < ZIP_ENTRIES_MAX; i++) {
        char name[20];
        snprintf(name, sizeof name, "f%u", i);
        put(name, "x", 1);
    }
    struct cli_blob b = pack(), longer;
    const uint8_t *row = header(&b, "PK\1\2", ZIP_ENTRIES_MAX - 1), *end = b.data + b.len - 22;
    const uint8_t *rows = b.data + get_le32(end + 16), *file = b.data + get_le32(row + 42);
    const size_t file_len = (size_t)(rows - file), row_len = (size_t)(end - row);
    longer = (struct cli_blob){cli_memory(b.len + file_len + row_len), b.len + file_len + row_len};
    uint8_t *at = longer.data;
    memcpy(at, b.data, (size_t)(rows - b.data));
    at += rows - b.data;
    memcpy(at, file, file_len);
    at[30] = 'g'; /* its name, here and in the list */
    at += file_len;
    memcpy(at, rows, (size_t)(end - rows));
    at += end - rows;
    memcpy(at, row, row_len);
    at[46] = 'g';
    put_le32(at + 42, (uint32_t)(rows - b.data));
    at += row_len;
    memcpy(at, end, 22);
    put_le16(at + 8, ZIP_ENTRIES_MAX + 1);
    put_le16(at + 10, ZIP_ENTRIES_MAX + 1);
    put_le32(at + 12, (uint32_t)(end - rows + (long)row_len));
    put_le32(at + 16, (uint32_t)(rows - b.data + (long)file_len));
    refuse_packed(&longer, "it holds more than 48 files");
}

/* Cut anywhere, or with a bit changed anywhere: it is refused, or it is still the same package. */
static void a_damaged_file_is_refused(void **state)
{
    (void)state;
    two_halves(NULL, NULL);
    struct cli_blob b = pack();
    uint8_t *whole = malloc(b.len);
    const size_t len = b.len;
    memcpy(whole, b.data, len);
    cli_release();
    for (size_t n = 0; n < len; n += 1 + len / 400) {
        for (unsigned cut = 0; cut < 2; cut++) {
            rig_save(rig_path("x.zip"), whole, cut ? n : len);
            if (!cut) {
                whole[n] ^= 0x10;
                rig_save(rig_path("x.zip"), whole, len);
                whole[n] ^= 0x10;
            }
            int code = rig_command(UPDATE, rig_path("x.zip"));
            if (code != CLI_BAD_FILE && (cut || code != CLI_NO_CONNECTION))
                fail_msg("%s at %zu: exit code %d\n%s", cut ? "cut" : "bit changed", n, code,
                         rig_output);
        }
    }
    free(whole);
}

/* ---- what the command refuses to pack ---- */

static void what_is_not_packed(void **state)
{
    (void)state;
    const char *to = "/nowhere/x.zip";
    assert_int_equal(rig_command("package %s %s", rig_path("a.bin"), to), CLI_USAGE);
    rig_expect("runs in its slot, and is only half of a package");
    assert_int_equal(rig_command("package %s %s %s", rig_path("a.bin"), rig_path("plain.bin"), to),
                     CLI_USAGE);
    rig_expect("does not say for which slot it was linked");
    assert_int_equal(rig_command("package %s %s %s", rig_path("a.bin"), rig_path("old.bin"), to),
                     CLI_BAD_FILE);
    rig_expect("are of two versions");
    assert_int_equal(rig_command("package %s %s %s", rig_path("a.bin"), rig_path("a.bin"), to),
                     CLI_BAD_FILE);
    rig_expect("are for the same slot");
}

/* Without the name of the package, the last image was overwritten with one. */
static void a_file_that_is_no_package_is_not_overwritten(void **state)
{
    struct cli_blob b;
    (void)state;
    assert_int_equal(rig_command("package %s %s", rig_path("a.bin"), rig_path("b.bin")), CLI_USAGE);
    rig_expect("b.bin' would be overwritten, and is no package");
    assert_int_equal(cli_read_file(rig_path("b.bin"), 1 << 20, &b), CLI_DONE);
    assert_int_equal(b.len, second.len);
    assert_memory_equal(b.data, second.data, b.len);
    cli_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_is_read_again),
        cmocka_unit_test(the_same_build_is_the_same_file),
        cmocka_unit_test(what_others_write_is_read),
        cmocka_unit_test(a_wrong_manifest_is_named),
        cmocka_unit_test(halves_that_do_not_belong_together),
        cmocka_unit_test(a_half_that_does_not_say_where_it_runs),
        cmocka_unit_test(a_spoilt_image_is_named),
        cmocka_unit_test(names_that_are_not_plain),
        cmocka_unit_test(sizes_and_kinds_that_lie),
        cmocka_unit_test(more_than_a_package_needs),
        cmocka_unit_test(a_damaged_file_is_refused),
        cmocka_unit_test(what_is_not_packed),
        cmocka_unit_test(a_file_that_is_no_package_is_not_overwritten),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
