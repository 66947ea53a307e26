/* fleet_server.c - a server that stands in for hawkBit in rehearsals: see print_help. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "rehearse/fleet/fleet_draw.h"
#include "rehearse/fleet/server/ddi_http.h"

#define PEM_MAX 65536u

struct options {
    const char *state, *token, *tenant, *certificate, *key;
    uint64_t port, judge, sleep, seed;
    uint32_t faults;
    bool anonymous;
};

static void print_help(void)
{
    printf("fleet_server --state FILE [options]\n"
           "\n"
           "Speaks hawkBit's device API on 127.0.0.1, and what ddi_control.h says on the judge's "
           "port.\n"
           "Ends with SIGTERM; started again with the same file it goes on.\n"
           "\n"
           "  --state FILE         SQLite; made if it is not there\n"
           "  --port N             for devices (default 0: any that is free)\n"
           "  --judge N            for the judge (the same)\n"
           "  --token TEXT         gateway token; without it only target tokens are accepted\n"
           "  --anonymous          no token is needed\n"
           "  --tenant NAME        (default DEFAULT)\n"
           "  --sleep SECONDS      between polls (default 1)\n"
           "  --faults PERCENT     of answers that are spoilt (default 0)\n"
           "  --seed N             of what is spoilt, and how (default 1)\n"
           "  --certificate FILE, --key FILE   PEM: HTTPS for devices\n");
}

/* ---- options ---- */

enum word {
    STATE = 1,
    PORT,
    JUDGE,
    TOKEN,
    ANONYMOUS,
    TENANT,
    SLEEP,
    FAULTS,
    SEED,
    CERTIFICATE,
    KEY
};

static bool take(struct options *o, int option, const char *text)
{
    switch (option) {
    case STATE:
        o->state = text;
        return true;
    case PORT:
        return fleet_number(text, 0, UINT16_MAX, &o->port);
    case JUDGE:
        return fleet_number(text, 0, UINT16_MAX, &o->judge);
    case TOKEN:
        o->token = text;
        return true;
    case ANONYMOUS:
        o->anonymous = true;
        return true;
    case TENANT:
        o->tenant = text;
        return true;
    case SLEEP:
        return fleet_number(text, 0, 86399, &o->sleep);
    case FAULTS:
        return fleet_percent(text, &o->faults);
    case SEED:
        return fleet_number(text, 0, UINT64_MAX, &o->seed);
    case CERTIFICATE:
        o->certificate = text;
        return true;
    default:
        o->key = text;
        return true;
    }
}

static bool read_options(struct options *o, int argc, char **argv)
{
    static const struct option words[] = {{"state", 1, NULL, STATE},
                                          {"port", 1, NULL, PORT},
                                          {"judge", 1, NULL, JUDGE},
                                          {"token", 1, NULL, TOKEN},
                                          {"anonymous", 0, NULL, ANONYMOUS},
                                          {"tenant", 1, NULL, TENANT},
                                          {"sleep", 1, NULL, SLEEP},
                                          {"faults", 1, NULL, FAULTS},
                                          {"seed", 1, NULL, SEED},
                                          {"certificate", 1, NULL, CERTIFICATE},
                                          {"key", 1, NULL, KEY},
                                          {0}};
    int option, which = 0;
    *o = (struct options){.tenant = "DEFAULT", .sleep = 1, .seed = 1};
    while ((option = getopt_long(argc, argv, "", words, &which)) != -1) {
        if (option == '?')
            return false;
        if (!take(o, option, optarg)) {
            fprintf(stderr, "error: --%s does not take '%s'\n", words[which].name, optarg);
            return false;
        }
    }
    if (optind == argc && o->state != NULL && (o->certificate == NULL) == (o->key == NULL))
        return true;
    fprintf(stderr, "error: --state is needed, and --certificate with --key\n");
    return false;
}

/* ---- the server ---- */

/* The text of a PEM file, in the caller's PEM_MAX bytes; NULL: there is no path. */
static const char *read_pem(const char *path, char *text)
{
    FILE *f = path != NULL ? fopen(path, "rb") : NULL;
    if (path == NULL)
        return NULL;
    if (f == NULL) {
        perror(path);
        exit(4);
    }
    text[fread(text, 1, PEM_MAX - 1, f)] = '\0';
    fclose(f);
    return text;
}

static int catch_signals(void)
{
    sigset_t set;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int serve(struct ddi *ddi, const struct options *o, int stop)
{
    static char certificate[PEM_MAX], key[PEM_MAX];
    struct ddi_http h = {.ddi = ddi, .faults = {.seed = o->seed, .ppm = o->faults}};
    uint16_t port = (uint16_t)o->port, judge = (uint16_t)o->judge;
    enum err e = ddi_http_open(&h, &port, &judge, read_pem(o->certificate, certificate),
                               read_pem(o->key, key));
    if (e == ERR_OK) {
        printf("fleet_server: devices at %s, the judge at http://127.0.0.1:%u\n", h.base, judge);
        fflush(stdout);
        ddi_http_run(&h, stop);
    } else {
        fprintf(stderr, "error: a port of 127.0.0.1 or 127.0.0.2 cannot be had\n");
    }
    ddi_http_close(&h);
    return e == ERR_OK ? 0 : 3;
}

int main(int argc, char **argv)
{
    struct options o;
    struct ddi ddi = {0};
    const char *why;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help();
        return 0;
    }
    if (!read_options(&o, argc, argv))
        return 2;
    int stop = catch_signals(), rc = 4;
    ddi.config = (struct ddi_config){.tenant = o.tenant,
                                     .gateway_token = o.token,
                                     .anonymous = o.anonymous,
                                     .sleep_s = (unsigned)o.sleep};
    if (stop >= 0 && ddi_store_open(&ddi.store, o.state, &why) == ERR_OK)
        rc = serve(&ddi, &o, stop);
    else
        fprintf(stderr, "error: %s: %s\n", o.state, why);
    ddi_store_close(&ddi.store);
    return rc;
}
