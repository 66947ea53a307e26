#include "vboard/soc/h7/flash/pages.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/compiler.h"

struct page {
    atomic_uint refs;
    uint8_t bytes[SOC_PAGE];
};

static atomic_size_t alive;

static struct page *page_of(uint8_t *bytes)
{
    return CONTAINER_OF(bytes, struct page, bytes);
}

static uint8_t *page_new(void)
{
    struct page *p = malloc(sizeof *p);
    if (p == NULL) {
        fprintf(stderr, "vboard: no memory for another page of 16 KB\n");
        abort();
    }
    atomic_init(&p->refs, 1);
    atomic_fetch_add_explicit(&alive, 1, memory_order_relaxed);
    return p->bytes; /* cppcheck-suppress memleak ; page_of() finds the page again */
}

void pages_share(uint8_t *const *table, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (table[i] != NULL)
            atomic_fetch_add_explicit(&page_of(table[i])->refs, 1, memory_order_relaxed);
}

void pages_drop(uint8_t **table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t *bytes = table[i];
        table[i] = NULL;
        if (bytes == NULL ||
            atomic_fetch_sub_explicit(&page_of(bytes)->refs, 1, memory_order_acq_rel) != 1)
            continue;
        free(page_of(bytes));
        atomic_fetch_sub_explicit(&alive, 1, memory_order_relaxed);
    }
}

uint8_t *page_own(uint8_t **page)
{
    uint8_t *old = *page;
    if (old != NULL && atomic_load_explicit(&page_of(old)->refs, memory_order_acquire) == 1)
        return old;
    *page = page_new();
    if (old != NULL)
        memcpy(*page, old, SOC_PAGE);
    pages_drop(&old, 1);
    return *page;
}

size_t pages_alive(void)
{
    return atomic_load_explicit(&alive, memory_order_relaxed);
}
