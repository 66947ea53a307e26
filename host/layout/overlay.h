/* overlay.h - an application's overlay without its board: what it says of other things than partitions, and what names it
 * takes from the board and its includes, does not matter and is left out. Each function adds to *left, ", NAME" for each. */
#ifndef HOST_LAYOUT_OVERLAY_H
#define HOST_LAYOUT_OVERLAY_H

#include <stdbool.h>

/* The text without its #include <....h> lines, which are the board's and Zephyr's; lines keep their numbers. */
const char *overlay_without_headers(const char *text, const char **left);

/* The text behind cpp, in which macros that nobody has defined are 0, if they stand in a cell list of a property that no
 * partition depends on. */
const char *overlay_without_macros(const char *text, const char **left);

/* From dtc's complaints the nodes that the board has not, as source that makes them, empty; NULL: none that is not in *left
 * already. */
const char *overlay_missing_nodes(const char *log, const char **left);

#endif
