/* board_uarts.h - the UARTs of a virtual board and what is at their ends: an endpoint each, one of them the console, of
 * which a log is kept and in which a text can be waited for. */
#ifndef HOST_BOARD_BOARD_UARTS_H
#define HOST_BOARD_BOARD_UARTS_H

#include "host/board/uart_endpoint.h"
#include "vboard/vboard.h"

struct board_line {
    struct uart_endpoint endpoint;
    bool named;      /* an --uart of its own was given, or it is the console */
    char sent[8192]; /* what the UART has sent since the last flush */
    size_t sent_len;
    uint64_t sent_bytes; /* in all */
    char input[4096];    /* from the client, not yet taken by the UART */
    size_t input_len;
};

struct board_uarts {
    struct board_line line[VBOARD_UARTS]; /* line[0] is UART 1 */
    unsigned console;                     /* number of a UART */
    FILE *log;                            /* copy of the console, or NULL */
    struct vboard_line adapter; /* between the console and its client; the client has the speed */
    const char *until_text;     /* end the run when the console shows this; NULL: do not */
    bool text_seen;
    char said[4096]; /* the console's last bytes, to find until_text in */
    size_t said_len;
};

/* From --console and every --uart of a: opens the endpoints and says on stdout where they are. Without an --uart of its
 * own the console is a pty, and the others are open ends. CLI_DONE, or an exit code with the error printed;
 * lines_close in either case. */
MUST_CHECK int lines_open(struct board_uarts *l, const struct cli_args *a);
void lines_close(struct board_uarts *l);
/* *l is zero: no UART has an endpoint. */
void lines_none(struct board_uarts *l);

/* Take a byte that this UART has sent. */
void lines_sent(struct board_uarts *l, unsigned uart, uint8_t byte);
/* Write what the UARTs have sent to the log and the endpoints. */
void lines_flush(struct board_uarts *l);
/* Move bytes from the clients to the UARTs; they wait here while a UART's queue is full. */
void lines_take_input(struct board_uarts *l, struct vboard *v);
/* Bytes that a UART has sent which is not the console and has no --uart: they went nowhere. 0 for the others. */
uint64_t lines_unheard(const struct board_uarts *l, unsigned uart);
/* "USART1 sent 412 bytes; --console USART1 shows them": of all such UARTs, each on a line; the text of cli_text, ""
 * if there are none. */
const char *lines_unheard_text(const struct board_uarts *l);
/* True if the text would not be "". */
bool lines_any_unheard(const struct board_uarts *l);
/* Has the console sent anything? */
bool lines_console_spoke(const struct board_uarts *l);
/* True if no UART has an endpoint, so no client can connect. */
bool lines_closed(const struct board_uarts *l);
/* As endpoint_wait, at all endpoints. */
void lines_wait(struct board_uarts *l, int other, int ms);

#endif
