/* show.h - what the commands of the SMP groups have in common: names from an answer or for a request, values, tables. */
#ifndef HOST_CLI_COMMANDS_GROUPS_SHOW_H
#define HOST_CLI_COMMANDS_GROUPS_SHOW_H

#include "core/smp/wire/cbor_map.h"
#include "host/cli/core/cli.h"

/* The bytes as a text that lives until cli_run returns; a NUL becomes a byte that is no UTF-8. */
const char *show_text(struct cbor_span s);
/* The same for a terminal: one line. */
const char *show_word(struct cbor_span s);
/* True for bytes that a terminal shows as they are: UTF-8 without controls and hidden marks, at least one character. */
bool show_is_text(struct cbor_span s);
const char *show_hex(struct cbor_span s);

#define SHOW_COLUMNS_MAX 8u

/* Rows of columns cells, the first row being the heads, as wide as the widest cell; to_right: a bit for each column that is
 * aligned so. cells: words of one line each. */
void show_table(const char *const *cells, unsigned rows, unsigned columns, unsigned to_right);

/* CLI_DONE, or CLI_USAGE with the error printed if argument n, called what, is empty or is not UTF-8. */
MUST_CHECK int show_check_name(const struct cli_args *a, unsigned n, const char *what);

#endif
