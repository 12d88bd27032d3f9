# SPDX-License-Identifier: Apache-2.0
"""Runs shellcheck on every shell script and bats file."""
import re
import subprocess
import sys

import common


def main():
    report = common.Report("shell")
    common.version_of("shellcheck")
    names = common.scripts()
    result = subprocess.run(
        ["shellcheck", "--external-sources", "--source-path=SCRIPTDIR", "--exclude=SC1091,SC2154",
         "--format=gcc", *names], cwd=common.ROOT, capture_output=True, text=True, check=False)
    for line in result.stdout.splitlines() + result.stderr.splitlines():
        report.add("shellcheck", line)
    for name in common.files(".bats"):
        for number, line in common.numbered(name):
            if re.match(r"\s*sleep\b", line):
                report.add(f"{name}:{number}", "wait for the event: wait_until in helpers.bash")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
