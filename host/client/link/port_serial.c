/* port_serial.c - a serial port through libserialport; a pty, which that library does not know, through
 * termios. Either way the bytes go over the file descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "host/client/link/port_list.h"
#include "host/client/link/ports.h"
#include "host/client/link/tty_speed.h"

/* Major numbers of Unix98 pty slaves [Linux, Documentation/admin-guide/devices.txt]. */
static bool is_pty(dev_t device)
{
    return major(device) >= 136 && major(device) <= 143;
}

static enum err failed(char *why, size_t cap, const char *what)
{
    enum err e = port_errno(errno);
    snprintf(why, cap, "%s: %s", what, strerror(errno));
    return e;
}

static enum err set_pty_speed(struct smp_port *port, uint32_t baud)
{
    struct port_fd *p = CONTAINER_OF(port, struct port_fd, port);
    struct termios t;
    if (tcgetattr(p->fd, &t) != 0)
        return ERR_CLOSED;
    if (!tty_set_speed(&t, baud))
        return ERR_INVAL;
    return tcsetattr(p->fd, TCSANOW, &t) == 0 ? ERR_OK : port_errno(errno);
}

/* A pty has a speed, too, though nothing is slower for it: who is behind it may look. A speed that termios does not know
 * is left out. */
static enum err open_pty(struct port_fd *p, const struct device_name *n, char *why, size_t cap)
{
    struct termios t;
    int fd = open(n->place, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return failed(why, cap, "open");
    if (tcgetattr(fd, &t) == 0) {
        cfmakeraw(&t);
        (void)tty_set_speed(&t, n->baud);
        tcsetattr(fd, TCSANOW, &t);
    }
    p->fd = fd;
    p->port.set_speed = set_pty_speed;
    return ERR_OK;
}

static enum err serial_failed(char *why, size_t cap, const char *what)
{
    char *message = sp_last_error_message();
    int code = sp_last_error_code();
    snprintf(why, cap, "%s: %s", what, message != NULL ? message : "failed");
    sp_free_error_message(message);
    return code != 0 ? port_errno(code) : ERR_IO;
}

static enum err configure(struct sp_port *sp, unsigned baud, char *why, size_t cap)
{
    if (sp_set_baudrate(sp, (int)baud) != SP_OK)
        return serial_failed(why, cap, "baud rate");
    if (sp_set_bits(sp, 8) != SP_OK || sp_set_parity(sp, SP_PARITY_NONE) != SP_OK ||
        sp_set_stopbits(sp, 1) != SP_OK || sp_set_flowcontrol(sp, SP_FLOWCONTROL_NONE) != SP_OK)
        return serial_failed(why, cap, "8N1");
    (void)sp_set_dtr(sp, SP_DTR_ON); /* a USB CDC device waits for it; not every port has it */
    return ERR_OK;
}

static enum err set_serial_speed(struct smp_port *port, uint32_t baud)
{
    struct port_fd *p = CONTAINER_OF(port, struct port_fd, port);
    if (p->serial == NULL)
        return ERR_CLOSED;
    enum sp_return r = sp_set_baudrate(p->serial, (int)baud);
    return r == SP_OK ? ERR_OK : r == SP_ERR_ARG || r == SP_ERR_SUPP ? ERR_INVAL : ERR_IO;
}

void port_serial_close(struct port_fd *p)
{
    sp_close(p->serial);
    sp_free_port(p->serial);
    p->serial = NULL;
}

static enum err open_serial(struct port_fd *p, const struct device_name *n, char *why, size_t cap)
{
    struct sp_port *sp = NULL;
    if (sp_get_port_by_name(n->place, &sp) != SP_OK) {
        snprintf(why, cap, "it is not a serial port");
        return ERR_NOENT;
    }
    if (sp_open(sp, SP_MODE_READ_WRITE) != SP_OK) {
        enum err e = serial_failed(why, cap, "open");
        sp_free_port(sp);
        return e;
    }
    p->serial = sp;
    p->port.set_speed = set_serial_speed;
    enum err e = configure(sp, n->baud, why, cap);
    if (e == ERR_OK && sp_get_port_handle(sp, &p->fd) != SP_OK)
        e = serial_failed(why, cap, "handle");
    if (e != ERR_OK)
        port_fd_close(p);
    return e;
}

/* The path of a port that is named by its USB id, as it is now: after a reset it may be another. */
static enum err resolve(struct device_name *n, char *why, size_t cap)
{
    static _Thread_local struct port_list list;
    struct port_usb_id id;
    const struct port_entry *found;
    const char *wrong;
    if (!port_is_usb_id(n->place))
        return ERR_OK;
    if (!port_usb_id_parse(&id, n->place, &wrong) || port_list_read(&list) != ERR_OK) {
        snprintf(why, cap, "the system does not list its ports");
        return ERR_IO;
    }
    enum err e = port_list_find(&list, &id, &found, why, cap);
    if (e == ERR_OK)
        snprintf(n->place, sizeof n->place, "%s", found->path);
    return e;
}

static enum err open_path(struct port_fd *p, const struct device_name *n, char *why, size_t cap)
{
    struct stat st;
    if (stat(n->place, &st) != 0)
        return failed(why, cap, "open");
    if (!S_ISCHR(st.st_mode)) {
        snprintf(why, cap, "it is not a device file");
        return ERR_NOENT;
    }
    enum err e = is_pty(st.st_rdev) ? open_pty(p, n, why, cap) : open_serial(p, n, why, cap);
    if (e == ERR_OK && flock(p->fd, LOCK_EX | LOCK_NB) != 0) {
        port_fd_close(p);
        snprintf(why, cap, "another program has it locked");
        return ERR_BUSY;
    }
    return e;
}

enum err port_serial_path(const struct device_name *n, char *path, size_t path_cap, char *why,
                          size_t cap)
{
    struct device_name named = *n;
    enum err e = resolve(&named, why, cap);
    if (e == ERR_OK)
        snprintf(path, path_cap, "%s", named.place);
    return e;
}

enum err port_serial_open(struct port_fd *p, const struct device_name *n, char *why, size_t cap)
{
    struct device_name path = *n;
    port_fd_init(p, -1);
    enum err e = resolve(&path, why, cap);
    return e == ERR_OK ? open_path(p, &path, why, cap) : e;
}
