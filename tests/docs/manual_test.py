# SPDX-License-Identifier: Apache-2.0
"""The manual pages are well formed, refer to pages that exist, and name the options there are."""
import pathlib
import re
import subprocess
import sys
import unittest

PROGRAMS = pathlib.Path(sys.argv.pop())
PAGES = pathlib.Path(sys.argv.pop())
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "man"

# What scdoc writes by its own habit, in every page.
ACCEPTED = re.compile(r"STYLE: input text line longer than 80 bytes|"
                      r"STYLE: lower case character in document title|"
                      r"WARNING: skipping paragraph macro")
LONG_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]+)")


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


def page_of(source):
    name = source.name.removesuffix(".scd")
    return PAGES / f"man{name[-1]}" / name


class Manual(unittest.TestCase):
    def setUp(self):
        self.sources = sorted(SOURCES.glob("*.scd"))
        self.names = {source.name.removesuffix(".scd") for source in self.sources}

    def test_has_a_page_for_every_program(self):
        self.assertLessEqual({"touchstone.1", "touchstone-git-sign.1", "touchstone-agent.8",
                              "touchstone-token.8"}, self.names)

    def test_is_well_formed(self):
        for source in self.sources:
            said = run("mandoc", "-T", "lint", str(page_of(source)))
            faults = [line for line in said.stdout.splitlines() if not ACCEPTED.search(line)]
            self.assertEqual(faults, [], source.name)

    def test_refers_to_pages_that_exist(self):
        for source in self.sources:
            text = source.read_text(encoding="utf-8")
            for name, section in re.findall(r"\*(touchstone[\w.-]*)\*\((\d)\)", text):
                self.assertIn(f"{name}.{section}", self.names, source.name)

    def test_names_the_options_that_programs_have(self):
        for name in ("touchstone-agent.8", "touchstone-token.8"):
            program = PROGRAMS / name[:-2]
            helped = run(str(program), "--help")
            self.assertEqual(helped.returncode, 0, program)
            page = (SOURCES / f"{name}.scd").read_text(encoding="utf-8")
            options = page[page.index("# OPTIONS"):page.index("\n# ", page.index("# OPTIONS") + 1)]
            self.assertEqual(set(LONG_OPTION.findall(helped.stdout)),
                             set(LONG_OPTION.findall(options)), name)


if __name__ == "__main__":
    unittest.main()
