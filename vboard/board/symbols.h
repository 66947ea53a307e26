/* symbols.h - names of addresses, from the symbol tables of the loaded ELF files. Immutable and counted,
 * so that copies of a board share them. */
#ifndef VBOARD_BOARD_SYMBOLS_H
#define VBOARD_BOARD_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
    uint32_t addr, size; /* size 0: up to the next symbol */
    uint32_t name;       /* offset into text */
    bool number;         /* absolute, such as a size: it has a value and names no address */
};

struct symbols {
    unsigned users; /* atomic */
    size_t count;
    size_t places;       /* of them, rows that name addresses; the numbers follow */
    struct symbol *rows; /* each part by address */
    char *text;
    size_t text_size;
};

struct symbols *symbols_share(struct symbols *s); /* NULL is allowed here and below */
void symbols_drop(struct symbols *s);

/* old without the places for which replaced is true and the numbers that come again, plus the given rows (any order; names are
 * offsets into text). The result has one user; old loses one. NULL if memory is short. */
struct symbols *symbols_merge(struct symbols *old, const struct symbol *rows, size_t count,
                              const char *text, size_t text_size,
                              bool (*replaced)(const void *ctx, uint32_t addr), const void *ctx);

/* "name+0x12" into dst, or "" if no symbol covers addr. */
void symbols_name(const struct symbols *s, uint32_t addr, char *dst, size_t cap);
/* Address of name, or its value if it is a number; false if there is none. */
bool symbols_find(const struct symbols *s, const char *name, uint32_t *addr);

#endif
