/* dts2c - from a compiled devicetree to what the firmware build reads:
 *
 *   dts2c board.dtb partitions.c partitions.ld
 *
 * partitions.c defines what target/boards/devicetree.h declares; partitions.ld gives the linker the same
 * numbers (SLOT0_OFFSET, SLOT0_SIZE, ... and FLASH_BASE, FLASH_SIZE) and the RAM of the part (DTCM, AXI_SRAM). Exit
 * code 0 written, 2 usage,
 * 4 the devicetree is wrong or a file cannot be read or written; then neither file exists. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/layout/layout.h"

#define DTB_MAX (1u << 20) /* bytes; a board's blob has about 2,000 */

/* The file's bytes, or NULL with the reason printed. One byte more than DTB_MAX is an error. */
static unsigned char *read_file(const char *path, size_t *len)
{
    static unsigned char buf[DTB_MAX + 1];
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fprintf(stderr, "dts2c: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    *len = fread(buf, 1, sizeof buf, f);
    bool bad = ferror(f) != 0;
    fclose(f);
    if (bad || *len > DTB_MAX) {
        fprintf(stderr, "dts2c: %s: %s\n", path, bad ? "cannot be read" : "larger than 1 MB");
        return NULL;
    }
    return buf;
}

static void write_c(FILE *f, const struct layout *l)
{
    fputs("/* Made by dts2c from the devicetree; edit target/boards/<board>/board.dts instead. */\n"
          "#include \"core/base/compiler.h\"\n"
          "#include \"core/soc/soc.h\"\n"
          "#include \"target/boards/devicetree.h\"\n\n"
          "static const struct partition rows[] = {\n",
          f);
    for (unsigned i = 0; i < l->count; i++)
        fprintf(f, "    {\"%s\", 0x%08x, 0x%08x},\n", l->rows[i].node, l->rows[i].offset,
                l->rows[i].size);
    fprintf(f,
            "};\n\n"
            "const struct partition_table board_partitions = {rows, ARRAY_LEN(rows)};\n\n"
            "const struct devicetree devicetree = {\n"
            "    .flash_base = 0x%08x,\n"
            "    .flash_size = 0x%08x,\n"
            "    .flash_sector = 0x%x,\n"
            "    .flash_word = %u,\n"
            "    .console_speed = %u,\n"
            "};\n\n"
            "const struct soc *const soc_built = &soc_%s;\n"
            "USED SECTION(\".vectors_mark\") const char soc_mark[SOC_MARK_SIZE] = SOC_MARK_TAG "
            "\"%s\";\n",
            l->base, l->size, l->sector, l->word, l->console_speed, l->soc->name, l->soc->name);
}

/* The RAM that programs use, and into which images are loaded. */
static void write_ram(FILE *f, const char *name, const struct soc_region *ram)
{
    fprintf(f, "%s = 0x%08x;\n%s_SIZE = 0x%x;\n", name, ram->base, name, ram->size);
}

/* "slot0" -> "SLOT0", what a linker symbol may be called. */
static void symbol_name(char dst[LAYOUT_NAME_MAX], const char *node)
{
    size_t i = 0;
    for (; i < LAYOUT_NAME_MAX - 1 && node[i] != '\0'; i++)
        dst[i] = isalnum((unsigned char)node[i]) ? (char)toupper((unsigned char)node[i]) : '_';
    dst[i] = '\0';
}

static void write_ld(FILE *f, const struct layout *l)
{
    fprintf(f,
            "/* Made by dts2c from the devicetree and the part that it names. */\n"
            "FLASH_BASE = 0x%08x;\nFLASH_SIZE = 0x%x;\nFLASH_SECTOR = 0x%x;\nFLASH_WORD = %u;\n",
            l->base, l->size, l->sector, l->word);
    write_ram(f, "DTCM", &l->soc->ram[SOC_DTCM]);
    write_ram(f, "AXI_SRAM", &l->soc->ram[SOC_AXI_SRAM]);
    for (unsigned i = 0; i < l->count; i++) {
        char name[LAYOUT_NAME_MAX];
        symbol_name(name, l->rows[i].node);
        fprintf(f, "%s_OFFSET = 0x%x;\n%s_SIZE = 0x%x;\n", name, l->rows[i].offset, name,
                l->rows[i].size);
    }
}

/* A board's devicetree in this tree must have these; one that is only checked need not. */
static bool is_whole(const char *path, const struct layout *l)
{
    for (unsigned i = 1; i < l->count; i++)
        for (unsigned n = 0; n < i; n++)
            if (strcmp(l->rows[i].node, l->rows[n].node) == 0) {
                fprintf(stderr, "dts2c: %s: two partitions have the name %s\n", path,
                        l->rows[i].node);
                return false;
            }
    if (l->console_speed != 0)
        return true;
    fprintf(
        stderr,
        "dts2c: %s: /chosen: \"zephyr,console\" names no UART with a current-speed between 1200 "
        "and 4000000\n",
        path);
    return false;
}

/* The flash driver would report this at each start on the board; find it here. */
static bool agrees(const char *path, const struct layout *l)
{
    const struct soc_flash *part = &l->soc->flash;
    if (l->base == part->base && l->size == part->size && l->sector == part->sector &&
        l->word == part->word)
        return true;
    fprintf(stderr,
            "dts2c: %s: the flash is 0x%x bytes at 0x%08x in sectors of 0x%x and words of %u; that "
            "of the %s is "
            "0x%x bytes at 0x%08x in sectors of 0x%x and words of %u\n",
            path, l->size, l->base, l->sector, l->word, l->soc->name, part->size, part->base,
            part->sector, part->word);
    return false;
}

static bool write_file(const char *path, void (*write)(FILE *, const struct layout *),
                       const struct layout *l)
{
    FILE *f = fopen(path, "w");
    if (f != NULL) {
        write(f, l);
        bool bad = ferror(f) != 0;
        if (fclose(f) == 0 && !bad)
            return true;
        remove(path);
    }
    fprintf(stderr, "dts2c: %s: cannot be written: %s\n", path, strerror(errno));
    return false;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: dts2c BOARD.dtb PARTITIONS.c PARTITIONS.ld\n", stderr);
        return 2;
    }
    size_t len = 0;
    const unsigned char *dtb = read_file(argv[1], &len);
    if (dtb == NULL)
        return 4;
    static struct layout l;
    char why[300];
    if (layout_from_dtb(dtb, len, &l, why, sizeof why) != ERR_OK) {
        fprintf(stderr, "dts2c: %s: %s\n", argv[1], why);
        return 4;
    }
    if (!is_whole(argv[1], &l) || !agrees(argv[1], &l) || !write_file(argv[2], write_c, &l))
        return 4;
    if (!write_file(argv[3], write_ld, &l)) {
        remove(argv[2]);
        return 4;
    }
    return 0;
}
