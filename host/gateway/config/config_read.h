/* config_read.h - inside of the configuration's reader: what is wrong with the text, groups of settings by table, and the
 * files that they name. */
#ifndef HOST_GATEWAY_CONFIG_CONFIG_READ_H
#define HOST_GATEWAY_CONFIG_CONFIG_READ_H

#include <libconfig.h>

#include "host/gateway/config/config.h"

/* ---- problems ------------------------------------------------------------------------------ */

#define GATEWAY_PROBLEMS_MAX 20u

struct gateway_problem {
    unsigned line; /* 0: of no line */
    const char *what, *next;
};

/* A text that is being read. */
struct gateway_reader {
    const struct gateway_config_text *source;
    struct gateway_problem problem[GATEWAY_PROBLEMS_MAX]; /* the first ones */
    unsigned problems;                                    /* all */
    const char *key_file[GATEWAY_KEY_FILES_MAX];          /* absolute names, each once */
    unsigned key_files;
    /* What deserves a warning; a text is the first one, NULL: none. */
    const char *open_token, *private_key, *keyless;
    unsigned open_tokens, keyless_count;
};

/* Note a problem. what and next live until cli_run returns. */
void gateway_problem(struct gateway_reader *r, unsigned line, const char *what, const char *next);
/* CLI_DONE if there is none; else CLI_BAD_FILE, with the error printed. */
MUST_CHECK int gateway_problems_print(const struct gateway_reader *r);
/* A value from outside as it is shown: in quotes, on one line, at most 60 bytes. */
const char *gateway_quoted(const char *text);

/* May libconfig see this text? It includes no file, has no NUL, nests no deeper than any configuration, and has no more
 * settings than libconfig finds room and time for, and no number that it would cut. text[len] must be readable. False: a
 * problem is noted. */
bool gateway_text_is_bounded(struct gateway_reader *r, const char *text, size_t len);

/* ---- groups of settings -------------------------------------------------------------------- */

enum gateway_kind {
    GATEWAY_TEXT,   /* const char *: 1 to 1024 bytes without controls */
    GATEWAY_NUMBER, /* uint32_t, in decimal */
    GATEWAY_BOOL,   /* bool */
    GATEWAY_TEXTS,  /* struct gateway_texts: up to GATEWAY_KEYS_MAX */
    GATEWAY_GROUP,  /* not stored: the caller reads it */
    GATEWAY_LIST,   /* the same */
};

struct gateway_field {
    const char *name;
    enum gateway_kind kind;
    size_t at;         /* where in *to */
    uint32_t min, max; /* of a number */
};

/* Read what is there of the fields into *to; what is not there stays as it is. Every setting that is none of the fields,
 * or has another type or range, is a problem. where: in front of names in messages, "server." */
void gateway_read_group(struct gateway_reader *r, const config_setting_t *group, const char *where,
                        const struct gateway_field *fields, size_t count, void *to);

/* The line of the group's setting with this name; of the group, if there is none. */
unsigned gateway_line_of(const config_setting_t *group, const char *name);

/* ---- checks (config_check.c) --------------------------------------------------------------- */

/* Characters that a URL's path takes as they are, and not only dots. NULL, or what is wrong with the text in words. */
const char *gateway_path_segment_wrong(const char *text);

void gateway_check_url(struct gateway_reader *r, struct gateway_server *s, unsigned line);
/* The name as it is opened from here. */
const char *gateway_file_name(const struct gateway_reader *r, const char *name);
/* The token in the file's first line; NULL: none, and a problem is noted. */
const char *gateway_read_token(struct gateway_reader *r, const char *name, unsigned line);
/* The certificates' file as it is opened from here; a problem is noted if it cannot be. */
const char *gateway_check_ca(struct gateway_reader *r, const char *name, unsigned line);
/* The names as they are opened from here; problems are noted. */
struct gateway_texts gateway_check_keys(struct gateway_reader *r, struct gateway_texts names,
                                        unsigned line);
/* Two devices with one id or on one link are problems. */
void gateway_check_twice(struct gateway_reader *r, const struct gateway_config *c);

#endif
