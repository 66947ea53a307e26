/* HASH: digests against OpenSSL, the FIFO, the clock, saved contexts, and what a driver can do wrong. */
#define ERR_STATE OPENSSL_ERR_STATE /* which is also one of our error codes */
#include <openssl/evp.h>
#undef ERR_STATE

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "testing/vboard/rig_soc.h"

#define HASH   0x48021400u
#define CR     (HASH + 0x00)
#define DIN    (HASH + 0x04)
#define STR    (HASH + 0x08)
#define IMR    (HASH + 0x20)
#define SR     (HASH + 0x24)
#define CSR(n) (HASH + 0xf8 + 4 * (n))
#define HR(n)  (HASH + 0x310 + 4 * (n))

#define CSRS   38
#define DINIS  1u
#define DCIS   2u
#define BUSY   8u
#define BYTES  0x20u
#define INIT   4u
#define SHA256 0x40080u

static const struct {
    uint32_t algo;
    const EVP_MD *(*md)(void);
} algorithms[] = {{0, EVP_sha1}, {0x80, EVP_md5}, {0x40000, EVP_sha224}, {SHA256, EVP_sha256}};

static uint8_t message[1024];

static void fill(void)
{
    uint64_t r = 7;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)h7_random(&r);
}

static void feed(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i += 4) {
        uint8_t word[4] = {0};
        memcpy(word, p + i, len - i < 4 ? len - i : 4);
        put(DIN, get_le32(word));
    }
}

static void close_message(size_t len)
{
    uint32_t nblw = 8 * (len % 4);
    put(STR, nblw);
    put(STR, nblw | 0x100);
}

static void wait_for(uint32_t flag)
{
    for (unsigned i = 0; (get(SR) & flag) == 0; i++) {
        assert_true(i < 100);
        at(env.now + 100);
    }
}

static void digest(uint8_t out[32])
{
    wait_for(DCIS);
    for (unsigned i = 0; i < 8; i++)
        put_be32(out + 4 * i, get(HR(i)));
}

static void expect(const EVP_MD *md, size_t len)
{
    uint8_t ours[32], theirs[32] = {0};
    unsigned n = 0;
    digest(ours);
    assert_int_equal(EVP_Digest(message, len, theirs, &n, md, NULL), 1);
    for (unsigned i = 0; i < 32; i++) /* unused words read 0 */
        if (ours[i] != theirs[i])
            fail_msg("%u bytes of %s: wrong at %u", (unsigned)len, EVP_MD_get0_name(md), i);
}

static void all_lengths_agree_with_openssl(void **state)
{
    (void)state;
    fill();
    for (size_t a = 0; a < ARRAY_LEN(algorithms); a++)
        for (size_t len = 0; len <= 300; len++) {
            put(CR, algorithms[a].algo | BYTES | INIT);
            feed(message, len);
            close_message(len);
            expect(algorithms[a].md(), len);
        }
    assert_int_equal(lints, 0);
}

static void abc_and_nothing_are_the_standards_words(void **state)
{
    static const uint32_t abc[8] = {0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
                                    0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad};
    (void)state;
    put(CR, SHA256 | BYTES | INIT);
    put(DIN, 0x00636261);
    put(STR, 0x18);
    put(STR, 0x118);
    wait_for(DCIS);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(get(HR(i)), abc[i]);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(get(HASH + 0x0c + 4 * i), abc[i]);
    put(CR, SHA256 | BYTES | INIT);
    put(STR, 0);
    put(STR, 0x100);
    wait_for(DCIS);
    assert_int_equal(get(HR(0)), 0xe3b0c442);
    assert_int_equal(get(HR(7)), 0x7852b855);
}

/* The same message as words, halfwords, bytes and bits. */
static void a_word_is_turned_as_it_enters(void **state)
{
    static const uint32_t abcd[4] = {0x61626364, 0x63646162, 0x64636261, 0x26c64686};
    (void)state;
    for (unsigned type = 0; type < 4; type++) {
        put(CR, SHA256 | type << 4 | INIT);
        put(DIN, abcd[type]);
        put(STR, 0);
        put(STR, 0x100);
        wait_for(DCIS);
        assert_int_equal(get(HR(0)), 0x88d4266f);
    }
}

static void the_17th_word_starts_a_block(void **state)
{
    (void)state;
    put(CR, SHA256 | BYTES | INIT);
    assert_int_equal(get(SR), DINIS);
    for (unsigned i = 0; i < 16; i++) {
        put(DIN, i);
        assert_int_equal(get(SR), 0);
        assert_int_equal(get(CR) >> 8 & 15, i); /* NBW */
        assert_int_equal(get(CR) >> 12 & 1, 1); /* DINNE */
        assert_int_equal(get(DIN), i);
    }
    at(env.now + SECOND); /* nothing comes of 16 words */
    assert_int_equal(get(SR), 0);
    put(DIN, 16);
    assert_int_equal(get(SR), BUSY);
    assert_int_equal(get(CR) >> 8 & 31, 16); /* NBW 0, DINNE */
    at(env.now + 781);                       /* 50 cycles of 64 MHz are 781.25 ns */
    assert_int_equal(get(SR), BUSY);
    at(env.now + 1);
    assert_int_equal(get(SR), DINIS);
}

static void a_write_while_BUSY_waits_and_a_block_takes_66_cycles(void **state)
{
    (void)state;
    fill();
    put(CR, SHA256 | BYTES | INIT);
    for (unsigned i = 0; i < 17; i++)
        put(DIN, i);
    uint64_t from = env.now;
    put(DIN, 17);
    assert_int_equal(env.now - from, 782);
    put(CR, SHA256 | BYTES | INIT);
    from = env.now;
    feed(message, sizeof message);
    close_message(sizeof message);
    assert_true(get(SR) == BUSY);
    expect(EVP_sha256(), sizeof message); /* 16 blocks, and one of padding alone */
    assert_in_range(env.now - from, (17 * 66 - 16) * 1000 / 64, (17 * 66 - 16) * 1000 / 64 + 200);
    assert_int_equal(lints, 0);
    put(CR, 0 | BYTES | INIT); /* SHA-1: 82 */
    from = env.now;
    feed(message, sizeof message);
    close_message(sizeof message);
    expect(EVP_sha1(), sizeof message);
    assert_in_range(env.now - from, (17 * 82 - 16) * 1000 / 64, (17 * 82 - 16) * 1000 / 64 + 200);
}

static void it_follows_the_bus_clock(void **state)
{
    (void)state;
    rcc_put(0x18, 8); /* HPRE: HCLK 32 MHz */
    put(CR, SHA256 | BYTES | INIT);
    for (unsigned i = 0; i < 17; i++)
        put(DIN, i);
    at(env.now + 1562);
    assert_int_equal(get(SR), BUSY);
    at(env.now + 1);
    assert_int_equal(get(SR), DINIS);
}

/* ---- saved contexts ---- */

struct saved {
    uint32_t imr, str, cr, csr[CSRS];
};

static void save(struct saved *s, unsigned csrs)
{
    memset(s, 0, sizeof *s);
    wait_for(DINIS);
    s->imr = get(IMR), s->str = get(STR), s->cr = get(CR);
    for (unsigned i = 0; i < csrs; i++)
        s->csr[i] = get(CSR(i));
}

static void restore(const struct saved *s)
{
    put(IMR, s->imr), put(STR, s->str), put(CR, s->cr);
    put(CR, s->cr | INIT);
    for (unsigned i = 0; i < CSRS; i++)
        put(CSR(i), s->csr[i]);
}

/* Another message comes between; fed words: none, or a block and one more. */
static void swap_messages(size_t at_bytes, size_t len, unsigned csrs)
{
    struct saved s;
    put(CR, SHA256 | BYTES | INIT);
    feed(message, at_bytes);
    save(&s, csrs);
    put(CR, 0x80 | BYTES | INIT);
    feed(message + 7, 100);
    close_message(100);
    wait_for(DCIS);
    restore(&s);
    feed(message + at_bytes, len - at_bytes);
    close_message(len);
}

static void a_context_is_saved_and_restored_at_each_edge(void **state)
{
    (void)state;
    fill();
    for (size_t edge = 0; edge <= 4; edge++)
        for (size_t len = 64 * edge + 4 * (edge != 0); len <= 300; len += 37) {
            swap_messages(64 * edge + 4 * (edge != 0), len, CSRS);
            expect(EVP_sha256(), len);
            swap_messages(64 * edge + 4 * (edge != 0), len, 22); /* the FIFO is empty */
            expect(EVP_sha256(), len);
        }
    assert_int_equal(lints, 0);
}

static void a_shorter_save_gives_a_wrong_digest(void **state)
{
    uint8_t ours[32], theirs[32];
    (void)state;
    fill();
    for (unsigned csrs = 0; csrs < 22; csrs++) {
        swap_messages(68, 200, csrs);
        digest(ours);
        assert_int_equal(EVP_Digest(message, 200, theirs, NULL, EVP_sha256(), NULL), 1);
        assert_memory_not_equal(ours, theirs, 32);
    }
}

static void a_context_that_is_not_ready_reads_0(void **state)
{
    (void)state;
    put(CR, SHA256 | BYTES | INIT);
    assert_int_equal(get(CSR(0)), 2);
    assert_int_equal(lints, 0);
    put(DIN, 1);
    assert_int_equal(get(CSR(0)), 0);
    assert_int_equal(lints, 1);
    put(CR, SHA256 | BYTES | INIT);
    put(SR, DCIS); /* a 0 clears DINIS */
    assert_int_equal(get(CSR(0)), 0);
    assert_int_equal(lints, 2);
}

/* ---- misuse ---- */

static bool right(size_t len)
{
    uint8_t ours[32], theirs[32];
    digest(ours);
    assert_int_equal(EVP_Digest(message, len, theirs, NULL, EVP_sha256(), NULL), 1);
    return memcmp(ours, theirs, 32) == 0;
}

static void NBLW_in_the_write_of_DCAL_comes_too_late(void **state)
{
    (void)state;
    fill();
    put(CR, SHA256 | BYTES | INIT);
    feed(message, 7);
    put(STR, 0x118);
    assert_int_equal(lints, 1);
    assert_int_equal(get(STR), 0);
    assert_false(right(7));
    put(CR, SHA256 | BYTES | INIT); /* and what was set stays for the next message */
    feed(message, 7);
    close_message(7);
    put(CR, SHA256 | BYTES | INIT);
    feed(message, 8);
    assert_int_equal(get(STR), 24);
    put(STR, 0x100);
    assert_false(right(8));
    assert_int_equal(lints, 2);
}

static void ALGO_counts_only_with_INIT(void **state)
{
    (void)state;
    fill();
    put(CR, SHA256 | BYTES | INIT);
    put(CR, BYTES); /* SHA-1 */
    assert_int_equal(lints, 0);
    feed(message, 4);
    close_message(4);
    assert_int_equal(lints, 2); /* at the word and at DCAL */
    assert_true(right(4));
}

static void data_without_INIT_is_a_finding(void **state)
{
    (void)state;
    put(CR, BYTES); /* SHA-1, as after reset */
    put(DIN, 0);
    assert_int_equal(lints, 1);
    lints = 0;
    put(CR, SHA256 | BYTES | INIT);
    put(DIN, 0);
    close_message(4);
    wait_for(DCIS);
    assert_int_equal(lints, 0);
    put(DIN, 0); /* the next message without INIT */
    assert_int_equal(lints, 1);
    close_message(4);
    assert_int_equal(lints, 2);
    fill();
    memset(message, 0, 4);
    assert_false(right(4));
}

static void the_digest_waits_and_does_not_come_by_itself(void **state)
{
    (void)state;
    fill();
    put(CR, SHA256 | BYTES | INIT);
    feed(message, 64);
    assert_int_equal(get(HR(0)), 0);
    assert_int_equal(lints, 1);
    close_message(64);
    uint64_t from = env.now;
    (void)get(HR(0));
    assert_in_range(env.now - from, 1800, 2100); /* two blocks */
    assert_true(right(64));
    put(CR, SHA256 | BYTES | INIT);
    assert_int_equal(*soc_word(&soc, soc_find(HASH), 0x310), 0);
    assert_int_equal(lints, 1);
}

static void DMA_and_HMAC_are_not_modelled(void **state)
{
    (void)state;
    assert_int_equal(soc_write(&soc, &env, soc_find(HASH), 0, SHA256 | 8), H7_UNMODELLED);
    assert_int_equal(soc_write(&soc, &env, soc_find(HASH), 0, SHA256 | 0x40 | INIT), H7_UNMODELLED);
    put(CR, 0xfffa8003 | SHA256); /* reserved bits */
    assert_int_equal(get(CR), SHA256);
    assert_int_equal(soc_write(&soc, &env, soc_find(HASH), 0x28, 0), H7_UNMODELLED); /* no HRA5 */
}

/* ---- interrupts, reset, defects ---- */

static void the_line_follows_both_flags(void **state)
{
    (void)state;
    assert_false(irq(80));
    put(IMR, 1);
    assert_true(irq(80)); /* DINIS */
    put(CR, SHA256 | BYTES | INIT);
    for (unsigned i = 0; i < 17; i++)
        put(DIN, i);
    assert_false(irq(80));
    assert_int_equal(soc_next_event(&soc), env.now + 782);
    at(env.now + 782);
    assert_true(irq(80));
    put(IMR, 2);
    assert_false(irq(80));
    close_message(68);
    at(env.now + 3000);
    assert_true(irq(80));
    put(SR, 0);
    assert_false(irq(80));
}

static void a_reset_by_RCC_forgets_the_message(void **state)
{
    (void)state;
    fill();
    put(CR, SHA256 | BYTES | INIT);
    feed(message, 68); /* BUSY */
    put(IMR, 3);
    soc_rcc_reset(&soc, RCC_AHB2RSTR, 1u << 5);
    assert_int_equal(get(CR), 0);
    assert_int_equal(get(IMR), 0);
    assert_int_equal(get(SR), 1);
    assert_int_equal(get(CSR(0)), 2);
}

static void a_stuck_unit_stays_BUSY(void **state)
{
    (void)state;
    env.defects = VBOARD_DEFECT_HASH_STUCK;
    put(CR, SHA256 | BYTES | INIT);
    for (unsigned i = 0; i < 17; i++)
        put(DIN, i);
    at(env.now + 10 * SECOND);
    assert_int_equal(get(SR), BUSY);
    uint64_t from = env.now;
    put(DIN, 17); /* holds the bus */
    assert_int_equal(env.now - from, SECOND);
    put(CR, SHA256 | BYTES | INIT);
    assert_int_equal(get(SR), DINIS);
    put(DIN, 0);
    close_message(4);
    at(env.now + 10 * SECOND);
    assert_int_equal(get(SR), BUSY);
    env.defects = 0;
    put(CR, SHA256 | BYTES | INIT);
    fill();
    feed(message, 5);
    close_message(5);
    assert_true(right(5));
}

static void a_wrong_bit_is_one_bit(void **state)
{
    uint8_t ours[32], theirs[32];
    unsigned differ = 0;
    (void)state;
    fill();
    env.defects = VBOARD_DEFECT_HASH_BIT;
    put(CR, SHA256 | BYTES | INIT);
    feed(message, 100);
    close_message(100);
    digest(ours);
    assert_int_equal(EVP_Digest(message, 100, theirs, NULL, EVP_sha256(), NULL), 1);
    for (unsigned i = 0; i < 256; i++)
        differ += ((ours[i / 8] ^ theirs[i / 8]) >> i % 8 & 1) != 0;
    assert_int_equal(differ, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(all_lengths_agree_with_openssl),
        T(abc_and_nothing_are_the_standards_words),
        T(a_word_is_turned_as_it_enters),
        T(the_17th_word_starts_a_block),
        T(a_write_while_BUSY_waits_and_a_block_takes_66_cycles),
        T(it_follows_the_bus_clock),
        T(a_context_is_saved_and_restored_at_each_edge),
        T(a_shorter_save_gives_a_wrong_digest),
        T(a_context_that_is_not_ready_reads_0),
        T(NBLW_in_the_write_of_DCAL_comes_too_late),
        T(ALGO_counts_only_with_INIT),
        T(data_without_INIT_is_a_finding),
        T(the_digest_waits_and_does_not_come_by_itself),
        T(DMA_and_HMAC_are_not_modelled),
        T(the_line_follows_both_flags),
        T(a_reset_by_RCC_forgets_the_message),
        T(a_stuck_unit_stays_BUSY),
        T(a_wrong_bit_is_one_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
