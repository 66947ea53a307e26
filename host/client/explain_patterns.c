/* explain_patterns.c - the table. Every error and warning of MCUboot and of those parts of Zephyr that an update goes
 * through has a row: test/log_strings.txt lists them, and cli_explain_test looks each up. More specific rows stand
 * before more general ones. */
#include "host/client/explain_patterns.h"

#include <string.h>

#include "core/base/compiler.h"

#define CHECK_LAYOUT \
    "slipway layout check build/zephyr/zephyr.dts --config build/mcuboot/zephyr/.config"
#define VERIFY "slipway verify -k PUBLIC_KEY IMAGE checks the file"
#define WORN                                                                                      \
    "the flash driver refused, or the sector is worn out; the driver's own line before this one " \
    "tells"
#define FAULT_NEXT                                                                                 \
    "arm-none-eabi-addr2line -e build/zephyr/zephyr.elf ADDRESS, of the pc that is logged, names " \
    "the line; the elf must be that of the image which ran"
#define AGAIN "upload again; if it repeats, look for the flash driver's line before this one"

const struct explain_pattern explain_patterns[] = {
    /* ---- Zephyr's stream_flash and flash_img ---- */
    {{"flash_write error -5"},
     "the flash driver answered -EIO",
     "the flash controller set an error flag, which the driver logs, or a word was not blank",
     "slipway why 0xSTATUS --bank 1|2 explains the driver's status word; if there is none, erase "
     "the slot and upload again"},
    {{"flash_write error -13", "flash_write error -1 "},
     "the flash driver answered -EACCES: write-protected",
     "the bank is locked or the sector is protected",
     "read the option bytes (WPSN)"},
    {{"flash_write error -22"},
     "the flash driver answered -EINVAL: not on a flash word's border, or not inside the flash",
     "a buffer is not a multiple of write-block-size, or a slot is outside the chip's flash",
     "set CONFIG_IMG_BLOCK_BUF_SIZE to a multiple of 32\n" CHECK_LAYOUT},
    {{"flash_write error"},
     "the flash driver refused a write; the number is its errno",
     "a locked bank, a protected sector, or a failed program operation",
     "look for the flash driver's line before this one"},
    {{"flash_read error", "flash read failed:", "Failed to read data from flash",
      "flash_area_read failed with"},
     "a read of the flash failed",
     "the address is not in the flash, or the word has an ECC error (a power cut tore it)",
     CHECK_LAYOUT "\nerase the slot and upload again"},
    {{"Offset out of designated range"},
     "the image runs past its slot",
     "the image is larger than the slot",
     "slipway image slots shows the sizes; make the image smaller or the slot larger"},
    {{"while getting page info", "Unable to determine flash sector", "Failed to get sector details",
      "bad offset (0x"},
     "the flash driver finds no sector at this offset of the slot",
     "the slot reaches past the flash that the devicetree describes",
     CHECK_LAYOUT},
    {{"while erasing page", "erase_page err", "while erasing sector", "while erasing range"},
     "the erase of a sector failed",
     WORN,
     AGAIN},
    {{"Failed to erase flash area", "failed to erase flash area", "image slot erase of",
      "image slot trailer erase of"},
     "the erase of the slot failed",
     WORN,
     "slipway image erase, then upload again"},
    {{"VERIFY FAIL"},
     "the flash does not hold what was written",
     "the word was not blank, or the program went to another place",
     "erase the slot and upload again; if it repeats, trace the flash driver"},
    {{"callback failed:"},
     "the application's callback refused what was written",
     "the application has a check of its own",
     "the application's log may give the reason"},
    {{"Buffer size is bigger than page", "Buffer size is not aligned to minimal write-block-size"},
     "the upload's buffer does not suit the flash",
     "CONFIG_IMG_BLOCK_BUF_SIZE, or the application's own buffer, is not a multiple of "
     "write-block-size, or is larger than a sector",
     "set CONFIG_IMG_BLOCK_BUF_SIZE to a multiple of write-block-size (32 on an STM32H7)"},
    {{"Incorrect parameter"},
     "stream_flash was given an address outside the flash",
     "the slot reaches past the flash, or does not start on a flash word",
     CHECK_LAYOUT},
    {{"initializing settings subsystem", "loading progress for", "storing progress for",
      "deleting progress for", "Unable to read bytes_written from storage",
      "Loaded outdated bytes_written"},
     "the progress of an upload cannot be kept over a reset",
     "the settings storage is missing, full, or damaged",
     "check storage_partition and CONFIG_SETTINGS; without CONFIG_STREAM_FLASH_PROGRESS uploads "
     "start over instead"},

    /* ---- Zephyr's img_mgmt ---- */
    {{"flash write failed: 12", "Irrecoverable error: flash write failed"},
     "12 is IMG_MGMT_ERR_FLASH_WRITE_FAILED: the server could not write the upload to the slot",
     NULL,
     NULL},
    {{"Image upload inspect failed"},
     "the server refused the upload before it wrote anything; the number is an IMG_MGMT_ERR code",
     "no free slot, an image that is too large, no MCUboot image, or an older version",
     "slipway image upload says the code in words; slipway image list shows the slots"},
    {{"sha256 hash verification failed"},
     "what the flash holds is not what was sent",
     "a silent write failure, or a byte lost on the way",
     "upload again; if it repeats, trace the flash driver"},
    {{"sha256 could not be checked"},
     "the server could not read the slot to check the upload",
     "the slot's partition cannot be opened",
     CHECK_LAYOUT},
    {{"Failed to write pending flag", "led boot_set_next with code",
      "Failed to write confirmed flag"},
     "the request in the slot's trailer could not be written",
     "the trailer's place is not blank, there is no image in the slot, or the driver refused the "
     "write",
     "slipway image list shows the state; slipway image erase, then upload again"},
    {{"Failed to determine active slot", "Failed to fetch active slot"},
     "the server does not know which slot runs",
     "the bootloader has not reported it: its boot information is not shared, or does not name the "
     "slot",
     "build both with retained boot information (CONFIG_BOOT_SHARE_DATA_BOOTINFO, "
     "CONFIG_RETENTION_BOOTLOADER_INFO)"},

    /* ---- flash drivers of the STM32 ---- */
    {{"Option bytes locked"},
     "the option bytes could not be changed",
     "they were not unlocked before",
     "flash_stm32_option_bytes_lock(dev, false), or a debug probe"},
    {{"Err flash no idle"},
     "the controller did not become idle in time",
     "an operation before it hangs, or an error flag was left over",
     "check the flash clock and the driver's time limit"},
    {{"Timeout! val", "flash_stm32*Timeout!"},
     "the controller did not finish in time",
     "an erase that takes longer than the driver allows, or a controller without its clock",
     "a sector of 128 KB may take 4 s at worst; check the driver's time limit (max-erase-time)"},
    {{"not aligned on flashword"},
     "a write was not a multiple of 32 bytes",
     "a buffer, or an alignment (BOOT_MAX_ALIGN), of fewer bytes than a flash word",
     "set CONFIG_IMG_BLOCK_BUF_SIZE to a multiple of 32, and sign with --align 32 --max-align 32"},
    {{"aps flash bank discontinuity"},
     "a slot lies in both banks, and the chip has a gap between them",
     "on a part with less than 2 MB, bank 2 still starts 1 MB after bank 1",
     "place each slot in one bank: slipway layout show FILE"},
    {{"Offset *does not exist", "Erase range invalid", "Write range invalid", "Read range invalid"},
     "the address is outside the flash, or not on a flash word",
     "a partition outside the chip's flash, or a slot that ends in the gap between its banks",
     CHECK_LAYOUT},
    {{"ART enabled not supported"},
     "the M4 core has written flash with its accelerator on",
     "the driver cannot keep the ART's cache coherent",
     "write flash from the M7, or switch the ART off"},
    {{"ECC error"},
     "a flash word has an uncorrectable ECC error",
     "a power cut tore the word",
     "erase the sector and write it again"},
    {{"Failed to enable clock"},
     "the flash controller has no clock",
     "the devicetree's clocks of the flash controller are wrong",
     "compare its clocks property with the SoC's .dtsi"},
    {{"not taken by Bank"},
     "the sector number that the driver wrote is not the one the controller holds",
     "the driver computes sector numbers of bank 2 without subtracting bank 1's",
     "subtract the sectors of bank 1 before SNB is written"},
    {{"Verify failed at"},
     "the flash does not hold what was programmed",
     "the word was not blank, or the program went to the other bank",
     "check that the driver chooses the register block from address bit 20"},
    {{"KB, devicetree"},
     "the driver, the devicetree and the chip differ in flash size",
     "a program that is built for another part, or a devicetree that names the size of one bank",
     "build for the part that is on the board (BOARD=, the compatible of /soc), with all banks in "
     "reg of the flash node"},

    /* ---- Slipway's bootloader ---- */
    {{"signed with an unknown key"},
     "the bootloader does not trust the key that signed the image",
     "the image was signed with another key than the bootloader was built with",
     "slipway verify -k PUBLIC_KEY IMAGE; sign again with the product's key"},
    {{"signed with a retired key"},
     "the bootloader has retired the key that signed the image",
     "an image that ran on this device retired it (sign --retire-key)",
     "sign with a key that stands after it in the bootloader's table"},
    {{"security counter below the stored one"},
     "the image is older than one that was confirmed on this device",
     "its security counter is lower than the device's",
     "slipway sign with a --security-counter that is not lower"},
    {{"no security counter"},
     "this bootloader needs a security counter in every image",
     "the image was signed without one",
     "slipway sign --security-counter N"},
    {{"Downgrade refused: version"},
     "the image is older than the running one, and this bootloader prevents downgrades",
     "its version is below the running one's",
     "slipway sign with a --version that is not below the running one's"},
    {{"its image is not newer than the one that stays"},
     "of two images that can run from their slots, the bootloader starts the newer one",
     "the uploaded image's version is not above the other one's",
     "slipway sign with a --version above the running one's"},
    {{"Image built for"},
     "the image is built for another part than the one on the board",
     "the file of another board's build was uploaded",
     "slipway verify --against BOOTLOADER.elf IMAGE; upload the file that was built for this "
     "board"},
    {{"Image not built for this slot", "slot refused: not built for this place"},
     "the image's first words, stack pointer (SP) and start address (PC), do not fit the slot",
     "it was linked for another slot or without the header's room; SP 0 and PC 0: it was signed "
     "with --pad-header, though its build leaves the header's room (CONFIG_ROM_START_OFFSET)",
     "link it for the address that the line names: zephyr,code-partition is slot0, and "
     "CONFIG_ROM_START_OFFSET and --header-size are equal\n"
     "slipway dumpinfo IMAGE shows the header"},
    {{"Image was made for"},
     "the image was linked for another slot",
     "the file of the other slot was uploaded",
     "upload the file that is linked for the slot that is not running (slipway image list)"},
    {{"or later, and would meet"},
     "an image waits for another image, which is too old or not uploaded yet",
     "it depends on a version of the other image",
     "slipway update --image N OTHER_IMAGE"},
    {{"which this device has not"},
     "an image depends on one that the device has no slots for",
     "it was signed for a product with more images",
     "slipway dumpinfo shows the dependencies"},
    {{"rollback partition is damaged"},
     "the device's stored security counters and retired keys are lost",
     "the flash is worn out, or a program wrote to the partition",
     "the counter is stored again at the next boot of a confirmed image"},
    {{"secondary slot refused: no image"},
     "the bootloader found no image where it looks for the upload",
     NULL, /* the next lines tell whether it lies elsewhere */
     NULL},
    {{"slot refused"},
     "the bootloader refused the image",
     "the line gives the reason after the colon",
     VERIFY},
    {{"The request is cleared: upload another image"},
     "the request is cleared, and the image in the primary slot stays",
     "the line before says why; if the header is erased, nothing was uploaded, or it was erased "
     "since",
     "slipway image list shows the slots; upload the image again, then ask for it"},
    {{"request in the secondary slot is garbled"},
     "the trailer of the secondary slot is neither blank nor a request",
     "power was lost while the request was written",
     "slipway image erase, then upload again"},

    /* ---- MCUboot: which image may run ---- */
    {{"secondary slot is not valid", "Image in slot 1 is not valid"},
     "the bootloader refused the uploaded image, in the secondary slot",
     "signed with another key than the bootloader's, of another kind (header size, alignment), or "
     "damaged",
     VERIFY},
    {{"primary slot is not valid", "Image in slot 0 is not valid", "slot is not valid"},
     "the bootloader refused the image in the primary slot (slot0): it is not a complete signed "
     "image",
     "an unsigned program was flashed there, one signed with another key, or one that was written "
     "in "
     "part; or slot0 is not where the bootloader looks for it",
     "flash zephyr.signed.hex (west flash), signed with the bootloader's key\n" VERIFY
     "\nslipway layout show build/zephyr/zephyr.dts: bootloader and application must have the same "
     "partitions"},
    {{"PLL is not ready"},
     "Slipway's bootloader runs at 64 MHz instead of 400: a boot takes six times as long, and "
     "works",
     "another supply than the LDO was chosen since power-on (PWR_CR3), or the chip is defective",
     "power the board off and on; CONFIG_BOOT_PLL=n for a board that does not supply the core by "
     "the LDO"},
    {{"HASH fails its test", "HASH does not answer", "This chip has no HASH unit"},
     "the chip has no HASH unit, or a defective one: the library hashes, which takes 30 ms",
     "an STM32H743 runs the firmware of the STM32H753, or the chip is defective",
     "CONFIG_BOOT_HASH_UNIT=n for a chip without the unit"},
    {{"Unable to find bootable image"},
     "the bootloader found no image that may run",
     "no slot holds an image that the bootloader trusts; its lines before say why, or there is "
     "none",
     "program a signed image into slot0"},
    {{"Failed reading image header", "Failed to read image*load address"},
     "an image header could not be read",
     "the slot cannot be read, or a power cut tore its first word",
     "erase the slot and upload again"},
    {{"ad image magic 0xffffffff"},
     "the slot is empty: its first word is blank",
     "nothing was written there, or it was erased",
     "program a signed image into slot0"},
    {{"ad image magic"},
     "the slot does not start with an image header",
     "an unsigned program, a slot at another place than the bootloader's, or another bootloader's "
     "image",
     "sign the program (slipway sign), and compare the partitions of bootloader and application"},
    {{"Image not bootable"},
     "the image is marked as one that is not started",
     "it was signed with --non-bootable",
     "slipway dumpinfo IMAGE shows the flags; sign again without it"},
    {{"Image size bigger than designated area"},
     "the image's header says that it is larger than its slot",
     "it was built for larger slots, or the header is damaged",
     CHECK_LAYOUT},
    {{"is not designated for the primary slot", "Reset address of image in secondary slot",
      "has been built for offset"},
     "the image was linked for another place than the slot that it would run in",
     "it was built for another slot, another partition table, or without the header's room",
     "build it for slot0 (zephyr,code-partition), or for the slot that it is uploaded to with "
     "direct-XIP"},
    {{"nsufficient version in secondary slot"},
     "the uploaded image is older than the running one, and this bootloader prevents downgrades",
     "MCUBOOT_DOWNGRADE_PREVENTION, and a version that is not above the running one's",
     "sign it with a higher version (--version)"},
    {{"Secondary header magic detected in first sector", "It is at offset 0, not at 0x"},
     "the uploaded image lies in the first sector of the secondary slot, and swap using offset "
     "looks for it in the second",
     "the server that took the upload, or the programmer, does not know of swap using offset",
     "build the application for this mode (CONFIG_MCUBOOT_BOOTLOADER_MODE_SWAP_USING_OFFSET=y, "
     "sysbuild does), or flash one sector further; for an application whose Zephyr does not have "
     "the mode, build the bootloader with CONFIG_BOOT_SWAP_USING_MOVE=y"},
    {{"Erasing image from secondary slot"},
     "the bootloader has erased the uploaded image",
     "it was refused; the line before says why",
     VERIFY},
    {{"ecurity counter value*lower than"},
     "the image's security counter is lower than the device's",
     "the image is older than one that was confirmed on this device",
     "slipway sign with a --security-counter that is not lower"},
    {{"Security counter update is not possible", "Security counter update failed",
      "Security counter lock failed"},
     "the device's security counter could not be stored",
     "the storage of the counter is full, locked or missing",
     "look at the platform's counter storage (boot_nv_security_counter_update)"},

    /* ---- MCUboot: swaps ---- */
    {{"BOOT_MAX_IMG_SECTORS"},
     "the slot has more sectors than the bootloader was built for: the bootloader cannot read it "
     "or install an image",
     "BOOT_MAX_IMG_SECTORS is smaller than the number of sectors of the slot",
     "CONFIG_BOOT_MAX_IMG_SECTORS_AUTO=y, or CONFIG_BOOT_MAX_IMG_SECTORS of at least the slot's "
     "sectors, in the bootloader\n" CHECK_LAYOUT},
    {{"Cannot upgrade: more sectors than allowed"},
     "the slots have more sectors than the bootloader was built for: nothing is swapped",
     "BOOT_MAX_IMG_SECTORS is smaller than the number of sectors of a slot",
     "raise CONFIG_BOOT_MAX_IMG_SECTORS in the bootloader\n" CHECK_LAYOUT},
    {{"Cannot upgrade: not a compatible amount of sectors", "have same amount of sectors"},
     "the slots' sizes do not suit the swap mode: nothing is swapped",
     "they differ by more than the one sector that it needs",
     "make slots of the same size: " CHECK_LAYOUT},
    {{"not same sector layout", "slots have non-compatible sectors", "slots are not compatible",
      "slot write sizes are not compatible"},
     "the two slots lie on sectors that differ in size or in flash word: nothing is swapped",
     "the slots are in two kinds of flash, or on sectors of different size",
     "overwrite-only (CONFIG_BOOT_UPGRADE_ONLY=y), or slots on equal sectors: " CHECK_LAYOUT},
    {{"not all sectors fit inside scratch"},
     "the scratch partition is smaller than what is swapped at once: nothing is swapped",
     "scratch_partition has fewer bytes than the largest sector",
     "make scratch_partition at least one whole sector: " CHECK_LAYOUT},
    {{"Not enough free space to run swap upgrade", "required*bytes but only"},
     "the image is too large to be swapped, though it fits the slot",
     "the swap needs a sector, and the trailer's, of the slot for itself",
     "make the image smaller, or the slots larger: " CHECK_LAYOUT " says the largest image"},
    {{"Swap of another layout: status record at"},
     "a swap was cut that a bootloader with other parameters began; if no \"Resuming\" follows, it "
     "could not be understood and nothing was touched",
     "BOOT_MAX_IMG_SECTORS, image keys or the strategy are not those of the bootloader that was "
     "here before",
     "boot the bootloader that began it, let it finish, then change; or upload an image and ask "
     "for "
     "it: that begins a swap of its own"},
    {{"Detected inconsistent status"},
     "the status records of an interrupted swap contradict each other",
     "a bootloader with other parameters (BOOT_MAX_IMG_SECTORS, alignment, mode) went on with it, "
     "or "
     "flash was written meanwhile",
     "flash bootloader and application anew, with the slots erased"},
    {{"status write fails performing the swap", "Failed reading boot status",
      "Failed to read status from", "Failed to set copy_done flag"},
     "the status of a swap could not be read or written",
     "the trailer's sector is worn out, or its words were torn by a power cut",
     "the next boot goes on from what it can read; if it repeats, erase the slots"},
    {{"boot_verify_logical_sectors"},
     "the sector size that the bootloader was configured for does not suit the flash",
     "CONFIG_MCUBOOT_LOGICAL_SECTOR_SIZE is not a multiple of the erase size, or the slots are not "
     "on "
     "it",
     CHECK_LAYOUT},
    {{"Failed to open scratch flash area"},
     "the bootloader has no scratch partition",
     "swap using scratch, and no scratch_partition in its devicetree",
     "add scratch_partition, or choose a mode that needs none (swap using offset)"},

    /* ---- MCUboot: encryption ---- */
    {{"MAC verification failed", "Random key decryption failed", "boot_read_enc_key: No key"},
     "the bootloader's decryption key does not unwrap the image's key",
     "the image was encrypted for another key, or is damaged",
     "slipway dumpinfo IMAGE shows how it is encrypted; sign again with -E and this bootloader's "
     "public "
     "key"},
    {{"Failed to parse ASN1 private key"},
     "the bootloader's own decryption key cannot be read",
     "the key is of another type or format than the bootloader was built for",
     "build it again with CONFIG_BOOT_ENCRYPTION_KEY_FILE of the right kind (slipway getpriv)"},
    {{"ED25519 signature verification failed"},
     "the signature is wrong",
     "the image was signed with another key, or changed since",
     VERIFY},
    {{"crypto init failed", "key import failed", "; import failed", "Key derivation*failed",
      "import key failed", "AES enc*failed", "AES dec*failed"},
     "the bootloader's cryptography (PSA) failed; the number is its status",
     "a key or algorithm that its configuration does not have, or too few key slots",
     "check the bootloader's PSA options against the image's signature and encryption"},
    {{"destroy key*failed", "Failed to destroy key", "destruction failed", "abort failed",
      "PSA dec key failed"},
     "the bootloader's cryptography (PSA) could not release its keys; the number is its status",
     "an earlier operation failed",
     "look for the line before this one"},

    /* ---- MCUboot: what it stands on ---- */
    {{"Failed to open flash area", "failed to open flash area", "Can't bind to the flash area",
      "Flash open area", "flash_area_open failed with", "nvalid flash area ID"},
     "a partition cannot be opened",
     "the devicetree has no such partition, it is disabled, or its flash's driver is not in the "
     "program or "
     "has not started",
     "slipway layout show build/zephyr/zephyr.dts, and check that the flash's node is \"okay\""},
    {{"Failed to read sectors:", "flash_area_get_sector:", "not divisible by sector size",
      "sector count overflow"},
     "the sectors of a slot cannot be listed",
     "the slot is not on sector borders, or has more than BOOT_MAX_IMG_SECTORS",
     CHECK_LAYOUT},
    {{"invalid flash ID", "Flash device*not found"},
     "the bootloader does not find the flash that a slot lies in",
     "a slot in external flash whose driver is not in the bootloader",
     "enable that flash's driver in the bootloader, or place the slot in the chip's own flash"},
    {{"shared memory area", "image data to shared area"},
     "the bootloader could not share its boot information with the application",
     "the retained memory is too small or missing",
     "make the retention area larger; the boot itself goes on"},
    {{"Did not find image with specified hash"},
     "serial recovery was asked for an image that no slot holds",
     "the hash is another image's",
     "slipway image list shows the hashes; upload the image first"},
    {{"post upload hook"},
     "a hook of the product refused the upload in serial recovery",
     "the product has a check of its own",
     "look into the product's boot_serial_uploaded_hook"},
    {{"Not enough memory to store"},
     "serial recovery lost a line: its buffers are full",
     "lines came faster than it handles them, or were longer than its buffer",
     "send packets slower, or smaller ones; CONFIG_BOOT_MAX_LINE_INPUT_LEN, CONFIG_BOOT_LINE_BUFS"},
    {{"Watchdog install timeout failed", "Watchdog setup failed"},
     "the bootloader's watchdog could not be started",
     "the watchdog does not support the requested time, or is not enabled in the devicetree",
     "check the alias watchdog0 and CONFIG_BOOT_WATCHDOG_FEED"},
    {{"Cannot enable USB"},
     "the bootloader could not start USB",
     "no clock or pins for it in the bootloader's devicetree",
     "compare the bootloader's overlay with the application's"},
    {{"Didn't find LED device"},
     "the bootloader does not find its LED",
     "no mcuboot-led0 alias, or its GPIO driver is missing",
     "CONFIG_MCUBOOT_INDICATION_LED=n, or add the alias"},
    {{"Unable to initialize UUID"},
     "the bootloader's vendor and class identifiers are not usable",
     "they are not configured",
     "set CONFIG_MCUBOOT_UUID_VID and _CID, or switch them off"},
    {{"panic!", "Never should get here"},
     "the bootloader gave up",
     "its line before this one says why",
     "look for the line before this one; a debug probe shows where it stopped"},

    /* ---- Zephyr's fatal errors: the last rows, the update's own lines say more ---- */
    {{"***** USAGE FAULT *****"},
     "the program stopped at an instruction that the core refuses",
     "the lines after it name the reason: an undefined instruction, a missing FPU, a division by "
     "zero, or an unaligned access; or the program ran into data",
     FAULT_NEXT},
    {{"***** BUS FAULT *****"},
     "the program stopped at an access that the bus refused",
     "an address where nothing answers, a peripheral without its clock, or a flash word with an "
     "ECC error (a power cut tore it); the lines after it name the address (BFAR)",
     FAULT_NEXT},
    {{"***** MPU FAULT *****"},
     "the program stopped at an access that the MPU does not allow",
     "a null pointer, a stack that overflowed, or a jump into data; the lines after it name the "
     "address (MMFAR)",
     FAULT_NEXT "\nCONFIG_HW_STACK_PROTECTION=y tells a stack that overflowed"},
    {{"***** HARD FAULT *****"},
     "the program stopped at a fault that no other handler took",
     "a fault while another was handled, or a vector table that cannot be read; the lines after "
     "it name the reason",
     FAULT_NEXT},
    {{">>> ZEPHYR FATAL ERROR"},
     "Zephyr stopped the program: an exception, a failed assertion or a stack that overflowed",
     "the lines before it name the reason; the number is its code (0: an exception of the CPU, 2: "
     "a stack overflow, 3: an oops, 4: a panic)",
     "an image on trial goes back at the next reset: slipway image list shows which one runs; the "
     "lines before it lead to the fault"},
};

const size_t explain_patterns_count = ARRAY_LEN(explain_patterns);

/* Do the parts of text between '*' stand in the line, in this order? */
static int fits(const char *line, const char *text)
{
    char part[128];
    if (strchr(text, '*') == NULL)
        return strstr(line, text) != NULL;
    while (*text != '\0') {
        size_t n = strcspn(text, "*");
        if (n >= sizeof part)
            return 0;
        memcpy(part, text, n);
        part[n] = '\0';
        line = strstr(line, part);
        if (line == NULL)
            return 0;
        line += n;
        text += n + (text[n] == '*');
    }
    return 1;
}

size_t explain_pattern_of(const char *line)
{
    for (size_t i = 0; i < explain_patterns_count; i++)
        for (size_t t = 0; t < EXPLAIN_TEXTS_MAX && explain_patterns[i].texts[t] != NULL; t++)
            if (fits(line, explain_patterns[i].texts[t]))
                return i;
    return explain_patterns_count;
}
