# SPDX-License-Identifier: Apache-2.0
"""Checks that clang-format 14 has nothing to change. To mend: clang-format-14 -i FILE."""
import subprocess
import sys

import common

PROGRAM = "clang-format-14"


def main():
    report = common.Report("clang_format")
    common.version_of(PROGRAM)
    names = common.files(*common.CPP)
    result = subprocess.run(
        [PROGRAM, "--dry-run", "-Werror", "--ferror-limit=1", *names],
        cwd=common.ROOT, capture_output=True, text=True, check=False)
    for line in result.stderr.splitlines():
        if ": error:" in line:
            report.add(line.partition(": error:")[0], f"not formatted; run {PROGRAM} -i on it")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
