# SPDX-License-Identifier: Apache-2.0
"""Checks that every header compiles alone: it includes what it needs.

They are compiled with the precompiled headers of preset dev, in a fifth of the time. Those hold
nothing but the standard library, which the lint includes looks at.
"""
import sys

import common

# The one source that is compiled with them and nothing else.
PRECOMPILED_BY = "build/dev/precompiled/library.cpp"

def base_command():
    """The compiler as it takes the precompiled headers: they fit the very same options alone."""
    words = common.compile_words()[PRECOMPILED_BY]
    start = next(at for at, word in enumerate(words) if word.rpartition("/")[2] in ("c++", "g++"))
    return [*words[start:words.index("-o")], "-fsyntax-only"]


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
    headers = common.files(".h")
    flags = common.compile_flags()
    base = base_command()
    jobs = {name: flags_of(name, flags) for name in headers}
    failed = common.run_cached(
        "headers", jobs,
        lambda name, words: [*base, *words, "-include", name, "-x", "c++", "/dev/null"],
        common.version_of("g++") + str(base))
    for name, output in failed.items():
        report.add(name, "does not compile alone\n" + output)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
