#include "host/client/device.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/smp/wire/errors.h"
#include "host/cli/core/clock.h"
#include "host/cli/core/progress.h"
#include "host/client/link/port_access.h"
#include "host/client/smp/recovery.h"

/* How often to look for a port that has gone, and how long one echo may take then. */
#define POLL_MS 250
/* The first question's patience: what came before it on the line may have spoilt it. */
#define FIRST_MS 500
/* While a device is waited for: tries on a silent line until one is in the other framing. Before raw packets the line is kept
 * quiet for 3 s, so they come sooner only where nothing was ever heard. */
#define RAW_AFTER_UNHEARD 8
#define RAW_AFTER         40
#define FRAMES_AFTER      2
#define OTHER_FRAMING_MS  4000
/* A device may log the reason after its answer: listen for so long before explaining. */
#define AFTERWORD_MS 300

static const char *join(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    return cli_text("%s\n%s", a, b);
}

/* ---- opening ---- */

static int bad_name(const struct cli_args *a, const char *option, const char *text, const char *why)
{
    (void)a;
    return cli_fail(CLI_USAGE, cli_text("%s: '%s' is not a device name", option, text), why,
                    "--port /dev/ttyACM0[@115200], --port usb:VID:PID[:SERIAL], --tcp HOST:PORT or "
                    "--udp HOST[:1337]");
}

static int choose_name(struct device_name *n, const struct cli_args *a)
{
    static const struct {
        const char *option;
        enum device_kind kind;
    } choices[] = {{"port", DEVICE_SERIAL}, {"tcp", DEVICE_TCP}, {"udp", DEVICE_UDP}};
    const char *why = NULL, *chosen = NULL;
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        const char *text = cli_value(a, choices[i].option, NULL);
        if (text != NULL && chosen != NULL)
            return cli_usage(a, "--%s and --%s name two devices", chosen, choices[i].option);
        if (text == NULL)
            continue;
        chosen = choices[i].option;
        if (!device_name_parse(n, choices[i].kind, text, &why))
            return bad_name(a, cli_text("--%s", chosen), text, why);
    }
    const char *text = getenv("SLIPWAY_DEVICE");
    if (chosen != NULL)
        return CLI_DONE;
    if (text == NULL || text[0] == '\0')
        return cli_fail(CLI_USAGE, "no device given",
                        "neither --port, --tcp, --udp nor SLIPWAY_DEVICE",
                        cli_text("slipway %s --port /dev/ttyACM0 ...", a->command->name));
    return device_name_parse_any(n, text, &why) ? CLI_DONE
                                                : bad_name(a, "SLIPWAY_DEVICE", text, why);
}

static enum err open_link(struct device *d, char *why, size_t cap)
{
    enum err e;
    if (d->name.kind == DEVICE_UDP) {
        e = link_udp_open(&d->udp, &d->name, why, cap);
        d->client.link = &d->udp.link;
    } else {
        e = d->name.kind == DEVICE_TCP ? port_tcp_open(&d->port, &d->name, why, cap)
                                       : port_serial_open(&d->port, &d->name, why, cap);
        smp_console_link_reopened(&d->console, &d->port.port);
        fast_line_reopened(&d->line);
    }
    d->is_open = e == ERR_OK;
    return e;
}

/* The port's node tells more than "Permission denied": add it to the evidence. The next step. */
static const char *explain_access(const struct device *d, const char **evidence)
{
    struct port_node n;
    char path[sizeof d->name.place], why[200];
    if (port_serial_path(&d->name, path, sizeof path, why, sizeof why) != ERR_OK ||
        !port_node_read(&n, path))
        return cli_text("ls -lL %s; may every folder on the way be entered?", d->name.place);
    *evidence = join(*evidence, port_access_evidence(&n));
    return port_access_next(&n);
}

/* seconds: how long it was tried, 0 for once. */
static int cannot_open(const struct device *d, enum err e, const char *why, unsigned seconds)
{
    const char *next = "check the cable and the name; slipway ports lists the serial ports";
    if (d->name.kind != DEVICE_SERIAL)
        next = "check host and port number, and that the other side is running";
    else if (e == ERR_ACCESS)
        next = explain_access(d, &why);
    else if (e == ERR_INVAL)
        next = "add the serial number, --port usb:VID:PID:SERIAL, or name the port by its path";
    else if (e == ERR_BUSY)
        next = "close the other program that uses the port (a terminal?)";
    const char *what = cli_text("cannot open %s", device_name_text(&d->name));
    if (seconds > 0)
        what = cli_text("%s within %u s", what, seconds);
    return cli_fail(CLI_NO_CONNECTION, what, why, next);
}

/* Zephyr's "... dropped" of a fragment or packet, a UART's overrun, MCUboot's full buffers. */
static bool tells_of_a_loss(const char *line)
{
    static const char *const words[] = {"ragment dropped",
                                        "ropped fragment",
                                        "acket dropped",
                                        "ropped packet",
                                        "rame dropped",
                                        "overrun",
                                        "Not enough memory to store"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strstr(line, words[i]) != NULL)
            return true;
    return false;
}

static void take_text(void *ctx, const char *text, size_t len, bool end_of_line)
{
    struct device *d = ctx;
    unsigned long before = d->log.count;
    device_log_text(&d->log, text, len);
    if (end_of_line)
        device_log_flush(&d->log);
    unsigned kept = device_log_kept(&d->log);
    if (d->log.count > before && kept > 0 && tells_of_a_loss(device_log_line(&d->log, kept - 1)))
        d->client.dropped = true;
}

/* No silence without a word. */
static void tell_waiting(void *ctx, const char *what, uint32_t waited_ms, uint32_t timeout_ms)
{
    (void)ctx;
    progress_make_room();
    if (!cli_mode.quiet)
        cli_print(stderr, "no answer for %u s; waiting for %s, up to %u s\n",
                  (unsigned)waited_ms / 1000, what, (unsigned)timeout_ms / 1000);
}

/* Ask for the buffer sizes. An old server that does not know the command keeps the defaults. */
static enum err greet(struct device *d)
{
    uint32_t size, count;
    enum err e = smp_params(&d->client, &size, &count);
    if (e == ERR_OK)
        cli_verbose("%s: %u buffers of %u bytes, SMP v%u", device_name_text(&d->name),
                    (unsigned)count, (unsigned)size, d->client.version + 1u);
    return e == ERR_PEER ? ERR_OK : e;
}

static void tell_framing(const struct device *d)
{
    progress_make_room();
    if (!cli_mode.quiet)
        cli_print(
            stderr,
            d->console.raw
                ? "%s: no answer in console framing, but to raw packets; --raw begins with them\n"
                : "%s: no answer to raw packets, but in console framing\n",
            device_name_text(&d->name));
}

/* One echo of at most timeout_ms. An answer that says no is one, too. */
static enum err short_echo(struct device *d, uint32_t timeout_ms)
{
    char reply[32];
    const uint32_t usual_ms = d->client.timeout_ms;
    const unsigned retries = d->client.retries;
    d->client.timeout_ms = timeout_ms;
    d->client.retries = 0;
    enum err e = smp_echo(&d->client, "slipway", reply, sizeof reply);
    d->client.timeout_ms = usual_ms;
    d->client.retries = retries;
    return e == ERR_PEER ? ERR_OK : e;
}

/* Nothing at all has come from a line: perhaps its packets have no frames. */
static enum err greet_raw(struct device *d)
{
    smp_console_link_set_raw(&d->console, true);
    enum err e = short_echo(d, FIRST_MS);
    if (e == ERR_OK)
        tell_framing(d);
    else
        smp_console_link_set_raw(&d->console, false);
    return e == ERR_OK ? greet(d) : e;
}

/* The first question. Of a line with little patience at first, since the rest of somebody's line may be in front of it. */
static enum err greet_first(struct device *d)
{
    const uint32_t timeout_ms = d->client.timeout_ms;
    const unsigned retries = d->client.retries;
    if (d->name.kind == DEVICE_UDP)
        return greet(d);
    d->client.retries = 0;
    d->client.timeout_ms = timeout_ms > FIRST_MS ? FIRST_MS : timeout_ms;
    enum err e = greet(d);
    d->client.timeout_ms = timeout_ms;
    if (e == ERR_TIMEOUT)
        e = greet(d);
    d->client.retries = retries;
    if (e == ERR_TIMEOUT && !d->raw_given && d->console.received == 0)
        e = greet_raw(d);
    return e == ERR_TIMEOUT ? greet(d) : e;
}

static int first_contact(struct device *d)
{
    char why[200] = "";
    enum err e = open_link(d, why, sizeof why);
    if (e != ERR_OK)
        return cannot_open(d, e, why, 0);
    e = greet_first(d);
    return e == ERR_OK ? CLI_DONE : device_fail(d, "the device does not answer", e);
}

void device_close(struct device *d)
{
    smp_console_flush_text(&d->console.decoder);
    device_log_flush(&d->log);
    port_fd_close(&d->port);
    link_udp_close(&d->udp);
    d->is_open = false;
}

enum err device_reopen(struct device *d, char *why, size_t cap)
{
    device_close(d);
    return open_link(d, why, cap);
}

/* ---- waiting ---- */

/* A device that is waited for. */
struct poll {
    uint64_t start_ms, end_ms;
    unsigned tries, words; /* how often a waiting line was printed */
    bool was_open;         /* at the last try */
    bool asked;            /* an echo has been sent */
    unsigned silent;       /* tries in a row without a byte from the line */
    unsigned long received;
    char why[200]; /* what the last try ended in */
};

static struct poll poll_begin(unsigned seconds)
{
    uint64_t now = clock_ms();
    return (struct poll){.start_ms = now, .end_ms = now + seconds * 1000ull};
}

/* A line that stays silent may have packets without frames, or have them again after a reset. */
static bool is_turn_of_other_framing(const struct device *d, struct poll *p)
{
    const unsigned after = d->console.raw             ? FRAMES_AFTER
                           : d->console.received == 0 ? RAW_AFTER_UNHEARD
                                                      : RAW_AFTER;
    p->silent = d->console.received == p->received ? p->silent + 1 : 0;
    p->received = d->console.received;
    return d->name.kind != DEVICE_UDP && !d->raw_given && p->silent > 0 && p->silent % after == 0 &&
           clock_ms() + OTHER_FRAMING_MS < p->end_ms;
}

/* One short try to hear from the device. */
static enum err try_echo(struct device *d, struct poll *p)
{
    enum err e = d->is_open ? ERR_OK : device_reopen(d, p->why, sizeof p->why);
    p->was_open = e == ERR_OK;
    if (e != ERR_OK)
        return e;
    const bool raw = d->console.raw, other = is_turn_of_other_framing(d, p);
    if (other)
        smp_console_link_set_raw(&d->console, !raw);
    if (p->asked) /* by the same sequence number, so that a late answer to an earlier try is one */
        d->client.seq--;
    p->asked = true;
    e = short_echo(d, POLL_MS);
    if (other && e == ERR_OK)
        tell_framing(d);
    else if (other)
        smp_console_link_set_raw(&d->console, raw);
    if (e != ERR_OK)
        snprintf(p->why, sizeof p->why, "%s", err_text(e));
    if (e == ERR_CLOSED)
        device_close(d);
    return e;
}

/* After a try that failed: false once the time is over, or a signal has come. */
static bool poll_again(const struct device *d, struct poll *p, enum err e)
{
    uint64_t waited = clock_ms() - p->start_ms;
    p->tries++;
    if (waited >= (p->words + 1ull) * SMP_WORD_MS && clock_ms() < p->end_ms) {
        p->words = (unsigned)(waited / SMP_WORD_MS);
        progress_make_room();
        if (!cli_mode.quiet)
            cli_print(stderr, "still waiting for %s (%s), %u of %u s\n", device_name_text(&d->name),
                      p->why, (unsigned)waited / 1000, (unsigned)(p->end_ms - p->start_ms) / 1000);
    }
    if (clock_ms() >= p->end_ms || smp_is_stopped(&d->client))
        return false;
    if (e != ERR_TIMEOUT)
        clock_sleep_ms(POLL_MS);
    return true;
}

int device_wait(struct device *d, unsigned seconds, const char *unknown)
{
    struct poll p = poll_begin(seconds);
    enum err e;
    do {
        e = try_echo(d, &p);
        if (e == ERR_OK)
            return CLI_DONE;
    } while (poll_again(d, &p, e));
    if (smp_is_stopped(&d->client))
        return CLI_SIGNAL;
    return cli_fail(CLI_NO_CONNECTION,
                    cli_text("the device did not come back within %u s", seconds),
                    join(cli_text("%s: %s", device_name_text(&d->name), p.why), unknown),
                    "look at its console for the bootloader's lines; --wait SECONDS waits longer");
}

int device_bring_back(struct device *d, enum err err, const char *event, unsigned seconds,
                      const char *unknown)
{
    progress_make_room();
    if (!cli_mode.quiet)
        cli_print(stderr, "%s (%s); waiting up to %u s for the device\n", event, err_text(err),
                  seconds);
    if (err != ERR_TIMEOUT)
        device_close(d);
    return device_wait(d, seconds, unknown);
}

/* First contact with a device that may not be there yet: no port, nobody behind it, or still booting. */
static int await_contact(struct device *d, unsigned seconds)
{
    struct poll p = poll_begin(seconds);
    enum err e;
    do {
        e = try_echo(d, &p);
        if (e == ERR_OK)
            e = greet(d);
        if (e == ERR_OK)
            return CLI_DONE;
        if (!smp_is_lost(e) && p.was_open)
            break; /* it answers, and what it answers makes no sense */
        if (p.tries == 0 && !cli_mode.quiet)
            cli_print(stderr, "waiting up to %u s for %s (%s)\n", seconds,
                      device_name_text(&d->name), p.why);
    } while (poll_again(d, &p, e));
    return p.was_open
               ? device_fail(d, cli_text("the device does not answer; waited %u s for it", seconds),
                             e)
               : cannot_open(d, e, p.why, seconds);
}

const struct device_settings device_usual = {.retries = 3, .baud_max = FAST_LINE_USUAL_MAX};

static void set_up(struct device *d, const struct device_name *n, const struct device_settings *s)
{
    memset(d, 0, sizeof *d);
    d->name = *n;
    d->raw_given = s->raw;
    device_log_init(&d->log, s->quiet ? NULL : stderr);
    port_fd_init(&d->port, -1);
    link_udp_init(&d->udp, -1);
    smp_console_link_init(&d->console, &d->port.port, take_text, d);
    smp_console_link_set_raw(&d->console, s->raw);
    d->console.now_ms = clock_ms;
    smp_client_init(&d->client, &d->console.link);
    d->client.now_ms = clock_ms;
    d->client.waiting = tell_waiting;
    d->client.retries = s->retries;
    if (s->timeout_ms != 0)
        d->client.timeout_ms = s->timeout_ms;
    d->console.interrupt = &d->client.dropped;
    /* Per run: a late answer to an earlier run must not match. */
    d->client.seq = (uint8_t)(clock_ms() ^ (uint32_t)getpid());
    fast_line_init(&d->line, &d->client, &d->console, n->baud, s->baud_max);
}

int device_connect(struct device *d, const struct device_name *n, const struct device_settings *s,
                   unsigned wait_seconds)
{
    set_up(d, n, s);
    int code = wait_seconds > 0 ? await_contact(d, wait_seconds) : first_contact(d);
    if (code != CLI_DONE)
        device_close(d);
    return code;
}

int device_open(struct device *d, const struct cli_args *a, unsigned wait_seconds)
{
    struct device_name name;
    struct device_settings s = device_usual;
    uint64_t timeout_s = 0, retries = 0, baud_max = 0;
    s.raw = cli_has(a, "raw");
    s.quiet = cli_mode.quiet;
    int code = choose_name(&name, a);
    if (code == CLI_DONE && s.raw && name.kind == DEVICE_UDP)
        code = cli_usage(a, "--raw is for serial lines: a datagram has no frames");
    if (code == CLI_DONE)
        code = cli_number(a, "timeout", 0, 1, 3600, &timeout_s);
    if (code == CLI_DONE)
        code = cli_number(a, "retries", s.retries, 0, 100, &retries);
    if (code == CLI_DONE)
        code = cli_number(a, "baud-max", s.baud_max, 0, UINT32_MAX, &baud_max);
    if (code != CLI_DONE)
        return code;
    s.timeout_ms = (uint32_t)timeout_s * 1000;
    s.retries = (unsigned)retries;
    s.baud_max = (uint32_t)baud_max;
    return device_connect(d, &name, &s, wait_seconds);
}

void device_report_packet_size(const struct device *d)
{
    progress_make_room();
    if (!cli_mode.quiet)
        cli_print(stderr,
                  "the device does not answer larger packets than %u bytes, though it announces "
                  "buffers of %u (Zephyr: CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE, or the UART's MTU); "
                  "going on with that size\n",
                  (unsigned)d->client.packet_max, (unsigned)d->client.buf_size);
}

/* ---- failing ---- */

static const char *ring_line(const void *ctx, unsigned n)
{
    return device_log_line(ctx, n);
}

struct log_source device_log_source(const struct device_log *l)
{
    return (struct log_source){ring_line, device_log_kept(l), l};
}

const char *device_quote(const struct device *d, unsigned long mark, bool errors,
                         const char *const *words)
{
    unsigned kept = device_log_kept(&d->log);
    const char *text = NULL;
    for (unsigned n = 0; n < kept; n++) {
        const char *line = device_log_line(&d->log, n);
        bool wanted = errors && explain_is_error_line(line);
        for (const char *const *w = words; *w != NULL; w++)
            wanted |= strstr(line, *w) != NULL;
        if (wanted && d->log.count - kept + n >= mark)
            text = cli_text("%s%sdevice| %s", text != NULL ? text : "", text != NULL ? "\n" : "",
                            line);
    }
    return text;
}

bool device_has_booted(const struct device *d, unsigned long mark)
{
    /* The last ones are MCUboot's with a minimal log. The application has an "Image index" line, too. */
    static const char *const words[] = {"*** Booting", "mcuboot: ", "Starting bootloader",
                                        "Jumping to the first image slot", NULL};
    return device_quote(d, mark, false, words) != NULL;
}

/* "group 1 rc 12" or "rc 8". */
static const char *answer_text(const struct smp_error *e)
{
    const char *number = e->group < 0 ? cli_text("rc %u", (unsigned)e->rc)
                                      : cli_text("group %d rc %u", e->group, (unsigned)e->rc);
    const char *text =
        cli_text("the device answered %s (%s): %s", smp_error_name(e), number, smp_error_text(e));
    return e->rsn[0] != '\0' ? cli_text("%s; \"%s\"", text, e->rsn) : text;
}

static const char *silence_next(const struct device *d, enum err err)
{
    if (err == ERR_CLOSED && d->name.kind == DEVICE_UDP)
        return "check host and port number, and that the SMP server is running";
    if (err == ERR_CLOSED)
        return "reconnect the device and repeat the command; an upload resumes where it stopped";
    if (err != ERR_TIMEOUT)
        return "repeat the command; --verbose says more";
    if (d->raw_given)
        return "leave --raw out: then console framing is tried, and raw packets after it";
    if (device_log_is_noise(&d->log))
        return "name the device's baud rate: --port NAME@BAUD";
    return d->name.kind == DEVICE_SERIAL
               ? "check that the firmware runs an SMP server on this port, and the baud rate"
               : "check that an SMP server listens there";
}

void device_listen(struct device *d, unsigned ms)
{
    if (d->is_open && d->name.kind == DEVICE_UDP)
        clock_sleep_ms(ms); /* nothing to hear, but who listens also waits */
    else if (d->is_open && smp_console_link_listen(&d->console, ms) != ERR_OK)
        device_close(d);
}

/* What happened, when it is not an answer. */
static const char *failure_text(const struct device *d, enum err err)
{
    if (err == ERR_NOMEM)
        return cli_text("the request is too long: this device takes %u bytes at a time",
                        (unsigned)smp_packet_max(&d->client));
    if (err == ERR_CLOSED && d->name.kind == DEVICE_UDP)
        return cli_text("%s: the port is closed: the host is there, but no program listens on it",
                        device_name_text(&d->name));
    return cli_text("%s: %s", device_name_text(&d->name), err_text(err));
}

/* silent: the next step after silence; NULL: what silence_next says. */
static int fail(struct device *d, const char *what, enum err err, const char *silent)
{
    struct explanation x;
    bool answered = err == ERR_PEER || err == ERR_STATE || err == ERR_FORMAT || err == ERR_NOMEM;
    if (err != ERR_CLOSED)
        device_listen(d, AFTERWORD_MS);
    struct log_source log = device_log_source(&d->log);
    explain_log(&log, err == ERR_PEER ? &d->client.error : NULL, &x);
    const char *evidence = err == ERR_PEER ? answer_text(&d->client.error) : failure_text(d, err);
    if (err == ERR_TIMEOUT && device_log_is_noise(&d->log))
        evidence = join(evidence, cli_text("%lu of the %lu bytes that came are not text: wrong "
                                           "baud rate, or not a UART of this board",
                                           d->log.noise, d->log.bytes));
    for (unsigned i = 0; i < x.quoted_count; i++)
        evidence = join(evidence, cli_text("device| %s", x.quoted[i]));
    evidence = join(evidence, x.meaning);
    if (x.cause != NULL)
        evidence = join(evidence, cli_text("likely cause: %s", x.cause));
    const char *next = x.next;
    const char *recovery =
        recovery_may_answer_so(&d->client, err) ? recovery_ask(&d->client) : NULL;
    if (recovery != NULL) {
        evidence = join(evidence, cli_text("this is serial recovery: %s", recovery));
        evidence = join(evidence, recovery_error_text(&d->client.error));
        next = d->client.error.rc == MGMT_ERR_ENOTSUP
                   ? "slipway update IMAGE brings an image in and starts it; slipway reset starts "
                     "the one that is there"
                   : "slipway layout show says what fits the slot; the bootloader's console may "
                     "say more";
    }
    if (next == NULL && err == ERR_NOMEM)
        next = "send less; slipway params shows the size of the device's buffer";
    if (next == NULL && !answered)
        next = silent != NULL ? silent : silence_next(d, err);
    return cli_fail(answered ? CLI_REFUSED : CLI_NO_CONNECTION, what, evidence, next);
}

int device_fail(struct device *d, const char *what, enum err err)
{
    return fail(d, what, err, NULL);
}

int device_fail_change(struct device *d, enum err err, const char *what, const char *unknown,
                       const char *next)
{
    return smp_is_lost(err) ? fail(d, unknown, err, next) : fail(d, what, err, NULL);
}
