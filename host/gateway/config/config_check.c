/* config_check.c - whether what the configuration says can be: the server's address, files, and what two devices may not
 * share. */
#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cli/core/cli.h"
#include "host/client/link/port_list.h"
#include "host/gateway/config/config_read.h"

#define TOKEN_FILE_MAX 4096u
#define TOKEN_MAX      1024u
#define KEY_FILE_MAX   (64u << 10)
#define CA_FILE_MAX    (4u << 20)

/* ---- the server's address ---- */

const char *gateway_path_segment_wrong(const char *text)
{
    static const char other[] = "._-";
    if (strlen(text) > GATEWAY_ID_MAX)
        return cli_text("is longer than %u characters", GATEWAY_ID_MAX);
    for (const char *c = text; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr(other, *c) == NULL)
            return "has characters other than A-Z a-z 0-9 . _ -";
    return strspn(text, ".") == strlen(text) ? "has only dots" : NULL;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    char bare[64];
    size_t len = strlen(host);
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (host[0] != '[' || len < 3 || len >= sizeof bare)
        return false;
    snprintf(bare, sizeof bare, "%.*s", (int)(len - 2), host + 1);
    return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* A part of the address; "": it has none. */
static const char *part_of(CURLU *u, CURLUPart part)
{
    char *text = NULL;
    if (curl_url_get(u, part, &text, 0) != CURLUE_OK)
        return "";
    const char *kept = cli_text("%s", text);
    curl_free(text);
    return kept;
}

/* NULL, or what is wrong with the parts. */
static const char *parts_wrong(CURLU *u, const struct gateway_server *s, const char **next)
{
    const char *scheme = part_of(u, CURLUPART_SCHEME);
    *next = "write url = \"https://HOST\";";
    if (part_of(u, CURLUPART_USER)[0] != '\0' || part_of(u, CURLUPART_PASSWORD)[0] != '\0') {
        *next = "put the token into a file of its own: gateway_token_file";
        return "holds a user's name or a password";
    }
    if (part_of(u, CURLUPART_QUERY)[0] != '\0' || part_of(u, CURLUPART_FRAGMENT)[0] != '\0')
        return "has a '?' or a '#'";
    if (strcmp(scheme, "https") == 0)
        return NULL;
    if (strcmp(scheme, "http") != 0)
        return "begins with neither https:// nor http://";
    *next = "write https://; or allow it with plain_http = true, if nobody else can reach the "
            "network between the two";
    return s->plain_http || is_loopback(part_of(u, CURLUPART_HOST))
               ? NULL
               : "is http:// to another host, which sends tokens and images unencrypted";
}

/* "https://host/path/" becomes "https://host/path". */
static const char *without_slash(const char *url)
{
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        len--;
    return cli_text("%.*s", (int)len, url);
}

void gateway_check_url(struct gateway_reader *r, struct gateway_server *s, unsigned line)
{
    const char *next = "write url = \"https://HOST\";", *wrong = NULL;
    CURLU *u = curl_url();
    for (const char *c = s->url; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~') /* a char above is negative, or is 0x7f */
            wrong = "has characters that an address cannot have";
    CURLUcode code = u != NULL ? curl_url_set(u, CURLUPART_URL, s->url, 0) : CURLUE_OUT_OF_MEMORY;
    if (wrong == NULL && code != CURLUE_OK)
        wrong = cli_text("is not an address: %s", curl_url_strerror(code));
    if (wrong == NULL)
        wrong = parts_wrong(u, s, &next);
    curl_url_cleanup(u);
    if (wrong != NULL)
        gateway_problem(r, line, cli_text("server.url %s", wrong), next);
    else
        s->url = without_slash(s->url);
}

/* ---- files ---- */

const char *gateway_file_name(const struct gateway_reader *r, const char *name)
{
    const char *folder = r->source->folder;
    return name[0] == '/' || folder[0] == '\0' ? name : cli_text("%s/%s", folder, name);
}

/* The whole of a small file; NULL, and *why. What is no plain file is not waited for. */
static const char *read_small(const char *path, size_t max, struct stat *st, const char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *why = fd < 0 ? strerror(errno) : "it is not a plain file";
    if (fd < 0)
        return NULL;
    char *text = NULL;
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode)) {
        ssize_t len;
        text = cli_memory(max + 1);
        len = read(fd, text, max + 1); /* a local file of this size comes in one piece */
        *why = len < 0             ? strerror(errno)
               : len == 0          ? "it is empty"
               : (size_t)len > max ? cli_text("it is larger than %zu bytes", max)
                                   : NULL;
    }
    close(fd);
    return *why == NULL ? text : NULL;
}

static void cannot_read(struct gateway_reader *r, unsigned line, const char *what, const char *path,
                        const char *why)
{
    gateway_problem(r, line,
                    cli_text("the %s %s cannot be read: %s", what, gateway_quoted(path), why),
                    "check the file's name and permissions; names are relative to the "
                    "configuration's folder");
}

const char *gateway_read_token(struct gateway_reader *r, const char *name, unsigned line)
{
    const char *path = gateway_file_name(r, name), *why;
    struct stat st;
    if (!r->source->open_files)
        return NULL;
    const char *text = read_small(path, TOKEN_FILE_MAX, &st, &why);
    if (text == NULL) {
        cannot_read(r, line, "token file", path, why);
        return NULL;
    }
    size_t len = strcspn(text, "\n");
    while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
        len--;
    why = len == 0 ? "is empty" : len > TOKEN_MAX ? "is too long" : NULL;
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            why = "has a blank, or a character that no token has";
    if (why != NULL) {
        gateway_problem(
            r, line, cli_text("the first line of the token file %s %s", gateway_quoted(path), why),
            "write the token that the server shows, and nothing else, into its first line");
        return NULL;
    }
    if (st.st_mode & (S_IROTH | S_IWOTH) && r->open_tokens++ == 0)
        r->open_token = path;
    return cli_text("%.*s", (int)len, text);
}

const char *gateway_check_ca(struct gateway_reader *r, const char *name, unsigned line)
{
    const char *path = gateway_file_name(r, name), *why;
    struct stat st;
    if (r->source->open_files && read_small(path, CA_FILE_MAX, &st, &why) == NULL)
        cannot_read(r, line, "certificate file", path, why);
    return path;
}

/* The one copy of the file's name; it is looked at when it comes up first. NULL: a problem is noted. */
static const char *know_key(struct gateway_reader *r, const char *path, unsigned line)
{
    struct stat st;
    const char *why;
    for (unsigned i = 0; i < r->key_files; i++)
        if (strcmp(r->key_file[i], path) == 0)
            return r->key_file[i];
    if (r->key_files == GATEWAY_KEY_FILES_MAX) {
        gateway_problem(r, line,
                        cli_text("there are more than %u key files", GATEWAY_KEY_FILES_MAX),
                        "give the devices that have other keys to another gateway");
        return NULL;
    }
    r->key_file[r->key_files++] = path;
    if (!r->source->open_files)
        return path;
    const char *text = read_small(path, KEY_FILE_MAX, &st, &why);
    if (text == NULL)
        cannot_read(r, line, "key file", path, why);
    else if (r->private_key == NULL && strstr(text, "PRIVATE KEY-----") != NULL)
        r->private_key = path;
    return path;
}

struct gateway_texts gateway_check_keys(struct gateway_reader *r, struct gateway_texts names,
                                        unsigned line)
{
    const char **paths = cli_memory(names.count * sizeof *paths);
    unsigned count = 0;
    for (unsigned i = 0; i < names.count; i++) {
        paths[count] = know_key(r, gateway_file_name(r, names.text[i]), line);
        count += paths[count] != NULL;
    }
    return (struct gateway_texts){paths, count};
}

/* ---- what two devices may not share ---- */

/* The same text for every way to write one address. */
static const char *one_spelling_of_host(const struct device_name *n)
{
    unsigned char address[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];
    for (int family = AF_INET;; family = AF_INET6) {
        if (inet_pton(family, n->place, address) == 1)
            return cli_text("%s", inet_ntop(family, address, text, sizeof text));
        if (family == AF_INET6)
            break;
    }
    char *host = cli_memory(strlen(n->place)); /* a name; case and a dot at its end do not matter */
    for (size_t i = 0; n->place[i] != '\0'; i++)
        host[i] = (char)tolower((unsigned char)n->place[i]);
    size_t len = strlen(host);
    if (len > 1 && host[len - 1] == '.')
        host[len - 1] = '\0';
    return host;
}

/* "usb:0483:374b:" and the serial number, so that a name without one sorts in front of those that it may mean. */
static const char *one_spelling_of_port(const struct gateway_reader *r, const char *place)
{
    struct port_usb_id id;
    const char *why;
    char real[PATH_MAX];
    if (port_is_usb_id(place) && port_usb_id_parse(&id, place, &why))
        return cli_text("usb:%04x:%04x:%s", id.vid, id.pid, id.serial);
    if (r->source->open_files && realpath(place, real) != NULL)
        return cli_text("%s", real);
    return place;
}

static const char *one_spelling(const struct gateway_reader *r, const struct device_name *n)
{
    if (n->kind == DEVICE_SERIAL)
        return one_spelling_of_port(r, n->place);
    return cli_text("%s %s:%u", n->kind == DEVICE_TCP ? "tcp" : "udp", one_spelling_of_host(n),
                    n->port);
}

struct name {
    const char *text;
    const struct gateway_device *device;
};

static int by_text(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->device > y->device) - (x->device < y->device);
}

/* A USB name without a serial number may mean each port with these numbers. */
static bool may_be_same(const char *first, const char *second)
{
    size_t len = strlen(first);
    bool open = port_is_usb_id(first) && first[len - 1] == ':';
    return open ? strncmp(first, second, len) == 0 : strcmp(first, second) == 0;
}

static void say_same_link(struct gateway_reader *r, const struct name *a, const struct name *b)
{
    const struct gateway_device *first = a->device, *second = b->device;
    bool differ = strcmp(a->text, b->text) != 0;
    if (first > second) {
        first = b->device;
        second = a->device;
    }
    gateway_problem(r, second->line,
                    cli_text("the device %s the device in line %u: %s",
                             differ ? "may be on the same port as" : "is on the same link as",
                             first->line, device_name_text(&second->link)),
                    differ ? "name both ports with their serial numbers; slipway ports lists them"
                           : "each device has a link of its own: correct one of the two");
}

/* The devices' names, sorted; those that could not be read are left out. Returns how many there are. */
static unsigned sort_names(const struct gateway_reader *r, const struct gateway_config *c,
                           bool links, struct name *names)
{
    unsigned count = 0;
    for (unsigned i = 0; i < c->device_count; i++) {
        const struct gateway_device *d = &c->device[i];
        if (links && d->link.place[0] != '\0')
            names[count++] = (struct name){one_spelling(r, &d->link), d};
        else if (!links && d->id != NULL)
            names[count++] = (struct name){d->id, d};
    }
    qsort(names, count, sizeof *names, by_text);
    return count;
}

void gateway_check_twice(struct gateway_reader *r, const struct gateway_config *c)
{
    struct name *names = cli_memory(c->device_count * sizeof *names);
    unsigned count = sort_names(r, c, false, names), first = 0;
    for (unsigned i = 1; i < count; i++)
        if (strcmp(names[i - 1].text, names[i].text) == 0)
            gateway_problem(r, names[i].device->line,
                            cli_text("two devices have the id %s; the other one is in line %u",
                                     gateway_quoted(names[i].text), names[i - 1].device->line),
                            "give one of the two the id that the server has for it");
    count = sort_names(r, c, true, names);
    for (unsigned i = 1; i < count; i++) {
        if (may_be_same(names[first].text, names[i].text))
            say_same_link(r, &names[first], &names[i]);
        else
            first = i;
    }
}
