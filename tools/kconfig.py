#!/usr/bin/python3
"""Turn the Kconfig tree and what was chosen into what the build reads.

usage: kconfig.py KCONFIG DOTCONFIG OUTDIR [FRAGMENT.conf|SYMBOL=VALUE...]
Writes DOTCONFIG (complete), OUTDIR/autoconf.h, autoconf.cmake, product.c and product.cmake; a file that is as it should be
already is not touched.

The configuration is made anew each time, so that what is no longer asked for is gone: the tree's defaults, then the fragments,
then DOTCONFIG's folder's menuconfig.conf if there is one (what `make menuconfig` saved), then the assignments. A fragment that
is younger than menuconfig.conf takes it away: who changes prj.conf means it. An unknown symbol, or a value that the tree
does not accept, is an error: a configuration is never silently something else.
"""
import os
import sys
import tempfile

import kconfiglib

import product


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
        if symbol.str_value == wanted or (symbol.visibility and not symbol.choice):
            continue
        if symbol.visibility:
            fail(f"{symbol.name}={wanted}: something else that was asked for takes its place; "
                 f"{symbol.choice.selection.name} is chosen")
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
            lines.append(f'set(CONFIG_{symbol.name} "{symbol.str_value}")\n')
    return "".join(lines)


def text_of(write):
    """What a function of kconfiglib writes into a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out")
        write(path)
        with open(path, encoding="utf-8") as f:
            return f.read()


def saved_by_menuconfig(dotconfig, fragments):
    saved = os.path.join(os.path.dirname(dotconfig), "menuconfig.conf")
    if not os.path.exists(saved):
        return []
    for fragment in fragments:
        if os.path.getmtime(fragment) > os.path.getmtime(saved):
            print(f"kconfig: {fragment} is younger than what menuconfig saved, which is dropped")
            os.remove(saved)
            return []
    return [saved]


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    tree, dotconfig, outdir, *rest = sys.argv[1:]
    fragments = [word for word in rest if word.endswith(".conf")]
    assignments = [word for word in rest if not word.endswith(".conf")]
    kconf = kconfiglib.Kconfig(tree, warn_to_stderr=False)
    kconf.warn_assign_undef = True
    kconf.warn_assign_override = False
    kconf.warn_assign_redun = False
    for fragment in fragments + saved_by_menuconfig(dotconfig, fragments):
        kconf.load_config(fragment, replace=False)
    assign(kconf, assignments)
    check(kconf)
    check_asked(kconf, assignments)
    config = product.Config(kconf)
    error = product.check(config)
    if error:
        fail(error)
    os.makedirs(outdir, exist_ok=True)
    write_if_changed(dotconfig, text_of(lambda path: kconf.write_config(path, save_old=False)))
    write_if_changed(os.path.join(outdir, "autoconf.h"), text_of(kconf.write_autoconf))
    write_if_changed(os.path.join(outdir, "autoconf.cmake"), autoconf_cmake(kconf))
    product.write(config, outdir, write_if_changed)


if __name__ == "__main__":
    main()
