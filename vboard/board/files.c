/* Files in and out of a board's flash: vboard_load, vboard_flash_load, vboard_flash_save. SPEC.md has the
 * format of the flash file; vboard_flash_map. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "vboard/board/inside.h"
#include "vboard/board/load.h"

#define FILE_MAX (64u << 20)

#define OPTIONS_MAX (4 * (H7_OPTION_WORDS + 1))

/* OPTSR2 is the last word, of parts that have it. */
static size_t options_size(const struct soc_flash *part)
{
    return 4 * (H7_OPTION_WORDS + (part->tcm_options ? 1 : 0));
}

static const char magic1[16] = "SLIPWAY FLASH 1\n"; /* without option bytes */
static const char magic2[16] = "SLIPWAY FLASH 2\n";

struct file {
    uint8_t *data;
    size_t len;
};

static enum err read_stream(FILE *f, struct file *out)
{
    size_t room = 1u << 20;
    out->len = 0;
    out->data = malloc(room);
    while (out->data != NULL) {
        size_t n = fread(out->data + out->len, 1, room - out->len, f);
        out->len += n;
        if (n == 0)
            break;
        if (out->len < room)
            continue;
        if (room >= FILE_MAX)
            return ERR_FORMAT;
        uint8_t *more = realloc(out->data, room *= 2);
        if (more == NULL)
            return ERR_NOMEM;
        out->data = more;
    }
    if (out->data == NULL)
        return ERR_NOMEM;
    return ferror(f) ? ERR_IO : ERR_OK;
}

static enum err read_file(const char *path, struct file *out)
{
    *out = (struct file){NULL, 0};
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return errno == ENOENT ? ERR_NOENT : ERR_IO;
    enum err e = read_stream(f, out);
    fclose(f);
    return e;
}

static bool replaced(const void *ctx, uint32_t addr)
{
    const struct load_image *m = ctx;
    uint32_t off = addr - m->part->base;
    return off < m->part->size && load_uses(m, off);
}

/* Erase the sectors that the file touches, write, take over the names. */
static enum err apply(struct vboard *v, const struct load_image *m)
{
    struct symbols *s =
        symbols_merge(v->symbols, m->symbols, m->symbol_count, m->text, m->text_size, replaced, m);
    if (s == NULL)
        return ERR_NOMEM;
    v->symbols = s;
    const uint32_t sector = m->part->sector;
    for (uint32_t off = 0; off < m->part->size; off += sector)
        if (!bytes_all(m->used + off / 8, 0, sector / 8))
            h7_flash_poke(&v->s.flash, off, m->data + off, sector);
    return ERR_OK;
}

/* A program for another part is not loaded. */
static enum err apply_if_for_us(struct vboard *v, const struct load_image *m, char *err_msg,
                                size_t cap)
{
    char name[SOC_MARK_SIZE];
    if (!load_part(m, v->soc->name, name))
        return apply(v, m);
    const char *board = vboard_board_with(name);
    snprintf(err_msg, cap, "it says that it is built for the %s, and the %s has an %s%s%s", name,
             v->wiring->title, v->soc->name, board != NULL ? "; there is a board " : "",
             board != NULL ? board : "");
    return ERR_ACCESS;
}

static bool never(const void *ctx, uint32_t addr)
{
    (void)ctx;
    (void)addr;
    return false;
}

static enum err take_names(struct vboard *v, const struct load_image *m, char *err_msg, size_t cap)
{
    (void)err_msg, (void)cap;
    struct symbols *s =
        symbols_merge(v->symbols, m->symbols, m->symbol_count, m->text, m->text_size, never, NULL);
    if (s == NULL)
        return ERR_NOMEM;
    v->symbols = s;
    return ERR_OK;
}

/* err_msg: as for vboard_load. */
typedef enum err use_image(struct vboard *v, const struct load_image *m, char *err_msg, size_t cap);

static enum err parse_and_use(struct vboard *v, enum load_format format, const struct file *f,
                              uint32_t at, use_image *use, char *err_msg, size_t cap)
{
    struct load_image *m = load_image_new(&v->soc->flash);
    enum err e = ERR_NOMEM;
    if (m != NULL)
        e = load_parse(m, format, f->data, f->len, at, err_msg, cap);
    if (e == ERR_OK)
        e = use(v, m, err_msg, cap);
    load_image_free(m);
    return e;
}

static void explain(enum err e, const char *path, const char *text, char *err_msg, size_t cap)
{
    const char *why = text[0] != '\0'   ? text
                      : e == ERR_NOENT  ? "no such file"
                      : e == ERR_FORMAT ? "the file is too large to be a program"
                      : e == ERR_NOMEM  ? "not enough memory"
                                        : "the file cannot be read";
    if (cap != 0)
        snprintf(err_msg, cap, "%s: %s", path, why);
}

enum err vboard_load(struct vboard *v, const char *path, uint32_t at, char *err_msg, size_t cap)
{
    struct file f;
    char text[160] = "";
    enum err e = read_file(path, &f);
    if (e == ERR_OK)
        e = parse_and_use(v, load_format_of(path, f.data, f.len), &f, at, apply_if_for_us, text,
                          sizeof text);
    free(f.data);
    if (e != ERR_OK)
        explain(e, path, text, err_msg, cap);
    return e;
}

/* What is read once, as a pipe is, is left to who loads it. */
static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

const char *vboard_part_of_file(const char *path, uint32_t at, char name[VBOARD_PART_MAX])
{
    struct file f = {NULL, 0};
    char text[160];
    bool found = false;
    struct load_image *m =
        is_file(path) ? load_image_new(&soc_stm32h753.flash) : NULL; /* nothing is larger */
    if (m != NULL && read_file(path, &f) == ERR_OK)
        found = load_parse(m, load_format_of(path, f.data, f.len), f.data, f.len, at, text,
                           sizeof text) == ERR_OK &&
                load_part(m, NULL, name);
    free(f.data);
    load_image_free(m);
    return found ? name : NULL;
}

enum err vboard_load_symbols(struct vboard *v, const char *path, char *err_msg, size_t cap)
{
    struct file f;
    char text[160] = "";
    enum err e = read_file(path, &f);
    if (e == ERR_OK)
        e = parse_and_use(v, LOAD_ELF, &f, 0, take_names, text, sizeof text);
    free(f.data);
    if (e != ERR_OK)
        explain(e, path, text, err_msg, cap);
    return e;
}

static bool ends_with(const struct file *f, size_t len, const char *magic)
{
    return f->len == len + sizeof magic2 && memcmp(f->data + len, magic, sizeof magic2) == 0;
}

static void set_options(struct vboard *v, const uint8_t *bytes)
{
    uint32_t words[H7_OPTION_WORDS] = {0};
    struct h7_options o;
    for (size_t i = 0; i < H7_OPTION_WORDS; i++)
        words[i] = get_le32(bytes + 4 * i);
    memcpy(&o, words, sizeof o);
    h7_flash_set_options(&v->s.flash, &o);
    if (v->soc->flash.tcm_options)
        v->s.flash.optsr2_cur = v->s.flash.optsr2_prg = get_le32(bytes + 4 * H7_OPTION_WORDS);
}

/* How long a flash file is, in each version of the format; plain: data only. */
struct lengths {
    size_t plain, old, full;
};

static struct lengths lengths_of(const struct soc_flash *part)
{
    const size_t with_ecc = part->size + 2 * (part->size / H7_WORD);
    return (struct lengths){part->size, with_ecc + sizeof magic1,
                            with_ecc + options_size(part) + sizeof magic2};
}

const char *vboard_board_of_flash(const char *path)
{
    FILE *f = fopen(path, "rb");
    long len = f != NULL && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    const char *name = NULL;
    if (f != NULL)
        fclose(f);
    for (unsigned i = 0; len > 0 && name == NULL && vboard_board_name(i) != NULL; i++) {
        const struct lengths l = lengths_of(&vboard_board_soc(vboard_board_name(i))->flash);
        if ((size_t)len == l.plain || (size_t)len == l.old || (size_t)len == l.full)
            name = vboard_board_name(i);
    }
    return name;
}

enum err vboard_flash_load(struct vboard *v, const char *path)
{
    struct file f;
    enum err e = read_file(path, &f);
    const uint32_t size = v->soc->flash.size, with_ecc = size + 2 * (size / H7_WORD);
    bool plain = f.len == size;
    bool old = ends_with(&f, with_ecc, magic1);
    bool full = ends_with(&f, with_ecc + options_size(&v->soc->flash), magic2);
    if (e == ERR_OK && !plain && !old && !full)
        e = ERR_FORMAT;
    if (e == ERR_OK) {
        h7_flash_fill(&v->s.flash, f.data, plain ? NULL : f.data + size);
        if (full)
            set_options(v, f.data + with_ecc);
        else
            h7_flash_set_options(&v->s.flash, &h7_factory_options);
    }
    free(f.data);
    return e;
}

static bool save_data(const struct h7_cells *c, FILE *f)
{
    for (uint32_t off = 0; off < c->part->size; off += SOC_PAGE)
        if (fwrite(h7_cells_data(c, off), 1, SOC_PAGE, f) != SOC_PAGE)
            return false;
    return true;
}

static bool save_ecc(const struct h7_cells *c, FILE *f)
{
    uint8_t part[1024];
    for (uint32_t w = 0; w < c->part->size / H7_WORD; w += sizeof part / 2) {
        for (uint32_t i = 0; i < sizeof part / 2; i++)
            put_le16(part + 2 * i, h7_cells_ecc(c, w + i));
        if (fwrite(part, 1, sizeof part, f) != sizeof part)
            return false;
    }
    return true;
}

/* Returns the number of bytes. */
static size_t put_options(uint8_t bytes[OPTIONS_MAX], const struct h7_flash *flash)
{
    uint32_t words[H7_OPTION_WORDS];
    memcpy(words, &flash->cur, sizeof words);
    for (size_t i = 0; i < H7_OPTION_WORDS; i++)
        put_le32(bytes + 4 * i, words[i]);
    put_le32(bytes + 4 * H7_OPTION_WORDS, flash->optsr2_cur);
    return options_size(flash->part);
}

static bool save_options(const struct h7_flash *flash, FILE *f)
{
    uint8_t bytes[OPTIONS_MAX];
    const size_t size = put_options(bytes, flash);
    return fwrite(bytes, 1, size, f) == size &&
           fwrite(magic2, 1, sizeof magic2, f) == sizeof magic2;
}

enum err vboard_flash_write(const struct vboard *v, FILE *f)
{
    const struct h7_flash *flash = &v->s.flash;
    bool good = save_data(&flash->cells, f) && save_ecc(&flash->cells, f) && save_options(flash, f);
    return good ? ERR_OK : ERR_IO;
}

enum err vboard_flash_save(const struct vboard *v, const char *path)
{
    FILE *f = fopen(path, "wb");
    enum err e = f != NULL ? vboard_flash_write(v, f) : ERR_IO;
    if (f != NULL && fclose(f) != 0)
        e = ERR_IO;
    return e;
}

/* ---- a file that is the flash ---- */

static size_t ecc_offset(const struct vboard *v)
{
    return v->soc->flash.size;
}

static size_t options_offset(const struct vboard *v)
{
    return ecc_offset(v) + 2 * (v->soc->flash.size / H7_WORD);
}

static enum err open_locked(const char *path, int *fd)
{
    *fd = open(path, O_RDWR | O_CLOEXEC);
    if (*fd < 0)
        return errno == ENOENT                     ? ERR_NOENT
               : errno == EACCES || errno == EROFS ? ERR_ACCESS
                                                   : ERR_IO;
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    enum err e = errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
    close(*fd);
    *fd = -1;
    return e;
}

static enum err map_file(struct flash_map *m)
{
    struct stat st;
    if (fstat(m->fd, &st) != 0)
        return ERR_IO;
    if (!S_ISREG(st.st_mode) || (uintmax_t)st.st_size != m->len)
        return ERR_FORMAT;
    m->bytes = mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
    if (m->bytes == MAP_FAILED) {
        m->bytes = NULL;
        return ERR_IO;
    }
    const uint8_t *end = m->bytes + m->len - sizeof magic2;
    return memcmp(end, magic2, sizeof magic2) == 0 ? ERR_OK : ERR_FORMAT;
}

/* The cells' ECC is in host order, the file's in little-endian order. */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "a mapped flash file needs a little-endian host");

enum err vboard_flash_map(struct vboard *v, const char *path)
{
    if (v->map.fd >= 0)
        return ERR_STATE;
    struct flash_map m = {.len = lengths_of(&v->soc->flash).full};
    enum err e = open_locked(path, &m.fd);
    if (e == ERR_OK)
        e = map_file(&m);
    if (e != ERR_OK) {
        flash_map_close(&m);
        return e;
    }
    h7_flash_move_to(&v->s.flash, m.bytes, m.bytes + ecc_offset(v));
    set_options(v, m.bytes + options_offset(v));
    v->map = m;
    return ERR_OK;
}

void flash_map_close(struct flash_map *m)
{
    if (m->bytes != NULL)
        munmap(m->bytes, m->len);
    if (m->fd >= 0)
        close(m->fd);
    *m = FLASH_MAP_NONE;
}

void flash_map_options(struct vboard *v)
{
    uint8_t bytes[OPTIONS_MAX];
    if (v->map.bytes == NULL)
        return;
    size_t size = put_options(bytes, &v->s.flash);
    memcpy(v->map.bytes + options_offset(v), bytes, size);
}
