# SPDX-License-Identifier: Apache-2.0
"""Checks what a formatter cannot: licence lines, sizes, switch statements, lambda captures."""
import pathlib
import re
import sys

import common

LICENCE = "SPDX-License-Identifier: Apache-2.0"
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
# Prose, lists, and formats without comments.
WITHOUT_LICENCE = (".md", ".scd", ".json", ".txt", ".gitignore", ".clang-format", ".clang-tidy",
                   "LICENSE")

SCOPE = re.compile(r"(template\s*<.*>\s*)?(class|struct|union|enum|namespace|extern)\b")
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)


def check_licence(name, report):
    if name.endswith(WITHOUT_LICENCE) and not name.endswith("CMakeLists.txt"):
        return
    first_lines = common.text(name).splitlines()[:3]
    if not any(LICENCE in line for line in first_lines):
        report.add(f"{name}:1", f"no line with {LICENCE}")


def functions(name):
    """First line, number of lines and heading of each function body, found by its braces."""
    content = PREPROCESSOR.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), common.code(name))
    stack, heading_start, line = [], 0, 1
    for position, char in enumerate(content):
        if char == "\n":
            line += 1
        if char not in ";{}":
            continue
        heading = " ".join(content[heading_start:position].split())
        heading_start = position + 1
        if char == "{":
            inside = any(is_function for is_function, _, _ in stack)
            is_function = (not inside and "(" in heading and not heading.endswith("=")
                           and not SCOPE.match(heading))
            stack.append((is_function, line, heading))
        elif char == "}" and stack:
            is_function, begin, heading = stack.pop()
            if is_function:
                yield begin, line - begin + 1, heading


def check_sizes(name, report):
    lines = common.text(name).count("\n")
    if lines > FILE_LINES_MAX:
        report.add(name, f"{lines} lines, at most {FILE_LINES_MAX}", key=f"file {name}")
    for begin, count, heading in functions(name):
        if count > FUNCTION_LINES_MAX:
            match = re.search(r"([\w:~]+)\s*\(", heading)
            function = match.group(1) if match else heading
            if function.startswith(("TEST", "RC_GTEST")):
                function = re.sub(r"\s", "", heading)
            report.add(f"{name}:{begin}",
                       f"{function} has {count} lines, at most {FUNCTION_LINES_MAX}",
                       key=f"function {name} {function}")


def check_cpp(name, report):
    raw = common.text(name).splitlines()
    for number, line in common.numbered(name, common.code(name)):
        place = f"{name}:{number}"
        if re.search(r"\bdefault\s*:", line) and "// not an enum" not in raw[number - 1]:
            report.add(place, "a switch over an enum has no default; say // not an enum if it is none")
        if re.search(r"\[\s*=\s*[,\]]", line):
            report.add(place, "capture by name, not [=]")
        if re.search(r"\busing namespace std\b", line):
            report.add(place, "no using namespace std")
    if name.endswith(".h") and "#pragma once" not in raw:
        report.add(f"{name}:1", "no #pragma once")
    if not re.fullmatch(r"[a-z0-9_]+\.(h|cpp)", pathlib.Path(name).name):
        report.add(name, "file names are snake_case")


def main():
    report = common.Report("style")
    for name in common.all_files():
        check_licence(name, report)
    for name in common.files(*common.CPP):
        check_sizes(name, report)
        check_cpp(name, report)
    for name in common.files(".py") + common.scripts():
        if common.text(name).count("\n") > FILE_LINES_MAX:
            report.add(name, f"more than {FILE_LINES_MAX} lines", key=f"file {name}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
