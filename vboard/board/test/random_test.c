/* Firmware made of random bytes: whatever it does, the run ends with a statement and the host is unharmed. Run it under
 * the sanitizers, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "vboard/board/inside.h"

#define IMAGES 300
#define SIZE   4096u
#define MS     1000000ull

static uint64_t rng = 1;

static uint32_t noise(void)
{
    rng = rng * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng >> 32);
}

/* What the bytes lean to: anything; 16-bit loads, stores and branches; 32-bit instructions. */
static uint16_t halfword(unsigned kind)
{
    uint16_t h = (uint16_t)noise();
    if (kind == 1)
        return (uint16_t)(noise() % 4 == 0 ? 0xd000 | (h & 0xfff) : 0x4000 | (h & 0x7fff));
    return kind == 2 && noise() % 2 == 0 ? (uint16_t)(h | 0xe800) : h;
}

static void make(uint8_t *image, unsigned n)
{
    for (unsigned i = 0; i < SIZE / 2; i++)
        put_le16(image + 2 * i, halfword(n % 3));
    if (n % 4 == 3)
        return; /* a random vector table as well */
    put_le32(image, 0x20010000);
    for (unsigned i = 1; i < 64; i++)
        put_le32(image + 4 * i, (0x08000100 + noise() % (SIZE - 0x100)) | 1);
}

static void random_firmware_does_no_harm(void **state)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 1};
    struct vboard *fresh = vboard_new(&config), *v = vboard_new(&config);
    unsigned ends[VBOARD_STEPPED + 1] = {0};
    static uint8_t image[SIZE];
    (void)state;
    assert_non_null(fresh);
    assert_non_null(v);
    for (unsigned n = 0; n < IMAGES; n++) {
        make(image, n);
        vboard_copy(v, fresh);
        vboard_flash_poke(v, 0, image, SIZE);
        vboard_power_on(v);
        for (unsigned i = 0; i < 64; i++) /* addresses of all kinds for it to trip over */
            vboard_set_cpu_reg(v, i % 13, noise());
        struct vboard_stop stop = vboard_run(v, MS, 0);
        assert_true(vboard_instructions(v) <= 70000); /* 64 MHz for a millisecond, and the cut */
        assert_true(stop.text[0] != '\0' && memchr(stop.text, '\0', sizeof stop.text) != NULL);
        assert_true(stop.why <= VBOARD_STEPPED);
        ends[stop.why]++;
    }
    /* The images are worth something only if they end in many ways. */
    assert_true(ends[VBOARD_LOCKUP] > 20);
    assert_true(ends[VBOARD_UNKNOWN_REGISTER] > 20);
    assert_true(ends[VBOARD_TIME] + ends[VBOARD_BREAKPOINT] > 0);
    vboard_free(v);
    vboard_free(fresh);
}

/* ---- registers written at random ---- */

#define REGISTERS 2000

static uint32_t registers[REGISTERS];
static unsigned register_count;

static void collect(void *ctx, const struct reg_line *l)
{
    (void)ctx;
    for (unsigned i = 0; i < l->count && register_count < REGISTERS; i++)
        registers[register_count++] = l->base + l->off + 4 * i;
}

/* Few bits, all bits, an address, or anything. */
static uint32_t value(void)
{
    static const uint32_t places[] = {0x24000000, 0x20000000, 0x08100000, 0x40004824, 0x40004828};
    switch (noise() % 5) {
    case 0:
        return 1u << noise() % 32 | 1u << noise() % 32 | 1;
    case 1:
        return 0xffffffff;
    case 2:
        return places[noise() % 5];
    case 3:
        return noise() % 256;
    default:
        return noise();
    }
}

static void registers_at_random_do_no_harm(void **state)
{
    static const uint8_t loop[] = {0x00, 0x10, 0x00, 0x24, 0x09, 0x00, 0x00, 0x08, 0xfe, 0xe7};
    static const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};
    (void)state;
    register_count = 0;
    registers_each(&soc_stm32h753, collect, NULL);
    for (unsigned round = 0; round < 40; round++) {
        const struct vboard_config config = {
            .timing = VBOARD_TIMING_FAST, .seed = round, .unmodelled = VBOARD_UNMODELLED_ZERO};
        struct vboard *v = vboard_new(&config);
        assert_non_null(v);
        vboard_flash_poke(v, 0, loop, sizeof loop);
        vboard_power_on(v);
        for (uint32_t enable = 0xd4; enable <= 0xf4; enable += 4)
            (void)vboard_write(v, 0x58024400 + enable, ones, 4);
        for (unsigned i = 0; i < 1500; i++) {
            uint8_t bytes[4];
            uint32_t at = registers[noise() % register_count];
            put_le32(bytes, value());
            (void)vboard_write(v, at, bytes, 4);
            if (i % 8 == 0)
                (void)vboard_uart_send_to(v, 1 + noise() % 8, bytes, 4);
            if (i % 4 == 0)
                (void)vboard_run(v, noise() % 100000, 0);
        }
        uint64_t before = vboard_now_ns(v);
        (void)vboard_run(v, 10 * MS, 0);
        assert_true(vboard_now_ns(v) >= before);
        vboard_free(v);
    }
}

/* ---- programs that cannot work say so ---- */

static void expect(uint32_t sp, uint32_t pc, const uint16_t *code, size_t halfwords,
                   const char *says)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 1};
    struct vboard *v = vboard_new(&config);
    uint8_t b[64] = {0};
    assert_non_null(v);
    put_le32(b, sp);
    put_le32(b + 4, pc);
    for (size_t i = 0; i < halfwords; i++)
        put_le16(b + 0x20 + 2 * i, code[i]);
    vboard_flash_poke(v, 0, b, sizeof b);
    vboard_power_on(v);
    struct vboard_stop stop = vboard_run(v, MS, 0);
    if (strstr(stop.text, says) == NULL)
        fail_msg("'%s' does not say '%s'", stop.text, says);
    vboard_free(v);
}

static void a_vector_table_that_points_nowhere(void **state)
{
    (void)state;
    expect(0x20010000, 0x90000001, NULL, 0, "its reset vector points to no memory (0x90000001)");
    expect(0x20010000, 0x08000020, NULL, 0, "its reset vector has no Thumb bit (0x08000020)");
    expect(0x60000000, 0x08000021, (const uint16_t[]){0xde00}, 1,
           "0x5fffffe0: no memory"); /* where the first exception wants to stack */
    expect(0x08300000, 0x08000021, (const uint16_t[]){0xde00}, 1,
           "its stack pointer points to no memory (0x08300000)");
    expect(0xffffffff, 0xffffffff, NULL, 0, "is blank: no program");
}

static void firmware_that_jumps_into_the_weeds(void **state)
{
    /* ldr r0, [pc, #0]; bx r0; and where to */
    (void)state;
    expect(0x20010000, 0x08000021, (const uint16_t[]){0x4800, 0x4700, 0x0001, 0x3000}, 4, "0x3000");
    expect(0x20010000, 0x08000021, (const uint16_t[]){0x4800, 0x4700, 0x0000, 0x0800}, 4,
           "without Thumb bit");
    expect(0x20010000, 0x08000021, (const uint16_t[]){0x4800, 0x4700, 0x0001, 0x0900}, 4,
           "jump to an unmapped address");
    expect(0x20010000, 0x08000021, (const uint16_t[]){0xde00}, 1, "undefined instruction");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_firmware_does_no_harm),
        cmocka_unit_test(registers_at_random_do_no_harm),
        cmocka_unit_test(a_vector_table_that_points_nowhere),
        cmocka_unit_test(firmware_that_jumps_into_the_weeds),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
