#include "rehearse/fleet/fleet_command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/fleet/fleet_draw.h"

static const char *power_text(enum fleet_power p)
{
    static const char *const texts[] = {[POWER_OFF] = "off",
                                        [POWER_ON] = "on",
                                        [POWER_BRICKED] = "bricked",
                                        [POWER_VANISHED] = "vanished"};
    return texts[p];
}

static json_t *error(const char *text)
{
    return json_pack("{s:s}", "error", text);
}

static void hash_text(char text[2 * sizeof((struct image_hash){0}).bytes + 1],
                      const struct image_hash *hash)
{
    text[0] = '\0';
    for (unsigned i = 0; i < hash->len; i++)
        snprintf(text + 2 * (size_t)i, 3, "%02x", hash->bytes[i]);
}

static json_t *what_runs(const struct fleet_device *d)
{
    char version[26] = "", hash[2 * sizeof d->hash.bytes + 1];
    if (d->hash.len > 0)
        image_version_print(version, sizeof version, &d->version, '+');
    hash_text(hash, &d->hash);
    return json_pack("{s:s, s:s}", "version", version, "hash", hash);
}

static json_t *counts(const struct fleet_device *d)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "boots", (int)d->boots, "reverts",
                     (int)d->reverts, "cuts", (int)d->flash.cuts, "failures",
                     (int)d->flash.failures, "misuses", (int)d->flash.misuses, "requests",
                     (int)d->requests, "withheld", (int)d->confirms_withheld);
}

/* Adds the members of more, and releases it. */
static void add(json_t *object, json_t *more)
{
    json_object_update(object, more);
    json_decref(more);
}

static json_t *state_of(struct fleet *f, unsigned i)
{
    struct fleet_device *d = &f->devices[i];
    struct fleet_truth t = fleet_device_truth(d);
    json_t *o =
        json_pack("{s:i, s:i, s:s, s:s, s:b}", "device", (int)i, "port", (int)f->ports[i], "unit",
                  fleet_unit_text(d->fate.unit), "power", power_text(t.power), "known", t.known);
    add(o, what_runs(d));
    if (t.known)
        add(o, json_pack("{s:b, s:s, s:b}", "confirmed", t.confirmed, "next",
                         swap_type_text(t.next), "intact", t.intact));
    add(o, counts(d));
    return o;
}

static json_t *all_states(struct fleet *f)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < f->count; i++)
        json_array_append_new(list, state_of(f, i));
    return json_pack("{s:o}", "devices", list);
}

/* The device that a command names; -1: there is no such device. */
static int device_of(const struct fleet *f, json_t *command)
{
    const json_t *n = json_object_get(command, "device");
    json_int_t i = json_is_integer(n) ? json_integer_value(n) : -1;
    return i >= 0 && i < (json_int_t)f->count ? (int)i : -1;
}

static json_t *run(struct fleet *f, json_t *command, uint64_t now_ms)
{
    const char *name = json_string_value(json_object_get(command, "cmd"));
    if (name == NULL)
        return error("no \"cmd\"");
    if (strcmp(name, "states") == 0)
        return all_states(f);
    bool reset = strcmp(name, "reset") == 0;
    if (!reset && strcmp(name, "state") != 0)
        return error("no such command: state, states or reset");
    int i = device_of(f, command);
    if (i < 0)
        return error("\"device\" is not the number of a device of this fleet");
    if (reset)
        fleet_device_power_cycle(&f->devices[i], now_ms);
    return state_of(f, (unsigned)i);
}

char *fleet_answer(struct fleet *f, const char *line, size_t len, uint64_t now_ms)
{
    json_error_t e;
    json_t *command = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);
    json_t *answer =
        json_is_object(command) ? run(f, command, now_ms) : error("the line is not a JSON object");
    char *text = json_dumps(answer, JSON_COMPACT);
    json_decref(command);
    json_decref(answer);
    if (text == NULL) {
        fprintf(stderr, "fleet: out of memory\n");
        exit(1);
    }
    return text;
}
