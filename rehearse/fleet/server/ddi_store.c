#include "rehearse/fleet/server/ddi_store.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL has a type by this name, which we do not use; the house has an error code. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/evp.h>
#undef ERR_STATE

#include "rehearse/fleet/fleet_draw.h"

#define ACTION_COLUMNS \
    "id, controller, name, version, part, download, updating, window, status, artifact, reopened"

/* A killed process loses nothing that was committed: only the computer's own crash could. */
static const char schema[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
    "CREATE TABLE IF NOT EXISTS target (controller TEXT PRIMARY KEY, token TEXT, attributes TEXT,"
    " wants_data INTEGER, requests INTEGER);"
    "CREATE TABLE IF NOT EXISTS artifact (id INTEGER PRIMARY KEY, filename TEXT, sha256 TEXT,"
    " sha1 TEXT, md5 TEXT, bytes BLOB);"
    "CREATE TABLE IF NOT EXISTS action (id INTEGER PRIMARY KEY AUTOINCREMENT, controller TEXT,"
    " name TEXT, version TEXT, part TEXT, download TEXT, updating TEXT, window TEXT, status TEXT,"
    " artifact INTEGER, reopened INTEGER);"
    "CREATE INDEX IF NOT EXISTS action_of ON action (controller, status);"
    "CREATE TABLE IF NOT EXISTS feedback (n INTEGER PRIMARY KEY, action INTEGER, kind TEXT,"
    " execution TEXT, finished TEXT, details TEXT, late INTEGER);"
    "CREATE INDEX IF NOT EXISTS feedback_of ON feedback (action);"
    "CREATE TABLE IF NOT EXISTS count (name TEXT PRIMARY KEY, n INTEGER);";

static void must(struct ddi_store *s, bool ok)
{
    if (ok)
        return;
    fprintf(stderr, "fleet_server: its file: %s\n", sqlite3_errmsg(s->db));
    exit(1);
}

enum err ddi_store_open(struct ddi_store *s, const char *path, const char **why)
{
    int rc = sqlite3_open(path, &s->db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, schema, NULL, NULL, NULL);
    *why = sqlite3_errmsg(s->db);
    return rc == SQLITE_OK ? ERR_OK : ERR_IO;
}

void ddi_store_close(struct ddi_store *s)
{
    sqlite3_close(s->db);
    s->db = NULL;
}

/* ---- statements ---- */

static void bind(struct ddi_store *s, sqlite3_stmt *q, int at, char kind, va_list *args)
{
    int rc = SQLITE_MISUSE;
    if (kind == 's')
        rc = sqlite3_bind_text(q, at, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
    if (kind == 'i')
        rc = sqlite3_bind_int64(q, at, va_arg(*args, int64_t));
    if (kind == 'b') {
        const void *bytes = va_arg(*args, const void *);
        rc = sqlite3_bind_blob(q, at, bytes, va_arg(*args, int), SQLITE_TRANSIENT);
    }
    must(s, rc == SQLITE_OK);
}

static sqlite3_stmt *prepare(struct ddi_store *s, const char *sql, const char *format,
                             va_list *args)
{
    sqlite3_stmt *q;
    must(s, sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK);
    for (int i = 0; format[i] != '\0'; i++)
        bind(s, q, i + 1, format[i], args);
    return q;
}

sqlite3_stmt *ddi_ask(struct ddi_store *s, const char *sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *q = prepare(s, sql, format, &args);
    va_end(args);
    return q;
}

void ddi_run(struct ddi_store *s, const char *sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *q = prepare(s, sql, format, &args);
    va_end(args);
    must(s, sqlite3_step(q) == SQLITE_DONE);
    sqlite3_finalize(q);
}

static void copy_column(char *dst, size_t cap, sqlite3_stmt *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q, column);
    snprintf(dst, cap, "%s", text != NULL ? text : "");
}

/* ---- targets ---- */

bool ddi_target_find(struct ddi_store *s, const char *controller, struct ddi_target *t)
{
    sqlite3_stmt *q = ddi_ask(
        s, "SELECT token, wants_data, requests FROM target WHERE controller = ?", "s", controller);
    bool found = sqlite3_step(q) == SQLITE_ROW;
    if (found) {
        copy_column(t->token, sizeof t->token, q, 0);
        t->wants_data = sqlite3_column_int(q, 1) != 0;
        t->requests = (uint64_t)sqlite3_column_int64(q, 2);
    }
    sqlite3_finalize(q);
    return found;
}

static int64_t one_number(sqlite3_stmt *q)
{
    int64_t n = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return n;
}

enum err ddi_target_add(struct ddi_store *s, const char *controller, const char *token)
{
    if (one_number(ddi_ask(s, "SELECT count(*) FROM target", "")) >= DDI_TARGETS_MAX)
        return ERR_NOSPC;
    ddi_run(s, "INSERT OR IGNORE INTO target VALUES (?, '', '{}', 1, 0)", "s", controller);
    if (token[0] != '\0')
        ddi_run(s, "UPDATE target SET token = ? WHERE controller = ?", "ss", token, controller);
    return ERR_OK;
}

void ddi_target_request(struct ddi_store *s, const char *controller)
{
    ddi_run(s, "UPDATE target SET requests = requests + 1 WHERE controller = ?", "s", controller);
}

/* ---- artifacts ---- */

static void digest(const char *name, const uint8_t *bytes, uint64_t size, char *text)
{
    uint8_t d[EVP_MAX_MD_SIZE];
    size_t len = 0;
    if (EVP_Q_digest(NULL, name, NULL, bytes, size, d, &len) != 1)
        len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", d[i]);
}

enum err ddi_artifact_add(struct ddi_store *s, const char *filename, const uint8_t *bytes,
                          uint64_t size, int64_t *id)
{
    struct ddi_artifact a;
    if (size > DDI_ARTIFACT_MAX)
        return ERR_NOSPC;
    digest("SHA256", bytes, size, a.sha256);
    digest("SHA1", bytes, size, a.sha1);
    digest("MD5", bytes, size, a.md5);
    *id = one_number(ddi_ask(s, "SELECT id FROM artifact WHERE sha256 = ? AND filename = ?", "ss",
                             a.sha256, filename));
    if (*id != 0)
        return ERR_OK;
    ddi_run(s, "INSERT INTO artifact VALUES (NULL, ?, ?, ?, ?, ?)", "ssssb", filename, a.sha256,
            a.sha1, a.md5, (const void *)bytes, (int)size);
    *id = sqlite3_last_insert_rowid(s->db);
    return ERR_OK;
}

bool ddi_artifact_find(struct ddi_store *s, int64_t id, struct ddi_artifact *a)
{
    sqlite3_stmt *q = ddi_ask(
        s, "SELECT filename, sha256, sha1, md5, length(bytes) FROM artifact WHERE id = ?", "i", id);
    bool found = sqlite3_step(q) == SQLITE_ROW;
    if (found) {
        a->id = id;
        copy_column(a->filename, sizeof a->filename, q, 0);
        copy_column(a->sha256, sizeof a->sha256, q, 1);
        copy_column(a->sha1, sizeof a->sha1, q, 2);
        copy_column(a->md5, sizeof a->md5, q, 3);
        a->size = (uint64_t)sqlite3_column_int64(q, 4);
    }
    sqlite3_finalize(q);
    return found;
}

uint8_t *ddi_artifact_bytes(struct ddi_store *s, int64_t id, uint64_t *size)
{
    uint8_t *bytes = NULL;
    sqlite3_stmt *q = ddi_ask(s, "SELECT bytes FROM artifact WHERE id = ?", "i", id);
    if (sqlite3_step(q) == SQLITE_ROW) {
        const void *blob = sqlite3_column_blob(q, 0);
        *size = (uint64_t)sqlite3_column_bytes(q, 0);
        bytes = fleet_memory(1, *size + 1);
        if (*size > 0)
            memcpy(bytes, blob, *size);
    }
    sqlite3_finalize(q);
    return bytes;
}

/* ---- actions ---- */

void ddi_action_add(struct ddi_store *s, struct ddi_action *a)
{
    snprintf(a->status, sizeof a->status, "open");
    ddi_run(s, "INSERT INTO action VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)", "ssssssssi",
            a->controller, a->name, a->version, a->part, a->download, a->update, a->window,
            a->status, a->artifact);
    a->id = sqlite3_last_insert_rowid(s->db);
    a->reopened = false;
}

static bool read_action(sqlite3_stmt *q, struct ddi_action *a)
{
    bool found = sqlite3_step(q) == SQLITE_ROW;
    if (found) {
        a->id = sqlite3_column_int64(q, 0);
        copy_column(a->controller, sizeof a->controller, q, 1);
        copy_column(a->name, sizeof a->name, q, 2);
        copy_column(a->version, sizeof a->version, q, 3);
        copy_column(a->part, sizeof a->part, q, 4);
        copy_column(a->download, sizeof a->download, q, 5);
        copy_column(a->update, sizeof a->update, q, 6);
        copy_column(a->window, sizeof a->window, q, 7);
        copy_column(a->status, sizeof a->status, q, 8);
        a->artifact = sqlite3_column_int64(q, 9);
        a->reopened = sqlite3_column_int(q, 10) != 0;
    }
    sqlite3_finalize(q);
    return found;
}

bool ddi_action_find(struct ddi_store *s, const char *controller, int64_t id, struct ddi_action *a)
{
    return read_action(
        ddi_ask(s, "SELECT " ACTION_COLUMNS " FROM action WHERE controller = ? AND id = ?", "si",
                controller, id),
        a);
}

bool ddi_action_next(struct ddi_store *s, const char *controller, struct ddi_action *a)
{
    return read_action(ddi_ask(s,
                               "SELECT " ACTION_COLUMNS " FROM action WHERE controller = ? AND"
                               " status IN ('open', 'canceling') ORDER BY id LIMIT 1",
                               "s", controller),
                       a);
}

void ddi_action_set_status(struct ddi_store *s, int64_t id, const char *status)
{
    ddi_run(s, "UPDATE action SET status = ? WHERE id = ?", "si", status, id);
}

bool ddi_action_is_open(const struct ddi_action *a)
{
    return strcmp(a->status, "open") == 0 || strcmp(a->status, "canceling") == 0;
}

void ddi_count(struct ddi_store *s, const char *name)
{
    ddi_run(s, "INSERT INTO count VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1", "s",
            name);
}
