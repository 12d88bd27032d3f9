# SPDX-License-Identifier: Apache-2.0
"""Checks that nothing lies around unbuilt: every source is named in a CMakeLists.txt of its folder or
one above it, and every fuzz target is registered and has seeds."""
import pathlib
import re
import sys

import common


def lists_above(name):
    folder = pathlib.Path(name).parent
    for parent in [folder, *folder.parents]:
        path = parent / "CMakeLists.txt"
        if (common.ROOT / path).is_file():
            yield common.text(str(path))


def is_built(name):
    file = re.escape(pathlib.Path(name).name)
    return any(re.search(rf"(?<![\w-]){file}(?!\w)", content) for content in lists_above(name))


def main():
    report = common.Report("built")
    for name in common.files(".cpp"):
        fuzz_target = re.fullmatch(r"tests/fuzz/(\w+)_fuzz\.cpp", name)
        if fuzz_target:
            target = fuzz_target.group(1)
            if not re.search(rf"NAME {target}\b", common.text("tests/fuzz/CMakeLists.txt")):
                report.add(name, "is not registered with touchstone_fuzz_target")
            seeds = common.ROOT / "tests/fuzz/corpus" / target
            if not seeds.is_dir() or not any(seeds.iterdir()):
                report.add(name, f"has no seeds in tests/fuzz/corpus/{target}")
        elif not is_built(name):
            report.add(name, "is in no CMakeLists.txt of its folder or above", key=name)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
