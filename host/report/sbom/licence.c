/* licence.c - the grammar of SPDX 2.3, annex D, without recursion: operands and operators take turns, and a counter stands
 * for the brackets. */
#include "host/report/sbom/licence.h"

#include <string.h>

#include "host/cli/core/cli.h"

#define ID_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"

enum token { END, ID, AND_OR, WITH, OPEN, CLOSE, BAD };

static enum token word(const char *at, size_t len)
{
    if ((len == 3 && memcmp(at, "AND", 3) == 0) || (len == 2 && memcmp(at, "OR", 2) == 0))
        return AND_OR;
    return len == 4 && memcmp(at, "WITH", 4) == 0 ? WITH : ID;
}

/* The token at *text, which moves behind it. An identifier may end with +. */
static enum token next(const char **text)
{
    const char *at = *text + strspn(*text, " ");
    size_t len = strspn(at, ID_LETTERS);
    if (*at == '\0')
        return END;
    *text = at + (len > 0 ? len : 1);
    if (len == 0)
        return *at == '(' ? OPEN : *at == ')' ? CLOSE : BAD;
    enum token t = word(at, len);
    if (t == ID && **text == '+')
        ++*text;
    return t;
}

bool licence_is_expression(const char *text)
{
    unsigned depth = 0;
    enum token last = AND_OR; /* an operand is due */
    if (strlen(text) > LICENCE_TEXT_MAX)
        return false;
    for (;;) {
        enum token t = next(&text);
        bool due = last == AND_OR || last == OPEN;
        if (t == END)
            return !due && last != WITH && depth == 0;
        if (t == BAD || (t == OPEN) != (due && t != ID))
            return false;
        if (t == ID && !due && last != WITH)
            return false;
        if (t == WITH && last != ID)
            return false;
        if (t == CLOSE && (last == WITH || depth == 0))
            return false;
        if (t == AND_OR && last == WITH)
            return false;
        depth += t == OPEN;
        depth -= t == CLOSE;
        last =
            t == ID && last == WITH ? CLOSE : t; /* what WITH names cannot have a WITH of its own */
    }
}

const char *licence_next_ref(const char **text)
{
    const char *at = strstr(*text, "LicenseRef-");
    if (at == NULL)
        return "";
    size_t len = strspn(at, ID_LETTERS);
    *text = at + len;
    return cli_text("%.*s", (int)len, at);
}
