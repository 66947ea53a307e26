#!/usr/bin/env python3
"""Another client, PyPI's mcumgr-toolkit: every command that it has, against the application and against serial recovery; whole
updates that are kept and that go back; images that are refused.

usage: toolkit_test.py        (in the build folder, with venv/bin/python)
"""
import datetime
import inspect
import sys
import tempfile

from mcumgr_toolkit import MCUmgrClient, mcuboot_get_image_info

from board import Board, expect

LOADER = "tests/nucleo_h753zi/bootloader.elf"
RECOVERY = "tests/nucleo_h753zi-recovery/bootloader.elf"
V1 = "tests/nucleo_h753zi-1.0.0.bin"
V2 = "tests/nucleo_h753zi-2.0.0.bin"
STRANGER = "tests/nucleo_h753zi-stranger.bin"  # signed with a key that the bootloader does not know
IN_RECOVERY = "Serial recovery"
# How to open a device. The board has one UART, and frames on it.
LINKS = {"serial", "raw_serial", "usb_serial", "raw_usb_serial", "udp", "ble"}
# Commands that serial recovery does not have.
APPLICATION_ONLY = {
    "os_task_statistics": (), "os_memory_pool_statistics": (), "os_get_datetime": (),
    "os_set_datetime": (datetime.datetime(2026, 1, 2),), "stats_list_groups": (), "stats_get_group_data": ("smp",),
    "shell_execute": (["help"],), "settings_read": ("x",), "settings_read_ext": ("x",), "settings_write": ("x", b"1"),
    "settings_delete": ("x",), "settings_commit": (), "settings_load": (), "settings_save": (),
    "zephyr_erase_storage": (),
}
# Commands of groups that neither program has.
ELSEWHERE = {
    "fs_file_download": ("/x",), "fs_file_upload": ("/x", b"1"), "fs_file_status": ("/x",), "fs_file_checksum": ("/x",),
    "fs_supported_checksum_types": (), "fs_file_close": (),
}


class Device:
    """A client of the board, the only one that is open. Notes which commands were given."""
    given = set()
    before = None

    def __init__(self, board, name):
        if Device.before is not None:
            Device.before.__exit__(None, None, None)
        self.client = Device.before = MCUmgrClient.serial(board.uart, timeout_ms=600000)
        self.name = name

    def __getattr__(self, command):
        self.given.add(command)
        return getattr(self.client, command)

    def refuses(self, error, command, *words, **options):
        try:
            answer = getattr(self, command)(*words, **options)
        except RuntimeError as e:
            answer = str(e)
        expect(error in str(answer), f"{self.name}: {command} is refused: {error}" + ("" if error in str(answer) else f"\n{answer}"))

    def lists(self, want, what):
        have = [(i.slot, i.version, i.active, i.confirmed) for i in self.image_get_state()]
        expect(have == want, f"{self.name}: {what}" + ("" if have == want else f": {have}"))


def read(path):
    with open(path, "rb") as f:
        return f.read()


def with_both(device):
    """What application and recovery answer alike."""
    device.set_timeout_ms(600000)
    device.set_retries(0)
    device.set_frame_size(256)
    expect(device.os_echo("hello") == "hello", f"{device.name}: echo")
    device.use_auto_frame_size()
    device.check_connection()
    expect(device.os_mcumgr_parameters().buf_size >= 256, f"{device.name}: parameters")
    expect(device.raw_command(True, 0, 0, {"d": "raw"}) == {"r": "raw"}, f"{device.name}: raw command")
    for command, words in ELSEWHERE.items():
        device.refuses("MGMT_ERR_ENOTSUP", command, *words)


def discover(device):
    groups = [0, 1, 2, 9, 10, 0x534C, 3, 63]
    expect(device.enum_get_group_count() == len(groups), "application: eight groups")
    expect(device.enum_get_group_ids() == groups, "application: os, img, stat, shell, enum, line, settings and basic")
    expect(list(device.enum_iter_group_ids()) == groups, "application: the same, one by one")
    expect(device.enum_get_group_id(1) == 1, "application: the group at index 1")
    device.refuses("ENUM_MGMT_ERR_INDEX_TOO_LARGE", "enum_get_group_id", len(groups))
    names = [(d.group, d.name) for d in device.enum_get_group_details()]
    expect(names == [(0, "os mgmt"), (1, "img mgmt"), (2, "stat mgmt"), (9, "shell mgmt"), (10, "enum mgmt"),
                     (0x534C, "line mgmt"), (3, "settings mgmt"), (63, "zephyr basic mgmt")],
           f"application: {names}")
    expect([d.group for d in device.enum_get_group_details([10])] == [10], "application: details of one group")


def ask(device):
    expect("nucleo_h753zi" in device.os_application_info("a"), "application: os info")
    device.refuses("OS_MGMT_ERR_INVALID_FORMAT", "os_application_info", "z")
    loader = device.os_bootloader_info()
    expect(loader["name"] == "MCUboot" and loader["mode"] == 9, f"application: bootloader info: {loader}")
    slots = device.image_slot_info()
    expect([s.slot for s in slots[0].slots] == [0, 1], f"application: slot info: {slots}")


def ask_the_system(device):
    tasks = device.os_task_statistics()
    main = tasks["main"]
    expect(list(tasks) == ["main"] and main.stksiz == 16384 and 256 < main.stkuse < 8192,
           f"application: one thread, {main.stkuse} of {main.stksiz} bytes of stack used")
    pools = device.os_memory_pool_statistics()
    pool = pools["smp_requests"]
    expect(list(pools) == ["smp_requests"] and (pool.blksiz, pool.nblks, pool.nfree) == (2048, 5, 4) and pool.min <= 4,
           f"application: pools: {pool.nfree} of {pool.nblks} free, at least {pool.min}")
    device.refuses("OS_MGMT_ERR_RTC_NOT_SET", "os_get_datetime")
    device.os_set_datetime(datetime.datetime(2028, 2, 29, 23, 59, 58))
    device.refuses("OS_MGMT_ERR_RTC_COMMAND_FAILED", "os_set_datetime", datetime.datetime(1999, 12, 31))
    time = device.os_get_datetime()
    expect(datetime.datetime(2028, 2, 29, 23, 59, 58) <= time, f"application: the clock is set: {time}")


def count(device, group):
    return device.stats_get_group_data(group)


def ask_statistics(device):
    expect(device.stats_list_groups() == ["smp", "flash", "uart", "system", "update"], "application: stat groups")
    before = count(device, "smp")
    device.os_echo("one more")
    device.refuses("STAT_MGMT_ERR_INVALID_STAT_NAME", "stats_get_group_data", "x")
    after = count(device, "smp")
    expect(sorted(after) == ["bad_frames", "errors", "no_buffer", "requests"], f"application: {after}")
    more = [after[key] - before[key] for key in ("requests", "errors")]
    expect(more == [3, 1], "application: three requests, one of them an error")
    expect(count(device, "flash")["sectors_erased"] == 0, "application: no sector erased yet")
    expect(count(device, "update")["uploads"] == 0, "application: no upload yet")
    expect(count(device, "uart") == {"rx_lost": 0}, "application: no byte lost")
    expect(count(device, "system")["reset_power"] == 1, "application: it was a power-on")


def run_commands(device):
    said = device.shell_execute(["help"])
    names = [line.split(":")[0] for line in said.split("\n")]
    expect(names == ["help", "flash", "image", "uptime", ""], f"application: {said}")
    expect("slot1: bank 2, offset 0x100000, sectors: 7\n" in device.shell_execute(["flash"]), "application: flash")
    expect("image 0 slot 0: 1.0.0, runs\n" in device.shell_execute(["image"]), "application: image")
    expect("0 days 00:0" in device.shell_execute(["uptime"]), "application: uptime")
    device.refuses("ENOEXEC", "shell_execute", ["reboot"])
    device.refuses("SHELL_MGMT_ERR_EMPTY_COMMAND", "shell_execute", [])
    device.refuses("SHELL_MGMT_ERR_COMMAND_TOO_LONG", "shell_execute", ["x" * 300])


def keep_settings(device):
    device.refuses("SETTINGS_MGMT_ERR_KEY_NOT_FOUND", "settings_read", "app/name")
    device.settings_write("app/name", b"pump 7")
    expect(device.settings_read("app/name") == b"pump 7", "application: a setting is read back")
    expect(device.settings_read_ext("app/name", 4).value == b"pump", "application: and the start of it")
    device.settings_commit()
    device.settings_save()
    device.settings_write("app/name", b"pump 8")
    device.settings_load()
    expect(device.settings_read("app/name") == b"pump 7", "application: what was not saved is forgotten")
    device.settings_delete("app/name")
    device.refuses("SETTINGS_MGMT_ERR_KEY_NOT_FOUND", "settings_read", "app/name")
    device.zephyr_erase_storage()


def be_refused(device):
    image = read(V2)
    device.refuses("IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC", "image_upload", b"x" * 5000)
    device.refuses("IMG_MGMT_ERR_INVALID_IMAGE_TOO_LARGE", "image_upload", image + bytes(900000))
    device.refuses("IMG_MGMT_ERR_CURRENT_VERSION_IS_NEWER", "image_upload", read(V1), upgrade_only=True)
    device.refuses("IMG_MGMT_ERR_HASH_NOT_FOUND", "image_set_state", mcuboot_get_image_info(image).hash)
    device.refuses("IMG_MGMT_ERR_INVALID_HASH", "image_set_state")
    device.refuses("IMG_MGMT_ERR_NO_FREE_SLOT", "image_erase", 0)
    device.refuses("MGMT_ERR_ENOTSUP", "os_system_reset", boot_mode=1)  # this bootloader has no recovery
    device.lists([(0, "1.0.0", True, True)], "nothing has changed")


def update(board, boots, image):
    """Its whole update, up to the reset and the next start."""
    device = Device(board, "application")
    device.use_auto_frame_size()
    device.firmware_update(image)
    board.wait_ready(boots)
    return Device(board, "application")


def with_application(board):
    board.wait_ready()
    device = Device(board, "application")
    with_both(device)
    discover(device)
    ask(device)
    ask_the_system(device)
    ask_statistics(device)
    run_commands(device)
    keep_settings(device)
    be_refused(device)
    device = update(board, 2, read(V2))
    device.lists([(0, "2.0.0", True, False), (1, "1.0.0", False, True)], "2.0.0 is on trial")
    expect("image 0: on trial, next swap: revert\n" in device.shell_execute(["image"]), "application: image: on trial")
    expect(count(device, "system")["reset_software"] == 1, "application: it was a reset by software")
    expect(device.os_get_datetime().year == 2028, "application: the clock has gone on through the update")
    device.os_system_reset()
    board.wait_ready(3)
    device = Device(board, "application")
    expect(device.image_get_state()[0].version == "1.0.0", "application: not confirmed, so 1.0.0 is back")
    device = update(board, 4, read(STRANGER))
    expect(device.image_get_state()[0].version == "1.0.0", "application: wrong key, so 1.0.0 stays")
    device = update(board, 5, read(V2))
    device.image_set_state(confirm=True)
    device.os_system_reset()
    board.wait_ready(6)
    device = Device(board, "application")
    expect(device.image_get_state()[0].version == "2.0.0", "application: confirmed, so 2.0.0 stays")
    device.image_erase(1)
    device.lists([(0, "2.0.0", True, True)], "slot 1 is empty")


def reset_into_recovery(board, device, times):
    device.os_system_reset()
    board.wait_for(IN_RECOVERY, times)
    return Device(board, "recovery")


def with_recovery(board):
    """Both slots are empty. As in MCUboot the judge of an image is the boot, not the upload."""
    board.wait_for(IN_RECOVERY)
    device = Device(board, "recovery")
    with_both(device)
    for command, words in (*APPLICATION_ONLY.items(), ("os_application_info", ()),
                           ("os_bootloader_info", ()), ("image_slot_info", ()),
                           ("enum_get_group_count", ()), ("enum_get_group_ids", ()), ("enum_get_group_details", ()),
                           ("image_set_state", (b"1" * 32,)), ("firmware_update", (read(V2),))):
        device.refuses("MGMT_ERR_ENOTSUP", command, *words)
    device.lists([], "no images")
    device.refuses("MGMT_ERR_EINVAL", "image_upload", read(V2) + bytes(900000))
    device.image_upload(b"x" * 5000)
    device = reset_into_recovery(board, device, 2)
    device.image_upload(read(STRANGER))
    device = reset_into_recovery(board, device, 3)
    device.image_erase(0)
    device.lists([], "the stranger is gone")
    device.use_auto_frame_size()
    device.image_upload(read(V2))
    device.lists([(0, "2.0.0", False, False)], "2.0.0 is in slot 0")
    device.os_system_reset()
    board.wait_ready()
    device = Device(board, "application")
    device.lists([(0, "2.0.0", True, True)], "2.0.0 runs")
    device.os_system_reset(boot_mode=1)
    board.wait_for(IN_RECOVERY, 4)
    expect(Device(board, "recovery").os_echo("again") == "again", "recovery: asked for by the application's client")


def main():
    for scene, programs in ((with_application, (LOADER, f"{V1}@0x08020000")), (with_recovery, (RECOVERY,))):
        with tempfile.TemporaryDirectory() as folder:
            with Board(folder, *programs) as board:
                scene(board)
    all_commands = {name for name, _ in inspect.getmembers(MCUmgrClient) if not name.startswith("_")} - LINKS
    forgotten = sorted(all_commands - Device.given)
    if forgotten:
        sys.exit(f"FAILED: the client has commands that were not tried: {' '.join(forgotten)}")
    print(f"mcumgr-toolkit: everything passed, {len(all_commands)} commands")


if __name__ == "__main__":
    main()
