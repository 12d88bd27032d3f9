# SPDX-License-Identifier: Apache-2.0
"""Runs codespell on every text of ours; words it is wrong about are in spelling.txt."""
import subprocess
import sys

import common


def main():
    report = common.Report("spelling")
    common.version_of("codespell")
    names = [name for name in common.all_files() if name != "LICENSE"]
    result = subprocess.run(
        ["codespell", "--ignore-words", "tests/lint/spelling.txt", *names],
        cwd=common.ROOT, capture_output=True, text=True, check=False)
    for line in result.stdout.splitlines():
        place, _, words = line.partition(" ")
        report.add(place.rstrip(":"), words)
    if result.returncode not in (0, 65) and not result.stdout:
        report.add("codespell", result.stderr.strip())
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
