#!/usr/bin/python3
"""Turn the Kconfig tree and what was chosen into what the build reads.

usage: kconfig.py KCONFIG DOTCONFIG OUTDIR [FRAGMENT.conf|SYMBOL=VALUE...]
       kconfig.py --changed BEFORE AFTER SAVED
The first writes DOTCONFIG (complete), OUTDIR/autoconf.h, autoconf.cmake, product.c and product.cmake; a file
whose content is unchanged is not touched. The second adds to SAVED what a menuconfig session changed.

The configuration is computed anew each time, so that nothing remains of an earlier one: the tree's defaults, then
the fragments, then menuconfig.conf beside DOTCONFIG if there is one, then the assignments. An unknown symbol, a value
that the tree does not accept, or a symbol that is not available is an error: the configuration never differs silently
from what was requested.
"""
import os
import re
import sys
import tempfile

import kconfiglib

import product


SAVED = "menuconfig.conf"
saved_file = None  # what menuconfig saved, if it was read


def fail(message):
    drop = f"; or remove {saved_file}, which menuconfig saved" if saved_file else ""
    sys.exit(f"kconfig: error: {message}\n  next: make menuconfig shows the available symbols{drop}")


def assign(kconf, assignments):
    for text in assignments:
        name, eq, value = text.partition("=")
        symbol = kconf.syms.get(name.removeprefix("CONFIG_"))
        if not eq or symbol is None or not symbol.nodes:
            fail(f"symbol {name} does not exist")
        if not symbol.set_value(value):
            fail(f"{name} does not accept the value {value!r}")


def conditions(symbol):
    """The condition under which the symbol can be set, as the Kconfig tree writes it."""
    return " or ".join(kconfiglib.expr_str(node.prompt[1]) for node in symbol.nodes if node.prompt)


def lines_of(fragment):
    """What a fragment sets, as SYMBOL=VALUE; without the symbols that it turns off."""
    with open(fragment, encoding="utf-8") as f:
        words = [line.strip().removeprefix("CONFIG_") for line in f if line.startswith("CONFIG_")]
    return [word.replace('"', "") for word in words if not word.endswith("=n")]


def check_asked(kconf, fragments, assignments):
    """Fail unless every symbol that was set by name has its value, even if it has no prompt in this configuration. An
    assignment overrides a fragment, and a later one an earlier one."""
    asked = {}
    for text in [line for fragment in fragments for line in lines_of(fragment)] + assignments:
        name, _, wanted = text.partition("=")
        asked[name.removeprefix("CONFIG_")] = wanted
    by_name = {text.partition("=")[0].removeprefix("CONFIG_") for text in assignments}
    for name, wanted in asked.items():
        symbol = kconf.syms[name]
        if symbol.str_value == wanted or (symbol.visibility and not symbol.choice):
            continue
        if symbol.visibility and symbol.choice.selection.name in by_name and name not in by_name:
            continue
        if symbol.visibility:
            fail(f"{name}={wanted} conflicts with {symbol.choice.selection.name}, which is also set and takes its place")
        fail(f"{name}={wanted} is not available in this configuration, where {name} is {symbol.str_value}\n"
             f"  evidence: it needs {conditions(symbol)}")


def check(kconf):
    for symbol in kconf.unique_defined_syms:
        if symbol.user_value is None or symbol.choice:
            continue
        wanted = symbol.user_value
        if isinstance(wanted, int):
            wanted = kconfiglib.TRI_TO_STR[wanted]
        if wanted != symbol.str_value and symbol.visibility:
            fail(f"{symbol.name}={wanted} became {symbol.str_value}: out of range, or another symbol forbids it")
    if kconf.warnings:
        fail(kconf.warnings[0])


def write_if_changed(path, text):
    try:
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def autoconf_cmake(kconf):
    lines = []
    for symbol in kconf.unique_defined_syms:
        if symbol.str_value not in ("", "n") or symbol.orig_type == kconfiglib.STRING:
            lines.append(f"set(CONFIG_{symbol.name} [==[{symbol.str_value}]==])\n")
    return "".join(lines)


def text_of(write):
    """The text that a function of kconfiglib writes into a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out")
        write(path)
        with open(path, encoding="utf-8") as f:
            return f.read()


def values_in(path):
    """The line of each symbol in a complete .config."""
    with open(path, encoding="utf-8") as f:
        found = (re.match(r"(?:# )?CONFIG_(\w+)(?:=| is not set)", line) for line in f)
        return {match[1]: match.string for match in found if match}


def save_changed(before, after, saved):
    kept = values_in(saved) if os.path.exists(saved) else {}
    had = values_in(before) if os.path.exists(before) else {}
    kept.update({name: line for name, line in values_in(after).items() if had.get(name) != line})
    write_if_changed(saved, "".join(kept.values()))


def main():
    global saved_file
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    if sys.argv[1] == "--changed":
        return save_changed(*sys.argv[2:])
    tree, dotconfig, outdir, *rest = sys.argv[1:]
    fragments = [word for word in rest if word.endswith(".conf") and "=" not in word]
    assignments = [word for word in rest if word not in fragments]
    if os.path.exists(os.path.join(os.path.dirname(dotconfig), SAVED)):
        saved_file = os.path.join(os.path.dirname(dotconfig), SAVED)
    kconf = kconfiglib.Kconfig(tree, warn_to_stderr=False)
    kconf.warn_assign_undef = True
    kconf.warn_assign_override = False
    kconf.warn_assign_redun = False
    for fragment in fragments + ([saved_file] if saved_file else []):
        kconf.load_config(fragment, replace=False)
    assign(kconf, assignments)
    check(kconf)
    check_asked(kconf, fragments, assignments)
    config = product.Config(kconf)
    error = product.check(config)
    if error:
        fail(error)
    os.makedirs(outdir, exist_ok=True)
    write_if_changed(dotconfig, text_of(lambda path: kconf.write_config(path, save_old=False)))
    write_if_changed(os.path.join(outdir, "autoconf.h"), text_of(kconf.write_autoconf))
    write_if_changed(os.path.join(outdir, "autoconf.cmake"), autoconf_cmake(kconf))
    product.write(config, outdir, write_if_changed)
    return None


if __name__ == "__main__":
    sys.exit(main())
