/* device_name.h - how a person names a device: a serial port, a TCP stream, a UDP server. */
#ifndef HOST_CLIENT_LINK_DEVICE_NAME_H
#define HOST_CLIENT_LINK_DEVICE_NAME_H

#include <stdbool.h>

enum device_kind { DEVICE_SERIAL, DEVICE_TCP, DEVICE_UDP };

#define DEVICE_DEFAULT_BAUD 115200u
#define DEVICE_UDP_PORT     1337u

struct device_name {
    enum device_kind kind;
    char place[256]; /* path, or host without brackets */
    unsigned baud;   /* serial */
    unsigned port;   /* TCP, UDP */
};

/* The value of --port, --tcp or --udp. False, and *why in words, if text is no such name.
 *   serial  PATH[@BAUD], usb:VID:PID[:SERIAL][@BAUD]
 *   tcp     HOST:PORT      HOST may be a name, 1.2.3.4 or [::1]
 *   udp     HOST[:PORT]    also a bare IPv6 address */
bool device_name_parse(struct device_name *n, enum device_kind kind, const char *text,
                       const char **why);

/* The value of SLIPWAY_DEVICE: tcp:..., udp:..., serial:..., or a path. */
bool device_name_parse_any(struct device_name *n, const char *text, const char **why);

/* "/dev/ttyACM0 at 115200 baud", "tcp localhost:5000"; static text. */
const char *device_name_text(const struct device_name *n);

#endif
