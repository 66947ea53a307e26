/* rig_encryption_kinds.h - a virtual board with the bootloader of one kind of encryption, and images that imgtool
 * encrypted for it. make_encryption.py makes the files, under build/tests/encryption. What goes wrong here ends the
 * program with a message. */
#ifndef TESTING_SYSTEM_RIG_ENCRYPTION_KINDS_H
#define TESTING_SYSTEM_RIG_ENCRYPTION_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "testing/system/rig_bootloader.h"

#define KINDS_MAX 12u
#define FILE_MAX  (160u * 1024u)
#define SLOT0     0x020000u /* offsets in flash, as in the default layout */
#define SLOT1     0x100000u
#define SLOT_SIZE 0x0e0000u
#define SECTOR    0x020000u

struct file {
    uint8_t bytes[FILE_MAX];
    uint32_t len;
};

struct kind_name {
    char name[40], strategy[40]; /* of the latter its Kconfig symbol */
};

/* What was made; the number of it. */
unsigned kinds_list(struct kind_name names[KINDS_MAX]);

/* Where in slot1 an upload goes. */
uint32_t kind_upload(const struct kind_name *n);

/* The board, off, with that kind's bootloader and erased slots. There is one: bare_close it before the next. */
struct bare *kind_new(const char *name);

/* The file of a kind: "second.bin". */
void kind_file(const struct bare *k, const char *name, struct file *f);

/* Ask for slot1's image, as an application does over the wire: the words go into an erased sector. */
void kind_ask(struct bare *k, bool permanent);

#endif
