/* config.h - what the operator tells a gateway: the server, the devices, and the pace of a rollout. A file in libconfig's
 * syntax; examples/gateway/gateway.conf has every setting with its meaning. */
#ifndef HOST_GATEWAY_CONFIG_CONFIG_H
#define HOST_GATEWAY_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "host/client/link/device_name.h"

#define GATEWAY_CONFIG_MAX    (16u << 20) /* bytes of the file */
#define GATEWAY_DEVICES_MAX   100000u
#define GATEWAY_ID_MAX        128u /* characters of a device's id, and of the tenant */
#define GATEWAY_KEYS_MAX      16u  /* of one list */
#define GATEWAY_KEY_FILES_MAX 64u  /* different ones in all lists */

struct gateway_server {
    const char *url;     /* "https://hawkbit.example.com", without a slash at the end */
    const char *tenant;  /* fits into a URL's path as it is */
    const char *token;   /* of the gateway, for all devices; NULL: none. Never print or log it. */
    const char *ca_file; /* NULL: the system's certificates */
    bool plain_http;     /* http:// is allowed to other hosts than this one */
    /* An action's id is that of its software (goosebit): what is offered again after a failure was assigned again. */
    bool ids_repeat;
};

/* How many devices are updated at a time, and when no new update starts. */
struct gateway_rollout {
    uint32_t at_once;          /* updates at the same time, 1.. */
    uint32_t at_once_per_link; /* of these, on one link, 1.. */
    uint32_t canary;           /* the first so many devices are updated one by one; 0: none */
    uint32_t
        stop_after_failures; /* failures in a row after which no update starts; 0: never stop */
    uint32_t wait;           /* seconds that a device may take to come back after its reset */
    uint32_t retry_first;    /* seconds until the second attempt; they double with each one */
    uint32_t retry_most;     /* seconds, at most; not below retry_first */
};

struct gateway_texts {
    const char *const *text;
    uint32_t count;
};

struct gateway_device {
    const char *id;          /* controller id: A-Z a-z 0-9 . _ -, at most GATEWAY_ID_MAX */
    struct device_name link; /* unlike that of every other device */
    const char *board;       /* NULL: not said */
    uint32_t image;          /* number of the image, for a device with several */
    /* Files of public keys that may sign for it: its own list, else that of all devices. */
    struct gateway_texts keys;
    const char *token; /* of this device only; NULL: the gateway's. Never print or log it. */
    unsigned line;     /* of the file, for messages */
};

/* All texts live until cli_run returns. File names are absolute, or good from where the program was started. */
struct gateway_config {
    struct gateway_server server;
    struct gateway_rollout rollout;
    const char *state;     /* folder of journal and cache; need not exist yet */
    uint32_t cache_mb;     /* of downloaded artifacts, 2^20 bytes */
    uint32_t metrics_port; /* 0: no metrics */
    struct gateway_texts keys;
    struct gateway_device *device; /* in the order of the file */
    unsigned device_count;         /* 1..GATEWAY_DEVICES_MAX */
};

/* Read and check the file at path, and the files that it names: tokens, keys, certificates. Names in it are relative to
 * its folder. CLI_DONE, perhaps with warnings printed; or CLI_BAD_FILE with an error that lists up to 20 problems with
 * their lines. */
MUST_CHECK int gateway_config_load(struct gateway_config *c, const char *path);

/* The same of a text. */
struct gateway_config_text {
    const char *name;   /* for messages: the file's */
    const char *folder; /* that names in the text are relative to; "": this one */
    const char *text;   /* may hold anything */
    size_t len;
    bool open_files; /* false: no file is looked at, and there are no tokens */
};
MUST_CHECK int gateway_config_parse(struct gateway_config *c, const struct gateway_config_text *t);

/* The devices and the pace as a table on stdout, or as JSON with --json. Tokens are not shown. */
void gateway_config_print(const struct gateway_config *c);

#endif
