/* client_os.c - the client half: date and time, tasks and memory pools of group os. */
#include <string.h>

#include "host/client/smp/cbor_walk.h"
#include "host/client/smp/client_exchange.h"
#include "host/client/smp/client_groups.h"

enum { ID_TASKS = 2, ID_POOLS = 3, ID_DATETIME = 4 };

enum err smp_datetime_get(struct smp_client *c, char *text, size_t cap)
{
    static const struct cbor_key keys[] = {{"datetime", CBOR_TEXT}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_OS, ID_DATETIME);
    struct cbor_writer w;
    struct cbor_value v[1];
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    if (e != ERR_OK)
        return e;
    return v[0].present && exchange_text(text, cap, v[0].s) == ERR_OK ? ERR_OK : ERR_FORMAT;
}

enum err smp_datetime_set(struct smp_client *c, const char *text)
{
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_OS, ID_DATETIME);
    struct cbor_writer w;
    x.retries = 0;
    exchange_begin(c, &w);
    cbor_put_text(&w, "datetime", text, strlen(text));
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}

/* A number of an entry, by its key. */
struct field {
    const char *key;
    struct smp_number *number;
};

/* The numbers that the entry has; what else it has is skipped. False: one of them is no number from 0 on. */
static bool take_field(const struct field *fields, unsigned count, struct cbor_span key,
                       struct cbor_span value)
{
    for (unsigned i = 0; i < count; i++)
        if (cbor_text_is(key, fields[i].key)) {
            fields[i].number->present = true;
            return cbor_value_uint64(value, &fields[i].number->u);
        }
    return true;
}

static enum err decode_task(struct smp_task *t, struct cbor_span entry)
{
    const struct field fields[] = {
        {"tid", &t->id},
        {"state", &t->state},
        {"stkuse", &t->stack_used},
        {"stksiz", &t->stack_size},
        {"runtime", &t->runtime},
        {"cswcnt", &t->switches},
        {"last_checkin", &t->last_checkin},
        {"next_checkin", &t->next_checkin},
    };
    struct cbor_list l;
    struct cbor_span key, value;
    bool more;
    enum err e = cbor_walk_begin(&l, entry);
    while (e == ERR_OK && (e = cbor_walk_next(&l, &key, &value, &more)) == ERR_OK && more) {
        if (cbor_text_is(key, "prio")) {
            t->has_priority = true;
            e = cbor_value_int64(value, &t->priority) ? ERR_OK : ERR_FORMAT;
        } else if (!take_field(fields, ARRAY_LEN(fields), key, value)) {
            e = ERR_FORMAT;
        }
    }
    return e;
}

enum err smp_task_list(struct smp_client *c, struct smp_task_list *list)
{
    static const struct cbor_key keys[] = {{"tasks", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_OS, ID_TASKS);
    struct cbor_writer w;
    struct cbor_value v[1];
    struct cbor_list l;
    struct cbor_span name, entry;
    bool more;
    list->count = 0;
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    if (e == ERR_OK)
        e = v[0].present ? cbor_walk_begin(&l, v[0].s) : ERR_FORMAT;
    while (e == ERR_OK && (e = cbor_walk_next(&l, &name, &entry, &more)) == ERR_OK && more) {
        if (list->count == ARRAY_LEN(list->task))
            return ERR_FORMAT;
        struct smp_task *t = &list->task[list->count++];
        *t = (struct smp_task){.name = name};
        e = decode_task(t, entry);
    }
    return e;
}

static enum err decode_pool(struct smp_pool *p, struct cbor_span entry)
{
    const struct field fields[] = {{"blksiz", &p->block_size},
                                   {"nblks", &p->blocks},
                                   {"nfree", &p->free_blocks},
                                   {"min", &p->least_free}};
    struct cbor_list l;
    struct cbor_span key, value;
    bool more;
    enum err e = cbor_walk_begin(&l, entry);
    while (e == ERR_OK && (e = cbor_walk_next(&l, &key, &value, &more)) == ERR_OK && more)
        e = take_field(fields, ARRAY_LEN(fields), key, value) ? ERR_OK : ERR_FORMAT;
    return e;
}

/* Of a map with nothing but pools in it, or (at the top) with other keys beside them, whose values are no maps. */
static enum err decode_pools(struct smp_pool_list *list, struct cbor_span map, bool at_top)
{
    struct cbor_list l;
    struct cbor_span name, entry;
    bool more;
    enum err e = cbor_walk_begin(&l, map);
    while (e == ERR_OK && (e = cbor_walk_next(&l, &name, &entry, &more)) == ERR_OK && more) {
        if (at_top && !cbor_value_is_map(entry))
            continue;
        if (list->count == ARRAY_LEN(list->pool))
            return ERR_FORMAT;
        struct smp_pool *p = &list->pool[list->count++];
        *p = (struct smp_pool){.name = name};
        e = decode_pool(p, entry);
    }
    return e;
}

enum err smp_pool_list(struct smp_client *c, struct smp_pool_list *list)
{
    static const struct cbor_key keys[] = {{"mpools", CBOR_RAW}, {"tasks", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_OS, ID_POOLS);
    struct cbor_writer w;
    struct cbor_value v[2];
    list->count = 0;
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, keys, v, 2);
    if (e != ERR_OK)
        return e;
    for (unsigned i = 0; i < 2; i++)
        if (v[i].present)
            return decode_pools(list, v[i].s, false);
    const struct cbor_span body = {c->rx + SMP_HEADER_SIZE, c->rx_len - SMP_HEADER_SIZE};
    return body.len == 0 ? ERR_OK : decode_pools(list, body, true);
}
