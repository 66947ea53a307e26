/* Fuzz target: devicetrees. The first byte chooses: a blob of any bytes; a sound one whose nodes and properties the
 * bytes spell, so that the fuzzer gets past the checks of its form; or an overlay's source before and behind cpp. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/cli/core/cli.h"
#include "host/layout/layout.h"
#include "host/layout/overlay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TREE_MAX 16384

static const char *const nodes[] = {"fc",      "flash@8000000", "partitions", "p@0",
                                    "p@20000", "nor@0",         "chosen",     "x"};

static const char *const compatibles[] = {
    "st,stm32h7-flash-controller", "soc-nv-flash", "fixed-partitions", "fixed-subpartitions",
    "zephyr,mapped-partition",     "st,stm32h753"};

static const char *const labels[] = {"boot_partition", "slot0_partition", "slot1_partition",
                                     "littlefs"};

/* The bytes that are left. */
struct input {
    const uint8_t *at;
    size_t len;
};

static uint8_t next(struct input *in)
{
    if (in->len == 0)
        return 0;
    in->len--;
    return *in->at++;
}

/* One, two or four cells, of sectors or of any size. */
static int put_cells(void *fdt, const char *name, struct input *in)
{
    fdt32_t cells[6];
    unsigned n = next(in) % 7;
    for (unsigned i = 0; i < n; i++) {
        uint8_t b = next(in);
        cells[i] = cpu_to_fdt32(b < 0x80 ? (uint32_t)b << 17 : b == 0xff ? UINT32_MAX : b & 0x3fu);
    }
    return fdt_property(fdt, name, cells, (int)(n * 4));
}

static int put_property(void *fdt, uint8_t op, struct input *in)
{
    static const char *const cells[] = {"reg", "ranges", "#address-cells", "#size-cells",
                                        "erase-block-size"};
    if (op % 8 < ARRAY_LEN(cells))
        return put_cells(fdt, cells[op % 8], in);
    /* fdt_property_string looks at its text twice. */
    const char *text = op % 8 == 5    ? compatibles[next(in) % ARRAY_LEN(compatibles)]
                       : next(in) % 2 ? "disabled"
                                      : "okay";
    if (op % 8 < 7)
        return fdt_property_string(fdt, op % 8 == 5 ? "compatible" : "status", text);
    char label[] = {(char)next(in), 0};
    return fdt_property_string(fdt, "label", label);
}

/* Node labels for the first nodes of these paths. */
static void put_symbols(void *fdt, struct input *in)
{
    static const char *const paths[] = {
        "/fc/flash@8000000/partitions/p@0", "/fc/flash@8000000/partitions/p@20000",
        "/fc/flash@8000000/partitions/p@20000/p@0", "/nor@0/partitions/p@0"};
    if (fdt_begin_node(fdt, "__symbols__") != 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        const char *path = paths[next(in) % ARRAY_LEN(paths)];
        (void)!fdt_property_string(fdt, labels[i], path);
    }
    (void)!fdt_end_node(fdt);
}

/* A tree of what the bytes say; its length, or 0. */
static size_t spell(void *fdt, struct input in)
{
    unsigned open = 0;
    if (fdt_create(fdt, TREE_MAX) != 0 || fdt_finish_reservemap(fdt) != 0 ||
        fdt_begin_node(fdt, "") != 0)
        return 0;
    struct input symbols = in;
    while (in.len > 0) {
        uint8_t op = next(&in);
        if (op < 0x40 && open < 24) {
            if (fdt_begin_node(fdt, nodes[op % ARRAY_LEN(nodes)]) != 0)
                return 0;
            open++;
        } else if (op < 0x60 && open > 0) {
            if (fdt_end_node(fdt) != 0)
                return 0;
            open--;
        } else if (put_property(fdt, op, &in) == -FDT_ERR_NOSPACE) {
            return 0;
        }
    }
    for (; open > 0; open--)
        if (fdt_end_node(fdt) != 0)
            return 0;
    put_symbols(fdt, &symbols);
    return fdt_end_node(fdt) == 0 && fdt_finish(fdt) == 0 ? fdt_totalsize(fdt) : 0;
}

/* A table that keeps its own rules, or an error with text. */
static void judge(const void *blob, size_t len)
{
    static struct layout l;
    char why[200] = "";
    if (layout_from_dtb(blob, len, &l, why, sizeof why) != ERR_OK) {
        if (why[0] == '\0')
            abort();
        return;
    }
    if (layout_find(&l, "boot") == NULL || layout_find(&l, "slot0") == NULL)
        abort();
    for (unsigned i = 0; i < l.count; i++)
        if (l.rows[i].size == 0 || (uint64_t)l.rows[i].offset + l.rows[i].size > l.size ||
            (i > 0 && l.rows[i].offset < l.rows[i - 1].offset))
            abort();
}

/* Lines and what stands outside of cell lists stay where they are. */
static void try_overlay(const uint8_t *data, size_t size)
{
    char *text = cli_memory(size);
    const char *left = "";
    memcpy(text, data, size);
    size_t len = strlen(text);
    if (strlen(overlay_without_headers(text, &left)) != len ||
        strlen(overlay_without_macros(text, &left)) != len)
        abort();
    const char *made = overlay_missing_nodes(text, &left);
    if (made != NULL && overlay_missing_nodes(text, &left) != NULL)
        abort();
    cli_release();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint32_t tree[TREE_MAX / 4];
    if (size == 0)
        return 0;
    if (data[0] % 3 == 2) {
        try_overlay(data + 1, size - 1);
        return 0;
    }
    if (data[0] % 3 == 0) {
        void *copy = malloc(size); /* aligned, and of the exact size */
        memcpy(copy, data + 1, size - 1);
        judge(copy, size - 1);
        free(copy);
        return 0;
    }
    size_t len = spell(tree, (struct input){data + 1, size - 1});
    if (len > 0)
        judge(tree, len);
    return 0;
}
