/* commands.h - every command there is; each is defined in the cmd_*.c of its name. */
#ifndef HOST_CLI_COMMANDS_COMMANDS_H
#define HOST_CLI_COMMANDS_COMMANDS_H

#include "host/cli/core/cli.h"

/* Images and keys: imgtool's words. */
extern const struct cli_command cmd_keygen, cmd_getpub, cmd_getpubhash, cmd_getpriv, cmd_keyinfo;
extern const struct cli_command cmd_sign, cmd_create, cmd_verify, cmd_dumpinfo, cmd_diff,
    cmd_version;

/* A device: mcumgr's words. */
extern const struct cli_command cmd_echo, cmd_params, cmd_bootloader, cmd_info, cmd_reset;
extern const struct cli_command cmd_datetime, cmd_taskstat, cmd_mpstat, cmd_enum;
extern const struct cli_command cmd_stat_list, cmd_stat_show, cmd_stat;
extern const struct cli_command cmd_settings_read, cmd_settings_write, cmd_settings_delete;
extern const struct cli_command cmd_settings_save, cmd_settings_load, cmd_settings_commit;
extern const struct cli_command cmd_fs_upload, cmd_fs_download, cmd_fs_status, cmd_fs_hash;
extern const struct cli_command cmd_fs_types, cmd_fs_close;
extern const struct cli_command cmd_shell, cmd_shell_exec, cmd_storage_erase;
extern const struct cli_command cmd_ports, cmd_smp;
extern const struct cli_command cmd_completion, cmd_man;
extern const struct cli_command cmd_image_list, cmd_image_upload, cmd_image_test;
extern const struct cli_command cmd_image_confirm, cmd_image_erase, cmd_image_slots;

/* Ours. */
extern const struct cli_command cmd_update, cmd_package, cmd_why, cmd_board_run, cmd_board_flash;
extern const struct cli_command cmd_board_registers;
extern const struct cli_command cmd_layout_show, cmd_layout_check;
extern const struct cli_command cmd_evidence, cmd_evidence_check;
extern const struct cli_command cmd_sbom;
extern const struct cli_command cmd_rehearse_update, cmd_rehearse_flash, cmd_rehearse_closure,
    cmd_rehearse_fleet;
extern const struct cli_command cmd_report;

/* help.c: how a device is named, and the exit codes. */
extern const char cli_program_notes[];

/* completion.c: print what may stand in place of words[count - 1], which is being typed behind the others (the program's name
 * left out): lines of a word, a tab and its help. None: nothing is known, and a shell offers files. */
void cli_complete(FILE *out, const char *const *words, int count);

#endif
