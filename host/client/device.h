/* device.h - a device as the commands see it: opened by its name, used through an smp_client; its refusals are
 * explained. */
#ifndef HOST_CLIENT_DEVICE_H
#define HOST_CLIENT_DEVICE_H

#include "host/cli/core/cli.h"
#include "host/client/device_log.h"
#include "host/client/explain.h"
#include "host/client/link/ports.h"
#include "host/client/smp/client.h"
#include "host/client/smp/console_link.h"
#include "host/client/smp/fast_line.h"

struct device {
    struct device_name name;
    struct device_log log;
    struct port_fd port;             /* serial, TCP */
    struct smp_console_link console; /* over port */
    struct link_udp udp;
    struct smp_client client;
    struct fast_line line; /* over console */
    bool is_open;
    bool raw_given; /* --raw: packets have no console framing, and that is not tried */
};

/* How a device is talked to. */
struct device_settings {
    bool raw;            /* no console framing, and it is not tried */
    bool quiet;          /* its log is kept, and not shown */
    uint32_t timeout_ms; /* of each answer; 0: the usual */
    unsigned retries;    /* after silence */
    uint32_t baud_max;   /* for an upload over a serial line; 0: that of the name */
};
extern const struct device_settings device_usual;

/* Open the device of this name, and learn its buffer sizes. The rest as device_open. */
MUST_CHECK int device_connect(struct device *d, const struct device_name *n,
                              const struct device_settings *s, unsigned wait_seconds);

/* Open the device that the options or SLIPWAY_DEVICE name, and learn its buffer sizes. wait_seconds: how long to try
 * when the port is not there, nobody is behind it, or no answer comes; 0: the port once, the question as often as
 * any. An exit code; the error is printed. */
MUST_CHECK int device_open(struct device *d, const struct cli_args *a, unsigned wait_seconds);
void device_close(struct device *d);

/* Close and open again, printing nothing; ERR_OK once the port is open. */
MUST_CHECK enum err device_reopen(struct device *d, char *why, size_t cap);

/* Reopen (if the port has gone) and echo until the device answers, at most seconds. The boot's log lines
 * are shown meanwhile. CLI_DONE, or CLI_NO_CONNECTION with the error printed; unknown (or NULL) is part of it: what is
 * not known as long as the device is away. CLI_SIGNAL, and nothing printed, once client.stopped is true. */
MUST_CHECK int device_wait(struct device *d, unsigned seconds, const char *unknown);

/* device_wait after a request that was lost with err; event is what is said of it on stderr. */
MUST_CHECK int device_bring_back(struct device *d, enum err err, const char *event,
                                 unsigned seconds, const char *unknown);

/* Show what the device says during the next ms milliseconds. */
void device_listen(struct device *d, unsigned ms);

/* Print, on stderr, that packets are smaller from now on: client.packet_max has changed. */
void device_report_packet_size(const struct device *d);

/* Print why the command failed: err is what the smp_ call returned. Reads the rest of what the device has to say,
 * quotes its lines, gives cause and next step. Returns the exit code: CLI_REFUSED for an answer, CLI_NO_CONNECTION
 * for silence. */
int device_fail(struct device *d, const char *what, enum err err);

/* The same for a request that changes something: after silence it is not known whether it did. Then unknown is printed
 * instead of what, and next is the next step. */
int device_fail_change(struct device *d, enum err err, const char *what, const char *unknown,
                       const char *next);

/* The lines that the device has sent since open, for the explanation. */
struct log_source device_log_source(const struct device_log *l);

/* Has the bootloader spoken since line number mark (of log.count)? What the application answers then is from behind
 * it. */
bool device_has_booted(const struct device *d, unsigned long mark);

/* "device| LINE" for the lines from number mark (of log.count) on that hold any of the words, or are errors or
 * warnings; NULL if none. */
const char *device_quote(const struct device *d, unsigned long mark, bool errors,
                         const char *const *words);

#endif
