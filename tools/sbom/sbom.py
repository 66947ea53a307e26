#!/usr/bin/env python3
"""sbom.py KIND NAME VERSION PROGRAM MAP ELF OUT [FOLDER] - write OUT.cdx.json and OUT.spdx.json, the bill of materials of a
program of this build, with `slipway sbom`. OUT.sbom.txt beside them is what tools/sbom/components.txt and this machine say of its parts.

KIND: application (Slipway is a part of it), or own (it is Slipway itself). VERSION: - for that of slipway.
FOLDER: of an application that is not ours; its sbom.txt, if there is one, counts first."""
import fnmatch
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BUILD = os.environ.get("SLIPWAY_BUILD", os.path.join(TOP, "build"))
TOOL = os.path.join(BUILD, "host", "bin", "slipway")


def said(*command, **options):
    """What a command prints; "" where it is not there or fails."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, **options).stdout.decode()
    except OSError:
        return ""


def paragraphs(path):
    """The paragraphs of a component file, each a dictionary; the lines of a field as one text."""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"^#.*\n", "", f.read(), flags=re.M)
    for block in re.split(r"\n\n+", text.strip()):
        fields = re.split(r"\n(?! )", block)
        yield dict(re.split(r":\s*", field, maxsplit=1) for field in fields)


def loaded(map_path):
    """The files that the linker has read, with absolute names: what is not of this build."""
    with open(map_path, encoding="utf-8", errors="surrogateescape") as f:
        names = [line[5:].rstrip("\n") for line in f if line.startswith("LOAD /")]
    return list(dict.fromkeys(names))


def provider(paths):
    """{path: (package, version, architecture)} of those that a Debian package has."""
    real = {}
    for path in paths:
        name = os.path.realpath(path)
        for candidate in (name, name.removeprefix("/usr")):  # a package may still name /lib, which is now a link
            real.setdefault(candidate, path)
    owner = {}
    for line in said("dpkg-query", "-S", *real).splitlines():
        package, _, name = line.partition(": ")
        if name in real:
            owner[real[name]] = package.split(",")[0]
    form = "${binary:Package} ${Package} ${Version} ${Architecture}\n"
    known = {}
    for line in said("dpkg-query", "-W", "-f", form, *set(owner.values())).splitlines() if owner else []:
        full, *facts = line.split(" ")
        known[full] = known[facts[0]] = facts
    return {path: known[package] for path, package in owner.items() if package in known}


def release():
    """"debian", "12" of this machine."""
    with open("/etc/os-release", encoding="utf-8") as f:
        facts = dict(line.rstrip("\n").split("=", 1) for line in f if "=" in line)
    return facts.get("ID", "linux").strip('"'), facts.get("VERSION_ID", "").strip('"')


def escaped(version):
    return re.sub(r"[^A-Za-z0-9.~_-]", lambda m: "%%%02X" % ord(m[0]), version)


def from_package(fields, packages):
    """Of the first of its patterns that fits a file."""
    for pattern in fields["Files"].split():
        for path, facts in packages.items():
            if fnmatch.fnmatch(path if "/" in pattern else os.path.basename(path), pattern):
                name, version, architecture = facts
                system, number = release()
                return {"Version": version,
                        "Purl": f"pkg:deb/{system}/{name}@{escaped(version)}?arch={architecture}&distro={system}-{number}"}
    return {"Comment": (fields.get("Comment", "") + "\n The version is not known: no Debian package of the machine that linked "
                        "the program has the file.").strip()}


def from_source(name):
    folder = os.path.join(BUILD, "src", "download", name)
    file = next(f for f in sorted(os.listdir(folder)) if ".orig.tar." in f and not f.endswith(".asc"))
    version = file.removeprefix(name + "_").split(".orig.tar.")[0]
    with open(os.path.join(BUILD, "src", name, ".slipway-sha256"), encoding="ascii") as f:
        digest = f.read().strip()
    return {"Version": version, "Source-File": file, "Source-SHA256": digest,
            "Purl": f"pkg:deb/debian/{name}@{escaped(version)}?arch=source"}


def from_pypi(name):
    with open(os.path.join(TOP, "tools", "dependencies.txt"), encoding="utf-8") as f:
        row = next(line.split() for line in f if re.match(rf"pypi \w+ {name} ", line))
    return {"Version": row[3], "Purl": f"pkg:pypi/{name}@{escaped(row[3])}", "Source-SHA256": "\n ".join(row[4:])}


def completed(fields, packages, slipway_version):
    origin, _, name = fields.pop("Origin").partition(" ")
    facts = {"source": lambda: from_source(name), "pypi": lambda: from_pypi(name),
             "package": lambda: from_package(fields, packages), "slipway": lambda: {"Version": slipway_version}}[origin]()
    return {**fields, **facts}


def component_file(kind, name, version, packages, slipway_version, whose):
    rows = [completed(fields, packages, slipway_version) for fields in paragraphs(os.path.join(TOP, "tools", "sbom", "components.txt"))]
    product = {"Role": "product", "Name": name, "Version": version, "Files": "app/*"}
    if kind == "own":
        ours = rows.pop()  # Slipway is the last
        product["Name"] = name if name.startswith("slipway") else "slipway-" + name
        product.update({key: ours[key] for key in ("License", "Supplier", "Files")})
    elif not whose:
        product.update({key: rows[-1][key] for key in ("License", "Supplier")})  # an example of ours
    return "\n".join("".join(f"{key}: {value}\n" for key, value in row.items()) for row in [product, *rows])


def main(kind, name, version, program, map_path, elf, out, whose=""):
    slipway_version = said(TOOL, "--version").split()[-1]
    version = slipway_version if version == "-" else version
    with open(out + ".sbom.txt", "w", encoding="utf-8") as f:
        f.write(component_file(kind, name, version, provider(loaded(map_path)), slipway_version, whose))
    # The time of the commit, unless the person has said another: the same commit gives the same document.
    if "SOURCE_DATE_EPOCH" not in os.environ:
        seconds = said("git", "log", "-1", "--format=%ct", cwd=TOP).strip()
        if seconds:
            os.environ["SOURCE_DATE_EPOCH"] = seconds
    components = [file for file in (os.path.join(whose or os.devnull, "sbom.txt"), out + ".sbom.txt") if os.path.exists(file)]
    return subprocess.run([TOOL, "sbom", "--quiet", program, map_path, "--elf", elf, "--version", version, "--cyclonedx", out + ".cdx.json",
                           "--spdx", out + ".spdx.json", *(f"--components={file}" for file in components)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
