#!/usr/bin/env python3
"""Runs the commands of README.md, CONTRIBUTING.md, docs/ and examples/ as they are printed, and compares what they say
with the blocks that show it. document.py says how a block is marked, compare.py which figures may differ.

Usage: docs_test.py [--update] [DOCUMENT...]     after `make setup-test host`; without DOCUMENT: all of them

Each document runs in one shell session in build/docs/slipway, which looks like a clone: the tracked files as they are
now, and in build/ the downloads of this tree's set-up. The README begins with nothing else there, every other document
with what `make` leaves. HOME is a new folder. Only the objects of the host program stay from one run to the next. A
command that is not run is checked (check.py), and so is each command in the prose. --update writes the figures that
came out into the documents."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import check
import compare
from document import Document, Malformed

LIMIT_S = 1800  # a command that hangs
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/*.md", "examples/*.md")
SETUP = ("venv", "src", ".setup-build", ".setup-test")


class Failed(Exception):
    """A command that failed, printed something else or cannot be typed: where, and what."""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def git_files(top, *patterns):
    """The tracked files that are there."""
    done = subprocess.run(["git", "-C", top, "ls-files", "-z", *patterns], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"error: the tracked files of {top} cannot be listed\n  evidence: {done.stderr.strip()}\n"
                 "  next: run it in a clone")
    return [path for path in done.stdout.split("\0") if path and os.path.isfile(os.path.join(top, path))]


class Folder:
    """A folder that looks like a clone, and a HOME, in docs/ below the build folder of top."""

    def __init__(self, top, setup, variables):
        """setup: the build folder of top. variables: those of the Makefile, which must not reach the commands."""
        self.top, self.setup, work = top, setup, os.path.join(setup, "docs")
        self.clone, self.home = os.path.join(work, "slipway"), os.path.join(work, "home")
        self.session, self.kept = os.path.join(work, "session"), os.path.join(work, "kept")
        self.build = os.path.join(self.clone, "build")
        os.makedirs(self.kept, exist_ok=True)
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in variables and not name.startswith(("MAKE", "MFLAGS", "SLIPWAY_"))}
        self.environment.update(HOME=self.home, LC_ALL="C.UTF-8", TERM="dumb")

    def start(self):
        """Run `make` in the clone, and keep what it leaves in build/."""
        self.renew(("host",))
        done = subprocess.run(["make"], cwd=self.clone, env=self.environment, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise Failed(f"make in {self.clone}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        shutil.rmtree(self.kept)
        subprocess.run(["cp", "-a", self.build, self.kept], check=True)

    def renew(self, parts=None):
        """A fresh clone; in build/ the set-up, and these parts of what was kept (None: all)."""
        for path in (self.clone, self.home, self.session):
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path)
        for path in git_files(self.top):
            where = os.path.join(self.clone, path)
            os.makedirs(os.path.dirname(where), exist_ok=True)
            shutil.copy2(os.path.join(self.top, path), where, follow_symlinks=False)
        os.makedirs(self.build)
        for name in os.listdir(self.kept) if parts is None else parts:
            if name not in SETUP and os.path.exists(os.path.join(self.kept, name)):
                subprocess.run(["cp", "-a", os.path.join(self.kept, name), os.path.join(self.build, name)], check=True)
        for name in SETUP:
            source = os.path.join(self.setup, name)
            if os.path.isdir(source):
                os.symlink(source, os.path.join(self.build, name))
            elif os.path.exists(source):
                shutil.copy2(source, os.path.join(self.build, name))


class Session:
    """One shell session: folder and exported variables go from one command to the next."""

    def __init__(self, folder):
        self.folder, self.background = folder, []
        self.state = os.path.join(folder.session, "state")
        with open(self.state, "w", encoding="utf-8") as f:
            f.write(f"cd '{folder.clone}'\n")

    def shell(self, script, output):
        return subprocess.Popen(["bash", "-c", f'. "{self.state}"\n{script}'], env=self.folder.environment, text=True,
                                errors="replace", stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                start_new_session=True)

    def run(self, command):
        """(exit code, lines printed) of a command."""
        keep = f'{{ export -p; printf "cd %q\\n" "$PWD"; }} >"{self.state}"'
        process = self.shell(f"{command.text}\ncode=$?\n{keep}\nexit $code", subprocess.PIPE)
        try:
            printed, _ = process.communicate(timeout=LIMIT_S)
        except BaseException as e:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(e, subprocess.TimeoutExpired):
                raise Failed(f"it did not end within {LIMIT_S} s") from None
            raise
        return process.returncode, printed.replace(self.folder.clone + "/", "").splitlines()

    def start(self, command, until):
        """Start a command in the background, and wait until it, or the file of its --log, says that it is ready."""
        files = [os.path.join(self.folder.session, f"background{len(self.background)}")]
        files += [os.path.join(self.folder.clone, path) for path in re.findall(r"--log[ =](\S+)", command.text)]
        for path in files:
            if os.path.exists(path):
                os.remove(path)
        with open(files[0], "wb") as f:
            process = self.shell(f"exec {command.text}", f)
        self.background.append(process)
        end = time.monotonic() + LIMIT_S
        ended = False
        while not ended and time.monotonic() < end:
            ended = process.poll() is not None
            texts = [read(path) for path in files if os.path.exists(path)]
            if any(until in text for text in texts):
                return
            time.sleep(0.05)
        raise Failed(f"it did not say '{until}':\n" + "".join(texts))

    def stop(self):
        """End the commands in the background, the last one first."""
        while self.background:
            process = self.background.pop()
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
            process.wait(LIMIT_S)


class Run:
    """All documents, and what was counted."""

    def __init__(self, top, update, setup=None):
        self.top, self.update = top, update
        setup = setup or os.path.join(top, "build")
        self.checker = check.Checker(top, os.path.join(setup, "slipway"))
        self.folder = Folder(top, setup, self.checker.variables)
        self.exact = compare.same_compiler()
        self.counts = {"run": 0, "compared": 0, "checked": 0, "prose": 0, "other": 0, "failed": 0}

    def fail(self, where, what):
        self.counts["failed"] += 1
        print(f"{where}  FAILED\n  " + what.replace("\n", "\n  "), flush=True)

    def compare(self, block, command, printed, edits):
        """Compare what a command printed with the document's lines. With --update new figures are noted in edits."""
        self.counts["compared"] += 1
        wrong = compare.compare(command.output, printed, self.exact)
        if wrong is None:
            return
        new = compare.renew(command.output, printed, self.exact) if self.update else None
        if new is None:
            raise Failed("\n".join([f"{block.path}:{command.output_line}: the output is another one", f"  {wrong}",
                                    "  next: make docs-test UPDATE=1 writes new figures; correct other text by hand",
                                    "all that was printed:", *printed]))
        edits.append((command.output_line, new))

    def run_command(self, session, block, command, edits):
        self.counts["run"] += 1
        if "background" in block.words:
            session.start(command, block.values["until"])
            return
        wanted = int(block.values.get("exit", 0)) if command is block.commands[-1] else 0
        code, printed = session.run(command)
        if code != wanted:
            raise Failed("\n".join([f"exit code {code}" + (f" instead of {wanted}" if wanted else ""), *printed]))
        if command.output is not None:
            self.compare(block, command, printed, edits)

    def check_command(self, block, command):
        """Check a command that is not run. What a reader's own tree has below build/ is not here."""
        self.counts["checked"] += 1
        problems = self.checker.problems(command.text, None if block.not_run == "yours" else self.folder.clone)
        if problems:
            raise Failed("\n".join(problems))

    def run_block(self, session, block, edits):
        began = time.monotonic()
        for command in block.commands:
            try:
                if block.not_run:
                    self.check_command(block, command)
                else:
                    self.run_command(session, block, command, edits)
            except Failed as e:
                raise Failed(f"{block.path}:{command.line}: {command.text}\n{e}") from None
        verdict = (f"checked only ({block.not_run})" if block.not_run else f"ok ({time.monotonic() - began:.1f} s)"
                   if block.commands or "output" in block.words else f"not a command ({block.language})")
        if not block.commands and "output" not in block.words:
            self.counts["other"] += 1
        if "output" not in block.words:
            print(f"{block.path}:{block.line}  {verdict}", flush=True)

    def run_blocks(self, document, edits):
        self.folder.renew(("host",) if document.path == "README.md" else None)
        session, section = Session(self.folder), 0
        try:
            for block in document.blocks:
                if block.section != section:
                    session.stop()
                    section = block.section
                self.run_block(session, block, edits)
        except Failed as e:
            self.fail(f"{block.path}:{block.line}", f"{e}\nThe blocks behind it are not run: they may need it.")
        finally:
            session.stop()

    def document(self, path):
        text = read(os.path.join(self.top, path))
        try:
            document = Document(path, text)
        except Malformed as e:
            self.fail(path, str(e))
            return
        for line, span in document.spans:
            if re.match(r"(make|(build/)?slipway)( |$)", span):
                self.counts["prose"] += 1
                problems = self.checker.problems(re.sub("…|\\.\\.\\.", "X", span))
                if problems:
                    self.fail(f"{path}:{line}", "\n".join([f"`{span}`", *problems]))
        edits, lines = [], text.split("\n")
        if document.blocks:
            self.run_blocks(document, edits)
        for line, new in edits:
            lines[line - 1:line - 1 + len(new)] = new
        if edits:
            with open(os.path.join(self.top, path), "w", encoding="utf-8") as f:
                f.write("\n".join(lines))


def stop(*_):
    sys.exit(143)  # so that `finally` ends what runs in the background


def main():
    signal.signal(signal.SIGTERM, stop)
    top = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
    words = sys.argv[1:]
    began = time.monotonic()
    documents = [word for word in words if word != "--update"]
    for path in documents:
        if path not in git_files(top, *DOCUMENTS):
            sys.exit(f"error: {path} is none of the documents\n  next: one of {', '.join(git_files(top, *DOCUMENTS))}")
    run = Run(top, "--update" in words, os.environ.get("SLIPWAY_BUILD"))
    try:
        run.folder.start()
        for path in documents or git_files(top, *DOCUMENTS):
            run.document(path)
    except Failed as e:
        run.fail("docs-test", str(e))
    counts = run.counts
    print(f"docs-test: {counts['run']} commands run, {counts['compared']} outputs compared, "
          f"{counts['checked']} commands only checked, {counts['prose']} in the prose checked, "
          f"{counts['other']} blocks without commands, {counts['failed']} failed; {time.monotonic() - began:.0f} s")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
