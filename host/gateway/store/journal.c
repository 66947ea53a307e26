#include "host/gateway/store/journal.h"

#include <stdio.h>
#include <string.h>

#include "host/gateway/store/journal_db.h"

/* ---- states ---- */

static const char *const state_names[] = {
    [JOURNAL_OFFERED] = "offered",     [JOURNAL_FETCHING] = "fetching",
    [JOURNAL_WAITING] = "waiting",     [JOURNAL_RUNNING] = "running",
    [JOURNAL_SUCCEEDED] = "succeeded", [JOURNAL_FAILED] = "failed",
    [JOURNAL_CANCELLED] = "cancelled",
};

const char *journal_state_name(enum journal_state s)
{
    return (unsigned)s < ARRAY_LEN(state_names) ? state_names[s] : "unknown";
}

bool journal_state_is_closed(enum journal_state s)
{
    return s >= JOURNAL_SUCCEEDED;
}

static bool parse_state(const char *name, enum journal_state *state)
{
    for (unsigned i = 0; i < ARRAY_LEN(state_names); i++) {
        *state = (enum journal_state)i;
        if (strcmp(state_names[i], name) == 0)
            return true;
    }
    return false;
}

/* ---- several puts as one; limits ---- */

enum err journal_begin(struct journal *j)
{
    if (j->together)
        return db_fail(j, ERR_STATE, "begun twice");
    enum err e = db_exec(j, "BEGIN IMMEDIATE");
    j->together = e == ERR_OK;
    j->first = ERR_OK;
    return e;
}

/* A failed statement may have ended the transaction already, as a full disk does. */
static void roll_back(struct journal *j)
{
    if (!sqlite3_get_autocommit(j->db))
        (void)sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
}

enum err journal_commit(struct journal *j)
{
    if (!j->together)
        return db_fail(j, ERR_STATE, "not begun");
    enum err e = j->first;
    if (e == ERR_OK)
        e = db_exec(j, "COMMIT");
    if (e != ERR_OK)
        roll_back(j);
    j->together = false;
    return e;
}

/* For a put of several statements: its own transaction, unless the caller has begun one. */
static enum err begin_own(struct journal *j, bool *own)
{
    *own = !j->together;
    return *own ? journal_begin(j) : j->first;
}

static enum err finish_own(struct journal *j, bool own, enum err e)
{
    if (!own || !j->together)
        return e;
    enum err end = journal_commit(j);
    return e == ERR_OK ? end : e;
}

enum err journal_limit(struct journal *j, uint32_t events, uint64_t bytes)
{
    char sql[80];
    struct db_statement s;
    j->events_max = events > 0 ? events : 1;
    db_begin(&s, j, "PRAGMA page_size");
    enum err e = db_row(&s);
    int64_t page = e == ERR_OK ? db_column_number(&s, 0, 512, UINT16_MAX + 1) : 1;
    db_end(&s);
    uint64_t pages = bytes / (uint64_t)page;
    if (e != ERR_OK || bytes == 0)
        pages = UINT32_MAX - 1;
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %llu",
             (unsigned long long)(pages > 0 ? pages : 1));
    return e == ERR_OK ? db_exec(j, sql) : e;
}

/* The rows' pages stay in the file as free ones, and the log keeps its size. The checkpoint makes the file itself grow;
 * that it cannot finish beside a reader is no error. */
enum err journal_reserve(struct journal *j, uint32_t bytes)
{
    struct db_statement s;
    if (j->together)
        return db_fail(j, ERR_STATE, "not between begin and commit");
    db_begin(&s, j, "INSERT INTO room (bytes) VALUES (zeroblob(?))");
    db_number(&s, bytes);
    enum err e = db_run(&s);
    if (e == ERR_OK)
        e = db_exec(j, "DELETE FROM room");
    return e == ERR_OK ? db_exec(j, "PRAGMA wal_checkpoint(PASSIVE)") : e;
}

/* ---- actions ---- */

#define ACTION_COLUMNS                                                                      \
    "controller, id, artifact, file, version, hash, state, step, since, reason, attempts, " \
    "reported"

static void read_action(struct db_statement *s, struct journal_action *a)
{
    char state[16];
    memset(a, 0, sizeof *a);
    db_column_text(s, 0, a->controller, sizeof a->controller);
    db_column_text(s, 1, a->id, sizeof a->id);
    db_column_text(s, 2, a->artifact, sizeof a->artifact);
    db_column_text(s, 3, a->file, sizeof a->file);
    db_column_text(s, 4, a->version, sizeof a->version);
    db_column_text(s, 5, a->hash, sizeof a->hash);
    db_column_text(s, 6, state, sizeof state);
    db_column_text(s, 7, a->step, sizeof a->step);
    a->since = db_column_number(s, 8, INT64_MIN, INT64_MAX);
    db_column_text(s, 9, a->reason, sizeof a->reason);
    a->attempts = (uint32_t)db_column_number(s, 10, 0, UINT32_MAX);
    a->reported = db_column_number(s, 11, 0, 1) != 0;
    if (s->e == ERR_OK && !parse_state(state, &a->state))
        s->e = db_fail(s->j, ERR_FORMAT, "the journal holds a state that this slipway lacks");
}

static enum err write_action(struct journal *j, const struct journal_action *a)
{
    struct db_statement s;
    db_begin(&s, j,
             "INSERT INTO action (" ACTION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
             " ON CONFLICT (controller, id) DO UPDATE SET artifact = excluded.artifact,"
             " file = excluded.file, version = excluded.version, hash = excluded.hash,"
             " state = excluded.state, step = excluded.step, since = excluded.since,"
             " reason = excluded.reason, attempts = excluded.attempts,"
             " reported = excluded.reported");
    db_id(&s, a->controller, JOURNAL_CONTROLLER_MAX);
    db_id(&s, a->id, JOURNAL_ID_MAX);
    db_text(&s, a->artifact, JOURNAL_SHA256_MAX);
    db_text(&s, a->file, JOURNAL_NAME_MAX);
    db_text(&s, a->version, JOURNAL_VERSION_MAX);
    db_text(&s, a->hash, JOURNAL_HASH_MAX);
    db_text(&s, journal_state_name(a->state), JOURNAL_STEP_MAX);
    db_text(&s, a->step, JOURNAL_STEP_MAX);
    db_number(&s, a->since);
    db_text(&s, a->reason, JOURNAL_TEXT_MAX);
    db_number(&s, a->attempts);
    db_number(&s, a->reported);
    return db_run(&s);
}

/* The server does not offer again what it has acknowledged as closed; the newest are kept for people. */
static enum err forget_reported(struct journal *j, const char *controller)
{
    struct db_statement s;
    db_begin(&s, j,
             "DELETE FROM action WHERE number IN (SELECT number FROM action"
             " WHERE controller = ? AND reported = 1 ORDER BY number DESC LIMIT -1 OFFSET ?)");
    db_id(&s, controller, JOURNAL_CONTROLLER_MAX);
    db_number(&s, JOURNAL_ACTIONS_MAX);
    return db_run(&s);
}

enum err journal_put_action(struct journal *j, const struct journal_action *a)
{
    bool own;
    if (a->reported && !journal_state_is_closed(a->state))
        return db_fail(j, ERR_INVAL, "reported as closed, but it is not closed");
    enum err e = begin_own(j, &own);
    if (e == ERR_OK)
        e = write_action(j, a);
    if (e == ERR_OK && a->reported)
        e = forget_reported(j, a->controller);
    return finish_own(j, own, e);
}

/* The first row, and the end of the statement. */
static enum err take_action(struct db_statement *s, struct journal_action *a)
{
    enum err e = db_row(s);
    if (e == ERR_OK) {
        read_action(s, a);
        e = db_column_error(s);
    }
    db_end(s);
    return e;
}

enum err journal_get_action(struct journal *j, const char *controller, const char *id,
                            struct journal_action *a)
{
    struct db_statement s;
    db_begin(&s, j, "SELECT " ACTION_COLUMNS " FROM action WHERE controller = ? AND id = ?");
    db_id(&s, controller, JOURNAL_CONTROLLER_MAX);
    db_id(&s, id, JOURNAL_ID_MAX);
    return take_action(&s, a);
}

static enum err each_action(struct db_statement *s, journal_action_fn f, void *ctx)
{
    struct journal_action a;
    enum err e;
    while ((e = db_row(s)) == ERR_OK) {
        read_action(s, &a);
        if (db_column_error(s) == ERR_OK && !f(ctx, &a))
            break;
    }
    db_end(s);
    return e == ERR_NOENT ? ERR_OK : e;
}

enum err journal_each_open_action(struct journal *j, journal_action_fn f, void *ctx)
{
    struct db_statement s;
    db_begin(&s, j, "SELECT " ACTION_COLUMNS " FROM action WHERE reported = 0 ORDER BY number");
    return each_action(&s, f, ctx);
}

enum err journal_each_action(struct journal *j, uint32_t limit, journal_action_fn f, void *ctx)
{
    struct db_statement s;
    db_begin(&s, j,
             "SELECT " ACTION_COLUMNS " FROM action ORDER BY since DESC, number DESC LIMIT ?");
    db_number(&s, limit);
    return each_action(&s, f, ctx);
}

/* ---- devices ---- */

#define DEVICE_COLUMNS "controller, version, hash, confirmed, slot, seen, error"

static void read_device(struct db_statement *s, struct journal_device *d)
{
    memset(d, 0, sizeof *d);
    db_column_text(s, 0, d->controller, sizeof d->controller);
    db_column_text(s, 1, d->version, sizeof d->version);
    db_column_text(s, 2, d->hash, sizeof d->hash);
    d->confirmed = db_column_number(s, 3, 0, 1) != 0;
    d->slot = (uint32_t)db_column_number(s, 4, 0, UINT32_MAX);
    d->seen = db_column_number(s, 5, INT64_MIN, INT64_MAX);
    db_column_text(s, 6, d->error, sizeof d->error);
}

enum err journal_put_device(struct journal *j, const struct journal_device *d)
{
    struct db_statement s;
    db_begin(&s, j,
             "INSERT OR REPLACE INTO device (" DEVICE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)");
    db_id(&s, d->controller, JOURNAL_CONTROLLER_MAX);
    db_text(&s, d->version, JOURNAL_VERSION_MAX);
    db_text(&s, d->hash, JOURNAL_HASH_MAX);
    db_number(&s, d->confirmed);
    db_number(&s, d->slot);
    db_number(&s, d->seen);
    db_text(&s, d->error, JOURNAL_TEXT_MAX);
    return db_run(&s);
}

enum err journal_get_device(struct journal *j, const char *controller, struct journal_device *d)
{
    struct db_statement s;
    db_begin(&s, j, "SELECT " DEVICE_COLUMNS " FROM device WHERE controller = ?");
    db_id(&s, controller, JOURNAL_CONTROLLER_MAX);
    enum err e = db_row(&s);
    if (e == ERR_OK) {
        read_device(&s, d);
        e = db_column_error(&s);
    }
    db_end(&s);
    return e;
}

enum err journal_each_device(struct journal *j, journal_device_fn f, void *ctx)
{
    struct db_statement s;
    struct journal_device d;
    enum err e;
    db_begin(&s, j, "SELECT " DEVICE_COLUMNS " FROM device ORDER BY controller");
    while ((e = db_row(&s)) == ERR_OK) {
        read_device(&s, &d);
        if (db_column_error(&s) == ERR_OK && !f(ctx, &d))
            break;
    }
    db_end(&s);
    return e == ERR_NOENT ? ERR_OK : e;
}

/* ---- events ---- */

static enum err write_event(struct journal *j, int64_t time, const char *controller,
                            const char *action, const char *text)
{
    struct db_statement s;
    db_begin(&s, j, "INSERT INTO event (time, controller, action, text) VALUES (?, ?, ?, ?)");
    db_number(&s, time);
    db_text(&s, controller, JOURNAL_CONTROLLER_MAX);
    db_text(&s, action, JOURNAL_ID_MAX);
    db_text(&s, text, JOURNAL_TEXT_MAX);
    return db_run(&s);
}

enum err journal_event(struct journal *j, int64_t time, const char *controller, const char *action,
                       const char *text)
{
    bool own;
    struct db_statement s;
    enum err e = begin_own(j, &own);
    if (e == ERR_OK)
        e = write_event(j, time, controller, action, text);
    if (e == ERR_OK) {
        db_begin(&s, j, "DELETE FROM event WHERE id <= ?");
        db_number(&s, sqlite3_last_insert_rowid(j->db) - j->events_max);
        e = db_run(&s);
    }
    return finish_own(j, own, e);
}

enum err journal_each_event(struct journal *j, int64_t since, journal_event_fn f, void *ctx)
{
    struct db_statement s;
    struct journal_event v;
    enum err e;
    db_begin(&s, j,
             "SELECT id, time, controller, action, text FROM event WHERE id > ? ORDER BY id");
    db_number(&s, since);
    while ((e = db_row(&s)) == ERR_OK) {
        v.id = db_column_number(&s, 0, 1, INT64_MAX);
        v.time = db_column_number(&s, 1, INT64_MIN, INT64_MAX);
        db_column_text(&s, 2, v.controller, sizeof v.controller);
        db_column_text(&s, 3, v.action, sizeof v.action);
        db_column_text(&s, 4, v.text, sizeof v.text);
        if (db_column_error(&s) == ERR_OK && !f(ctx, &v))
            break;
    }
    db_end(&s);
    return e == ERR_NOENT ? ERR_OK : e;
}

/* ---- settings ---- */

enum err journal_set(struct journal *j, const char *name, const char *value)
{
    struct db_statement s;
    db_begin(&s, j,
             value != NULL ? "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)"
                           : "DELETE FROM setting WHERE name = ?");
    db_id(&s, name, JOURNAL_NAME_MAX);
    if (value != NULL)
        db_text(&s, value, JOURNAL_SETTING_MAX);
    return db_run(&s);
}

enum err journal_get(struct journal *j, const char *name, char *value, size_t cap)
{
    char text[JOURNAL_SETTING_MAX + 1];
    struct db_statement s;
    db_begin(&s, j, "SELECT value FROM setting WHERE name = ?");
    db_id(&s, name, JOURNAL_NAME_MAX);
    enum err e = db_row(&s);
    if (e == ERR_OK) {
        db_column_text(&s, 0, text, sizeof text);
        e = db_column_error(&s);
    }
    db_end(&s);
    if (e != ERR_OK)
        return e;
    if (strlen(text) >= cap)
        return db_fail(j, ERR_NOMEM, "the setting is longer than the caller's buffer");
    snprintf(value, cap, "%s", text);
    return ERR_OK;
}
