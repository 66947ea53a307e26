/* fleet_devices.c - a fleet of native devices, each on a UDP port of 127.0.0.1: see print_help. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL has a type by this name, which we do not use; the house has an error code. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/pem.h>
#undef ERR_STATE

#include "rehearse/fleet/fleet_draw.h"
#include "rehearse/fleet/fleet_serve.h"

#define UNITS_MAX 64u
#define KEY_MAX   128u

/* --unit: a device whose kind is not drawn. */
struct named_unit {
    unsigned device;
    enum fleet_unit unit;
};

struct options {
    const char *image, *key, *control;
    uint64_t devices, port;
    struct fleet_shares shares;
    struct named_unit units[UNITS_MAX];
    unsigned unit_count;
};

static void print_help(void)
{
    printf(
        "fleet_devices --image FILE --key FILE --control SOCKET [options]\n"
        "\n"
        "Serves native devices, SMP over UDP, each on a port of 127.0.0.1. Ends with SIGTERM.\n"
        "\n"
        "  --image FILE      signed image that all run at first\n"
        "  --key FILE        public key (PEM, P-256) that their bootloaders trust\n"
        "  --control SOCKET  Unix socket for the judge: see fleet_command.h\n"
        "  --devices N       how many (default 1, at most %u)\n"
        "  --port N          UDP port of the first, the others follow (default 0: any free ones)\n"
        "  --seed N          of all that is drawn (default 1)\n"
        "  --loss PERCENT    of datagrams, in each direction (default 0)\n"
        "  --cuts PERCENT    of flash operations at which power fails (default 0)\n"
        "  --bad PERCENT     of devices that are bad units (default 0)\n"
        "  --busy PERCENT    of devices that are busy at first (default 0)\n"
        "  --unit I:KIND     make device I good, bad-flash, boot-loop, refuses, forgets, resets,\n"
        "                    vanishes or no-return; may be repeated\n"
        "\n"
        "Sign for a slot of %u bytes: --align 32 --max-sectors %u --slot-size %u\n",
        FLEET_DEVICES_MAX, FLEET_SLOT_SIZE, FLEET_SECTORS / 2, FLEET_SLOT_SIZE);
}

/* ---- options ---- */

static bool add_unit(struct options *o, const char *text)
{
    char number[16];
    uint64_t device;
    const char *colon = strchr(text, ':');
    if (o->unit_count == UNITS_MAX || colon == NULL || (size_t)(colon - text) >= sizeof number)
        return false;
    memcpy(number, text, (size_t)(colon - text));
    number[colon - text] = '\0';
    struct named_unit *u = &o->units[o->unit_count++];
    if (!fleet_number(number, 0, FLEET_DEVICES_MAX - 1, &device))
        return false;
    u->device = (unsigned)device;
    return fleet_unit_find(colon + 1, &u->unit);
}

enum word { IMAGE = 1, KEY, CONTROL, DEVICES, PORT, SEED, LOSS, CUTS, BAD, BUSY, UNIT };

static bool take(struct options *o, int option, const char *text)
{
    switch (option) {
    case IMAGE:
        o->image = text;
        return true;
    case KEY:
        o->key = text;
        return true;
    case CONTROL:
        o->control = text;
        return true;
    case DEVICES:
        return fleet_number(text, 1, FLEET_DEVICES_MAX, &o->devices);
    case PORT:
        return fleet_number(text, 0, UINT16_MAX, &o->port);
    case SEED:
        return fleet_number(text, 0, UINT64_MAX, &o->shares.seed);
    case LOSS:
        return fleet_percent(text, &o->shares.loss);
    case CUTS:
        return fleet_percent(text, &o->shares.cuts);
    case BAD:
        return fleet_percent(text, &o->shares.bad);
    case BUSY:
        return fleet_percent(text, &o->shares.busy);
    default:
        return add_unit(o, text);
    }
}

static bool read_options(struct options *o, int argc, char **argv)
{
    static const struct option words[] = {
        {"image", 1, NULL, IMAGE},     {"key", 1, NULL, KEY},   {"control", 1, NULL, CONTROL},
        {"devices", 1, NULL, DEVICES}, {"port", 1, NULL, PORT}, {"seed", 1, NULL, SEED},
        {"loss", 1, NULL, LOSS},       {"cuts", 1, NULL, CUTS}, {"bad", 1, NULL, BAD},
        {"busy", 1, NULL, BUSY},       {"unit", 1, NULL, UNIT}, {0}};
    int option, which = 0;
    *o = (struct options){.devices = 1, .shares.seed = 1};
    while ((option = getopt_long(argc, argv, "", words, &which)) != -1) {
        if (option == '?')
            return false;
        if (!take(o, option, optarg)) {
            fprintf(stderr, "error: --%s does not take '%s'\n", words[which].name, optarg);
            return false;
        }
    }
    if (optind == argc && o->image != NULL && o->key != NULL && o->control != NULL &&
        (o->port == 0 || o->port + o->devices <= UINT16_MAX + 1u))
        return true;
    fprintf(stderr, "error: --image, --key and --control are needed, and ports up to 65535\n");
    return false;
}

/* ---- files ---- */

static bool read_image(struct fleet_model *model, const char *path)
{
    static uint8_t bytes[FLEET_SLOT_SIZE + 1];
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return false;
    }
    model->image = bytes;
    model->image_len = (uint32_t)fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return true;
}

static bool read_key(struct fleet_model *model, const char *path)
{
    static uint8_t spki[KEY_MAX];
    uint8_t *at = spki;
    FILE *f = fopen(path, "rb");
    EVP_PKEY *key = f != NULL ? PEM_read_PUBKEY(f, NULL, NULL, NULL) : NULL;
    int len = key != NULL ? i2d_PUBKEY(key, NULL) : 0;
    bool fits = len > 0 && len <= (int)sizeof spki && i2d_PUBKEY(key, &at) == len;
    EVP_PKEY_free(key);
    if (f != NULL)
        fclose(f);
    if (!fits)
        fprintf(stderr, "error: %s is not a public P-256 key (PEM)\n", path);
    model->key = (struct image_key){.spki = spki, .spki_len = (uint32_t)len};
    return fits;
}

static bool make_model(struct fleet_model *model, const struct options *o)
{
    model->strategy = &update_swap_offset;
    if (!read_image(model, o->image) || !read_key(model, o->key))
        return false;
    enum err e = fleet_model_init(model);
    if (e == ERR_NOSPC)
        fprintf(stderr, "error: %s does not fit a slot of %u bytes with its trailer\n", o->image,
                FLEET_SLOT_SIZE);
    else if (e != ERR_OK)
        fprintf(stderr, "error: a device with the key %s does not run %s\n", o->key, o->image);
    return e == ERR_OK;
}

/* ---- the fleet ---- */

static void make_devices(struct fleet *f, const struct fleet_model *model, const struct options *o)
{
    f->count = (unsigned)o->devices;
    f->devices = fleet_memory(f->count, sizeof *f->devices);
    f->ports = fleet_memory(f->count, sizeof *f->ports);
    for (unsigned i = 0; i < f->count; i++) {
        struct fleet_fate fate = fleet_fate_draw(&o->shares, i);
        for (unsigned n = 0; n < o->unit_count; n++)
            if (o->units[n].device == i)
                fleet_fate_set(&fate, o->units[n].unit);
        fleet_device_init(&f->devices[i], model, i, &fate);
    }
}

static void free_devices(struct fleet *f)
{
    for (unsigned i = 0; i < f->count; i++)
        fleet_device_free(&f->devices[i]);
    free(f->devices);
    free(f->ports);
}

int main(int argc, char **argv)
{
    struct options o;
    static struct fleet_model model;
    struct fleet fleet;
    struct fleet_serve serve;
    char why[200];
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help();
        return 0;
    }
    if (!read_options(&o, argc, argv))
        return 2;
    if (!make_model(&model, &o))
        return 4;
    make_devices(&fleet, &model, &o);
    enum err e = fleet_serve_open(&serve, &fleet, (unsigned)o.port, o.control, why, sizeof why);
    if (e == ERR_OK) {
        printf("fleet_devices: %u devices, the first on 127.0.0.1:%u\n", fleet.count,
               fleet.ports[0]);
        fflush(stdout);
        fleet_serve_run(&serve);
    } else {
        fprintf(stderr, "error: %s\n", why);
    }
    fleet_serve_close(&serve);
    free_devices(&fleet);
    return e == ERR_OK ? 0 : 3;
}
