#include "host/client/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"

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
    {19, "STRBERR", "a byte of the write buffer was written twice"},
    {21, "INCERR", "a write for another flash word came before the current one was complete"},
    {22, "OPERR", "a program or erase failed in the array"},
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
    0, 2, "this part has no bank 2, and its registers read 0: the word is another board's",
    "look whether the log is of this board; on it, the driver must leave out the registers at "
    "+0x100"};
static const struct status_cause pgserr_of_one_bank = {
    PGSERR, 0,
    "the driver stored the data before PG was set or after it was cleared (a missing DSB); there "
    "is no other bank whose PG "
    "it could have set",
    "check for a DSB after setting PG and before clearing it"};

/* Likely causes: the first row all of whose bits are set, and whose bank is 0 or fits, wins. */
static const struct status_cause status_causes[] = {
    {1u << 26, 0, "the word was torn by a power cut during a program or erase, or programmed twice",
     "erase the sector and write it again; the bootloader must treat such a word as not written"},
    {1u << 22, 0,
     "the supply dropped, or an operation was cut by a reset, or the sector is worn out",
     "erase the sector and repeat; if it comes back, measure VDD during the erase"},
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
     "until then: a layout with both slots in bank 1 (LAYOUT=bank1)"},
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
    {1u << 25, 0, "a weak cell; the correction worked",
     "note the address; if it comes back, erase and rewrite the sector"},
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

bool explain_is_status_line(const char *line, unsigned *bank, uint32_t *status)
{
    const char *at = strstr(line, "Status Bank");
    char *end;
    if (at == NULL || strstr(line, "flash_stm32") == NULL)
        return false;
    at += strlen("Status Bank");
    if ((at[0] != '1' && at[0] != '2') || strncmp(at + 1, ": 0x", 4) != 0)
        return false;
    *bank = (unsigned)(at[0] - '0');
    *status = (uint32_t)strtoul(at + 5, &end, 16);
    return end != at + 5;
}

/* ---- log lines of known modules ---- */

/* All parts must stand in the line. */
static const struct {
    const char *module, *text; /* module: NULL for any */
    const char *meaning, *cause, *next;
} patterns[] = {
    {"STREAM_FLASH", "flash_write error -5", "the flash driver answered -EIO", NULL, NULL},
    {"STREAM_FLASH", "flash_write error -13", "the flash driver answered -EACCES: write-protected",
     "the bank is locked or the sector is protected", "read the option bytes (WPSN)"},
    {"STREAM_FLASH", "Offset out of designated range", "the image runs past its slot", NULL,
     "slipway image slots shows the sizes; make the image smaller or the slot larger"},
    {"mcumgr_img_grp", "flash write failed: 12", "12 is IMG_MGMT_ERR_FLASH_WRITE_FAILED", NULL,
     NULL},
    {"mcumgr_img_grp", "sha256 hash verification failed",
     "what the flash holds is not what was sent",
     "a silent write failure, or a byte lost on the way",
     "upload again; if it repeats, trace the flash driver"},
    {"mcumgr_img_grp", "image slot erase of", "the erase of the slot failed", NULL, NULL},
    {"flash_stm32h7", "Err flash no idle", "the controller did not become idle in time", NULL,
     "check the flash clock and the driver's time limit"},
    {"flash_stm32h7", "Timeout!", "the controller did not finish in time", NULL,
     "a sector of 128 KB may take 4 s at worst; check the driver's time limit"},
    {"flash_stm32h7", "not aligned on flashword", "a write that is no multiple of 32 bytes", NULL,
     "set CONFIG_IMG_BLOCK_BUF_SIZE to a multiple of 32"},
    {"flash_stm32h7", "ECC error", "a flash word that does not decode", "a power cut tore the word",
     "erase the sector and write it again"},
    {"flash_stm32h7", "not taken by Bank",
     "the sector number that the driver wrote is not the one the controller holds",
     "the driver computes sector numbers of bank 2 without subtracting bank 1's", NULL},
    {"flash_stm32h7", "Verify failed at", "the flash does not hold what was programmed",
     "the word was not blank, or the program went to the other bank",
     "check that the driver chooses the register block from address bit 20"},
    {"flash_stm32h7", "KB, devicetree",
     "the driver, the devicetree and the chip differ in flash size",
     "a program that is built for another part, or a devicetree that names the size of one bank",
     "build for the part that is on the board (BOARD=, the compatible of /soc), with all banks in "
     "reg of the flash node"},
    {"STREAM_FLASH", "erase_page err", "the erase of a sector failed", NULL, NULL},
    {"mcuboot", "signed with an unknown key",
     "the bootloader does not have the key that signed the image",
     "signed with another key than the bootloader was built with",
     "slipway verify -k PUBLIC_KEY IMAGE; sign again with the product's key"},
    {"mcuboot", "signed with a retired key",
     "the bootloader has shut out the key that signed the image",
     "an image that ran here named it (sign --retire-key)",
     "sign with a key behind it in the bootloader's table"},
    {"mcuboot", "security counter below the stored one",
     "the image is of before one that has run here for good",
     "its security counter is lower than the device's",
     "slipway sign --security-counter, not below"},
    {"mcuboot", "no security counter", "this bootloader wants a security counter in every image",
     NULL, "slipway sign --security-counter N"},
    {"mcuboot", "Downgrade refused: version",
     "the image is older than the one that runs, and this bootloader brings no older one in", NULL,
     "slipway sign --version, not below the one that runs"},
    {"mcuboot", "its image is not newer than the one that stays",
     "of two images that run where they are the newer one runs", NULL,
     "slipway sign --version, above the one that runs"},
    {"mcuboot", "Image built for", "the image is built for another part than the one on the board",
     "the file of another board's build was uploaded",
     "slipway verify --against BOOTLOADER.elf IMAGE; upload the file that was built for this "
     "board"},
    {"mcuboot", "Image was made for", "the image was linked for another slot", NULL,
     "upload the file that is linked for the slot that does not run (slipway image list)"},
    {"mcuboot", "or later, and would meet",
     "an image waits: another one is too old for it, or has not been uploaded yet", NULL,
     "slipway update --image N, with the other one"},
    {"mcuboot", "which this device has not",
     "an image depends on one that the device has no slots for", NULL,
     "slipway dumpinfo shows the dependencies"},
    {"mcuboot", "rollback partition is damaged",
     "what the device remembered of counters and retired keys is lost",
     "flash that wore out, or a program that wrote there",
     "the counter comes back with the next boot of a confirmed image"},
    {"mcuboot", "slot refused", "the bootloader refused the image", NULL,
     "slipway verify -k PUBLIC_KEY IMAGE checks the file"},
    {"mcuboot", "Unable to find bootable image", "there is no image that may run", NULL,
     "program a signed image into slot0"},
    {"mcuboot", "request in the secondary slot is garbled",
     "the trailer of the secondary slot is neither blank nor a request",
     "a cut while it was written", "slipway image erase, then upload again"},
    {NULL, "secondary slot is not valid", "the bootloader refused the uploaded image",
     "signed with another key, or damaged", "slipway verify -k PUBLIC_KEY IMAGE checks the file"},
};

static bool matches(size_t i, const char *line)
{
    return (patterns[i].module == NULL || strstr(line, patterns[i].module) != NULL) &&
           strstr(line, patterns[i].text) != NULL;
}

static bool is_error_line(const char *line)
{
    return strstr(line, "<err>") != NULL || strstr(line, "<wrn>") != NULL;
}

static void add_line(const char **text, const char *line)
{
    if (line == NULL || (*text != NULL && strstr(*text, line) != NULL))
        return; /* one finding is told once */
    *text = *text == NULL ? line : cli_text("%s\n%s", *text, line);
}

static void quote(struct explanation *e, const char *line)
{
    if (e->quoted_count > 0 && strcmp(e->quoted[e->quoted_count - 1], line) == 0)
        return;
    if (e->quoted_count == EXPLAIN_QUOTES_MAX) {
        memmove(e->quoted, e->quoted + 1, sizeof e->quoted - sizeof e->quoted[0]);
        e->quoted_count--;
    }
    e->quoted[e->quoted_count++] = cli_text("%s", line);
}

static void take_pattern(struct explanation *e, size_t i)
{
    add_line(&e->meaning, patterns[i].meaning);
    if (e->cause == NULL)
        e->cause = patterns[i].cause;
    if (e->next == NULL)
        e->next = patterns[i].next;
}

/* Some line names it: "nucleo_h723zg", "NUCLEO-H723ZG", "stm32h723". NULL: none, or two. */
static const struct soc *part_in(const struct log_source *log)
{
    const struct soc *found = NULL;
    for (size_t i = 0; soc_part(i) != NULL; i++) {
        const char *short_name = soc_part(i)->name + strlen("stm32");
        for (unsigned n = 0; n < log->count; n++) {
            if (strcasestr(log->line(log->ctx, n), short_name) == NULL)
                continue;
            if (found != NULL && found != soc_part(i))
                return NULL;
            found = soc_part(i);
        }
    }
    return found;
}

static void explain_lines(const struct log_source *log, struct explanation *e)
{
    struct explanation status = {0};
    const struct soc *part = part_in(log);
    for (unsigned n = 0; n < log->count; n++) {
        const char *line = log->line(log->ctx, n);
        unsigned bank;
        uint32_t value;
        bool known = false;
        if (explain_is_status_line(line, &bank, &value)) {
            explain_status(value, bank, part, &status); /* the last one counts */
            known = true;
        }
        for (size_t i = 0; i < ARRAY_LEN(patterns) && !known; i++)
            if (matches(i, line)) {
                take_pattern(e, i);
                known = true;
            }
        if (known || is_error_line(line))
            quote(e, line);
    }
    if (status.meaning == NULL)
        return;
    const char *others = e->meaning; /* the controller's own word comes first */
    e->meaning = status.meaning;
    add_line(&e->meaning, others);
    if (status.cause != NULL) {
        e->cause = status.cause;
        e->next = status.next;
    }
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
    {-1, 6, "slipway image list shows the state; a pending swap ends with slipway reset"},
    {-1, 8, "the firmware was built without this command; enable its CONFIG_MCUMGR_GRP_... option"},
    {-1, 9, "try again; if it repeats, the line loses bytes"},
    {-1, 10, "wait and try again"},
    {-1, 11, "the application refused; ask its log"},
    {1, 3, "upload an image first: slipway image upload IMAGE"},
    {1, 8, "slipway image list shows the hashes; upload the image first"},
    {1, 9, "slipway image list shows which image holds the slot; confirm or reset first"},
    {1, 12, "slipway why reads the device's log: slipway why LOGFILE"},
    {1, 13, "slipway why reads the device's log: slipway why LOGFILE"},
    {1, 22, "the file is shorter than an image header; is it a signed image?"},
    {1, 23, "the file is no MCUboot image: sign it with slipway sign"},
    {1, 25, "the image is linked for another address"},
    {1, 27, "the device runs this version or a newer one; leave out --upgrade to go back"},
    {1, 28, "slipway reset finishes the pending swap; slipway image erase takes it back"},
    {1, 30,
     "slipway image slots shows the largest image; a swap needs part of the slot for itself"},
    {1, 32, "confirm the running image, or test the other one first"},
    {1, 33, "this image is already running"},
};

const char *explain_smp_next(const struct smp_error *error)
{
    for (size_t i = 0; i < ARRAY_LEN(smp_hints); i++)
        if (smp_hints[i].group == error->group && smp_hints[i].rc == error->rc)
            return smp_hints[i].next;
    return NULL;
}

void explain_log(const struct log_source *log, const struct smp_error *error, struct explanation *e)
{
    *e = (struct explanation){0};
    explain_lines(log, e);
    if (e->next == NULL && error != NULL)
        e->next = explain_smp_next(error);
}
