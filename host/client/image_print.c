#include "host/client/image_print.h"

#include <string.h>

#include "core/update/update.h"

void image_flags_text(char *dst, size_t cap, const struct smp_image_state *s)
{
    const struct {
        bool set;
        const char *name;
    } flags[] = {{s->active, "active"},
                 {s->confirmed, "confirmed"},
                 {s->pending, "pending"},
                 {s->permanent, "permanent"},
                 {s->says_not_bootable, "not-bootable"}};
    size_t len = 0;
    dst[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(flags) && len < cap; i++)
        if (flags[i].set)
            len +=
                (size_t)snprintf(dst + len, cap - len, "%s%s", len > 0 ? " " : "", flags[i].name);
    if (len == 0)
        snprintf(dst, cap, "-");
}

const char *image_unbootable_text(const struct smp_image_state *s)
{
    return cli_text(
        "slot %u: the bootloader does not look for an image where %s lies; to run it, upload it",
        (unsigned)s->slot, s->version);
}

void image_list_explain(const struct smp_image_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->image[i].says_not_bootable && !cli_mode.json)
            cli_say("%s: slipway update", image_unbootable_text(&list->image[i]));
}

static void print_json_image(struct json *j, const struct smp_image_state *s)
{
    json_object(j, NULL);
    json_number(j, "image", s->image);
    json_number(j, "slot", s->slot);
    json_string(j, "version", s->version);
    if (s->hash_len > 0)
        json_hex(j, "hash", s->hash, s->hash_len);
    if (s->bootable || s->says_not_bootable)
        json_bool(j, "bootable", s->bootable);
    if (s->has_flags) {
        json_bool(j, "pending", s->pending);
        json_bool(j, "confirmed", s->confirmed);
        json_bool(j, "active", s->active);
        json_bool(j, "permanent", s->permanent);
    }
    json_end(j);
}

static void print_json_list(const struct smp_image_list *list, const char *recovery)
{
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "images");
    for (unsigned i = 0; i < list->count; i++)
        print_json_image(&j, &list->image[i]);
    json_end(&j);
    json_bool(&j, "recovery", recovery != NULL);
    if (recovery != NULL)
        json_string(&j, "recovery_evidence", recovery);
    json_finish(&j);
}

void image_list_print(const struct smp_image_list *list, const char *recovery)
{
    if (cli_mode.json) {
        print_json_list(list, recovery);
        return;
    }
    cli_print(stdout, "image slot  version       flags                 hash\n");
    for (unsigned i = 0; i < list->count; i++) {
        const struct smp_image_state *s = &list->image[i];
        char flags[64], hash[2 * SMP_HASH_MAX + 1];
        image_flags_text(flags, sizeof flags, s);
        cli_hex(hash, s->hash, s->hash_len);
        cli_print(stdout, "%5u %4u  %-13s %-21s %s\n", (unsigned)s->image, (unsigned)s->slot,
                  s->version, flags, hash);
    }
    if (list->count == 0)
        cli_print(stdout, "(no image)\n");
    if (recovery != NULL)
        cli_print(stdout, "this is serial recovery: %s; no image runs\n", recovery);
}

enum goes_back image_goes_back(int mode)
{
    switch (mode) {
    case UPDATE_MODE_SWAP_SCRATCH:
    case UPDATE_MODE_SWAP_MOVE:
    case UPDATE_MODE_SWAP_OFFSET:
    case UPDATE_MODE_DIRECT_XIP_REVERT:
        return GOES_BACK;
    case UPDATE_MODE_SINGLE:
    case UPDATE_MODE_OVERWRITE:
    case UPDATE_MODE_DIRECT_XIP:
        return GOES_BACK_NEVER;
    default: /* RAM-load has one number, with revert and without */
        return GOES_BACK_PERHAPS;
    }
}

const char *image_next_boot_text(int mode, const struct smp_image_state *s)
{
    const char *permanently = s->permanent ? ", permanently" : "", *version = s->version;
    switch (mode) {
    case UPDATE_MODE_SWAP_SCRATCH:
    case UPDATE_MODE_SWAP_MOVE:
    case UPDATE_MODE_SWAP_OFFSET:
        return cli_text("the next boot swaps to %s%s", version, permanently);
    case UPDATE_MODE_OVERWRITE:
        return cli_text("the next boot copies %s over the running image: there is no way back",
                        version);
    case UPDATE_MODE_DIRECT_XIP:
    case UPDATE_MODE_DIRECT_XIP_REVERT:
        return cli_text("the next boot starts %s in slot %u, where it is%s", version,
                        (unsigned)s->slot, permanently);
    case UPDATE_MODE_RAM_LOAD:
        return cli_text("the next boot loads %s from slot %u into RAM and starts it%s", version,
                        (unsigned)s->slot, permanently);
    default:
        return cli_text("the next boot tries %s%s", version, permanently);
    }
}

static void print_json_slot(struct json *j, const struct smp_slot_info *s)
{
    json_object(j, NULL);
    json_number(j, "image", s->image);
    json_number(j, "slot", s->slot);
    if (s->rc != 0)
        json_number(j, "rc", s->rc);
    else
        json_number(j, "size", s->size);
    if (s->has_upload_id)
        json_number(j, "upload_image_id", s->upload_id);
    if (s->has_max_size)
        json_number(j, "max_image_size", s->max_size);
    json_end(j);
}

static void print_slot(const struct smp_slot_info *s)
{
    char upload[16] = "-", limit[32] = "-";
    if (s->has_upload_id)
        snprintf(upload, sizeof upload, "%u", (unsigned)s->upload_id);
    if (s->has_max_size)
        snprintf(limit, sizeof limit, "%u", (unsigned)s->max_size);
    if (s->rc != 0)
        cli_print(stdout, "%5u %4u  cannot be opened (rc %u)\n", (unsigned)s->image,
                  (unsigned)s->slot, (unsigned)s->rc);
    else
        cli_print(stdout, "%5u %4u  %10u  %-9s %s\n", (unsigned)s->image, (unsigned)s->slot,
                  (unsigned)s->size, upload, limit);
}

void slot_list_print(const struct smp_slot_list *list)
{
    if (!cli_mode.json) {
        cli_print(stdout, "image slot        size  upload-id largest-image\n");
        for (unsigned i = 0; i < list->count; i++)
            print_slot(&list->slot[i]);
        return;
    }
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "slots");
    for (unsigned i = 0; i < list->count; i++)
        print_json_slot(&j, &list->slot[i]);
    json_finish(&j);
}
