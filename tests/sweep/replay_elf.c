/* replay_elf.c - a violation that the closure found, on a real bootloader at its real size: does it show there, too?
 * `make closure-replay` runs it, and replay_test.py. Usage: replay_elf TEXT BOOTLOADER.elf KEY.pem; board.dtb and
 * .config of the bootloader's build lie beside it. Exit code 1: the violation shows; 0: the bootloader survives. */
#include <string.h>

#include "host/image/boot_elf.h"
#include "host/layout/layout_file.h"
#include "rehearse/closure/closure_board.h"
#include "vboard/vboard.h"

/* The members point into one another. */
static struct build {
    struct boot_elf boot;
    struct key key;
    struct image_signer signer;
    struct layout layout;
    struct layout_slots slots;
    struct closure_board board;
} build;

static int read_layout(void)
{
    const char *elf = build.boot.path, *slash = strrchr(elf, '/');
    int folder = slash != NULL ? (int)(slash - elf) + 1 : 0;
    const char *path = cli_text("%.*sboard.dtb", folder, elf);
    struct layout_config c = {.images = 0};
    int code = layout_file_read(path, NULL, &build.layout);
    if (code == CLI_DONE)
        code = layout_config_read(NULL, path, &c);
    if (code == CLI_DONE && c.path == NULL)
        return cli_fail(CLI_BAD_FILE, cli_text("there is no .config beside '%s'", path),
                        "it says which upgrade strategy the bootloader has",
                        "put the .config of the bootloader's build there");
    if (code == CLI_DONE && c.images > 1)
        return cli_fail(CLI_REFUSED,
                        cli_text("'%s' updates %u images together", elf, (unsigned)c.images),
                        "a replay on the ELF has one", "give a bootloader of one image");
    if (code == CLI_DONE)
        code = layout_slots_init(&build.slots, &build.layout, &c, 0);
    build.board.pair = &build.slots.pair;
    build.board.no_downgrade = code == CLI_DONE && c.no_downgrade;
    return code;
}

static bool is_trusted(const struct key *key)
{
    for (unsigned i = 0; i < build.boot.key_count; i++)
        if (build.boot.keys[i].spki_len == key->pub_len &&
            memcmp(build.boot.keys[i].spki, key->pub, key->pub_len) == 0)
            return true;
    return false;
}

static int read_key(const char *path)
{
    int code = key_load(path, &build.key);
    if (code != CLI_DONE)
        return code;
    if (!build.key.is_private || !is_trusted(&build.key))
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' cannot sign for '%s'", path, build.boot.path),
                        build.key.is_private ? "it is none of the keys that the bootloader trusts"
                                             : "it holds a public key only",
                        cli_text("slipway getpubhash -k %s says which key the file holds", path));
    build.signer = key_signer(&build.key);
    build.board.signer = &build.signer;
    build.board.digest = build.boot.scheme ? digest_by_tlv(build.boot.scheme->hash_tlv) : NULL;
    build.board.pure = build.boot.pure;
    return CLI_DONE;
}

static void print_event(void *ctx, const struct closure_event *e)
{
    char line[CLOSURE_LINE_MAX];
    (void)ctx;
    closure_event_text(e, line);
    cli_say("%s", line);
}

static int replay(const char *text)
{
    static const struct closure_sink sink = {.event = print_event};
    enum closure_fault fault = FAULT_NONE;
    const char *why;
    if (!closure_board_replay(text, &build.board, &sink, &fault, &why))
        return cli_fail(CLI_USAGE,
                        cli_text("the replay '%s' cannot be run on '%s'", text, build.board.elf),
                        why, "slipway layout show and the build's .config say what it has");
    cli_say("replay: %s", fault ? closure_fault_text(fault) : "no violation");
    return fault ? CLI_REFUSED : CLI_DONE;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return cli_fail(CLI_USAGE, "three arguments are needed", "TEXT BOOTLOADER.elf KEY.pem",
                        "make closure-replay TEXT='...'");
    int code = boot_elf_load(argv[2], &build.boot);
    build.board.elf = build.boot.path;
    if (code == CLI_DONE)
        code = read_layout();
    if (code == CLI_DONE && (build.boot.soc != NULL || build.layout.assumed[0] == '\0'))
        build.board.name =
            vboard_board_with((build.boot.soc != NULL ? build.boot.soc : build.layout.soc)->name);
    if (code == CLI_DONE)
        code = read_key(argv[3]);
    if (code == CLI_DONE)
        code = replay(argv[1]);
    key_free(&build.key);
    cli_release();
    return code;
}
