/* layout_file.h - a partition table in a file of any form: compiled (.dtb), source (.dts), or only the part that a
 * board's user writes (an overlay that refers to &flash0). */
#ifndef HOST_LAYOUT_LAYOUT_FILE_H
#define HOST_LAYOUT_LAYOUT_FILE_H

#include "core/flash/area.h"
#include "core/update/update.h"
#include "host/cli/core/cli.h"
#include "host/layout/layout.h"

/* Read and check. board: the board's .dts that an overlay belongs to, or NULL for a plain NUCLEO-H753ZI. CLI_DONE,
 * CLI_BAD_FILE (no readable devicetree) or CLI_REFUSED (a partition table that cannot work); the error is
 * printed. */
MUST_CHECK int layout_file_read(const char *path, const char *board, struct layout *l);

/* The RAM of the part into which RAM-load puts images. */
#define LAYOUT_LOAD_RAM SOC_AXI_SRAM

/* What Kconfig chose for the upgrade. */
struct layout_config {
    const char *path; /* NULL: no .config; the default strategy */
    const struct update_strategy *strategy;
    const char *symbol;              /* that chose it: "CONFIG_BOOT_UPGRADE_ONLY"; NULL: assumed */
    bool old_bootloader;             /* MCUboot's own .config, which names no strategy */
    uint32_t max_align, max_sectors; /* 0: not said */
    uint32_t images;                 /* 0: not said */
    bool no_downgrade;               /* versions are compared */
    uint8_t key_size;                /* bytes of an image key; 0: images are not encrypted */
    bool settings; /* CONFIG_APP_SETTINGS: the application keeps settings in "storage" */
};

/* From the .config file named config; if that is NULL, from the one beside path, a .dtb or zephyr.dts of a build; if
 * there is none: swap using offset. The .config may be the bootloader's, the application's or sysbuild's. CLI_DONE;
 * CLI_BAD_FILE: it is no .config; CLI_REFUSED: it chooses what is not supported; the error is printed. */
MUST_CHECK int layout_config_read(const char *config, const char *path, struct layout_config *c);

/* The same from the len bytes of such a file, which is called c->path in errors; *c keeps what they do not say. */
MUST_CHECK int layout_config_parse(const char *text, size_t len, struct layout_config *c);

/* What a line of such a file says: "[SB_]CONFIG_X=value", or "# [SB_]CONFIG_X is not set", which is the value n. False:
 * neither. Writes to line, into which symbol ("X") and value then point. */
bool layout_config_line(char *line, const char **symbol, const char **value, bool *sysbuild);

/* Where the strategy comes from: "CONFIG_BOOT_UPGRADE_ONLY in .config", "assumed: ...". */
const char *layout_config_origin(const struct layout_config *c);

/* How many images are updated together: as the configuration says; if it does not, as many as have both slots, slot(2i)
 * and slot(2i+1). */
unsigned layout_image_count(const struct layout *l, const struct layout_config *c);

/* The slots of one image as the update engine sees them. The pair points into the other members. */
struct layout_slots {
    struct flash flash;
    struct partition rows[3];
    struct slot_pair pair;
    const char *origin; /* where the strategy comes from: layout_config_origin */
    bool assumed;       /* no configuration names the strategy */
    uint32_t
        largest; /* bytes of the largest image that can be uploaded, installed, and reverted if the strategy can */
};

/* image: below UPDATE_IMAGES_MAX. CLI_DONE, or CLI_REFUSED with the error printed. */
MUST_CHECK int layout_slots_init(struct layout_slots *s, const struct layout *l,
                                 const struct layout_config *c, unsigned image);

/* CLI_DONE if the layout has this image; else CLI_REFUSED, with the error printed. */
MUST_CHECK int layout_has_image(const struct layout *l, const struct layout_config *c,
                                unsigned image);

/* CLI_DONE if an image of len bytes fits; else CLI_REFUSED, with the error printed. layout: the file's name. */
MUST_CHECK int layout_check_fit(const struct layout_slots *s, const char *layout, size_t len);

/* CLI_DONE if the application keeps no settings, or if they have a place for every compaction; else CLI_REFUSED, with the
 * error printed. s: of image 0. */
MUST_CHECK int layout_check_settings(const struct layout *l, const struct layout_config *c,
                                     const struct layout_slots *s);

/* "image 1: ", if the layout has several images: a prefix for messages about one. Otherwise "". */
const char *layout_image_text(const struct layout *l, const struct layout_config *c,
                              unsigned image);

/* "swap using offset", "direct-XIP with revert", ... */
const char *layout_strategy_text(const struct layout_slots *s);

#endif
