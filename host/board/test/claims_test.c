/* Tests of what belongs to one board while it runs: its flash file, and the link to its pty. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/board/board_files.h"
#include "host/cli/core/cli.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"
#include "testing/vboard/rig_program.h"

static int set_up(void **state)
{
    rig_folder_begin(state);
    program_begin();
    emit(0xe7fe); /* b . */
    rig_save(rig_path("loop.bin"), program, program_len);
    return 0;
}

/* It runs until it is killed; the link is there when it has all that it wants. */
static pid_t start_board(void)
{
    fflush(NULL);
    pid_t board = fork();
    assert_true(board >= 0);
    if (board == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
        _exit(rig_command("board run %s --quiet --flash %s --uart pty:%s", rig_path("loop.bin"),
                          rig_path("flash"), rig_path("uart")));
    struct stat st;
    while (stat(rig_path("uart"), &st) != 0) {
        assert_int_equal(waitpid(board, NULL, WNOHANG), 0);
        usleep(1000);
    }
    return board;
}

static void kill_board(pid_t board)
{
    kill(board, SIGKILL);
    assert_int_equal(waitpid(board, NULL, 0), board);
}

/* The second board took the link from the first one, which then was a board without a UART. */
static void two_boards_cannot_have_one_link(void **state)
{
    char before[64] = "", after[64] = "";
    (void)state;
    pid_t board = start_board();
    assert_true(readlink(rig_path("uart"), before, sizeof before - 1) > 0);
    assert_int_equal(rig_command("board run %s --uart pty:%s --for 0.001", rig_path("loop.bin"),
                                 rig_path("uart")),
                     CLI_REFUSED);
    rig_expect("/uart' is the UART of a running board\n");
    rig_expect(cli_text("evidence: it leads to %s, and process %d (", before, (int)board));
    rig_expect(cli_text("next: end that board (kill %d), or give this one a link of its own\n",
                        (int)board));
    assert_true(readlink(rig_path("uart"), after, sizeof after - 1) > 0);
    assert_string_equal(after, before);
    kill_board(board);
    assert_int_equal(readlink(rig_path("uart"), after, sizeof after - 1),
                     strlen(before)); /* left */
    assert_int_equal(rig_command("board run %s --quiet --uart pty:%s --for 0.001",
                                 rig_path("loop.bin"), rig_path("uart")),
                     CLI_DONE);
    assert_string_equal(rig_output, "");
    assert_int_equal(readlink(rig_path("uart"), after, sizeof after - 1),
                     -1); /* as it ended itself */
    unlink(rig_path("flash"));
}

static void two_boards_cannot_have_one_flash_file(void **state)
{
    (void)state;
    pid_t board = start_board();
    const char *const commands[] = {"board run --uart none --for 0.001 --flash",
                                    "board flash load"};
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        assert_int_equal(
            rig_command("%s %s %s", commands[i], rig_path("flash"), rig_path("loop.bin")),
            CLI_REFUSED);
        rig_expect("/flash' is the flash of a running board\n");
        rig_expect(cli_text("evidence: process %d (", (int)board));
        rig_expect(cli_text("next: end that board (kill %d), or give", (int)board));
    }
    kill_board(board);
    assert_int_equal(rig_command("board run --uart none --for 0.001 --flash %s", rig_path("flash")),
                     CLI_DONE);
    unlink(rig_path("flash"));
    unlink(rig_path("uart"));
}

/* Between reading the file and making it the flash nothing held it: two boards that began at once both had it. */
static void a_flash_file_is_claimed_while_a_board_begins(void **state)
{
    struct flash_claim claim;
    int ready[2], made = pipe(ready);
    char byte;
    (void)state;
    assert_int_equal(made, 0);
    const char *flash = rig_path("flash"), *loop = rig_path("loop.bin");
    assert_int_equal(rig_command("board run %s --uart none --for 0.001 --flash %s", loop, flash),
                     CLI_DONE);
    fflush(NULL);
    pid_t other = fork();
    assert_true(other >= 0);
    if (other == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) {
        (void)!write(ready[1], "", board_claim_flash(flash, &claim) == CLI_DONE);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(rig_command("board run --uart none --for 0.001 --flash %s", flash),
                     CLI_REFUSED);
    kill_board(other);
    close(ready[0]);
    close(ready[1]);
    assert_int_equal(rig_command("board run --uart none --for 0.001 --flash %s", flash), CLI_DONE);
    unlink(flash);

    /* One that was not there, and then is. */
    struct vboard *v = vboard_new(&(struct vboard_config){0});
    assert_int_equal(board_claim_flash(flash, &claim), CLI_DONE);
    assert_true(claim.absent);
    rig_save(rig_path("flash"), (const void *)"another's", 9);
    assert_int_equal(board_keep_flash(v, flash, &claim), CLI_REFUSED);
    board_release_flash(&claim);
    vboard_free(v);
    unlink(flash);
    cli_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_boards_cannot_have_one_link),
        cmocka_unit_test(two_boards_cannot_have_one_flash_file),
        cmocka_unit_test(a_flash_file_is_claimed_while_a_board_begins),
    };
    return cmocka_run_group_tests_name("claims", tests, set_up, rig_folder_end);
}
