#include "host/client/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/smp/wire/errors.h"
#include "core/soc/stm32h7.h"
#include "host/cli/core/cli.h"
#include "host/client/explain_patterns.h"

/* ---- the flash controller's status register [RM0433, FLASH_SR1/2] ---- */

static const struct {
    unsigned bit;
    const char *name, *meaning; /* meaning: NULL for what is no error */
} flags[] = {
    {0, "BSY", NULL},
    {1, "WBNE", NULL},
    {2, "QW", NULL},
    {3, "CRC_BUSY", NULL},
    {16, "EOP", NULL},
    {17, "WRPERR", "a program or erase of a write-protected sector was rejected"},
    {18, "PGSERR",
     "programming sequence error: data arrived while programming was not enabled (PG = 0)"},
    {19, "STRBERR",
     "a byte of the write buffer was written twice; the second value counts, and the program "
     "goes on"},
    {21, "INCERR", "a write for another flash word came before the current one was complete"},
    {22, "OPERR",
     "a program or erase failed in the array, or a reset cut one; the next one is not blocked by "
     "it"},
    {23, "RDPERR", "a read of protected flash"},
    {24, "RDSERR", "a read of secure-only flash"},
    {25, "SNECCERR", "a read needed a one-bit ECC correction; its data are right"},
    {26, "DBECCERR", "a read met a word with two or more bad bits; its data are lost"},
    {27, "CRCEND", NULL},
    {28, "CRCRDERR", "a protected word was met during a CRC calculation"},
};

struct status_cause {
    uint32_t bits;
    unsigned bank;
    const char *cause, *next;
};

#define PGSERR (1u << 18)

/* Of a part that is known to have one bank. */
static const struct status_cause no_bank_2 = {
    0, 2,
    "this part has no bank 2, and the registers of bank 2 read 0: the word is from another board",
    "check whether the log is from this board; on it, the driver must not use the registers at "
    "+0x100"};
static const struct status_cause pgserr_of_one_bank = {
    PGSERR, 0,
    "the driver stored the data before PG was set or after it was cleared (a missing DSB); this "
    "part has no other bank whose PG it could have set",
    "check for a DSB after setting PG and before clearing it"};

/* Likely causes: the first row all of whose bits are set, and whose bank is 0 or fits, wins. */
static const struct status_cause status_causes[] = {
    {1u << 26, 0, "the word was torn by a power cut during a program or erase, or programmed twice",
     "erase the sector and write it again; the bootloader must treat such a word as not written"},
    {1u << 22, 0,
     "the supply dropped, or an operation was cut by a reset, or the sector is worn out",
     "erase the sector and repeat; if the error comes back, measure VDD during the erase"},
    {1u << 17, 0,
     "the sector is write-protected by the option bytes (WPSN), or lies in a PCROP or "
     "secure area",
     "read the option bytes (WPSN1/2, PRAR, SCAR) and remove the protection"},
    {1u << 18 | 1u << 21, 0,
     "the driver left a flash word incomplete, and went on before clearing INCERR",
     "write whole, aligned 32-byte words, and clear the errors through CCR before each program"},
    {1u << 21, 0, "writes to two flash words were interleaved, or a word was left incomplete",
     "write each 32-byte word whole before the next; keep interrupts and DMA off the bank "
     "meanwhile"},
    {1u << 18, 2,
     "the driver enabled programming (PG) in the other bank (a known STM32H7 dual-bank driver bug: "
     "the bank split computed from a doubled flash size, zephyr #90254, fixed by #93739; or a "
     "wrong "
     "mask in the bank test, wolfBoot #109, fixed by #112)",
     "update the flash driver (Zephyr: a version with #93739; wolfBoot: one with #112)\n"
     "check that the driver chooses the register block from address bit 20\n"
     "until then, place both slots in bank 1 (slipway layout show FILE shows the banks and what "
     "still "
     "fits)"},
    {1u << 18, 1,
     "the driver enabled programming (PG) in the other bank, or stored the data before PG was set "
     "or after it was cleared (a missing DSB)",
     "check that the driver chooses the register block from address bit 20\n"
     "check for a DSB after setting PG and before clearing it"},
    {1u << 18, 0,
     "the driver enabled programming (PG) in the other bank, or a barrier (DSB) around PG is "
     "missing",
     "name the bank: slipway why STATUS --bank 1|2\n"
     "check that the driver chooses the register block from address bit 20"},
    {1u << 19, 0, "the same byte was stored twice, or two writers share the write buffer",
     "store each byte of a word once, with interrupts that write flash off"},
    {1u << 23, 0,
     "Cortex-M7 speculation into system flash (0x1FF00000), if no read protection is configured",
     "cover 0x1FF00000 (512 KB) with a strongly-ordered MPU region, and clear the flag before each "
     "operation"},
    {1u << 24, 0,
     "Cortex-M7 speculation into system flash (0x1FF00000), if no secure area is configured",
     "cover 0x1FF00000 (512 KB) with a strongly-ordered MPU region, and clear the flag before each "
     "operation"},
    {1u << 25, 0, "a flash cell is weak; the correction worked",
     "note the address; if the error comes back, erase and rewrite the sector"},
};

void explain_flags(char *dst, size_t cap, uint32_t status)
{
    size_t len = 0;
    snprintf(dst, cap, "no flag");
    for (size_t i = 0; i < ARRAY_LEN(flags) && len < cap; i++)
        if ((status >> flags[i].bit & 1) != 0)
            len += (size_t)snprintf(dst + len, cap - len, "%s%s (bit %u)", len > 0 ? ", " : "",
                                    flags[i].name, flags[i].bit);
}

static uint32_t known_bits(void)
{
    uint32_t known = 0;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        known |= 1u << flags[i].bit;
    return known;
}

/* "bank 2 status 0x00040000 = PGSERR (bit 18)", then a line for each error flag. */
static const char *status_meaning(uint32_t status, unsigned bank)
{
    char names[320];
    explain_flags(names, sizeof names, status);
    const char *where = bank != 0 ? cli_text("bank %u status", bank) : "status";
    const char *text = cli_text("%s 0x%08x = %s", where, (unsigned)status, names);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if ((status >> flags[i].bit & 1) != 0 && flags[i].meaning != NULL)
            text = cli_text("%s\n%s: %s", text, flags[i].name, flags[i].meaning);
    if ((status & ~known_bits()) != 0)
        text = cli_text("%s\nbits 0x%08x are reserved", text, (unsigned)(status & ~known_bits()));
    return text;
}

const struct soc *explain_part(const char *name)
{
    return soc_find_part(name);
}

static const struct status_cause *cause_of(uint32_t status, unsigned bank, bool one_bank)
{
    if (one_bank && bank == 2)
        return &no_bank_2;
    for (size_t i = 0; i < ARRAY_LEN(status_causes); i++) {
        const struct status_cause *c = &status_causes[i];
        if ((status & c->bits) == c->bits && (c->bank == 0 || c->bank == bank))
            return one_bank && c->bits == PGSERR ? &pgserr_of_one_bank : c;
    }
    return NULL;
}

void explain_status(uint32_t status, unsigned bank, const struct soc *part, struct explanation *e)
{
    const bool one_bank = part != NULL && part->flash.banks == 1;
    const struct status_cause *c = cause_of(status, bank, one_bank);
    *e = (struct explanation){.meaning = status_meaning(status, bank)};
    if (one_bank)
        e->meaning = cli_text(
            "%s\nthe %s has one bank: the code in flash stalls while it programs or erases",
            e->meaning, part->name);
    if (c == NULL)
        return;
    e->cause = c->cause;
    e->next = c->next;
}

/* ---- whose line it is, and how severe ---- */

/* Skip what a terminal or a mail puts before a line: "> ", "device| ", dates, times. */
static const char *skip_stamps(const char *p)
{
    for (;;) {
        p += strspn(p, " \t>|");
        if (strncmp(p, "device|", 7) == 0) {
            p += 7;
            continue;
        }
        size_t n = strspn(p, "0123456789:.,-+/TZ[]()");
        if (n == 0 || strcspn(p, "0123456789") >= n || (p[n] != ' ' && p[n] != '\t'))
            return p;
        p += n;
    }
}

bool explain_is_error_line(const char *line)
{
    static const char *const words[] = {"<err>",  "<wrn>",   "[ERR ]", "[ERR]",
                                        "[WARN]", " ERROR ", " WARN "};
    const char *p = skip_stamps(line);
    if ((p[0] == 'E' || p[0] == 'W') && p[1] == ':' && p[2] == ' ')
        return true;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strstr(line, words[i]) != NULL)
            return true;
    return false;
}

static bool is_warning_line(const char *line)
{
    const char *p = skip_stamps(line);
    return (p[0] == 'W' && p[1] == ':') || strstr(line, "<wrn>") != NULL ||
           strstr(line, "[WARN]") != NULL || strstr(line, " WARN ") != NULL;
}

/* "no error", "0 errors", "errors: 0", "failed=0"; not "10 errors". */
static bool is_negated(const char *line, const char *at)
{
    static const char *const negations[] = {"no ", "0 ", "without "};
    for (size_t i = 0; i < ARRAY_LEN(negations); i++) {
        size_t n = strlen(negations[i]);
        if ((size_t)(at - line) >= n && strncasecmp(at - n, negations[i], n) == 0 &&
            ((size_t)(at - line) == n || !isalnum((unsigned char)at[-1 - (ptrdiff_t)n])))
            return true;
    }
    while (isalpha((unsigned char)*at))
        at++;
    if (*at != ':' && *at != '=')
        return false;
    at += 1 + strspn(at + 1, " ");
    return *at == '0' && !isalnum((unsigned char)at[1]);
}

/* Does a word of failure begin anywhere in the line? "no error" and "0 errors" are none. */
static bool has_word_of_failure(const char *line)
{
    static const char *const words[] = {"abort",   "assert",    "cannot",    "corrupt", "crash",
                                        "denied",  "error",     "exception", "fail",    "fault",
                                        "invalid", "not valid", "panic",     "refuse",  "time-out",
                                        "timeout", "timed out", "unable"};
    for (const char *p = line; *p != '\0'; p++) {
        if (p > line && isalnum((unsigned char)p[-1]))
            continue;
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            if (strncasecmp(p, words[i], strlen(words[i])) == 0 && !is_negated(line, p))
                return true;
    }
    return false;
}

/* Is the text at "at" a flash driver's? A minimal log or a cut line does not name the module; then it counts as one. */
static bool is_drivers(const char *line, const char *at)
{
    while (at > line && at[-1] == ' ')
        at--;
    if (at == line || at[-1] != ':')
        return true;
    const char *end = --at;
    while (at > line && (isalnum((unsigned char)at[-1]) || at[-1] == '_'))
        at--;
    return end - at <= 1 || strncmp(at, "flash_stm32", strlen("flash_stm32")) == 0;
}

static bool take_hex(const char *text, uint32_t *value)
{
    char *end;
    if (strncmp(text, "0x", 2) != 0)
        return false;
    *value = (uint32_t)strtoul(text + 2, &end, 16);
    return end != text + 2;
}

bool explain_is_status_line(const char *line, unsigned *bank, uint32_t *status)
{
    static const char words[] = "Status Bank";
    const char *at = strstr(line, words);
    if (at == NULL || !is_drivers(line, at))
        return false;
    at += strlen(words);
    if ((at[0] != '1' && at[0] != '2') || strncmp(at + 1, ": ", 2) != 0 ||
        !take_hex(at + 3, status))
        return false;
    *bank = (unsigned)(at[0] - '0');
    return true;
}

/* ---- log lines ---- */

/* st-flash logs the status word without its bank; with --debug it logs the register that it read before. */
static bool take_st_flash(struct explain_reader *r, const char *line)
{
    static const char words[] = "Flash programming error: ";
    const uint32_t sr = FLASH_R_BASE + 0x10;
    const char *at = strstr(line, "read_debug32 "), *error = strstr(line, words);
    at = at != NULL ? strstr(at, " at 0x") : NULL;
    uint32_t address;
    if (at != NULL && take_hex(at + 4, &address) && (address == sr || address == sr + FLASH_R_BANK))
        r->read_bank = address == sr ? 1 : 2;
    if (error == NULL || !take_hex(error + strlen(words), &r->status))
        return false;
    r->status_bank = r->read_bank;
    return true;
}

static const char *last_quote(const struct explain_reader *r)
{
    return r->quoted > 0 ? r->quote[(r->quoted - 1) % EXPLAIN_QUOTES_MAX] : "";
}

static void quote(struct explain_reader *r, const char *line)
{
    char text[EXPLAIN_LINE_MAX];
    int n = (int)sizeof text - 1;
    snprintf(text, sizeof text, "%.*s", n, line);
    if (strcmp(last_quote(r), text) != 0)
        memcpy(r->quote[r->quoted++ % EXPLAIN_QUOTES_MAX], text, sizeof text);
}

void explain_begin(struct explain_reader *r)
{
    memset(r, 0, sizeof *r);
}

/* Note the part if the line names it: "nucleo_h723zg", "NUCLEO-H723ZG", "stm32h723". */
static void take_part(struct explain_reader *r, const char *line)
{
    for (size_t i = 0; soc_part(i) != NULL; i++) {
        if (strcasestr(line, soc_part(i)->name + strlen("stm32")) == NULL)
            continue;
        r->two_parts |= r->part != NULL && r->part != soc_part(i);
        r->part = soc_part(i);
    }
}

/* ---- what is not known, and what is well ---- */

static void note_unknown(struct explain_reader *r, const char *line, bool error)
{
    unsigned long n = r->unknown_errors + r->unknown_warnings;
    struct explain_unknown *u = &r->unknown[n % EXPLAIN_QUOTES_MAX];
    u->number = r->lines;
    snprintf(u->text, sizeof u->text, "%.*s", (int)sizeof u->text - 1, line);
    r->unknown_errors += error;
    r->unknown_warnings += !error;
}

const struct explain_unknown *explain_unknown_line(const struct explain_reader *r, unsigned n)
{
    unsigned long all = r->unknown_errors + r->unknown_warnings;
    unsigned long first = all > EXPLAIN_QUOTES_MAX ? all - EXPLAIN_QUOTES_MAX : 0;
    return first + n < all ? &r->unknown[(first + n) % EXPLAIN_QUOTES_MAX] : NULL;
}

/* The line is kept from one of these words on. */
static void note_seen(struct explain_reader *r, const char *line)
{
    static const char *const words[] = {
        "*** Booting",     "Starting bootloader", "Reset: ",     "Swap type: ",
        "Starting swap",   "Resuming swap",       "Copying ",    "Image version: ",
        "Slot 0: version", "Slot 1: version",     "Jumping to ", "Serial recovery: "};
    char text[EXPLAIN_SEEN_TEXT];
    const char *at = NULL;
    for (size_t i = 0; i < ARRAY_LEN(words) && at == NULL; i++)
        at = strstr(line, words[i]);
    if (at == NULL)
        return;
    snprintf(text, sizeof text, "%.*s", (int)sizeof text - 1, at);
    for (size_t len = strlen(text); len > 0 && text[len - 1] == ' ';)
        text[--len] = '\0';
    unsigned i = 0;
    while (i < r->seen_count && strcmp(r->seen_text[i].text, text) != 0)
        i++;
    if (i == EXPLAIN_SEEN_MAX)
        return;
    if (i == r->seen_count)
        memcpy(r->seen_text[r->seen_count++].text, text, sizeof text);
    r->seen_text[i].times++;
}

void explain_line(struct explain_reader *r, const char *line)
{
    unsigned bank;
    uint32_t status;
    bool known = false, error = explain_is_error_line(line);
    r->lines++;
    take_part(r, line);
    if (explain_is_status_line(line, &bank, &status)) {
        r->status = status;
        r->status_bank = bank;
        known = true;
    } else if (take_st_flash(r, line)) {
        known = true;
    }
    r->has_status |= known;
    size_t i = known ? explain_patterns_count : explain_pattern_of(line);
    if (i < explain_patterns_count && i < EXPLAIN_PATTERNS_MAX) {
        if (!r->seen[i])
            r->found[r->found_count++] = (unsigned char)i;
        r->seen[i] = true;
        known = true;
    }
    if (known || error)
        quote(r, line);
    bool warning = error && is_warning_line(line);
    bool failure = (error && !warning) || has_word_of_failure(line);
    if (!known && (failure || warning))
        note_unknown(r, line, failure);
    note_seen(r, line);
}

static void add_line(const char **text, const char *line)
{
    if (line == NULL || (*text != NULL && strstr(*text, line) != NULL))
        return; /* print each finding once */
    *text = *text == NULL ? line : cli_text("%s\n%s", *text, line);
}

void explain_end(const struct explain_reader *r, const struct smp_error *error,
                 struct explanation *e)
{
    *e = (struct explanation){0};
    if (r->has_status) /* the controller's status word comes first */
        explain_status(r->status, r->status_bank, r->two_parts ? NULL : r->part, e);
    for (unsigned i = 0; i < r->found_count; i++) {
        const struct explain_pattern *p = &explain_patterns[r->found[i]];
        add_line(&e->meaning, p->meaning);
        if (e->cause == NULL)
            e->cause = p->cause;
        if (e->next == NULL)
            e->next = p->next;
    }
    unsigned long first = r->quoted > EXPLAIN_QUOTES_MAX ? r->quoted - EXPLAIN_QUOTES_MAX : 0;
    for (unsigned long i = first; i < r->quoted; i++)
        e->quoted[e->quoted_count++] = cli_text("%s", r->quote[i % EXPLAIN_QUOTES_MAX]);
    if (e->next == NULL && error != NULL)
        e->next = explain_smp_next(error);
}

void explain_log(const struct log_source *log, const struct smp_error *error, struct explanation *e)
{
    static _Thread_local struct explain_reader r;
    explain_begin(&r);
    for (unsigned n = 0; n < log->count; n++)
        explain_line(&r, log->line(log->ctx, n));
    explain_end(&r, error, e);
}

/* ---- SMP errors ---- */

static const struct {
    int group;
    uint32_t rc;
    const char *next;
} smp_hints[] = {
    {-1, 2,
     "use smaller packets: the server's buffer is too small (CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE)"},
    {-1, 5, "slipway image list shows what is there"},
    {-1, 6, "slipway image list shows the state; slipway reset starts a pending image"},
    {-1, 7,
     "the firmware needs a larger buffer for this answer (CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE)"},
    {-1, 8, "the firmware was built without this command; enable its CONFIG_MCUMGR_GRP_... option"},
    {-1, 9, "try again; if it repeats, the line loses bytes"},
    {-1, 10, "wait and try again"},
    {-1, 11, "the application refused; its log may say why"},
    {1, 3, "upload an image first: slipway image upload IMAGE"},
    {1, 8, "slipway image list shows the hashes; upload the image first"},
    {1, 9, "slipway image list shows which image holds the slot; confirm or reset first"},
    {1, 12, "slipway why reads the device's log: slipway why LOGFILE"},
    {1, 13, "slipway why reads the device's log: slipway why LOGFILE"},
    {1, 22, "the file is shorter than an image header; is it a signed image?"},
    {1, 23, "the file is not an MCUboot image: sign it with slipway sign"},
    {1, 25, "the image is linked for another address"},
    {1, 27, "the device runs this version or a newer one; leave out --upgrade to go back"},
    {1, 28, "slipway reset starts the pending image; slipway image erase takes it back"},
    {1, 30, "slipway image slots shows the largest image; the bootloader needs part of the slot"},
    {1, 32, "confirm the running image, or test the other one first"},
    {1, 33, "this image is already running"},
};

/* To a client of SMP v1 every group says "no such entry" alike: what helps with images would mislead elsewhere. */
static bool is_of_images(const struct smp_error *error)
{
    return error->group == -1 && (error->rc == MGMT_ERR_ENOENT || error->rc == MGMT_ERR_EBADSTATE);
}

const char *explain_smp_next(const struct smp_error *error)
{
    if (is_of_images(error) && error->asked > SMP_GROUP_IMAGE)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(smp_hints); i++)
        if (smp_hints[i].group == error->group && smp_hints[i].rc == error->rc)
            return smp_hints[i].next;
    return NULL;
}
