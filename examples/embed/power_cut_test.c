/* Your product's own test on the virtual NUCLEO-H753ZI: an update must survive a power cut.
 *
 *   power_cut_test MERGED.hex NEXT.bin
 *
 * MERGED.hex: bootloader and application 1.0.0. NEXT.bin: the signed image of 2.0.0. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vboard/vboard.h"

#define MS        1000000ull
#define SLOT1     0x08100000u
#define SLOT1_END 0x081e0000u
#define FLASH     0x08000000u
#define SECTOR    0x20000u
#define ECHO_REQUEST \
    "\x06\x09"       \
    "ABACAAAGAAAAAKFhZGJoaQkX\n" /* `slipway echo hi` as it goes over the wire */
#define ECHO_RESPONSE "\x06\x09"

#define EXPECT(what)                                                             \
    do {                                                                         \
        if (!(what)) {                                                           \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #what); \
            exit(1);                                                             \
        }                                                                        \
    } while (0)

static char console[64 * 1024]; /* the console output since power on */
static size_t console_len;

static void on_byte(void *ctx, uint8_t byte)
{
    (void)ctx;
    if (console_len < sizeof console - 1)
        console[console_len++] = (char)byte;
}

static void on_report(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "board: %s\n", text);
}

/* True if the board prints text within 60 s of virtual time. */
static bool prints(struct vboard *v, const char *text)
{
    for (unsigned i = 0; i < 6000; i++) {
        console[console_len] = '\0';
        if (strstr(console, text) != NULL)
            return true;
        struct vboard_stop stop = vboard_run(v, 10 * MS, VBOARD_UNTIL_TIME);
        if (stop.why != VBOARD_TIME) {
            fprintf(stderr, "board: %s\n", stop.text);
            return false;
        }
    }
    return false;
}

static void power_on(struct vboard *v)
{
    console_len = 0;
    vboard_power_on(v);
}

static void load(struct vboard *v, const char *path, uint32_t at)
{
    char why[200];
    if (vboard_load(v, path, at, why, sizeof why) == ERR_OK)
        return;
    fprintf(stderr, "%s\n", why);
    exit(1);
}

int main(int argc, char **argv)
{
    static const uint8_t magic[16] = {0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b,
                                      0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
    const struct vboard_config config = {
        .timing = VBOARD_TIMING_FAST, .seed = 1, .uart_tx = on_byte, .report = on_report};
    EXPECT(argc == 3);
    struct vboard *v = vboard_new(&config);
    EXPECT(v != NULL);

    load(v, argv[1], 0);
    power_on(v);
    EXPECT(prints(v, "SMP server ready"));
    console_len = 0;
    EXPECT(vboard_uart_send(v, ECHO_REQUEST, strlen(ECHO_REQUEST)) == strlen(ECHO_REQUEST));
    EXPECT(prints(v, ECHO_RESPONSE));

    /* The flash as an upload leaves it: the image one sector into slot1, the request at the slot's end. */
    load(v, argv[2], SLOT1 + SECTOR);
    vboard_flash_poke(v, SLOT1_END - sizeof magic - FLASH, magic, sizeof magic);

    vboard_cut_at(v, 100, VBOARD_CUT_DURING);
    power_on(v);
    struct vboard_stop stop = vboard_run(v, 60000 * MS, VBOARD_UNTIL_TIME);
    EXPECT(stop.why == VBOARD_CUT);
    EXPECT(vboard_operations(v) == 100);

    power_on(v);
    EXPECT(prints(v, "Image version: v2.0.0"));
    EXPECT(prints(v, "SMP server ready"));
    printf("2.0.0 runs, after a power cut in flash operation 100 of its installation\n");
    vboard_free(v);
    return 0;
}
