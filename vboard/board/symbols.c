#include "vboard/board/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct symbols *symbols_share(struct symbols *s)
{
    if (s != NULL)
        __atomic_add_fetch(&s->users, 1, __ATOMIC_RELAXED);
    return s;
}

void symbols_drop(struct symbols *s)
{
    if (s == NULL || __atomic_sub_fetch(&s->users, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    free(s->rows);
    free(s->text);
    free(s);
}

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->number != y->number)
        return x->number ? 1 : -1;
    if (x->addr != y->addr)
        return x->addr < y->addr ? -1 : 1;
    return x->size > y->size ? -1 : x->size < y->size; /* the one with a size first */
}

/* The new file has a number of this name. */
static bool is_renewed(const char *name, const struct symbol *rows, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].number && strcmp(text + rows[i].name, name) == 0)
            return true;
    return false;
}

struct symbols *symbols_merge(struct symbols *old, const struct symbol *rows, size_t count,
                              const char *text, size_t text_size,
                              bool (*replaced)(const void *ctx, uint32_t addr), const void *ctx)
{
    size_t old_count = old != NULL ? old->count : 0, old_text = old != NULL ? old->text_size : 0;
    struct symbols *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->users = 1;
    s->rows = calloc(old_count + count + 1, sizeof *s->rows);
    s->text = calloc(1, old_text + text_size + 1);
    if (s->rows == NULL || s->text == NULL) {
        symbols_drop(s);
        return NULL;
    }
    for (size_t i = 0; i < old_count; i++)
        if (old->rows[i].number ? !is_renewed(old->text + old->rows[i].name, rows, count, text)
                                : !replaced(ctx, old->rows[i].addr))
            s->rows[s->count++] = old->rows[i];
    if (old_text != 0)
        memcpy(s->text, old->text, old_text);
    if (text_size != 0)
        memcpy(s->text + old_text, text, text_size);
    s->text_size = old_text + text_size;
    for (size_t i = 0; i < count; i++) {
        s->rows[s->count] = rows[i];
        s->rows[s->count++].name += (uint32_t)old_text;
    }
    qsort(s->rows, s->count, sizeof *s->rows, by_address);
    while (s->places < s->count && !s->rows[s->places].number)
        s->places++;
    symbols_drop(old);
    return s;
}

void symbols_name(const struct symbols *s, uint32_t addr, char *dst, size_t cap)
{
    dst[0] = '\0';
    if (s == NULL || s->places == 0 || s->rows[0].addr > addr)
        return;
    size_t low = 0, high = s->places; /* rows[low].addr <= addr < rows[high].addr */
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (s->rows[mid].addr <= addr)
            low = mid;
        else
            high = mid;
    }
    while (low > 0 && s->rows[low - 1].addr == s->rows[low].addr)
        low--;
    const struct symbol *r = &s->rows[low];
    uint32_t off = addr - r->addr;
    if (r->size != 0 ? off >= r->size : off >= 0x1000)
        return;
    if (off == 0)
        snprintf(dst, cap, "%s", s->text + r->name);
    else
        snprintf(dst, cap, "%s+0x%x", s->text + r->name, (unsigned)off);
}

bool symbols_find(const struct symbols *s, const char *name, uint32_t *addr)
{
    for (size_t i = 0; s != NULL && i < s->count; i++) {
        if (strcmp(s->text + s->rows[i].name, name) != 0)
            continue;
        *addr = s->rows[i].addr;
        return true;
    }
    return false;
}
