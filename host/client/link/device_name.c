#include "host/client/link/device_name.h"

#include <stdio.h>
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/client/link/port_list.h"

static bool set_place(struct device_name *n, const char *text, size_t len, const char **why)
{
    *why = len == 0 ? "the name is empty" : "the name is too long";
    if (len == 0 || len >= sizeof n->place)
        return false;
    memcpy(n->place, text, len);
    n->place[len] = '\0';
    return true;
}

static bool set_number(unsigned *number, const char *text, unsigned max, const char *wrong,
                       const char **why)
{
    uint64_t v;
    *why = wrong;
    if (!cli_parse_number(text, &v) || v == 0 || v > max)
        return false;
    *number = (unsigned)v;
    return true;
}

static bool parse_serial(struct device_name *n, const char *text, const char **why)
{
    const char *at = strrchr(text, '@');
    n->baud = DEVICE_DEFAULT_BAUD;
    struct port_usb_id id;
    if (at != NULL &&
        !set_number(&n->baud, at + 1, 20000000, "what follows '@' is not a baud rate", why))
        return false;
    return set_place(n, text, at != NULL ? (size_t)(at - text) : strlen(text), why) &&
           (!port_is_usb_id(n->place) || port_usb_id_parse(&id, n->place, why));
}

/* HOST, HOST:PORT, [V6], [V6]:PORT, V6. Returns the host; *port is the text behind the colon or NULL. */
static bool split_host(const char *text, const char **host, size_t *len, const char **port)
{
    *port = NULL;
    *host = text;
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        if (close == NULL || (close[1] != ':' && close[1] != '\0'))
            return false;
        *host = text + 1;
        *len = (size_t)(close - text) - 1;
        *port = close[1] == ':' ? close + 2 : NULL;
        return true;
    }
    const char *colon = strrchr(text, ':');
    if (colon != NULL && strchr(text, ':') == colon) /* two colons: a bare IPv6 address */
        *port = colon + 1;
    *len = *port != NULL ? (size_t)(colon - text) : strlen(text);
    return true;
}

static bool parse_socket(struct device_name *n, const char *text, unsigned default_port,
                         const char **why)
{
    const char *host, *port;
    size_t len = 0;
    *why = "a '[' without its ']'";
    if (!split_host(text, &host, &len, &port))
        return false;
    n->port = default_port;
    if (port == NULL && default_port == 0) {
        *why = "the port number is missing";
        return false;
    }
    if (port != NULL &&
        !set_number(&n->port, port, 65535, "what follows ':' is not a port number", why))
        return false;
    return set_place(n, host, len, why);
}

bool device_name_parse(struct device_name *n, enum device_kind kind, const char *text,
                       const char **why)
{
    *n = (struct device_name){.kind = kind};
    if (kind == DEVICE_SERIAL)
        return parse_serial(n, text, why);
    return parse_socket(n, text, kind == DEVICE_UDP ? DEVICE_UDP_PORT : 0, why);
}

bool device_name_parse_any(struct device_name *n, const char *text, const char **why)
{
    static const struct {
        const char *prefix;
        enum device_kind kind;
    } prefixes[] = {{"tcp:", DEVICE_TCP}, {"udp:", DEVICE_UDP}, {"serial:", DEVICE_SERIAL}};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        size_t len = strlen(prefixes[i].prefix);
        if (strncmp(text, prefixes[i].prefix, len) == 0)
            return device_name_parse(n, prefixes[i].kind, text + len, why);
    }
    return device_name_parse(n, DEVICE_SERIAL, text, why);
}

const char *device_name_text(const struct device_name *n)
{
    static _Thread_local char text[320];
    bool brackets = strchr(n->place, ':') != NULL;
    if (n->kind == DEVICE_SERIAL)
        snprintf(text, sizeof text, "%s at %u baud", n->place, n->baud);
    else
        snprintf(text, sizeof text, "%s %s%s%s:%u", n->kind == DEVICE_TCP ? "tcp" : "udp",
                 brackets ? "[" : "", n->place, brackets ? "]" : "", n->port);
    return text;
}
