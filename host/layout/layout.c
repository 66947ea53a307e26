#include "host/layout/layout.h"

#include <ctype.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE_SUFFIX "_partition"
#define NESTED_MAX  16 /* nodes above a partition */

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

/* Copy any text for printing: control characters become '?', and what is too long is cut. */
static void copy_text(char dst[LAYOUT_NAME_MAX], const char *src)
{
    size_t n = strnlen(src, LAYOUT_NAME_MAX - 1);
    memcpy(dst, src, n);
    dst[n] = '\0';
    for (char *c = dst; *c != '\0'; c++)
        *c = *c >= 0x20 && *c < 0x7f ? *c : '?';
}

static uint64_t cells_value(const fdt32_t *p, int cells)
{
    return cells == 2 ? (uint64_t)fdt32_ld(p) << 32 | fdt32_ld(p + 1) : fdt32_ld(p);
}

/* Address and size that the first row of reg has; parent is the node above. */
static enum err get_reg(const struct reader *r, int node, int parent, uint64_t *at, uint64_t *size)
{
    int na = fdt_address_cells(r->fdt, parent), ns = fdt_size_cells(r->fdt, parent), len = 0;
    const fdt32_t *p = fdt_getprop(r->fdt, node, "reg", &len);
    if (na < 1 || na > 2 || ns < 1 || ns > 2)
        return fail(r, ERR_FORMAT, "%s: #address-cells and #size-cells must be 1 or 2",
                    name_of(r, parent));
    if (p == NULL)
        return fail(r, ERR_FORMAT, "%s: no property \"reg\"", name_of(r, node));
    if (len != (na + ns) * 4)
        return fail(r, ERR_FORMAT,
                    "%s: \"reg\" has %d bytes where %d are needed (#address-cells %d, #size-cells "
                    "%d of %s)",
                    name_of(r, node), len, (na + ns) * 4, na, ns, name_of(r, parent));
    *at = cells_value(p, na);
    *size = cells_value(p + na, ns);
    return ERR_OK;
}

static bool power_of_two(uint32_t v)
{
    return v != 0 && (v & (v - 1)) == 0;
}

/* A cell that may be missing: then the part's. */
static enum err get_size(const struct reader *r, int node, const char *property, uint32_t parts,
                         uint32_t *value)
{
    *value = parts;
    return fdt_getprop(r->fdt, node, property, NULL) == NULL
               ? ERR_OK
               : get_cells(r, node, property, value, 1);
}

static enum err read_geometry(const struct reader *r, int controller, int flash)
{
    struct layout *l = r->out;
    uint64_t base, size;
    enum err e = get_reg(r, flash, controller, &base, &size);
    if (e == ERR_OK && (base > UINT32_MAX || size > UINT32_MAX))
        return fail(r, ERR_FORMAT, "%s: its reg does not fit the bus", name_of(r, flash));
    if (e == ERR_OK)
        e = get_size(r, flash, "erase-block-size", l->soc->flash.sector, &l->sector);
    if (e == ERR_OK)
        e = get_size(r, flash, "write-block-size", l->soc->flash.word, &l->word);
    if (e != ERR_OK)
        return e;
    l->base = (uint32_t)base;
    l->size = (uint32_t)size;
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

/* Collect a compatible that starts with "st," and is not a part that slipway knows. */
static void note_unknown(char *text, size_t cap, const char *name)
{
    size_t n = strlen(text);
    if (strncmp(name, "st,", 3) != 0 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789,-_") != strlen(name))
        return;
    snprintf(text + n, cap - n, "%s\"%s\"", n == 0 ? "it names " : ", ", name);
}

/* The part in the root's compatible, which is the board's name: "st,stm32h753zi-nucleo". NULL: none. */
static const struct soc *read_board_part(const struct reader *r)
{
    struct layout *l = r->out;
    int count = fdt_stringlist_count(r->fdt, 0, "compatible");
    for (int i = 0; i < count; i++) {
        const char *name = fdt_stringlist_get(r->fdt, 0, "compatible", i, NULL);
        const struct soc *part = name != NULL ? soc_find_part_of_board(name) : NULL;
        if (part != NULL) {
            copy_text(l->part_board, name);
            return part;
        }
        if (name != NULL)
            note_unknown(l->assumed, sizeof l->assumed, name);
    }
    return NULL;
}

/* Zephyr's devicetrees say it at /soc: "st,stm32h753", "st,stm32h7", "simple-bus". Some (Zephyr 3.2's) say it in the
 * board's name alone, which counts where /soc names no other part. */
static void read_part(const struct reader *r, int controller)
{
    struct layout *l = r->out;
    int bus = fdt_parent_offset(r->fdt, controller);
    int count = bus <= 0 ? 0 : fdt_stringlist_count(r->fdt, bus, "compatible");
    bool other = false;
    for (int i = 0; i < count; i++) {
        const char *name = fdt_stringlist_get(r->fdt, bus, "compatible", i, NULL);
        l->soc = name != NULL ? soc_find_part(name) : NULL;
        if (l->soc != NULL) {
            l->assumed[0] = '\0';
            return;
        }
        if (name == NULL)
            continue;
        other |= strncmp(name, "st,", 3) == 0 && strcmp(name, "st,stm32h7") != 0;
        note_unknown(l->assumed, sizeof l->assumed, name);
    }
    l->soc = other ? NULL : read_board_part(r);
    if (l->soc != NULL) {
        l->assumed[0] = '\0';
        return;
    }
    l->soc = &soc_stm32h753;
    if (l->assumed[0] == '\0')
        snprintf(l->assumed, sizeof l->assumed, "it names no part of ST");
}

/* ---- names ---- */

/* Rank of a node label as a partition's name: best as the update engine knows it, then as Zephyr writes it, then any.
 * */
static unsigned rank_of(const char *label)
{
    static const char *const known[] = {"boot", "slot", "scratch", "storage", "rollback"};
    size_t n = strlen(label), suffix = strlen(NODE_SUFFIX);
    if (n <= suffix || strcmp(label + n - suffix, NODE_SUFFIX) != 0)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strncmp(label, known[i], strlen(known[i])) == 0)
            return 3;
    return 2;
}

/* dtc -@ keeps node labels as properties of /__symbols__ whose values are paths. A node may have several. */
static enum err best_label(const struct reader *r, int node, char dst[LAYOUT_NAME_MAX])
{
    char path[512];
    unsigned best = 0;
    int property, symbols = fdt_path_offset(r->fdt, "/__symbols__");
    dst[0] = '\0';
    if (symbols < 0)
        return fail(r, ERR_FORMAT, "no /__symbols__: compile the devicetree with dtc -@");
    if (fdt_get_path(r->fdt, node, path, sizeof path) < 0)
        return fail(r, ERR_FORMAT, "%s: its path is too long", name_of(r, node));
    fdt_for_each_property_offset(property, r->fdt, symbols)
    {
        const char *label = NULL;
        int len = 0;
        const char *value = fdt_getprop_by_offset(r->fdt, property, &label, &len);
        if (value == NULL || label == NULL || len <= 0 || (size_t)len != strlen(path) + 1 ||
            memcmp(value, path, (size_t)len) != 0)
            continue;
        if (rank_of(label) > best && copy_plain(dst, label, strlen(label)))
            best = rank_of(label);
    }
    return ERR_OK;
}

static enum err read_names(const struct reader *r, int node, struct layout_partition *p)
{
    const char *label = fdt_stringlist_get(r->fdt, node, "label", 0, NULL);
    enum err e = best_label(r, node, p->node);
    p->free_name = rank_of(p->node) == 1;
    if (p->node[0] == '\0')
        copy_text(p->node, name_of(r, node));
    if (!p->free_name)
        p->node[strlen(p->node) - strlen(NODE_SUFFIX)] = '\0';
    copy_text(p->label, label != NULL ? label : "");
    return e;
}

const char *layout_suffix(const struct layout_partition *p)
{
    return p->free_name ? "" : NODE_SUFFIX;
}

/* ---- what is a partition ---- */

static bool is_compatible(const struct reader *r, int node, const char *compatible)
{
    return fdt_node_check_compatible(r->fdt, node, compatible) == 0;
}

static bool is_table(const struct reader *r, int node)
{
    return is_compatible(r, node, "fixed-partitions") ||
           is_compatible(r, node, "fixed-subpartitions");
}

static bool is_partition(const struct reader *r, int node, int parent)
{
    return is_table(r, parent) || is_compatible(r, node, "zephyr,mapped-partition");
}

static bool is_disabled(const struct reader *r, int node)
{
    const char *status = fdt_stringlist_get(r->fdt, node, "status", 0, NULL);
    return status != NULL && strcmp(status, "okay") != 0 && strcmp(status, "ok") != 0;
}

/* ---- where it lies ---- */

/* An address among node's children as one beside node, by its ranges; without ranges, or with empty ones, they are the
 * same. An address outside the ranges is mapped as by the nearest one; check_place then refuses it. */
static uint64_t translate(const struct reader *r, int node, int parent, uint64_t at)
{
    int len = 0, nc = fdt_address_cells(r->fdt, node), ns = fdt_size_cells(r->fdt, node);
    int np = parent < 0 ? 1 : fdt_address_cells(r->fdt, parent), row = (nc + np + ns) * 4;
    const fdt32_t *p = fdt_getprop(r->fdt, node, "ranges", &len);
    if (p == NULL || nc < 1 || nc > 2 || np < 1 || np > 2 || ns < 1 || ns > 2 || len < row)
        return at;
    uint64_t moved = at - cells_value(p, nc) + cells_value(p + nc, np);
    for (; len >= row; p += row / 4, len -= row) {
        uint64_t child = cells_value(p, nc), size = cells_value(p + nc + np, ns);
        if (at >= child && at - child < size)
            return at - child + cells_value(p + nc, np);
    }
    return moved;
}

/* One table, or one partition with others in it. */
struct level {
    int node;
    const struct level *above; /* NULL: node is the flash */
    int row;                   /* of the partition that all this lies in; -1: none */
    unsigned depth;
};

/* From an address at a level to an offset in the flash. */
static uint64_t flash_offset(const struct reader *r, const struct level *v, uint64_t at)
{
    for (; v->above != NULL; v = v->above)
        at = translate(r, v->node, v->above->node, at);
    if (fdt_getprop(r->fdt, v->node, "ranges", NULL) == NULL)
        return at;
    return translate(r, v->node, fdt_parent_offset(r->fdt, v->node), at) - r->out->base;
}

static bool is_slot(const struct layout_partition *p)
{
    return !p->free_name && (strncmp(p->node, "slot", 4) == 0 || strcmp(p->node, "boot") == 0 ||
                             strcmp(p->node, "scratch") == 0);
}

static bool overlap(const struct layout_partition *p, const struct layout_partition *q)
{
    return p->offset < q->offset + q->size && q->offset < p->offset + p->size;
}

/* Subpartitions share the sectors of what they lie in, and only slots are erased as a whole. */
static enum err check_place(const struct reader *r, const struct level *v,
                            const struct layout_partition *p)
{
    const struct layout *l = r->out;
    const struct layout_partition *in = v->row >= 0 ? &l->rows[v->row] : NULL;
    const char *s = layout_suffix(p);
    if (in != NULL && (p->offset < in->offset || p->offset + p->size > in->offset + in->size))
        return fail(r, ERR_RANGE, "%s%s: 0x%x bytes at 0x%x are not inside %s%s (0x%x, 0x%x bytes)",
                    p->node, s, p->size, p->offset, in->node, layout_suffix(in), in->offset,
                    in->size);
    if ((in == NULL || is_slot(p)) && (p->offset % l->sector != 0 || p->size % l->sector != 0))
        return fail(r, ERR_ALIGN,
                    "%s%s: 0x%x bytes at 0x%x are not on borders of the 0x%x-byte sectors", p->node,
                    s, p->size, p->offset, l->sector);
    for (unsigned i = 0; i < l->count; i++) {
        const struct layout_partition *q = &l->rows[i];
        if (q->depth == p->depth && overlap(p, q))
            return fail(r, ERR_RANGE, "%s%s (0x%x, 0x%x bytes) overlaps %s%s (0x%x, 0x%x bytes)",
                        p->node, s, p->offset, p->size, q->node, layout_suffix(q), q->offset,
                        q->size);
        if (q->free_name == p->free_name && strcmp(p->node, q->node) == 0)
            return fail(r, ERR_FORMAT, "two partitions have the name %s%s", p->node, s);
    }
    return ERR_OK;
}

static enum err read_partition(const struct reader *r, const struct level *v, int node)
{
    struct layout *l = r->out;
    struct layout_partition p = {.depth = v->depth};
    uint64_t at, size;
    if (l->count == LAYOUT_PARTITIONS_MAX)
        return fail(r, ERR_NOSPC, "more than %d partitions", LAYOUT_PARTITIONS_MAX);
    enum err e = get_reg(r, node, v->node, &at, &size);
    if (e == ERR_OK)
        e = read_names(r, node, &p);
    if (e != ERR_OK)
        return e;
    at = flash_offset(r, v, at);
    if (size == 0)
        return fail(r, ERR_RANGE, "%s%s: its size is zero", p.node, layout_suffix(&p));
    if (at > l->size || size > l->size - at)
        return fail(r, ERR_RANGE, "%s%s: 0x%llx bytes at 0x%llx leave the flash of 0x%x bytes",
                    p.node, layout_suffix(&p), (unsigned long long)size, (unsigned long long)at,
                    l->size);
    p.offset = (uint32_t)at;
    p.size = (uint32_t)size;
    e = check_place(r, v, &p);
    if (e == ERR_OK)
        l->rows[l->count++] = p;
    return e;
}

static enum err note_elsewhere(const struct reader *r, int node, const char *memory, bool disabled)
{
    struct layout *l = r->out;
    struct layout_partition names;
    const fdt32_t *reg;
    int len = 0;
    enum err e = read_names(r, node, &names);
    if (e != ERR_OK || l->elsewhere_count == LAYOUT_PARTITIONS_MAX)
        return e;
    struct layout_elsewhere *p = &l->elsewhere[l->elsewhere_count++];
    char name[2 * LAYOUT_NAME_MAX];
    snprintf(name, sizeof name, "%s%s", names.node, layout_suffix(&names));
    copy_text(p->name, name);
    copy_text(p->memory, memory);
    p->disabled = disabled;
    reg = fdt_getprop(r->fdt, node, "reg", &len);
    if (reg != NULL && (len == 8 || len == 16)) {
        p->offset = cells_value(reg, len / 8);
        p->size = cells_value(reg + len / 8, len / 8);
    }
    return ERR_OK;
}

/* What is below a table, a partition, or a node that only groups them. */
static enum err read_level(const struct reader *r, const struct level *v, unsigned nodes_above)
{
    enum err e = ERR_OK;
    int node;
    if (nodes_above == NESTED_MAX)
        return fail(r, ERR_FORMAT, "%s: partitions more than %d deep", name_of(r, v->node),
                    NESTED_MAX);
    fdt_for_each_subnode(node, r->fdt, v->node)
    {
        struct level next = {node, v, v->row, v->depth};
        bool partition = is_partition(r, node, v->node);
        if (is_disabled(r, node)) {
            e = partition ? note_elsewhere(r, node, "", true) : ERR_OK;
        } else {
            if (partition) {
                e = read_partition(r, v, node);
                next.row = (int)r->out->count - 1;
                next.depth++;
            }
            if (e == ERR_OK)
                e = read_level(r, &next, nodes_above + 1);
        }
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* Partitions of other memories below node, which lies in the memory of that name. */
static enum err read_elsewhere(const struct reader *r, int node, int flash, const char *memory,
                               bool disabled, unsigned nodes_above)
{
    enum err e = ERR_OK;
    int child;
    if (node == flash || nodes_above == NESTED_MAX)
        return ERR_OK;
    disabled |= is_disabled(r, node);
    fdt_for_each_subnode(child, r->fdt, node)
    {
        if (is_partition(r, child, node))
            e = note_elsewhere(r, child, memory, disabled);
        else
            e = read_elsewhere(r, child, flash,
                               is_table(r, child) || strcmp(name_of(r, child), "partitions") == 0
                                   ? memory
                                   : name_of(r, child),
                               disabled, nodes_above + 1);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static int by_offset(const void *a, const void *b)
{
    const struct layout_partition *p = a, *q = b;
    if (p->offset != q->offset)
        return p->offset < q->offset ? -1 : 1;
    return p->depth < q->depth ? -1 : p->depth > q->depth;
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

/* No such partition in the chip's flash: is it anywhere? */
static enum err missing(const struct reader *r, const char *node)
{
    const struct layout_elsewhere *p = layout_find_elsewhere(r->out, node);
    if (p == NULL)
        return fail(r, ERR_FORMAT, "there is no %s" NODE_SUFFIX, node);
    if (p->disabled)
        return fail(r, ERR_RANGE, "%s is disabled", p->name);
    return fail(r, ERR_RANGE, "%s lies in %s, another flash than the chip's own", p->name,
                p->memory);
}

static enum err read_partitions(const struct reader *r, int flash)
{
    const struct level top = {.node = flash, .row = -1};
    enum err e = read_level(r, &top, 0);
    if (e == ERR_OK)
        e = read_elsewhere(r, 0, flash, "/", false, 0);
    if (e != ERR_OK)
        return e;
    if (r->out->count == 0 && r->out->elsewhere_count == 0)
        return fail(r, ERR_FORMAT,
                    "%s: no partitions: no \"fixed-partitions\" and no \"zephyr,mapped-partition\" "
                    "below it",
                    name_of(r, flash));
    qsort(r->out->rows, r->out->count, sizeof r->out->rows[0], by_offset);
    static const char *const needed[] = {"boot", "slot0"};
    for (unsigned i = 0; i < ARRAY_LEN(needed); i++) {
        if (layout_find(r->out, needed[i]) == NULL)
            return missing(r, needed[i]);
    }
    if (layout_find(r->out, "boot")->offset != 0)
        return fail(r, ERR_RANGE, "boot_partition must be at 0: the core starts there");
    return ERR_OK;
}

/* 0 if there is none: only the build needs a console; Zephyr's may be on USB or RTT, or absent. */
static uint32_t read_console(const struct reader *r)
{
    int chosen = fdt_path_offset(r->fdt, "/chosen"), len = 0;
    const char *path =
        chosen < 0 ? NULL : fdt_stringlist_get(r->fdt, chosen, "zephyr,console", 0, NULL);
    int uart = path == NULL ? -1 : fdt_path_offset(r->fdt, path);
    const fdt32_t *p = uart < 0 ? NULL : fdt_getprop(r->fdt, uart, "current-speed", &len);
    uint32_t speed = p != NULL && len == 4 ? fdt32_ld(p) : 0;
    return speed >= 1200 && speed <= 4000000 ? speed : 0;
}

/* No STM32H7 flash controller: name the controller that the devicetree has instead. */
static enum err no_controller(const struct reader *r)
{
    int flash = fdt_node_offset_by_compatible(r->fdt, -1, "soc-nv-flash");
    int above = flash < 0 ? -1 : fdt_parent_offset(r->fdt, flash);
    const char *is = above < 0 ? NULL : fdt_stringlist_get(r->fdt, above, "compatible", 0, NULL);
    char name[LAYOUT_NAME_MAX];
    copy_text(name, is != NULL ? is : "");
    if (is == NULL)
        return fail(r, ERR_FORMAT, "no node with compatible \"st,stm32h7-flash-controller\"");
    return fail(r, ERR_FORMAT,
                "its flash is at a \"%s\", and slipway knows the parts with a "
                "\"st,stm32h7-flash-controller\"",
                name);
}

enum err layout_from_dtb(const void *dtb, size_t len, struct layout *l, char *why, size_t cap)
{
    const struct reader r = {.fdt = dtb, .out = l, .why = why, .cap = cap};
    memset(l, 0, sizeof *l);
    if (len < sizeof(struct fdt_header))
        return fail(&r, ERR_FORMAT, "%zu bytes are too few for a devicetree blob", len);
    int fault = fdt_check_full(dtb, len);
    if (fault != 0)
        return fail(&r, ERR_FORMAT, "not a valid devicetree blob: %s", fdt_strerror(fault));
    int controller = fdt_node_offset_by_compatible(dtb, -1, "st,stm32h7-flash-controller");
    if (controller < 0)
        return no_controller(&r);
    int flash = compatible_child(&r, controller, "soc-nv-flash");
    if (flash < 0)
        return fail(&r, ERR_FORMAT, "%s: no child with compatible \"soc-nv-flash\"",
                    name_of(&r, controller));
    read_part(&r, controller);
    enum err e = read_geometry(&r, controller, flash);
    if (e == ERR_OK)
        e = read_partitions(&r, flash);
    if (e == ERR_OK)
        l->console_speed = read_console(&r);
    return e;
}

const struct layout_partition *layout_find(const struct layout *l, const char *node)
{
    for (unsigned i = 0; i < l->count; i++) {
        if (!l->rows[i].free_name && strcmp(l->rows[i].node, node) == 0)
            return &l->rows[i];
    }
    return NULL;
}

const struct layout_elsewhere *layout_find_elsewhere(const struct layout *l, const char *node)
{
    size_t n = strlen(node);
    for (unsigned i = 0; i < l->elsewhere_count; i++) {
        const char *name = l->elsewhere[i].name;
        if (strncmp(name, node, n) == 0 && strcmp(name + n, NODE_SUFFIX) == 0)
            return &l->elsewhere[i];
    }
    return NULL;
}
