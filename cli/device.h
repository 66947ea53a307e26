/* device.h - a device as the commands see it: opened by its name, asked through an smp_client, explained when
 * it says no. */
#ifndef CLI_DEVICE_H
#define CLI_DEVICE_H

#include "cli/cli.h"
#include "cli/device_log.h"
#include "cli/explain.h"
#include "cli/ports.h"
#include "smp/client.h"
#include "smp/console_link.h"

struct device {
    struct device_name name;
    struct device_log log;
    struct port_fd port;             /* serial, TCP */
    struct smp_console_link console; /* over port */
    struct link_udp udp;
    struct smp_client client;
    bool is_open;
};

/* Open the device that the options or SLIPWAY_DEVICE name, and learn its buffer sizes. An exit code; the error
 * is printed. */
MUST_CHECK int device_open(struct device *d, const struct cli_args *a);
void device_close(struct device *d);

/* Close and open again, without a word; ERR_OK once the port is there. */
MUST_CHECK enum err device_reopen(struct device *d, char *why, size_t cap);

/* Reopen (if the port has gone) and echo until the device answers, at most seconds. The boot's log lines
 * are shown meanwhile. CLI_DONE, or CLI_NO_CONNECTION with the error printed. */
MUST_CHECK int device_wait(struct device *d, unsigned seconds);

/* Show what the device says during the next ms milliseconds. */
void device_listen(struct device *d, unsigned ms);

/* Print why the command failed: err is what the smp_ call returned. Reads the rest of what the device has to say,
 * quotes its lines, gives cause and next step. Returns the exit code: CLI_REFUSED for an answer, CLI_NO_CONNECTION
 * for silence. */
int device_fail(struct device *d, const char *what, enum err err);

/* The lines that the device has sent since open, for the explanation. */
struct log_source device_log_source(const struct device_log *l);

/* "device| LINE" for the lines from number mark (of log.count) on that hold any of the words; NULL if none. */
const char *device_quote(const struct device *d, unsigned long mark, const char *const *words);

#endif
