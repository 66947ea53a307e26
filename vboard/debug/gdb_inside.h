/* gdb_inside.h - what the files of the GDB machine share. */
#ifndef VBOARD_DEBUG_GDB_INSIDE_H
#define VBOARD_DEBUG_GDB_INSIDE_H

#include "vboard/gdb.h"

/* A packet's body, read from the left. */
struct gdb_text {
    const char *at, *end;
};
int gdb_digit(char c);                                           /* -1: no hexadecimal digit */
bool gdb_take(struct gdb_text *t, char c);                       /* this character, if it is next */
bool gdb_take_word(struct gdb_text *t, const char *w);           /* this text */
bool gdb_take_hex(struct gdb_text *t, uint32_t *value);          /* 1 to 8 digits, not more */
bool gdb_take_bytes(struct gdb_text *t, uint8_t *dst, size_t n); /* 2n digits */

/* An answer: begin, add, end. What does not fit a packet is left out. */
void gdb_put(struct gdb *g, const char *bytes, size_t len); /* as they are; all or nothing */
void gdb_begin(struct gdb *g);
void gdb_add(struct gdb *g, const char *fmt, ...) PRINTF_LIKE(2, 3);
void gdb_add_hex(struct gdb *g, const void *bytes, size_t len);
void gdb_end(struct gdb *g);
void gdb_answer(struct gdb *g, const char *text);

/* Text for the person at the client: a console packet. */
void gdb_print(struct gdb *g, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Halted now, for this reason, and the client knows by other means. */
void gdb_halt_at_reset(struct gdb *g);

/* gdb_registers.c */
extern const char gdb_target_xml[];
void gdb_read_registers(struct gdb *g, struct gdb_text t);
void gdb_write_registers(struct gdb *g, struct gdb_text t);
void gdb_read_register(struct gdb *g, struct gdb_text t);
void gdb_write_register(struct gdb *g, struct gdb_text t);

/* gdb_memory.c */
/* The memories of the board in XML. */
#define GDB_MAP 2048
void gdb_memory_map(const struct gdb *g, char map[GDB_MAP]);
void gdb_read_memory(struct gdb *g, struct gdb_text t);
void gdb_write_memory(struct gdb *g, struct gdb_text t);
void gdb_write_binary(struct gdb *g, struct gdb_text t);
void gdb_flash_erase(struct gdb *g, struct gdb_text t);
void gdb_flash_write(struct gdb *g, struct gdb_text t);
void gdb_flash_done(struct gdb *g, struct gdb_text t);
void gdb_point_add(struct gdb *g, struct gdb_text t);
void gdb_point_remove(struct gdb *g, struct gdb_text t);

/* gdb_monitor.c: qRcmd, behind the comma. */
void gdb_monitor(struct gdb *g, struct gdb_text t);

#endif
