# SPDX-License-Identifier: Apache-2.0
"""Checks that a header includes what it uses of the standard library itself, and that every file can
reach, through what it includes, the headers of ours whose names it uses. Presets that compile a
target's sources in bundles would not notice: what one source includes serves those after it."""
import collections
import functools
import re
import sys

import common

# Where a name of the standard library is at home; a header includes that itself. std::size_t comes
# with every container.
HOME = {name: home for home, names in {
    "algorithm": "min max", "array": "array", "atomic": "atomic", "chrono": "chrono",
    "condition_variable": "condition_variable", "cstdint": "int8_t int16_t int32_t int64_t uint8_t"
    " uint16_t uint32_t uint64_t", "cstdio": "fprintf", "cstdlib": "getenv abort",
    "cstring": "memcpy", "ctime": "time", "deque": "deque", "filesystem": "filesystem",
    "fstream": "ifstream ofstream", "functional": "equal_to function hash less", "initializer_list":
    "initializer_list", "ios": "ios", "iostream": "cout", "iterator": "istreambuf_iterator",
    "list": "list", "map": "map", "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared"
    " enable_shared_from_this", "mutex": "mutex lock_guard unique_lock", "optional":
    "optional nullopt", "random": "random_device", "set": "set", "span": "span",
    "stdexcept": "runtime_error", "string": "string to_string", "string_view": "string_view",
    "system_error": "error_code", "thread": "thread", "tuple": "tuple_size_v",
    "unordered_map": "unordered_map", "unordered_set": "unordered_set", "utility": "move pair exchange",
    "variant": "variant get_if monostate", "vector": "vector", "": "size_t"}.items()
    for name in names.split()}
STANDARD_NAME = re.compile(r"\bstd::(\w+)")


def missing_homes(name):
    """Names of the standard library that a header uses without including their home."""
    there = {header for _, header in common.includes(name)}
    for number, line in common.numbered(name, common.code(name)):
        for used in STANDARD_NAME.findall(line):
            home = HOME.get(used)
            if home is None:
                yield number, f"std::{used}: say in tests/lint/includes.py where it is at home"
            elif home and f"<{home}>" not in there:
                yield number, f"std::{used} without <{home}>"


# What a header declares for others stands at the beginning of a line: namespaces do not indent.
DECLARATIONS = [re.compile(pattern, re.MULTILINE) for pattern in (
    r"^(?:class|struct|enum class) (\w+)(?! *;)\b",
    r"^using (\w+) =",
    r"^(?:inline )?constexpr [^=({;]*?\b(\w+)(?: =|\{|\[)",
    r"^(?!return|using|class|struct|enum|namespace|#)[\w:][\w:<>,&* ]* [&*]?(\w+)\(",
    r"^#define (\w+)")]
# A word, and what says that it is somebody else's: a member, or a name in another namespace.
WORD = re.compile(r"(\.|->|std::|boost::|[A-Z]\w*::)?\b([A-Za-z]\w+)\b")
# A name of the file's own: after a type, as an enumerator, taken from a result, or of a test.
OWN = (r"(?:class|struct|enum|using|auto|(?<!\breturn)(?<!\belse)[\w>&*\])]) [&*]*{0}\b"
       r"|\benum class \w+[^}}]*\b{0}\b|\bTRY\({0},"
       r"|\bTEST(?:_[FP])?\((?:\w+, )?{0}\b|\bINSTANTIATE_TEST_SUITE_P\(\s*{0}\b")


@functools.cache
def declared():
    """Every name a header of ours declares, with the headers that do."""
    found = collections.defaultdict(set)
    for name in common.files(".h"):
        for pattern in DECLARATIONS:
            for word in pattern.findall(common.code(name)):
                found[word].add(name)
    return found


@functools.cache
def words(name):
    return frozenset(re.findall(r"\w+", common.code(name)))


def unreachable(name):
    """Names of ours a file uses of which nothing it includes has heard."""
    reached = set().union(*(words(header) for header in common.closure(name) - {name}))
    content = common.code(name)
    told = set()
    for number, line in common.numbered(name, content):
        if line.startswith("#include"):
            continue
        for qualifier, word in WORD.findall(line):
            homes = declared().get(word)
            if not homes or qualifier or name in homes or word in reached or word in told:
                continue
            told.add(word)
            if not re.search(OWN.format(word), content):
                yield number, f"{word} without \"{sorted(homes)[0]}\""


def main():
    report = common.Report("includes")
    for name in common.files(".h"):
        for number, message in missing_homes(name):
            report.add(f"{name}:{number}", message)
    for name in common.files(*common.CPP):
        for number, message in unreachable(name):
            report.add(f"{name}:{number}", message)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
