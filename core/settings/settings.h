/* settings.h - keys and values that survive power cuts: in one flash sector, two, or more.
 *
 * Keys are names as Zephyr's settings have them ("net/ip/addr"), values are bytes. What was set last is found after any
 * number of power cuts at any moment; values that are set together are there together or not at all. The store appends;
 * when a sector is full, what counts is copied into another one. With a single sector that one is borrowed, and given
 * back erased. Bytes and the reasons for the order of writes: core/settings/DESIGN.md.
 *
 * No heap, no thread: one caller at a time. */
#ifndef CORE_SETTINGS_SETTINGS_H
#define CORE_SETTINGS_SETTINGS_H

#include "core/flash/area.h"

#define SETTINGS_NAME_MAX     255u   /* the most that a record can hold */
#define SETTINGS_VALUE_MAX    65535u /* likewise */
#define SETTINGS_TOGETHER_MAX 8u     /* values that can be set together */

/* Where the last value of a key is. Eight bytes of RAM for each key. */
struct settings_key {
    uint32_t at;   /* offset of its record in the sector */
    uint32_t hash; /* of its name */
};

struct setting {
    const char *name; /* at most config.name_max bytes, not NUL-terminated */
    size_t name_len;
    const void *value; /* NULL: delete the key */
    size_t len;        /* 0..config.value_max */
};

/* Caller-owned; outlives the store. */
struct settings_config {
    struct flash_area area; /* whole sectors, for this store alone; a flash word is 1 to 32 bytes */
    struct settings_key *keys; /* the index */
    unsigned keys_max;
    uint32_t name_max,
        value_max; /* bytes, up to the limits above; all values together must fit into a sector */
    /* Of an area of one sector, else NULL: a sector of the same flash, of the same size, that nobody needs for as long as
     * the call lasts in which it is borrowed. The store erases it before and after. ERR_BUSY: there is none now;
     * ERR_NOSPC: there is none. */
    enum err (*borrow)(void *ctx, struct flash_area *sector);
    /* The sectors that borrow could have given before a power cut, from n = 0 on; false: no more. */
    bool (*lent)(void *ctx, unsigned n, struct flash_area *sector);
    void *ctx;
    void (*feed)(void); /* the watchdog, before each erase; may be NULL */
};

enum settings_state {
    SETTINGS_EMPTY, /* the area is erased; the first value brings the store into being */
    SETTINGS_READY,
    SETTINGS_FOREIGN, /* the area holds something else, or what is left of a store; it is not touched */
    SETTINGS_NEWER, /* the store of a newer version of this program; it is not touched */
    SETTINGS_FULL,  /* there are more keys than the index can hold; nothing can be set */
};

/* All of it is private but state. */
struct settings {
    const struct settings_config *config;
    enum settings_state state;
    struct flash_area sector; /* the one in use: its records begin behind its header */
    uint32_t generation;
    uint32_t
        end; /* offset behind the last word that may not be virgin, but for the word of a cut record */
    bool certain;  /* all words from end on are virgin */
    bool borrowed; /* sector is not the area's own: what was borrowed must go back first */
    unsigned key_count;
};

/* Find the store, and finish what a power cut has left half done; that may erase two sectors. state says what is there.
 * ERR_OK in each state; ERR_INVAL: the configuration makes no sense (no whole sector, a word above 32 bytes, one sector and
 * nothing to borrow); an error of the flash. */
MUST_CHECK enum err settings_open(struct settings *s, const struct settings_config *config);

/* The value of a key: *len bytes in value (cap bytes), of which only cap are copied if it is longer.
 * ERR_NOENT: there is none. ERR_UNREADABLE, ERR_IO. */
MUST_CHECK enum err settings_get(struct settings *s, const char *name, size_t name_len, void *value,
                                 size_t cap, size_t *len);

/* Set values or delete keys (at most SETTINGS_TOGETHER_MAX): all of them or, after a power cut, none. What a key has
 * already is not written again. May erase: one sector, or three if one is borrowed.
 * ERR_OK: it is in flash. ERR_INVAL: a name that is empty or too long, a value that is too long, or too many. ERR_NOSPC: no
 * room (all values do not fit one sector, more keys than config.keys_max, or no sector to borrow). ERR_BUSY: for now there is
 * no sector to borrow.
 * ERR_STATE: the area holds something else (settings_erase). ERR_IO: the flash; what was there before is there, or, as after
 * a power cut, what was to be set. */
MUST_CHECK enum err settings_set(struct settings *s, const struct setting *items, unsigned count);

/* Call back for each key, in no particular order: its name, and its value's length. False ends it. name lives as long as
 * the call. Do not set anything meanwhile. */
MUST_CHECK enum err
settings_each(struct settings *s,
              bool (*each)(void *ctx, const char *name, size_t name_len, size_t len), void *ctx);

/* Erase the area, whatever it holds: a new, empty store. After a power cut in it the old values may be there, or the state may
 * be SETTINGS_FOREIGN; then call it again. */
MUST_CHECK enum err settings_erase(struct settings *s);

/* Bytes that can still be written without an erase. */
uint32_t settings_room(const struct settings *s);

#endif
