/* Tests of what `slipway sign` and `verify` are made of: vectors of the format's description, Intel HEX, key files that
 * are none, and an image spoilt at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* One test freezes the library's random numbers, which EVP cannot. */
#undef OPENSSL_NO_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/base/bytes.h"
#include "host/image/encrypt.h"
#include "host/image/hex_file.h"
#include "host/image/image_part.h"
#include "host/image/keys/openssl.h"

/* ---- encryption: the vectors of the format's description ---- */

static struct recipient recipient_of(const char *pkcs8_head, const char *private_hex)
{
    struct recipient r = {0};
    uint8_t der[128];
    size_t len;
    const unsigned char *at = der;
    assert_true(cli_unhex(cli_text("%s%s", pkcs8_head, private_hex), der, sizeof der, &len));
    r.key.pkey = d2i_AutoPrivateKey(NULL, &at, (long)len);
    assert_non_null(r.key.pkey);
    assert_int_equal(key_identify("vector", &r.key), CLI_DONE);
    return r;
}

#define PRIVATE     "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
#define X25519_HEAD "302e020100300506032b656e04220420"
#define P256_HEAD   "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"

static const struct {
    uint16_t type;
    const char *head, *tlv;
} vectors[] = {
    {IMAGE_TLV_ENC_X25519, X25519_HEAD,
     "675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f"
     "4a54ddf685e67a7b3ed7e7e3badd1185862c16e1e1f7598c35671eb55c82bdd7"
     "36aca9d3cb0c77b187bd32043fc4b6dd"},
    {IMAGE_TLV_ENC_X25519_SHA512, X25519_HEAD,
     "675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f"
     "cd8b8d31e903d770126f44475cae27630608f5f9b4fd148a25eca11c6c785cd4"
     "f6f75d8cc5e8491cd0682cccbdaf7e98d3a4e4c8439b681406b1338536885507"
     "f6a603162682330ae414470e335885db"},
    {IMAGE_TLV_ENC_EC256, P256_HEAD,
     "04bf97d0ee1866aac6f80826ebadc42f3d81e1b6b8f298f5d3ebe7542b7cb483a7"
     "de8f14ddde9aa2e765b2e60ece60cfa1b095683a8f6f62af8bacee7f4dfa18ea"
     "22691dc6b206a0a609d310bc0b721847d91da310e8467dfa5eb3ce075676eaa6"
     "73ca64e5eef893825b33a3c44314b8c3"},
};

static void wrapped_keys_of_others_unwrap(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        uint8_t tlv[256], key[32];
        size_t len, key_len;
        struct recipient r = recipient_of(vectors[i].head, PRIVATE);
        assert_true(cli_unhex(vectors[i].tlv, tlv, sizeof tlv, &len));
        assert_true(encryption_unwrap(vectors[i].type, tlv, len, &r, key, &key_len));
        assert_int_equal(key_len, 16);
        for (unsigned n = 0; n < 16; n++)
            assert_int_equal(key[n], 0xa0 + n);
        for (size_t at = 0; at < len; at++) { /* tag, key and point are all bound */
            tlv[at] ^= 1;
            assert_false(encryption_unwrap(vectors[i].type, tlv, len, &r, key, &key_len));
            tlv[at] ^= 1;
        }
        for (size_t cut = 0; cut < len; cut++)
            assert_false(encryption_unwrap(vectors[i].type, tlv, cut, &r, key, &key_len));
        recipient_free(&r);
    }
    cli_release();
}

static void what_is_wrapped_unwraps(void **state)
{
    (void)state;
    static const enum key_type types[] = {KEY_RSA2048, KEY_P256, KEY_X25519};
    for (size_t i = 0; i <= ARRAY_LEN(types); i++)
        for (size_t len = 16; len <= 32; len += 16)
            for (int wide = 0; wide < 2; wide++) {
                struct encryption e;
                struct recipient r = {0};
                uint8_t key[32];
                size_t key_len;
                if (i < ARRAY_LEN(types))
                    assert_int_equal(key_generate(&key_kinds[types[i]], &r.key), CLI_DONE);
                else
                    r.kek_len = len;
                assert_int_equal(encryption_make(&e, &r, len, wide == 1, false), CLI_DONE);
                assert_true(encryption_unwrap(e.cipher.tlv_type, e.tlv, e.cipher.tlv_len, &r, key,
                                              &key_len));
                assert_int_equal(key_len, len);
                assert_memory_equal(key, e.key, len);
                e.tlv[e.cipher.tlv_len - 1] ^= 1;
                assert_false(encryption_unwrap(e.cipher.tlv_type, e.tlv, e.cipher.tlv_len, &r, key,
                                               &key_len));
                recipient_free(&r);
            }
    cli_release();
}

/* RFC 3394, 4.1 and 4.6. */
static void key_wrap_is_the_rfcs(void **state)
{
    (void)state;
    struct recipient r = {.kek_len = 16};
    uint8_t tlv[40], key[32], want[32];
    size_t len, key_len;
    for (uint8_t i = 0; i < 32; i++)
        r.kek[i] = i;
    assert_true(
        cli_unhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", tlv, sizeof tlv, &len));
    assert_true(cli_unhex("00112233445566778899aabbccddeeff", want, sizeof want, &len));
    assert_true(encryption_unwrap(IMAGE_TLV_ENC_KW, tlv, 24, &r, key, &key_len));
    assert_memory_equal(key, want, 16);
    r.kek_len = 32;
    assert_true(
        cli_unhex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02"
                  "dd21",
                  tlv, sizeof tlv, &len));
    assert_true(cli_unhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f", want,
                          sizeof want, &len));
    assert_true(encryption_unwrap(IMAGE_TLV_ENC_KW, tlv, 40, &r, key, &key_len));
    assert_memory_equal(key, want, 32);
    cli_release();
}

/* ---- Intel HEX ---- */

static void hex_goes_there_and_back(void **state)
{
    (void)state;
    static const struct {
        uint32_t address;
        size_t len, gap, second;
    } cases[] = {{0, 1, 0, 0},           {0x08000000, 16, 0, 0}, {0x0800fff8, 33, 0, 0},
                 {0xfff0, 16, 0, 0},     {0xfff0, 17, 0, 0},     {0x0801fff1, 131100, 5, 7},
                 {0x10000, 3, 70000, 1}, {0xffffffe0, 32, 0, 0}, {0, 65536, 1, 65536}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t *bytes = cli_memory(cases[i].len + cases[i].gap + cases[i].second);
        for (size_t n = 0; n < cases[i].len + cases[i].gap + cases[i].second; n++)
            bytes[n] =
                n < cases[i].len || n >= cases[i].len + cases[i].gap ? (uint8_t)(n * 7) : 0xff;
        const size_t behind = cases[i].len + cases[i].gap;
        const struct hex_chunk chunks[] = {
            {cases[i].address, bytes, cases[i].len},
            {cases[i].address + (uint32_t)behind, bytes + behind, cases[i].second}};
        size_t len;
        unsigned line;
        struct hex_image image;
        char *text = hex_text(chunks, cases[i].second != 0 ? 2 : 1, &len);
        assert_non_null(text);
        assert_null(hex_parse(text, len, &image, &line));
        assert_int_equal(image.base, cases[i].address);
        assert_int_equal(image.bytes.len, behind + cases[i].second);
        assert_memory_equal(image.bytes.data, bytes, image.bytes.len);
        free(text);
    }
    cli_release();
}

/* Option bytes of another family, and external flash: a valid file, whose addresses are named. */
static void hex_of_several_memories_names_them(void **state)
{
    static const char sound[] = ":020000040802F0\n:0100000055AA\n:0100010055A9\n"
                                ":020000049000"
                                "6A\n:0100000055AA\n:00000001FF\n";
    struct hex_image image;
    unsigned line;
    (void)state;
    const char *wrong = hex_parse(sound, sizeof sound - 1, &image, &line);
    assert_non_null(wrong);
    assert_true(image.spread);
    assert_non_null(strstr(wrong, "0x08020000 to 0x08020001, 0x90000000 to 0x90000000"));
    cli_release();
}

static void hex_that_is_none_is_refused_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line; /* 0: the file as a whole */
        const char *why;
    } cases[] = {
        {"", 1, "cut off"},
        {":00000001FF\n", 0, "no data"},
        {":0100000055AA\n", 2, "cut off"},
        {":0100000055AB\n:00000001FF\n", 1, "checksum"},
        {":0200000055AA\n:00000001FF\n", 1, "length"},
        {"0100000055AA\n", 1, "':'"},
        {":01000000 55AA\n", 1, "':'"},
        {":010000005GAA\n", 1, "':'"},
        {":01000000\n", 1, "':'"},
        {":00000006FA\n", 1, "unknown"},
        {":0100000400FB\n", 1, "another length"},
        {":0100000055AA\n:0100000055AA\n:00000001FF\n", 0, "twice"},
        {":0200000011229B\n", 1, "checksum"},
        {":02000000112 2CB\n", 1, "':'"},
        {":020000040000FA\n:0100000055AA\n:020000047FFF7C\n:0100000055AA\n:00000001FF\n", 0,
         "64 MB"},
        {":02000004FFFFFC\n:02FFFF00000000\n:00000001FF\n", 2, "4 GB"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hex_image image;
        unsigned line;
        const char *wrong = hex_parse(cases[i].text, strlen(cases[i].text), &image, &line);
        assert_non_null(wrong);
        if (strstr(wrong, cases[i].why) == NULL)
            fail_msg("case %zu: '%s' instead of '%s'", i, wrong, cases[i].why);
        if (strcmp(cases[i].why, "cut off") != 0)
            assert_int_equal(line, cases[i].line);
    }
    cli_release();
}

/* ---- keys ---- */

static char folder[] = "/tmp/slipway-images.XXXXXX";

static const char *put(const char *name, const void *bytes, size_t len)
{
    const char *path = cli_text("%s/%s", folder, name);
    assert_int_equal(cli_write_file(path, bytes, len, 0600), CLI_DONE);
    return path;
}

static struct cli_blob pem_of(const struct key *k, bool private)
{
    struct cli_blob b;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    assert_non_null(bio);
    assert_int_equal(private ? PEM_write_bio_PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL)
                             : PEM_write_bio_PUBKEY(bio, k->pkey),
                     1);
    b.len = (size_t)BIO_get_mem_data(bio, &text);
    b.data = cli_memory(b.len);
    memcpy(b.data, text, b.len);
    BIO_free(bio);
    return b;
}

/* What `openssl ecparam -genkey`, pkcs12 and people put around a private key. */
static void a_key_is_found_among_other_blocks(void **state)
{
    static const char parameters[] = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                                     "-----END EC PARAMETERS-----\n";
    static const char certificate[] = "Bag Attributes\n    localKeyID: 01\n-----BEGIN "
                                      "CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    struct key k, other, loaded;
    (void)state;
    assert_int_equal(key_generate(&key_kinds[KEY_P256], &k), CLI_DONE);
    assert_int_equal(key_generate(&key_kinds[KEY_P256], &other), CLI_DONE);
    const char *private = (const char *)pem_of(&k, true).data;
    const char *public = (const char *)pem_of(&k, false).data;
    const struct {
        const char *text;
        bool is_private;
    } cases[] = {
        {cli_text("%s%s", parameters, private), true},
        {cli_text("%s%s", public, private), true},
        {cli_text("%s%s%s", private, public, certificate), true},
        {cli_text("\xef\xbb\xbf%s\r\n%s", certificate, private), true},
        {cli_text("%s%s", certificate, public), false},
        {cli_text("%s%s", parameters, public), false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct cli_blob b = {(uint8_t *)(uintptr_t)cases[i].text, strlen(cases[i].text)};
        assert_int_equal(key_decode(&b, &loaded), CLI_DONE);
        assert_int_equal(loaded.is_private, cases[i].is_private);
        assert_memory_equal(loaded.pub, k.pub, k.pub_len);
        key_free(&loaded);
    }
    const char *both = cli_text("%s%s", private, (const char *)pem_of(&other, true).data);
    const struct cli_blob two = {(uint8_t *)(uintptr_t)both, strlen(both)};
    assert_int_equal(key_decode(&two, &loaded), CLI_BAD_FILE); /* which? */
    key_free(&k);
    key_free(&other);
    cli_release();
}

/* A key file cut off at any length is refused, and never mistaken for another. */
static void truncated_keys_are_refused(void **state)
{
    (void)state;
    static const enum key_type types[] = {KEY_P256, KEY_ED25519};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct key k, loaded;
        struct cli_blob der;
        assert_int_equal(key_generate(&key_kinds[types[i]], &k), CLI_DONE);
        assert_int_equal(key_private_der(&k, KEY_FORM_PKCS8, false, &der), CLI_DONE);
        for (size_t cut = 0; cut < der.len; cut++)
            assert_int_equal(key_load_unasked(put("k", der.data, cut), &loaded), CLI_BAD_FILE);
        assert_int_equal(key_load_unasked(put("k", der.data, der.len), &loaded), CLI_DONE);
        assert_true(loaded.is_private);
        assert_memory_equal(loaded.pub, k.pub, k.pub_len);
        key_free(&loaded);
        const char *pem = key_private_pem(&k, NULL);
        for (size_t cut = 0; cut < strlen(pem) - 2; cut += 7)
            assert_int_equal(key_load_unasked(put("k", pem, cut), &loaded), CLI_BAD_FILE);
        pem = key_private_pem(&k, "secret");
        assert_int_equal(key_load_unasked(put("k", pem, strlen(pem)), &loaded), CLI_BAD_FILE);
        key_free(&k);
        cli_release();
    }
    unlink(cli_text("%s/k", folder));
    cli_release();
}

/* imgtool would overwrite a key without a warning. */
static void a_key_is_not_replaced_unless_told_to(void **state)
{
    (void)state;
    const char *path = put("key", "precious", 8);
    struct stat st;
    struct cli_blob b;
    char *words[] = {strdup("slipway"), strdup("keygen"), strdup("-t"),     strdup("ed25519"),
                     strdup("-k"),      strdup(path),     strdup("--force")};
    assert_int_equal(chmod(path, 0666), 0);
    path = words[5];
    assert_int_equal(cli_run(6, words), CLI_BAD_FILE);
    assert_int_equal(cli_read_file(path, 100, &b), CLI_DONE);
    assert_string_equal((const char *)b.data, "precious");
    assert_int_equal(cli_run(7, words), CLI_DONE);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600); /* not the old one's */
    unlink(path);
    assert_int_equal(cli_run(6, words), CLI_DONE);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    unlink(path);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        free(words[i]);
}

/* A compressed public point, or a missing one, gives the same public key. */
static void short_points_give_the_same_bytes(void **state)
{
    (void)state;
    for (int curve = 0; curve < 2; curve++) {
        struct key k, loaded;
        const struct key_kind *kind = &key_kinds[curve == 0 ? KEY_P256 : KEY_P384];
        assert_int_equal(key_generate(kind, &k), CLI_DONE);
        assert_int_equal(EVP_PKEY_set_utf8_string_param(
                             k.pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"),
                         1);
        const char *pem = key_private_pem(&k, NULL);
        assert_int_equal(key_load_unasked(put("k", pem, strlen(pem)), &loaded), CLI_DONE);
        assert_int_equal(loaded.pub_len, k.pub_len);
        assert_memory_equal(loaded.pub, k.pub, k.pub_len);
        key_free(&loaded);
        assert_int_equal(EVP_PKEY_set_int_param(k.pkey, OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, 0), 1);
        pem = key_private_pem(&k, NULL);
        assert_int_equal(key_load_unasked(put("k", pem, strlen(pem)), &loaded), CLI_DONE);
        assert_int_equal(loaded.pub_len, k.pub_len);
        assert_memory_equal(loaded.pub, k.pub, k.pub_len);
        key_free(&loaded);
        key_free(&k);
        cli_release();
    }
    unlink(cli_text("%s/k", folder));
    cli_release();
}

/* ---- nonces ---- */

/* The part of an ECDSA signature that shows its nonce. */
static const char *r_of(const uint8_t *sig, size_t len)
{
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &sig, (long)len);
    assert_non_null(s);
    char *hex = BN_bn2hex(ECDSA_SIG_get0_r(s));
    const char *text = cli_text("%s", hex);
    OPENSSL_free(hex);
    ECDSA_SIG_free(s);
    return text;
}

static const char *sign_and_check(const struct key *k, const uint8_t *digest, size_t digest_len)
{
    uint8_t sig[IMAGE_SIG_MAX];
    size_t len = 0;
    const struct image_signer s = key_signer(k);
    const struct image_to_sign what = {.digest = digest, .digest_len = digest_len};
    assert_int_equal(s.sign(&s, &what, sig, &len), ERR_OK);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k->pkey, NULL);
    assert_int_equal(EVP_PKEY_verify_init(c), 1);
    assert_int_equal(EVP_PKEY_verify(c, sig, len, digest, digest_len), 1);
    EVP_PKEY_CTX_free(c);
    return r_of(sig, len);
}

static int the_same(unsigned char *out, int len)
{
    memset(out, 0x5a,
           (size_t)len); /* not zeros: the library draws again until it has something else */
    return 1;
}

static int ready(void)
{
    return 1;
}

/* A machine that was set back to a snapshot draws the same random numbers again. Two digests with one nonce give the
 * key away; the nonce depends on the digest. That one digest has one nonce shows that the numbers do repeat. */
static void frozen_random_numbers_give_no_nonce_twice(void **state)
{
    (void)state;
    static const RAND_METHOD frozen = {.bytes = the_same, .pseudorand = the_same, .status = ready};
    static const struct {
        enum key_type type;
        size_t digest_len;
    } kinds[] = {{KEY_P256, 32}, {KEY_P384, 48}};
    const RAND_METHOD *before = RAND_get_rand_method();
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        uint8_t first[48] = {1}, second[48] = {2};
        struct key k;
        assert_int_equal(key_generate(&key_kinds[kinds[i].type], &k), CLI_DONE);
        const char *r = sign_and_check(&k, first, kinds[i].digest_len);
        assert_string_not_equal(sign_and_check(&k, first, kinds[i].digest_len), r);
        assert_int_equal(RAND_set_rand_method(&frozen), 1);
        r = sign_and_check(&k, first, kinds[i].digest_len);
        assert_string_equal(sign_and_check(&k, first, kinds[i].digest_len), r);
        assert_string_not_equal(sign_and_check(&k, second, kinds[i].digest_len), r);
        assert_int_equal(RAND_set_rand_method(before), 1);
        key_free(&k);
    }
    cli_release();
}

/* The size of a pipe is not known: the buffer grows, and the room around the bytes with it. */
static void files_and_pipes_read_alike(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 300000, 1u << 20};
    const struct cli_room room = {1024, 4096};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        for (int pipe = 0; pipe < 2; pipe++) {
            struct cli_blob want = {cli_memory(sizes[i]), sizes[i]}, b;
            for (size_t n = 0; n < sizes[i]; n++)
                want.data[n] = (uint8_t)(n * 7 + n / 251);
            const char *path = put("f", want.data, want.len);
            const char *from = pipe ? "/dev/stdin" : path;
            int kept = dup(STDIN_FILENO);
            FILE *f = pipe ? popen(cli_text("cat %s", path), "r") : NULL;
            if (pipe)
                assert_true(dup2(fileno(f), STDIN_FILENO) >= 0);
            assert_int_equal(cli_read_file_within(from, 1u << 20, room, &b), CLI_DONE);
            if (pipe)
                pclose(f);
            dup2(kept, STDIN_FILENO);
            close(kept);
            assert_int_equal(b.len, want.len);
            assert_memory_equal(b.data, want.data, b.len);
            memset(b.data - room.front, 1, room.front + b.len + room.back); /* it is all ours */
            assert_int_equal(cli_read_file_within(path, sizes[i] / 2, room, &b),
                             sizes[i] == 0 ? CLI_DONE : CLI_BAD_FILE);
            cli_release();
        }
    unlink(cli_text("%s/f", folder));
    cli_release();
}

static void odd_keys_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *algorithm, *name;
        int bits;
    } odd[] = {{"RSA", NULL, 1024},    {"RSA", NULL, 2056}, {"EC", "secp521r1", 0},
               {"EC", "secp256k1", 0}, {"ED448", NULL, 0},  {"X448", NULL, 0}};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        EVP_PKEY *pkey = odd[i].bits != 0      ? EVP_RSA_gen((unsigned)odd[i].bits)
                         : odd[i].name != NULL ? EVP_EC_gen(odd[i].name)
                                               : EVP_PKEY_Q_keygen(NULL, NULL, odd[i].algorithm);
        struct key k = {.pkey = pkey};
        assert_non_null(pkey);
        assert_int_equal(key_identify("odd", &k), CLI_BAD_FILE);
        key_free(&k);
        cli_release();
    }
}

/* ---- images ---- */

/* Changing any byte of an image must be noticed, with each kind of key. */
static void every_byte_of_every_kind_counts(void **state)
{
    (void)state;
    static const uint8_t program[] = "a short program";
    for (size_t i = 0; i < KEY_KINDS; i++)
        for (int pure = 0; pure < 2; pure++) {
            const struct key_kind *kind = &key_kinds[i];
            static uint8_t out[140000];
            struct image_built built;
            struct image_report report;
            struct key k;
            if (kind->signature_tlv == 0 || (pure == 1 && kind->type != KEY_ED25519))
                continue;
            assert_int_equal(key_generate(kind, &k), CLI_DONE);
            const struct image_signer signer = key_signer(&k);
            const struct image_plan plan = {
                .hdr_size = 32,
                .pad_header = true,
                .erased = 0xff,
                .input = program,
                .input_len = sizeof program,
                .has_security_counter = true,
                .signer = &signer,
                .digest = digest_find(pure == 1 ? "SHA512" : kind->digests[0]),
                .pure = pure == 1,
            };
            assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_OK);
            const struct image_key key = key_public(&k);
            const struct cli_blob b = {out, built.len};
            assert_int_equal(image_check(&b, &key, 1, kind, &report), IMAGE_GENUINE);
            const size_t sig_at = built.len - built.signature_len;
            for (size_t at = 0; at < built.len; at++) {
                bool spare = kind->signature_tlv == IMAGE_TLV_ECDSA_SIG && at >= sig_at;
                out[at] ^= 0x10;
                bool taken = image_check(&b, &key, 1, kind, &report) == IMAGE_GENUINE;
                out[at] ^= 0x10;
                if (taken && !spare) /* a DER INTEGER's leading zero is not looked at */
                    fail_msg("%s: byte %zu may change", kind->name, at);
            }
            for (size_t cut = 0; cut < built.len; cut++) {
                const struct cli_blob part = {out, cut};
                assert_int_equal(image_check(&part, &key, 1, kind, &report), IMAGE_REFUSED);
            }
            key_free(&k);
            cli_release();
        }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* ---- where a program has its vectors ---- */

static void a_table_behind_the_header_size_is_found(void **state)
{
    static const struct {
        uint8_t fill;
        uint32_t room, sp, reset;
        int code;
    } cases[] = {
        {0, 0x200, 0x20001000, 0x08020441, CLI_REFUSED},
        {0xff, 0x200, 0x24080000, 0x24000001, CLI_REFUSED},
        {0, 0x80, 0x20001000, 0x00000401, CLI_REFUSED},
        {0, 0xe00, 0x20001000, 0x08020441, CLI_REFUSED},
        {0, 0, 0x20001000, 0x08020441, CLI_DONE},     /* in its place */
        {0, 0x204, 0x20001000, 0x08020441, CLI_DONE}, /* VTOR cannot point there */
        {0, 0x200, 0x20001000, 0x08020440, CLI_DONE}, /* data, as are the rest: no Thumb address */
        {0, 0x200, 0x20001000, 0x60000001, CLI_DONE}, /* no code there */
        {0, 0x200, 0x20001002, 0x08020441, CLI_DONE}, /* no stack */
        {0, 0x200, 0x10000000, 0x08020441, CLI_DONE}, /* not in RAM */
        {0x55, 0x200, 0x20001000, 0x08020441, CLI_DONE}, /* not a room */
        {0, 0x200, 0, 0, CLI_DONE},
        {0xff, 0x200, 0xffffffff, 0xffffffff, CLI_DONE},
    };
    struct image_header h = {.hdr_size = 0x200};
    uint8_t image[0x2000];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        memset(image, cases[i].fill, sizeof image);
        put_le32(image + 0x200 + cases[i].room, cases[i].sp);
        put_le32(image + 0x204 + cases[i].room, cases[i].reset);
        assert_int_equal(image_vectors_check_image("it", image, sizeof image, &h), cases[i].code);
        for (size_t len = 0x200; len < 0x208 + cases[i].room; len++) /* cut off: says nothing */
            assert_int_equal(image_vectors_check("it", image + 0x200, len - 0x200, 0x200),
                             CLI_DONE);
    }
    memset(image, 0, sizeof image);
    put_le32(image + 0x400, 0x20001000);
    put_le32(image + 0x404, 0x08020441);
    static const uint32_t no_program[] = {IMAGE_FLAG_NON_BOOTABLE, IMAGE_FLAG_COMPRESSED_LZMA2};
    for (size_t i = 0; i < ARRAY_LEN(no_program); i++) {
        h.flags = no_program[i];
        assert_int_equal(image_vectors_check_image("it", image, sizeof image, &h), CLI_DONE);
    }
    cli_release();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrapped_keys_of_others_unwrap),
        cmocka_unit_test(what_is_wrapped_unwraps),
        cmocka_unit_test(key_wrap_is_the_rfcs),
        cmocka_unit_test(hex_goes_there_and_back),
        cmocka_unit_test(hex_of_several_memories_names_them),
        cmocka_unit_test(hex_that_is_none_is_refused_by_line),
        cmocka_unit_test(a_key_is_found_among_other_blocks),
        cmocka_unit_test(truncated_keys_are_refused),
        cmocka_unit_test(a_key_is_not_replaced_unless_told_to),
        cmocka_unit_test(short_points_give_the_same_bytes),
        cmocka_unit_test(frozen_random_numbers_give_no_nonce_twice),
        cmocka_unit_test(files_and_pipes_read_alike),
        cmocka_unit_test(odd_keys_are_refused),
        cmocka_unit_test(every_byte_of_every_kind_counts),
        cmocka_unit_test(a_table_behind_the_header_size_is_found),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
