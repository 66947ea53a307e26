/* Packs as files: written whole or not at all, read again from the folder and from the zip file, refused if they hold what
 * no pack has. */
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/evidence/pack.h"
#include "testing/rig_command.h"
#include "testing/rig_evidence.h"
#include "testing/rig_folder.h"

#define CHECK "evidence check %s"

static struct rig_evidence r;

/* Only an empty folder can be removed: so nothing else is in it. */
static void remove_pack(const char *name)
{
    for (unsigned i = 0; i < r.files.count; i++)
        unlink(cli_text("%s/%s", name, r.files.entry[i].name));
    assert_int_equal(rmdir(name), 0);
    assert_int_equal(unlink(cli_text("%s.zip", name)), 0);
}

static const char *pack_path(void)
{
    return rig_path("pack");
}

static void nothing_is_left(void)
{
    glob_t found;
    assert_int_equal(glob(rig_path(".slipway-*"), 0, NULL, &found), GLOB_NOMATCH);
    globfree(&found);
    assert_int_not_equal(access(pack_path(), F_OK), 0);
    assert_int_not_equal(access(rig_path("pack.zip"), F_OK), 0);
}

static void same_files(const struct zip_file *a)
{
    assert_int_equal(a->count, r.files.count);
    for (unsigned i = 0; i < a->count; i++) {
        const struct zip_entry *b = zip_find(&r.files, a->entry[i].name);
        assert_non_null(b);
        assert_int_equal(b->blob.len, a->entry[i].blob.len);
        assert_memory_equal(b->blob.data, a->entry[i].blob.data, b->blob.len);
    }
}

/* ---- written and read ---- */

static void folder_and_zip_have_the_same_files(void **state)
{
    struct zip_file z;
    struct cli_blob first, second;
    (void)state;
    rig_evidence_make(&r, &rig_signer);
    assert_int_equal(pack_check_name(pack_path()), CLI_DONE);
    assert_int_equal(pack_write(pack_path(), &r.files), CLI_DONE);
    assert_int_equal(pack_read(pack_path(), &z), CLI_DONE);
    same_files(&z);
    assert_int_equal(pack_read(cli_text("%s.zip", pack_path()), &z), CLI_DONE);
    same_files(&z);
    assert_int_equal(cli_read_file(cli_text("%s.zip", pack_path()), 1 << 20, &first), CLI_DONE);
    remove_pack(pack_path());
    /* Another day, in another place. */
    setenv("TZ", "Pacific/Kiritimati", 1);
    assert_int_equal(pack_write(pack_path(), &r.files), CLI_DONE);
    unsetenv("TZ");
    assert_int_equal(cli_read_file(cli_text("%s.zip", pack_path()), 1 << 20, &second), CLI_DONE);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    remove_pack(pack_path());
}

static int check_name(const char *name)
{
    return rig_command("evidence boot old new --out %s", name);
}

static void nothing_is_written_over(void **state)
{
    (void)state;
    rig_save(rig_path("pack"), (const uint8_t *)"x", 1);
    assert_int_equal(check_name(rig_path("pack")), CLI_BAD_FILE);
    rig_expect("pack' exists");
    rig_expect("never over something else");
    unlink(rig_path("pack"));
    rig_save(rig_path("pack.zip"), (const uint8_t *)"x", 1);
    assert_int_equal(check_name(rig_path("pack")), CLI_BAD_FILE);
    rig_expect("pack.zip' exists");
    rig_evidence_make(&r, NULL);
    assert_int_equal(pack_write(pack_path(), &r.files), CLI_BAD_FILE); /* it came in between */
    unlink(rig_path("pack.zip"));
    assert_int_equal(mkdir(pack_path(), 0755), 0);
    rig_save(rig_path("pack/x"), (const uint8_t *)"x", 1);
    assert_int_equal(pack_write(pack_path(), &r.files), CLI_BAD_FILE);
    unlink(rig_path("pack/x"));
    assert_int_equal(rmdir(pack_path()), 0);
    nothing_is_left();
}

static void a_name_is_checked_first(void **state)
{
    (void)state;
    static const char *const names[] = {"a:b", ".", "..", "/", "a\\b"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_int_equal(check_name(names[i]), CLI_USAGE);
        rig_expect("cannot be the name of a pack");
    }
    assert_int_equal(check_name("/no-such-folder/x/"), CLI_BAD_FILE);
    rig_expect("cannot read 'boot'");
}

/* ---- what is left behind by what does not end well ---- */

/* A child that may write files of this size, and is stopped by a signal (0: none) while it writes. */
static int write_in_child(rlim_t size)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {size, size};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        (void)!freopen("/dev/null", "w", stderr);
        _exit(pack_write(pack_path(), &r.files));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* First no file fits, then only the last ones do not. */
static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    rig_evidence_make(&r, &rig_signer);
    assert_int_equal(write_in_child(100), CLI_BAD_FILE);
    nothing_is_left();
    rig_evidence_begin(&r);
    for (unsigned i = 0; i < 20;
         i++) /* many small files: only the zip file is longer than the manifest */
        rig_evidence_put(&r, cli_text("f%u.txt", i), "0123456789");
    rig_evidence_finish(&r, &rig_signer);
    assert_int_equal(write_in_child(zip_find(&r.files, "manifest.json")->blob.len), CLI_BAD_FILE);
    nothing_is_left();
}

static void what_cannot_be_written(void **state)
{
    (void)state;
    rig_evidence_make(&r, &rig_signer);
    const size_t len = r.files.entry[0].blob.len;
    r.files.entry[0].blob.len = ZIP_BYTES_MAX; /* with the others more than a pack may have */
    assert_int_equal(pack_write(pack_path(), &r.files), CLI_REFUSED);
    r.files.entry[0].blob.len = len;
    assert_int_equal(pack_write("/no-such-folder/pack", &r.files), CLI_BAD_FILE);
    nothing_is_left();
}

/* ---- what no pack has ---- */

static void is_no_pack(const char *path, const char *evidence)
{
    assert_int_equal(rig_command(CHECK, path), CLI_BAD_FILE);
    rig_expect("is not an evidence pack");
    rig_expect(evidence);
    rig_expect("next: ");
}

static void folders_are_read_with_care(void **state)
{
    (void)state;
    assert_int_equal(mkdir(pack_path(), 0755), 0);
    is_no_pack(pack_path(), "it has no manifest.json; it holds nothing");
    assert_int_equal(symlink("/etc/hostname", rig_path("pack/link")), 0);
    is_no_pack(pack_path(), "'link' in it is not a plain file");
    unlink(rig_path("pack/link"));
    assert_int_equal(mkfifo(rig_path("pack/pipe"), 0600), 0);
    is_no_pack(pack_path(), "'pipe' in it is not a plain file");
    unlink(rig_path("pack/pipe"));
    assert_int_equal(mkdir(rig_path("pack/sub"), 0700), 0);
    is_no_pack(pack_path(), "'sub' in it is not a plain file");
    assert_int_equal(rmdir(rig_path("pack/sub")), 0);
    rig_save(rig_path("pack/a\x1b[2Jb"), (const uint8_t *)"x", 1);
    is_no_pack(pack_path(), "'a\\x1b[2Jb' is not a plain file name");
    unlink(rig_path("pack/a\x1b[2Jb"));
    rig_save(rig_path("pack/large"), (const uint8_t *)"x", 1);
    assert_int_equal(truncate(rig_path("pack/large"), (off_t)ZIP_BYTES_MAX + 1), 0);
    is_no_pack(pack_path(), "with 'large' it holds more than 67108864 bytes");
    unlink(rig_path("pack/large"));
    for (unsigned i = 0; i <= ZIP_ENTRIES_MAX; i++)
        rig_save(cli_text("%s/f%u", pack_path(), i), (const uint8_t *)"x", 1);
    is_no_pack(pack_path(), "it holds more than 48 files");
    for (unsigned i = 0; i <= ZIP_ENTRIES_MAX; i++)
        unlink(cli_text("%s/f%u", pack_path(), i));
    assert_int_equal(rmdir(pack_path()), 0);
}

static void zip_files_are_read_with_care(void **state)
{
    static const struct {
        const char *name, *says;
    } cases[] = {
        {"../etc/passwd", "'../etc/passwd' is not a plain file name"},
        {"/etc/passwd", "'/etc/passwd' is not a plain file name"},
        {"a/b", "'a/b' is not a plain file name"},
        {"a\x1b[2Jb", "'a\\x1b[2Jb' is not a plain file name"},
        {"verify-old.json", "it holds 'verify-old.json' twice"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_evidence_make(&r, &rig_signer);
        strcpy(r.files.entry[r.files.count - 1].name, cases[i].name);
        rig_evidence_save(&r, rig_path("x.zip"));
        is_no_pack(rig_path("x.zip"), cases[i].says);
    }
    rig_save(rig_path("x.zip"), (const uint8_t *)"PK\3\4", 4);
    is_no_pack(rig_path("x.zip"), "the zip file is damaged");
}

/* A copy of the zip file with other bytes put in at a place; the end's record still names the directory. */
static struct cli_blob with(const struct cli_blob *zip, size_t at, const void *bytes, size_t len)
{
    struct cli_blob b = {cli_memory(zip->len + len), zip->len + len};
    memcpy(b.data, zip->data, at);
    memcpy(b.data + at, bytes, len);
    memcpy(b.data + at + len, zip->data + at, zip->len - at);
    uint8_t *directory = b.data + b.len - 6; /* where it begins */
    if (at + len < b.len && at <= get_le32(directory))
        put_le32(directory, get_le32(directory) + (uint32_t)len);
    return b;
}

/* Some programs unpack by the directory at the end, others what comes first. */
static void a_zip_file_is_the_same_from_both_ends(void **state)
{
    static const char says[] = "its directory names other files than those that it has";
    struct cli_blob zip;
    (void)state;
    rig_evidence_make(&r, NULL);
    assert_int_equal(zip_write(&r.files, 0, &zip), CLI_DONE);
    const size_t directory = get_le32(zip.data + zip.len - 6);
    const size_t places[] = {0, directory, zip.len - 22, zip.len};
    uint8_t *second = memmem(zip.data + 1, zip.len - 1, "PK\3\4", 4);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) { /* an entry that the directory does not name */
        const struct cli_blob b = with(&zip, places[i], zip.data, (size_t)(second - zip.data));
        assert_true(cli_write_file(rig_path("x.zip"), b.data, b.len, 0644) == CLI_DONE);
        struct zip_file z;
        assert_int_equal(pack_read(rig_path("x.zip"), &z), CLI_BAD_FILE);
    }
    const struct cli_blob hidden = with(&zip, directory, zip.data, (size_t)(second - zip.data));
    rig_save(rig_path("x.zip"), hidden.data, hidden.len);
    is_no_pack(rig_path("x.zip"), says);
    rig_evidence_make(&r, NULL);
    assert_int_equal(zip_write(&r.files, 0, &zip), CLI_DONE);
    uint8_t *name = memmem(zip.data + directory, zip.len - directory, "keys.json", 9);
    *name = 'K';
    rig_save(rig_path("x.zip"), zip.data, zip.len);
    is_no_pack(rig_path("x.zip"), says);
}

/* Cut off anywhere, or with a bit changed anywhere, a zip file is no pack, or not a good one, or still the same. */
static void a_damaged_zip_file_proves_nothing(void **state)
{
    struct cli_blob packed;
    (void)state;
    rig_evidence_make(&r, &rig_signer);
    assert_int_equal(zip_write(&r.files, 0, &packed), CLI_DONE);
    uint8_t *bytes = malloc(packed.len);
    const size_t len = packed.len;
    assert_non_null(bytes);
    memcpy(bytes, packed.data, len);
    cli_release();
    for (size_t at = 0; at < len; at += 41) {
        rig_save(rig_path("x.zip"), bytes, at);
        assert_int_equal(rig_command(CHECK, rig_path("x.zip")), CLI_BAD_FILE);
        bytes[at] ^= 0x10;
        rig_save(rig_path("x.zip"), bytes, len);
        int code = rig_command(CHECK, rig_path("x.zip"));
        assert_true(code == CLI_BAD_FILE || code == CLI_REFUSED || code == CLI_DONE);
        bytes[at] ^= 0x10;
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folder_and_zip_have_the_same_files),
        cmocka_unit_test(nothing_is_written_over),
        cmocka_unit_test(a_name_is_checked_first),
        cmocka_unit_test(a_full_disk_leaves_nothing),
        cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(folders_are_read_with_care),
        cmocka_unit_test(zip_files_are_read_with_care),
        cmocka_unit_test(a_zip_file_is_the_same_from_both_ends),
        cmocka_unit_test(a_damaged_zip_file_proves_nothing),
    };
    return cmocka_run_group_tests(tests, rig_evidence_set_up, rig_evidence_tear_down);
}
