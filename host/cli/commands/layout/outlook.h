/* outlook.h - what the upgrade strategy makes of a partition table, for the commands below slipway layout: as a table, a
 * picture, sentences, JSON, SVG. */
#ifndef HOST_CLI_COMMANDS_LAYOUT_OUTLOOK_H
#define HOST_CLI_COMMANDS_LAYOUT_OUTLOOK_H

#include "host/layout/layout_map.h"

struct outlook {
    struct layout layout;
    struct layout_config config;
    unsigned count; /* of images */
    struct layout_slots image[UPDATE_IMAGES_MAX];
    struct layout_map map;
};

/* The table of partitions, and those that are not checked. */
void layout_print_rows(const struct layout *l);

/* The part, if it is assumed or if it has one bank. */
void layout_print_part(const struct layout *l);
/* That, the sentences below, and the strategy. */
void layout_print_notes(const struct outlook *o);
void layout_print_strategy(const struct outlook *o);

/* Does the running code stand still while image is uploaded? */
bool layout_upload_stalls(const struct outlook *o, unsigned image);

/* What an upload writes, what a swap moves, what is wasted. A text may have a line break in it, and one that begins with blanks
 * belongs to the one above. Returns how many there are; they live until cli_run returns. */
#define LAYOUT_EFFECTS_MAX (3 * UPDATE_IMAGES_MAX + 1 + LAYOUT_PIECES_MAX)
unsigned layout_effects(const struct outlook *o, const char *line[LAYOUT_EFFECTS_MAX]);
/* The same behind the largest image, and who stalls whom. */
#define LAYOUT_SENTENCES_MAX (2 * UPDATE_IMAGES_MAX + LAYOUT_EFFECTS_MAX)
unsigned layout_sentences(const struct outlook *o, const char *line[LAYOUT_SENTENCES_MAX]);

/* All of this as one JSON document on stdout. */
void layout_print_json(const struct outlook *o);

/* The picture and its sentences as a file. CLI_DONE, or another code with the error printed. name: of the partition
 * table's file. */
MUST_CHECK int layout_write_svg(const struct outlook *o, const char *name, const char *path);

#endif
