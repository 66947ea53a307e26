#include "testing/client/fake_recovery.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/smp/groups/img.h"
#include "core/smp/groups/os.h"
#include "core/smp/wire/cbor_map.h"

#define WORD_MAX 32u

/* One per process. */
static struct {
    bool has_states;
    uint32_t len, off;
} d;

static int done(struct smp_reply *r)
{
    cbor_put_uint(&r->cbor, "rc", MGMT_ERR_EOK);
    return MGMT_ERR_EOK;
}

/* Taken by every build, and does nothing. */
static int console_echo(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)s, (void)q;
    return done(r);
}

static int reset(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    int rc = os_reset(s, q, r);
    return rc == MGMT_ERR_EOK ? done(r) : rc;
}

/* An image that nothing is asked of: what lies in the first slot counts as running. */
static void put_states(struct smp_reply *r, enum slot slot)
{
    cbor_put_bool(&r->cbor, "bootable", true);
    if (slot != SLOT_PRIMARY)
        return;
    cbor_put_bool(&r->cbor, "confirmed", true);
    cbor_put_bool(&r->cbor, "active", true);
}

static int list(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    cbor_put_key(&r->cbor, "images");
    cbor_open_list(&r->cbor);
    for (unsigned i = 0; i < img_slots_of_all(s); i++) {
        struct img_slot at = img_slot_at(s, i);
        struct img_listed im;
        if (!img_read(s, at, &im))
            continue;
        img_open_entry(s, &r->cbor, at, &im);
        if (d.has_states)
            put_states(r, at.slot);
        cbor_close_map(&r->cbor);
    }
    cbor_close_list(&r->cbor);
    return MGMT_ERR_EOK;
}

/* Whole words only: the rest of a chunk is asked for again, but for that of the last one. */
static enum err write_words(const struct flash_area *a, struct cbor_span data)
{
    const uint32_t word = a->flash->word, whole = round_down32((uint32_t)data.len, word);
    enum err e = whole > 0 ? area_program(a, d.off, data.ptr, whole) : ERR_OK;
    d.off += e == ERR_OK ? whole : 0;
    uint32_t rest = (uint32_t)data.len - whole;
    if (e != ERR_OK || rest == 0 || d.off + rest < d.len)
        return e;
    uint8_t last[WORD_MAX];
    memset(last, 0xff, sizeof last);
    memcpy(last, data.ptr + whole, rest);
    e = area_program(a, d.off, last, word);
    d.off += e == ERR_OK ? rest : 0;
    return e;
}

/* All of the slot at once, before the first chunk. */
static enum err begin(const struct flash_area *a, uint32_t len)
{
    d.off = 0;
    d.len = len;
    if (len > a->size)
        return ERR_RANGE;
    for (uint32_t at = 0; at < a->size; at += a->flash->sector) {
        enum err e = area_erase(a, at, a->flash->sector);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* Whatever goes wrong is error 3: a request that makes no sense, an image too large, flash that fails. */
static int upload(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    enum { LEN, OFF, DATA, KEYS };
    static const struct cbor_key keys[KEYS] = {
        [LEN] = {"len", CBOR_UINT}, [OFF] = {"off", CBOR_UINT}, [DATA] = {"data", CBOR_BYTES}};
    struct cbor_value v[KEYS];
    const struct flash_area *a = &img_pair(s, 0)->slot[SLOT_PRIMARY];
    if (cbor_map_decode(q->body, q->body_len, keys, v, KEYS, NULL) != ERR_OK || !v[OFF].present ||
        !v[DATA].present)
        return MGMT_ERR_EINVAL;
    enum err e = v[OFF].u == 0 ? begin(a, v[LEN].present ? v[LEN].u : UINT32_MAX) : ERR_OK;
    if (e == ERR_OK && v[OFF].u == d.off)
        e = d.off + v[DATA].s.len > d.len ? ERR_RANGE : write_words(a, v[DATA].s);
    if (e != ERR_OK)
        return MGMT_ERR_EINVAL;
    (void)done(r);
    cbor_put_uint(&r->cbor, "off", d.off);
    return MGMT_ERR_EOK;
}

/* As built by default: no echo, no parameters, no erase, no slot info, no set state. */
static const struct smp_command os[] = {
    [1] = {.write = console_echo},
    [SMP_OS_RESET] = {.write = reset},
};
static const struct smp_command image[] = {
    [SMP_IMAGE_STATE] = {.read = list},
    [SMP_IMAGE_UPLOAD] = {.write = upload},
};
static const struct smp_group group_os = {
    .id = SMP_GROUP_OS, .command_count = ARRAY_LEN(os), .commands = os};
static const struct smp_group group_image = {
    .id = SMP_GROUP_IMAGE, .command_count = ARRAY_LEN(image), .commands = image};

const struct smp_group *const *fake_recovery_groups(bool has_states)
{
    static const struct smp_group *const groups[FAKE_RECOVERY_GROUPS] = {&group_os, &group_image};
    memset(&d, 0, sizeof d);
    d.has_states = has_states;
    return groups;
}
