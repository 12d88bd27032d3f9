# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom against layers.txt, and that nothing outside tests/ builds on tests/."""
import re
import sys

import common

CPP_HEADER = re.compile(r"<[a-z_0-9]+>$")
POSIX_HEADER = re.compile(
    r"<((sys|linux|netinet|arpa|net)/\w+|unistd|fcntl|poll|signal|errno|pwd|grp|time|termios|spawn"
    r"|dirent|sched|pthread|dlfcn|limits|stdio|stdlib|string|ftw|glob|syslog|paths|semaphore)\.h>$")


def read_rules():
    rules, exceptions = {}, set()
    for number, line in common.numbered("tests/lint/layers.txt"):
        line = line.partition("#")[0].strip()
        if line.startswith("exception "):
            _, name, header = line.split()
            exceptions.add((name, header))
        elif line:
            who, colon, what = line.partition(" : ")
            if not colon:
                sys.exit(f"tests/lint/layers.txt:{number}: FOLDER : WHAT expected")
            rules[who.strip()] = what.split()
    return rules, exceptions


def allowed(rules, name):
    """What the file may include: the nearest rule, and those above it while they say "+"."""
    what, path = [], name
    while path:
        if path in rules:
            what += rules[path]
            if rules[path][0] != "+":
                return what
        path = path.rpartition("/")[0]
    return what


def fits(header, what):
    if what == "*":
        return True
    if what == "<c++>":
        return bool(CPP_HEADER.match(header))
    if what == "<posix>":
        return bool(POSIX_HEADER.match(header))
    if what.startswith("<"):
        return header.startswith(what.rstrip(">"))
    return header.startswith('"' + what)


def main():
    report = common.Report("layers")
    rules, exceptions = read_rules()
    used = set()
    for name in common.files(*common.CPP):
        what = allowed(rules, name)
        for number, header in common.includes(name):
            if header[0] == '"' and not (common.ROOT / header[1:-1]).is_file():
                report.add(f"{name}:{number}", f"{header} is not a path from the root")
            elif not any(fits(header, item) for item in what):
                if (name, header) in exceptions:
                    used.add((name, header))
                else:
                    report.add(f"{name}:{number}", f"may not include {header} (tests/lint/layers.txt)")
    for name, header in sorted(exceptions - used):
        report.add("tests/lint/layers.txt", f"no longer needed, remove it: exception {name} {header}")
    for name in common.files("CMakeLists.txt", ".cmake"):
        if name.startswith("tests/") or name == "CMakeLists.txt":
            continue
        for number, line in common.numbered(name):
            if re.search(r"emulator|\btests/", line.partition("#")[0]):
                report.add(f"{name}:{number}", "nothing outside tests/ may build on tests/")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
