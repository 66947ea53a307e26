#include "host/layout/layout.h"

#include <ctype.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE_SUFFIX "_partition"

/* One reading of one blob. */
struct reader {
    const void *fdt;
    struct layout *out;
    char *why;
    size_t cap;
};

static enum err fail(const struct reader *r, enum err e, const char *fmt, ...) PRINTF_LIKE(3, 4);

static enum err fail(const struct reader *r, enum err e, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->why, r->cap, fmt, args);
    va_end(args);
    return e;
}

static const char *name_of(const struct reader *r, int node)
{
    const char *name = fdt_get_name(r->fdt, node, NULL);
    return name != NULL ? name : "?";
}

/* The cells of a property that must have exactly count of them. */
static enum err get_cells(const struct reader *r, int node, const char *property, uint32_t *cells,
                          int count)
{
    int len = 0;
    const fdt32_t *p = fdt_getprop(r->fdt, node, property, &len);
    if (p == NULL)
        return fail(r, ERR_FORMAT, "%s: no property \"%s\"", name_of(r, node), property);
    if (len != count * 4)
        return fail(r, ERR_FORMAT, "%s: \"%s\" has %d bytes where %d are needed", name_of(r, node),
                    property, len, count * 4);
    for (int i = 0; i < count; i++)
        cells[i] = fdt32_ld(p + i);
    return ERR_OK;
}

/* Copies text that will stand inside a C string and a linker script: letters, digits and - _ . only. */
static bool copy_plain(char dst[LAYOUT_NAME_MAX], const char *src, size_t len)
{
    if (len == 0 || len >= LAYOUT_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)src[i];
        if (c > 0x7e || (!isalnum(c) && c != '-' && c != '_' && c != '.'))
            return false;
    }
    memcpy(dst, src, len);
    dst[len] = '\0';
    return true;
}

static enum err check_cells_of(const struct reader *r, int node)
{
    if (fdt_address_cells(r->fdt, node) != 1 || fdt_size_cells(r->fdt, node) != 1)
        return fail(r, ERR_FORMAT, "%s: #address-cells and #size-cells must both be 1",
                    name_of(r, node));
    return ERR_OK;
}

static bool power_of_two(uint32_t v)
{
    return v != 0 && (v & (v - 1)) == 0;
}

static enum err read_geometry(const struct reader *r, int controller, int flash)
{
    struct layout *l = r->out;
    uint32_t reg[2];
    enum err e = check_cells_of(r, controller);
    if (e == ERR_OK)
        e = get_cells(r, flash, "reg", reg, 2);
    if (e == ERR_OK)
        e = get_cells(r, flash, "erase-block-size", &l->sector, 1);
    if (e == ERR_OK)
        e = get_cells(r, flash, "write-block-size", &l->word, 1);
    if (e != ERR_OK)
        return e;
    l->base = reg[0];
    l->size = reg[1];
    if (!power_of_two(l->sector) || !power_of_two(l->word) || l->word > l->sector)
        return fail(r, ERR_FORMAT,
                    "%s: erase-block-size %u and write-block-size %u must be powers of two, the "
                    "second not above the first",
                    name_of(r, flash), l->sector, l->word);
    if (l->size == 0 || l->size % l->sector != 0)
        return fail(r, ERR_FORMAT,
                    "%s: size 0x%x is not a multiple of erase-block-size 0x%x, or zero",
                    name_of(r, flash), l->size, l->sector);
    if (l->base % l->sector != 0 || (uint64_t)l->base + l->size > UINT64_C(0x100000000))
        return fail(r, ERR_FORMAT, "%s: 0x%x bytes at 0x%x do not fit the bus", name_of(r, flash),
                    l->size, l->base);
    return ERR_OK;
}

/* Adds a name that is no part of ours, if it is one of ST's: "simple-bus" says nothing. */
static void note_unknown(char *text, size_t cap, const char *name)
{
    size_t n = strlen(text);
    if (strncmp(name, "st,", 3) != 0 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789,-_") != strlen(name))
        return;
    snprintf(text + n, cap - n, "%s\"%s\"", n == 0 ? "it names " : ", ", name);
}

/* Zephyr's devicetrees say it at /soc: "st,stm32h753", "st,stm32h7", "simple-bus". */
static void read_part(const struct reader *r, int controller)
{
    struct layout *l = r->out;
    int bus = fdt_parent_offset(r->fdt, controller);
    int count = bus < 0 ? 0 : fdt_stringlist_count(r->fdt, bus, "compatible");
    for (int i = 0; i < count; i++) {
        const char *name = fdt_stringlist_get(r->fdt, bus, "compatible", i, NULL);
        l->soc = name != NULL ? soc_find_part(name) : NULL;
        if (l->soc != NULL) {
            l->assumed[0] = '\0';
            return;
        }
        if (name != NULL)
            note_unknown(l->assumed, sizeof l->assumed, name);
    }
    l->soc = &soc_stm32h753;
    if (l->assumed[0] == '\0')
        snprintf(l->assumed, sizeof l->assumed, "it names no part");
}

/* dtc -@ keeps node labels as properties of /__symbols__ whose values are paths. */
static enum err read_node_label(const struct reader *r, int node, char dst[LAYOUT_NAME_MAX])
{
    char path[512];
    int symbols = fdt_path_offset(r->fdt, "/__symbols__");
    if (symbols < 0)
        return fail(r, ERR_FORMAT, "no /__symbols__: compile the devicetree with dtc -@");
    if (fdt_get_path(r->fdt, node, path, sizeof path) < 0)
        return fail(r, ERR_FORMAT, "%s: its path is too long", name_of(r, node));
    int property;
    fdt_for_each_property_offset(property, r->fdt, symbols)
    {
        const char *label = NULL;
        int len = 0;
        const char *value = fdt_getprop_by_offset(r->fdt, property, &label, &len);
        if (value == NULL || label == NULL || len <= 0 || (size_t)len != strlen(path) + 1 ||
            memcmp(value, path, (size_t)len) != 0)
            continue;
        size_t n = strlen(label), suffix = strlen(NODE_SUFFIX);
        if (n > suffix && strcmp(label + n - suffix, NODE_SUFFIX) == 0 &&
            copy_plain(dst, label, n - suffix))
            return ERR_OK;
    }
    return fail(r, ERR_FORMAT, "%s: needs a node label of the form NAME" NODE_SUFFIX,
                name_of(r, node));
}

static enum err read_label(const struct reader *r, int node, char dst[LAYOUT_NAME_MAX])
{
    int len = 0;
    const char *label = fdt_stringlist_get(r->fdt, node, "label", 0, &len);
    if (label == NULL)
        return fail(r, ERR_FORMAT, "%s: no property \"label\", or it is not a string",
                    name_of(r, node));
    if (!copy_plain(dst, label, (size_t)len))
        return fail(r, ERR_FORMAT,
                    "%s: its label must have 1 to %d letters, digits, '-', '_' or '.'",
                    name_of(r, node), LAYOUT_NAME_MAX - 1);
    return ERR_OK;
}

static enum err check_place(const struct reader *r, const struct layout_partition *p)
{
    const struct layout *l = r->out;
    if (p->size == 0)
        return fail(r, ERR_RANGE, "%s_partition: its size is zero", p->node);
    if ((uint64_t)p->offset + p->size > l->size)
        return fail(r, ERR_RANGE, "%s_partition: 0x%x bytes at 0x%x leave the flash of 0x%x bytes",
                    p->node, p->size, p->offset, l->size);
    if (p->offset % l->sector != 0 || p->size % l->sector != 0)
        return fail(r, ERR_ALIGN,
                    "%s_partition: 0x%x bytes at 0x%x are not on borders of the 0x%x-byte sectors",
                    p->node, p->size, p->offset, l->sector);
    for (unsigned i = 0; i < l->count; i++) {
        const struct layout_partition *q = &l->rows[i];
        if (p->offset < q->offset + q->size && q->offset < p->offset + p->size)
            return fail(r, ERR_RANGE,
                        "%s_partition (0x%x, 0x%x bytes) overlaps %s_partition (0x%x, 0x%x bytes)",
                        p->node, p->offset, p->size, q->node, q->offset, q->size);
        if (strcmp(p->node, q->node) == 0)
            return fail(r, ERR_FORMAT, "two partitions are called %s_partition", p->node);
    }
    return ERR_OK;
}

static enum err read_partition(const struct reader *r, int node)
{
    struct layout *l = r->out;
    struct layout_partition p;
    uint32_t reg[2];
    if (l->count == LAYOUT_PARTITIONS_MAX)
        return fail(r, ERR_NOSPC, "more than %d partitions", LAYOUT_PARTITIONS_MAX);
    enum err e = get_cells(r, node, "reg", reg, 2);
    if (e == ERR_OK)
        e = read_node_label(r, node, p.node);
    if (e == ERR_OK)
        e = read_label(r, node, p.label);
    if (e != ERR_OK)
        return e;
    p.offset = reg[0];
    p.size = reg[1];
    e = check_place(r, &p);
    if (e == ERR_OK)
        l->rows[l->count++] = p;
    return e;
}

static int by_offset(const void *a, const void *b)
{
    const struct layout_partition *p = a, *q = b;
    return p->offset < q->offset ? -1 : p->offset > q->offset;
}

/* The first child of parent with this compatible, or a negative number. */
static int compatible_child(const struct reader *r, int parent, const char *compatible)
{
    int node;
    fdt_for_each_subnode(node, r->fdt, parent)
    {
        if (fdt_node_check_compatible(r->fdt, node, compatible) == 0)
            return node;
    }
    return -1;
}

static enum err read_partitions(const struct reader *r, int flash)
{
    int table = compatible_child(r, flash, "fixed-partitions");
    if (table < 0)
        return fail(r, ERR_FORMAT, "%s: no child with compatible \"fixed-partitions\"",
                    name_of(r, flash));
    enum err e = check_cells_of(r, table);
    int node;
    fdt_for_each_subnode(node, r->fdt, table)
    {
        if (e == ERR_OK)
            e = read_partition(r, node);
    }
    if (e != ERR_OK)
        return e;
    qsort(r->out->rows, r->out->count, sizeof r->out->rows[0], by_offset);
    static const char *const needed[] = {"boot", "slot0"};
    for (unsigned i = 0; i < ARRAY_LEN(needed); i++) {
        if (layout_find(r->out, needed[i]) == NULL)
            return fail(r, ERR_FORMAT, "no %s_partition", needed[i]);
    }
    if (layout_find(r->out, "boot")->offset != 0)
        return fail(r, ERR_RANGE, "boot_partition must be at 0: the core starts there");
    return ERR_OK;
}

static enum err read_console(const struct reader *r)
{
    int chosen = fdt_path_offset(r->fdt, "/chosen");
    int len = 0;
    const char *path =
        chosen < 0 ? NULL : fdt_stringlist_get(r->fdt, chosen, "zephyr,console", 0, &len);
    int uart = path == NULL ? -1 : fdt_path_offset(r->fdt, path);
    if (uart < 0)
        return fail(r, ERR_FORMAT, "/chosen: \"zephyr,console\" names no node");
    enum err e = get_cells(r, uart, "current-speed", &r->out->console_speed, 1);
    if (e == ERR_OK && (r->out->console_speed < 1200 || r->out->console_speed > 4000000))
        return fail(r, ERR_RANGE, "%s: current-speed %u is not between 1200 and 4000000",
                    name_of(r, uart), r->out->console_speed);
    return e;
}

enum err layout_from_dtb(const void *dtb, size_t len, struct layout *l, char *why, size_t cap)
{
    const struct reader r = {.fdt = dtb, .out = l, .why = why, .cap = cap};
    memset(l, 0, sizeof *l);
    if (len < sizeof(struct fdt_header))
        return fail(&r, ERR_FORMAT, "%zu bytes are too few for a devicetree blob", len);
    int sound = fdt_check_full(dtb, len);
    if (sound != 0)
        return fail(&r, ERR_FORMAT, "not a sound devicetree blob: %s", fdt_strerror(sound));
    int controller = fdt_node_offset_by_compatible(dtb, -1, "st,stm32h7-flash-controller");
    if (controller < 0)
        return fail(&r, ERR_FORMAT, "no node with compatible \"st,stm32h7-flash-controller\"");
    int flash = compatible_child(&r, controller, "soc-nv-flash");
    if (flash < 0)
        return fail(&r, ERR_FORMAT, "%s: no child with compatible \"soc-nv-flash\"",
                    name_of(&r, controller));
    read_part(&r, controller);
    enum err e = read_geometry(&r, controller, flash);
    if (e == ERR_OK)
        e = read_partitions(&r, flash);
    if (e == ERR_OK)
        e = read_console(&r);
    return e;
}

const struct layout_partition *layout_find(const struct layout *l, const char *node)
{
    for (unsigned i = 0; i < l->count; i++) {
        if (strcmp(l->rows[i].node, node) == 0)
            return &l->rows[i];
    }
    return NULL;
}
