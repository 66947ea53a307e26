/* The client half: captured answers, errors by name, bad answers, and whole updates against our own server over links
 * that lose, repeat and spoil things. */
#include "host/client/smp/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/server/inbox.h"
#include "core/smp/wire/errors.h"
#include "host/client/smp/console_link.h"
#include "testing/rig_smp.h"

/* ---- a server that says what the test wrote ---- */

struct canned {
    struct smp_link link;
    const char *const *answers; /* hex, NULL-terminated; "" is silence, "x" a packet too large */
    unsigned next, sends;
    uint8_t sent[SMP_PACKET_MAX];
    size_t sent_len;
};

static enum err canned_send(struct smp_link *l, const uint8_t *packet, size_t len)
{
    struct canned *k = CONTAINER_OF(l, struct canned, link);
    memcpy(k->sent, packet, len);
    k->sent_len = len;
    k->sends++;
    return ERR_OK;
}

static enum err canned_recv(struct smp_link *l, uint8_t *packet, size_t cap, size_t *len,
                            uint32_t timeout_ms)
{
    (void)timeout_ms;
    struct canned *k = CONTAINER_OF(l, struct canned, link);
    if (k->answers[k->next] == NULL || k->answers[k->next][0] == '\0') {
        k->next += k->answers[k->next] != NULL;
        return ERR_TIMEOUT;
    }
    const char *answer = k->answers[k->next++];
    if (answer[0] == 'x')
        return ERR_NOMEM;
    *len = smp_rig_unhex(packet, cap, answer);
    return ERR_OK;
}

static struct canned canned;
static struct smp_client c;

/* A client whose next request has sequence number seq, and a server with these answers. */
static void say(uint8_t seq, const char *const *answers)
{
    memset(&canned, 0, sizeof canned);
    canned.link = (struct smp_link){.send = canned_send, .recv = canned_recv};
    canned.answers = answers;
    smp_client_init(&c, &canned.link);
    c.seq = (uint8_t)(seq - 1);
    c.buf_size = 384;
}
#define SAY(seq, ...) say(seq, (const char *const[]){__VA_ARGS__, NULL})

static void captured_answers(void **state)
{
    (void)state;
    char text[64];
    uint32_t size, count;
    SAY(0, "0b00000a00000000bf61726568656c6c6fff");
    assert_int_equal(smp_echo(&c, "hello", text, sizeof text), ERR_OK);
    assert_string_equal(text, "hello");
    assert_memory_equal(canned.sent, "\x0a\0\0\x0a\0\0\0\0\xbf\x61\x64\x65hello\xff", 18);
    assert_int_equal(c.version, 1);
    SAY(1, "0300000a00000100bf61726568656c6c6fff"); /* E2: a v1 peer */
    assert_int_equal(smp_echo(&c, "hello", text, sizeof text), ERR_OK);
    assert_int_equal(c.version, 0);
    SAY(3, "0900001900000306bf686275665f73697a65190180696275665f636f756e7404ff");
    assert_int_equal(smp_params(&c, &size, &count), ERR_OK);
    assert_int_equal(size, 384);
    assert_int_equal(count, 4);
    SAY(0x0b, "0b00000200000b05bfff");
    assert_int_equal(smp_reset(&c, false), ERR_OK);
    /* Zephyr's: it does not know the third question. */
    SAY(5, "0900001500000508bf6a626f6f746c6f61646572674d4355626f6f74ff",
        "0900000800000608bf646d6f646509ff",
        "0900001300000708bf63657272bf6567726f75700062726303ffff");
    struct smp_bootloader b;
    assert_int_equal(smp_bootloader_info(&c, &b), ERR_OK);
    assert_string_equal(b.name, "MCUboot");
    assert_true(b.has_mode && b.mode == 9 && !b.no_downgrade);
    assert_true(b.signature == -1 && b.recovery == -1 && b.running_slot == -1);
    assert_true(b.image_count == 0 && *b.version == '\0');
}

/* Answers about the bootloader that cannot be: the third answer is spoilt, each in its way. */
static void bootloader_answers_that_cannot_be(void **state)
{
    (void)state;
#define ENTRY "bf65696d61676500ff"
    static const struct {
        const char *body;
        enum err want;
    } cases[] = {
        {"bf66696d616765739f" ENTRY "ffff", ERR_OK},
        {"bf66696d616765739f" ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY "ffff", ERR_OK},
        {"bf66696d616765739f" ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY "ffff",
         ERR_FORMAT},                                   /* more than we hold */
        {"bf66696d616765739fbfffffff", ERR_FORMAT},     /* which image? */
        {"bf66696d6167657305ff", ERR_FORMAT},           /* no list */
        {"bf687265636f766572791901 2cff", ERR_OK},      /* a number that none can be: left out */
        {"bf72626f6f746c6f616465725f76657273696f6e7820" /* a text with a NUL */
         "0000000000000000000000000000000000000000000000000000000000000000ff",
         ERR_FORMAT},
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        char answer[400];
        uint8_t bytes[200];
        size_t n = smp_rig_unhex(bytes, sizeof bytes, cases[i].body);
        snprintf(answer, sizeof answer, "0900%04x00000708%s", (unsigned)n, cases[i].body);
        SAY(5, "0900001500000508bf6a626f6f746c6f61646572674d4355626f6f74ff",
            "0900000800000608bf646d6f646509ff", answer);
        struct smp_bootloader b;
        assert_int_equal(smp_bootloader_info(&c, &b), cases[i].want);
        assert_int_equal(b.recovery, -1);
    }
}

#define LIST_E18                                                                                   \
    "090000f600012000bf66696d616765739fbf64736c6f74006776657273696f6e67312e322e332e34646861736858" \
    "20f3a3210b8f68e945"                                                                           \
    "f0c1c7ed1ad10cd3aa6f63617a0eada429b14f56c8a04c2e68626f6f7461626c65f56770656e64696e67f469636f" \
    "6e6669726d6564f46661"                                                                         \
    "6374697665f5697065726d616e656e74f4ffbf64736c6f74016776657273696f6e65302e302e3064686173685820" \
    "1baa222074cc805faf4e"                                                                         \
    "09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a68626f6f7461626c65f56770656e64696e67f469636f6e66" \
    "69726d6564f566616374"                                                                         \
    "697665f4697065726d616e656e74f4ffff6b73706c697453746174757300ff"

static void captured_lists(void **state)
{
    (void)state;
    struct smp_image_list list;
    SAY(0x20, LIST_E18);
    assert_int_equal(smp_image_list(&c, &list), ERR_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.image[0].version, "1.2.3.4");
    assert_int_equal(list.image[0].hash_len, 32);
    assert_int_equal(list.image[0].hash[0], 0xf3);
    assert_true(list.image[0].active && !list.image[0].confirmed && list.image[0].bootable);
    assert_int_equal(list.image[1].slot, 1);
    assert_true(list.image[1].confirmed && !list.image[1].active && !list.image[1].pending);
    /* As recovery sends it: rc 0, no flags, no hash, no splitStatus, definite lengths. */
#define LIST_RECOVERY "a262726300 66696d6167657381a264736c6f74006776657273696f6e65312e302e30"
    SAY(1, "0900002300010100" LIST_RECOVERY); /* length does not match */
    assert_int_equal(smp_image_list(&c, &list), ERR_TIMEOUT);
    SAY(1, "0900002200010100" LIST_RECOVERY);
    assert_int_equal(smp_image_list(&c, &list), ERR_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.image[0].hash_len, 0);
    struct smp_slot_list slots;
    SAY(2, "0900005100010206bf66696d616765739fbf65696d6167650065736c6f74739fbf64736c6f74006473697a6"
           "51a0001a000ffbf6473"
           "6c6f74016473697a651a0001a0006f75706c6f61645f696d6167655f696400ffffffffff");
    assert_int_equal(smp_image_slots(&c, &slots), ERR_OK);
    assert_int_equal(slots.count, 2);
    assert_int_equal(slots.slot[1].size, 0x1a000);
    assert_true(slots.slot[1].has_upload_id && !slots.slot[0].has_upload_id &&
                !slots.slot[1].has_max_size);
}

static void errors_have_names(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int group;
        uint32_t rc;
        const char *name, *rsn;
    } cases[] = {
        {"0b00001300010101bf63657272bf6567726f75700162726317ffff", 1, 23,
         "IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC", ""},
        {"0b00001400010101bf63657272bf6567726f757001627263181effff", 1, 30,
         "IMG_MGMT_ERR_INVALID_IMAGE_TOO_LARGE", ""},
        {"0b00001300010101bf63657272bf6567726f7570016272630cffff", 1, 12,
         "IMG_MGMT_ERR_FLASH_WRITE_FAILED", ""},
        {"0b00001300010101bf63726574bf6567726f7570016272630cffff", 1, 12,
         "IMG_MGMT_ERR_FLASH_WRITE_FAILED", ""},
        {"0300000600010101bf62726301ff", -1, 1, "MGMT_ERR_EUNKNOWN", ""},
        {"0b00000600010101bf62726308ff", -1, 8, "MGMT_ERR_ENOTSUP", ""},
        {"0b00000800010101bf627263190100ff", -1, 256, "MGMT_ERR_EPERUSER", ""},
        {"0b00001900010101bf62726301 6372736e6e6d61676963206d69736d61746368ff", -1, 1,
         "MGMT_ERR_EUNKNOWN", "magic mismatch"},
        {"0b00001500010101bf63657272bf6567726f75701863627263 187bffff", 99, 123, "unknown error",
         ""},
    };
    static uint8_t data[100];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct smp_upload u;
        print_message("%s\n", cases[i].answer);
        SAY(1, cases[i].answer);
        smp_upload_begin(&u, data, sizeof data, 0, false);
        assert_int_equal(smp_upload_step(&c, &u), ERR_PEER);
        assert_int_equal(c.error.group, cases[i].group);
        assert_int_equal(c.error.rc, cases[i].rc);
        assert_string_equal(smp_error_name(&c.error), cases[i].name);
        assert_string_equal(c.error.rsn, cases[i].rsn);
        assert_true(strlen(smp_error_text(&c.error)) > 4);
    }
}

static void strangers_are_skipped_and_silence_is_retried(void **state)
{
    (void)state;
    char text[8];
    const char *good = "0b00000600000700bf61726161ff";
    SAY(7, "x", "0b00000600000600bf61726161ff", "0b00000600010700bf61726161ff",
        "0b00000600000701bf61726161ff", "0900000600000700bf61726161ff",
        "0a00000600000700bf61726161ff", "0b0000", "0b00000700000700bf61726161ff", good);
    assert_int_equal(smp_echo(&c, "a", text, sizeof text), ERR_OK);
    assert_int_equal(canned.sends, 1);
    SAY(7, "", "0b00000600000600bf61726161ff", "", "", good);
    assert_int_equal(smp_echo(&c, "a", text, sizeof text), ERR_OK);
    assert_int_equal(canned.sends, 4);
    assert_int_equal(canned.sent[6], 7); /* the same number for every try */
    SAY(7, "", "", "", "", good);
    assert_int_equal(smp_echo(&c, "a", text, sizeof text), ERR_TIMEOUT);
    assert_int_equal(canned.sends, 4);
    SAY(7, "");
    assert_int_equal(smp_reset(&c, false), ERR_TIMEOUT);
    assert_int_equal(canned.sends, 1); /* never repeated */
}

static void answers_that_make_no_sense(void **state)
{
    (void)state;
    char text[4];
    struct smp_image_list list;
    uint32_t a, b;
    SAY(1, "0b00000200000100bfff");
    assert_int_equal(smp_echo(&c, "a", text, sizeof text), ERR_FORMAT);
    SAY(1, "0b00000100000100ff");
    assert_int_equal(smp_echo(&c, "a", text, sizeof text), ERR_FORMAT);
    SAY(1, "0b00000a00000100bf61726568656c6c6fff");
    assert_int_equal(smp_echo(&c, "hello", text, sizeof text), ERR_NOMEM); /* longer than cap */
    SAY(1, "0b00000a00000100bf63657272a062 6161ff");
    assert_int_equal(smp_echo(&c, "a", text, sizeof text), ERR_FORMAT);
    SAY(1, "0900001900000106bf686275665f73697a65190010696275665f636f756e7404ff");
    assert_int_equal(smp_params(&c, &a, &b), ERR_FORMAT); /* buf_size 16 */
    SAY(1, "0900000d00010100bf66696d6167657383a0a0a0ff");
    assert_int_equal(smp_image_list(&c, &list), ERR_FORMAT);
    char many[600] = "0900004000010100bf66696d616765739f";
    for (unsigned i = 0; i < SMP_IMAGES_MAX; i++)
        strcat(many, "a164736c6f7401");
    strcat(many, "ffff");
    snprintf(many + 4, 5, "%04zx", strlen(many) / 2 - 8);
    many[8] = '0';
    SAY(1, many);
    assert_int_equal(smp_image_list(&c, &list), ERR_OK);
    assert_int_equal(list.count, SMP_IMAGES_MAX);
    strcpy(many + strlen(many) - 4, "a164736c6f7401ffff");
    snprintf(many + 4, 5, "%04zx", strlen(many) / 2 - 8);
    many[8] = '0';
    SAY(1, many);
    assert_int_equal(smp_image_list(&c, &list), ERR_NOMEM);
    static const char *const offs[] = {"0b00000800010101bf636f66661865ff", "0b00000200010101bfff",
                                       "0b00000700010101bf636f666620ff"};
    for (size_t i = 0; i < ARRAY_LEN(offs); i++) { /* 101 of 100; none; negative */
        static uint8_t data[100];
        struct smp_upload u;
        SAY(1, offs[i]);
        smp_upload_begin(&u, data, sizeof data, 0, false);
        assert_int_equal(smp_upload_step(&c, &u), ERR_FORMAT);
    }
}

static void an_upload_without_progress_ends(void **state)
{
    (void)state;
    static uint8_t data[1000];
    struct smp_upload u;
    SAY(1, "0b00000700010101bf636f666600ff", "0b00000700010201bf636f666600ff",
        "0b00000700010301bf636f666600ff", "0b00000700010401bf636f666600ff");
    smp_upload_begin(&u, data, sizeof data, 0, false);
    enum err e = ERR_OK;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(smp_upload_step(&c, &u), ERR_OK);
    assert_int_equal(smp_upload_step(&c, &u), ERR_STATE);
    /* Forth and back without end, as a server with a failing flash does it. */
    static char answers[40][64];
    const char *list[41] = {NULL};
    for (unsigned i = 0; i < 40; i++) {
        snprintf(answers[i], sizeof answers[i], "0b0000080001%02x01bf636f666618%02xff", i + 1,
                 i % 2 ? 0 : 100);
        list[i] = answers[i];
    }
    say(1, list);
    smp_upload_begin(&u, data, sizeof data, 0, false);
    for (unsigned i = 0; i < 40 && e == ERR_OK; i++)
        e = smp_upload_step(&c, &u);
    assert_int_equal(e, ERR_STATE);
}

static void chunks_fill_the_server_buffer(void **state)
{
    (void)state;
    static uint8_t data[10000];
    for (uint32_t size = 160; size < 5000; size += 37) {
        struct smp_upload u;
        SAY(1, "0b00000800010101bf636f66661820ff", "0b00000800010201bf636f66661840ff");
        canned.link.overhead = 4;
        canned.link.max_packet = 1400;
        c.buf_size = size;
        smp_upload_begin(&u, data, sizeof data, 0, true);
        assert_int_equal(smp_upload_step(&c, &u), ERR_OK);
        assert_true(canned.sent_len <=
                    256); /* the first one waits for an erase, and is taken by any server */
        assert_int_equal(smp_upload_step(&c, &u), ERR_OK);
        uint32_t room = size - 4 < 1400 ? size - 4 : 1400;
        assert_true(canned.sent_len <= room);
        assert_true(canned.sent_len + 35 > room);
        assert_int_equal(u.chunk % 32, 0);
    }
    struct smp_upload u;
    SAY(1, "0b00000700010101bf636f666600ff");
    c.buf_size = 90;
    smp_upload_begin(&u, data, sizeof data, 0, false);
    assert_int_equal(smp_upload_step(&c, &u), ERR_NOMEM);
}

/* Raw packets have no frames: half of one would be taken for the beginning of the next. */
static void raw_packets_go_one_at_a_time(void **state)
{
    (void)state;
    static uint8_t data[10000];
    static struct smp_console_link line;
    struct smp_upload u;
    for (unsigned raw = 0; raw < 2; raw++) {
        smp_console_link_init(&line, NULL, NULL, NULL);
        smp_console_link_set_raw(&line, raw == 1);
        SAY(1, "0b00000800010101bf636f66661820ff");
        c.buf_count = 4;
        canned.link.one_at_a_time = line.link.one_at_a_time;
        smp_upload_begin(&u, data, sizeof data, 0, false);
        (void)!smp_upload_step(&c, &u);
        assert_int_equal(canned.sends, raw == 1 ? 1 : 3);
    }
}

/* Zephyr's smp_svr does not know the command; it was asked again before each of 351 chunks. */
static void a_server_without_params_is_asked_once(void **state)
{
    (void)state;
    static uint8_t data[1000];
    struct smp_upload u;
    uint32_t size, count;
    SAY(1, "0900000600000106bf62726308ff", "0b00000800010201bf636f66661820ff",
        "0b00000800010301bf636f66661840ff", "0b00000800010401bf636f66661860ff",
        "0900001900000506bf686275665f73697a65190100696275665f636f756e7404ff");
    c.buf_size = 0;
    smp_upload_begin(&u, data, sizeof data, 0, false);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(smp_upload_step(&c, &u), ERR_OK);
    assert_int_equal(canned.sends, 4);
    assert_int_equal(u.off, 0x60);
    assert_int_equal(smp_params(&c, &size, &count), ERR_OK); /* who asks, asks */
    assert_int_equal(size, 256);
    assert_false(c.no_params);
}

/* ---- against our own server ---- */

static struct rig rig;
static uint8_t image[64 * 1024];
static uint32_t image_len;

static int fresh(void **state)
{
    (void)state;
    smp_rig_small(&rig);
    uint32_t n = smp_rig_image(image, 3000, 1, 0, 0, 1);
    smp_rig_install(&rig, SLOT_PRIMARY, 0, image, n);
    image_len = smp_rig_image(image, 15000, 2, 0, 0, 9);
    return 0;
}

static int done(void **state)
{
    (void)state;
    smp_rig_free(&rig);
    return 0;
}

static void assert_update_works(void)
{
    struct smp_upload u;
    struct smp_image_list list;
    smp_upload_begin(&u, image, image_len, 0, true);
    for (unsigned i = 0; i < 2000 && !u.done; i++) {
        enum err e = smp_upload_step(&c, &u);
        if (e != ERR_OK && e != ERR_TIMEOUT)
            fail_msg("step: %d (%s)", e, smp_error_name(&c.error));
    }
    assert_true(u.done && u.has_match && u.match);
    assert_int_equal(smp_image_list(&c, &list), ERR_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.image[1].version, "2.0.0");
    assert_int_equal(smp_image_set_state(&c, list.image[1].hash, 32, false, &list), ERR_OK);
    assert_true(list.image[1].pending && !list.image[1].permanent);
    assert_int_equal(smp_image_erase(&c, -1), ERR_OK);
    assert_int_equal(smp_image_list(&c, &list), ERR_OK);
    assert_int_equal(list.count, 1);
}

static void an_update_over_a_perfect_link(void **state)
{
    (void)state;
    struct smp_rig_link l;
    struct smp_slot_list slots;
    smp_rig_link_init(&l, &rig);
    smp_client_init(&c, &l.link);
    assert_int_equal(smp_image_slots(&c, &slots), ERR_OK);
    assert_true(slots.slot[1].has_max_size);
    assert_int_equal(slots.slot[1].max_size, update_max_image_size(&rig.pair));
    assert_update_works();
    assert_int_equal(c.buf_size, SMP_RIG_BUF);
    struct smp_upload u;
    smp_upload_begin(&u, image, image_len, 0, false);
    image[0] ^= 1;
    assert_int_equal(smp_upload_step(&c, &u), ERR_PEER);
    assert_string_equal(smp_error_name(&c.error), "IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC");
}

static void updates_over_a_lossy_link(void **state)
{
    for (uint32_t seed = 1; seed <= 40; seed++) {
        struct smp_rig_link l;
        fresh(state);
        if (seed % 2 == 0)
            smp_rig_erase_beside(&rig, seed % 7);
        smp_rig_link_init(&l, &rig);
        l.seed = seed;
        l.loss = 40;
        l.duplicate = 40;
        smp_client_init(&c, &l.link);
        c.retries = 30;
        assert_update_works();
        smp_rig_free(&rig);
    }
    fresh(state);
}

/* ---- the same over console lines that noise gets into ---- */

struct noisy_port {
    struct smp_port port;
    struct smp_inbox inbox;
    uint8_t slots[4 * SMP_RIG_BUF], incoming[SMP_RIG_BUF];
    char wire[16384]; /* towards the client */
    size_t len, at;
    uint32_t seed;
    unsigned noise; /* per 256 lines */
};

static unsigned draw(struct noisy_port *p)
{
    p->seed = p->seed * 1664525u + 1013904223u;
    return p->seed >> 24;
}

static void put_wire(struct noisy_port *p, const char *text, size_t len)
{
    assert_true(p->len + len < sizeof p->wire);
    memcpy(p->wire + p->len, text, len);
    p->len += len;
}

/* One line, on which anything may happen. */
static enum err wire_line(void *ctx, const void *line, size_t len)
{
    struct noisy_port *p = ctx;
    static const char log[] = "[00:00:01.000,000] <inf> app: between the frames\r\n";
    char copy[256];
    memcpy(copy, line, len);
    put_wire(p, log, sizeof log - 1);
    if (draw(p) >= p->noise) {
        put_wire(p, line, len);
        return ERR_OK;
    }
    switch (draw(p) % 4) {
    case 0: /* lost */
        break;
    case 1: /* twice */
        put_wire(p, line, len);
        put_wire(p, line, len);
        break;
    case 2: /* one character wrong */
        copy[2 + draw(p) % (len - 3)] ^= 1;
        put_wire(p, copy, len);
        break;
    default: /* a log line inside */
        put_wire(p, line, len / 2);
        put_wire(p, log, sizeof log - 1);
        put_wire(p, copy + len / 2, len - len / 2);
    }
    return ERR_OK;
}

static void respond(void *ctx, const uint8_t *packet, size_t len)
{
    assert_int_equal(smp_console_encode(packet, len, wire_line, ctx), ERR_OK);
}

static enum err noisy_write(struct smp_port *port, const void *data, size_t len)
{
    struct noisy_port *p = CONTAINER_OF(port, struct noisy_port, port);
    const uint8_t *packet;
    size_t n;
    if (draw(p) >= p->noise)
        smp_inbox_put(&p->inbox, data, len);
    while ((packet = smp_inbox_peek(&p->inbox, &n)) != NULL) {
        smp_server_receive(&rig.server, packet, n, rig.response, sizeof rig.response, respond, p);
        smp_inbox_drop(&p->inbox);
    }
    return ERR_OK;
}

static enum err noisy_read(struct smp_port *port, void *dst, size_t cap, size_t *n,
                           uint32_t timeout_ms)
{
    (void)timeout_ms;
    struct noisy_port *p = CONTAINER_OF(port, struct noisy_port, port);
    if (p->at == p->len) {
        p->at = p->len = 0;
        return ERR_TIMEOUT;
    }
    *n = p->len - p->at < cap ? p->len - p->at : cap;
    memcpy(dst, p->wire + p->at, *n);
    p->at += *n;
    return ERR_OK;
}

static unsigned whole_lines;

static void count_lines(void *ctx, const char *text, size_t len, bool end_of_line)
{
    (void)ctx;
    static const char log[] = "[00:00:01.000,000] <inf> app: between the frames";
    whole_lines += end_of_line && len == sizeof log - 1 && memcmp(text, log, len) == 0;
}

static void updates_over_a_noisy_console(void **state)
{
    static struct noisy_port p;
    static struct smp_console_link link;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        fresh(state);
        memset(&p, 0, sizeof p);
        p.port = (struct smp_port){.write = noisy_write, .read = noisy_read};
        p.seed = seed;
        p.noise = seed == 1 ? 0 : 20;
        smp_inbox_init(&p.inbox, p.slots, SMP_RIG_BUF, 4, p.incoming);
        smp_console_link_init(&link, &p.port, count_lines, NULL);
        smp_client_init(&c, &link.link);
        c.retries = 30;
        whole_lines = 0;
        assert_update_works();
        assert_true(whole_lines > 50);
        smp_rig_free(&rig);
    }
    fresh(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captured_answers),
        cmocka_unit_test(bootloader_answers_that_cannot_be),
        cmocka_unit_test(captured_lists),
        cmocka_unit_test(errors_have_names),
        cmocka_unit_test(strangers_are_skipped_and_silence_is_retried),
        cmocka_unit_test(answers_that_make_no_sense),
        cmocka_unit_test(an_upload_without_progress_ends),
        cmocka_unit_test(chunks_fill_the_server_buffer),
        cmocka_unit_test(raw_packets_go_one_at_a_time),
        cmocka_unit_test(a_server_without_params_is_asked_once),
        cmocka_unit_test_setup_teardown(an_update_over_a_perfect_link, fresh, done),
        cmocka_unit_test_setup_teardown(updates_over_a_lossy_link, NULL, done),
        cmocka_unit_test_setup_teardown(updates_over_a_noisy_console, NULL, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
