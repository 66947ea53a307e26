/* img_upload.c - the image upload: session, checks, writing, and resuming after a reset.
 *
 * Order of flash operations in a new upload: erase the trailer, which clears a request; erase the sector below the
 * image; write the upload record there, the first write of all; then write data. Each sector is erased when data
 * reaches it, or ahead of it (core/flash/ahead.h), and a mark is written after it. */
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/smp/groups/img.h"
#include "core/smp/server/upload.h"
#include "core/smp/server/upload_record.h"
#include "core/smp/wire/cbor_map.h"

#define LOG_MODULE "mcumgr_img_grp"

enum { OFF, LEN, SHA, DATA, UPGRADE, IMAGE, KEYS };

static const struct flash_area *target(const struct smp_server *s)
{
    const struct slot_pair *p = img_pair(s, s->img.image);
    return &p->slot[update_upload_slot(p)];
}

/* The image that a first packet is for. With one image the key is ignored, as in Zephyr. */
static unsigned image_of(const struct smp_server *s, const struct cbor_value v[KEYS])
{
    return img_count(s) > 1 && v[IMAGE].present ? v[IMAGE].u : 0;
}

static int answer_off(struct smp_reply *r, uint32_t off)
{
    cbor_put_uint(&r->cbor, "off", off);
    return MGMT_ERR_EOK;
}

static int inspect_failed(struct smp_server *s, struct smp_reply *r, uint32_t rc)
{
    LOG_ERR("Image upload inspect failed: %d", (int)rc);
    s->img.open = false;
    return smp_reply_error(r, rc);
}

static int write_failed(struct smp_server *s, struct smp_reply *r)
{
    s->counts.uploads_failed++;
    LOG_ERR("Irrecoverable error: flash write failed: %d", IMG_MGMT_ERR_FLASH_WRITE_FAILED);
    s->img.open = false;
    return smp_reply_error(r, IMG_MGMT_ERR_FLASH_WRITE_FAILED);
}

/* An erase failed while data came in: what the device has taken it keeps. */
static int write_refused(struct smp_reply *r)
{
    LOG_ERR("flash write failed: %d; the upload can go on", IMG_MGMT_ERR_FLASH_WRITE_FAILED);
    return smp_reply_error(r, IMG_MGMT_ERR_FLASH_WRITE_FAILED);
}

static int erase_failed(struct smp_server *s, struct smp_reply *r, const char *what, enum err e)
{
    s->counts.uploads_failed++;
    LOG_ERR("image slot %s erase failed (err %d)", what, e);
    s->img.open = false;
    return smp_reply_error(r, IMG_MGMT_ERR_FLASH_ERASE_FAILED);
}

/* ---- reading the slot ---- */

/* A quick check before upload_matches: does the slot have the image header of the file? */
static bool same_header(const struct smp_server *s, struct cbor_span data)
{
    uint8_t have[IMAGE_HEADER_SIZE];
    return area_read(target(s), s->img.base, have, sizeof have) == ERR_OK &&
           memcmp(have, data.ptr, sizeof have) == 0;
}

/* ---- storing ---- */

/* Write a mark for the data in flash. If that fails, an upload resumed after a reset only starts earlier; so it does not
 * wait for an erase that runs in the same bank. */
static void mark_progress(struct smp_server *s, bool last)
{
    struct img_session *img = &s->img;
    uint32_t sector = target(s)->flash->sector;
    uint32_t safe = img->stream.written / sector * sector;
    safe = last ? img->len : safe > img->base ? safe - img->base : 0;
    if (img->mark_at == 0 || safe <= img->marked || img->ahead.erasing)
        return;
    img->marked = safe;
    enum err e = upload_record_mark(target(s), img->base, safe, &img->mark_at);
    if (e != ERR_OK)
        LOG_WRN("upload mark at 0x%x not written (err %d)", (unsigned)safe, e);
}

static int finish_upload(struct smp_server *s, struct smp_reply *r)
{
    const struct img_session *img = &s->img;
    (void)answer_off(r, img->len);
    bool match = img->sha_len != SHA256_SIZE || upload_matches(s, target(s));
    s->counts.uploads_completed += match;
    s->counts.uploads_failed += !match;
    if (img->sha_len != SHA256_SIZE)
        return MGMT_ERR_EOK;
    if (!match)
        LOG_ERR("Uploaded image sha256 hash verification failed");
    cbor_put_bool(&r->cbor, "match", match);
    return MGMT_ERR_EOK;
}

static int store(struct smp_server *s, struct smp_reply *r, struct cbor_span data)
{
    if (upload_take(s, data) != ERR_OK)
        return s->img.open ? write_refused(r) : write_failed(s, r);
    bool last = !s->img.open;
    mark_progress(s, last);
    return last ? finish_upload(s, r) : answer_off(r, s->img.off);
}

/* ---- beginning ---- */

static struct upload_record record_of(const struct img_session *img)
{
    struct upload_record rec = {.len = img->len, .sha_len = img->sha_len};
    memcpy(rec.sha, img->sha, img->sha_len);
    return rec;
}

/* The first flash write of the upload. The sector below the image is blank, and was not erased if it was blank before:
 * with a flash driver that erases the wrong bank, this write must come first, because it fails visibly. If a power cut
 * touched a word that reads blank, the record does not read back, and the upload cannot be resumed. */
static enum err write_record(struct smp_server *s)
{
    struct img_session *img = &s->img;
    struct upload_record rec = record_of(img);
    uint8_t bytes[UPLOAD_RECORD_SIZE];
    upload_record_encode(&rec, bytes);
    enum err e = stream_open(&img->stream, target(s), 0, img->base, s->config->stream_buf,
                             s->config->stream_buf_size);
    if (e != ERR_OK)
        return e;
    img->stream.erased = img->base;
    e = stream_write(&img->stream, bytes, sizeof bytes, true);
    img->mark_at = upload_record_first_mark(target(s));
    return e;
}

static int begin_new(struct smp_server *s, struct smp_reply *r, struct cbor_span data)
{
    img_feed(s);
    bool records = upload_record_fits(target(s), s->img.base);
    s->img.keep_virgin = records && !upload_record_is_open(target(s), s->img.base);
    enum err e = update_upload_begin(img_pair(s, s->img.image));
    if (e != ERR_OK)
        return erase_failed(s, r, "front", e);
    if (records && write_record(s) != ERR_OK)
        return write_failed(s, r);
    if (upload_open(s, target(s)) != ERR_OK)
        return write_failed(s, r);
    return store(s, r, data);
}

/* Resume where the record of the same file says. */
static int begin_resumed(struct smp_server *s, struct smp_reply *r, struct cbor_span data)
{
    struct img_session *img = &s->img;
    img->off = img->marked;
    s->counts.uploads_resumed++;
    if (upload_open(s, target(s)) != ERR_OK)
        return write_failed(s, r);
    return img->off == 0 ? store(s, r, data) : answer_off(r, img->off);
}

/* The slot has the whole file already. An old image below it is erased, because MCUboot would refuse the upgrade. */
static int answer_whole(struct smp_server *s, struct smp_reply *r)
{
    const struct img_session *img = &s->img;
    img_feed(s);
    enum err e = update_front_clear(img_pair(s, img->image));
    if (e != ERR_OK)
        return erase_failed(s, r, "front", e);
    s->counts.uploads_completed++;
    (void)answer_off(r, img->len);
    cbor_put_bool(&r->cbor, "match", true);
    return MGMT_ERR_EOK;
}

static int begin_session(struct smp_server *s, struct smp_reply *r, const struct cbor_value v[KEYS])
{
    struct img_session *img = &s->img;
    unsigned image = image_of(s, v);
    s->counts.uploads++;
    *img = (struct img_session){
        .image = (uint8_t)image, .len = v[LEN].u, .base = update_upload_offset(img_pair(s, image))};
    if (v[SHA].present) {
        img->sha_len = (uint32_t)v[SHA].s.len;
        memcpy(img->sha, v[SHA].s.ptr, img->sha_len);
    }
    struct upload_record rec = record_of(img);
    bool known = upload_record_fits(target(s), img->base) &&
                 upload_record_find(target(s), img->base, &rec, &img->marked, &img->mark_at) &&
                 (img->marked == 0 || same_header(s, v[DATA].s)); /* no, after an erase */
    bool whole = !known || img->marked == img->len;
    if (whole && img->sha_len == SHA256_SIZE && same_header(s, v[DATA].s) &&
        upload_matches(s, target(s)))
        return answer_whole(s, r);
    img_feed(s);
    enum err e = update_clear_request(img_pair(s, s->img.image));
    if (e != ERR_OK)
        return erase_failed(s, r, "trailer", e);
    if (!whole)
        return begin_resumed(s, r, v[DATA].s);
    img->marked = 0;
    return begin_new(s, r, v[DATA].s);
}

/* ---- checks ---- */

static uint32_t check_upgrade(const struct smp_server *s, unsigned image, const uint8_t *bytes)
{
    struct slot_view view;
    const struct slot_pair *p = img_pair(s, image);
    struct image_source source = slot_source(p, p->active, &view);
    struct image_header running, offered;
    if (image_read_header(&source, source.size, &running) != IMAGE_FAULT_NONE)
        return IMG_MGMT_ERR_VERSION_GET_FAILED;
    if (!image_header_decode(&offered, bytes))
        return IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC;
    return image_version_compare(&offered.version, &running.version) > 0
               ? IMG_MGMT_ERR_OK
               : IMG_MGMT_ERR_CURRENT_VERSION_IS_NEWER;
}

/* Check the first packet alone, in mcumgr's order. */
static uint32_t check_first(const struct cbor_value v[KEYS])
{
    if (v[DATA].s.len < IMAGE_HEADER_SIZE)
        return IMG_MGMT_ERR_INVALID_IMAGE_HEADER;
    if (!v[LEN].present)
        return IMG_MGMT_ERR_INVALID_LENGTH;
    if (get_le32(v[DATA].s.ptr) != IMAGE_MAGIC)
        return IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC;
    if (v[SHA].present && v[SHA].s.len > SHA256_SIZE)
        return IMG_MGMT_ERR_INVALID_HASH;
    return IMG_MGMT_ERR_OK;
}

/* An image with --rom-fixed may only be uploaded to the slot that it was linked for. */
static uint32_t check_address(const struct smp_server *s, const uint8_t *bytes)
{
    struct image_header offered;
    uint32_t place = s->config->flash_base + target(s)->offset;
    if (s->config->flash_base == 0 || !update_runs_either(s->config->pair) ||
        !image_header_decode(&offered, bytes) || !(offered.flags & IMAGE_FLAG_ROM_FIXED) ||
        offered.load_addr == place)
        return IMG_MGMT_ERR_OK;
    LOG_ERR("The image was linked for 0x%08x; the free slot is at 0x%08x",
            (unsigned)offered.load_addr, (unsigned)place);
    return IMG_MGMT_ERR_INVALID_FLASH_ADDRESS;
}

/* The slot must be free, and large enough for the image and its swap. */
static uint32_t check_target(const struct smp_server *s, const struct cbor_value v[KEYS])
{
    unsigned image = image_of(s, v);
    if (image >= img_count(s))
        return IMG_MGMT_ERR_NO_FREE_SLOT;
    const struct slot_pair *p = img_pair(s, image);
    uint32_t rc = img_upload_slot_is_known(s);
    if (rc == IMG_MGMT_ERR_OK)
        rc = img_slot_is_free(s, image, p->active);
    if (rc == IMG_MGMT_ERR_NO_FREE_SLOT && update_slot_count(p) > 1)
        rc = img_slot_is_free(s, image, update_upload_slot(p));
    if (rc == IMG_MGMT_ERR_OK)
        rc = check_address(s, v[DATA].s.ptr);
    if (rc != IMG_MGMT_ERR_OK)
        return rc;
    if (v[LEN].u > img_max_size(s, image))
        return IMG_MGMT_ERR_INVALID_IMAGE_TOO_LARGE;
    if (v[DATA].s.len > v[LEN].u)
        return IMG_MGMT_ERR_INVALID_IMAGE_DATA_OVERRUN;
    if (v[UPGRADE].present && v[UPGRADE].b)
        return check_upgrade(s, image, v[DATA].s.ptr);
    return IMG_MGMT_ERR_OK;
}

static bool same_session(const struct img_session *img, unsigned image,
                         const struct cbor_value *sha)
{
    return img->open && img->image == image && sha->present && sha->s.len > 0 &&
           sha->s.len == img->sha_len && memcmp(sha->s.ptr, img->sha, img->sha_len) == 0;
}

static int first_packet(struct smp_server *s, struct smp_reply *r, const struct cbor_value v[KEYS])
{
    uint32_t rc = check_first(v);
    if (rc == IMG_MGMT_ERR_OK && same_session(&s->img, image_of(s, v), &v[SHA]))
        return answer_off(r, s->img.off);
    if (rc == IMG_MGMT_ERR_OK)
        rc = check_target(s, v);
    return rc == IMG_MGMT_ERR_OK ? begin_session(s, r, v) : inspect_failed(s, r, rc);
}

static int later_packet(struct smp_server *s, struct smp_reply *r, uint32_t off,
                        struct cbor_span data)
{
    const struct img_session *img = &s->img;
    if (!img->open)
        return answer_off(r, 0);
    if (off != img->off || data.len == 0)
        return answer_off(r, img->off);
    if (data.len > img->len - img->off) {
        s->counts.uploads_failed++;
        return inspect_failed(s, r, IMG_MGMT_ERR_INVALID_IMAGE_DATA_OVERRUN);
    }
    return store(s, r, data);
}

int img_upload(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[KEYS] = {
        [OFF] = {"off", CBOR_UINT},         [LEN] = {"len", CBOR_UINT},
        [SHA] = {"sha", CBOR_BYTES},        [DATA] = {"data", CBOR_BYTES},
        [UPGRADE] = {"upgrade", CBOR_BOOL}, [IMAGE] = {"image", CBOR_UINT}};
    struct cbor_value v[KEYS];
    if (cbor_map_decode(q->body, q->body_len, keys, v, KEYS, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    if (!v[DATA].present)
        v[DATA].s = (struct cbor_span){.ptr = q->body, .len = 0};
    if (!v[OFF].present)
        return inspect_failed(s, r, IMG_MGMT_ERR_INVALID_OFFSET);
    return v[OFF].u == 0 ? first_packet(s, r, v) : later_packet(s, r, v[OFF].u, v[DATA].s);
}
