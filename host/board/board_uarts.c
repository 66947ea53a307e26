#include "host/board/board_uarts.h"

#include <string.h>
#include <strings.h>

static const char *all_names(void)
{
    const char *names = vboard_uart_name(1);
    for (unsigned uart = 2; uart <= VBOARD_UARTS; uart++)
        names = cli_text("%s, %s", names, vboard_uart_name(uart));
    return names;
}

/* The UART whose name is the first len characters of text; 0: none. */
static unsigned uart_named(const char *text, size_t len)
{
    for (unsigned uart = 1; uart <= VBOARD_UARTS; uart++)
        if (strlen(vboard_uart_name(uart)) == len &&
            strncasecmp(vboard_uart_name(uart), text, len) == 0)
            return uart;
    return 0;
}

static int no_such_uart(const char *option, const char *text, size_t len)
{
    return cli_fail(CLI_USAGE, cli_text("%s: the board has no UART '%.*s'", option, (int)len, text),
                    cli_text("it has %s", all_names()), "--uart UART4=pty");
}

static int set_console(struct board_uarts *l, const struct cli_args *a)
{
    const char *text = cli_value(a, "console", vboard_uart_name(VBOARD_CONSOLE));
    l->console = uart_named(text, strlen(text));
    return l->console != 0 ? CLI_DONE : no_such_uart("--console", text, strlen(text));
}

/* Refuse two UARTs on the same link or on stdio; two on one TCP port are refused by the kernel. */
static int check_place(const struct board_uarts *l, unsigned uart)
{
    const struct uart_endpoint *d = &l->line[uart - 1].endpoint;
    for (unsigned i = 1; i <= VBOARD_UARTS; i++) {
        const struct uart_endpoint *other = &l->line[i - 1].endpoint;
        if (i == uart || other->kind != d->kind)
            continue;
        if (d->kind == ENDPOINT_STDIO ||
            (d->kind == ENDPOINT_PTY && d->link[0] != '\0' && strcmp(d->link, other->link) == 0))
            return cli_fail(CLI_USAGE,
                            cli_text("--uart: %s and %s are connected to the same endpoint",
                                     vboard_uart_name(i), vboard_uart_name(uart)),
                            d->kind == ENDPOINT_STDIO ? "both are stdio"
                                                      : cli_text("both are '%s'", d->link),
                            "give each UART an endpoint of its own");
    }
    return CLI_DONE;
}

static void print_endpoint(const struct board_uarts *l, unsigned uart)
{
    static const char *const kinds[] = {"none", "pty", "tcp", "stdio"};
    const struct uart_endpoint *d = &l->line[uart - 1].endpoint;
    if (d->kind != ENDPOINT_PTY && d->kind != ENDPOINT_TCP)
        return;
    if (cli_mode.quiet && d->link[0] != '\0')
        return; /* the user chose the link, so its name need not be printed */
    cli_print(cli_mode.json ? stderr : stdout, "%s: %s %s%s%s\n",
              uart == l->console ? "uart" : vboard_uart_name(uart), kinds[d->kind], d->name,
              d->link[0] != '\0' ? " -> " : "", d->link);
    fflush(stdout); /* stderr has no buffer */
}

static int open_line(struct board_uarts *l, unsigned uart, const char *way)
{
    struct board_line *line = &l->line[uart - 1];
    line->named = true;
    int code = endpoint_open(&line->endpoint, way);
    if (code == CLI_DONE)
        code = check_place(l, uart);
    if (code == CLI_DONE)
        print_endpoint(l, uart);
    return code;
}

/* "WAY" or "UNIT=WAY"; a '=' after a colon belongs to the name of a link. */
static int open_named(struct board_uarts *l, const char *text)
{
    size_t head = strcspn(text, "=:");
    bool has_unit = text[head] == '=';
    unsigned uart = has_unit ? uart_named(text, head) : l->console;
    if (uart == 0)
        return no_such_uart("--uart", text, head);
    if (l->line[uart - 1].named)
        return cli_fail(
            CLI_USAGE, cli_text("--uart: %s is given twice", vboard_uart_name(uart)),
            has_unit ? NULL : cli_text("--uart without a UNIT means %s", vboard_uart_name(uart)),
            "give each UART one endpoint");
    return open_line(l, uart, has_unit ? text + head + 1 : text);
}

static int set_adapter(struct board_uarts *l, const struct cli_args *a)
{
    uint64_t baud_max, noise;
    int code = cli_number(a, "line-max", 0, 0, UINT32_MAX, &baud_max);
    if (code == CLI_DONE)
        code = cli_number(a, "line-noise", 0, 0, 1000000, &noise);
    if (code != CLI_DONE)
        return code;
    l->adapter = (struct vboard_line){.baud_max = (uint32_t)baud_max, .noise = (uint32_t)noise};
    return CLI_DONE;
}

void lines_none(struct board_uarts *l)
{
    for (unsigned i = 0; i < VBOARD_UARTS; i++)
        l->line[i].endpoint.fd = l->line[i].endpoint.listener = -1;
}

int lines_open(struct board_uarts *l, const struct cli_args *a)
{
    const char *text;
    int code = set_console(l, a);
    if (code == CLI_DONE)
        code = set_adapter(l, a);
    lines_none(l);
    for (unsigned i = 0; code == CLI_DONE && (text = cli_nth_value(a, "uart", i)) != NULL; i++)
        code = open_named(l, text);
    if (code == CLI_DONE && !l->line[l->console - 1].named)
        code = open_line(l, l->console, "pty");
    return code;
}

void lines_close(struct board_uarts *l)
{
    for (unsigned i = 0; i < VBOARD_UARTS; i++)
        if (l->line[i].named)
            endpoint_close(&l->line[i].endpoint);
}

/* ---- running ---- */

/* Search for the text in the new bytes and those before them, since it may arrive in pieces. */
static void listen_for_text(struct board_uarts *l, const char *from, size_t len)
{
    while (l->until_text != NULL && len > 0 && !l->text_seen) {
        size_t room = sizeof l->said - l->said_len;
        if (room == 0) {
            memmove(l->said, l->said + sizeof l->said / 2, sizeof l->said / 2);
            l->said_len = sizeof l->said / 2;
            continue;
        }
        size_t n = len < room ? len : room;
        memcpy(l->said + l->said_len, from, n);
        l->said_len += n;
        from += n;
        len -= n;
        l->text_seen = memmem(l->said, l->said_len, l->until_text, strlen(l->until_text)) != NULL;
    }
}

static void flush_line(struct board_uarts *l, unsigned uart)
{
    struct board_line *line = &l->line[uart - 1];
    if (uart == l->console) {
        listen_for_text(l, line->sent, line->sent_len);
        if (l->log != NULL && line->sent_len > 0) {
            fwrite(line->sent, 1, line->sent_len, l->log);
            fflush(l->log);
        }
    }
    endpoint_write(&line->endpoint, line->sent, line->sent_len);
    line->sent_len = 0;
}

void lines_flush(struct board_uarts *l)
{
    for (unsigned uart = 1; uart <= VBOARD_UARTS; uart++)
        flush_line(l, uart);
}

void lines_sent(struct board_uarts *l, unsigned uart, uint8_t byte)
{
    struct board_line *line = &l->line[uart - 1];
    line->sent_bytes++;
    line->sent[line->sent_len++] = (char)byte;
    if (line->sent_len == sizeof line->sent)
        flush_line(l, uart);
}

/* A client sets its speed before it sends. */
static void follow_speed(const struct board_uarts *l, unsigned uart, struct vboard *v)
{
    struct vboard_line line = {.baud = 0};
    if (uart == l->console)
        line = l->adapter;
    line.baud = endpoint_baud(&l->line[uart - 1].endpoint);
    vboard_uart_line(v, uart, &line);
}

void lines_take_input(struct board_uarts *l, struct vboard *v)
{
    for (unsigned i = 0; i < VBOARD_UARTS; i++) {
        struct board_line *line = &l->line[i];
        follow_speed(l, i + 1, v);
        line->input_len += endpoint_read(&line->endpoint, line->input + line->input_len,
                                         sizeof line->input - line->input_len);
        if (line->input_len == 0)
            continue;
        size_t taken = vboard_uart_send_to(v, i + 1, line->input, line->input_len);
        memmove(line->input, line->input + taken, line->input_len - taken);
        line->input_len -= taken;
    }
}

uint64_t lines_unheard(const struct board_uarts *l, unsigned uart)
{
    const struct board_line *line = &l->line[uart - 1];
    return line->named ? 0 : line->sent_bytes; /* the console always is */
}

bool lines_console_spoke(const struct board_uarts *l)
{
    return l->line[l->console - 1].sent_bytes != 0;
}

bool lines_any_unheard(const struct board_uarts *l)
{
    for (unsigned uart = 1; uart <= VBOARD_UARTS; uart++)
        if (lines_unheard(l, uart) != 0)
            return true;
    return false;
}

const char *lines_unheard_text(const struct board_uarts *l)
{
    const char *text = "";
    for (unsigned uart = 1; uart <= VBOARD_UARTS; uart++) {
        unsigned long long bytes = lines_unheard(l, uart);
        const char *name = vboard_uart_name(uart);
        /* A console that speaks may be wanted, too. */
        const char *option = lines_console_spoke(l) ? cli_text("--uart %s=pty", name)
                                                    : cli_text("--console %s", name);
        if (bytes != 0)
            text = cli_text("%s%s%s sent %llu byte%s; %s shows them", text,
                            *text != '\0' ? "\n" : "", name, bytes, bytes == 1 ? "" : "s", option);
    }
    return text;
}

bool lines_closed(const struct board_uarts *l)
{
    for (unsigned i = 0; i < VBOARD_UARTS; i++)
        if (l->line[i].endpoint.kind != ENDPOINT_NONE)
            return false;
    return true;
}

void lines_wait(struct board_uarts *l, int other, int ms)
{
    struct uart_endpoint *endpoints[VBOARD_UARTS];
    size_t n = 0;
    for (unsigned i = 0; i < VBOARD_UARTS; i++)
        if (l->line[i].endpoint.kind != ENDPOINT_NONE)
            endpoints[n++] = &l->line[i].endpoint;
    endpoint_wait(endpoints, n, other, ms);
}
