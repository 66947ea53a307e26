"""A rollout to 40 devices, three of them virtual boards (slipway rehearse fleet): its verdict, and that its reports say the same.

Usage: fleet_test.py SLIPWAY, in the build folder, after make_images.sh"""
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

WORDS = ["rehearse", "fleet", "--devices", "40", "--boards", "3", "--bootloader", "tests/nucleo_h753zi/bootloader.elf",
         "--image", "tests/nucleo_h753zi/smp_server.signed.hex", "--new", "tests/nucleo_h753zi-2.0.0.bin",
         "--key", "keys/dev-ecdsa-p256.pem"]


def expect(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"{what}: {seen!r}, and not {wanted!r}")


def judge_document(document):
    units = {unit["unit"]: unit for unit in document["units"]}
    expect("devices", sum(unit["devices"] for unit in units.values()), 40)
    expect("boards that run the new image", units["board"]["new"], 3)
    expect("verdict", document["verdict"], "passed")
    expect("the last point of the curve", document["progress"][-1]["closed"], 40)
    expect("times that gateway and server were killed",
           sorted(mark["what"] for mark in document["marks"] if mark["what"] != "resumed"),
           ["gateway killed"] * document["gateway"]["kills"] + ["server killed"] * document["server"]["restarts"])
    expect("command", document["command"], " ".join(["slipway", *WORDS]))
    return units


def judge_cases(path, units):
    cases = xml.etree.ElementTree.parse(path).getroot().findall(".//testcase")
    expect("failed cases", [case.get("name") for case in cases if len(case)], [])
    expect("cases of units", [case.get("name") for case in cases if case.get("classname") == "unit"], sorted(units))


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = {name: os.path.join(folder, name) for name in ("html", "junit", "json-file")}
        outputs = [word for name, path in files.items() for word in (f"--{name}", path)]
        done = subprocess.run([sys.argv[1], *WORDS, *outputs], stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout)
        expect("exit code", done.returncode, 0)
        expect("the last line", done.stdout.splitlines()[-1], "40 devices, 0 bricks, 0 false successes, 0 offered again after closed")
        with open(files["json-file"], encoding="utf-8") as f:
            units = judge_document(json.load(f))
        judge_cases(files["junit"], units)
        with open(files["html"], encoding="utf-8") as f:
            expect("kinds of units on the page", f.read().count('<td><b class="good">right</b></td>'), len(units))
    return 0


if __name__ == "__main__":
    sys.exit(main())
