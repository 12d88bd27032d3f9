# SPDX-License-Identifier: Apache-2.0
"""Checks that a header includes what it uses of the standard library, itself."""
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


def main():
    report = common.Report("includes")
    for name in common.files(".h"):
        for number, message in missing_homes(name):
            report.add(f"{name}:{number}", message)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
