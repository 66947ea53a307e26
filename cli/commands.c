/* commands.c - the table of commands, in the order in which --help shows them. */
#include "cli/commands.h"

const struct cli_command *const cli_commands[] = {
    &cmd_update,        &cmd_image_list,  &cmd_image_upload,   &cmd_image_test,
    &cmd_image_confirm, &cmd_image_erase, &cmd_image_slots,    &cmd_echo,
    &cmd_params,        &cmd_bootloader,  &cmd_info,           &cmd_reset,
    &cmd_keygen,        &cmd_getpub,      &cmd_getpubhash,     &cmd_getpriv,
    &cmd_keyinfo,       &cmd_sign,        &cmd_create,         &cmd_verify,
    &cmd_dumpinfo,      &cmd_board_run,   &cmd_board_flash,    &cmd_layout_show,
    &cmd_layout_check,  &cmd_why,         &cmd_rehearse_flash, NULL,
};
