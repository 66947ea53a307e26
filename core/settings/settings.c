#include "core/settings/settings.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/base/log.h"
#include "core/settings/record.h"

#define LOG_MODULE "settings"

/* Words that may fail to take a session's mark, one after the other, before the flash is given up. */
#define MARK_TRIES 4u

/* ---- the index ---- */

static uint32_t hash_of(const void *name, size_t len)
{
    return crc32_zlib(0, name, len);
}

/* Is the name of the record at this offset that one? */
static enum err has_name(struct record_reader *r, uint32_t at, const void *name, size_t len,
                         bool *is)
{
    const uint8_t *wanted = name;
    uint8_t head[RECORD_HEAD], piece[RECORD_WORD_MAX];
    *is = false;
    enum err e = record_read(r, at, head, sizeof head);
    if (e != ERR_OK || head[1] != len)
        return e;
    for (uint32_t done = 0; done < len;) {
        uint32_t n = (uint32_t)len - done < sizeof piece ? (uint32_t)len - done : sizeof piece;
        e = record_read(r, at + RECORD_HEAD + done, piece, n);
        if (e != ERR_OK || memcmp(piece, wanted + done, n) != 0)
            return e;
        done += n;
    }
    *is = true;
    return ERR_OK;
}

/* The key of that name in the index; *found is key_count if there is none. */
static enum err find_key(const struct settings *s, struct record_reader *r, const void *name,
                         size_t len, unsigned *found)
{
    const struct settings_key *keys = s->config->keys;
    const uint32_t hash = hash_of(name, len);
    for (*found = 0; *found < s->key_count; ++*found) {
        bool is = false;
        if (keys[*found].hash != hash)
            continue;
        enum err e = has_name(r, keys[*found].at, name, len, &is);
        if (e != ERR_OK || is)
            return e;
    }
    return ERR_OK;
}

/* A record counts from now on. ERR_NOSPC: the index is full. */
static enum err index_record(struct settings *s, struct record_reader *r, const struct record *rec)
{
    uint8_t name[SETTINGS_NAME_MAX];
    unsigned i;
    enum err e = record_read(r, rec->at + RECORD_HEAD, name, rec->name_len);
    if (e == ERR_OK)
        e = find_key(s, r, name, rec->name_len, &i);
    if (e != ERR_OK)
        return e;
    struct settings_key *keys = s->config->keys;
    if ((rec->kind & ~RECORD_MORE) == RECORD_DELETED) {
        if (i < s->key_count)
            keys[i] = keys[--s->key_count];
        return ERR_OK;
    }
    if (i == s->config->keys_max)
        return ERR_NOSPC;
    if (i == s->key_count)
        keys[s->key_count++].hash = hash_of(name, rec->name_len);
    keys[i].at = rec->at;
    return ERR_OK;
}

/* The records from at up to end, which all count. */
static enum err index_records(struct settings *s, struct record_reader *r, uint32_t at,
                              uint32_t end)
{
    while (at < end) {
        struct record rec;
        enum err e = record_find(r, at, &rec);
        if (e == ERR_OK)
            e = index_record(s, r, &rec);
        if (e != ERR_OK)
            return e;
        at += record_size(r->sector, rec.name_len, rec.len);
    }
    return ERR_OK;
}

/* ---- opening ---- */

/* Read all of the sector: records, and where the next one may go. What stands between records, of writes that a power cut
 * has torn, is passed word by word. Records that belong together count once the last of them is there. */
static enum err scan(struct settings *s)
{
    struct record_reader r;
    const uint32_t word = s->sector.flash->word;
    uint32_t group = 0;
    bool in_group = false;
    record_reader_init(&r, &s->sector);
    s->key_count = 0;
    s->certain = false;
    s->end = record_first(&s->sector);
    for (uint32_t at = s->end; at < s->sector.size;) {
        struct record rec;
        uint32_t left;
        enum err e = record_find(&r, at, &rec);
        if (e == ERR_OK) {
            const bool more = (rec.kind & RECORD_MORE) != 0, alone = !in_group && !more;
            group = in_group ? group : at;
            at += record_size(&s->sector, rec.name_len, rec.len);
            s->end = at > s->end ? at : s->end;
            if (alone)
                e = index_record(s, &r, &rec);
            else if (!more)
                e = index_records(s, &r, group, at);
            in_group = more;
        } else if (e == ERR_FORMAT) {
            in_group = false;
            e = record_left(&r, at, &left);
            if (left != 0 && at + left > s->end)
                s->end = at + left;
            at += word;
        }
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static struct flash_area area_sector(const struct settings *s, unsigned n)
{
    const struct flash_area *a = &s->config->area;
    return (struct flash_area){a->flash, a->offset + n * a->flash->sector, a->flash->sector};
}

static bool is_single(const struct settings *s)
{
    return s->config->area.size == s->config->area.flash->sector;
}

/* What is newest among the sectors seen so far. */
struct newest {
    bool found, newer_version;
    uint32_t generation;
    struct flash_area sector;
};

static enum err look_at(struct newest *n, const struct flash_area *sector, bool *better)
{
    enum sector_kind kind;
    uint32_t generation = 0;
    *better = false;
    enum err e = sector_head(sector, &kind, &generation);
    if (e != ERR_OK || kind == SECTOR_NONE)
        return e;
    n->newer_version |= kind == SECTOR_NEWER;
    *better = kind == SECTOR_OURS && (!n->found || generation > n->generation);
    if (*better)
        *n = (struct newest){true, n->newer_version, generation, *sector};
    return ERR_OK;
}

static enum err find_newest(struct settings *s, struct newest *n)
{
    bool better;
    struct flash_area sector;
    *n = (struct newest){.found = false};
    for (unsigned i = 0; i < area_sectors(&s->config->area); i++) {
        sector = area_sector(s, i);
        enum err e = look_at(n, &sector, &better);
        if (e != ERR_OK)
            return e;
    }
    s->borrowed = false;
    for (unsigned i = 0; is_single(s) && s->config->lent(s->config->ctx, i, &sector); i++) {
        enum err e = look_at(n, &sector, &better);
        if (e != ERR_OK)
            return e;
        s->borrowed |= better;
    }
    return ERR_OK;
}

/* Nothing but erased words, and words that a cut erase may have left: neither can be anybody's data. */
static enum err is_nobodys(const struct settings *s, bool *yes)
{
    struct record_reader r;
    uint8_t word[RECORD_WORD_MAX];
    const struct flash_area *a = &s->config->area;
    record_reader_init(&r, a);
    *yes = true;
    for (uint32_t at = 0; *yes && at < a->size; at += a->flash->word) {
        enum err e = record_read(&r, at, word, a->flash->word);
        if (e != ERR_OK && e != ERR_UNREADABLE)
            return e;
        *yes = e == ERR_UNREADABLE || bytes_all(word, a->flash->erased, a->flash->word);
    }
    return ERR_OK;
}

static enum err open_without_header(struct settings *s, bool newer_version)
{
    bool nobodys;
    enum err e = is_nobodys(s, &nobodys);
    s->state = newer_version            ? SETTINGS_NEWER
               : e == ERR_OK && nobodys ? SETTINGS_EMPTY
                                        : SETTINGS_FOREIGN;
    if (s->state == SETTINGS_NEWER)
        LOG_ERR("the store is of a newer version: it is left as it is");
    else if (s->state == SETTINGS_FOREIGN)
        LOG_ERR("the area holds something else: it is left as it is; erase the storage to use it");
    return e;
}

/* ---- compaction ---- */

static enum err erase_sector(const struct settings *s, const struct flash_area *sector)
{
    if (s->config->feed != NULL)
        s->config->feed();
    return area_erase(sector, 0, sector->size);
}

/* Write what counts into another sector, which was just erased, and its header behind that: from then on it is the store. */
static enum err copy_to(struct settings *s, const struct flash_area *to)
{
    struct settings_key *keys = s->config->keys;
    struct record_reader r;
    struct record rec;
    uint32_t at = record_first(to);
    record_reader_init(&r, &s->sector);
    for (unsigned i = 0; i < s->key_count; i++) {
        enum err e = record_find(&r, keys[i].at, &rec);
        if (e != ERR_OK)
            return e == ERR_FORMAT ? ERR_UNREADABLE : e;
        const struct record_content c = {.kind = RECORD_VALUE,
                                         .name_len = rec.name_len,
                                         .len = rec.len,
                                         .source = &r,
                                         .of = rec.at};
        uint32_t size = record_size(to, rec.name_len, rec.len);
        if (size > to->size - at)
            return ERR_NOSPC;
        e = record_write(to, at, &c);
        if (e != ERR_OK)
            return e;
        at += size;
    }
    enum err e = sector_write_head(to, s->generation + 1);
    if (e != ERR_OK)
        return e;
    s->generation++;
    s->sector = *to;
    s->end = record_first(to);
    s->certain = true;
    record_reader_init(&r, to);
    for (unsigned i = 0; i < s->key_count && e == ERR_OK; i++) {
        keys[i].at = s->end;
        e = record_find(&r, s->end, &rec);
        s->end += record_size(to, rec.name_len, rec.len);
    }
    return e == ERR_FORMAT ? ERR_UNREADABLE : e;
}

static enum err erase_and_copy(struct settings *s, const struct flash_area *to)
{
    enum err e = erase_sector(s, to);
    return e == ERR_OK ? copy_to(s, to) : e;
}

/* What was borrowed holds the store: back into its own sector with it, and the other one is erased. */
static enum err go_home(struct settings *s)
{
    const struct flash_area lent = s->sector, home = area_sector(s, 0);
    enum err e = erase_and_copy(s, &home);
    if (e != ERR_OK)
        return e;
    s->borrowed = false;
    return erase_sector(s, &lent);
}

static enum err compact_single(struct settings *s)
{
    struct flash_area lent;
    enum err e = s->config->borrow(s->config->ctx, &lent);
    if (e == ERR_OK)
        e = erase_and_copy(s, &lent);
    if (e != ERR_OK)
        return e;
    s->borrowed = true;
    return go_home(s);
}

static enum err compact(struct settings *s)
{
    const struct flash_area *a = &s->config->area;
    LOG_INF("compacting %u keys", s->key_count);
    if (is_single(s))
        return compact_single(s);
    unsigned now = (s->sector.offset - a->offset) / a->flash->sector;
    const struct flash_area next = area_sector(s, (now + 1) % area_sectors(a));
    return erase_and_copy(s, &next);
}

/* A copy from before a cut, which the store did not need any more: nobody may take it for the store later. */
static enum err erase_leftovers(struct settings *s)
{
    struct flash_area sector;
    enum err e = ERR_OK;
    for (unsigned i = 0; is_single(s) && e == ERR_OK && s->config->lent(s->config->ctx, i, &sector);
         i++) {
        enum sector_kind kind;
        uint32_t generation;
        e = sector_head(&sector, &kind, &generation);
        if (e == ERR_OK && kind == SECTOR_OURS)
            e = erase_sector(s, &sector);
    }
    return e;
}

static bool is_valid(const struct settings_config *c)
{
    const struct flash_area *a = &c->area;
    return a->flash != NULL && a->flash->word <= RECORD_WORD_MAX && a->size >= a->flash->sector &&
           a->size % a->flash->sector == 0 && c->keys_max > 0 && c->name_max > 0 &&
           c->name_max <= SETTINGS_NAME_MAX && c->value_max <= SETTINGS_VALUE_MAX &&
           (a->size > a->flash->sector || (c->borrow != NULL && c->lent != NULL));
}

enum err settings_open(struct settings *s, const struct settings_config *config)
{
    struct newest n;
    *s = (struct settings){.config = config, .state = SETTINGS_FOREIGN};
    if (!is_valid(config))
        return ERR_INVAL;
    enum err e = find_newest(s, &n);
    if (e != ERR_OK)
        return e;
    if (!n.found)
        return open_without_header(s, n.newer_version);
    s->sector = n.sector;
    s->generation = n.generation;
    e = scan(s);
    s->state = e == ERR_OK ? SETTINGS_READY : e == ERR_NOSPC ? SETTINGS_FULL : SETTINGS_FOREIGN;
    if (s->state == SETTINGS_FULL)
        LOG_ERR("there are more than %u keys: nothing can be set", config->keys_max);
    if (s->state != SETTINGS_READY)
        return e == ERR_NOSPC ? ERR_OK : e;
    return s->borrowed ? go_home(s) : erase_leftovers(s);
}

/* ---- reading ---- */

enum err settings_get(struct settings *s, const char *name, size_t name_len, void *value,
                      size_t cap, size_t *len)
{
    struct record_reader r;
    struct record rec;
    unsigned i;
    *len = 0;
    record_reader_init(&r, &s->sector);
    enum err e = s->key_count == 0 ? ERR_NOENT : find_key(s, &r, name, name_len, &i);
    if (e == ERR_OK && i == s->key_count)
        e = ERR_NOENT;
    if (e == ERR_OK)
        e = record_find(&r, s->config->keys[i].at, &rec);
    if (e != ERR_OK)
        return e == ERR_FORMAT ? ERR_UNREADABLE : e;
    *len = rec.len;
    return record_read(&r, rec.at + RECORD_HEAD + rec.name_len, value,
                       (uint32_t)(rec.len < cap ? rec.len : cap));
}

enum err settings_each(struct settings *s,
                       bool (*each)(void *ctx, const char *name, size_t name_len, size_t len),
                       void *ctx)
{
    struct record_reader r;
    char name[SETTINGS_NAME_MAX];
    record_reader_init(&r, &s->sector);
    for (unsigned i = 0; i < s->key_count; i++) {
        struct record rec;
        enum err e = record_find(&r, s->config->keys[i].at, &rec);
        if (e == ERR_OK)
            e = record_read(&r, rec.at + RECORD_HEAD, name, rec.name_len);
        if (e != ERR_OK)
            return e == ERR_FORMAT ? ERR_UNREADABLE : e;
        if (!each(ctx, name, rec.name_len, rec.len))
            break;
    }
    return ERR_OK;
}

uint32_t settings_room(const struct settings *s)
{
    uint32_t used = s->end + (s->certain ? 0 : 2 * s->config->area.flash->word);
    return s->state != SETTINGS_READY || used > s->sector.size ? 0 : s->sector.size - used;
}

/* ---- writing ---- */

/* Before the first record of a session. The word at end may not be virgin: a cut record's last word can read erased. So the
 * mark leaves it out. The mark's own word may have been cut in a session before, and read erased: then it is programmed
 * again, with the same bytes. Behind a mark that is whole all words are virgin. */
static enum err make_certain(struct settings *s)
{
    const uint32_t word = s->sector.flash->word;
    enum err e = ERR_OK;
    for (unsigned tries = 0; !s->certain && tries < MARK_TRIES; tries++) {
        if (s->sector.size - s->end < 2 * word)
            return ERR_OK; /* and nothing is certain */
        const uint32_t at = s->end + word;
        struct record_reader r;
        bool erased;
        e = record_write_mark(&s->sector, at);
        s->certain = e == ERR_OK;
        record_reader_init(&r, &s->sector);
        if (!s->certain && (record_is_erased(&r, at, &erased) != ERR_OK || erased))
            return e; /* it took nothing: a later session would not see that it was tried */
        s->end = at + word;
    }
    return e;
}

/* Do all values that count, and size bytes more, fit into a sector? An erase would not help otherwise. */
static enum err can_fit(const struct settings *s, uint32_t size)
{
    uint64_t used = record_first(&s->sector) + (uint64_t)size;
    struct record_reader r;
    record_reader_init(&r, &s->sector);
    for (unsigned i = 0; i < s->key_count; i++) {
        uint8_t head[4];
        enum err e = record_read(&r, s->config->keys[i].at, head, sizeof head);
        if (e != ERR_OK)
            return e;
        used += record_size(&s->sector, head[1], get_le16(head + 2));
    }
    return used <= s->sector.size ? ERR_OK : ERR_NOSPC;
}

/* size bytes, and all words from end on virgin. Words that do not take the mark may use up what was left. */
static enum err make_room(struct settings *s, uint32_t size)
{
    enum err e = settings_room(s) < size ? ERR_OK : make_certain(s);
    if (e != ERR_OK || (s->certain && settings_room(s) >= size))
        return e;
    e = can_fit(s, size);
    return e == ERR_OK ? compact(s) : e;
}

static bool fits_limits(const struct settings_config *c, const struct setting *item)
{
    return item->name_len > 0 && item->name_len <= c->name_max &&
           (item->value == NULL || item->len <= c->value_max);
}

/* Has the key that value already, or is it gone already? */
static enum err is_set(struct settings *s, const struct setting *item, bool *yes)
{
    struct record_reader r;
    struct record rec;
    unsigned i;
    *yes = false;
    record_reader_init(&r, &s->sector);
    enum err e = find_key(s, &r, item->name, item->name_len, &i);
    if (e != ERR_OK)
        return e;
    if (i == s->key_count) {
        *yes = item->value == NULL;
        return ERR_OK;
    }
    e = record_find(&r, s->config->keys[i].at, &rec);
    if (e != ERR_OK)
        return e == ERR_FORMAT ? ERR_OK : e;
    *yes = item->value != NULL && rec.len == item->len;
    for (uint32_t done = 0; *yes && done < rec.len;) {
        uint8_t piece[RECORD_WORD_MAX];
        uint32_t n = rec.len - done < sizeof piece ? rec.len - done : sizeof piece;
        e = record_read(&r, rec.at + RECORD_HEAD + rec.name_len + done, piece, n);
        *yes = e == ERR_OK && memcmp(piece, (const uint8_t *)item->value + done, n) == 0;
        done += n;
    }
    return ERR_OK;
}

/* Is the key of item i set by one before it, too? Then what the store says of it is no answer. */
static bool is_named_before(const struct setting *items, unsigned i)
{
    for (unsigned k = 0; k < i; k++)
        if (items[k].name_len == items[i].name_len &&
            memcmp(items[k].name, items[i].name, items[i].name_len) == 0)
            return true;
    return false;
}

/* So many bytes of flash do the items take that say something new; a bit in *wanted for each of them. */
static enum err plan(struct settings *s, const struct setting *items, unsigned count,
                     uint32_t *wanted, uint32_t *size)
{
    unsigned more = 0;
    *wanted = *size = 0;
    for (unsigned i = 0; i < count; i++) {
        struct record_reader r;
        bool yes;
        unsigned key;
        if (!fits_limits(s->config, &items[i]))
            return ERR_INVAL;
        enum err e = is_set(s, &items[i], &yes);
        record_reader_init(&r, &s->sector);
        if (e == ERR_OK)
            e = find_key(s, &r, items[i].name, items[i].name_len, &key);
        if (e != ERR_OK)
            return e;
        if (yes && !is_named_before(items, i))
            continue;
        *wanted |= 1u << i;
        more += key == s->key_count && items[i].value != NULL;
        *size += record_size(&s->sector, (uint32_t)items[i].name_len,
                             items[i].value != NULL ? (uint32_t)items[i].len : 0);
    }
    return s->key_count + more > s->config->keys_max ? ERR_NOSPC : ERR_OK;
}

static enum err append(struct settings *s, const struct setting *items, uint32_t wanted)
{
    const uint32_t begun = s->end;
    struct record_reader r;
    enum err e = ERR_OK;
    for (unsigned i = 0; wanted >> i != 0; i++) {
        if ((wanted >> i & 1) == 0)
            continue;
        const bool deletes = items[i].value == NULL, last = wanted >> i == 1;
        const struct record_content c = {
            .kind = (uint8_t)((deletes ? RECORD_DELETED : RECORD_VALUE) | (last ? 0 : RECORD_MORE)),
            .name = items[i].name,
            .name_len = (uint32_t)items[i].name_len,
            .value = items[i].value,
            .len = deletes ? 0 : (uint32_t)items[i].len};
        e = record_write(&s->sector, s->end, &c);
        if (e != ERR_OK) { /* go on from what is in flash, as after a power cut */
            enum err found = scan(s);
            return found != ERR_OK ? found : e;
        }
        s->end += record_size(&s->sector, c.name_len, c.len);
    }
    record_reader_init(&r, &s->sector);
    return index_records(s, &r, begun, s->end);
}

/* An empty store in this sector: of generation 1, or behind that of what stood here before. */
static enum err format(struct settings *s, struct flash_area home, uint32_t generation)
{
    enum err e = erase_sector(s, &home);
    s->key_count = 0;
    if (e == ERR_OK)
        e = sector_write_head(&home, generation);
    if (e != ERR_OK)
        return e;
    s->sector = home;
    s->generation = generation;
    s->end = record_first(&home);
    s->certain = true;
    s->borrowed = false;
    s->state = SETTINGS_READY;
    return ERR_OK;
}

enum err settings_set(struct settings *s, const struct setting *items, unsigned count)
{
    uint32_t wanted, size;
    if (count > SETTINGS_TOGETHER_MAX)
        return ERR_INVAL;
    if (s->state != SETTINGS_READY && s->state != SETTINGS_EMPTY)
        return ERR_STATE;
    enum err e = s->state == SETTINGS_EMPTY ? format(s, area_sector(s, 0), 1) : ERR_OK;
    if (e == ERR_OK)
        e = plan(s, items, count, &wanted, &size);
    if (e != ERR_OK || wanted == 0)
        return e;
    if (s->borrowed)
        e = go_home(s);
    if (e == ERR_OK)
        e = make_room(s, size);
    return e == ERR_OK ? append(s, items, wanted) : e;
}

/* The sector in use comes last: a cut before leaves the store as it was, and no older one. */
enum err settings_erase(struct settings *s)
{
    const bool has_store = s->generation != 0 && !s->borrowed;
    const struct flash_area last = has_store ? s->sector : area_sector(s, 0);
    enum err e = ERR_OK;
    for (unsigned i = 0; e == ERR_OK && i < area_sectors(&s->config->area); i++) {
        const struct flash_area sector = area_sector(s, i);
        if (sector.offset != last.offset)
            e = erase_sector(s, &sector);
    }
    if (e == ERR_OK)
        e = erase_leftovers(s);
    return e == ERR_OK ? format(s, last, s->generation + 1) : e;
}
