/* A program of the usual kind: newlib, 480 MHz from the 8 MHz HSE in bypass, caches on, printf on USART3, ticks from
 * SysTick, TIM2 and LPTIM1. What it measures of itself, the test compares with virtual time. */
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#define REG(addr) (*(volatile uint32_t *)(addr))

#define RCC        0x58024400u
#define PWR        0x58024800u
#define FLASH_ACR  REG(0x52002000)
#define USART3     0x40004800u
#define TIM2       0x40000000u
#define LPTIM1     0x40002400u
#define GPIOB      0x58020400u
#define GPIOD      0x58020c00u
#define SYST_CSR   REG(0xe000e010)
#define SYST_RVR   REG(0xe000e014)
#define SYST_CVR   REG(0xe000e018)
#define NVIC_ISER0 REG(0xe000e100)
#define NVIC_ISER2 REG(0xe000e108)
#define SCB_CCR    REG(0xe000ed14)
#define DEMCR      REG(0xe000edfc)
#define DWT_CTRL   REG(0xe0001000)
#define DWT_CYCCNT REG(0xe0001004)

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_top[];
void reset(void);

static volatile uint32_t ticks, tim2_updates, lptim_matches;

static void stop(void)
{
    for (;;) {
    }
}

static void on_systick(void)
{
    ticks++;
}

static void on_tim2(void)
{
    REG(TIM2 + 0x10) = 0;
    tim2_updates++;
}

static void on_lptim1(void)
{
    REG(LPTIM1 + 0x04) = 2;
    lptim_matches++;
}

__attribute__((section(".vectors"), used)) static void *const vectors[16 + 94] = {
    stack_top,
    reset,
    stop,
    stop,
    stop,
    stop,
    stop,
    [15] = on_systick,
    [16 + 28] = on_tim2,
    [16 + 93] = on_lptim1,
};

/* ---- newlib asks for these ---- */

int _write(int fd, const char *text, int len)
{
    (void)fd;
    for (int i = 0; i < len; i++) {
        while ((REG(USART3 + 0x1c) & 1u << 7) == 0) {
        }
        REG(USART3 + 0x28) = (uint8_t)text[i];
    }
    return len;
}

int _read(int fd, char *to, int len)
{
    (void)fd, (void)to, (void)len;
    return 0;
}

int _close(int fd)
{
    (void)fd;
    return -1;
}

int _lseek(int fd, int off, int whence)
{
    (void)fd, (void)off, (void)whence;
    return 0;
}

int _isatty(int fd)
{
    (void)fd;
    return 1;
}

int _fstat(int fd, struct stat *st)
{
    (void)fd;
    st->st_mode = S_IFCHR;
    return 0;
}

void *_sbrk(int n)
{
    static char *brk = (char *)bss_end;
    char *old = brk;
    brk += n;
    return old;
}

/* ---- clocks, as spec and manual want it ---- */

static void wait_for(uint32_t addr, uint32_t mask, uint32_t want)
{
    while ((REG(addr) & mask) != want) {
    }
}

static void clock_480_mhz(void)
{
    REG(PWR + 0x0c) = (REG(PWR + 0x0c) & ~7u) | 2; /* LDO only */
    wait_for(PWR + 0x04, 1u << 13, 1u << 13);
    REG(PWR + 0x18) = 3u << 14; /* VOS1 */
    wait_for(PWR + 0x18, 1u << 13, 1u << 13);
    REG(RCC + 0xf4) |= 2;
    (void)REG(RCC + 0xf4);
    REG(0x5800042c) |= 1; /* overdrive: VOS0 */
    wait_for(PWR + 0x18, 1u << 13, 1u << 13);
    REG(RCC + 0x00) |= 1u << 18;
    REG(RCC + 0x00) |= 1u << 16;
    wait_for(RCC + 0x00, 1u << 17, 1u << 17);
    REG(RCC + 0x28) = 2u | 2u << 4;                         /* HSE / 2 = 4 MHz */
    REG(RCC + 0x30) = 239u | 1u << 9 | 7u << 16 | 1u << 24; /* * 240, P 2, Q 8 */
    REG(RCC + 0x2c) = 2u << 2 | 7u << 16;                   /* input 4..8 MHz, wide VCO */
    REG(RCC + 0x00) |= 1u << 24;
    wait_for(RCC + 0x00, 1u << 25, 1u << 25);
    FLASH_ACR = 0x24;
    wait_for(0x52002000, 15, 4);
    REG(RCC + 0x18) = 8 | 4u << 4; /* HCLK 240, PCLK3 120 */
    REG(RCC + 0x1c) = 4u << 4 | 4u << 8;
    REG(RCC + 0x20) = 4u << 4;
    REG(RCC + 0x10) = 3;
    wait_for(RCC + 0x10, 7u << 3, 3u << 3);
}

static void caches_on(void)
{
    REG(0xe000ef50) = 0;
    for (uint32_t set = 0; set < 128; set++)
        for (uint32_t way = 0; way < 4; way++)
            REG(0xe000ef60) = way << 30 | set << 5;
    __asm volatile("dsb; isb" ::: "memory");
    SCB_CCR |= 3u << 16;
    __asm volatile("dsb; isb" ::: "memory");
}

static void console(void)
{
    REG(RCC + 0xe0) |= 1u << 3 | 1u << 1;
    REG(RCC + 0xe8) |= 1u << 18;
    REG(GPIOD + 0x24) = 0x77;
    REG(GPIOD + 0x00) = (REG(GPIOD + 0x00) & ~(15u << 16)) | 10u << 16;
    REG(USART3 + 0x0c) = 1042; /* 120 MHz / 115,200 */
    REG(USART3 + 0x00) = 1u << 29 | 12;
    REG(USART3 + 0x00) |= 1;
    wait_for(USART3 + 0x1c, 3u << 21, 3u << 21);
    REG(GPIOB + 0x00) = (REG(GPIOB + 0x00) & ~3u) | 1; /* LD1 */
    REG(GPIOB + 0x18) = 1;
}

static void timers(void)
{
    REG(RCC + 0xe8) |= 1u | 1u << 9;
    REG(TIM2 + 0x28) = 239; /* 240 MHz / 240 */
    REG(TIM2 + 0x2c) = 999; /* 1 ms */
    REG(TIM2 + 0x14) = 1;
    REG(TIM2 + 0x10) = 0;
    REG(TIM2 + 0x0c) = 1;
    REG(RCC + 0x74) |= 1;        /* LSI */
    REG(RCC + 0x54) |= 4u << 28; /* LPTIM1 from it */
    REG(LPTIM1 + 0x08) = 2;
    REG(LPTIM1 + 0x10) = 1;
    REG(LPTIM1 + 0x18) = 31; /* 1 ms */
    NVIC_ISER0 = 1u << 28;
    NVIC_ISER2 = 1u << 29;
    DEMCR |= 1u << 24;
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1;
    SYST_RVR = 480000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    REG(TIM2 + 0x00) = 1;
    REG(LPTIM1 + 0x10) = 5;
}

void reset(void)
{
    for (uint32_t *to = data_start, *from = data_load; (uintptr_t)to < (uintptr_t)data_end;)
        *to++ = *from++;
    for (uint32_t *p = bss_start; (uintptr_t)p < (uintptr_t)bss_end;)
        *p++ = 0;
    clock_480_mhz();
    caches_on();
    console();
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("*** Booting at %u MHz ***\n", 480u);
    timers();
    while (ticks < 100)
        __asm volatile("wfi");
    printf("100 ticks: %lu cycles, TIM2 %lu, LPTIM1 %lu\n", (unsigned long)DWT_CYCCNT,
           (unsigned long)tim2_updates, (unsigned long)lptim_matches);
    printf("size %u KB\n", *(volatile uint16_t *)0x1ff1e880);
    for (;;)
        __asm volatile("wfi");
}
