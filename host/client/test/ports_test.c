/* Tests of serial ports: the list, a port by its USB id, and what is said of one that may not be opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "host/client/link/port_access.h"
#include "host/client/link/port_list.h"
#include "testing/client/fake_server.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

/* Three boards, one of them with hostile words for itself. */
static struct port_list plugged;
static enum err (*read_system)(struct port_list *l);

static enum err read_plugged(struct port_list *l)
{
    *l = plugged;
    return ERR_OK;
}

static void plug_in(const char *path)
{
    static const struct port_entry there[] = {
        {.path = "/dev/ttyS0", .description = "ttyS0"},
        {.path = "/dev/ttyACM0",
         .usb = true,
         .vid = 0x483,
         .pid = 0x374e,
         .serial = "066EFF",
         .maker = "STMicroelectronics",
         .product = "STLINK-V3"},
        {.path = "/dev/ttyACM1", .usb = true, .vid = 0x483, .pid = 0x374e, .serial = "066F00"},
        {.path = "/dev/ttyUSB0", .usb = true, .vid = 0x403, .pid = 0x6001, .product = "\x1b[2J"}};
    plugged.count = ARRAY_LEN(there);
    memcpy(plugged.port, there, sizeof there);
    if (path != NULL)
        snprintf(plugged.port[2].path, sizeof plugged.port[2].path, "%s", path);
    read_system = port_list_read;
    port_list_read = read_plugged;
}

static void ports_are_listed(void **state)
{
    (void)state;
    plug_in(NULL);
    assert_int_equal(rig_command("ports"), CLI_DONE);
    rig_expect("PORT          USB                   DEVICE\n"
               "/dev/ttyS0    -                     ttyS0\n"
               "/dev/ttyACM0  usb:0483:374e:066EFF  STLINK-V3 (STMicroelectronics)\n"
               "/dev/ttyACM1  usb:0483:374e:066F00  \n"
               "/dev/ttyUSB0  usb:0403:6001         \\x1b[2J\n");
    assert_int_equal(rig_command("ports --json"), CLI_DONE);
    rig_expect("\"usb\": \"usb:0483:374e:066EFF\"");
    plugged.count = 0;
    assert_int_equal(rig_command("ports"), CLI_DONE);
    rig_expect("no serial ports");
    port_list_read = read_system;
}

/* Every port that may not be opened was said to want the group dialout, a pty of somebody else, too. */
static void what_stands_in_the_way_of_a_port(void **state)
{
    static const struct {
        struct port_node node;
        const char *evidence, *next;
    } cases[] = {
        {{"/dev/ttyACM0", "root", "dialout", "ann", 0660, .is_pty = false},
         "/dev/ttyACM0 belongs to root, group dialout, mode 0660; you are ann",
         "sudo usermod -aG dialout ann, then log in again"},
        {{"/dev/ttyACM0", "root", "uucp", "ann", 0660, .is_pty = false},
         "/dev/ttyACM0 belongs to root, group uucp, mode 0660; you are ann",
         "sudo usermod -aG uucp ann, then log in again"},
        {{"/dev/ttyACM0", "root", "uucp", "ann", 0660, .group_listed = true},
         "/dev/ttyACM0 belongs to root, group uucp, mode 0660; you are ann",
         "log in again: ann is in the group uucp, but was not when this session began"},
        {{"/dev/pts/5", "bob", "tty", "ann", 0620, .is_pty = true},
         "/dev/pts/5 belongs to bob, group tty, mode 0620; you are ann",
         "if it is a virtual board's: start the board as yourself (ann), or run this command as "
         "bob: sudo -u bob slipway ..."},
        {{"/dev/ttyS0", "root", "root", "ann", 0660, .group_is_root = true},
         "/dev/ttyS0 belongs to root, group root, mode 0660; you are ann",
         "only root may open it: a udev rule for the device with GROUP=\"dialout\", MODE=\"0660\" "
         "changes that; sudo slipway ... does without"},
        {{"/dev/ttyS0", "root", "dialout", "ann", 0600, .in_group = true},
         "/dev/ttyS0 belongs to root, group dialout, mode 0600; you are ann, of group dialout",
         "only root may open it: a udev rule for the device with GROUP=\"dialout\", MODE=\"0660\" "
         "changes that; sudo slipway ... does without"},
        {{"/dev/ttyACM0", "root", "dialout", "ann", 0660, .in_group = true},
         "/dev/ttyACM0 belongs to root, group dialout, mode 0660; you are ann, of group dialout",
         "the mode allows it, so something else forbids it: a container without this device, or "
         "SELinux or AppArmor"},
        {{"/dev/ttyACM0", "root", "dialout", "ann", 0666, .is_pty = false},
         "/dev/ttyACM0 belongs to root, group dialout, mode 0666; you are ann",
         "the mode allows it, so something else forbids it: a container without this device, or "
         "SELinux or AppArmor"},
        {{"/dev/pts/5", "ann", "tty", "ann", 0020, .is_pty = true, .is_owner = true},
         "/dev/pts/5 belongs to ann, group tty, mode 0020; you are ann",
         "chmod u+rw /dev/pts/5"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(port_access_evidence(&cases[i].node), cases[i].evidence);
        assert_string_equal(port_access_next(&cases[i].node), cases[i].next);
    }
    cli_release();
}

/* What the system has of a pty: the test's own. */
static void a_port_s_node_is_read(void **state)
{
    struct fake_server s;
    struct port_node n;
    struct stat st;
    const char *link = rig_path("link");
    (void)state;
    fake_server_start(&s, FAKE_PTY, FAKE_SOUND);
    assert_int_equal(symlink(s.address, link), 0);
    assert_int_equal(stat(s.address, &st), 0);
    assert_true(port_node_read(&n, link));
    assert_string_equal(n.path, s.address);
    assert_int_equal(n.mode, st.st_mode & 07777);
    assert_true(n.is_pty);
    assert_true(n.is_owner);
    assert_string_equal(n.owner, n.user);
    assert_false(port_node_read(&n, "/no/such/port"));
    fake_server_stop(&s);
    cli_release();
}

static void a_port_by_its_usb_id(void **state)
{
    (void)state;
    struct fake_server s;
    fake_server_start(&s, FAKE_PTY, FAKE_SOUND);
    plug_in(s.address);
    assert_int_equal(rig_command("echo hello --port usb:0483:374e:066F00"), CLI_DONE);
    assert_string_equal(rig_output, "hello\n");
    assert_int_equal(rig_command("echo hello --port usb:483:374E:066F00@9600"), CLI_DONE);
    assert_int_equal(rig_command("echo hello --port usb:0483:374e"), CLI_NO_CONNECTION);
    rig_expect("several ports have it: /dev/ttyACM0 (usb:0483:374e:066EFF), ");
    rig_expect("next: add the serial number");
    assert_int_equal(rig_command("echo hello --port usb:0483:374f"), CLI_NO_CONNECTION);
    rig_expect("no port has this USB id; there are: /dev/ttyACM0 (usb:0483:374e:066EFF), ");
    rig_expect("slipway ports");
    plugged.count = 1;
    assert_int_equal(rig_command("echo hello --port usb:0483:374e"), CLI_NO_CONNECTION);
    rig_expect("there is no serial port on USB");
    assert_int_equal(rig_command("echo hello --port usb:0483"), CLI_USAGE);
    rig_expect("up to four hexadecimal digits");
    port_list_read = read_system;
    fake_server_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_listed),
        cmocka_unit_test(what_stands_in_the_way_of_a_port),
        cmocka_unit_test(a_port_s_node_is_read),
        cmocka_unit_test(a_port_by_its_usb_id),
    };
    return cmocka_run_group_tests_name("ports", tests, rig_folder_begin, rig_folder_end);
}
