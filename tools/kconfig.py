#!/usr/bin/python3
"""Turn the Kconfig tree and a .config into what the build reads.

usage: kconfig.py KCONFIG DOTCONFIG OUTDIR [FRAGMENT.conf|SYMBOL=VALUE...]
Writes DOTCONFIG (complete), OUTDIR/autoconf.h and OUTDIR/autoconf.cmake.
A DOTCONFIG that does not exist yet starts from the defaults and the fragments. An unknown symbol, or a value that the
tree does not accept, is an error: a configuration is never silently something else.
"""
import os
import sys

import kconfiglib


def fail(message):
    sys.exit(f"kconfig: error: {message}\n  next: make menuconfig shows what can be set")


def assign(kconf, assignments):
    for text in assignments:
        name, eq, value = text.partition("=")
        symbol = kconf.syms.get(name.removeprefix("CONFIG_"))
        if not eq or symbol is None or not symbol.nodes:
            fail(f"there is no symbol {name}")
        if not symbol.set_value(value):
            fail(f"{name} does not accept the value {value!r}")


def conditions(symbol):
    """What must hold for the symbol to be chosen, as the tree has it."""
    return " or ".join(kconfiglib.expr_str(node.prompt[1]) for node in symbol.nodes if node.prompt)


def check_asked(kconf, assignments):
    """What was asked for by name is there, even where the tree has no prompt for it now."""
    for text in assignments:
        name, _, wanted = text.partition("=")
        symbol = kconf.syms[name.removeprefix("CONFIG_")]
        if symbol.visibility or symbol.str_value == wanted:
            continue
        fail(f"{symbol.name}={wanted} is not offered with this configuration, where it is {symbol.str_value}\n"
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


def write_cmake(kconf, path):
    lines = []
    for symbol in kconf.unique_defined_syms:
        if symbol.str_value not in ("", "n") or symbol.orig_type == kconfiglib.STRING:
            lines.append(f'set(CONFIG_{symbol.name} "{symbol.str_value}")\n')
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(lines)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    tree, dotconfig, outdir, *rest = sys.argv[1:]
    fragments = [word for word in rest if word.endswith(".conf")]
    assignments = [word for word in rest if not word.endswith(".conf")]
    kconf = kconfiglib.Kconfig(tree, warn_to_stderr=False)
    kconf.warn_assign_undef = True
    if os.path.exists(dotconfig):
        kconf.load_config(dotconfig)
    else:
        for fragment in fragments:
            kconf.load_config(fragment, replace=False)
    assign(kconf, assignments)
    check(kconf)
    check_asked(kconf, assignments)
    os.makedirs(outdir, exist_ok=True)
    kconf.write_config(dotconfig, save_old=False)
    kconf.write_autoconf(os.path.join(outdir, "autoconf.h"))
    write_cmake(kconf, os.path.join(outdir, "autoconf.cmake"))


if __name__ == "__main__":
    main()
