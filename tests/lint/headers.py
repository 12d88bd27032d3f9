# SPDX-License-Identifier: Apache-2.0
"""Checks that every header compiles alone: it includes what it needs.

A source of the product that includes its own header first proves that already, where the lint
clang_tidy compiles it (without precompiled headers); only the other headers are compiled here.
"""
import sys

import clang_tidy
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


def is_proven_by_its_source(header, flags):
    source = header[:-len(".h")] + ".cpp"
    if source not in flags or not source.startswith(clang_tidy.FOLDERS):
        return False
    _, first = next(common.includes(source), (0, ""))
    return first == f'"{header}"'


def main():
    report = common.Report("headers")
    flags = common.compile_flags()
    jobs = {name: flags_of(name, flags) for name in common.files(".h")
            if not is_proven_by_its_source(name, flags)}
    failed = common.run_cached(
        "headers", jobs, lambda name, words: [*BASE, *words, "-include", name],
        common.version_of("g++") + str(BASE))
    for name, output in failed.items():
        report.add(name, "does not compile alone\n" + output)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
