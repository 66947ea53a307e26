#include "core/base/err.h"

#include <stddef.h>

#include "core/base/compiler.h"

static const struct {
    enum err code;
    const char *text;
} texts[] = {
    {ERR_OK, "success"},
    {ERR_STATE, "not allowed in the present state"},
    {ERR_NOENT, "not found"},
    {ERR_IO, "input/output error"},
    {ERR_NOMEM, "buffer too small"},
    {ERR_ACCESS, "locked or write-protected"},
    {ERR_ALIGN, "not aligned to the device's unit"},
    {ERR_BUSY, "busy"},
    {ERR_NOT_BLANK, "not erased"},
    {ERR_INVAL, "invalid argument"},
    {ERR_NOSPC, "does not fit"},
    {ERR_RANGE, "out of range"},
    {ERR_PEER, "refused by the other side"},
    {ERR_UNREADABLE, "unreadable flash word (double ECC error)"},
    {ERR_FORMAT, "malformed data"},
    {ERR_CLOSED, "connection closed"},
    {ERR_TIMEOUT, "timed out"},
    {ERR_NOTSUP, "not supported"},
};

const char *err_text(enum err e)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].code == e)
            return texts[i].text;
    return "unknown error";
}
