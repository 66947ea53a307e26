/* A small program for board_test: does one thing, which the word at 0x08020000 names, and talks on USART3. */
#include <stdint.h>

#define REG(a) (*(volatile uint32_t *)(a))

#define SCENARIO 0x08020000u

#define RCC_RSR      REG(0x580244d0)
#define RCC_AHB4ENR  REG(0x580244e0)
#define RCC_APB1LENR REG(0x580244e8)
#define D2CCIP2R     REG(0x58024454)
#define GPIOD_MODER  REG(0x58020c00)
#define GPIOD_AFRH   REG(0x58020c24)
#define USART_CR1    REG(0x40004800)
#define USART_BRR    REG(0x4000480c)
#define USART_ISR    REG(0x4000481c)
#define USART_ICR    REG(0x40004820)
#define USART_RDR    REG(0x40004824)
#define USART_TDR    REG(0x40004828)
#define NVIC_ISER1   REG(0xe000e104)
#define AIRCR        REG(0xe000ed0c)
#define IWDG_KR      REG(0x58004800)
#define IWDG_PR      REG(0x58004804)
#define IWDG_RLR     REG(0x58004808)
#define IWDG_SR      REG(0x5800480c)
#define FLASH_KEYR2  REG(0x52002104)
#define FLASH_CR2    REG(0x5200210c)
#define FLASH_SR2    REG(0x52002110)

extern void reset(void);
extern void bus_fault(void);
extern void usart_irq(void);

static volatile uint32_t received, wakes;

static void dsb(void)
{
    __asm__ volatile("dsb sy\n isb" ::: "memory");
}

static void put_char(char c)
{
    while ((USART_ISR & 1u << 7) == 0) {
    }
    USART_TDR = (uint8_t)c;
}

static void print(const char *s)
{
    while (*s != '\0')
        put_char(*s++);
}

static void print_hex(uint32_t v)
{
    for (int i = 28; i >= 0; i -= 4)
        put_char("0123456789abcdef"[v >> i & 15]);
}

static void drain(void)
{
    while ((USART_ISR & 1u << 6) == 0) {
    }
}

static void uart_clock(void)
{
    RCC_AHB4ENR |= 1u << 3;
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    D2CCIP2R = 3;
}

static void uart_on(void)
{
    USART_CR1 = 0;
    USART_BRR = 556;
    USART_CR1 = 1u << 29 | 1u << 3 | 1u << 2;
    USART_CR1 |= 1;
    while ((USART_ISR & (3u << 21)) != (3u << 21)) {
    }
}

static void uart_init(void)
{
    uart_clock();
    GPIOD_MODER = (GPIOD_MODER & ~(15u << 16)) | 10u << 16;
    GPIOD_AFRH = 0x77;
    uart_on();
}

void usart_irq(void)
{
    USART_ICR = 1u << 3;
    while ((USART_ISR & 1u << 5) != 0) {
        put_char((char)(USART_RDR ^ 0x20));
        received++;
    }
}

void bus_fault(void)
{
    print("fault cfsr ");
    print_hex(REG(0xe000ed28));
    print(" hfsr ");
    print_hex(REG(0xe000ed2c));
    print("\n");
    drain();
    for (;;) {
    }
}

static void echo(void)
{
    USART_CR1 |= 1u << 5;
    NVIC_ISER1 = 1u << (39 - 32);
    for (;;) {
        __asm__ volatile("wfi");
        wakes++;
    }
}

static void causes(uint32_t rsr)
{
    print("rsr ");
    print_hex(rsr);
    print("\n");
    drain();
    RCC_RSR = 1u << 16;
}

static void watchdog(void)
{
    IWDG_KR = 0xcccc;
    IWDG_KR = 0x5555;
    IWDG_PR = 0;
    IWDG_RLR = 319; /* 320 * 4 / 32 kHz = 40 ms */
    while (IWDG_SR != 0) {
    }
    IWDG_KR = 0xaaaa;
    for (;;) {
    }
}

static void program_bank2(void)
{
    volatile uint32_t *to = (volatile uint32_t *)0x08100000;
    FLASH_KEYR2 = 0x45670123;
    FLASH_KEYR2 = 0xcdef89ab;
    uint32_t before = to[7];
    FLASH_CR2 = 0x32;
    dsb();
    for (uint32_t i = 0; i < 8; i++)
        to[i] = 0x11110000 + i;
    dsb();
    while ((FLASH_SR2 & 4) != 0) {
    }
    uint32_t sr = FLASH_SR2;
    FLASH_CR2 = 1;
    print("sr ");
    print_hex(sr);
    print(" word ");
    print_hex(before);
    print(" -> ");
    print_hex(to[7]);
    print("\n");
}

static void start_erase_of_bank2(void)
{
    FLASH_KEYR2 = 0x45670123;
    FLASH_KEYR2 = 0xcdef89ab;
    FLASH_CR2 = 0xb4; /* SER, START, sector 0 */
    dsb();
}

/* The D-cache is on while bank 2 is erased: what is read then, and after an invalidation. */
static void dcache(void)
{
    REG(0xe000ed14) |= 1u << 16;
    print_hex(REG(0x08100000));
    start_erase_of_bank2();
    while ((REG(0x52002110) & 4) != 0) {
    }
    print_hex(REG(0x08100000));
    REG(0xe000ef5c) = 0x08100000;
    dsb();
    print_hex(REG(0x08100000));
}

/* Flags of speculation, before and after the MPU region over system flash. */
static void speculation(void)
{
    uint32_t seen = 0;
    for (int i = 0; i < 1000; i++)
        seen |= REG(0x52002010) | REG(0x52002110);
    print_hex(seen);
    REG(0xe000ed9c) = 0x1ff00000;
    REG(0xe000eda0) = 1u << 28 | 3u << 24 | 18u << 1 | 1;
    REG(0xe000ed94) = 5;
    dsb();
    REG(0x52002014) = REG(0x52002114) = 0x1fef0000;
    seen = 0;
    for (int i = 0; i < 1000; i++)
        seen |= REG(0x52002010) | REG(0x52002110);
    print_hex(seen);
}

/* What comes in on USART2 (PD5, PD6) goes out on UART4 (PD1), one up. */
static void two_uarts(void)
{
    static const uint32_t base[2] = {0x40004400, 0x40004c00};
    REG(0x580244e8) |= 1u << 17 | 1u << 19;
    REG(0x58020c20) = 7u << 20 | 7u << 24 | 8u << 4;
    REG(0x58020c00) =
        (REG(0x58020c00) & ~(3u << 10 | 3u << 12 | 3u << 2)) | 2u << 10 | 2u << 12 | 2u << 2;
    for (int i = 0; i < 2; i++) {
        REG(base[i] + 0x0c) = 64;
        REG(base[i]) = 13;
    }
    for (;;) {
        while ((REG(base[0] + 0x1c) & 1u << 5) == 0) {
        }
        REG(base[1] + 0x28) = (REG(base[0] + 0x24) & 0xff) + 1;
    }
}

/* USART3 sends back what it gets with another case, UART4 (PD1, PD0) one up, both at once. */
static void two_echoes(void)
{
    static const uint32_t base[2] = {0x40004800, 0x40004c00};
    REG(0x580244e8) |= 1u << 19;
    REG(0x58020c20) = 8u << 4 | 8u;
    REG(0x58020c00) = (REG(0x58020c00) & ~15u) | 10u;
    REG(base[1] + 0x0c) = 556;
    REG(base[1]) = 1u << 29 | 13;
    print("two\n");
    for (int i = 0;; i ^= 1)
        if ((REG(base[i] + 0x1c) & 1u << 5) != 0) {
            uint32_t byte = REG(base[i] + 0x24);
            REG(base[i] + 0x28) = i == 0 ? byte ^ 0x20 : byte + 1;
        }
}

/* USART3 by DMA: it receives into a ring, and at each silence what is new goes out again by DMA. The core erases its
 * own bank meanwhile, so that only the DMA is awake. */
static void dma_echo(void)
{
    static volatile uint8_t *const ring = (volatile uint8_t *)0x24000000; /* 64 bytes */
    uint32_t done = 0;
    REG(0x580244d8) |= 3;
    (void)REG(0x580244d8);
    REG(0x40020800) = 45; /* DMA1 stream 0: USART3_RX */
    REG(0x40020820) = 46; /* DMA2 stream 0: USART3_TX */
    REG(0x40020018) = 0x40004824;
    REG(0x4002001c) = (uint32_t)ring;
    REG(0x40020014) = 64;
    REG(0x40020010) = 1u << 10 | 1u << 8 | 1; /* MINC, CIRC, EN */
    REG(0x40020418) = 0x40004828;
    REG(0x40004808) = 3u << 6; /* DMAR, DMAT */
    print("dma\n");
    REG(0x52002004) = 0x45670123;
    REG(0x52002004) = 0xcdef89ab;
    REG(0x5200200c) = 0x7b4; /* SER, START, sector 7 of bank 1 */
    dsb();
    for (;;) {
        while ((USART_ISR & 1u << 4) == 0) {
        }
        USART_ICR = 1u << 4;
        uint32_t now = (64 - REG(0x40020014)) % 64;
        while (done != now) {
            uint32_t end = now > done ? now : 64;
            REG(0x4002041c) = (uint32_t)ring + done;
            REG(0x40020414) = end - done;
            REG(0x40020408) = 0x3d;
            REG(0x40020410) = 1u << 10 | 1u << 6 | 1;
            while ((REG(0x40020400) & 0x20) == 0) {
            }
            done = end % 64;
        }
    }
}

/* Swap through the option bytes, then reset; the program in the other bank says so. */
static void swap_banks(void)
{
    if ((REG(0x52002018) >> 31) != 0) {
        print("swapped\n");
        return;
    }
    REG(0x52002008) = 0x08192a3b;
    REG(0x52002008) = 0x4c5d6e7f;
    REG(0x52002020) |= 1u << 31;
    REG(0x52002018) = 2;
    while ((REG(0x5200201c) & 1) != 0) {
    }
    print("done\n");
    drain();
    dsb();
    AIRCR = 0x05fa0004;
}

static void systick(void)
{
    REG(0xe000e014) = 63999;
    REG(0xe000e018) = 0;
    REG(0xe000e010) = 7;
    for (;;)
        __asm__ volatile("wfi");
}

void reset(void)
{
    uint32_t rsr = RCC_RSR, scenario = REG(SCENARIO);
    received = wakes = 0;
    if (scenario == 3) { /* pins not set up */
        uart_clock();
        uart_on();
        print("x");
        drain();
        for (;;)
            __asm__ volatile("wfi");
    }
    if (scenario == 6) /* port not clocked */
        GPIOD_MODER = 0;
    if (scenario == 13) /* nothing is set up */
        for (;;)
            __asm__ volatile("wfi");
    uart_init();
    switch (scenario) {
    case 0:
        print("hello\n");
        echo();
        break;
    case 1:
        causes(rsr);
        watchdog();
        break;
    case 2:
        causes(rsr);
        if ((rsr & 1u << 24) == 0) {
            dsb();
            AIRCR = 0x05fa0004;
        }
        echo();
        break;
    case 4:
        (void)REG(0x40003824);
        break;
    case 5:
        program_bank2();
        echo();
        break;
    case 7:
        (void)REG(0x08040000);
        break;
    case 8:
        (void)REG(0x08200000);
        break;
    case 9:
        print("wait\n");
        drain();
        for (;;)
            __asm__ volatile("wfi");
    case 10:
        start_erase_of_bank2();
        for (;;) { /* until power goes */
        }
    case 14: /* read what is being erased, after the core has got used to reading it */
        (void)REG(0x08100000);
        start_erase_of_bank2();
        print_hex(REG(0x08100000));
        break;
    case 11:
        systick();
        break;
    case 15:
        dcache();
        break;
    case 16:
        speculation();
        break;
    case 17:
        two_uarts();
        break;
    case 18: /* no wait states */
        REG(0x52002000) = 0;
        print("slow\n");
        break;
    case 19:
        swap_banks();
        break;
    case 20:
        two_echoes();
        break;
    case 21:
        dma_echo();
        break;
    case 12:
        REG(0x60000000) = 1;
        break;
    default:
        break;
    }
    for (;;) {
    }
}

extern const uint32_t vectors[];
__attribute__((section(".vectors"), used)) const uint32_t vectors[166] = {
    0x20020000,
    (uint32_t)&reset,
    (uint32_t)&bus_fault,
    (uint32_t)&bus_fault,
    (uint32_t)&bus_fault,
    (uint32_t)&bus_fault,
    (uint32_t)&bus_fault,
    [15] = (uint32_t)&usart_irq,
    [16 + 39] = (uint32_t)&usart_irq,
};
