/* error_text.c - SMP's error numbers in names and words. One row per error; used by host
 * programs only. */
#include "core/base/compiler.h"
#include "core/smp/wire/errors.h"
#include "host/client/smp/client.h"

struct row {
    const char *name, *text;
};

static const struct row mgmt_rows[] = {
    {"MGMT_ERR_EOK", "success"},
    {"MGMT_ERR_EUNKNOWN", "the device failed without saying why"},
    {"MGMT_ERR_ENOMEM", "the device ran out of memory for this request"},
    {"MGMT_ERR_EINVAL", "the device could not use an argument of the request"},
    {"MGMT_ERR_ETIMEOUT", "something in the device timed out"},
    {"MGMT_ERR_ENOENT", "the device has no such entry"},
    {"MGMT_ERR_EBADSTATE", "not allowed in the device's present state"},
    {"MGMT_ERR_EMSGSIZE", "the answer does not fit the device's buffer"},
    {"MGMT_ERR_ENOTSUP", "the command is not built into the device"},
    {"MGMT_ERR_ECORRUPT", "the packet's length does not match its content"},
    {"MGMT_ERR_EBUSY", "blocked by another command; try again"},
    {"MGMT_ERR_EACCESSDENIED", "denied by the device's application"},
    {"MGMT_ERR_UNSUPPORTED_TOO_OLD", "the device refuses SMP version 1"},
    {"MGMT_ERR_UNSUPPORTED_TOO_NEW", "the device does not know this SMP version"},
    {"MGMT_ERR_BRIDGED_CONNECTION_UNAVAILABLE", "the bridged connection is not available"},
};

static const struct row os_rows[] = {
    {"OS_MGMT_ERR_OK", "success"},
    {"OS_MGMT_ERR_UNKNOWN", "the device failed without saying why"},
    {"OS_MGMT_ERR_INVALID_FORMAT", "the info format holds a letter that the device does not have"},
    {"OS_MGMT_ERR_QUERY_YIELDS_NO_ANSWER", "the device has no answer to this query"},
    {"OS_MGMT_ERR_RTC_NOT_SET", "the device's clock is not set"},
    {"OS_MGMT_ERR_RTC_COMMAND_FAILED", "the device's clock did not take the command"},
    {"OS_MGMT_ERR_QUERY_RESPONSE_VALUE_NOT_VALID", "the answer to this query cannot be right"},
    {"OS_MGMT_ERR_HEAP_STATS_FETCH_FAILED", "the heap statistics could not be read"},
};

static const struct row img_rows[] = {
    {"IMG_MGMT_ERR_OK", "success"},
    {"IMG_MGMT_ERR_UNKNOWN", "the image command failed without saying why"},
    {"IMG_MGMT_ERR_FLASH_CONFIG_QUERY_FAIL", "the flash area could not be looked up"},
    {"IMG_MGMT_ERR_NO_IMAGE", "there is no image in the slot"},
    {"IMG_MGMT_ERR_NO_TLVS", "the image has no TLV area"},
    {"IMG_MGMT_ERR_INVALID_TLV", "the image's TLV area is malformed"},
    {"IMG_MGMT_ERR_TLV_MULTIPLE_HASHES_FOUND", "the image has more than one hash"},
    {"IMG_MGMT_ERR_TLV_INVALID_SIZE", "a TLV of the image has the wrong size"},
    {"IMG_MGMT_ERR_HASH_NOT_FOUND", "no slot holds an image with this hash"},
    {"IMG_MGMT_ERR_NO_FREE_SLOT", "the slot is in use: it runs, or it is the fallback of a test"},
    {"IMG_MGMT_ERR_FLASH_OPEN_FAILED", "the slot could not be opened"},
    {"IMG_MGMT_ERR_FLASH_READ_FAILED", "reading flash failed"},
    {"IMG_MGMT_ERR_FLASH_WRITE_FAILED", "writing flash failed"},
    {"IMG_MGMT_ERR_FLASH_ERASE_FAILED", "erasing flash failed"},
    {"IMG_MGMT_ERR_INVALID_SLOT", "there is no such slot"},
    {"IMG_MGMT_ERR_NO_FREE_MEMORY", "the device has no memory for an upload"},
    {"IMG_MGMT_ERR_FLASH_CONTEXT_ALREADY_SET", "an upload context exists already"},
    {"IMG_MGMT_ERR_FLASH_CONTEXT_NOT_SET", "there is no upload context"},
    {"IMG_MGMT_ERR_FLASH_AREA_DEVICE_NULL", "the slot has no flash device"},
    {"IMG_MGMT_ERR_INVALID_PAGE_OFFSET", "the flash has no sector at this offset"},
    {"IMG_MGMT_ERR_INVALID_OFFSET", "the upload request has no offset"},
    {"IMG_MGMT_ERR_INVALID_LENGTH", "the upload does not say how long the image is"},
    {"IMG_MGMT_ERR_INVALID_IMAGE_HEADER", "the first chunk is too short to hold an image header"},
    {"IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC",
     "not an MCUboot image (wrong magic), or the slot's trailer is garbage"},
    {"IMG_MGMT_ERR_INVALID_HASH", "the hash has the wrong length or is missing"},
    {"IMG_MGMT_ERR_INVALID_FLASH_ADDRESS", "the image is linked for another address"},
    {"IMG_MGMT_ERR_VERSION_GET_FAILED", "the running image's version could not be read"},
    {"IMG_MGMT_ERR_CURRENT_VERSION_IS_NEWER", "the running image is not older"},
    {"IMG_MGMT_ERR_IMAGE_ALREADY_PENDING", "refused while another image is pending or on trial"},
    {"IMG_MGMT_ERR_INVALID_IMAGE_VECTOR_TABLE", "the running slot's trailer is garbage"},
    {"IMG_MGMT_ERR_INVALID_IMAGE_TOO_LARGE",
     "the image is too large for the slot, of which the bootloader needs a part"},
    {"IMG_MGMT_ERR_INVALID_IMAGE_DATA_OVERRUN", "more data than the announced length"},
    {"IMG_MGMT_ERR_IMAGE_CONFIRMATION_DENIED", "this image may not be confirmed"},
    {"IMG_MGMT_ERR_IMAGE_SETTING_TEST_TO_ACTIVE_DENIED",
     "the image to be tested is already running"},
    {"IMG_MGMT_ERR_ACTIVE_SLOT_NOT_KNOWN", "the device does not know which slot it runs from"},
};

static const struct row stat_rows[] = {
    {"STAT_MGMT_ERR_OK", "success"},
    {"STAT_MGMT_ERR_UNKNOWN", "the statistics command failed without saying why"},
    {"STAT_MGMT_ERR_INVALID_GROUP", "there is no such statistics group"},
    {"STAT_MGMT_ERR_INVALID_STAT_NAME", "there is no such statistic"},
    {"STAT_MGMT_ERR_INVALID_STAT_SIZE", "a statistic has an unknown size"},
    {"STAT_MGMT_ERR_WALK_ABORTED", "the walk over the statistics was stopped"},
};

static const struct row settings_rows[] = {
    {"SETTINGS_MGMT_ERR_OK", "success"},
    {"SETTINGS_MGMT_ERR_UNKNOWN", "the settings command failed without saying why; Zephyr up to "
                                  "3.4 means a key that its module does not have"},
    {"SETTINGS_MGMT_ERR_KEY_TOO_LONG", "the key is too long"},
    {"SETTINGS_MGMT_ERR_KEY_NOT_FOUND", "there is no such key"},
    {"SETTINGS_MGMT_ERR_READ_NOT_SUPPORTED", "this key cannot be read"},
    {"SETTINGS_MGMT_ERR_ROOT_KEY_NOT_FOUND",
     "no part of the firmware has settings under this name"},
    {"SETTINGS_MGMT_ERR_WRITE_NOT_SUPPORTED", "this key cannot be written"},
    {"SETTINGS_MGMT_ERR_DELETE_NOT_SUPPORTED", "this key cannot be deleted"},
    {"SETTINGS_MGMT_ERR_SAVE_NOT_SUPPORTED", "saving is not supported"},
};

static const struct row fs_rows[] = {
    {"FS_MGMT_ERR_OK", "success"},
    {"FS_MGMT_ERR_UNKNOWN", "the file command failed without saying why"},
    {"FS_MGMT_ERR_FILE_INVALID_NAME", "the file name is not valid"},
    {"FS_MGMT_ERR_FILE_NOT_FOUND", "there is no such file"},
    {"FS_MGMT_ERR_FILE_IS_DIRECTORY", "that is a directory"},
    {"FS_MGMT_ERR_FILE_OPEN_FAILED", "the file could not be opened"},
    {"FS_MGMT_ERR_FILE_SEEK_FAILED", "seeking in the file failed"},
    {"FS_MGMT_ERR_FILE_READ_FAILED", "reading the file failed"},
    {"FS_MGMT_ERR_FILE_TRUNCATE_FAILED", "truncating the file failed"},
    {"FS_MGMT_ERR_FILE_DELETE_FAILED", "deleting the file failed"},
    {"FS_MGMT_ERR_FILE_WRITE_FAILED", "writing the file failed"},
    {"FS_MGMT_ERR_FILE_OFFSET_NOT_VALID", "the offset is not the one that the device expects"},
    {"FS_MGMT_ERR_FILE_OFFSET_LARGER_THAN_FILE", "the offset lies behind the file's end"},
    {"FS_MGMT_ERR_CHECKSUM_HASH_NOT_FOUND", "the device does not have this checksum"},
    {"FS_MGMT_ERR_MOUNT_POINT_NOT_FOUND", "there is no such mount point"},
    {"FS_MGMT_ERR_READ_ONLY_FILESYSTEM", "the file system is read-only"},
    {"FS_MGMT_ERR_FILE_EMPTY", "the file is empty"},
};

static const struct row shell_rows[] = {
    {"SHELL_MGMT_ERR_OK", "success"},
    {"SHELL_MGMT_ERR_UNKNOWN", "the shell command failed without saying why"},
    {"SHELL_MGMT_ERR_COMMAND_TOO_LONG", "the command line is too long"},
    {"SHELL_MGMT_ERR_EMPTY_COMMAND", "the command line is empty"},
};

static const struct row enum_rows[] = {
    {"ENUM_MGMT_ERR_OK", "success"},
    {"ENUM_MGMT_ERR_UNKNOWN", "the enumeration failed without saying why"},
    {"ENUM_MGMT_ERR_TOO_MANY_GROUP_ENTRIES", "too many groups were asked for"},
    {"ENUM_MGMT_ERR_INSUFFICIENT_HEAP_FOR_ENTRIES", "the device has no memory for the answer"},
    {"ENUM_MGMT_ERR_INDEX_TOO_LARGE", "there is no group with this index"},
};

/* As of the development version 0.1.0 of the group: the numbers have moved between drafts. */
static const struct row transport_rows[] = {
    {"TRANSPORT_MGMT_ERR_OK", "success"},
    {"TRANSPORT_MGMT_ERR_UNKNOWN", "the transport command failed without saying why"},
    {"TRANSPORT_MGMT_ERR_TRANSPORT_MISSING_REQUIRED_FUNCTIONS",
     "the transport lacks functions that a bridge needs"},
    {"TRANSPORT_MGMT_ERR_TRANSPORT_MISSING_INFO_FUNCTIONS",
     "the transport lacks functions that describe it"},
    {"TRANSPORT_MGMT_ERR_INVALID_TRANSPORT", "there is no such transport"},
    {"TRANSPORT_MGMT_ERR_INVALID_MODE", "the transport does not have this mode"},
    {"TRANSPORT_MGMT_ERR_ALL_CONTEXTS_USED", "all bridges are in use"},
    {"TRANSPORT_MGMT_ERR_BOTH_TRANSPORT_AND_ALL_PARAMETERS",
     "the request names one transport, and all of them"},
    {"TRANSPORT_MGMT_ERR_NOT_BRIDGED", "the transport is not bridged"},
    {"TRANSPORT_MGMT_ERR_SAME_BRIDGE_DEVICE_DISALLOWED", "a bridge may not lead back to itself"},
    {"TRANSPORT_MGMT_ERR_INGOING_NOT_SUPPORTED", "the transport takes no requests for a bridge"},
    {"TRANSPORT_MGMT_ERR_OUTGOING_NOT_SUPPORTED", "the transport cannot be a bridge's far end"},
    {"TRANSPORT_MGMT_ERR_INCOMING_ALREADY_BRIDGED", "the near transport is bridged already"},
    {"TRANSPORT_MGMT_ERR_OUTGOING_ALREADY_BRIDGED", "the far transport is bridged already"},
    {"TRANSPORT_MGMT_ERR_CONNECT_MISSING_PARAMETER", "the connection lacks a parameter"},
    {"TRANSPORT_MGMT_ERR_CONNECT_INVALID_PARAMETER", "a parameter of the connection is not valid"},
    {"TRANSPORT_MGMT_ERR_CONNECT_UNSUPPORTED_PARAMETER",
     "the transport does not have a parameter of the connection"},
    {"TRANSPORT_MGMT_ERR_CONNECT_FAILED", "the bridge could not connect"},
};

static const struct row line_rows[] = {
    {"LINE_MGMT_ERR_OK", "success"},
    {"LINE_MGMT_ERR_UNKNOWN", "the line's speed could not be set"},
    {"LINE_MGMT_ERR_NO_SUCH_SPEED", "the device's line does not have this speed"},
};

static const struct row basic_rows[] = {
    {"ZEPHYRBASIC_MGMT_ERR_OK", "success"},
    {"ZEPHYRBASIC_MGMT_ERR_UNKNOWN", "the command failed without saying why"},
    {"ZEPHYRBASIC_MGMT_ERR_FLASH_OPEN_FAILED", "the storage partition could not be opened"},
    {"ZEPHYRBASIC_MGMT_ERR_FLASH_CONFIG_QUERY_FAIL",
     "the storage partition could not be looked up"},
    {"ZEPHYRBASIC_MGMT_ERR_FLASH_ERASE_FAILED", "erasing the storage partition failed"},
};

static const struct {
    int group;
    const struct row *rows;
    unsigned count;
} tables[] = {
    {-1, mgmt_rows, ARRAY_LEN(mgmt_rows)},
    {SMP_GROUP_OS, os_rows, ARRAY_LEN(os_rows)},
    {SMP_GROUP_IMAGE, img_rows, ARRAY_LEN(img_rows)},
    {SMP_GROUP_STAT, stat_rows, ARRAY_LEN(stat_rows)},
    {SMP_GROUP_SETTINGS, settings_rows, ARRAY_LEN(settings_rows)},
    {SMP_GROUP_FS, fs_rows, ARRAY_LEN(fs_rows)},
    {SMP_GROUP_SHELL, shell_rows, ARRAY_LEN(shell_rows)},
    {SMP_GROUP_ENUM, enum_rows, ARRAY_LEN(enum_rows)},
    {11, transport_rows, ARRAY_LEN(transport_rows)},
    {SMP_GROUP_ZEPHYR_BASIC, basic_rows, ARRAY_LEN(basic_rows)},
    {SMP_GROUP_LINE, line_rows, ARRAY_LEN(line_rows)},
};

static const struct row *find(const struct smp_error *e)
{
    static const struct row unknown = {"unknown error", "slipway does not know this error number"};
    static const struct row user = {"MGMT_ERR_EPERUSER", "an error of the device's application"};
    if (e->group == -1 && e->rc >= 256)
        return &user;
    for (unsigned i = 0; i < ARRAY_LEN(tables); i++) {
        if (tables[i].group == e->group && e->rc < tables[i].count)
            return &tables[i].rows[e->rc];
    }
    return &unknown;
}

const char *smp_error_name(const struct smp_error *e)
{
    return find(e)->name;
}

const char *smp_error_text(const struct smp_error *e)
{
    return find(e)->text;
}
