#include "host/image/boot_elf.h"

#include <string.h>
#include <unistd.h>

#include "core/base/bytes.h"

/* ELF32, little endian: the few fields that are needed. */
enum {
    EH_PHOFF = 28,
    EH_SHOFF = 32,
    EH_PHENTSIZE = 42,
    EH_PHNUM = 44,
    EH_SHENTSIZE = 46,
    EH_SHNUM = 48,
    EH_SIZE = 52,
    PH_SIZE = 32,
    SH_SIZE = 40,
    SYM_SIZE = 16,
    PT_LOAD = 1,
    SHT_SYMTAB = 2,
};

/* len bytes at off of the file, NULL if they are not all there. */
static const uint8_t *bytes_at(const struct cli_blob *f, uint64_t off, uint64_t len)
{
    return off <= f->len && len <= f->len - off ? f->data + off : NULL;
}

/* len bytes that are loaded to address. */
static const uint8_t *bytes_loaded_at(const struct cli_blob *f, uint32_t address, uint32_t len)
{
    uint32_t table = get_le32(f->data + EH_PHOFF), size = get_le16(f->data + EH_PHENTSIZE);
    for (uint32_t i = 0; i < get_le16(f->data + EH_PHNUM); i++) {
        const uint8_t *p =
            size >= PH_SIZE ? bytes_at(f, table + (uint64_t)i * size, PH_SIZE) : NULL;
        if (p == NULL || get_le32(p) != PT_LOAD)
            continue;
        uint32_t off = get_le32(p + 4), start = get_le32(p + 8), in_file = get_le32(p + 16);
        if (address >= start && address - start <= in_file && len <= in_file - (address - start))
            return bytes_at(f, (uint64_t)off + (address - start), len);
    }
    return NULL;
}

/* A symbol's address and size. */
static bool find_in(const struct cli_blob *f, const uint8_t *symtab, const uint8_t *strtab,
                    const char *name, uint32_t *address, uint32_t *size)
{
    uint32_t count = get_le32(symtab + 20) / SYM_SIZE, names = get_le32(strtab + 20);
    const uint8_t *symbols = bytes_at(f, get_le32(symtab + 16), (uint64_t)count * SYM_SIZE);
    const char *text = (const char *)bytes_at(f, get_le32(strtab + 16), names);
    size_t len = strlen(name) + 1;
    for (uint32_t i = 0; symbols != NULL && text != NULL && i < count; i++) {
        const uint8_t *s = symbols + (size_t)i * SYM_SIZE;
        uint32_t where = get_le32(s);
        if (where > names || len > names - where || memcmp(text + where, name, len) != 0)
            continue;
        *address = get_le32(s + 4);
        *size = get_le32(s + 8);
        return true;
    }
    return false;
}

static bool find_symbol(const struct cli_blob *f, const char *name, uint32_t *address,
                        uint32_t *size)
{
    uint32_t table = get_le32(f->data + EH_SHOFF), each = get_le16(f->data + EH_SHENTSIZE);
    uint32_t count = get_le16(f->data + EH_SHNUM);
    for (uint32_t i = 0; i < count && each >= SH_SIZE; i++) {
        const uint8_t *symtab = bytes_at(f, table + (uint64_t)i * each, SH_SIZE);
        if (symtab == NULL || get_le32(symtab + 4) != SHT_SYMTAB || get_le32(symtab + 24) >= count)
            continue;
        const uint8_t *strtab =
            bytes_at(f, table + (uint64_t)get_le32(symtab + 24) * each, SH_SIZE);
        if (strtab != NULL && find_in(f, symtab, strtab, name, address, size))
            return true;
    }
    return false;
}

/* Read one row of bootutil_keys: a pointer to the key, and a length or a pointer to one. */
static const char *take_key(struct boot_elf *e, const uint8_t *row)
{
    uint32_t len = get_le32(row + 4);
    if (len > KEY_PUBLIC_MAX) {
        const uint8_t *behind = bytes_loaded_at(&e->file, len, 4);
        len = behind != NULL ? get_le32(behind) : 0;
    }
    const uint8_t *bytes =
        len != 0 && len <= KEY_PUBLIC_MAX ? bytes_loaded_at(&e->file, get_le32(row), len) : NULL;
    if (bytes == NULL)
        return "a row of bootutil_keys does not point to a key";
    const struct image_key key = {bytes, len};
    e->keys[e->key_count] = key;
    e->kinds[e->key_count] = key_kind_of(&key);
    if (e->kinds[e->key_count++] == NULL)
        return "a row of bootutil_keys is not a public key of a known kind";
    return NULL;
}

/* Slipway's bootloaders describe themselves in symbols whose address is the value (target/boot/CMakeLists.txt). With
 * the kind of the keys, these name the image scheme. */
static const struct image_scheme *take_scheme(const struct boot_elf *e)
{
    static const struct {
        enum key_type type;
        bool pure;
        const struct image_scheme *scheme;
    } judges[] = {
        {KEY_RSA2048, false, &image_scheme_rsa2048},
        {KEY_RSA3072, false, &image_scheme_rsa3072},
        {KEY_P256, false, &image_scheme_p256},
        {KEY_P384, false, &image_scheme_p384},
        {KEY_ED25519, false, &image_scheme_ed25519},
        {KEY_ED25519, false, &image_scheme_ed25519_sha512},
        {KEY_ED25519, true, &image_scheme_ed25519_pure},
    };
    uint32_t hash, pure, unused;
    if (!find_symbol(&e->file, "bootutil_hash_tlv", &hash, &unused) ||
        !find_symbol(&e->file, "bootutil_signature_pure", &pure, &unused))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(judges); i++)
        if (judges[i].type == e->kinds[0]->type && judges[i].pure == (pure != 0) &&
            judges[i].scheme->hash_tlv == hash)
            return judges[i].scheme;
    return NULL;
}

static const struct soc *take_part(const struct boot_elf *e)
{
    char name[SOC_MARK_SIZE];
    uint32_t mark, unused;
    if (!find_symbol(&e->file, "soc_mark", &mark, &unused))
        return NULL;
    const uint8_t *vectors =
        bytes_loaded_at(&e->file, mark - SOC_MARK_AT, SOC_MARK_AT + SOC_MARK_SIZE);
    return vectors != NULL && soc_mark_name(vectors, name) ? soc_find_part(name) : NULL;
}

static const char *take_table(struct boot_elf *e)
{
    uint32_t address, size, unused, where;
    const uint8_t *counted = NULL;
    if (!find_symbol(&e->file, "bootutil_keys", &address, &size))
        return "it has no symbol bootutil_keys (stripped, or not a bootloader of Slipway or "
               "MCUboot)";
    if (find_symbol(&e->file, "bootutil_key_count", &where, &unused) ||
        find_symbol(&e->file, "bootutil_key_cnt", &where, &unused))
        counted = bytes_loaded_at(&e->file, where, 4);
    uint32_t count = counted != NULL ? get_le32(counted) : size / 8;
    if (count == 0 || count > BOOT_KEYS_MAX)
        return cli_text("its table bootutil_keys has %u rows", (unsigned)count);
    const uint8_t *rows = bytes_loaded_at(&e->file, address, count * 8);
    const char *wrong = rows == NULL ? "its table bootutil_keys is not in the file" : NULL;
    for (uint32_t i = 0; i < count && wrong == NULL; i++)
        wrong = take_key(e, rows + (size_t)i * 8);
    (void)find_symbol(&e->file, "bootutil_enc_tlv", &e->enc_tlv,
                      &unused); /* Slipway's; the next is MCUboot's */
    (void)find_symbol(&e->file, "bootutil_enc_key_size", &e->enc_key_size, &unused);
    uint32_t enc = 0;
    (void)find_symbol(&e->file, "bootutil_development_keys", &e->development, &unused);
    (void)find_symbol(&e->file, "bootutil_development_enc", &enc, &unused);
    e->development_enc = enc != 0;
    e->decrypts = e->enc_tlv != 0 || find_symbol(&e->file, "bootutil_enc_key", &where, &unused);
    e->scheme = wrong == NULL ? take_scheme(e) : NULL;
    e->soc = take_part(e);
    e->pure = e->scheme == &image_scheme_ed25519_pure;
    return wrong;
}

static const char *take_file(struct boot_elf *e)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1};
    if (e->file.len < EH_SIZE || memcmp(e->file.data, ident, sizeof ident) != 0)
        return "it is not a 32-bit little-endian ELF file";
    return take_table(e);
}

int boot_elf_load(const char *path, struct boot_elf *e)
{
    *e = (struct boot_elf){.path = path};
    int code = cli_read_file(path, BOOT_ELF_MAX, &e->file);
    if (code != CLI_DONE)
        return code;
    const char *wrong = take_file(e);
    if (wrong == NULL)
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE,
                    cli_text("'%s' does not show which keys the bootloader trusts", path), wrong,
                    "give the bootloader's .elf, with symbols");
}

void boot_elf_warn(const struct boot_elf *e)
{
    const char *keys = "";
    for (unsigned i = 0; i < e->key_count; i++)
        if (e->development >> i & 1u)
            keys = cli_text("%skey %u of %u, made by a build for development: %s, hash %s\n", keys,
                            i + 1, e->key_count, e->kinds[i]->title, key_hash_text(&e->keys[i]));
    if (e->development_enc)
        keys = cli_text("%sthe decryption key, made by a build for development\n", keys);
    if (*keys != '\0')
        cli_warn(cli_text("%s has a DEVELOPMENT KEY: not for a product", e->path), keys,
                 "make firmware KEY=YOUR.pem (KEY= and PRODUCT=1 refuse development keys)");
}

void boot_elf_warn_beside(const char *dtb)
{
    const char *slash = strrchr(dtb, '/');
    struct boot_elf e = {
        .path = cli_text("%.*sbootloader.elf", slash != NULL ? (int)(slash - dtb) + 1 : 0, dtb)};
    size_t len = strlen(dtb);
    bool built = len > 4 && strcmp(dtb + len - 4, ".dtb") == 0;
    if (built && access(e.path, R_OK) == 0 &&
        cli_read_file(e.path, BOOT_ELF_MAX, &e.file) == CLI_DONE && take_file(&e) == NULL)
        boot_elf_warn(&e);
}
