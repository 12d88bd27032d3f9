# SPDX-License-Identifier: Apache-2.0
"""Checks that every header compiles alone: it includes what it needs."""
import sys

import common

BASE = ("g++", "-std=c++20", "-fsyntax-only", "-I.", "-Wall", "-Wextra", "-Werror", "-x", "c++",
        "/dev/null")


def flags_of(header, flags):
    """Include paths as a source beside it has them, else those of everything."""
    folder = header.rpartition("/")[0]
    near = [words for name, words in flags.items() if name.rpartition("/")[0] == folder]
    merged = {}
    for words in near or flags.values():
        position = 0
        while position < len(words):
            size = 2 if words[position] == "-isystem" else 1
            merged[words[position:position + size]] = None
            position += size
    return tuple(word for group in merged for word in group)


def main():
    report = common.Report("headers")
    flags = common.compile_flags()
    jobs = {name: flags_of(name, flags) for name in common.files(".h")}
    failed = common.run_cached(
        "headers", jobs, lambda name, words: [*BASE, *words, "-include", name],
        common.version_of("g++") + str(BASE))
    for name, output in failed.items():
        report.add(name, "does not compile alone\n" + output)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
