# SPDX-License-Identifier: Apache-2.0
"""Checks that links inside the tree resolve, to files and to headings, in every Markdown file."""
import pathlib
import re
import sys

import common

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def anchors(name):
    """Headings as forges name them: lower case, punctuation dropped, blanks to hyphens."""
    found = set()
    for line in common.text(name).splitlines():
        match = re.match(r"#+ +(.+)", line)
        if match:
            heading = re.sub(r"[^\w\- ]", "", match.group(1).lower())
            found.add(heading.replace(" ", "-"))
    return found


def main():
    report = common.Report("links")
    for name in common.files(".md"):
        content = re.sub(r"```.*?```|`[^`\n]*`", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                         common.text(name), flags=re.DOTALL)
        for number, line in common.numbered(name, content):
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                full = (common.ROOT / name).parent / path if path else common.ROOT / name
                if not full.exists():
                    report.add(f"{name}:{number}", f"no such file: {target}")
                elif anchor and full.suffix == ".md":
                    other = pathlib.Path(full).resolve().relative_to(common.ROOT)
                    if anchor not in anchors(str(other)):
                        report.add(f"{name}:{number}", f"no such heading: {target}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
