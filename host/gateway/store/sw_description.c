#include "host/gateway/store/sw_description.h"

#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"

/* libconfig frees its groups and lists by recursion: so many of them at most, so that they cannot be nested deeper. */
#define AGGREGATES_MAX 1000u

struct board {
    char name[SW_BOARD_MAX + 1];
    char revision[SW_BOARD_MAX + 1]; /* "": not known */
};

struct reader {
    struct board board;
    const config_setting_t *software, *section; /* section: of the board; NULL: there is none */
    char *why;
    size_t cap;
};

static bool wrong(const struct reader *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
static bool wrong(const struct reader *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->why, r->cap, fmt, args);
    va_end(args);
    return false;
}

void sw_printable(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

/* ---- the text ---- */

/* Before libconfig sees it: it would read the files that @include names, stop at a NUL, and go as deep as it is told. */
static bool check_text(const struct reader *r, const char *text, size_t len)
{
    unsigned aggregates = 0;
    if (memchr(text, '\0', len) != NULL)
        return wrong(r, "sw-description is not a text: it holds a NUL");
    for (size_t i = 0; i < len; i++)
        aggregates += strchr("{[(", text[i]) != NULL;
    if (aggregates > AGGREGATES_MAX)
        return wrong(r, "sw-description has more than %u groups and lists", AGGREGATES_MAX);
    if (strcasestr(text, "@include") != NULL)
        return wrong(r, "sw-description holds \"@include\", which is not followed");
    return true;
}

/* A part of NAME:REVISION. libconfig ends names at . : and /, so these cannot be in a board's name. */
static bool take_part(const char *text, size_t len, const char *letters, char *dst)
{
    if (len == 0 || len > SW_BOARD_MAX || strspn(text, letters) < len)
        return false;
    memcpy(dst, text, len);
    dst[len] = '\0';
    return true;
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

static bool take_board(struct reader *r, const char *board)
{
    size_t len = strcspn(board, ":");
    const char *revision = board + len + (board[len] == ':');
    r->board.revision[0] = '\0';
    if (take_part(board, len, LETTERS, r->board.name) &&
        (board[len] == '\0' ||
         take_part(revision, strlen(revision), LETTERS ".+", r->board.revision)))
        return true;
    return wrong(r, "the board '%s' is not NAME or NAME:REVISION (letters, digits, _-, at most %u)",
                 board, SW_BOARD_MAX);
}

/* ---- settings ---- */

static config_setting_t *member(const config_setting_t *group, const char *name)
{
    return group != NULL && config_setting_is_group(group) ? config_setting_get_member(group, name)
                                                           : NULL;
}

static const config_setting_t *group_of(const config_setting_t *group, const char *name)
{
    const config_setting_t *s = member(group, name);
    return s != NULL && config_setting_is_group(s) ? s : NULL;
}

/* What holds for the board: from its section, else from all. */
static config_setting_t *lookup(const struct reader *r, const char *name)
{
    config_setting_t *own = member(r->section, name);
    return own != NULL ? own : member(r->software, name);
}

/* A text that is stored; absent is no error. */
static bool text_of(const struct reader *r, const config_setting_t *s, const char *key, char *dst)
{
    dst[0] = '\0';
    if (s == NULL)
        return true;
    const char *text = config_setting_get_string(s);
    if (text == NULL || strlen(text) > SW_TEXT_MAX)
        return wrong(r, "%s is not a text of at most %u bytes", key, SW_TEXT_MAX);
    memcpy(dst, text, strlen(text) + 1);
    return true;
}

/* false and "" switch it off; a missing setting does, too. */
static bool is_on(const config_setting_t *s)
{
    if (s == NULL)
        return false;
    const char *text = config_setting_get_string(s);
    if (text != NULL)
        return text[0] != '\0';
    return config_setting_type(s) != CONFIG_TYPE_BOOL || config_setting_get_bool(s);
}

/* ---- the board ---- */

/* "a, b": the texts of a list, as far as they fit. */
static void list_texts(const config_setting_t *list, char *dst, size_t cap)
{
    size_t n = 0;
    dst[0] = '\0';
    for (int i = 0; i < config_setting_length(list) && n < cap; i++) {
        const char *text = config_setting_get_string_elem(list, i);
        n += (size_t)snprintf(dst + n, cap - n, "%s%.40s", i == 0 ? "" : ", ",
                              text != NULL ? text : "?");
    }
    if (n == 0)
        snprintf(dst, cap, "nothing");
}

static bool list_has(const config_setting_t *list, const struct board *b)
{
    for (int i = 0; i < config_setting_length(list); i++) {
        const char *text = config_setting_get_string_elem(list, i);
        if (text != NULL && (strcmp(text, b->name) == 0 ||
                             (b->revision[0] != '\0' && strcmp(text, b->revision) == 0)))
            return true;
    }
    return false;
}

static bool check_board(const struct reader *r)
{
    char texts[120];
    const struct board *b = &r->board;
    const config_setting_t *list = lookup(r, "hardware-compatibility");
    if (list == NULL)
        return wrong(r, "no hardware-compatibility says for which boards the software is");
    if (!config_setting_is_array(list) && !config_setting_is_list(list))
        return wrong(r, "hardware-compatibility is not a list of texts");
    if (list_has(list, b))
        return true;
    list_texts(list, texts, sizeof texts);
    if (b->revision[0] != '\0')
        return wrong(r, "it is for the hardware %s; this board is %s, revision %s", texts, b->name,
                     b->revision);
    return wrong(r,
                 "it is for the hardware %s; this board is %s, and its revision is not known "
                 "(write it as %s:REVISION)",
                 texts, b->name, b->name);
}

/* ---- the image ---- */

/* What else a description may ask for. All of it would be done on the gateway's computer, if it was done. */
static bool check_rest(const struct reader *r)
{
    static const char *const others[] = {"files", "scripts", "partitions",     "bootenv",
                                         "uboot", "vars",    "embedded-script"};
    for (unsigned i = 0; i < ARRAY_LEN(others); i++)
        if (lookup(r, others[i]) != NULL)
            return wrong(r, "it asks for '%s'; a gateway brings one image and does nothing else",
                         others[i]);
    return true;
}

/* A group with images in it: of another board, or of a selection such as software.stable.main. */
static const config_setting_t *child_with_images(const config_setting_t *group)
{
    int count = group != NULL ? config_setting_length(group) : 0;
    for (int i = 0; i < count; i++) {
        const config_setting_t *child = config_setting_get_elem(group, (unsigned)i);
        if (member(child, "images") != NULL)
            return child;
    }
    return NULL;
}

static bool wrong_selection(const struct reader *r, const config_setting_t *s)
{
    return wrong(r,
                 "its images are in the selection '%.40s.%.40s' (swupdate -e); a gateway does not "
                 "choose: put them under the board's name",
                 config_setting_name(config_setting_parent(s)), config_setting_name(s));
}

/* Why there are no images for the board. */
static bool wrong_place(const struct reader *r)
{
    const config_setting_t *other = child_with_images(r->section);
    if (other != NULL)
        return wrong_selection(r, other);
    for (int i = 0; i < config_setting_length(r->software); i++) {
        other = child_with_images(config_setting_get_elem(r->software, (unsigned)i));
        if (other != NULL)
            return wrong_selection(r, other);
    }
    other = child_with_images(r->software);
    if (other != NULL)
        return wrong(r, "it has images for '%.40s', and none for this board, %s",
                     config_setting_name(other), r->board.name);
    return wrong(r, "it has no images");
}

static bool take_sha256(const struct reader *r, const config_setting_t *s, struct sw_description *d)
{
    size_t len;
    d->has_sha256 = s != NULL;
    if (s == NULL)
        return true;
    const char *text = config_setting_get_string(s);
    if (text != NULL && strlen(text) == 2 * sizeof d->sha256 &&
        cli_unhex(text, d->sha256, sizeof d->sha256, &len))
        return true;
    return wrong(r, "sha256 of the image is not 64 hexadecimal digits");
}

static bool is_plain_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (*c < ' ' || *c > '~' || *c == '/')
            return false;
    return name[0] != '\0';
}

static bool take_image(const struct reader *r, const config_setting_t *image,
                       struct sw_description *d)
{
    static const char *const packings[] = {"compressed", "encrypted"};
    if (image == NULL || !config_setting_is_group(image))
        return wrong(r, "images is not a list of groups");
    for (unsigned i = 0; i < ARRAY_LEN(packings); i++)
        if (is_on(member(image, packings[i])))
            return wrong(r, "the image is %s; put it into the archive as slipway sign wrote it",
                         packings[i]);
    if (!text_of(r, member(image, "filename"), "filename", d->name) ||
        !text_of(r, member(image, "version"), "version", d->version) ||
        !text_of(r, member(image, "type"), "type", d->type) ||
        !take_sha256(r, member(image, "sha256"), d))
        return false;
    if (!is_plain_name(d->name))
        return wrong(r, "the image has no filename, or one with other letters than a plain name");
    return true;
}

static bool take_images(const struct reader *r, struct sw_description *d)
{
    const config_setting_t *images = lookup(r, "images");
    if (images == NULL)
        return wrong_place(r);
    if (!config_setting_is_list(images))
        return wrong(r, "images is not a list of groups");
    int count = config_setting_length(images);
    if (count != 1)
        return wrong(r, "it has %d images for this board; a gateway brings one", count);
    return take_image(r, config_setting_get_elem(images, 0), d);
}

/* ---- all of it ---- */

static bool read_software(struct reader *r, const config_t *config, struct sw_description *d)
{
    r->software = group_of(config_root_setting(config), "software");
    if (r->software == NULL)
        return wrong(r, "sw-description has no group 'software'");
    r->section = group_of(r->software, r->board.name);
    if (member(r->section, "ref") != NULL)
        return wrong(r, "software.%s leads elsewhere by 'ref', which is not followed",
                     r->board.name);
    return text_of(r, lookup(r, "version"), "version", d->release) && check_rest(r) &&
           (lookup(r, "images") != NULL || wrong_place(r)) && check_board(r) && take_images(r, d);
}

/* At a syntax error libconfig 1.5 does not free the text that it was reading; SW_DESCRIPTION_MAX bounds that. */
static bool parse(struct reader *r, const char *text, struct sw_description *d)
{
    config_t config;
    config_init(&config);
    bool ok = config_read_string(&config, text) == CONFIG_TRUE;
    if (!ok) {
        const char *error = config_error_text(&config);
        (void)wrong(r, "sw-description, line %d: %s", config_error_line(&config),
                    error != NULL ? error : "cannot be read");
    }
    ok = ok && read_software(r, &config, d);
    config_destroy(&config);
    return ok;
}

bool sw_description_find(const char *text, size_t len, const char *board, struct sw_description *d,
                         char *why, size_t cap)
{
    struct reader r = {.why = why, .cap = cap};
    *d = (struct sw_description){.has_sha256 = false};
    why[0] = '\0';
    if (len > SW_DESCRIPTION_MAX)
        return wrong(&r, "sw-description has %zu bytes, more than %u", len, SW_DESCRIPTION_MAX);
    char *copy = malloc(len + 1); /* with a NUL */
    if (copy == NULL)
        return wrong(&r, "out of memory");
    memcpy(copy, text, len);
    copy[len] = '\0';
    bool ok = take_board(&r, board) && check_text(&r, copy, len) && parse(&r, copy, d);
    free(copy);
    sw_printable(why);
    return ok;
}
