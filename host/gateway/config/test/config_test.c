/* The gateway's configuration: what is read from a good one, and how each mistake is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "host/gateway/config/config.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

#define SERVER "server = { url = \"https://h.example\"; };\nstate = \"s\";\n"
#define ONE    "devices = ( { id = \"a\"; tcp = \"h:1\"; keys = ( \"k\" ); } );\n"
#define KEYS   "keys = ( \"k\" );\n"

static struct gateway_config config;
static char said[1 << 16];

/* Run with stdout and stderr kept in said. */
static int run(int (*what)(const void *), const void *arg)
{
    const char *path = rig_path("said");
    fflush(NULL);
    int out = dup(1), err = dup(2);
    FILE *f = fopen(path, "w+");
    assert_non_null(f);
    dup2(fileno(f), 1);
    dup2(fileno(f), 2);
    int code = what(arg);
    fflush(NULL);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    rewind(f);
    said[fread(said, 1, sizeof said - 1, f)] = '\0';
    fclose(f);
    return code;
}

static int parse_text(const void *text)
{
    const struct gateway_config_text t = {"g.conf", "/f", text, strlen(text), false};
    return gateway_config_parse(&config, &t);
}

static int parse_it(const void *text)
{
    return gateway_config_parse(&config, text);
}

static int load_file(const void *path)
{
    return gateway_config_load(&config, path);
}

static int print_it(const void *arg)
{
    (void)arg;
    gateway_config_print(&config);
    return CLI_DONE;
}

static void expect(const char *text)
{
    if (strstr(said, text) == NULL)
        fail_msg("'%s' is not in:\n%s", text, said);
}

static void save(const char *name, const char *text, mode_t mode)
{
    rig_save(rig_path(name), (const uint8_t *)text, strlen(text));
    assert_int_equal(chmod(rig_path(name), mode), 0);
}

static int load(const char *text)
{
    save("g.conf", text, 0600);
    return run(load_file, rig_path("g.conf"));
}

/* ---- what is read ---- */

static void the_smallest(void **state)
{
    (void)state;
    assert_int_equal(run(parse_text, SERVER ONE), CLI_DONE);
    assert_string_equal(said, "");
    assert_string_equal(config.server.url, "https://h.example");
    assert_string_equal(config.server.tenant, "DEFAULT");
    assert_null(config.server.token);
    assert_null(config.server.ca_file);
    assert_string_equal(config.state, "/f/s");
    assert_int_equal(config.cache_mb, 512);
    assert_int_equal(config.metrics_port, 0);
    assert_int_equal(config.rollout.at_once, 8);
    assert_int_equal(config.rollout.at_once_per_link, 1);
    assert_int_equal(config.rollout.canary, 1);
    assert_int_equal(config.rollout.stop_after_failures, 3);
    assert_int_equal(config.rollout.wait, 120);
    assert_int_equal(config.rollout.retry_first, 30);
    assert_int_equal(config.rollout.retry_most, 3600);
    assert_int_equal(config.device_count, 1);
    assert_string_equal(config.device[0].id, "a");
    assert_int_equal(config.device[0].link.kind, DEVICE_TCP);
    assert_null(config.device[0].board);
    assert_int_equal(config.device[0].keys.count, 1);
    assert_string_equal(config.device[0].keys.text[0], "/f/k");
    cli_release();
}

/* The example, with its files beside it. */
static void the_example(void **state)
{
    struct cli_blob b;
    (void)state;
    assert_int_equal(cli_read_file(EXAMPLES "/gateway.conf", 1 << 16, &b), CLI_DONE);
    save("token", "gw-secret \r\nsecond line\n", 0600);
    save("pump-1.token", "pump-secret", 0600);
    save("vendor.pub.pem", "public", 0644);
    save("pump.pub.pem", "public", 0644);
    assert_int_equal(load((const char *)b.data), CLI_DONE);
    assert_string_equal(said, "");
    assert_string_equal(config.server.token, "gw-secret");
    assert_int_equal(config.metrics_port, 9842);
    assert_int_equal(config.device_count, 3);
    assert_string_equal(config.device[0].token, "pump-secret");
    assert_string_equal(config.device[0].link.place, "usb:0483:374b:066EFF");
    assert_string_equal(config.device[0].keys.text[0], rig_path("pump.pub.pem"));
    assert_int_equal(config.device[1].link.port, 4001);
    assert_null(config.device[1].token);
    assert_string_equal(config.device[1].keys.text[0], rig_path("vendor.pub.pem"));
    assert_int_equal(config.device[2].link.port, DEVICE_UDP_PORT);
    run(print_it, NULL);
    assert_string_equal(
        said, "DEVICE  LINK                                 BOARD          IMAGE  KEYS\n"
              "pump-1  usb:0483:374b:066EFF at 115200 baud  nucleo_h753zi  0      pump.pub.pem\n"
              "pump-2  tcp 10.0.0.3:4001                    -              0      vendor.pub.pem\n"
              "pump-3  udp 10.0.0.4:1337                    -              0      vendor.pub.pem\n"
              "\n"
              "server   https://hawkbit.example.com, tenant DEFAULT\n"
              "state    /var/lib/slipway, cache of 512 MB\n"
              "rollout  8 at once, 1 per link, the first 1 one by one\n"
              "stop     after 3 failures in a row\n"
              "wait     120 s for a device; again after 30 s, at most 3600 s\n"
              "metrics  http://127.0.0.1:9842/metrics\n");
    cli_mode.json = true;
    run(print_it, NULL);
    cli_mode.json = false;
    expect("\"gateway_token\": true");
    expect("\"id\": \"pump-3\",\n      \"link\": \"udp 10.0.0.4:1337\",\n      \"board\": null");
    assert_null(strstr(said, "secret"));
    cli_release();
}

static void words_that_are_allowed(void **state)
{
    static const char *const texts[] = {
        "# a comment at the end" /* the text goes in front of it */,
        "// \"\n/* { @include \"x\" */ metrics = { port = 0; };",
        "rollout = { stop_after_failures = 0; retry_first = 7200; };",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (run(parse_text, cli_text("%s%s%s", SERVER ONE, "", texts[i])) != CLI_DONE)
            fail_msg("%s: %s", texts[i], said);
    }
    assert_int_equal(config.rollout.retry_most, 7200);
    assert_int_equal(
        run(parse_text,
            "server = { url = \"http://127.0.0.9:8080/fleet//\"; tenant = \"a.B_-9\"; };"
            "state = \"/s\"; " ONE),
        CLI_DONE);
    assert_string_equal(config.server.url, "http://127.0.0.9:8080/fleet");
    assert_string_equal(config.state, "/s");
    cli_release();
}

/* ---- what is refused ---- */

struct refusal {
    const char *text, *evidence, *what, *next;
};

static void check_refusals(const struct refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (run(parse_text, cases[i].text) != CLI_BAD_FILE)
            fail_msg("taken: %s", cases[i].text);
        expect(cli_text("error: %s\n", cases[i].what));
        expect(cli_text("  evidence: %s\n", cases[i].evidence));
        expect(cli_text("  next: %s\n", cases[i].next));
        cli_release();
    }
}

#define SERVER_IS(rest) "server = { " rest " };\nstate = \"s\";\n" ONE
#define TWO(first, second) \
    SERVER KEYS "devices = ( { id = \"a\"; " first " },\n { id = \"b\"; " second " } );\n"
#define WRITE_URL "write url = \"https://HOST\";"
#define ONE_LINK  "write one of port = \"...\", tcp = \"HOST:PORT\", udp = \"HOST\""
#define OWN_LINK  "each device has a link of its own: correct one of the two"

static void settings_that_are_wrong(void **state)
{
    static const struct refusal cases[] = {
        {"state = \"s\";" ONE, "g.conf", "there is no server",
         "write server = { url = \"https://HOST\"; };"},
        {SERVER_IS("tenant = \"T\";"), "g.conf, line 1", "server.url is missing",
         "write url = \"https://HOST\"; into the group"},
        {SERVER_IS("url = \"https://h\"; tenant = \"a/b\";"), "g.conf, line 1",
         "server.tenant has characters other than A-Z a-z 0-9 . _ -",
         "write the tenant as the server's addresses have it, such as DEFAULT"},
        {SERVER_IS("url = \"https://h\";\n tenat = \"a\";"), "g.conf, line 2",
         "server.tenat is not a setting", "did you mean tenant?"},
        {SERVER_IS("url = \"https://h\"; x = 1;"), "g.conf, line 1", "server.x is not a setting",
         "there are: url, tenant, gateway_token_file, ca_file, plain_http, kind"},
        {SERVER_IS("url = \"https://h\"; kind = \"mender\";"), "g.conf, line 1",
         "server.kind = 'mender' is not known", "write \"hawkbit\" or \"goosebit\""},
        {SERVER_IS("url = 5;"), "g.conf, line 1", "server.url is not a text in double quotes",
         "write url = \"...\";"},
        {SERVER_IS("url = \"\";"), "g.conf, line 1", "server.url is empty",
         "write a value between the quotes, or delete the setting"},
        {SERVER_IS("url = \"https://h\"; tenant = \"a\\tb\";"), "g.conf, line 1",
         "server.tenant has a control character", "write it on one line, without tabs"},
        {SERVER_IS("url = \"https://h\"; plain_http = 1;"), "g.conf, line 1",
         "server.plain_http is not true or false", "write plain_http = true;"},
        {"server = 1;\nstate = \"s\";" ONE, "line 1: server is not a group of settings",
         "'g.conf' has 2 problems", "line 1: write server = { ... };"},
        {"server = { url = \"https://h\"; };" ONE, "g.conf",
         "there is no folder for journal and cache", "write state = \"/var/lib/slipway\";"},
        {SERVER ONE "cache_mb = 0;", "g.conf, line 4", "cache_mb = 0 is out of range",
         "write a number from 1 to 1000000"},
        {SERVER ONE "cache_mb = 8.0;", "g.conf, line 4",
         "cache_mb is not a whole number in decimal", "write cache_mb = 8;"},
        {SERVER ONE "cache_mb = 0x100000001;", "g.conf, line 4",
         "cache_mb is not a whole number in decimal", "write cache_mb = 8;"},
        {SERVER ONE "cache_mb = 4294967304;", "g.conf, line 4", "a number has more than 9 digits",
         "write a smaller one; no setting takes such a number"},
        {SERVER ONE "cache_mb = 999999999L;", "g.conf, line 4",
         "cache_mb = 999999999 is out of range", "write a number from 1 to 1000000"},
        {SERVER ONE "metrics = { port = 65536; };", "g.conf, line 4",
         "metrics.port = 65536 is out of range", "write a number from 0 to 65535"},
        {SERVER ONE "rollout = { at_once = -1; };", "g.conf, line 4",
         "rollout.at_once = -1 is out of range", "write a number from 1 to 1000"},
        {SERVER ONE "rollout = { retry_first = 60; retry_most = 59; };", "g.conf, line 4",
         "rollout.retry_most is less than retry_first", "write a number of at least 60"},
        {SERVER ONE "rollout = { canarys = 1; };", "g.conf, line 4",
         "rollout.canarys is not a setting", "did you mean canary?"},
    };
    (void)state;
    check_refusals(cases, ARRAY_LEN(cases));
}

static void addresses_that_are_wrong(void **state)
{
    static const char plain[] =
        "write https://; or allow it with plain_http = true, if nobody else "
        "can reach the network between the two";
    static const char unencrypted[] =
        "server.url is http:// to another host, which sends tokens and images unencrypted";
    static const struct refusal cases[] = {
        {SERVER_IS("url = \"http://h\";"), "g.conf, line 1", unencrypted, plain},
        {SERVER_IS("url = \"http://localhost.example\";"), "g.conf, line 1", unencrypted, plain},
        {SERVER_IS("url = \"http://128.0.0.1\";"), "g.conf, line 1", unencrypted, plain},
        {SERVER_IS("url = \"http://[::2]\";"), "g.conf, line 1", unencrypted, plain},
        {SERVER_IS("url = \"ftp://h\";"), "g.conf, line 1",
         "server.url begins with neither https:// nor http://", WRITE_URL},
        {SERVER_IS("url = \"h.example\";"), "g.conf, line 1",
         "server.url is not an address: Bad scheme", WRITE_URL},
        {SERVER_IS("url = \"https://h/ x\";"), "g.conf, line 1",
         "server.url has characters that an address cannot have", WRITE_URL},
        {SERVER_IS("url = \"https://u:p@h\";"), "g.conf, line 1",
         "server.url holds a user's name or a password",
         "put the token into a file of its own: gateway_token_file"},
        {SERVER_IS("url = \"https://h/?a=b\";"), "g.conf, line 1", "server.url has a '?' or a '#'",
         WRITE_URL},
    };
    static const char *const loopback[] = {"http://localhost:8080", "http://127.1.2.3",
                                           "http://[::1]:80", "https://10.0.0.1"};
    (void)state;
    check_refusals(cases, ARRAY_LEN(cases));
    for (size_t i = 0; i < ARRAY_LEN(loopback); i++) {
        assert_int_equal(run(parse_text, cli_text("server = { url = \"%s\"; }; state = \"s\"; " ONE,
                                                  loopback[i])),
                         CLI_DONE);
        assert_string_equal(said, "");
    }
    assert_int_equal(run(parse_text, SERVER_IS("url = \"http://h\"; plain_http = true;")),
                     CLI_DONE);
    expect("warning: tokens and images go over the network unencrypted\n  evidence: http://h\n");
    cli_release();
}

static void devices_that_are_wrong(void **state)
{
    static const struct refusal cases[] = {
        {SERVER, "g.conf", "there are no devices",
         "write devices = ( { id = \"...\"; port = \"...\"; } );"},
        {SERVER "devices = ();", "g.conf, line 3", "there are no devices",
         "write devices = ( { id = \"...\"; port = \"...\"; } );"},
        {SERVER "devices = 1;", "g.conf, line 3", "devices is not a list",
         "write devices = ( ... );"},
        {SERVER "devices = ( 1 );", "g.conf, line 3", "devices[0] is not a group of settings",
         "write { id = \"...\"; port = \"...\"; }"},
        {SERVER KEYS "devices = ( { tcp = \"h:1\"; } );", "g.conf, line 4",
         "devices[0]: id is missing",
         "write id = \"...\"; with the id that the server has for the device"},
        {SERVER KEYS "devices = ( { id = \"a/b\"; tcp = \"h:1\"; } );", "g.conf, line 4",
         "devices[0]: id has characters other than A-Z a-z 0-9 . _ -",
         "write id = \"...\"; with the id that the server has for the device"},
        {SERVER KEYS "devices = ( { id = \"..\"; tcp = \"h:1\"; } );", "g.conf, line 4",
         "devices[0]: id has only dots",
         "write id = \"...\"; with the id that the server has for the device"},
        {SERVER KEYS "devices = ( { id = \"a\"; } );", "g.conf, line 4",
         "device a: its link is missing", ONE_LINK},
        {SERVER KEYS "devices = ( { id = \"a\"; tcp = \"h:1\"; udp = \"h\"; } );", "g.conf, line 4",
         "device a: it has more than one link", ONE_LINK},
        {SERVER KEYS "devices = ( { id = \"a\";\n tcp = \"h\"; } );", "g.conf, line 5",
         "device a: tcp = 'h': the port number is missing",
         "write it as slipway --help shows for --port, --tcp and --udp"},
        {SERVER KEYS "devices = ( { id = \"a\"; prot = \"/dev/ttyS0\"; udp = \"h\"; } );",
         "g.conf, line 4", "device a: prot is not a setting", "did you mean port?"},
        {SERVER KEYS "devices = ( { id = \"a\"; udp = \"h\"; image = 256; } );", "g.conf, line 4",
         "device a: image = 256 is out of range", "write a number from 0 to 255"},
        {SERVER KEYS "devices = ( { id = \"a\"; udp = \"h\"; keys = ( 1 ); } );", "g.conf, line 4",
         "device a: keys is not a list of texts", "write keys = ( \"...\", \"...\" );"},
        {SERVER KEYS
         "devices = ( { id = \"a\"; udp = \"h\"; keys = [ \"1\",\"2\",\"3\",\"4\",\"5\",\"6\","
         "\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\" ]; } );",
         "g.conf, line 4", "device a: keys has 17 entries", "write at most 16"},
    };
    (void)state;
    check_refusals(cases, ARRAY_LEN(cases));
}

static void what_two_devices_may_not_share(void **state)
{
    static const struct refusal cases[] = {
        {SERVER KEYS "devices = ( { id = \"a\"; udp = \"h\"; },\n { id = \"a\"; udp = \"i\"; } );",
         "g.conf, line 5", "two devices have the id 'a'; the other one is in line 4",
         "give one of the two the id that the server has for it"},
        {TWO("tcp = \"h:1\";", "tcp = \"H.:1\";"), "g.conf, line 5",
         "the device is on the same link as the device in line 4: tcp H.:1", OWN_LINK},
        {TWO("tcp = \"[::1]:1\";", "tcp = \"[0:0::0001]:1\";"), "g.conf, line 5",
         "the device is on the same link as the device in line 4: tcp [0:0::0001]:1", OWN_LINK},
        {TWO("udp = \"10.0.0.4:1337\";", "udp = \"10.0.0.4\";"), "g.conf, line 5",
         "the device is on the same link as the device in line 4: udp 10.0.0.4:1337", OWN_LINK},
        {TWO("port = \"/dev/ttyS7\";", "port = \"/dev/ttyS7@9600\";"), "g.conf, line 5",
         "the device is on the same link as the device in line 4: /dev/ttyS7 at 9600 baud",
         OWN_LINK},
        {TWO("port = \"usb:483:374B:X\";", "port = \"usb:0483:374b:X\";"), "g.conf, line 5",
         "the device is on the same link as the device in line 4: usb:0483:374b:X at 115200 baud",
         OWN_LINK},
        {TWO("port = \"usb:0483:374b:X\";", "port = \"usb:0483:374b\";"), "g.conf, line 5",
         "the device may be on the same port as the device in line 4: usb:0483:374b at 115200 baud",
         "name both ports with their serial numbers; slipway ports lists them"},
    };
    static const char *const fine[] = {
        TWO("tcp = \"h:1\";", "tcp = \"h:2\";"),
        TWO("tcp = \"h:1\";", "udp = \"h:1\";"),
        TWO("tcp = \"10.0.0.1:1\";", "tcp = \"10.0.0.10:1\";"),
        TWO("port = \"usb:0483:374b:X\";", "port = \"usb:0483:374b:XY\";"),
        TWO("port = \"usb:0483:374b\";", "port = \"usb:0483:374e:X\";"),
    };
    (void)state;
    check_refusals(cases, ARRAY_LEN(cases));
    for (size_t i = 0; i < ARRAY_LEN(fine); i++)
        if (run(parse_text, fine[i]) != CLI_DONE)
            fail_msg("%s", said);
    cli_release();
}

/* All are named, up to 20; each with its line. */
static void several_problems_at_once(void **state)
{
    const char *text = SERVER KEYS "devices = (\n";
    (void)state;
    assert_int_equal(run(parse_text,
                         SERVER KEYS "devices = (\n{ id = \"a\"; prot = \"x\"; udp = \"h\"; },\n"
                                     "{ id = \"b\"; image = -1; udp = \"h\"; } );"),
                     CLI_BAD_FILE);
    assert_string_equal(
        said,
        "error: 'g.conf' has 3 problems\n"
        "  evidence: line 5: device a: prot is not a setting\n"
        "  evidence: line 6: device b: image = -1 is out of range\n"
        "  evidence: line 6: the device is on the same link as the device in line 5: udp h:1337\n"
        "  next: line 5: did you mean port?\n"
        "  next: line 6: write a number from 0 to 255\n"
        "  next: line 6: each device has a link of its own: correct one of the two\n");
    for (unsigned i = 0; i < 25; i++)
        text = cli_text("%s%s{ id = \"d%u\"; }\n", text, i > 0 ? "," : "", i);
    assert_int_equal(run(parse_text, cli_text("%s);", text)), CLI_BAD_FILE);
    expect("error: 'g.conf' has 25 problems\n");
    expect("evidence: line 24: device d19: its link is missing\n  evidence: and 5 more\n");
    assert_null(strstr(said, "d20"));
    cli_release();
}

/* ---- texts that libconfig shall not see ---- */

static void hostile_texts(void **state)
{
    static const struct refusal cases[] = {
        {"@include \"/etc/passwd\"\n", "g.conf, line 1",
         "a configuration may not include other files",
         "write the settings here in place of @include"},
        {"a = \"\n\";\n /* */ @include \"x\"\n", "g.conf, line 3",
         "a configuration may not include other files",
         "write the settings here in place of @include"},
        {"a = \"\\\\\";\n@include \"x\"\n", "g.conf, line 2",
         "a configuration may not include other files",
         "write the settings here in place of @include"},
        {"a=((((((((1))))))));\nb=\n(((((((((1)))))))));", "g.conf, line 3",
         "more than 8 brackets are open", "close the brackets in front of this line"},
        {SERVER "a = \"b\";\n c = \"d;\n\n", "g.conf, line 4", "a text that begins here has no end",
         "write a double quote behind it"},
        {SERVER "x", "g.conf, line 4", "the configuration cannot be read: syntax error",
         "look at this line and the one in front of it: NAME = VALUE; texts in double quotes"},
        {SERVER SERVER, "g.conf, line 3",
         "the configuration cannot be read: duplicate setting name",
         "look at this line and the one in front of it: NAME = VALUE; texts in double quotes"},
    };
    const struct gateway_config_text torn = {"g.conf", "", "a = 1;\n\0b", 9, false};
    const char *many = "a = {\n";
    (void)state;
    check_refusals(cases, ARRAY_LEN(cases));
    for (unsigned i = 0; i < 65; i++)
        many = cli_text("%sb%u = 1;\n", many, i);
    assert_int_equal(run(parse_text, many), CLI_BAD_FILE);
    expect("error: a group has more than 64 settings\n  evidence: g.conf, line 66\n");
    assert_int_equal(run(parse_it, &torn), CLI_BAD_FILE);
    expect("error: the file has a byte 0, so it is not a text\n  evidence: g.conf, line 2\n");
    cli_release();
}

/* Nothing behind the text is read; with sanitizers this failed at a '/' in the end. */
static void a_text_without_a_nul(void **state)
{
    static const char ends[] = "/*\"\\";
    (void)state;
    for (size_t i = 0; i < sizeof ends - 1; i++) {
        char *text = malloc(1);
        assert_non_null(text);
        *text = ends[i];
        const struct gateway_config_text t = {"g.conf", "", text, 1, false};
        assert_int_equal(run(parse_it, &t), CLI_BAD_FILE);
        free(text);
    }
    cli_release();
}

/* A megabyte of settings, a hundred thousand devices and one more, 16 MB and one byte more. */
static void texts_that_are_too_long(void **state)
{
    const size_t cap = (16u << 20) + 1;
    char *text = malloc(cap + 1), *to = text;
    (void)state;
    assert_non_null(text);
    to += sprintf(to, SERVER KEYS "devices = (");
    for (unsigned i = 0; i <= GATEWAY_DEVICES_MAX; i++)
        to += sprintf(to, "%s{id=\"%u\";udp=\"h%u\";}", i > 0 ? "," : "", i, i);
    strcpy(to, ");");
    assert_int_equal(run(parse_text, text), CLI_BAD_FILE);
    expect("error: there are more than 100000 devices\n  evidence: g.conf, line 4\n");
    strcpy(strrchr(text, '{') - 1, ");"); /* one device less */
    assert_int_equal(run(parse_text, text), CLI_DONE);
    assert_int_equal(config.device_count, GATEWAY_DEVICES_MAX);
    to = text + sprintf(text, "a = (1");
    for (unsigned i = 0; i <= 1u << 20; i++)
        to += sprintf(to, ",1");
    assert_int_equal(run(parse_text, text), CLI_BAD_FILE);
    expect("error: there are more than 1048576 settings\n");
    memset(text, ' ', cap);
    text[cap] = '\0';
    assert_int_equal(run(parse_text, text), CLI_BAD_FILE);
    expect("error: the file is larger than 16777216 bytes\n");
    free(text);
    cli_release();
}

/* ---- files ---- */

static void check_file(const char *text, const char *want)
{
    if (load(text) != CLI_BAD_FILE)
        fail_msg("taken: %s", text);
    expect(want);
    cli_release();
}

static void files_that_are_wrong(void **state)
{
#define TOKEN_SERVER \
    "server = { url = \"https://h\"; gateway_token_file = \"token\"; }; state = \"s\";" ONE
    (void)state;
    save("k", "public", 0600);
    unlink(rig_path("token"));
    check_file(TOKEN_SERVER, "cannot be read: No such file or directory\n");
    save("token", "", 0600);
    check_file(TOKEN_SERVER, "cannot be read: it is empty\n");
    save("token", " \r\nx", 0600);
    check_file(TOKEN_SERVER, "error: the first line of the token file '");
    expect("token' is empty\n");
    save("token", "two words\n", 0600);
    check_file(TOKEN_SERVER, "has a blank, or a character that no token has\n");
    save("token", cli_text("%01025d", 1), 0600);
    check_file(TOKEN_SERVER, "' is too long\n");
    save("token", cli_text("%05000d", 1), 0600);
    check_file(TOKEN_SERVER, "cannot be read: it is larger than 4096 bytes\n");
    check_file("server = { url = \"https://h\"; ca_file = \"none\"; }; state = \"s\";" ONE,
               "error: the certificate file '");
    check_file(SERVER "keys = ( \"none\" );" ONE, "error: the key file '");
    check_file(SERVER KEYS "devices = ( { id = \"a\"; udp = \"h\";\n token_file = \".\"; } );",
               "cannot be read: it is not a plain file\n");
    expect("g.conf, line 5\n");
    assert_int_equal(mkfifo(rig_path("fifo"), 0600), 0);
    check_file(SERVER "keys = ( \"fifo\" );" ONE, "it is not a plain file\n");
    unlink(rig_path("fifo"));
    assert_int_equal(run(load_file, "/no/such/file"), CLI_BAD_FILE);
    expect("error: cannot read '/no/such/file'\n");
}

static void files_that_deserve_a_warning(void **state)
{
    (void)state;
    save("token", "t\n", 0644);
    save("k", "-----BEGIN EC PRIVATE KEY-----", 0600);
    assert_int_equal(
        load("server = { url = \"https://h\"; gateway_token_file = \"token\"; }; state = \"s\";"
             "devices = ( { id = \"a\"; udp = \"h\"; keys = ( \"k\" ); }, { id = \"b\"; udp = "
             "\"i\"; } );"),
        CLI_DONE);
    expect("warning: every user of this computer may read or change 1 token file\n");
    expect(cli_text("next: chmod o-rw %s\n", rig_path("token")));
    expect("warning: a private key is on the gateway, which needs only its public half\n");
    expect("warning: the gateway does not check who signed images for 1 device\n  evidence: b\n");
    cli_release();
}

/* Two names of one serial port: the link in /dev/serial/by-id and what it leads to. */
static void links_to_one_port(void **state)
{
    (void)state;
    save("k", "public", 0600);
    save("ttyX", "", 0600);
    unlink(rig_path("by-id"));
    assert_int_equal(symlink(rig_path("ttyX"), rig_path("by-id")), 0);
    assert_int_equal(load(cli_text(TWO("port = \"%s\";", "port = \"%s\";"), rig_path("by-id"),
                                   rig_path("ttyX"))),
                     CLI_BAD_FILE);
    expect("error: the device is on the same link as the device in line 4: ");
    cli_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest),
        cmocka_unit_test(the_example),
        cmocka_unit_test(words_that_are_allowed),
        cmocka_unit_test(settings_that_are_wrong),
        cmocka_unit_test(addresses_that_are_wrong),
        cmocka_unit_test(devices_that_are_wrong),
        cmocka_unit_test(what_two_devices_may_not_share),
        cmocka_unit_test(several_problems_at_once),
        cmocka_unit_test(hostile_texts),
        cmocka_unit_test(a_text_without_a_nul),
        cmocka_unit_test(texts_that_are_too_long),
        cmocka_unit_test(files_that_are_wrong),
        cmocka_unit_test(files_that_deserve_a_warning),
        cmocka_unit_test(links_to_one_port),
    };
    return cmocka_run_group_tests_name("gateway_config", tests, rig_folder_begin, rig_folder_end);
}
