#include "host/image/hex_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DATA = 0, END = 1, SEGMENT = 2, START_SEGMENT = 3, LINEAR = 4, START_LINEAR = 5 };

#define RECORD_MAX (255u + 5u)
#define LINE_BYTES 16u
#define PAGE       0x10000u
#define PLACES_MAX 6u

bool hex_is_name(const char *path)
{
    size_t len = strlen(path);
    return (len >= 4 && strcasecmp(path + len - 4, ".hex") == 0) ||
           (len >= 5 && strcasecmp(path + len - 5, ".ihex") == 0);
}

/* ---- reading ---- */

/* One data record: where its bytes stand in the text, and where they belong. */
struct piece {
    uint32_t address;
    uint32_t len;
    const char *digits;
};

struct reader {
    struct piece *pieces;
    size_t count, cap;
    uint64_t offset; /* of the address in each record */
    bool ended;
};

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of a line of digits; false if it is anything else. */
static bool take_record(const char *digits, size_t len, uint8_t record[RECORD_MAX], size_t *count)
{
    if (len % 2 != 0 || len / 2 > RECORD_MAX || len / 2 < 5)
        return false;
    for (size_t i = 0; i < len; i += 2) {
        int high = digit(digits[i]), low = digit(digits[i + 1]);
        if (high < 0 || low < 0)
            return false;
        record[i / 2] = (uint8_t)(high << 4 | low);
    }
    *count = len / 2;
    return true;
}

static bool add_piece(struct reader *r, uint32_t address, uint32_t len, const char *digits)
{
    if (r->count == r->cap) {
        size_t cap = r->cap != 0 ? 2 * r->cap : 1024;
        struct piece *more = realloc(r->pieces, cap * sizeof *more);
        if (more == NULL)
            return false;
        r->pieces = more;
        r->cap = cap;
    }
    r->pieces[r->count++] = (struct piece){address, len, digits};
    return true;
}

static const char *take_data(struct reader *r, const uint8_t *record, const char *digits)
{
    uint64_t address = r->offset + ((uint64_t)record[1] << 8 | record[2]);
    if (record[0] == 0)
        return NULL;
    if (address + record[0] > UINT64_C(1) << 32)
        return "its data runs past 4 GB";
    return add_piece(r, (uint32_t)address, record[0], digits) ? NULL : "out of memory";
}

static const char *take_line(struct reader *r, const char *line, size_t len)
{
    uint8_t record[RECORD_MAX], sum = 0;
    size_t count;
    if (line[0] != ':' || !take_record(line + 1, len - 1, record, &count))
        return "it is not a ':' followed by pairs of hexadecimal digits";
    if (count != record[0] + 5u)
        return "its length differs from its length field";
    for (size_t i = 0; i < count; i++)
        sum = (uint8_t)(sum + record[i]);
    if (sum != 0)
        return "its checksum is wrong";
    uint32_t number = (uint32_t)record[4] << 8 | record[5];
    static const uint8_t lengths[] = {
        [END] = 0, [SEGMENT] = 2, [START_SEGMENT] = 4, [LINEAR] = 2, [START_LINEAR] = 4};
    if (record[3] > START_LINEAR)
        return "its record type is unknown";
    if (record[3] != DATA && record[0] != lengths[record[3]])
        return "its record type has another length";
    if (record[3] == SEGMENT)
        r->offset = number << 4;
    if (record[3] == LINEAR)
        r->offset = (uint64_t)number << 16;
    r->ended = record[3] == END;
    return record[3] == DATA ? take_data(r, record, line + 9) : NULL;
}

static const char *take_lines(struct reader *r, const char *text, size_t len, unsigned *line)
{
    const char *end = text + len;
    for (*line = 1; text < end && !r->ended; ++*line) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *next = newline != NULL ? newline + 1 : end;
        size_t n = (size_t)((newline != NULL ? newline : end) - text);
        while (n > 0 && (text[n - 1] == '\r' || text[n - 1] == ' '))
            n--;
        const char *wrong = n > 0 ? take_line(r, text, n) : NULL;
        if (wrong != NULL)
            return wrong;
        text = next;
    }
    return r->ended ? NULL : "the file ends without an end record: it is cut off";
}

static int by_address(const void *a, const void *b)
{
    const struct piece *p = a, *q = b;
    return p->address < q->address ? -1 : p->address > q->address;
}

/* "0x08020000 to 0x0803ffff, 0x90000000 to 0x9000000f": where sorted pieces lie, with gaps of less than a page left
 * out. */
static const char *places(const struct reader *r)
{
    const char *text = "";
    uint64_t from = r->pieces[0].address, end = from;
    unsigned count = 0;
    for (size_t i = 0; i <= r->count; i++) {
        const struct piece *p = i < r->count ? &r->pieces[i] : NULL;
        if (p == NULL || p->address > end + PAGE) {
            if (count++ < PLACES_MAX)
                text = cli_text("%s%s0x%08x to 0x%08x", text, count > 1 ? ", " : "", (unsigned)from,
                                (unsigned)(end - 1));
            from = p != NULL ? p->address : 0;
        }
        end = p != NULL ? (uint64_t)p->address + p->len : end;
    }
    return count > PLACES_MAX ? cli_text("%s and %u more", text, count - PLACES_MAX) : text;
}

/* Sorted pieces to memory. */
static const char *assemble(struct reader *r, struct hex_image *image)
{
    if (r->count == 0)
        return "it holds no data";
    qsort(r->pieces, r->count, sizeof *r->pieces, by_address);
    const struct piece *last = &r->pieces[r->count - 1];
    uint64_t end = (uint64_t)last->address + last->len;
    image->base = r->pieces[0].address;
    if (end - image->base > HEX_IMAGE_MAX) {
        image->spread = true;
        return cli_text("its data is spread over more than 64 MB: %s", places(r));
    }
    size_t len = (size_t)(end - image->base);
    uint8_t *bytes = cli_memory(len);
    memset(bytes, 0xff, len);
    for (size_t i = 0; i < r->count; i++) {
        const struct piece *p = &r->pieces[i];
        if (i > 0 && p->address - r->pieces[i - 1].address < r->pieces[i - 1].len)
            return cli_text("address 0x%08x is given twice", (unsigned)p->address);
        for (uint32_t n = 0; n < p->len; n++)
            bytes[p->address - image->base + n] =
                (uint8_t)(digit(p->digits[2 * n]) << 4 | digit(p->digits[2 * n + 1]));
    }
    image->bytes = (struct cli_blob){bytes, len};
    return NULL;
}

const char *hex_parse(const char *text, size_t len, struct hex_image *image, unsigned *line)
{
    struct reader r = {0};
    image->spread = false;
    const char *wrong = take_lines(&r, text, len, line);
    if (wrong == NULL) {
        wrong = assemble(&r, image);
        *line = wrong != NULL ? 0 : *line;
    }
    free(r.pieces);
    return wrong;
}

int hex_read_file(const char *path, struct hex_image *image)
{
    struct cli_blob text;
    *image = (struct hex_image){0};
    int code = cli_read_file(path, HEX_TEXT_MAX, &text);
    return code == CLI_DONE ? hex_take_text(path, &text, image) : code;
}

int hex_take_text(const char *path, const struct cli_blob *text, struct hex_image *image)
{
    unsigned line;
    *image = (struct hex_image){0};
    const char *wrong = hex_parse((const char *)text->data, text->len, image, &line);
    if (wrong == NULL)
        return CLI_DONE;
    if (image->spread)
        return cli_fail(
            CLI_BAD_FILE, cli_text("the data in '%s' is too far apart to be one program", path),
            wrong,
            "leave out what is not the program, such as option bytes or external flash:\n"
            "objdump -h PROGRAM.elf names the sections, objcopy -O ihex "
            "--remove-section=NAME PROGRAM.elf FILE.hex");
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' is not a valid Intel HEX file", path),
                    line != 0 ? cli_text("line %u: %s", line, wrong) : wrong,
                    "make it again: objcopy -O ihex PROGRAM.elf FILE.hex");
}

/* ---- writing ---- */

struct writer {
    char *text;
    size_t len;
    uint32_t page; /* high half of the address that records count from */
};

static void put_record(struct writer *w, uint8_t type, uint16_t address, const uint8_t *bytes,
                       size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t record[LINE_BYTES + 5] = {(uint8_t)len, (uint8_t)(address >> 8), (uint8_t)address,
                                      type};
    uint8_t sum = 0;
    if (len > 0)
        memcpy(record + 4, bytes, len);
    for (size_t i = 0; i < len + 4; i++)
        sum = (uint8_t)(sum + record[i]);
    record[len + 4] = (uint8_t)-sum;
    w->text[w->len++] = ':';
    for (size_t i = 0; i < len + 5; i++) {
        w->text[w->len++] = digits[record[i] >> 4];
        w->text[w->len++] = digits[record[i] & 15];
    }
    w->text[w->len++] = '\n';
}

static void put_page(struct writer *w, uint32_t page)
{
    const uint8_t bytes[2] = {(uint8_t)(page >> 8), (uint8_t)page};
    put_record(w, LINEAR, 0, bytes, sizeof bytes);
    w->page = page;
}

static void put_chunk(struct writer *w, const struct hex_chunk *c)
{
    for (size_t at = 0; at < c->len;) {
        uint32_t address = c->address + (uint32_t)at, in_page = address % PAGE;
        size_t n = c->len - at < LINE_BYTES ? c->len - at : LINE_BYTES;
        if (n > PAGE - in_page)
            n = PAGE - in_page;
        if (address / PAGE > w->page)
            put_page(w, address / PAGE);
        put_record(w, DATA, (uint16_t)in_page, c->bytes + at, n);
        at += n;
    }
}

/* Chunks that touch are one to IntelHex, so a line may cross their border. */
static size_t merge(const struct hex_chunk *chunks, unsigned count, struct hex_chunk *merged,
                    uint8_t *bytes)
{
    size_t n = 0;
    for (unsigned i = 0; i < count; i++) {
        struct hex_chunk *last = n > 0 ? &merged[n - 1] : NULL;
        memcpy(bytes, chunks[i].bytes, chunks[i].len);
        if (last != NULL && (uint64_t)last->address + last->len == chunks[i].address)
            last->len += chunks[i].len;
        else
            merged[n++] = (struct hex_chunk){chunks[i].address, bytes, chunks[i].len};
        bytes += chunks[i].len;
    }
    return n;
}

char *hex_text(const struct hex_chunk *chunks, unsigned count, size_t *len)
{
    size_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += chunks[i].len;
    /* A line holds at least one byte at 45 characters for 16, and each chunk and page adds two lines. */
    size_t lines = total / LINE_BYTES + 2 * count + 2 * (total / PAGE + count) + 4;
    uint8_t *bytes = malloc(total + 1);
    struct hex_chunk *merged = malloc((count + 1) * sizeof *merged);
    struct writer w = {.text = malloc(lines * (2 * LINE_BYTES + 12) + 1)};
    if (bytes != NULL && merged != NULL && w.text != NULL) {
        size_t n = merge(chunks, count, merged, bytes);
        uint64_t last = n > 0 ? (uint64_t)merged[n - 1].address + merged[n - 1].len - 1 : 0;
        if (n > 0 && last >= PAGE)
            put_page(&w, merged[0].address / PAGE);
        for (size_t i = 0; i < n; i++)
            put_chunk(&w, &merged[i]);
        put_record(&w, END, 0, NULL, 0);
        w.text[w.len] = '\0';
        *len = w.len;
    } else {
        free(w.text);
        w.text = NULL;
    }
    free(bytes);
    free(merged);
    return w.text;
}
