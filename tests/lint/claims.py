# SPDX-License-Identifier: Apache-2.0
"""Checks that every line of docs/claims.md names tests that exist.

A claim is one line, "N. TEXT — test: PATH::NAME, PATH::NAME", where NAME is Suite.Case or the title
of a bats test, and is left out for a fuzz target or a lint.
"""
import re
import sys

import common

CLAIM = re.compile(r"^(\d+)\. (.+?) — test: (.+)$")


def exists(reference):
    path, _, name = reference.partition("::")
    if not path.startswith("tests/") or not (common.ROOT / path).is_file():
        return False
    content = common.text(path)
    if path.endswith(".bats"):
        return f'@test "{name}"' in content
    if path.endswith("_test.cpp"):
        suite, dot, case = name.partition(".")
        return bool(dot) and re.search(
            rf"\b(TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*"
            rf"{re.escape(suite)},\s*{re.escape(case)}\b", content) is not None
    return not name and path.endswith(("_fuzz.cpp", ".py"))


def main():
    report = common.Report("claims")
    expected = 1
    for number, line in common.numbered("docs/claims.md"):
        if not re.match(r"\d+\.", line):
            continue
        place = f"docs/claims.md:{number}"
        match = CLAIM.match(line)
        if not match:
            report.add(place, "N. TEXT — test: PATH::NAME expected")
            continue
        if int(match.group(1)) != expected:
            report.add(place, f"claim {expected} expected: numbers are never skipped or reused")
        expected = int(match.group(1)) + 1
        for reference in re.split(r",\s+(?=tests/)", match.group(3)):
            if not exists(reference.strip().strip("`")):
                report.add(place, f"no such test: {reference.strip()}")
    if expected == 1:
        report.add("docs/claims.md", "holds no claims")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
