/* Tests of whole files: one is replaced as a whole or not at all, nothing is left beside it, and a large input that changes
 * while it is read is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* ---- a large input, which is mapped ---- */

#define LARGE (300u * 1024u)

static const struct cli_room room = {100, 200};

/* A large file, read with room around it. */
static const char *read_large(struct cli_blob *b)
{
    const char *path = in_folder("in");
    uint8_t *bytes = cli_memory(LARGE);
    memset(bytes, 'a', LARGE);
    assert_int_equal(cli_write_file(path, bytes, LARGE, 0644), CLI_DONE);
    assert_int_equal(cli_read_file_within(path, LARGE, room, b), CLI_DONE);
    assert_int_equal(b->len, LARGE);
    assert_int_equal(b->data[LARGE], 0);
    return path;
}

static void what_is_mapped_is_ours_to_write(void **state)
{
    (void)state;
    struct cli_blob b, again;
    const char *path = read_large(&b);
    memset(b.data - room.front, 'b', room.front + b.len + room.back);
    assert_int_equal(cli_read_file(path, LARGE, &again), CLI_DONE);
    assert_int_equal(again.len, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        assert_int_equal(again.data[i], 'a');
    write_text(path, "its own output", 0644); /* another file by that name is no change */
    holds(path, "its own output");
    assert_int_equal(files(true), 1);
    cli_release();
}

/* The same size, so only the time of the change tells. */
static void nothing_is_made_of_a_file_that_changed(void **state)
{
    (void)state;
    struct cli_blob b;
    const char *path = read_large(&b), *out = in_folder("out");
    write_text(out, "before", 0644);
    usleep(20000); /* older kernels count time in ticks */
    FILE *f = fopen(path, "r+");
    assert_int_equal(fputc('b', f), 'b');
    fclose(f);
    assert_int_equal(cli_write_file(out, b.data, b.len, 0644), CLI_BAD_FILE);
    holds(out, "before");
    assert_int_equal(files(true), 2);
    cli_release();
    read_large(&b);
    write_text(in_folder("out"), "after", 0644);
    assert_int_equal(files(true), 2);
    cli_release();
}

/* The program ends there, so it is a child's. */
static void a_file_that_became_shorter_is_an_error(void **state)
{
    (void)state;
    struct cli_blob b;
    int status, errors[2];
    char text[256] = "";
    assert_int_equal(pipe(errors), 0);
    pid_t child = fork();
    if (child == 0) {
        struct cli_output o;
        dup2(errors[1], STDERR_FILENO);
        const char *path = read_large(&b);
        cli_output_begin(&o, in_folder("out"), 0644);
        cli_output_put(&o, "begun", 5);
        if (truncate(path, 10) != 0)
            _exit(99);
        _exit(b.data[LARGE / 2]);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), CLI_BAD_FILE);
    assert_true(read(errors[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "became shorter"));
    close(errors[0]);
    close(errors[1]);
    assert_int_equal(files(true), 1); /* the input; nothing unfinished */
}

/* In pieces, and given up: the old file stays. */
static void a_file_can_be_given_up(void **state)
{
    (void)state;
    const char *path = in_folder("out");
    struct cli_output o;
    cli_output_begin(&o, path, 0644);
    cli_output_put(&o, "in ", 3);
    cli_output_put(&o, "pieces", 6);
    assert_int_equal(cli_output_close(&o), CLI_DONE);
    holds(path, "in pieces");
    cli_output_begin(&o, path, 0644);
    cli_output_put(&o, "other", 5);
    cli_output_abandon(&o);
    holds(path, "in pieces");
    cli_output_begin(&o, path, 0644);
    cli_output_abandon(&o);
    holds(path, "in pieces");
    assert_int_equal(files(true), 1);
}

/* No space: the error is the first piece's, though later ones would fit. */
static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct cli_output o;
    cli_output_begin(&o, "/dev/full", 0644);
    cli_output_put(&o, "x", 1);
    cli_output_put(&o, "", 0);
    assert_int_equal(cli_output_close(&o), CLI_BAD_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced),
        cmocka_unit_test(a_link_is_replaced),
        cmocka_unit_test(a_folder_is_not),
        cmocka_unit_test(a_file_can_be_given_up),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(what_is_mapped_is_ours_to_write),
        cmocka_unit_test(nothing_is_made_of_a_file_that_changed),
        cmocka_unit_test(a_file_that_became_shorter_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
