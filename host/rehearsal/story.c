#include "host/rehearsal/story.h"

#include "core/base/bytes.h"

const char *story_end(enum cuts_end end)
{
    static const char *const ends[] = {
        [CUTS_UNKNOWN] = "unknown",     [CUTS_CAME_BACK] = "came back",
        [CUTS_WENT_BACK] = "went back", [CUTS_DEAD] = "dead",
        [CUTS_NEITHER] = "neither",     [CUTS_LOST] = "lost",
        [CUTS_RESTLESS] = "restless",   [CUTS_STOPPED] = "stopped",
    };
    return ends[end];
}

const char *story_kind(enum vboard_operation_kind kind)
{
    static const char *const kinds[] = {"program", "erase", "options"};
    return kinds[kind];
}

const char *story_how(enum vboard_cut how)
{
    static const char *const names[] = {"before", "during", "after"};
    return names[how];
}

struct story {
    const struct rehearsal *r;
    const struct cuts_sequence *q;
    struct json *j;
    void (*on_boot)(void *ctx, const struct cuts_session *s);
    void *ctx;
    struct vboard *board; /* as the last cut has left it */
    struct {
        uint32_t offset, size;
    } erased[CUTS_DEPTH_MAX]; /* sectors whose erase was cut in the middle */
    unsigned erased_count;
};

static const char *word_text(enum vboard_word w)
{
    return w == VBOARD_WORD_UNREADABLE ? "unreadable" : "corrected";
}

/* ---- boots ---- */

/* What a program that was cut has left of its word. */
static const char *left_text(const struct vboard *v, uint32_t off)
{
    uint8_t word[SOC_WORD_MAX];
    const size_t len = vboard_soc(v)->flash.word;
    const enum vboard_word state = vboard_flash_word(v, off);
    if (state != VBOARD_WORD_CLEAN)
        return word_text(state);
    return vboard_flash_peek(v, off, word, len) && bytes_all(word, 0xff, len) ? "erased" : "whole";
}

static void write_cut(struct story *t, const struct cuts_session *s)
{
    json_object(t->j, "cut");
    json_number(t->j, "operation", t->q->cut[s->cut - 1].at);
    json_string(t->j, "how", story_how(t->q->cut[s->cut - 1].how));
    if (s->operation != NULL) {
        json_string(t->j, "kind", story_kind(s->operation->kind));
        json_number(t->j, "offset", s->operation->offset);
        json_number(t->j, "size", s->operation->size);
        if (t->q->cut[s->cut - 1].how == VBOARD_CUT_DURING && s->operation->kind == VBOARD_PROGRAM)
            json_string(t->j, "left", left_text(s->board, s->operation->offset));
    }
    json_end(t->j);
}

static void keep_cut(struct story *t, const struct cuts_session *s)
{
    vboard_copy(t->board, s->board);
    if (s->operation == NULL || s->operation->kind != VBOARD_ERASE ||
        t->q->cut[s->cut - 1].how != VBOARD_CUT_DURING)
        return;
    t->erased[t->erased_count].offset = s->operation->offset;
    t->erased[t->erased_count++].size = s->operation->size;
}

static void take_boot(void *ctx, const struct cuts_session *s)
{
    struct story *t = ctx;
    json_object(t->j, NULL);
    json_string(t->j, "title", s->title);
    json_string(t->j, "console", rehearsal_lines(s->console));
    if (s->cut != 0) {
        write_cut(t, s);
        keep_cut(t, s);
    }
    json_end(t->j);
    if (t->on_boot != NULL)
        t->on_boot(t->ctx, s);
}

/* ---- torn words ---- */

/* Words in a row of which each is in the same state; or all of a sector whose erase was cut. */
struct torn {
    uint32_t offset, size;
    const char *what;
    unsigned unreadable, corrected;
};

/* The erase that was cut and covers off: *t gets its place. */
static bool was_erased(const struct story *s, uint32_t off, struct torn *t)
{
    for (unsigned i = 0; i < s->erased_count; i++)
        if (off - s->erased[i].offset < s->erased[i].size) {
            *t = (struct torn){s->erased[i].offset, s->erased[i].size, "half erased", 0, 0};
            return true;
        }
    return false;
}

static void count_word(struct torn *t, enum vboard_word w)
{
    t->unreadable += w == VBOARD_WORD_UNREADABLE;
    t->corrected += w == VBOARD_WORD_CORRECTED;
}

/* The torn place that begins at off. False: the word there is whole. */
static bool find_torn(const struct story *s, uint32_t off, struct torn *t)
{
    const struct soc_flash *f = &vboard_soc(s->board)->flash;
    const enum vboard_word first = vboard_flash_word(s->board, off);
    if (was_erased(s, off, t)) {
        for (uint32_t at = off; at < t->offset + t->size; at += f->word)
            count_word(t, vboard_flash_word(s->board, at));
        return t->unreadable + t->corrected > 0;
    }
    if (first == VBOARD_WORD_CLEAN)
        return false;
    *t = (struct torn){off, 0, word_text(first), 0, 0};
    struct torn unused;
    for (;
         off < f->size && vboard_flash_word(s->board, off) == first && !was_erased(s, off, &unused);
         off += f->word) {
        t->size += f->word;
        count_word(t, first);
    }
    return true;
}

static void write_torn(struct story *s)
{
    const struct soc_flash *f = &vboard_soc(s->board)->flash;
    unsigned count = 0;
    json_array(s->j, "torn");
    for (uint32_t off = 0; off < f->size;) {
        struct torn t = {off, f->word, NULL, 0, 0};
        if (find_torn(s, off, &t) && count++ < STORY_TORN_MAX) {
            json_object(s->j, NULL);
            json_number(s->j, "offset", t.offset);
            json_number(s->j, "size", t.size);
            json_string(s->j, "what", t.what);
            json_number(s->j, "unreadable", t.unreadable);
            json_number(s->j, "corrected", t.corrected);
            json_end(s->j);
        }
        off = t.offset + t.size;
    }
    json_end(s->j);
    if (count > STORY_TORN_MAX)
        json_number(s->j, "torn_left", count - STORY_TORN_MAX);
}

/* ---- trailers ---- */

static const char *magic_text(enum trailer_magic m)
{
    return m == TRAILER_MAGIC_GOOD ? "good" : m == TRAILER_MAGIC_BAD ? "bad" : "unset";
}

static const char *flag_text(enum trailer_flag f)
{
    return f == TRAILER_FLAG_SET ? "set" : f == TRAILER_FLAG_BAD ? "bad" : "unset";
}

static bool any_unreadable(const struct vboard *v, uint32_t off, uint32_t end)
{
    while (off < end && vboard_flash_word(v, off) != VBOARD_WORD_UNREADABLE)
        off += vboard_soc(v)->flash.word;
    return off < end;
}

static void write_fields(struct json *j, const struct trailer_view *view)
{
    json_string(j, "magic", magic_text(view->state.magic));
    json_string(j, "swap_type", swap_type_text(view->state.swap_type));
    json_string(j, "copy_done", flag_text(view->state.copy_done));
    json_string(j, "image_ok", flag_text(view->state.image_ok));
    if (view->has_swap_size)
        json_number(j, "swap_size", view->swap_size);
    if (view->in_swap && !view->unclear)
        json_number(j, "steps", view->steps);
}

static void write_trailer(struct story *t, const struct slot_pair *p, enum slot s, const char *when)
{
    static const char *const names[] = {"slot0", "slot1", "scratch"};
    const struct flash_area *a = &p->slot[s];
    const uint32_t begin = a->offset + update_trailer_begin(p, s);
    struct trailer_view view;
    if (update_view_trailer(p, s, &view))
        return;
    json_object(t->j, NULL);
    json_string(t->j, "when", when);
    json_string(t->j, "slot", names[s]);
    json_number(t->j, "offset", begin);
    write_fields(t->j, &view);
    json_bool(t->j, "unreadable", any_unreadable(t->board, begin, a->offset + a->size));
    json_end(t->j);
}

/* The pair on this board. flash: the caller's room. */
static struct slot_pair pair_on(const struct story *t, struct board_flash *flash)
{
    struct slot_pair pair = t->r->slots.pair;
    board_flash_init(flash, t->board);
    for (unsigned i = 0; i < ARRAY_LEN(pair.slot); i++)
        pair.slot[i].flash = &flash->flash;
    return pair;
}

static void write_trailers(struct story *t, const char *when)
{
    struct board_flash flash;
    const struct slot_pair pair = pair_on(t, &flash);
    const unsigned slots = pair.slot[SLOT_SCRATCH].size != 0 ? 3 : 2;
    for (unsigned s = 0; s < slots; s++)
        write_trailer(t, &pair, (enum slot)s, when);
}

/* ---- the whole ---- */

struct cuts_result story_tell(const struct rehearsal *r, struct cuts *c,
                              const struct cuts_sequence *q, struct json *j,
                              void (*on_boot)(void *ctx, const struct cuts_session *s), void *ctx)
{
    struct story t = {.r = r, .q = q, .j = j, .board = r->spare, .on_boot = on_boot, .ctx = ctx};
    json_array(j, "boots");
    const struct cuts_result result = cuts_try(c, q, take_boot, &t);
    json_end(j);
    json_string(j, "end", story_end(result.end));
    json_string(j, "why", cuts_why(c)[0] != '\0' ? cuts_why(c) : cuts_end_text(result.end));
    write_torn(&t);
    json_array(j, "trailers");
    write_trailers(&t, "after the cuts");
    vboard_copy(t.board, cuts_board(c));
    write_trailers(&t, "at the end");
    json_end(j);
    return result;
}
