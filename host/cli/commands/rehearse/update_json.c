#include "host/cli/commands/rehearse/update_json.h"

#include "core/crypto/hash.h"
#include "host/board/board_files.h"
#include "host/rehearsal/contents.h"
#include "host/rehearsal/story.h"

#define BOOTLOADER_MAX ((size_t)256 << 20) /* bytes of an ELF with debug information */
#define NS_PER_US      1000u
#define NS_PER_MS      1000000u

/* ---- what is rehearsed ---- */

static void write_sha256(struct json *j, const void *data, size_t len)
{
    struct sha256 h;
    uint8_t digest[SHA256_SIZE];
    sha256_init(&h);
    sha256_update(&h, data, len);
    sha256_final(&h, digest);
    json_hex(j, "sha256", digest, sizeof digest);
}

static void write_flash(struct json *j, const struct soc_flash *f)
{
    json_object(j, "flash");
    json_number(j, "base", f->base);
    json_number(j, "size", f->size);
    json_number(j, "word", f->word);
    json_array(j, "banks");
    for (unsigned i = 0; i < f->banks; i++) {
        json_object(j, NULL);
        json_number(j, "offset", i * f->bank_size);
        json_number(j, "size", f->bank_size);
        json_number(j, "sector", f->sector);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

/* Parts of partitions are left out: areas do not overlap. */
static void write_areas(struct json *j, const struct layout *l)
{
    json_array(j, "areas");
    for (unsigned i = 0; i < l->count; i++) {
        if (l->rows[i].depth != 0)
            continue;
        json_object(j, NULL);
        json_string(j, "name", l->rows[i].node);
        json_string(j, "label", l->rows[i].label);
        json_number(j, "offset", l->rows[i].offset);
        json_number(j, "size", l->rows[i].size);
        json_end(j);
    }
    json_end(j);
}

static void write_image(struct json *j, const struct image_file *f, const char *name)
{
    json_object(j, NULL);
    json_string(j, "name", name);
    json_string(j, "path", f->path);
    json_string(j, "version", f->version);
    json_number(j, "bytes", f->size);
    json_hex(j, "hash", f->hash.bytes, f->hash.len);
    write_sha256(j, f->blob.data, f->blob.len);
    json_end(j);
}

static int write_files(struct json *j, const struct rehearsal *r, const struct cli_args *a)
{
    struct cli_blob elf;
    const char *path;
    uint64_t address;
    int code = board_split(a->arg[0], &path, &address);
    if (code == CLI_DONE)
        code = cli_read_file(path, BOOTLOADER_MAX, &elf);
    if (code != CLI_DONE)
        return code;
    json_object(j, "bootloader");
    json_string(j, "path", a->arg[0]);
    write_sha256(j, elf.data, elf.len);
    json_end(j);
    json_array(j, "images");
    for (unsigned i = 0; i < CUTS_IMAGES; i++)
        write_image(j, &r->file[i], update_image_text((int)i));
    json_end(j);
    return CLI_DONE;
}

int update_json_start(struct json *j, const struct rehearsal *r, const struct cli_args *a)
{
    const struct soc *soc = vboard_soc(r->board);
    json_string(j, "board", vboard_name(r->board));
    json_string(j, "part", soc->name);
    json_number(j, "seed", r->plan.seed);
    json_string(j, "layout", r->layout_path);
    json_string(j, "strategy", layout_strategy_text(&r->slots));
    json_string(j, "request", update_request_text(r, a));
    write_flash(j, &soc->flash);
    write_areas(j, &r->layout);
    return write_files(j, r, a);
}

/* ---- the undisturbed update ---- */

static void write_trace(struct json *j, const struct cuts_trace *t)
{
    json_array(j, "trace");
    for (unsigned i = 0; i < t->count; i++) {
        const struct cuts_run *r = &t->run[i];
        json_object(j, NULL);
        json_number(j, "operation", r->operation);
        json_number(j, "count", r->count);
        json_string(j, "kind", story_kind(r->kind));
        json_number(j, "offset", r->offset);
        json_number(j, "size", r->size);
        json_number(j, "begin_us", r->begin_ns / NS_PER_US);
        json_number(j, "us", r->ns / NS_PER_US);
        json_end(j);
    }
    json_end(j);
    if (t->cut_short)
        json_bool(j, "trace_cut", true);
}

static void write_contents(struct json *j, const char *key, const struct rehearsal *r,
                           const struct vboard *v)
{
    static struct contents c;
    contents_look(r, v, &c);
    json_array(j, key);
    for (unsigned i = 0; i < c.count; i++) {
        json_object(j, NULL);
        json_number(j, "offset", c.piece[i].offset);
        json_number(j, "size", c.piece[i].size);
        json_string(j, "what", c.piece[i].what);
        json_end(j);
    }
    json_end(j);
}

void update_json_boots(struct json *j, const struct rehearsal *r, const struct cuts *c)
{
    json_array(j, "boots");
    for (unsigned n = 1; n <= cuts_boots(c); n++) {
        const struct cuts_boot *b = cuts_boot(c, n);
        json_object(j, NULL);
        json_string(j, "image", update_image_text(b->image));
        json_number(j, "operations", b->operations);
        json_number(j, "erases", b->erases);
        json_number(j, "ms", b->ns / NS_PER_MS);
        write_trace(j, cuts_trace(c, n));
        json_end(j);
    }
    json_end(j);
    json_object(j, "contents");
    write_contents(j, "before", r, r->board);
    write_contents(j, "after", r, cuts_board(c));
    json_end(j);
}

/* ---- cases ---- */

static void write_place(struct json *j, const struct cuts *c, const struct cuts_sequence *q)
{
    struct cuts_run place;
    json_number(j, "boot", q->boot);
    json_number(j, "operation", q->cut[0].at);
    json_string(j, "how", story_how(q->cut[0].how));
    if (!cuts_place(c, q, &place))
        return;
    json_string(j, "kind", story_kind(place.kind));
    json_number(j, "offset", place.offset);
}

void update_json_case(struct json *j, const struct cuts *c, const struct cuts_sequence *q,
                      const struct cuts_result *r, unsigned i, bool repeated)
{
    char text[CUTS_TEXT_MAX];
    cuts_print(q, text);
    json_object(j, NULL);
    json_number(j, "case", i);
    json_string(j, "cuts", text);
    write_place(j, c, q);
    json_string(j, "end", story_end(r->end));
    json_array(j, "ran");
    for (unsigned n = 0; n < r->boots; n++)
        json_string(j, NULL, r->ran[n] == CUTS_NO_IMAGE ? NULL : update_image_text(r->ran[n]));
    json_end(j);
    json_number(j, "operations", r->operations);
    if (repeated)
        json_bool(j, "repeated", true);
    json_end(j);
}

void update_json_totals(struct json *j, const struct update_totals *t)
{
    json_number(j, "cuts", t->cuts);
    json_number(j, "bricks", t->bricks);
    json_number(j, "repeated", t->repeated);
    json_object(j, "ends");
    for (unsigned i = 0; i < ARRAY_LEN(t->ends); i++)
        json_number(j, story_end((enum cuts_end)i), t->ends[i]);
    json_end(j);
}

struct cuts_result update_json_story(struct json *j, const struct rehearsal *r, struct cuts *c,
                                     const struct cli_args *a, const struct cuts_sequence *q,
                                     unsigned i,
                                     void (*on_boot)(void *ctx, const struct cuts_session *s))
{
    char text[CUTS_TEXT_MAX];
    cuts_print(q, text);
    json_object(j, NULL);
    json_number(j, "case", i);
    json_string(j, "cuts", text);
    json_string(j, "replay", update_replay_command(a, q, false));
    json_string(j, "gdb", update_replay_command(a, q, true));
    const struct cuts_result result = story_tell(r, c, q, j, on_boot, NULL);
    json_end(j);
    return result;
}
