#include "rehearse/closure/closure_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void closure_must(bool ok)
{
    if (!ok) {
        fputs("closure: out of memory\n", stderr);
        abort();
    }
}

uint64_t hash_bytes(uint64_t h, const uint8_t *p, uint32_t len)
{
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        h = hash_mix(h, v);
    }
    for (; len > 0; p++, len--)
        h = hash_mix(h, *p);
    return h;
}

static uint32_t fold(uint64_t h)
{
    return (uint32_t)(h ^ h >> 32);
}

/* ---- contents ------------------------------------------------------------------------------------ */

static uint32_t stride(const struct content_store *s)
{
    return s->sector + s->words + 1;
}

const uint8_t *store_bytes(const struct content_store *s, uint32_t id)
{
    return s->content + (size_t)id * stride(s);
}

const uint8_t *store_cells(const struct content_store *s, uint32_t id)
{
    return store_bytes(s, id) + s->sector;
}

bool store_torn(const struct content_store *s, uint32_t id)
{
    return store_cells(s, id)[s->words] != 0;
}

static uint32_t *content_slot(struct content_store *s, const uint8_t *bytes, const uint8_t *cells)
{
    uint32_t h = fold(hash_bytes(hash_bytes(1, bytes, s->sector), cells, s->words));
    for (;; h++) {
        uint32_t *at = &s->index[h & (s->index_size - 1)];
        if (*at == 0 || (memcmp(store_bytes(s, *at - 1), bytes, s->sector) == 0 &&
                         memcmp(store_cells(s, *at - 1), cells, s->words) == 0))
            return at;
    }
}

static void grow_contents(struct content_store *s)
{
    s->cap *= 2;
    s->content = realloc(s->content, (size_t)s->cap * stride(s));
    free(s->index);
    s->index_size = s->cap * 2;
    s->index = calloc(s->index_size, sizeof(*s->index));
    closure_must(s->content && s->index);
    for (uint32_t i = 0; i < s->count; i++)
        *content_slot(s, store_bytes(s, i), store_cells(s, i)) = i + 1;
}

static bool has_marks(const uint8_t *cells, uint32_t words)
{
    return memchr(cells, CELL_UNREADABLE, words) || memchr(cells, CELL_TOUCHED, words);
}

uint32_t store_content(struct content_store *s, const uint8_t *bytes, const uint8_t *cells)
{
    uint32_t *at = content_slot(s, bytes, cells);
    if (*at != 0)
        return *at - 1;
    uint8_t *c = s->content + (size_t)s->count * stride(s);
    memcpy(c, bytes, s->sector);
    memcpy(c + s->sector, cells, s->words);
    c[s->sector + s->words] = has_marks(cells, s->words);
    uint32_t number = s->count++;
    *at = number + 1;
    if (s->count == s->cap)
        grow_contents(s);
    return number;
}

/* ---- sets ---------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t *set_slot(struct content_store *s, const uint32_t *ids, uint32_t count)
{
    size_t bytes = count * sizeof(*ids);
    uint32_t h = fold(hash_bytes(count, (const uint8_t *)ids, (uint32_t)bytes));
    for (;; h++) {
        uint32_t *at = &s->set_index[h & (s->set_index_size - 1)];
        const struct content_set *have = *at ? &s->set[*at - 1] : NULL;
        if (!have || (have->count == count && memcmp(s->pool + have->first, ids, bytes) == 0))
            return at;
    }
}

static void grow_sets(struct content_store *s)
{
    s->set_cap *= 2;
    s->set = realloc(s->set, s->set_cap * sizeof(*s->set));
    free(s->set_index);
    s->set_index_size = s->set_cap * 2;
    s->set_index = calloc(s->set_index_size, sizeof(*s->set_index));
    closure_must(s->set && s->set_index);
    for (uint32_t i = 0; i < s->sets; i++)
        *set_slot(s, s->pool + s->set[i].first, s->set[i].count) = i + 1;
}

static uint32_t add_set(struct content_store *s, const uint32_t *ids, uint32_t count)
{
    while (s->pool_count + count > s->pool_cap) {
        s->pool_cap *= 2;
        s->pool = realloc(s->pool, s->pool_cap * sizeof(*s->pool));
        closure_must(s->pool != NULL);
    }
    memcpy(s->pool + s->pool_count, ids, count * sizeof(*ids));
    s->set[s->sets] = (struct content_set){.first = s->pool_count, .count = count};
    s->pool_count += count;
    uint32_t number = s->sets++;
    if (s->sets == s->set_cap)
        grow_sets(s);
    return number;
}

uint32_t store_set(struct content_store *s, uint32_t *ids, uint32_t count)
{
    uint32_t n = 0;
    qsort(ids, count, sizeof(*ids), by_number);
    for (uint32_t i = 0; i < count; i++)
        if (n == 0 || ids[n - 1] != ids[i])
            ids[n++] = ids[i];
    if (n == 1)
        return ids[0];
    uint32_t *at = set_slot(s, ids, n);
    if (*at != 0)
        return (*at - 1) | SET_BIT;
    *at = s->sets + 1;
    return add_set(s, ids, n) | SET_BIT;
}

const uint32_t *store_members(const struct content_store *s, const uint32_t *id, uint32_t *count)
{
    *count = 1;
    if (!is_set(*id))
        return id;
    const struct content_set *set = &s->set[*id & ~(SET_BIT | UNSTABLE_BIT)];
    *count = set->count;
    return s->pool + set->first;
}

bool store_holds(const struct content_store *s, uint32_t set, uint32_t id)
{
    uint32_t count;
    const uint32_t *ids = store_members(s, &set, &count);
    return bsearch(&id, ids, count, sizeof(id), by_number) != NULL;
}

/* ---- runs ---------------------------------------------------------------------------------------- */

static struct content_run *run_slot(const struct content_store *s, uint64_t key)
{
    for (uint64_t h = key;; h++) {
        struct content_run *at = &s->run[h & (s->run_size - 1)];
        if (at->key == 0 || at->key == key)
            return at;
    }
}

bool store_find_run(const struct content_store *s, uint64_t key, uint32_t *id)
{
    const struct content_run *at = run_slot(s, key);
    *id = at->id;
    return at->key == key;
}

static void grow_runs(struct content_store *s)
{
    struct content_run *old = s->run;
    uint32_t size = s->run_size;
    s->run_size *= 2;
    s->run = calloc(s->run_size, sizeof(*s->run));
    closure_must(s->run != NULL);
    for (uint32_t i = 0; i < size; i++)
        if (old[i].key)
            *run_slot(s, old[i].key) = old[i];
    free(old);
}

void store_put_run(struct content_store *s, uint64_t key, uint32_t id)
{
    *run_slot(s, key) = (struct content_run){.key = key, .id = id};
    if (++s->runs > s->run_size / 2)
        grow_runs(s);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

void store_open(struct content_store *s, uint32_t sector, uint32_t words)
{
    *s = (struct content_store){.sector = sector,
                                .words = words,
                                .cap = 1024,
                                .index_size = 2048,
                                .set_cap = 256,
                                .set_index_size = 512,
                                .pool_cap = 4096,
                                .run_size = 1024};
    s->content = malloc((size_t)s->cap * stride(s));
    s->index = calloc(s->index_size, sizeof(*s->index));
    s->set = malloc(s->set_cap * sizeof(*s->set));
    s->set_index = calloc(s->set_index_size, sizeof(*s->set_index));
    s->pool = malloc(s->pool_cap * sizeof(*s->pool));
    s->run = calloc(s->run_size, sizeof(*s->run));
    closure_must(s->content && s->index && s->set && s->set_index && s->pool && s->run);
}

void store_close(struct content_store *s)
{
    free(s->content);
    free(s->index);
    free(s->set);
    free(s->set_index);
    free(s->pool);
    free(s->run);
    *s = (struct content_store){0};
}
