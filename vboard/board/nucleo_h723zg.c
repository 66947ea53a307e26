/* nucleo_h723zg.c - the NUCLEO-H723ZG [UM2407]. */
#include "vboard/board/wiring.h"
#include "vboard/vboard.h"

const struct wiring wiring_nucleo_h723zg = {
    .name = "nucleo_h723zg",
    .title = "NUCLEO-H723ZG",
    .soc = &soc_stm32h723,
    .hse_hz = 8000000, /* the ST-LINK's */
    .console = VBOARD_CONSOLE,
    .console_tx = {.port = 3, .pin = 8, .af = 7},
    .console_texts =
        {
            .tx_lost = "a byte was sent, but none of PD8, PB10 and PC10 is in AF7: it is lost",
            .rx_lost = "a byte came in, but PD9 is not in AF7: it is lost",
            .unheard = "USART3 sends on PB10 or PC10; the ST-LINK of the NUCLEO hears PD8 only",
        },
};
