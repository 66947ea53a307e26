/* Fuzz target: the name that a person gives a port, and the ports that are there, whatever USB says of them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/client/link/device_name.h"
#include "host/client/link/port_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next bytes as a text that fits, up to a line break. */
static void take(const uint8_t **data, size_t *size, char *dst, size_t cap)
{
    size_t n = 0;
    for (; *size > 0 && **data != '\n'; (*data)++, (*size)--)
        if (n + 1 < cap && **data != '\0')
            dst[n++] = (char)**data;
    dst[n] = '\0';
    if (*size > 0)
        (*data)++, (*size)--;
}

static void find(const struct port_list *l, const char *text)
{
    struct port_usb_id id;
    const struct port_entry *found;
    const char *wrong = NULL;
    char why[64];
    if (!port_usb_id_parse(&id, text, &wrong)) {
        if (wrong == NULL)
            abort();
        return;
    }
    enum err e = port_list_find(l, &id, &found, why, sizeof why);
    if (e != ERR_OK && (strlen(why) == 0 || (e != ERR_NOENT && e != ERR_INVAL)))
        abort();
    if (e == ERR_OK && (!found->usb || found->vid != id.vid || found->pid != id.pid ||
                        (id.serial[0] != '\0' && strcmp(found->serial, id.serial) != 0)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct port_list list;
    struct device_name n;
    char text[200], ids[8];
    const char *why = NULL;
    take(&data, &size, text, sizeof text);
    for (list.count = 0; size > 0 && list.count < PORT_LIST_MAX; list.count++) {
        struct port_entry *e = &list.port[list.count];
        take(&data, &size, ids, sizeof ids);
        *e = (struct port_entry){.usb = ids[0] != 'x',
                                 .vid = (unsigned char)ids[0] * 257u & 0xffff,
                                 .pid = ids[0] != '\0' ? (unsigned char)ids[1] : 0};
        take(&data, &size, e->path, sizeof e->path);
        take(&data, &size, e->serial, sizeof e->serial);
    }
    find(&list, text);
    if (!device_name_parse_any(&n, text, &why))
        return 0;
    if (n.kind == DEVICE_SERIAL && port_is_usb_id(n.place))
        find(&list, n.place);
    (void)device_name_text(&n);
    return 0;
}
