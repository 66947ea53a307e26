#include "host/gateway/server/ddi_text.h"

#include <string.h>

#include "host/cli/core/cli.h"
#include "host/cli/core/plain_text.h"

/* What is written for the character at s, and its length in *n (at least 1). NULL: the bytes themselves. */
static const char *instead(const unsigned char *s, unsigned *n)
{
    bool upper_control = s[0] == 0xc2 && s[1] < 0xa0;
    *n = cli_utf8_length(s);
    if (*n == 0) {
        *n = 1;
        return "?";
    }
    if (s[0] == '\n' || s[0] == '\t' || s[0] == '\r')
        return " ";
    return s[0] < 0x20 || s[0] == 0x7f || upper_control ? "?" : NULL;
}

void ddi_text_clean(char *dst, const char *text, size_t max)
{
    struct escapes escapes = {.state = 0};
    size_t used = 0, len = 0, room_for_dots = 0;
    unsigned n;
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0'; s += n) {
        const char *other = instead(s, &n);
        bool escape = false;
        for (unsigned i = 0; i < n; i++)
            escape = escapes_take(&escapes, s[i]) || escape;
        if (escape)
            continue;
        size_t units = n == 4 ? 2 : 1, bytes = other != NULL ? 1 : n;
        if (used + units > max) {
            len = room_for_dots;
            memcpy(dst + len, "...", 3);
            len += 3;
            break;
        }
        memcpy(dst + len, other != NULL ? other : (const char *)s, bytes);
        used += units;
        len += bytes;
        if (used + 3 <= max)
            room_for_dots = len;
    }
    dst[len] = '\0';
}
