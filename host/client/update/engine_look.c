/* engine_look.c - orders and their results: one after the other, and again where an answer is lost. */
#include <string.h>

#include "host/client/update/engine_inside.h"

/* Times that one step may look at the device after requests without an answer. */
#define LOOKS_MAX 5

const char *update_order_name(enum update_order_kind kind)
{
    static const char *const names[] = {
        [UPDATE_LIST] = "list",   [UPDATE_RECOVERY] = "recovery", [UPDATE_FILE] = "file",
        [UPDATE_MODE] = "mode",   [UPDATE_SLOTS] = "slots",       [UPDATE_UPLOAD] = "upload",
        [UPDATE_MARK] = "mark",   [UPDATE_CONFIRM] = "confirm",   [UPDATE_ERASE] = "erase",
        [UPDATE_RESET] = "reset", [UPDATE_WAIT] = "wait",         [UPDATE_END] = "end",
    };
    return names[kind];
}

/* ---- orders ---- */

void engine_order(struct update *u, enum update_order_kind kind, engine_step *then)
{
    u->order = (struct update_order){.kind = kind};
    u->then = then;
}

void engine_end(struct update *u, enum update_end why)
{
    engine_order(u, UPDATE_END, NULL);
    u->end = why;
}

void engine_end_with(struct update *u, enum update_end why, const struct update_result *r)
{
    u->e = r->e;
    u->error = r->error;
    engine_end(u, why);
}

void engine_tell(struct update *u, enum update_news news)
{
    if (u->news != NULL)
        u->news(u->ctx, u, news);
}

void update_took(struct update *u, const struct update_result *r)
{
    if (r->gave_up)
        engine_end(u, UPDATE_GAVE_UP);
    else
        u->then(u, r);
}

/* ---- what the list says ---- */

const struct smp_image_state *update_running(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (u->list.image[i].image == u->goal.image && u->list.image[i].active)
            return &u->list.image[i];
    return NULL;
}

bool update_is_ours(const struct update *u, const struct smp_image_state *s)
{
    return s != NULL && s->image == u->goal.image && s->hash_len == u->goal.hash_len &&
           memcmp(s->hash, u->goal.hash, u->goal.hash_len) == 0;
}

const struct smp_image_state *update_waiting(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (!u->list.image[i].active && update_is_ours(u, &u->list.image[i]))
            return &u->list.image[i];
    return NULL;
}

const struct smp_image_state *update_in_place(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        bool same_version = s->hash_len == 0 && strcmp(s->version, u->goal.version) == 0;
        if (s->slot == 0 && s->image == u->goal.image && (update_is_ours(u, s) || same_version))
            return s;
    }
    return NULL;
}

/* ---- a look at the device, through lost answers ---- */

static void list_is_here(struct update *u, const struct update_result *r);

static void list_again(struct update *u, const struct update_result *r)
{
    (void)r;
    engine_order(u, UPDATE_LIST, list_is_here);
}

void engine_wait_after(struct update *u, enum err e, const char *event, const char *unknown,
                       engine_step *then)
{
    engine_order(u, UPDATE_WAIT, then);
    u->order.event = event;
    u->order.unknown = unknown;
    u->order.err = e;
}

static void list_is_here(struct update *u, const struct update_result *r)
{
    if (smp_is_lost(r->e) && u->looks++ < LOOKS_MAX) {
        engine_wait_after(u, r->e, "the device did not send its image list", NULL, list_again);
        return;
    }
    if (r->e != ERR_OK) {
        engine_end_with(u, UPDATE_LIST_FAILED, r);
        return;
    }
    u->list = *r->list;
    u->after_list(u, r);
}

void engine_look(struct update *u, engine_step *then)
{
    u->looks = 0;
    u->after_list = then;
    engine_order(u, UPDATE_LIST, list_is_here);
}

/* ---- a change of an image's state, through lost answers ---- */

static void change_is_here(struct update *u, const struct update_result *r);

static void ask_for_change(struct update *u)
{
    engine_order(u, u->change.kind, change_is_here);
}

static void change_is_looked_at(struct update *u, const struct update_result *r)
{
    (void)r;
    if (u->change.is_settled(u))
        u->change.after(u, &(struct update_result){.e = ERR_OK});
    else
        ask_for_change(u);
}

static void look_at_change(struct update *u, const struct update_result *r)
{
    (void)r;
    engine_look(u, change_is_looked_at);
}

static void change_is_here(struct update *u, const struct update_result *r)
{
    if (smp_is_lost(r->e) && u->change.looks++ < LOOKS_MAX) {
        engine_wait_after(u, r->e, u->change.unknown, u->change.unknown, look_at_change);
        return;
    }
    if (r->e == ERR_OK)
        u->list = *r->list;
    u->change.after(u, r);
}

void engine_change(struct update *u, struct update_change c)
{
    u->change = c;
    ask_for_change(u);
}
