/* Tests of whole files out: a file is replaced as a whole or not at all, and nothing is left beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>

#include "cli/cli.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    return cli_text("%s/%s", folder, name);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/slipway-files-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

/* Number of files; with remove they are gone afterwards. */
static int files(bool remove)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        if (e->d_name[0] == '.')
            continue;
        n++;
        if (remove)
            (void)!unlink(in_folder(e->d_name));
    }
    if (d != NULL)
        closedir(d);
    return n;
}

static int remove_folder(void **state)
{
    (void)state;
    files(true);
    cli_release();
    return rmdir(folder);
}

static void holds(const char *path, const char *text)
{
    struct cli_blob b;
    assert_int_equal(cli_read_file(path, 1000, &b), CLI_DONE);
    assert_string_equal(b.data, text);
}

static void write_text(const char *path, const char *text, unsigned mode)
{
    assert_int_equal(cli_write_file(path, text, strlen(text), mode), CLI_DONE);
}

/* 0600 is what secrets have; they take another way. */
static void a_file_is_replaced(void **state)
{
    (void)state;
    static const unsigned modes[] = {0644, 0600};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        const char *path = in_folder("out"), *old = in_folder("old");
        struct stat st;
        write_text(path, "first", modes[i]);
        assert_int_equal(link(path, old), 0);
        write_text(path, "second", modes[i]);
        holds(path, "second");
        holds(old, "first"); /* another file, not the same one written over */
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, modes[i]);
        assert_int_equal(files(true), 2);
    }
}

/* What a link points to stays; the link is the file that is replaced. */
static void a_link_is_replaced(void **state)
{
    (void)state;
    const char *path = in_folder("link"), *real = in_folder("real");
    write_text(real, "kept", 0644);
    assert_int_equal(symlink("real", path), 0);
    write_text(path, "new", 0644);
    holds(real, "kept");
    holds(path, "new");
    assert_int_equal(files(true), 2);
}

static void a_folder_is_not(void **state)
{
    (void)state;
    assert_int_equal(cli_write_file(folder, "x", 1, 0644), CLI_BAD_FILE);
    assert_int_equal(cli_write_file(in_folder("no/such"), "x", 1, 0644), CLI_BAD_FILE);
    assert_int_equal(files(false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced),
        cmocka_unit_test(a_link_is_replaced),
        cmocka_unit_test(a_folder_is_not),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
