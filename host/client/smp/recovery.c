#include "host/client/smp/recovery.h"

#include "host/client/smp/client_exchange.h"

/* Group os: MCUboot's recovery accepts it and does nothing; Zephyr does not have it. */
#define OS_CONSOLE_ECHO 1u

bool recovery_may_answer_so(const struct smp_client *c, enum err e)
{
    const uint32_t rc = c->error.rc;
    return e == ERR_PEER && c->error.group == -1 &&
           (rc == MGMT_ERR_EUNKNOWN || rc == MGMT_ERR_EINVAL || rc == MGMT_ERR_ENOTSUP);
}

const char *recovery_error_text(const struct smp_error *error)
{
    return error->rc == MGMT_ERR_EINVAL
               ? "by 3 it also says that an image is too large for its slot, and MCUboot's that "
                 "erasing or writing failed"
               : NULL;
}

static bool is_refused(const struct smp_client *c, enum err e)
{
    return e == ERR_PEER && c->error.group == -1 && c->error.rc == MGMT_ERR_ENOTSUP;
}

static bool refuses_info(struct smp_client *c)
{
    char text[4];
    if (!is_refused(c, smp_os_info(c, "s", text, sizeof text)))
        return false;
    struct smp_bootloader b;
    return is_refused(c, smp_bootloader_info(c, &b));
}

static bool takes_console_echo(struct smp_client *c)
{
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_OS, OS_CONSOLE_ECHO);
    struct cbor_writer w;
    exchange_begin(c, &w);
    cbor_put_uint(&w, "echo", 0);
    return exchange_run(c, &w, &x, NULL, NULL, 0) == ERR_OK;
}

static const char *evidence(struct smp_client *c, const struct smp_image_list *list)
{
    bool has_flags = false;
    for (unsigned i = 0; i < list->count; i++)
        has_flags |= list->image[i].has_flags;
    if (list->count > 0 && !has_flags)
        return "its image list has no flags";
    if (list->has_split_status || !refuses_info(c))
        return NULL;
    if (list->count == 0)
        return "its image list is empty, without splitStatus, and it has neither os info nor "
               "bootloader info";
    /* CONFIG_BOOT_SERIAL_IMG_GRP_IMAGE_STATE: the flags are there, and only the true ones. So has a Zephyr that saves bytes. */
    return takes_console_echo(c)
               ? "its image list has no splitStatus, and it takes the console echo command, as "
                 "MCUboot's recovery does"
               : NULL;
}

const char *recovery_evidence(struct smp_client *c, const struct smp_image_list *list)
{
    const struct smp_error error = c->error;
    const char *text = evidence(c, list);
    c->error = error;
    return text;
}

const char *recovery_ask(struct smp_client *c)
{
    struct smp_image_list list;
    const struct smp_error error = c->error;
    const char *text = smp_image_list(c, &list) == ERR_OK ? evidence(c, &list) : NULL;
    c->error = error;
    return text;
}
