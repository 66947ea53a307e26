/* client_stat.c - the client half: group stat. */
#include <string.h>

#include "host/client/smp/cbor_walk.h"
#include "host/client/smp/client_exchange.h"
#include "host/client/smp/client_groups.h"

enum { ID_SHOW = 0, ID_LIST = 1 };

enum err smp_stat_list(struct smp_client *c, struct smp_stat_list *list)
{
    static const struct cbor_key keys[] = {{"stat_list", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_STAT, ID_LIST);
    struct cbor_writer w;
    struct cbor_value v[1];
    struct cbor_list l;
    struct cbor_span element;
    bool more;
    list->count = 0;
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    if (e == ERR_OK)
        e = v[0].present ? cbor_list_begin(&l, v[0].s) : ERR_FORMAT;
    while (e == ERR_OK && (e = cbor_list_next(&l, &element, &more)) == ERR_OK && more) {
        struct smp_stat s = {.value = 0};
        if (list->count == ARRAY_LEN(list->stat) || !cbor_value_text(element, &s.name))
            return ERR_FORMAT;
        list->stat[list->count++] = s;
    }
    return e;
}

enum err smp_stat_show(struct smp_client *c, const char *group, struct smp_stat_list *list)
{
    static const struct cbor_key keys[] = {{"fields", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_STAT, ID_SHOW);
    struct cbor_writer w;
    struct cbor_value v[1];
    struct cbor_list l;
    struct cbor_span name, value;
    bool more;
    list->count = 0;
    exchange_begin(c, &w);
    cbor_put_text(&w, "name", group, strlen(group));
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    if (e == ERR_OK)
        e = v[0].present ? cbor_walk_begin(&l, v[0].s) : ERR_FORMAT;
    while (e == ERR_OK && (e = cbor_walk_next(&l, &name, &value, &more)) == ERR_OK && more) {
        struct smp_stat s = {.name = name};
        if (list->count == ARRAY_LEN(list->stat) || !cbor_value_uint64(value, &s.value))
            return ERR_FORMAT;
        list->stat[list->count++] = s;
    }
    return e;
}
