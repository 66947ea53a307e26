/* Tests of the cache: downloads that stop and go on, what is removed for room and what is not, and places that are taken by
 * something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/crypto/hash.h"
#include "host/cli/core/cli.h"
#include "host/gateway/store/artifacts.h"

#define SIZE 1000u

static char top[] = "/tmp/artifacts_test.XXXXXX", folder[64];
static struct artifacts cache;

/* What is called n: SIZE bytes, and the name in the cache. */
static uint8_t content[SIZE];
static char name[ARTIFACT_NAME_LEN + 1];

static void choose(unsigned n)
{
    struct sha256 h;
    uint8_t digest[SHA256_SIZE];
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (uint8_t)(i * 7 + n);
    sha256_init(&h);
    sha256_update(&h, content, SIZE);
    sha256_final(&h, digest);
    cli_hex(name, digest, sizeof digest);
}

static int open_cache(void **state)
{
    (void)state;
    strcpy(top + sizeof top - 7, "XXXXXX");
    if (mkdtemp(top) == NULL)
        return -1;
    snprintf(folder, sizeof folder, "%s/cache", top);
    return artifacts_open(&cache, folder, 3 * SIZE) == ERR_OK ? 0 : -1;
}

static int close_cache(void **state)
{
    char command[100];
    (void)state;
    artifacts_close(&cache);
    snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

static const char *in_cache(const char *file)
{
    static char path[ARTIFACT_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

static const char *part(void)
{
    static char file[ARTIFACT_NAME_LEN + 6];
    snprintf(file, sizeof file, "%s.part", name);
    return in_cache(file);
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static void put_file(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    close(fd);
}

static struct artifact_download begun(void)
{
    struct artifact_download d;
    assert_int_equal(artifacts_begin(&cache, name, SIZE, &d), ERR_OK);
    return d;
}

/* The whole file n, used at `now`. */
static void download(unsigned n, int64_t now)
{
    char path[ARTIFACT_PATH_MAX];
    choose(n);
    struct artifact_download d = begun();
    assert_int_equal(artifacts_write(&d, content + d.offset, SIZE - d.offset), ERR_OK);
    assert_int_equal(artifacts_finish(&d, now, path), ERR_OK);
    assert_string_equal(path, in_cache(name));
}

static bool has(unsigned n)
{
    choose(n);
    return exists(in_cache(name));
}

/* ---- downloads ---- */

static void a_download_is_found_under_its_hash(void **state)
{
    char path[ARTIFACT_PATH_MAX], back[SIZE + 1];
    struct stat st;
    (void)state;
    assert_true(stat(folder, &st) == 0 && (st.st_mode & 0777) == 0700);
    choose(1);
    assert_int_equal(artifacts_find(&cache, name, SIZE, 1, path), ERR_NOENT);
    download(1, 1);
    assert_int_equal(artifacts_find(&cache, name, SIZE, 2, path), ERR_OK);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(back, 1, sizeof back, f), SIZE);
    fclose(f);
    assert_memory_equal(back, content, SIZE);
    assert_false(exists(part()));
    assert_int_equal(artifacts_find(&cache, name, SIZE + 1, 2, path), ERR_NOENT);
    assert_true(cache.promised == 0);
}

/* "abc": FIPS 180-4's example. */
static void a_name_may_be_a_sha1(void **state)
{
    static const char sha1[] = "a9993e364706816aba3e25717850c26c9cd0d89d";
    char path[ARTIFACT_PATH_MAX];
    struct artifact_download d;
    (void)state;
    assert_int_equal(artifacts_begin(&cache, sha1, 3, &d), ERR_OK);
    assert_int_equal(artifacts_write(&d, "abd", 3), ERR_OK);
    assert_int_equal(artifacts_finish(&d, 1, path), ERR_FORMAT);
    assert_int_equal(artifacts_begin(&cache, sha1, 3, &d), ERR_OK);
    assert_int_equal(artifacts_write(&d, "abc", 3), ERR_OK);
    assert_int_equal(artifacts_finish(&d, 1, path), ERR_OK);
    assert_int_equal(artifacts_find(&cache, sha1, 3, 2, path), ERR_OK);
    /* It is counted and removed like the others. */
    assert_int_equal(artifacts_make_room(&cache, cache.max_bytes), ERR_OK);
    assert_int_equal(artifacts_find(&cache, sha1, 3, 2, path), ERR_NOENT);
}

static void a_download_goes_on_where_it_stopped(void **state)
{
    char path[ARTIFACT_PATH_MAX];
    (void)state;
    choose(1);
    struct artifact_download d = begun();
    assert_true(d.offset == 0);
    assert_int_equal(artifacts_write(&d, content, 400), ERR_OK);
    artifacts_close(&cache); /* as if killed */
    close(d.fd);
    assert_int_equal(artifacts_open(&cache, folder, 3 * SIZE), ERR_OK);
    d = begun();
    assert_true(d.offset == 400);
    assert_int_equal(artifacts_write(&d, content + 400, 100), ERR_OK);
    artifacts_abandon(&d);
    d = begun();
    assert_true(d.offset == 500 && cache.promised == 500);
    assert_int_equal(artifacts_restart(&d), ERR_OK); /* a server that does not know Range */
    assert_true(d.offset == 0 && cache.promised == SIZE);
    assert_int_equal(artifacts_write(&d, content, SIZE), ERR_OK);
    artifacts_abandon(&d); /* killed before finish: nothing is to be asked for */
    d = begun();
    assert_true(d.offset == SIZE);
    assert_int_equal(artifacts_finish(&d, 1, path), ERR_OK);
    assert_true(cache.promised == 0);
}

static void what_is_not_what_was_announced_is_refused(void **state)
{
    char path[ARTIFACT_PATH_MAX];
    (void)state;
    choose(1);
    struct artifact_download d = begun();
    assert_int_equal(artifacts_write(&d, content, SIZE - 1), ERR_OK);
    assert_int_equal(artifacts_finish(&d, 1, path), ERR_STATE); /* too short: stays */
    d = begun();
    assert_true(d.offset == SIZE - 1);
    assert_int_equal(artifacts_write(&d, content, 2), ERR_RANGE);
    assert_int_equal(artifacts_write(&d, content, 1), ERR_OK); /* the wrong byte */
    assert_int_equal(artifacts_finish(&d, 1, path), ERR_FORMAT);
    assert_non_null(strstr(cache.why, "its hash is "));
    assert_false(exists(part()));
    assert_false(exists(in_cache(name)));
    d = begun();
    assert_true(d.offset == 0);
    artifacts_abandon(&d);
    assert_true(cache.promised == 0);
}

static void an_artifact_is_downloaded_once_at_a_time(void **state)
{
    struct artifact_download e;
    (void)state;
    choose(1);
    struct artifact_download d = begun();
    assert_int_equal(artifacts_begin(&cache, name, SIZE, &e), ERR_BUSY);
    artifacts_abandon(&d);
    d = begun();
    artifacts_abandon(&d);
}

static void names_that_are_no_hash_are_refused(void **state)
{
    static const char *const names[] = {
        "",
        "../x",
        "0123456789abcdef",
        "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefg",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde/"};
    char path[ARTIFACT_PATH_MAX];
    struct artifact_download d;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_int_equal(artifacts_find(&cache, names[i], SIZE, 1, path), ERR_INVAL);
        assert_int_equal(artifacts_begin(&cache, names[i], SIZE, &d), ERR_INVAL);
        assert_int_equal(artifacts_pin(&cache, names[i]), ERR_INVAL);
        assert_int_equal(artifacts_image_path(&cache, names[i], path), ERR_INVAL);
        artifacts_unpin(&cache, names[i]);
    }
}

/* ---- room ---- */

static void the_least_recently_used_goes_first(void **state)
{
    char path[ARTIFACT_PATH_MAX];
    (void)state;
    download(1, 100);
    download(2, 200);
    download(3, 300);
    choose(1);
    assert_int_equal(artifacts_find(&cache, name, SIZE, 400, path), ERR_OK);
    put_file(in_cache("stranger"), content, SIZE); /* is not counted, and stays */
    download(4, 500);
    assert_true(has(1) && !has(2) && has(3) && has(4));
    assert_true(exists(in_cache("stranger")));
}

static void what_is_pinned_stays(void **state)
{
    struct artifact_download d;
    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        download(n, n);
        assert_int_equal(artifacts_pin(&cache, name), ERR_OK);
    }
    choose(2);
    assert_int_equal(artifacts_pin(&cache, name), ERR_OK);
    artifacts_unpin(&cache, name); /* still pinned once */
    choose(4);
    assert_int_equal(artifacts_begin(&cache, name, SIZE, &d), ERR_NOSPC);
    assert_true(has(1) && has(2) && has(3));
    choose(2);
    artifacts_unpin(&cache, name);
    download(4, 4);
    assert_true(has(1) && !has(2) && has(3) && has(4));
}

static void an_open_download_keeps_its_room(void **state)
{
    struct artifact_download d, e, f;
    (void)state;
    download(9, 9);
    choose(1);
    d = begun();
    assert_int_equal(artifacts_write(&d, content, 10), ERR_OK);
    choose(2);
    assert_int_equal(artifacts_begin(&cache, name, SIZE, &e), ERR_OK);
    choose(3); /* only the old file can go */
    assert_int_equal(artifacts_begin(&cache, name, SIZE, &f), ERR_OK);
    assert_false(has(9));
    choose(4);
    struct artifact_download g;
    assert_int_equal(artifacts_begin(&cache, name, SIZE, &g), ERR_NOSPC);
    artifacts_abandon(&d);
    artifacts_abandon(&e);
    artifacts_abandon(&f);
    assert_int_equal(artifacts_begin(&cache, name, 3 * SIZE, &g), ERR_OK); /* abandoned parts go */
    artifacts_abandon(&g);
    assert_true(cache.promised == 0);
}

static void an_unpin_too_much_is_nothing(void **state)
{
    struct artifact_download e;
    (void)state;
    choose(1);
    struct artifact_download d = begun();
    assert_int_equal(artifacts_write(&d, content, 10), ERR_OK);
    artifacts_unpin(&cache, name); /* in use, but not pinned */
    artifacts_abandon(&d);
    choose(2);
    assert_int_equal(artifacts_begin(&cache, name, 3 * SIZE, &e), ERR_OK);
    artifacts_abandon(&e);
}

static void a_file_larger_than_the_cache_is_refused_at_once(void **state)
{
    static const uint64_t sizes[] = {3 * SIZE + 1, UINT64_C(1) << 63, UINT64_MAX};
    struct artifact_download d;
    (void)state;
    download(1, 1);
    choose(2);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        assert_int_equal(artifacts_begin(&cache, name, sizes[i], &d), ERR_NOSPC);
    assert_false(exists(part()));
    assert_true(has(1) && cache.promised == 0);
}

static void an_unpacked_image_is_counted_and_goes_with_its_artifact(void **state)
{
    char image[ARTIFACT_PATH_MAX], path[ARTIFACT_PATH_MAX];
    (void)state;
    download(1, 100);
    assert_int_equal(artifacts_image_path(&cache, name, image), ERR_OK);
    assert_int_equal(artifacts_make_room(&cache, SIZE), ERR_OK);
    put_file(image, content, SIZE);
    const struct timespec old[2] = {{.tv_sec = 50}, {.tv_sec = 50}};
    assert_int_equal(utimensat(AT_FDCWD, image, old, 0), 0);
    assert_int_equal(artifacts_find(&cache, name, SIZE, 300, path), ERR_OK); /* both are used now */
    download(2, 200);
    choose(1);
    assert_true(exists(image) && exists(in_cache(name)));
    download(3, 400); /* 1 and its image fill two thirds: 2 goes, which is older */
    assert_true(has(1) && !has(2) && exists(image));
    download(4, 500);
    assert_true(!has(1) && !exists(image) && has(3) && has(4));
}

static void the_artifacts_in_use_are_bounded(void **state)
{
    (void)state;
    for (unsigned n = 0; n < ARTIFACT_USES_MAX; n++) {
        choose(n);
        assert_int_equal(artifacts_pin(&cache, name), ERR_OK);
    }
    choose(ARTIFACT_USES_MAX);
    assert_int_equal(artifacts_pin(&cache, name), ERR_NOSPC);
    choose(5);
    assert_int_equal(artifacts_pin(&cache, name), ERR_OK); /* again */
}

/* ---- something else in its place ---- */

static void a_part_of_another_size_begins_anew(void **state)
{
    uint8_t more[SIZE + 1] = {0};
    (void)state;
    choose(1);
    put_file(part(), more, sizeof more);
    struct artifact_download d = begun();
    assert_true(d.offset == 0);
    artifacts_abandon(&d);
    download(1, 1);
}

static void links_pipes_and_folders_in_its_place_are_handled(void **state)
{
    char outside[80], path[ARTIFACT_PATH_MAX];
    struct artifact_download d;
    struct stat st;
    (void)state;
    snprintf(outside, sizeof outside, "%s/outside", top);
    put_file(outside, "safe", 4);
    choose(1);
    assert_int_equal(symlink(outside, part()), 0);
    assert_int_equal(symlink(outside, in_cache(name)), 0);
    assert_int_equal(artifacts_find(&cache, name, 4, 1, path), ERR_NOENT);
    download(1, 1);
    choose(2);
    assert_int_equal(link(outside, part()), 0);
    assert_int_equal(mkfifo(in_cache(name), 0600), 0);
    assert_int_equal(artifacts_find(&cache, name, 0, 1, path), ERR_NOENT);
    download(2, 2);
    assert_true(stat(outside, &st) == 0 && st.st_size == 4);
    choose(3);
    assert_int_equal(mkdir(part(), 0700), 0);
    download(3, 3); /* an empty folder goes */
    choose(4);
    assert_int_equal(mkdir(part(), 0700), 0);
    strcpy(path, part());
    strcat(path, "/x");
    put_file(path, "x", 1);
    assert_int_not_equal(artifacts_begin(&cache, name, SIZE, &d), ERR_OK);
    assert_non_null(strstr(cache.why, "place"));
    assert_true(exists(path) && cache.promised == 0);
}

/* ---- a full disk ---- */

static int write_over_the_limit(void)
{
    struct rlimit limit = {.rlim_cur = 600, .rlim_max = 600};
    struct artifact_download d;
    char path[ARTIFACT_PATH_MAX];
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || artifacts_begin(&cache, name, SIZE, &d) != ERR_OK)
        return 1;
    if (artifacts_write(&d, content, SIZE) != ERR_NOSPC)
        return 2;
    artifacts_abandon(&d);
    return artifacts_find(&cache, name, SIZE, 1, path) == ERR_NOENT ? 0 : 3;
}

static void a_full_disk_leaves_a_part_that_goes_on(void **state)
{
    int status;
    (void)state;
    choose(1);
    pid_t pid = fork();
    if (pid == 0)
        _exit(write_over_the_limit());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    struct artifact_download d = begun();
    assert_true(d.offset == 600);
    artifacts_abandon(&d);
    download(1, 1);
}

static void a_folder_that_cannot_be_is_an_error(void **state)
{
    struct artifacts other;
    char path[80], longer[ARTIFACT_PATH_MAX];
    (void)state;
    snprintf(path, sizeof path, "%s/a/b", top);
    assert_int_equal(artifacts_open(&other, path, SIZE), ERR_NOENT);
    artifacts_close(&other);
    snprintf(path, sizeof path, "%s/file", top);
    put_file(path, "x", 1);
    assert_int_not_equal(artifacts_open(&other, path, SIZE), ERR_OK);
    artifacts_close(&other);
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(artifacts_open(&other, longer, SIZE), ERR_INVAL);
    assert_int_equal(artifacts_open(&other, folder, ARTIFACT_BYTES_MAX + 1), ERR_INVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_cache, close_cache)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_download_is_found_under_its_hash),
        TEST(a_name_may_be_a_sha1),
        TEST(a_download_goes_on_where_it_stopped),
        TEST(what_is_not_what_was_announced_is_refused),
        TEST(an_artifact_is_downloaded_once_at_a_time),
        TEST(names_that_are_no_hash_are_refused),
        TEST(the_least_recently_used_goes_first),
        TEST(what_is_pinned_stays),
        TEST(an_open_download_keeps_its_room),
        TEST(an_unpin_too_much_is_nothing),
        TEST(a_file_larger_than_the_cache_is_refused_at_once),
        TEST(an_unpacked_image_is_counted_and_goes_with_its_artifact),
        TEST(the_artifacts_in_use_are_bounded),
        TEST(a_part_of_another_size_begins_anew),
        TEST(links_pipes_and_folders_in_its_place_are_handled),
        TEST(a_full_disk_leaves_a_part_that_goes_on),
        TEST(a_folder_that_cannot_be_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
