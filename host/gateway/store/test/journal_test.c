/* Tests of the journal: what was stored is there, also after a kill in the middle; what is not ours is refused; a full disk
 * is said before anything else. */
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
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/gateway/store/journal.h"
#include "host/gateway/store/journal_line.h"

static char folder[] = "/tmp/journal_test.XXXXXX", path[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/journal", folder);
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"", "-wal", "-shm", ".lock"};
    char name[80];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(name, sizeof name, "%s%s", path, names[i]);
        (void)unlink(name);
    }
    return rmdir(folder);
}

static struct journal *opened(bool read_only)
{
    struct journal *j;
    assert_int_equal(journal_open(&j, path, read_only), ERR_OK);
    return j;
}

/* journal_open fails with e, and its words hold `words`. */
static void assert_refused(bool read_only, enum err e, const char *words)
{
    struct journal *j;
    assert_int_equal(journal_open(&j, path, read_only), e);
    assert_non_null(strstr(journal_why(j), words));
    journal_close(j);
}

/* Another program with the file. */
static void run_sql(const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static struct journal_action action(const char *controller, const char *id, int64_t since)
{
    struct journal_action a = {.state = JOURNAL_OFFERED, .since = since};
    snprintf(a.controller, sizeof a.controller, "%s", controller);
    snprintf(a.id, sizeof a.id, "%s", id);
    return a;
}

/* "pump-1/7 pump-2/8 " */
struct names {
    char text[200];
    unsigned limit;
};

static bool add_name(void *ctx, const struct journal_action *a)
{
    struct names *n = ctx;
    size_t len = strlen(n->text);
    snprintf(n->text + len, sizeof n->text - len, "%s/%s ", a->controller, a->id);
    return n->limit == 0 || --n->limit > 0;
}

/* ---- what is stored ---- */

static void an_action_comes_back_as_it_was_put(void **state)
{
    struct journal_action b, a = action("pump-1", "17", 1796025600);
    (void)state;
    memset(a.artifact, 'a', JOURNAL_SHA256_MAX);
    memset(a.hash, 'b', JOURNAL_HASH_MAX);
    strcpy(a.file, "app.signed.bin");
    strcpy(a.version, "1.4.0+7");
    strcpy(a.step, "upload");
    strcpy(a.reason, "no answer within 2 s \xc3\xa4");
    a.state = JOURNAL_RUNNING;
    a.attempts = UINT32_MAX;
    struct journal *j = opened(false);
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    journal_close(j);
    j = opened(false);
    memset(&b, 0xff, sizeof b);
    assert_int_equal(journal_get_action(j, "pump-1", "17", &b), ERR_OK);
    assert_string_equal(b.controller, a.controller);
    assert_string_equal(b.id, a.id);
    assert_string_equal(b.artifact, a.artifact);
    assert_string_equal(b.file, a.file);
    assert_string_equal(b.version, a.version);
    assert_string_equal(b.hash, a.hash);
    assert_int_equal(b.state, JOURNAL_RUNNING);
    assert_string_equal(b.step, "upload");
    assert_true(b.since == a.since);
    assert_string_equal(b.reason, a.reason);
    assert_true(b.attempts == UINT32_MAX && !b.reported);
    assert_int_equal(journal_get_action(j, "pump-1", "18", &b), ERR_NOENT);
    assert_int_equal(journal_get_action(j, "pump-2", "17", &b), ERR_NOENT);
    journal_close(j);
}

static void open_actions_are_those_that_the_server_still_has(void **state)
{
    (void)state;
    struct journal *j = opened(false);
    struct names n = {.limit = 0};
    for (int s = JOURNAL_OFFERED; s <= JOURNAL_CANCELLED; s++) {
        struct journal_action a = action("a", journal_state_name((enum journal_state)s), 100 - s);
        a.state = (enum journal_state)s;
        assert_int_equal(journal_put_action(j, &a), ERR_OK);
        a.state = JOURNAL_FAILED;
        a.reported = true;
        snprintf(a.id, sizeof a.id, "reported-%d", s);
        assert_int_equal(journal_put_action(j, &a), ERR_OK);
    }
    assert_int_equal(journal_each_open_action(j, add_name, &n), ERR_OK);
    assert_string_equal(n.text, "a/offered a/fetching a/waiting a/running a/succeeded a/failed "
                                "a/cancelled ");
    n = (struct names){.limit = 2};
    assert_int_equal(journal_each_open_action(j, add_name, &n), ERR_OK);
    assert_string_equal(n.text, "a/offered a/fetching ");
    n = (struct names){.limit = 0};
    assert_int_equal(journal_each_action(j, 3, add_name, &n), ERR_OK);
    assert_string_equal(n.text, "a/reported-0 a/offered a/reported-1 ");
    struct journal_action a = action("a", "x", 1);
    a.reported = true; /* and not closed */
    assert_int_equal(journal_put_action(j, &a), ERR_INVAL);
    journal_close(j);
}

static void old_reported_actions_are_forgotten_and_open_ones_never(void **state)
{
    char id[16];
    struct journal_action a, b;
    (void)state;
    struct journal *j = opened(false);
    a = action("pump", "open", 0);
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    a = action("other", "0", 0);
    a.state = JOURNAL_SUCCEEDED, a.reported = true;
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    for (unsigned i = 0; i <= JOURNAL_ACTIONS_MAX; i++) {
        snprintf(id, sizeof id, "%u", i);
        a = action("pump", id, i);
        a.state = JOURNAL_SUCCEEDED, a.reported = true;
        assert_int_equal(journal_put_action(j, &a), ERR_OK);
    }
    assert_int_equal(journal_get_action(j, "pump", "0", &b), ERR_NOENT);
    assert_int_equal(journal_get_action(j, "pump", "1", &b), ERR_OK);
    assert_int_equal(journal_get_action(j, "pump", "open", &b), ERR_OK);
    assert_int_equal(journal_get_action(j, "other", "0", &b), ERR_OK);
    journal_close(j);
}

static bool count_device(void *ctx, const struct journal_device *d)
{
    struct names *n = ctx;
    size_t len = strlen(n->text);
    snprintf(n->text + len, sizeof n->text - len, "%s=%s ", d->controller, d->version);
    return true;
}

static void devices_come_back_in_order(void **state)
{
    struct journal_device e, d = {.controller = "b", .version = "1.0.0", .seen = -1, .slot = 1};
    struct names n = {.limit = 0};
    (void)state;
    struct journal *j = opened(false);
    assert_int_equal(journal_put_device(j, &d), ERR_OK);
    strcpy(d.version, "2.0.0");
    strcpy(d.hash, "00ff");
    strcpy(d.error, "went back");
    d.confirmed = true;
    assert_int_equal(journal_put_device(j, &d), ERR_OK);
    strcpy(d.controller, "a");
    assert_int_equal(journal_put_device(j, &d), ERR_OK);
    assert_int_equal(journal_get_device(j, "b", &e), ERR_OK);
    assert_true(e.confirmed && e.slot == 1 && e.seen == -1);
    assert_string_equal(e.hash, "00ff");
    assert_string_equal(e.error, "went back");
    assert_int_equal(journal_get_device(j, "c", &e), ERR_NOENT);
    assert_int_equal(journal_each_device(j, count_device, &n), ERR_OK);
    assert_string_equal(n.text, "a=2.0.0 b=2.0.0 ");
    journal_close(j);
}

struct events {
    unsigned count;
    int64_t first, last;
    char text[JOURNAL_TEXT_MAX + 1];
};

static bool take_event(void *ctx, const struct journal_event *e)
{
    struct events *v = ctx;
    v->first = v->count++ == 0 ? e->id : v->first;
    v->last = e->id;
    strcpy(v->text, e->text);
    return true;
}

static void the_oldest_events_are_thrown_away(void **state)
{
    struct events v = {.count = 0};
    (void)state;
    struct journal *j = opened(false);
    assert_int_equal(journal_limit(j, 3, 0), ERR_OK);
    for (int i = 1; i <= 10; i++)
        assert_int_equal(journal_event(j, i, "pump", "", "text"), ERR_OK);
    assert_int_equal(journal_each_event(j, 0, take_event, &v), ERR_OK);
    assert_true(v.count == 3 && v.first == 8 && v.last == 10);
    v.count = 0;
    assert_int_equal(journal_each_event(j, 9, take_event, &v), ERR_OK);
    assert_true(v.count == 1 && v.first == 10);
    journal_close(j);
}

static void settings_are_set_and_removed(void **state)
{
    char text[16] = "";
    (void)state;
    struct journal *j = opened(false);
    assert_int_equal(journal_get(j, "stopped", text, sizeof text), ERR_NOENT);
    assert_int_equal(journal_set(j, "stopped", "3 failures"), ERR_OK);
    assert_int_equal(journal_set(j, "stopped", "4 failures"), ERR_OK);
    assert_int_equal(journal_get(j, "stopped", text, sizeof text), ERR_OK);
    assert_string_equal(text, "4 failures");
    assert_int_equal(journal_get(j, "stopped", text, 10), ERR_NOMEM);
    assert_int_equal(journal_set(j, "stopped", NULL), ERR_OK);
    assert_int_equal(journal_get(j, "stopped", text, sizeof text), ERR_NOENT);
    journal_close(j);
}

static void texts_from_devices_are_cut_and_made_utf_8(void **state)
{
    char text[2000];
    struct events v = {.count = 0};
    (void)state;
    struct journal *j = opened(false);
    assert_int_equal(journal_event(j, 1, "", "", "a\xff\xc3 \xed\xa0\x80'; DROP TABLE event"),
                     ERR_OK);
    assert_int_equal(journal_each_event(j, 0, take_event, &v), ERR_OK);
    assert_string_equal(v.text, "a?"
                                "? ?"
                                "?"
                                "?'; DROP TABLE event");
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 2 == 0 ? '\xc3' : '\xa4';
    text[sizeof text - 1] = '\0';
    assert_int_equal(journal_event(j, 1, "", "", text + 0), ERR_OK);
    assert_int_equal(journal_each_event(j, 1, take_event, &v), ERR_OK);
    assert_int_equal(strlen(v.text), JOURNAL_TEXT_MAX);
    text[0] = 'x', text[1] = 'y', text[2] = 'z'; /* the cut would be inside of a character */
    text[3] = '.';
    memmove(text + 1, text + 4, sizeof text - 5);
    assert_int_equal(journal_event(j, 1, "", "", text), ERR_OK);
    assert_int_equal(journal_each_event(j, 2, take_event, &v), ERR_OK);
    assert_int_equal(strlen(v.text), JOURNAL_TEXT_MAX - 1);
    journal_close(j);
}

static void ids_that_are_none_are_refused(void **state)
{
    static const char *const ids[] = {"", "\xff", "\xc3"};
    struct journal_device d = {.seen = 0};
    (void)state;
    struct journal *j = opened(false);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct journal_action a = action("pump", ids[i], 0);
        assert_int_equal(journal_put_action(j, &a), ERR_INVAL);
        strcpy(d.controller, ids[i]);
        assert_int_equal(journal_put_device(j, &d), ERR_INVAL);
    }
    assert_non_null(strstr(journal_why(j), "id"));
    journal_close(j);
}

/* ---- several as one ---- */

static void a_group_is_stored_as_a_whole_or_not_at_all(void **state)
{
    struct journal_action b, a = action("pump", "1", 0), bad = action("", "1", 0);
    struct events v = {.count = 0};
    (void)state;
    struct journal *j = opened(false);
    assert_int_equal(journal_commit(j), ERR_STATE);
    assert_int_equal(journal_begin(j), ERR_OK);
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    assert_int_equal(journal_put_action(j, &bad), ERR_INVAL);
    assert_int_equal(journal_event(j, 1, "pump", "1", "text"),
                     ERR_INVAL); /* the first error stays */
    assert_int_equal(journal_set(j, "name", "value"), ERR_INVAL);
    assert_int_equal(journal_commit(j), ERR_INVAL);
    assert_int_equal(journal_get_action(j, "pump", "1", &b), ERR_NOENT);
    assert_int_equal(journal_begin(j), ERR_OK);
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    assert_int_equal(journal_event(j, 1, "pump", "1", "text"), ERR_OK);
    struct journal *reader = opened(true);
    assert_int_equal(journal_get_action(reader, "pump", "1", &b), ERR_NOENT);
    assert_int_equal(journal_commit(j), ERR_OK);
    assert_int_equal(journal_get_action(reader, "pump", "1", &b), ERR_OK);
    assert_int_equal(journal_each_event(reader, 0, take_event, &v), ERR_OK);
    assert_int_equal(v.count, 1);
    journal_close(reader);
    assert_int_equal(journal_begin(j), ERR_OK);
    assert_int_equal(journal_set(j, "name", "value"), ERR_OK);
    journal_close(j); /* not committed */
    char text[8];
    j = opened(false);
    assert_int_equal(journal_get(j, "name", text, sizeof text), ERR_NOENT);
    journal_close(j);
}

static bool close_action(void *ctx, const struct journal_action *a)
{
    struct journal_action b = *a;
    b.state = JOURNAL_FAILED, b.reported = true;
    return journal_put_action(ctx, &b) == ERR_OK;
}

static void actions_may_be_put_while_they_are_listed(void **state)
{
    char id[16];
    struct names n = {.limit = 0};
    (void)state;
    struct journal *j = opened(false);
    for (int i = 0; i < 50; i++) {
        snprintf(id, sizeof id, "%d", i);
        struct journal_action a = action(id, id, i);
        assert_int_equal(journal_put_action(j, &a), ERR_OK);
    }
    assert_int_equal(journal_each_open_action(j, close_action, j), ERR_OK);
    assert_int_equal(journal_each_open_action(j, add_name, &n), ERR_OK);
    assert_string_equal(n.text, "");
    journal_close(j);
}

/* ---- files that are not a journal of ours ---- */

static void write_bytes(const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

static void other_files_are_refused(void **state)
{
    char noise[8192];
    (void)state;
    memset(noise, 'x', sizeof noise);
    write_bytes(noise, sizeof noise);
    assert_refused(false, ERR_FORMAT, "not a database");
    (void)unlink(path);
    assert_refused(true, ERR_NOENT, "does not exist");
    run_sql("CREATE TABLE t (x)");
    assert_refused(false, ERR_FORMAT, "not a gateway's journal");
    (void)unlink(path);
    run_sql("PRAGMA application_id = 7");
    assert_refused(false, ERR_FORMAT, "not a gateway's journal");
    (void)unlink(path);
    write_bytes("", 0); /* an empty file is a new journal, for who may write */
    assert_refused(true, ERR_FORMAT, "not a gateway's journal");
    journal_close(opened(false));
    journal_close(opened(true));
    run_sql("PRAGMA user_version = 2");
    assert_refused(false, ERR_NOTSUP, "version 2");
    assert_refused(true, ERR_NOTSUP, "version 2");
}

static void a_damaged_journal_is_refused(void **state)
{
    struct journal_action b, a = action("pump", "1", 0);
    char noise[4096];
    (void)state;
    struct journal *j = opened(false);
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    journal_close(j);
    run_sql("UPDATE action SET state = 'nonsense'");
    j = opened(false);
    assert_int_equal(journal_get_action(j, "pump", "1", &b), ERR_FORMAT);
    journal_close(j);
    run_sql("UPDATE action SET state = 'failed', artifact = printf('%.*c', 70, 'a')");
    j = opened(false);
    assert_int_equal(journal_get_action(j, "pump", "1", &b), ERR_FORMAT);
    journal_close(j);
    memset(noise, 0xa5, sizeof noise);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0 && pwrite(fd, noise, sizeof noise, 4096) == (ssize_t)sizeof noise);
    close(fd);
    struct journal *damaged;
    assert_int_equal(journal_open(&damaged, path, false), ERR_FORMAT);
    journal_close(damaged);
}

static void one_gateway_writes_and_others_read(void **state)
{
    (void)state;
    struct journal *j = opened(false);
    assert_refused(false, ERR_BUSY, "another gateway");
    struct journal *reader = opened(true);
    assert_int_equal(journal_set(reader, "name", "value"), ERR_ACCESS);
    journal_close(reader);
    journal_close(j);
    journal_close(opened(false));
}

/* ---- a full disk ---- */

static void a_full_journal_says_so_and_keeps_what_it_has(void **state)
{
    char text[JOURNAL_TEXT_MAX + 1];
    struct journal_action b, a = action("pump", "1", 0);
    enum err e = ERR_OK;
    (void)state;
    struct journal *j = opened(false);
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    assert_int_equal(journal_limit(j, 100000, 256 * 1024), ERR_OK);
    assert_int_equal(journal_reserve(j, 64 * 1024), ERR_OK);
    assert_int_equal(journal_reserve(j, 1024 * 1024), ERR_NOSPC);
    assert_int_equal(journal_reserve(j, 64 * 1024), ERR_OK);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    unsigned n = 0;
    for (; n < 10000 && e == ERR_OK; n++)
        e = journal_event(j, n, "pump", "1", text);
    assert_int_equal(e, ERR_NOSPC);
    assert_non_null(strstr(journal_why(j), "full"));
    assert_int_equal(journal_reserve(j, 64 * 1024), ERR_NOSPC);
    a.state = JOURNAL_RUNNING;
    assert_int_equal(journal_begin(j), ERR_OK);
    (void)!journal_event(j, n, "pump", "1", text);
    (void)!journal_put_action(j, &a);
    assert_int_equal(journal_commit(j), ERR_NOSPC);
    assert_int_equal(journal_get_action(j, "pump", "1", &b), ERR_OK);
    assert_int_equal(b.state, JOURNAL_OFFERED);
    assert_int_equal(journal_limit(j, 10, 0), ERR_OK);
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    journal_close(j);
}

/* The system refuses to let a file grow; SQLite sees a failing disk. */
static int fill_disk(void)
{
    struct rlimit limit = {.rlim_cur = 200 * 1024, .rlim_max = 200 * 1024};
    struct journal *j;
    struct journal_action b, a = action("pump", "1", 0);
    signal(SIGXFSZ, SIG_IGN);
    if (journal_open(&j, path, false) != ERR_OK || journal_put_action(j, &a) != ERR_OK ||
        setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (journal_reserve(j, 1024 * 1024) != ERR_NOSPC)
        return 2;
    if (journal_get_action(j, "pump", "1", &b) != ERR_OK)
        return 3;
    journal_close(j);
    return 0;
}

static void a_failing_disk_counts_as_full(void **state)
{
    int status;
    struct journal_action b;
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        _exit(fill_disk());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    struct journal *j = opened(false);
    assert_int_equal(journal_get_action(j, "pump", "1", &b), ERR_OK);
    journal_close(j);
}

/* ---- other processes, and kill -9 ---- */

/* Each put that has returned is told to the parent. */
static void write_until_killed(int told)
{
    struct journal *j;
    if (journal_open(&j, path, false) != ERR_OK)
        _exit(1);
    for (uint32_t n = 1;; n++) {
        struct journal_action a = action("pump", "1", n);
        a.attempts = n;
        if (journal_begin(j) != ERR_OK || journal_put_action(j, &a) != ERR_OK ||
            journal_event(j, n, "pump", "1", "a step") != ERR_OK || journal_commit(j) != ERR_OK ||
            write(told, &n, sizeof n) != sizeof n)
            _exit(1);
    }
}

static void is_intact(void)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(s, 0), "ok");
    sqlite3_finalize(s);
    sqlite3_close(db);
}

static void what_was_stored_survives_a_kill(void **state)
{
    (void)state;
    for (uint32_t acknowledged = 5; acknowledged <= 25; acknowledged += 5) {
        int fd[2], status;
        uint32_t last = 0, n;
        struct journal_action a;
        struct events v = {.count = 0};
        assert_int_equal(pipe(fd), 0);
        pid_t pid = fork();
        if (pid == 0)
            write_until_killed(fd[1]);
        close(fd[1]);
        while (last < acknowledged && read(fd[0], &n, sizeof n) == sizeof n)
            last = n;
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        while (read(fd[0], &n, sizeof n) == sizeof n)
            last = n;
        close(fd[0]);
        assert_true(WIFSIGNALED(status) && last >= acknowledged);
        struct journal *j = opened(false); /* its lock went with the process */
        assert_int_equal(journal_get_action(j, "pump", "1", &a), ERR_OK);
        assert_in_range(a.attempts, last, last + 1);
        assert_int_equal(journal_each_event(j, 0, take_event, &v), ERR_OK);
        assert_true(v.count >= last); /* of the earlier runs, too */
        journal_close(j);
        is_intact();
    }
}

/* Exit code 0: each reading was as new as the one before it, and the last one is the parent's last. */
static int read_all(uint32_t last)
{
    struct journal *j;
    struct journal_action a = {.attempts = 0};
    uint32_t before = 0;
    if (journal_open(&j, path, true) != ERR_OK)
        return 1;
    while (a.attempts < last) {
        enum err e = journal_get_action(j, "pump", "1", &a);
        if (e != ERR_OK || a.attempts < before)
            return 2;
        before = a.attempts;
    }
    journal_close(j);
    return 0;
}

static void another_process_reads_while_the_gateway_writes(void **state)
{
    enum { PUTS = 200 };
    int status;
    struct journal_action a = action("pump", "1", 0);
    (void)state;
    struct journal *j = opened(false);
    assert_int_equal(journal_put_action(j, &a), ERR_OK);
    pid_t pid = fork();
    if (pid == 0)
        _exit(read_all(PUTS));
    for (a.attempts = 1; a.attempts <= PUTS; a.attempts++)
        assert_int_equal(journal_put_action(j, &a), ERR_OK);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    journal_close(j);
}

/* ---- JSON lines ---- */

static void events_and_actions_are_json_lines(void **state)
{
    struct journal_event e = {.id = 7, .time = 1796025600, .controller = "pump-1", .action = "12"};
    struct journal_action a = action("pump-1", "12", 5);
    (void)state;
    strcpy(e.text, "it said \"no\"\n\x1b[2J\xc3\xa4");
    char *line = journal_event_line(&e);
    assert_string_equal(line,
                        "{\"event\":7,\"time\":1796025600,\"controller\":\"pump-1\","
                        "\"action\":\"12\",\"text\":\"it said \\\"no\\\"\\n\\u001B[2J\xc3\xa4\"}");
    free(line);
    a.state = JOURNAL_SUCCEEDED, a.attempts = 2, a.reported = true;
    line = journal_action_line(&a);
    assert_string_equal(line,
                        "{\"controller\":\"pump-1\",\"action\":\"12\",\"state\":\"succeeded\","
                        "\"step\":\"\",\"since\":5,\"attempts\":2,\"reported\":true,"
                        "\"reason\":\"\",\"version\":\"\",\"hash\":\"\",\"file\":\"\","
                        "\"artifact\":\"\"}");
    free(line);
    e.text[0] = '\xff'; /* not from a journal */
    assert_null(journal_event_line(&e));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_action_comes_back_as_it_was_put),
        TEST(open_actions_are_those_that_the_server_still_has),
        TEST(old_reported_actions_are_forgotten_and_open_ones_never),
        TEST(devices_come_back_in_order),
        TEST(the_oldest_events_are_thrown_away),
        TEST(settings_are_set_and_removed),
        TEST(texts_from_devices_are_cut_and_made_utf_8),
        TEST(ids_that_are_none_are_refused),
        TEST(a_group_is_stored_as_a_whole_or_not_at_all),
        TEST(actions_may_be_put_while_they_are_listed),
        TEST(other_files_are_refused),
        TEST(a_damaged_journal_is_refused),
        TEST(one_gateway_writes_and_others_read),
        TEST(a_full_journal_says_so_and_keeps_what_it_has),
        TEST(a_failing_disk_counts_as_full),
        TEST(what_was_stored_survives_a_kill),
        TEST(another_process_reads_while_the_gateway_writes),
        TEST(events_and_actions_are_json_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
