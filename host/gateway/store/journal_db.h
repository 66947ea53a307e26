/* journal_db.h - SQLite as journal.c uses it: the open file, its errors as enum err, statements with their values. Only
 * for journal.c and journal_db.c. */
#ifndef HOST_GATEWAY_STORE_JOURNAL_DB_H
#define HOST_GATEWAY_STORE_JOURNAL_DB_H

#include <sqlite3.h>

#include "host/gateway/store/journal.h"

struct journal {
    sqlite3 *db;
    int lock;       /* the file path.lock; -1: none */
    bool together;  /* between journal_begin and journal_commit */
    enum err first; /* together: the first error */
    uint32_t events_max;
    char why[256];
};

/* Note an error with its words, which are ours or those of SQLite for its result code. Returns it. */
enum err db_fail(struct journal *j, enum err e, const char *why);
enum err db_fail_sqlite(struct journal *j, int code);

/* Run a text of statements without values. */
MUST_CHECK enum err db_exec(struct journal *j, const char *sql);

/* A statement with its values, in the order of its '?'. Values are added by db_text and db_number, which remember the
 * first error; db_run and db_row report it. db_end gives the statement back and must follow in any case. */
struct db_statement {
    struct journal *j;
    sqlite3_stmt *s;
    int values;
    enum err e;
};
void db_begin(struct db_statement *s, struct journal *j, const char *sql);
void db_text(struct db_statement *s, const char *text, size_t max); /* cut to max bytes */
void db_id(struct db_statement *s, const char *text, size_t max);   /* ERR_INVAL: empty, longer */
void db_number(struct db_statement *s, int64_t number);
/* To the next row. ERR_NOENT: there is none any more. */
MUST_CHECK enum err db_row(struct db_statement *s);
/* Run to the end, and db_end. */
MUST_CHECK enum err db_run(struct db_statement *s);
void db_end(struct db_statement *s);

/* Values of the row. A text that dst cannot hold is noted as ERR_FORMAT, which the next db_row and db_column_error
 * report: no journal of ours has one. */
void db_column_text(struct db_statement *s, int column, char *dst, size_t cap);
int64_t db_column_number(struct db_statement *s, int column, int64_t min, int64_t max);
enum err db_column_error(const struct db_statement *s);

#endif
