#include "host/client/json_bytes.h"

#include "host/client/smp_json_encode.h"

const json_t *json_bytes_of(const json_t *v)
{
    return json_object_size(v) == 1 ? json_object_get(v, SMP_JSON_BYTES) : NULL;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool json_bytes_decode(const json_t *hex, uint8_t *bytes, size_t cap, size_t *len)
{
    const char *text = json_string_value(hex);
    *len = 0;
    if (text == NULL)
        return false;
    for (; text[0] != '\0'; text += 2) {
        int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
        if (low < 0 || *len == cap)
            return false;
        bytes[(*len)++] = (uint8_t)(high * 16 + low);
    }
    return true;
}
