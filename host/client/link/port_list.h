/* port_list.h - the serial ports of this machine, and a port by what USB says of it instead of by its path, which changes
 * with the order in which devices are plugged in. */
#ifndef HOST_CLIENT_LINK_PORT_LIST_H
#define HOST_CLIENT_LINK_PORT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* Texts come from the device, each one line; "" where there is none. */
struct port_entry {
    char path[128]; /* "/dev/ttyACM0" */
    char description[128];
    bool usb;
    unsigned vid, pid;
    char serial[64], maker[64], product[64];
};

#define PORT_LIST_MAX 64
struct port_list {
    struct port_entry port[PORT_LIST_MAX];
    unsigned count;
    bool cut; /* there are more */
};

/* The list, by path. ERR_IO: the system does not give one. Tests put their own in. */
extern enum err (*port_list_read)(struct port_list *l);

/* What "usb:VID:PID[:SERIAL]" asks for: VID and PID in hexadecimal. */
struct port_usb_id {
    unsigned vid, pid;
    char serial[64]; /* "": any */
};

/* Does text begin with "usb:"? */
bool port_is_usb_id(const char *text);
/* False, and *why in words, if it is no such name. */
bool port_usb_id_parse(struct port_usb_id *id, const char *text, const char **why);

/* The one port that the id means. ERR_NOENT (none), ERR_INVAL (several); why (cap bytes) then names what is there. */
MUST_CHECK enum err port_list_find(const struct port_list *l, const struct port_usb_id *id,
                                   const struct port_entry **found, char *why, size_t cap);

#endif
