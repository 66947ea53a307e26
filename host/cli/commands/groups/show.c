#include "host/cli/commands/groups/show.h"

#include <string.h>

const char *show_text(struct cbor_span s)
{
    char *text = cli_memory(s.len);
    memcpy(text, s.ptr, s.len);
    for (size_t i = 0; i < s.len; i++)
        if (text[i] == '\0')
            text[i] = '\xff';
    return text;
}

const char *show_word(struct cbor_span s)
{
    return cli_one_line(show_text(s));
}

bool show_is_text(struct cbor_span s)
{
    const char *text = s.len > 0 ? show_text(s) : "";
    return s.len > 0 && strcmp(text, cli_one_line(text)) == 0;
}

const char *show_hex(struct cbor_span s)
{
    char *hex = cli_memory(2 * s.len);
    cli_hex(hex, s.ptr, s.len);
    return hex;
}

/* Columns of a terminal that the word takes: its characters, not its bytes. */
static int width(const char *word)
{
    int n = 0;
    for (; *word != '\0'; word++)
        n += ((unsigned char)*word & 0xc0) != 0x80;
    return n;
}

void show_table(const char *const *cells, unsigned rows, unsigned columns, unsigned to_right)
{
    int widest[SHOW_COLUMNS_MAX] = {0};
    for (unsigned i = 0; i < rows * columns; i++)
        if (width(cells[i]) > widest[i % columns])
            widest[i % columns] = width(cells[i]);
    for (unsigned i = 0; i < rows * columns; i++) {
        const unsigned column = i % columns;
        const bool right = (to_right >> column & 1) != 0, last = column + 1 == columns;
        const int gap = widest[column] - width(cells[i]);
        cli_print(stdout, "%*s%s%*s%s", right ? gap : 0, "", cells[i], right || last ? 0 : gap, "",
                  last ? "\n" : "  ");
    }
}

int show_check_name(const struct cli_args *a, unsigned n, const char *what)
{
    const unsigned char *s = (const unsigned char *)a->arg[n];
    if (*s == '\0')
        return cli_usage(a, "%s is empty", what);
    while (*s != '\0') {
        const unsigned length = cli_utf8_length(s);
        if (length == 0)
            return cli_usage(a, "%s is not UTF-8, which SMP wants: '%s'", what, a->arg[n]);
        s += length;
    }
    return CLI_DONE;
}
