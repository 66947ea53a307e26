/* Tests of the device commands against a device in another process: links, whole updates, and what is said when
 * one fails. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/image/image.h"
#include "host/cli/core/cli.h"
#include "host/client/link/device_name.h"
#include "host/client/link/ports.h"
#include "host/image/hex_file.h"
#include "testing/client/fake_server.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

static const char *image_path, *hex_path, *bad_path, *encrypted_path;

static int set_up(void **state)
{
    static uint8_t image[256 * 1024];
    signal(SIGPIPE, SIG_IGN); /* as cli_run does */
    rig_folder_begin(state);
    image_path = rig_path("two.bin");
    hex_path = rig_path("two.signed.hex");
    bad_path = rig_path("bad.bin");
    encrypted_path = rig_path("encrypted.bin");
    size_t len = fake_image(image, sizeof image, 2, 60000);
    rig_save(image_path, image, len);
    const struct hex_chunk chunk = {0x08020000, image, len};
    size_t hex_len;
    char *hex = hex_text(&chunk, 1, &hex_len);
    assert_non_null(hex);
    rig_save(hex_path, (const uint8_t *)hex, hex_len);
    free(hex);
    image[5000] ^= 1;
    rig_save(bad_path, image, len);
    image[16] |= IMAGE_FLAG_ENCRYPTED_AES128; /* a payload that only the device can hash */
    rig_save(encrypted_path, image, len);
    return 0;
}

static int command(const struct fake_server *s, const char *fmt, ...)
{
    char words[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    return s != NULL ? rig_command("%s %s %s", words, s->option, s->address)
                     : rig_command("%s", words);
}

/* ---- names ---- */

static void device_names(void **state)
{
    (void)state;
    static const struct {
        enum device_kind kind;
        const char *text;
        bool ok;
        const char *place;
        unsigned number; /* baud or port */
    } cases[] = {
        {DEVICE_SERIAL, "/dev/ttyACM0", true, "/dev/ttyACM0", 115200},
        {DEVICE_SERIAL, "/dev/ttyACM0@921600", true, "/dev/ttyACM0", 921600},
        {DEVICE_SERIAL, "/dev/tty@fast", false, "", 0},
        {DEVICE_SERIAL, "", false, "", 0},
        {DEVICE_SERIAL, "@9600", false, "", 0},
        {DEVICE_SERIAL, "usb:0483:374E", true, "usb:0483:374E", 115200},
        {DEVICE_SERIAL, "usb:483:374e:06:6E@9600", true, "usb:483:374e:06:6E", 9600},
        {DEVICE_SERIAL, "usb:", false, "", 0},
        {DEVICE_SERIAL, "usb:0483", false, "", 0},
        {DEVICE_SERIAL, "usb:0483:", false, "", 0},
        {DEVICE_SERIAL, "usb:0483:374e:", false, "", 0},
        {DEVICE_SERIAL, "usb:00483:374e", false, "", 0},
        {DEVICE_SERIAL, "usb:0483:374e0", false, "", 0},
        {DEVICE_SERIAL, "usb:stm:374e", false, "", 0},
        {DEVICE_TCP, "localhost:5000", true, "localhost", 5000},
        {DEVICE_TCP, "[::1]:5000", true, "::1", 5000},
        {DEVICE_TCP, "localhost", false, "", 0},
        {DEVICE_TCP, "localhost:70000", false, "", 0},
        {DEVICE_TCP, "localhost:0", false, "", 0},
        {DEVICE_TCP, ":5000", false, "", 0},
        {DEVICE_UDP, "192.0.2.1", true, "192.0.2.1", 1337},
        {DEVICE_UDP, "192.0.2.1:1338", true, "192.0.2.1", 1338},
        {DEVICE_UDP, "2001:db8::1", true, "2001:db8::1", 1337},
        {DEVICE_UDP, "[2001:db8::1]:1338", true, "2001:db8::1", 1338},
        {DEVICE_UDP, "[2001:db8::1", false, "", 0},
        {DEVICE_UDP, "[2001:db8::1]x", false, "", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct device_name n;
        const char *why = NULL;
        assert_int_equal(device_name_parse(&n, cases[i].kind, cases[i].text, &why), cases[i].ok);
        if (!cases[i].ok) {
            assert_non_null(why);
            continue;
        }
        assert_string_equal(n.place, cases[i].place);
        assert_int_equal(cases[i].kind == DEVICE_SERIAL ? n.baud : n.port, cases[i].number);
    }
    struct device_name n;
    const char *why;
    assert_true(device_name_parse_any(&n, "udp:host", &why));
    assert_int_equal(n.kind, DEVICE_UDP);
    assert_true(device_name_parse_any(&n, "/dev/ttyUSB0", &why));
    assert_int_equal(n.kind, DEVICE_SERIAL);
    assert_false(device_name_parse_any(&n, "tcp:host", &why));
}

/* ---- links ---- */

static void a_datagram_too_long_is_dropped_whole(void **state)
{
    (void)state;
    struct link_udp u;
    int pair[2];
    uint8_t packet[100];
    size_t len = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    link_udp_init(&u, pair[0]);
    assert_int_equal(write(pair[1], rig_output, 101), 101);
    assert_int_equal(write(pair[1], rig_output, 100), 100);
    assert_int_equal(u.link.recv(&u.link, packet, sizeof packet, &len, 1000), ERR_NOMEM);
    assert_int_equal(u.link.recv(&u.link, packet, sizeof packet, &len, 1000), ERR_OK);
    assert_int_equal(len, 100);
    assert_int_equal(u.link.recv(&u.link, packet, sizeof packet, &len, 0), ERR_TIMEOUT);
    assert_int_equal(u.link.send(&u.link, packet, 5), ERR_OK);
    assert_int_equal(read(pair[1], packet, sizeof packet), 5);
    link_udp_close(&u);
    close(pair[1]);
}

/* What came before the hang-up is still delivered. */
static void a_port_that_hangs_up_says_so(void **state)
{
    (void)state;
    struct port_fd p;
    int pair[2];
    char text[8];
    size_t n = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    port_fd_init(&p, pair[0]);
    assert_int_equal(p.port.read(&p.port, text, sizeof text, &n, 0), ERR_TIMEOUT);
    assert_int_equal(write(pair[1], "last", 4), 4);
    close(pair[1]);
    assert_int_equal(p.port.read(&p.port, text, sizeof text, &n, 1000), ERR_OK);
    assert_int_equal(n, 4);
    assert_int_equal(p.port.read(&p.port, text, sizeof text, &n, 1000), ERR_CLOSED);
    assert_int_equal(p.port.write(&p.port, "x", 1), ERR_CLOSED);
    port_fd_close(&p);
    assert_int_equal(p.port.read(&p.port, text, sizeof text, &n, 0), ERR_CLOSED);
    assert_int_equal(p.port.write(&p.port, "x", 1), ERR_CLOSED);
}

static void every_link_carries_an_echo(void **state)
{
    (void)state;
    for (int kind = FAKE_UDP4; kind <= FAKE_RAW; kind++) {
        struct fake_server s;
        const char *raw = kind == FAKE_RAW ? " --raw" : "";
        fake_server_start(&s, (enum fake_kind)kind, FAKE_SOUND);
        assert_int_equal(command(&s, "echo hello --quiet%s", raw), CLI_DONE);
        assert_string_equal(rig_output, "hello\n");
        assert_int_equal(command(&s, "params --json%s", raw), CLI_DONE);
        rig_expect("\"buf_size\": 1024");
        fake_server_stop(&s);
    }
}

static void raw_packets_are_found_out(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_RAW, FAKE_SOUND);
    assert_int_equal(command(&s, "update %s", image_path), CLI_DONE);
    rig_expect("no answer in console framing, but to raw packets");
    rig_expect("update confirmed\n");
    fake_server_stop(&s);
}

static void device_from_the_environment(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_SOUND);
    setenv("SLIPWAY_DEVICE", cli_text("tcp:%s", s.address), 1);
    assert_int_equal(command(NULL, "echo hello"), CLI_DONE);
    unsetenv("SLIPWAY_DEVICE");
    fake_server_stop(&s);
}

static void silence_is_no_connection(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_SILENT);
    assert_int_equal(command(&s, "echo hello --timeout 1"), CLI_NO_CONNECTION);
    rig_expect("error: the device does not answer");
    rig_expect("next: ");
    fake_server_stop(&s);
    assert_int_equal(command(&s, "echo hello --timeout 1"), CLI_NO_CONNECTION); /* refused */
}

/* A socket on a port of its own that never answers. */
static int silent_socket(char *address, size_t cap)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    snprintf(address, cap, "127.0.0.1:%u", ntohs(a.sin_port));
    return fd;
}

static void retries_are_counted(void **state)
{
    (void)state;
    static const char *const options[] = {"--retries 0", "--retries 2", ""};
    static const unsigned sent[] = {1, 3, 4};
    char address[32], packet[100];
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        int fd = silent_socket(address, sizeof address);
        unsigned n = 0;
        assert_int_equal(rig_command("echo hello --udp %s --timeout 1 %s", address, options[i]),
                         CLI_NO_CONNECTION);
        while (recv(fd, packet, sizeof packet, MSG_DONTWAIT) > 0)
            n++;
        assert_int_equal(n, sent[i]);
        close(fd);
    }
    assert_int_equal(rig_command("echo hello --udp 127.0.0.1:9 --retries many"), CLI_USAGE);
}

static void a_closed_port_is_named(void **state)
{
    (void)state;
    char address[32];
    close(silent_socket(address, sizeof address));
    assert_int_equal(rig_command("echo hello --udp %s", address), CLI_NO_CONNECTION);
    rig_expect("the port is closed");
    rig_expect("next: check host and port number");
}

static void a_request_above_the_buffer_is_named(void **state)
{
    (void)state;
    struct fake_server s;
    char text[FAKE_BUF_SIZE + 1];
    memset(text, 'x', sizeof text);
    fake_server_start(&s, FAKE_PTY, FAKE_SOUND);
    text[FAKE_BUF_SIZE - 4 - 8 - 8] =
        '\0'; /* framing, header; {"d": "..."} and one byte more in the answer */
    assert_int_equal(command(&s, cli_text("echo %s", text)), CLI_DONE);
    text[FAKE_BUF_SIZE - 4 - 8 - 8] = 'x';
    text[FAKE_BUF_SIZE - 4] = '\0';
    assert_int_equal(command(&s, cli_text("echo %s", text)), CLI_REFUSED);
    rig_expect("the request is too long: this device takes 1020 bytes at a time");
    rig_expect("slipway params");
    fake_server_stop(&s);
}

static void any_command_by_its_numbers(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_PTY, FAKE_SOUND);
    assert_int_equal(command(&s, "smp 0 6"), CLI_DONE);
    assert_string_equal(rig_output, "{\n  \"buf_size\": 1024,\n  \"buf_count\": 4\n}\n");
    assert_int_equal(command(&s, "smp 0 0 {\"d\":\"hello\"} --write --quiet"), CLI_DONE);
    assert_string_equal(rig_output, "{\n  \"r\": \"hello\"\n}\n");
    assert_int_equal(command(&s, "smp 1 0"), CLI_DONE);
    rig_expect("\"version\": \"1.0.0\"");
    rig_expect("\"$bytes\": \"");
    assert_int_equal(command(&s, "smp 1 0 --write {\"hash\":{\"$bytes\":\"00\"}}"), CLI_REFUSED);
    rig_expect("IMG_MGMT_ERR_INVALID_HASH");
    assert_int_equal(command(&s, "smp 64 0"), CLI_REFUSED);
    rig_expect("MGMT_ERR_ENOTSUP");
    assert_int_equal(command(&s, "smp 0 0 {\"d\":}"), CLI_USAGE);
    rig_expect("the JSON is not what an SMP command takes");
    rig_expect("column");
    assert_int_equal(command(&s, "smp 65536 0"), CLI_USAGE);
    assert_int_equal(command(&s, "smp 0 256"), CLI_USAGE);
    fake_server_stop(&s);
}

/* ---- updates ---- */

static void update_ends_confirmed(void **state)
{
    (void)state;
    static const enum fake_kind kinds[] = {FAKE_UDP4, FAKE_TCP, FAKE_PTY};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct fake_server s;
        fake_server_start(&s, kinds[i], FAKE_SOUND);
        assert_int_equal(command(&s, "update %s", image_path), CLI_DONE);
        rig_expect("running  1.0.0 in slot 0, confirmed");
        rig_expect("upload 100 %");
        rig_expect("running  2.0.0 in slot 0, not confirmed");
        rig_expect("update confirmed\n");
        assert_int_equal(command(&s, "image list"), CLI_DONE);
        rig_expect("0    0  2.0.0         active confirmed");
        assert_int_equal(command(&s, "update %s", image_path), CLI_REFUSED); /* runs already */
        rig_expect("already runs this image");
        fake_server_stop(&s);
    }
}

static void update_in_steps_by_hand(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_SOUND);
    assert_int_equal(command(&s, "image upload %s", image_path), CLI_DONE);
    rig_expect("uploaded 2.0.0");
    assert_int_equal(command(&s, "image test %s", image_path), CLI_DONE);
    rig_expect("pending");
    assert_int_equal(command(&s, "reset --wait 10"), CLI_DONE);
    assert_int_equal(command(&s, "image list --json"), CLI_DONE);
    rig_expect("\"version\": \"2.0.0\"");
    assert_int_equal(command(&s, "image erase"), CLI_REFUSED); /* the way back is in there */
    rig_expect("IMG_MGMT_ERR_NO_FREE_SLOT");
    assert_int_equal(command(&s, "image confirm"), CLI_DONE);
    rig_expect("active confirmed");
    assert_int_equal(command(&s, "image erase"), CLI_DONE);
    assert_int_equal(command(&s, "image slots"), CLI_DONE);
    rig_expect("917504");
    fake_server_stop(&s);
}

/* The .hex that a build leaves beside the .bin is as good. */
static void a_signed_hex_is_an_image(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_SOUND);
    assert_int_equal(command(&s, "image upload %s", hex_path), CLI_DONE);
    rig_expect("uploaded 2.0.0");
    assert_int_equal(command(&s, "image test %s", hex_path), CLI_DONE);
    assert_int_equal(command(&s, "update %s", hex_path), CLI_DONE);
    rig_expect("update confirmed\n");
    fake_server_stop(&s);
}

static void copy_file(const char *from, const char *to)
{
    static uint8_t bytes[1 << 20];
    FILE *f = fopen(from, "r");
    assert_non_null(f);
    size_t len = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    rig_save(to, bytes, len);
}

/* Under another name than .hex the commands said "sign the program", and that such a file's name must end in .hex. */
static void intel_hex_is_known_by_its_content(void **state)
{
    (void)state;
    struct fake_server s;
    const char *path = rig_path("two.signed");
    copy_file(hex_path, path);
    assert_int_equal(command(NULL, "verify %s", path), CLI_DONE);
    assert_int_equal(command(NULL, "dumpinfo %s", path), CLI_DONE);
    assert_int_equal(command(NULL, "diff %s %s", path, image_path), CLI_DONE);
    rig_expect("the images are equal");
    fake_server_start(&s, FAKE_TCP, FAKE_SOUND);
    assert_int_equal(command(&s, "image upload %s", path), CLI_DONE);
    assert_int_equal(command(&s, "image test %s", path), CLI_DONE);
    assert_int_equal(command(&s, "update %s", path), CLI_DONE);
    rig_expect("update confirmed\n");
    fake_server_stop(&s);
}

/* merged.hex: every command said that it is not signed, though the image in it is. */
static void a_hex_with_more_than_the_image_is_named(void **state)
{
    static const char *const commands[] = {"verify", "dumpinfo", "update --port /dev/null",
                                           "image upload --port /dev/null",
                                           "image test --port /dev/null"};
    static uint8_t bytes[256 * 1024], vectors[64];
    (void)state;
    const char *path = rig_path("merged.hex");
    const struct hex_chunk chunks[] = {
        {0x08000000, vectors, sizeof vectors},
        {0x08020000, bytes, fake_image(bytes, sizeof bytes, 2, 60000)}};
    size_t len;
    char *text = hex_text(chunks, ARRAY_LEN(chunks), &len);
    rig_save(path, (const uint8_t *)text, len);
    free(text);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        assert_int_equal(command(NULL, "%s %s", commands[i], path), CLI_BAD_FILE);
        rig_expect("merged.hex' holds more than an image\n"
                   "  evidence: its data begins at 0x08000000, the image at 0x08020000\n"
                   "  next: give the signed file of the application alone, .bin or .hex\n");
    }
}

static void an_image_is_not_signed_again(void **state)
{
    const char *const paths[] = {image_path, hex_path};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_int_equal(
            command(NULL, "sign -H 0x400 -S 0xe0000 -v 1.0.0 %s %s", paths[i], rig_path("out.bin")),
            CLI_BAD_FILE);
        rig_expect("is an image already\n");
        rig_expect("next: sign the program that it was made from");
    }
    const char *path = rig_path("two.text");
    copy_file(hex_path, path);
    assert_int_equal(command(NULL, "sign --pad-header -H 0x400 -S 0xe0000 -v 1.0.0 %s %s", path,
                             rig_path("out.bin")),
                     CLI_BAD_FILE);
    rig_expect("is Intel HEX by its content, but not by its name\n");
}

/* In a process that becomes the program: the server that it has started signals it. */
static void become_interrupted_program(int out)
{
    struct fake_server s;
    signal(SIGINT, SIG_DFL);
    dup2(out, 1);
    dup2(out, 2);
    fake_server_start(&s, FAKE_TCP, FAKE_INTERRUPTS);
    execl(SLIPWAY, SLIPWAY, "update", image_path, s.option, s.address, (char *)NULL);
    _exit(99);
}

/* A shell shows 130, and a loop over boards ends. */
static void ctrl_c_ends_an_upload_by_the_signal(void **state)
{
    (void)state;
    char text[8192];
    size_t len = 0;
    int out[2], status, made = pipe(out);
    assert_int_equal(made, 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become_interrupted_program(out[1]);
    close(out[1]);
    for (ssize_t n; (n = read(out[0], text + len, sizeof text - 1 - len)) > 0;)
        len += (size_t)n;
    close(out[0]);
    text[len] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGINT ||
        strstr(text, "error: stopped by Ctrl-C: ") == NULL ||
        strstr(text, "run the same command again: it goes on at 5") == NULL)
        fail_msg("status 0x%x: %s", (unsigned)status, text);
}

/* As `cat two.bin | slipway update -` has it. */
static void an_image_from_standard_input(void **state)
{
    (void)state;
    const char *const paths[] = {image_path, hex_path};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct fake_server s;
        FILE *f = fopen(paths[i], "r");
        int saved = dup(0);
        assert_non_null(f);
        dup2(fileno(f), 0);
        fake_server_start(&s, FAKE_UDP4, FAKE_SOUND);
        assert_int_equal(command(&s, i == 0 ? "update - --wait 30" : "image upload -"), CLI_DONE);
        rig_expect(i == 0 ? "update confirmed" : "uploaded 2.0.0");
        fake_server_stop(&s);
        dup2(saved, 0);
        close(saved);
        fclose(f);
    }
}

static void update_without_confirm_goes_back(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_SOUND);
    assert_int_equal(command(&s, "update %s --no-confirm", image_path), CLI_DONE);
    rig_expect("the next reset goes back to 1.0.0");
    assert_int_equal(command(&s, "reset --wait 10"), CLI_DONE);
    assert_int_equal(command(&s, "image list"), CLI_DONE);
    rig_expect("0    0  1.0.0         active confirmed");
    /* The new image is still in slot 1: no second upload. */
    assert_int_equal(command(&s, "update %s --permanent", image_path), CLI_DONE);
    rig_expect("upload   not needed");
    rig_expect("update confirmed");
    fake_server_stop(&s);
}

static void a_lost_line_is_no_lost_upload(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_HANGS_UP);
    assert_int_equal(command(&s, "update %s --wait 20", image_path), CLI_DONE);
    rig_expect("the device went away at ");
    rig_expect("update confirmed");
    fake_server_stop(&s);
}

/* The field report that this tool was made for: what its author should have seen. */
static void a_failing_bank_is_explained(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_FLASH_FAILS);
    assert_int_equal(command(&s, "update %s", image_path), CLI_REFUSED);
    rig_expect("device| [00:00:00.000,000] <err> flash_stm32h7: Status Bank2: 0x00040000");
    rig_expect("IMG_MGMT_ERR_FLASH_WRITE_FAILED (group 1 rc 12)");
    rig_expect(
        "evidence: device| [00:00:00.000,000] <err> flash_stm32h7: Status Bank2: 0x00040000");
    rig_expect("evidence: device| [00:00:00.000,000] <err> STREAM_FLASH: flash_write error -5");
    rig_expect("evidence: bank 2 status 0x00040000 = PGSERR (bit 18)");
    rig_expect("likely cause: the driver enabled programming (PG) in the other bank");
    rig_expect("next: update the flash driver");
    assert_int_equal(command(&s, "image list"), CLI_DONE);
    rig_expect("0    0  1.0.0         active confirmed");
    fake_server_stop(&s);
}

static void a_refused_image_is_reported(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_OTHER_KEY);
    assert_int_equal(command(&s, "update %s", image_path), CLI_REFUSED);
    rig_expect("the bootloader did not start the new image");
    rig_expect("evidence: running is 1.0.0, not 2.0.0");
    rig_expect("mcuboot: ");
    rig_expect("evidence: the bootloader refused the image"); /* what the console's lines mean */
    rig_expect("next: slipway verify -k PUBLIC_KEY IMAGE checks the file");
    fake_server_stop(&s);
}

static void encrypted_files_are_sent_unproved(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_SOUND);
    assert_int_equal(command(&s, "image upload %s", encrypted_path), CLI_DONE);
    fake_server_stop(&s);
}

static void bad_files_are_not_sent(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_TCP, FAKE_SOUND);
    assert_int_equal(command(&s, "update %s", bad_path), CLI_BAD_FILE);
    rig_expect("is not a valid image");
    assert_int_equal(command(&s, "image upload /etc/hostname"), CLI_BAD_FILE);
    assert_int_equal(command(&s, "image test 0123"), CLI_USAGE);
    assert_int_equal(command(&s, "image test %064d", 0), CLI_REFUSED);
    rig_expect("IMG_MGMT_ERR_HASH_NOT_FOUND");
    assert_int_equal(command(&s, "update %s --permanent --no-confirm", image_path), CLI_USAGE);
    fake_server_stop(&s);
}

static void quiet_says_nothing_and_json_is_json(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_UDP4, FAKE_SOUND);
    assert_int_equal(command(&s, "image upload %s --quiet", image_path), CLI_DONE);
    assert_string_equal(rig_output, "");
    assert_int_equal(command(&s, "update %s --json", image_path), CLI_DONE);
    rig_expect("\"update\": \"confirmed\"");
    assert_int_equal(rig_output[0], '{');
    assert_int_equal(command(&s, "update %s --json", image_path), CLI_REFUSED);
    rig_expect("\"what\": \"the device already runs this image, confirmed\"");
    fake_server_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_names),
        cmocka_unit_test(a_datagram_too_long_is_dropped_whole),
        cmocka_unit_test(a_port_that_hangs_up_says_so),
        cmocka_unit_test(every_link_carries_an_echo),
        cmocka_unit_test(raw_packets_are_found_out),
        cmocka_unit_test(device_from_the_environment),
        cmocka_unit_test(silence_is_no_connection),
        cmocka_unit_test(retries_are_counted),
        cmocka_unit_test(a_closed_port_is_named),
        cmocka_unit_test(a_request_above_the_buffer_is_named),
        cmocka_unit_test(any_command_by_its_numbers),
        cmocka_unit_test(update_ends_confirmed),
        cmocka_unit_test(update_in_steps_by_hand),
        cmocka_unit_test(a_signed_hex_is_an_image),
        cmocka_unit_test(intel_hex_is_known_by_its_content),
        cmocka_unit_test(a_hex_with_more_than_the_image_is_named),
        cmocka_unit_test(an_image_is_not_signed_again),
        cmocka_unit_test(an_image_from_standard_input),
        cmocka_unit_test(ctrl_c_ends_an_upload_by_the_signal),
        cmocka_unit_test(update_without_confirm_goes_back),
        cmocka_unit_test(a_lost_line_is_no_lost_upload),
        cmocka_unit_test(a_failing_bank_is_explained),
        cmocka_unit_test(a_refused_image_is_reported),
        cmocka_unit_test(encrypted_files_are_sent_unproved),
        cmocka_unit_test(bad_files_are_not_sent),
        cmocka_unit_test(quiet_says_nothing_and_json_is_json),
    };
    return cmocka_run_group_tests_name("device", tests, set_up, rig_folder_end);
}
