#include "host/client/link/port_list.h"

#include <ctype.h>
#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line, whatever the device calls itself. */
static void copy(char *dst, size_t cap, const char *text)
{
    snprintf(dst, cap, "%s", text != NULL ? text : "");
    for (char *c = dst; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

static void describe(struct port_entry *e, const struct sp_port *sp)
{
    int vid, pid;
    *e = (struct port_entry){.usb = sp_get_port_transport(sp) == SP_TRANSPORT_USB};
    copy(e->path, sizeof e->path, sp_get_port_name(sp));
    copy(e->description, sizeof e->description, sp_get_port_description(sp));
    e->usb = e->usb && sp_get_port_usb_vid_pid(sp, &vid, &pid) == SP_OK;
    if (!e->usb)
        return;
    e->vid = (unsigned)vid;
    e->pid = (unsigned)pid;
    copy(e->serial, sizeof e->serial, sp_get_port_usb_serial(sp));
    copy(e->maker, sizeof e->maker, sp_get_port_usb_manufacturer(sp));
    copy(e->product, sizeof e->product, sp_get_port_usb_product(sp));
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct port_entry *)a)->path, ((const struct port_entry *)b)->path);
}

static enum err read_system(struct port_list *l)
{
    struct sp_port **ports;
    memset(l, 0, sizeof *l);
    if (sp_list_ports(&ports) != SP_OK)
        return ERR_IO;
    for (size_t i = 0; ports[i] != NULL; i++) {
        l->cut = l->count == PORT_LIST_MAX;
        if (!l->cut)
            describe(&l->port[l->count++], ports[i]);
    }
    sp_free_port_list(ports);
    qsort(l->port, l->count, sizeof l->port[0], by_path);
    return ERR_OK;
}

enum err (*port_list_read)(struct port_list *l) = read_system;

/* ---- by USB ids ---- */

bool port_is_usb_id(const char *text)
{
    return strncmp(text, "usb:", 4) == 0;
}

/* One to four hexadecimal digits at *text, and what must follow them. */
static bool take_id(const char **text, unsigned *id)
{
    unsigned digits = 0;
    *id = 0;
    for (; isxdigit((unsigned char)**text) && digits < 5; digits++, (*text)++)
        *id = *id * 16 + (unsigned)(isdigit((unsigned char)**text)
                                        ? **text - '0'
                                        : tolower((unsigned char)**text) - 'a' + 10);
    return digits >= 1 && digits <= 4;
}

bool port_usb_id_parse(struct port_usb_id *id, const char *text, const char **why)
{
    *id = (struct port_usb_id){0};
    *why = "usb:VID:PID needs two numbers of up to four hexadecimal digits, as in usb:0483:374e";
    if (!port_is_usb_id(text))
        return false;
    text += 4;
    if (!take_id(&text, &id->vid) || *text++ != ':' || !take_id(&text, &id->pid) ||
        (*text != ':' && *text != '\0'))
        return false;
    if (*text == '\0')
        return true;
    text++;
    *why = *text == '\0' ? "the serial number behind the second ':' is missing"
                         : "the serial number is longer than any that USB has";
    if (*text == '\0' || strlen(text) >= sizeof id->serial)
        return false;
    strcpy(id->serial, text);
    return true;
}

static bool matches(const struct port_entry *e, const struct port_usb_id *id)
{
    return e->usb && e->vid == id->vid && e->pid == id->pid &&
           (id->serial[0] == '\0' || strcmp(e->serial, id->serial) == 0);
}

/* Behind what why holds: ", /dev/ttyACM0 (usb:0483:374e:066E)". */
static void name(char *why, size_t cap, const struct port_entry *e, bool first)
{
    size_t len = strlen(why);
    snprintf(why + len, cap - len, "%s%s (usb:%04x:%04x%s%s)", first ? " " : ", ", e->path, e->vid,
             e->pid, e->serial[0] != '\0' ? ":" : "", e->serial);
}

enum err port_list_find(const struct port_list *l, const struct port_usb_id *id,
                        const struct port_entry **found, char *why, size_t cap)
{
    unsigned count = 0, named = 0;
    *found = NULL;
    for (unsigned i = 0; i < l->count; i++)
        if (matches(&l->port[i], id)) {
            *found = &l->port[i];
            count++;
        }
    if (count == 1)
        return ERR_OK;
    snprintf(why, cap,
             count == 0 ? "no port has this USB id; there are:" : "several ports have it:");
    for (unsigned i = 0; i < l->count; i++)
        if (l->port[i].usb && (count == 0 || matches(&l->port[i], id)))
            name(why, cap, &l->port[i], named++ == 0);
    if (named == 0)
        snprintf(why, cap, "there is no serial port on USB");
    return count == 0 ? ERR_NOENT : ERR_INVAL;
}
