/* wiring.h - what is around the chip on a board: the part, and what its pins and clocks are wired to. */
#ifndef VBOARD_BOARD_WIRING_H
#define VBOARD_BOARD_WIRING_H

#include "core/soc/soc.h"
#include "vboard/soc/h7/soc.h"

/* Port 0 is A. */
struct wired_pin {
    uint8_t port, pin, af;
};

struct wiring {
    const char *name;  /* "nucleo_h753zi" */
    const char *title; /* "NUCLEO-H753ZI" */
    const struct soc *soc;
    uint32_t hse_hz; /* the clock of another chip: it needs HSEBYP */
    uint8_t console; /* UART 1..8 */
    struct wired_pin console_tx;
    struct usart_wired console_texts;
};

extern const struct wiring wiring_nucleo_h753zi, wiring_nucleo_h723zg;

/* boards.c: the board called so, NULL the first; NULL if there is none. */
const struct wiring *board_wiring(const char *name);

#endif
