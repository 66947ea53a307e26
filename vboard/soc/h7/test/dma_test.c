/* DMA1 and DMAMUX: memory to memory, and an item for each request of a peripheral. */
#include "testing/vboard/rig_soc.h"

#define DMA1   0x40020000u
#define DMAMUX 0x40020800u
#define CIRC   (1u << 8)
#define MINC   (1u << 10)
#define TO_P   (1u << 6)

static void stream(uint32_t from, uint32_t to, uint32_t words)
{
    put(DMA1 + 0x14, words);
    put(DMA1 + 0x18, from);
    put(DMA1 + 0x1c, to);
    put(DMA1 + 0x10, 2u << 13 | 2u << 11 | 3u << 9 | 2u << 6 | 5u << 2 | 1);
    at(env.now + MS);
}

static void DMA_copies_memory_and_reports_what_it_cannot_read(void **state)
{
    (void)state;
    memcpy(memory, "from here", 10);
    stream(0x24000000, 0x24000040, 4);
    assert_string_equal((char *)memory + 0x40, "from here");
    assert_int_equal(get(DMA1) & 0x3f, 0x30);
    assert_true(irq(11));
    put(DMA1 + 0x08, 0x3d);
    assert_false(irq(11));
    stream(0x24000080, 0x24000040, 1);
    assert_int_equal(get(DMA1) & 0x3f, 0x08);
    put(DMA1 + 0x08, 0x3d);
    stream(0x20000000, 0x24000040, 1); /* DTCM */
    assert_int_equal(get(DMA1) & 0x3f, 0x08);
    assert_int_equal(lints, 1);
}

static void DMA_waits_for_a_memory_that_is_busy(void **state)
{
    (void)state;
    memcpy(memory, "from here", 10);
    memory_busy = true;
    stream(0x24000000, 0x24000040, 4);
    at(env.now + MS);
    assert_int_equal(get(DMA1) & 0x3f, 0);
    assert_int_equal(get(DMA1 + 0x10) & 1, 1);
    memory_busy = false;
    at(env.now + MS);
    assert_int_equal(get(DMA1) & 0x3f, 0x30);
    assert_string_equal((char *)memory + 0x40, "from here");
}

/* Stream 0 on request 45, bytes, all interrupts. */
static void line_stream(uint32_t items, uint32_t how)
{
    put(DMAMUX, 45);
    put(DMA1 + 0x14, items);
    put(DMA1 + 0x18, LINE_DATA);
    put(DMA1 + 0x1c, 0x24000000);
    put(DMA1 + 0x10, how | 15u << 1 | 1);
}

static void requests(unsigned n)
{
    line_items += n;
    soc_dma_serve(&soc, &env);
}

static void DMA_moves_an_item_for_each_request(void **state)
{
    (void)state;
    line_stream(5, MINC);
    assert_true(soc_dma_waits(&soc));
    requests(2);
    assert_string_equal((char *)memory, "ab");
    assert_int_equal(get(DMA1 + 0x14), 3);
    assert_false(irq(11));
    requests(1);
    assert_int_equal(get(DMA1) & 0x3f, 0x10); /* half */
    put(DMA1 + 0x08, 0x10);
    requests(9);
    assert_string_equal((char *)memory, "abcde");
    assert_int_equal(get(DMA1) & 0x3f, 0x20);
    assert_true(irq(11));
    assert_int_equal(get(DMA1 + 0x10) & 1, 0);
    assert_int_equal(get(DMA1 + 0x14), 0);
    assert_int_equal(line_items, 7);
    assert_false(soc_dma_waits(&soc));
}

static void DMA_goes_around_in_circular_mode(void **state)
{
    (void)state;
    line_stream(4, MINC | CIRC);
    requests(6);
    assert_string_equal((char *)memory, "efcd");
    assert_int_equal(get(DMA1 + 0x14), 2);
    assert_int_equal(get(DMA1) & 0x3f, 0x30);
    put(DMA1 + 0x10, get(DMA1 + 0x10) & ~8u); /* HTIE may change while it runs */
    put(DMA1 + 0x14, 9);                      /* this may not */
    assert_int_equal(get(DMA1 + 0x14), 2);
    put(DMA1 + 0x08, 0x3d);
    put(DMA1 + 0x10, get(DMA1 + 0x10) & ~1u);
    assert_int_equal(get(DMA1) & 0x3f, 0x20); /* stopping says so */
    requests(1);
    assert_int_equal(line_items, 1);
    assert_int_equal(get(DMA1 + 0x14), 2); /* how far it came */
}

static void DMA_double_buffer_changes_sides(void **state)
{
    (void)state;
    put(DMA1 + 0x20, 0x24000010);
    line_stream(2, MINC | 1u << 18);
    requests(3);
    assert_string_equal((char *)memory, "ab");
    assert_string_equal((char *)memory + 0x10, "c");
    assert_int_equal(get(DMA1 + 0x10) >> 19 & 1, 1); /* CT */
    put(DMA1 + 0x1c, 0x24000020);                    /* the idle one may change */
    put(DMA1 + 0x20, 0x24000030);                    /* the other may not */
    requests(3);
    assert_string_equal((char *)memory + 0x10, "cd");
    assert_string_equal((char *)memory + 0x20, "ef");
}

/* A ring that is no data register of the peripheral never ends its request. */
static void DMA_that_answers_no_request_goes_on_at_its_pace(void **state)
{
    (void)state;
    put(DMAMUX, 45);
    put(DMA1 + 0x14, 4);
    put(DMA1 + 0x18, 0x24000040);
    put(DMA1 + 0x1c, 0x24000000);
    put(DMA1 + 0x10, MINC | CIRC | TO_P | 1);
    requests(1);
    assert_int_equal(line_items, 1);
    uint64_t next = soc_next_event(&soc);
    assert_in_range(next, env.now + 1, env.now + 10000);
    at(next);
    assert_in_range(soc_next_event(&soc), next + 1, next + 10000);
    line_items = 0;
    at(soc_next_event(&soc));
    assert_int_equal(soc_next_event(&soc), UINT64_MAX);
}

static void DMA_sends_and_stops_at_an_error(void **state)
{
    (void)state;
    memcpy(memory, "hello", 5);
    line_stream(5, MINC | TO_P);
    requests(20);
    assert_memory_equal(line_sent, "hello", 5);
    assert_int_equal(line_items, 15);
    line_stream(5, MINC | TO_P); /* TCIF is still set */
    assert_int_equal(lints, 1);
    assert_int_equal(get(DMA1 + 0x10) & 1, 0);
    put(DMA1 + 0x08, 0x3d);
    put(DMA1 + 0x1c, 0x20000000);
    put(DMA1 + 0x14, 1);
    put(DMA1 + 0x10, MINC | TO_P | 1);
    soc_dma_serve(&soc, &env);
    assert_int_equal(get(DMA1) & 0x3f, 0x08); /* DTCM */
    assert_int_equal(lints, 2);
}

static void DMA_that_is_not_modelled_is_refused(void **state)
{
    const struct soc_block *dma1 = soc_find(DMA1), *mux = soc_find(DMAMUX);
    (void)state;
    put(DMA1 + 0x14, 1);
    put(DMAMUX, 37); /* SPI1 */
    assert_int_equal(soc_write(&soc, &env, dma1, 0x10, 1), H7_UNMODELLED);
    put(DMAMUX, 45);
    assert_int_equal(soc_write(&soc, &env, dma1, 0x10, 1u << 5 | 1), H7_UNMODELLED); /* PFCTRL */
    assert_int_equal(soc_write(&soc, &env, dma1, 0x10, 1u << 21 | 1), H7_UNMODELLED);
    assert_int_equal(soc_write(&soc, &env, dma1, 0x10, 2u << 6 | CIRC | 1), H7_UNMODELLED);
    assert_int_equal(soc_write(&soc, &env, mux, 0, 1u << 16 | 45), H7_UNMODELLED); /* SE */
    assert_int_equal(soc_write(&soc, &env, mux, 0x100, 1u << 16), H7_UNMODELLED);
    assert_false(soc_dma_waits(&soc));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(DMA_copies_memory_and_reports_what_it_cannot_read),
        T(DMA_waits_for_a_memory_that_is_busy),
        T(DMA_moves_an_item_for_each_request),
        T(DMA_goes_around_in_circular_mode),
        T(DMA_double_buffer_changes_sides),
        T(DMA_that_answers_no_request_goes_on_at_its_pace),
        T(DMA_sends_and_stops_at_an_error),
        T(DMA_that_is_not_modelled_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
