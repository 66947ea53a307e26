#include "host/gateway/store/journal_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "host/cli/core/cli.h"

#define BUSY_MS        5000
#define SCHEMA_VERSION 1

/* "SLGW": tells a journal from other SQLite files (PRAGMA application_id). */
#define APPLICATION_ID 1397507927

#define TEXT_OF(x)     #x
#define NUMBER_TEXT(x) TEXT_OF(x)

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE action (number INTEGER PRIMARY KEY, controller TEXT NOT NULL, id TEXT NOT NULL,"
    " artifact TEXT NOT NULL, file TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL,"
    " state TEXT NOT NULL, step TEXT NOT NULL, since INTEGER NOT NULL, reason TEXT NOT NULL,"
    " attempts INTEGER NOT NULL, reported INTEGER NOT NULL, UNIQUE (controller, id)) STRICT;"
    "CREATE INDEX action_since ON action (since);"
    "CREATE INDEX action_open ON action (number) WHERE reported = 0;"
    "CREATE TABLE device (controller TEXT PRIMARY KEY, version TEXT NOT NULL, hash TEXT NOT NULL,"
    " confirmed INTEGER NOT NULL, slot INTEGER NOT NULL, seen INTEGER NOT NULL,"
    " error TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,"
    " controller TEXT NOT NULL, action TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE room (bytes BLOB) STRICT;"
    "PRAGMA application_id = " NUMBER_TEXT(APPLICATION_ID) ";"
                                                           "PRAGMA user_version = " NUMBER_TEXT(
                                                               SCHEMA_VERSION) ";"
                                                                               "COMMIT;";

/* ---- errors ---- */

enum err db_fail(struct journal *j, enum err e, const char *why)
{
    snprintf(j->why, sizeof j->why, "%s", why);
    if (j->together && j->first == ERR_OK)
        j->first = e;
    return e;
}

/* A failing disk counts as a full one: either way nothing more is remembered. */
static enum err err_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return ERR_NOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return ERR_FORMAT;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return ERR_ACCESS;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    default:
        return ERR_IO;
    }
}

enum err db_fail_sqlite(struct journal *j, int code)
{
    char why[sizeof j->why];
    snprintf(why, sizeof why, "%s (SQLite %d)", sqlite3_errmsg(j->db), code);
    return db_fail(j, err_of(code), why);
}

const char *journal_why(const struct journal *j)
{
    return j == NULL ? "out of memory" : j->why;
}

/* ---- statements ---- */

enum err db_exec(struct journal *j, const char *sql)
{
    int code = sqlite3_exec(j->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? ERR_OK : db_fail_sqlite(j, code);
}

void db_begin(struct db_statement *s, struct journal *j, const char *sql)
{
    *s = (struct db_statement){.j = j, .e = j->together ? j->first : ERR_OK};
    if (s->e != ERR_OK)
        return;
    int code = sqlite3_prepare_v2(j->db, sql, -1, &s->s, NULL);
    if (code != SQLITE_OK)
        s->e = db_fail_sqlite(j, code);
}

static void check_bound(struct db_statement *s, int code)
{
    if (s->e == ERR_OK && code != SQLITE_OK)
        s->e = db_fail_sqlite(s->j, code);
}

/* Copy text to dst[max + 1]: valid UTF-8, cut between characters. True if it was that before. */
static bool copy_utf8(char *dst, const char *text, size_t max)
{
    size_t n = 0;
    bool same = true;
    while (*text != '\0') {
        unsigned len = cli_utf8_length((const unsigned char *)text);
        unsigned step = len > 0 ? len : 1;
        if (n + step > max)
            break;
        memcpy(dst + n, len > 0 ? text : "?", step);
        same = same && len > 0;
        n += step, text += step;
    }
    dst[n] = '\0';
    return same && *text == '\0';
}

static void bind_text(struct db_statement *s, const char *text)
{
    check_bound(s, sqlite3_bind_text(s->s, ++s->values, text, -1, SQLITE_TRANSIENT));
}

void db_text(struct db_statement *s, const char *text, size_t max)
{
    char copy[JOURNAL_TEXT_MAX + 1];
    if (s->e != ERR_OK)
        return;
    (void)copy_utf8(copy, text, max < JOURNAL_TEXT_MAX ? max : JOURNAL_TEXT_MAX);
    bind_text(s, copy);
}

void db_id(struct db_statement *s, const char *text, size_t max)
{
    char copy[JOURNAL_TEXT_MAX + 1];
    if (s->e != ERR_OK)
        return;
    if (text[0] != '\0' && copy_utf8(copy, text, max))
        bind_text(s, copy);
    else
        s->e = db_fail(s->j, ERR_INVAL, "an id is empty, too long, or not UTF-8");
}

void db_number(struct db_statement *s, int64_t number)
{
    if (s->e == ERR_OK)
        check_bound(s, sqlite3_bind_int64(s->s, ++s->values, number));
}

enum err db_row(struct db_statement *s)
{
    if (s->e != ERR_OK)
        return s->e;
    int code = sqlite3_step(s->s);
    if (code == SQLITE_ROW)
        return ERR_OK;
    s->e = code == SQLITE_DONE ? ERR_NOENT : db_fail_sqlite(s->j, code);
    return s->e;
}

void db_end(struct db_statement *s)
{
    sqlite3_finalize(s->s);
    s->s = NULL;
}

enum err db_run(struct db_statement *s)
{
    enum err e;
    do
        e = db_row(s);
    while (e == ERR_OK);
    db_end(s);
    return e == ERR_NOENT ? ERR_OK : e;
}

/* ---- columns ---- */

static void wrong_value(struct db_statement *s)
{
    if (s->e == ERR_OK)
        s->e = db_fail(s->j, ERR_FORMAT, "the journal holds a value that no gateway has written");
}

void db_column_text(struct db_statement *s, int column, char *dst, size_t cap)
{
    const char *text = (const char *)sqlite3_column_text(s->s, column);
    dst[0] = '\0';
    if (text == NULL || strlen(text) != (size_t)sqlite3_column_bytes(s->s, column) ||
        !copy_utf8(dst, text, cap - 1))
        wrong_value(s);
}

int64_t db_column_number(struct db_statement *s, int column, int64_t min, int64_t max)
{
    int64_t n = sqlite3_column_int64(s->s, column);
    if (n >= min && n <= max)
        return n;
    wrong_value(s);
    return min;
}

enum err db_column_error(const struct db_statement *s)
{
    return s->e;
}

/* ---- opening ---- */

/* Not the file itself: SQLite's own locks on it go when any descriptor of it is closed. */
static enum err lock(struct journal *j, const char *path)
{
    char *name;
    if (asprintf(&name, "%s.lock", path) < 0)
        return db_fail(j, ERR_NOMEM, "out of memory");
    j->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int error = errno;
    free(name);
    if (j->lock < 0)
        return db_fail(j, error == ENOSPC ? ERR_NOSPC : ERR_ACCESS, strerror(error));
    if (flock(j->lock, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    return errno == EWOULDBLOCK ? db_fail(j, ERR_BUSY, "another gateway uses this journal")
                                : db_fail(j, ERR_ACCESS, strerror(errno));
}

static enum err open_file(struct journal *j, const char *path, bool read_only)
{
    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(path, &j->db, flags, NULL);
    if (code == SQLITE_CANTOPEN && sqlite3_system_errno(j->db) == ENOENT)
        return db_fail(j, ERR_NOENT, "the file does not exist");
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(j->db, BUSY_MS);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(j->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return code == SQLITE_OK ? ERR_OK : db_fail_sqlite(j, code);
}

static enum err number_of(struct journal *j, const char *sql, int64_t *n)
{
    struct db_statement s;
    db_begin(&s, j, sql);
    enum err e = db_row(&s);
    if (e == ERR_OK)
        *n = db_column_number(&s, 0, INT64_MIN, INT64_MAX);
    db_end(&s);
    return e;
}

/* Is it ours, and of this version? A file without a table is new: it gets them. */
static enum err check_schema(struct journal *j, bool read_only)
{
    int64_t application, version, tables;
    enum err e = number_of(j, "PRAGMA application_id", &application);
    if (e == ERR_OK)
        e = number_of(j, "PRAGMA user_version", &version);
    if (e == ERR_OK)
        e = number_of(j, "SELECT count(*) FROM sqlite_schema", &tables);
    if (e != ERR_OK)
        return e;
    if (application == 0 && version == 0 && tables == 0 && !read_only)
        return db_exec(j, schema);
    if (application != APPLICATION_ID)
        return db_fail(j, ERR_FORMAT, "the file is not a gateway's journal");
    if (version == SCHEMA_VERSION)
        return ERR_OK;
    snprintf(
        j->why, sizeof j->why,
        "the journal has version %lld; this slipway knows version " NUMBER_TEXT(SCHEMA_VERSION),
        (long long)version);
    return ERR_NOTSUP;
}

/* The answer of a pragma that gives one text. */
static enum err expect_text(struct journal *j, const char *sql, const char *want,
                            enum err otherwise)
{
    struct db_statement s;
    char text[200] = "";
    db_begin(&s, j, sql);
    enum err e = db_row(&s);
    if (e == ERR_OK)
        db_column_text(&s, 0, text, sizeof text);
    db_end(&s);
    if (e != ERR_OK || strcmp(text, want) == 0)
        return e;
    snprintf(j->why, sizeof j->why, "%s: %s", sql, text);
    return otherwise;
}

/* The log keeps at most 4 MB when it is empty. */
static enum err prepare_writing(struct journal *j)
{
    enum err e = expect_text(j, "PRAGMA quick_check(1)", "ok", ERR_FORMAT);
    if (e == ERR_OK)
        e = expect_text(j, "PRAGMA journal_mode = WAL", "wal", ERR_NOTSUP);
    return e == ERR_OK
               ? db_exec(j, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304")
               : e;
}

enum err journal_open(struct journal **out, const char *path, bool read_only)
{
    struct journal *j = calloc(1, sizeof *j);
    *out = j;
    if (j == NULL)
        return ERR_NOMEM;
    j->lock = -1;
    j->events_max = JOURNAL_EVENTS_MAX;
    enum err e = read_only ? ERR_OK : lock(j, path);
    if (e == ERR_OK)
        e = open_file(j, path, read_only);
    if (e == ERR_OK)
        e = check_schema(j, read_only);
    return e == ERR_OK && !read_only ? prepare_writing(j) : e;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    sqlite3_close(j->db); /* rolls back what was begun */
    if (j->lock >= 0)
        close(j->lock);
    free(j);
}
