/* Tests of .swu files, made by libarchive here: what is unpacked, and that nothing is left of what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/crypto/hash.h"
#include "host/cli/core/cli.h"
#include "host/gateway/store/swu.h"

#define IMAGE_SIZE      40000u
#define HEADER_AND_NAME 128 /* of sw-description in an archive, bytes */

struct member {
    const char *name;
    const void *data;
    size_t len;
    unsigned type; /* AE_IFREG; 0: that, too */
};

static char folder[] = "/tmp/swu_test.XXXXXX", swu[64], to[64], part[64], why[200];
static struct swu_image image;
static uint8_t content[IMAGE_SIZE];
static char description[400];

static int make_folder(void **state)
{
    struct sha256 h;
    uint8_t digest[SHA256_SIZE];
    char hex[65];
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(swu, sizeof swu, "%s/x.swu", folder);
    snprintf(to, sizeof to, "%s/image", folder);
    snprintf(part, sizeof part, "%s/image.part", folder);
    for (size_t i = 0; i < IMAGE_SIZE; i++)
        content[i] = (uint8_t)(i * 31 >> 3);
    sha256_init(&h);
    sha256_update(&h, content, IMAGE_SIZE);
    sha256_final(&h, digest);
    cli_hex(hex, digest, sizeof digest);
    snprintf(description, sizeof description,
             "software = { version = \"1.4.0\"; hardware-compatibility = [ \"h7\" ];\n"
             "images: ( { filename = \"app.bin\"; version = \"1.4.0\"; sha256 = \"%s\"; } ); };\n",
             hex);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(swu);
    (void)unlink(to);
    return rmdir(folder); /* fails if a part is left */
}

static void write_archive(int format, const struct member *m, size_t count)
{
    struct archive *a = archive_write_new();
    assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, swu), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, m[i].name);
        archive_entry_set_mode(e, (m[i].type != 0 ? m[i].type : AE_IFREG) | 0644);
        archive_entry_set_size(e, (la_int64_t)m[i].len);
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, m[i].data, m[i].len), m[i].len);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

#define NEWC ARCHIVE_FORMAT_CPIO_SVR4_NOCRC

static struct member member(const char *name, const void *data, size_t len)
{
    return (struct member){.name = name, .data = data, .len = len};
}

static void write_usual(void)
{
    const struct member m[] = {
        member("sw-description", description, strlen(description)),
        member("sw-description.sig", "sig", 3),
        member("app.bin", content, IMAGE_SIZE),
        member("other", "x", 1),
    };
    write_archive(NEWC, m, ARRAY_LEN(m));
}

static void write_usual_without_signature(void)
{
    const struct member m[] = {
        member("sw-description", description, strlen(description)),
        member("app.bin", content, IMAGE_SIZE),
    };
    write_archive(NEWC, m, ARRAY_LEN(m));
}

static bool extract(void)
{
    return swu_extract(swu, "h7", to, &image, why, sizeof why);
}

/* With these words, and without a trace. */
static void assert_refused(const char *words)
{
    assert_false(extract());
    if (strstr(why, words) == NULL)
        fail_msg("'%s' does not hold '%s'", why, words);
    assert_int_not_equal(access(to, F_OK), 0);
    assert_int_not_equal(access(part, F_OK), 0);
}

static void the_image_is_unpacked(void **state)
{
    static char back[IMAGE_SIZE + 1];
    struct stat st;
    (void)state;
    write_usual();
    assert_true(swu_is(swu));
    assert_true(extract());
    assert_string_equal(why, "");
    assert_true(image.size == IMAGE_SIZE && image.said.has_sha256);
    assert_memory_equal(image.sha256, image.said.sha256, 32);
    assert_string_equal(image.said.name, "app.bin");
    assert_string_equal(image.said.release, "1.4.0");
    FILE *f = fopen(to, "rb");
    assert_non_null(f);
    assert_int_equal(fread(back, 1, sizeof back, f), IMAGE_SIZE);
    fclose(f);
    assert_memory_equal(back, content, IMAGE_SIZE);
    assert_true(stat(to, &st) == 0 && (st.st_mode & 0777) == 0600);
    assert_true(extract()); /* over what is there */
}

static void the_crc_format_is_read_too(void **state)
{
    (void)state;
    write_usual();
    FILE *f = fopen(swu, "r+b"); /* libarchive does not write it: the magics of all members */
    static char bytes[2 * IMAGE_SIZE];
    assert_non_null(f);
    size_t len = fread(bytes, 1, sizeof bytes, f);
    for (size_t i = 0; i + 6 < len; i++)
        if (memcmp(bytes + i, "070701", 6) == 0)
            bytes[i + 5] = '2';
    rewind(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
    assert_true(swu_is(swu));
    assert_true(extract());
}

static void other_archives_are_refused(void **state)
{
    static const int formats[] = {ARCHIVE_FORMAT_CPIO_POSIX, ARCHIVE_FORMAT_CPIO_BIN_LE,
                                  ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FORMAT_ZIP};
    const struct member m = {"sw-description", description, strlen(description), 0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        write_archive(formats[i], &m, 1);
        assert_false(swu_is(swu));
        assert_refused("");
    }
    int fd = open(swu, O_WRONLY | O_TRUNC);
    close(fd);
    assert_refused("the archive is");
    (void)unlink(swu);
    assert_refused("x.swu");
    assert_false(swu_is(swu));
    assert_false(swu_is(folder));
}

static void archives_with_the_wrong_members_are_refused(void **state)
{
    const struct member d = {"sw-description", description, strlen(description), 0};
    const struct member app = {"app.bin", content, IMAGE_SIZE, 0}, x = {"x", "x", 1, 0};
    const struct {
        struct member m[3];
        unsigned count;
        const char *words;
    } cases[] = {
        {{d, x}, 2, "does not hold 'app.bin'"},
        {{x, d, app}, 3, "the first member is 'x'"},
        {{app, d}, 2, "the first member is 'app.bin'"},
        {{d, app, app}, 3, "holds 'app.bin' twice"},
        {{d, {"app.bin", content, IMAGE_SIZE - 1, 0}}, 2, "does not have the SHA-256"},
        {{d, {"app.bin", content, 0, 0}}, 2, "has 0 bytes"},
        {{d, {"./app.bin", content, IMAGE_SIZE, 0}}, 2, "does not hold 'app.bin'"},
        {{{"sw-description", "", 0, 0}, app}, 2, "sw-description has 0 bytes"},
        {{{"sw-description", "a = ", 4, 0}, app}, 2, "line 1"},
        {{d, {"app.bin", "", 0, AE_IFDIR}}, 2, "is not a file"},
        {{d, {"app.bin", "", 0, AE_IFIFO}}, 2, "is not a file"},
        {{d, app, {"\x1b[2J", "", 0, AE_IFDIR}}, 3, "'?[2J', is not a file"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        write_archive(NEWC, cases[i].m, cases[i].count);
        assert_refused(cases[i].words);
    }
    write_archive(NEWC, &x, 0);
    assert_refused("the archive is empty");
}

static void too_many_members_are_refused(void **state)
{
    static struct member m[SWU_MEMBERS_MAX + 1];
    static char names[SWU_MEMBERS_MAX + 1][8];
    (void)state;
    m[0] = member("sw-description", description, strlen(description));
    m[1] = member("app.bin", content, IMAGE_SIZE);
    for (unsigned i = 2; i <= SWU_MEMBERS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "%u", i);
        m[i] = member(names[i], "x", 1);
    }
    write_archive(NEWC, m, SWU_MEMBERS_MAX);
    assert_true(extract());
    (void)unlink(to);
    write_archive(NEWC, m, SWU_MEMBERS_MAX + 1);
    assert_refused("more than 64 members");
}

/* Wherever it was cut off in front of the trailer. What is behind that only fills libarchive's last block. */
static void an_archive_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    write_usual();
    /* Four members with their headers, and less than their names. */
    off_t end = 4 * 110 + 48 + (off_t)strlen(description) + IMAGE_SIZE;
    for (off_t len = end; len >= 0; len -= len > 1000 ? 997 : 13) {
        assert_int_equal(truncate(swu, len), 0);
        assert_refused("the archive is");
    }
}

static void a_changed_byte_is_noticed(void **state)
{
    (void)state;
    write_usual();
    int fd = open(swu, O_RDWR);
    assert_true(fd >= 0 && pwrite(fd, "!", 1, 20000) == 1);
    close(fd);
    assert_refused("SHA-256");
    write_usual();
    /* In the magic of the second header: libarchive would look for the next one. */
    off_t second = HEADER_AND_NAME + ((off_t)strlen(description) + 3) / 4 * 4;
    fd = open(swu, O_RDWR);
    assert_true(fd >= 0 && pwrite(fd, "x", 1, second) == 1);
    close(fd);
    assert_refused("is damaged behind member 1");
}

/* Of a file and of a name, as the header states them. libarchive would take 4 GB for the name. */
static void huge_sizes_are_refused(void **state)
{
    static const size_t fields[] = {54, 94};
    static const char *const words[] = {"is cut off behind member 1", "has 4294967295 bytes"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        write_usual();
        int fd = open(swu, O_RDWR);
        assert_true(fd >= 0 && pwrite(fd, "ffffffff", 8, (off_t)fields[i]) == 8);
        close(fd);
        assert_refused(words[i]);
    }
}

/* A file with a hole: the image is a byte larger than it may be. */
static void write_large_image(void)
{
    char size[9], trailer[122];
    off_t second = HEADER_AND_NAME + ((off_t)strlen(description) + 3) / 4 * 4;
    snprintf(size, sizeof size, "%08x", SWU_IMAGE_MAX + 1);
    snprintf(trailer, sizeof trailer, "070701%088x0000000b00000000TRAILER!!!", 0);
    write_usual_without_signature();
    int fd = open(swu, O_RDWR);
    assert_true(fd >= 0 && pwrite(fd, size, 8, second + 54) == 8);
    off_t end =
        second + 120 + SWU_IMAGE_MAX + 4; /* header and name, and the image with its padding */
    assert_true(pwrite(fd, trailer, sizeof trailer, end) == sizeof trailer);
    close(fd);
}

static void members_over_their_limits_are_refused(void **state)
{
    static char text[SW_DESCRIPTION_MAX + 1];
    (void)state;
    memset(text, ' ', sizeof text);
    const struct member m[] = {member("sw-description", text, sizeof text)};
    write_archive(NEWC, m, 1);
    assert_refused("sw-description has 262145 bytes; it may have 1 to");
    write_large_image();
    assert_refused("'app.bin' has 67108865 bytes; it may have 1 to");
}

static int extract_over_the_limit(void)
{
    struct rlimit limit = {.rlim_cur = 20000, .rlim_max = 20000};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    return !extract() && strstr(why, "cannot be written") != NULL ? 0 : 2;
}

static void a_full_disk_leaves_nothing(void **state)
{
    int status;
    (void)state;
    write_usual();
    pid_t pid = fork();
    if (pid == 0)
        _exit(extract_over_the_limit());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_not_equal(access(part, F_OK), 0);
    assert_int_not_equal(access(to, F_OK), 0);
}

static void a_link_in_the_place_is_replaced(void **state)
{
    char outside[80];
    struct stat st;
    (void)state;
    snprintf(outside, sizeof outside, "%s/outside", folder);
    FILE *f = fopen(outside, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(symlink(outside, to), 0);
    assert_int_equal(symlink(outside, part), 0);
    write_usual();
    assert_true(extract());
    assert_true(stat(outside, &st) == 0 && st.st_size == 0);
    assert_true(lstat(to, &st) == 0 && S_ISREG(st.st_mode));
    assert_int_equal(unlink(outside), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_image_is_unpacked),
        TEST(the_crc_format_is_read_too),
        TEST(other_archives_are_refused),
        TEST(archives_with_the_wrong_members_are_refused),
        TEST(too_many_members_are_refused),
        TEST(an_archive_that_is_cut_off_is_refused),
        TEST(a_changed_byte_is_noticed),
        TEST(huge_sizes_are_refused),
        TEST(members_over_their_limits_are_refused),
        TEST(a_full_disk_leaves_nothing),
        TEST(a_link_in_the_place_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
