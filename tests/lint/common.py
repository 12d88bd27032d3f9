# SPDX-License-Identifier: Apache-2.0
"""What the lints share: the list of files, C++ without its comments, ratchets and reports."""
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "dev"
CACHE = ROOT / "build" / "lint"
CPP = (".h", ".cpp")

# Bytes of other people: vectors and seeds.
NOT_OURS = re.compile(r"tests/(.*/)?(data|corpus)/|build/|\.git/")

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


@functools.cache
def all_files():
    """Every file of ours, as paths relative to the root: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
    else:  # an unpacked release
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    return sorted(
        name for name in names
        if name and not NOT_OURS.match(name) and (ROOT / name).is_file())


def files(*suffixes):
    return [name for name in all_files() if name.endswith(suffixes)]


def scripts():
    """Shell scripts: by suffix, or by their first line when they have none."""
    found = files(".bash", ".bats", ".sh")
    for name in all_files():
        if "." not in pathlib.Path(name).name:
            with open(ROOT / name, "rb") as file:
                if re.match(rb"#!.*\b(bash|sh)\n", file.readline()):
                    found.append(name)
    return sorted(found)


@functools.cache
def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@functools.cache
def code(name):
    """The text of a C++ file with comments and literals blanked out, line by line in place."""
    def blank(match):
        found = match.group(0)
        if found.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", found)
        return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]
    return TOKEN.sub(blank, text(name))


def numbered(name, content=None):
    return enumerate((text(name) if content is None else content).splitlines(), 1)


class Report:
    """Collects findings. finish() prints them and gives the exit status.

    A ratchet is a list of known exceptions ("LINT KEY # reason" in exceptions.txt): a finding not
    on it fails, and so does a line of it that no longer applies.
    """

    def __init__(self, lint):
        self.lint = lint
        self.problems = []
        self.known = set()
        self.met = set()
        for _, line in numbered("tests/lint/exceptions.txt"):
            words = line.partition("#")[0].split(maxsplit=1)
            if words and words[0] == lint:
                self.known.add(words[1].strip())

    def add(self, place, message, key=None):
        if key is not None and key in self.known:
            self.met.add(key)
        else:
            self.problems.append(f"{place}: {message}")

    def finish(self):
        for key in sorted(self.known - self.met):
            self.problems.append(
                f"tests/lint/exceptions.txt: no longer needed, remove it: {self.lint} {key}")
        for problem in self.problems:
            print(problem)
        return 1 if self.problems else 0


# ---- includes ---------------------------------------------------------------------------------

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(name):
    """Pairs of line number and header, as written with its brackets."""
    for number, line in numbered(name):
        match = INCLUDE.match(line)
        if match:
            close = ">" if match.group(1) == "<" else '"'
            yield number, f"{match.group(1)}{match.group(2)}{close}"


@functools.cache
def closure(name):
    """The file and every header of ours it includes, directly or not."""
    seen, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for _, header in includes(current):
            path = header[1:-1]
            if header[0] == '"' and (ROOT / path).is_file():
                waiting.append(path)
    return frozenset(seen)


# ---- compilers --------------------------------------------------------------------------------

@functools.cache
def compile_words():
    """The words of the command that compiles each source, from preset dev."""
    with open(BUILD / "compile_commands.json", encoding="utf-8") as file:
        commands = json.load(file)
    return {str(pathlib.Path(entry["file"]).relative_to(ROOT)): shlex.split(entry["command"])
            for entry in commands}


def compile_flags():
    """Include paths and definitions of every target, by source file, from preset dev."""
    flags = {}
    for name, words in compile_words().items():
        kept, take_next = [], False
        for word in words:
            if take_next or word.startswith(("-I", "-D")):
                kept.append(word)
            take_next = word == "-isystem"
            if take_next:
                kept.append(word)
        flags[name] = tuple(kept)
    return flags


def run_cached(lint, jobs, command_of, version):
    """Runs a command per file, on all processors, unless the same content passed before.

    jobs maps a file to its flags. What passed is remembered by the hash of the file, of the headers
    of ours it includes, of its flags and of `version`. Returns {file: output} of those that failed.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    failed, waiting, running = {}, [], {}
    for name, flags in sorted(jobs.items()):
        digest = hashlib.sha256(f"{lint}\0{version}\0{flags}".encode())
        for part in sorted(closure(name)):
            digest.update(f"{part}\0{text(part)}\0".encode())
        stamp = CACHE / f"{lint}-{digest.hexdigest()[:32]}"
        if not stamp.exists():
            waiting.append((name, flags, stamp))
    total = len(waiting)
    print(f"{len(jobs)} files, {total} to check", flush=True)
    limit = int(os.environ.get("TOUCHSTONE_JOBS") or os.cpu_count() or 1)
    while waiting or running:
        while waiting and len(running) < limit:
            name, flags, stamp = waiting.pop(0)
            process = subprocess.Popen(
                command_of(name, flags), cwd=ROOT, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True)
            running[process.pid] = (process, name, stamp)
        # Small outputs: they fit the pipe, so waiting before reading cannot lock up for long.
        process, name, stamp = running.pop(next(iter(running)))
        output, _ = process.communicate()
        print(f"[{total - len(waiting) - len(running)}/{total}] {name}", flush=True)
        if process.returncode == 0:
            stamp.touch()
        else:
            failed[name] = output
    return failed


def version_of(program):
    try:
        return subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True).stdout
    except OSError as error:
        sys.exit(f"error: {program}: {error.strerror}\nhint: run ./dev setup")
