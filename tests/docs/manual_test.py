# SPDX-License-Identifier: Apache-2.0
"""The manual pages are well formed, refer to pages that exist, and name the options there are."""
import pathlib
import re
import string
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


def section_of(name, title):
    page = (SOURCES / f"{name}.scd").read_text(encoding="utf-8")
    start = page.index(f"# {title}")
    return page[start:page.index("\n# ", start + 1)]


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
        for name in ("touchstone-agent.8", "touchstone-token.8", "touchstone-git-sign.1"):
            program = PROGRAMS / name[:-2]
            helped = run(str(program), "--help")
            self.assertEqual(helped.returncode, 0, program)
            self.assertEqual(set(LONG_OPTION.findall(helped.stdout)),
                             set(LONG_OPTION.findall(section_of(name, "OPTIONS"))), name)

    def test_names_the_letters_that_the_signing_program_takes(self):
        name = "touchstone-git-sign.1"
        program = str(PROGRAMS / "touchstone-git-sign")
        taken = {letter for letter in string.ascii_letters
                 if "unknown option" not in run(program, f"-{letter}").stderr}
        named = set(re.findall(r"^\*-([A-Za-z])\*", section_of(name, "OPTIONS"), re.MULTILINE))
        self.assertEqual(taken, named)
        helped = run(program, "--help").stdout
        self.assertEqual(taken, set(re.findall(r"(?<![\w-])-([A-Za-z])\b", helped)))

    def test_names_the_forms_that_the_signing_program_has(self):
        program = str(PROGRAMS / "touchstone-git-sign")
        forms = re.findall(r"\*-Y\* \*([a-z-]+)\*", section_of("touchstone-git-sign.1", "SYNOPSIS"))
        helped = run(program, "--help").stdout
        self.assertEqual(set(forms), set(re.findall(r"-Y ([a-z-]+)", helped)))
        for form in forms:
            self.assertNotIn("unknown", run(program, "-Y", form).stderr, form)


if __name__ == "__main__":
    unittest.main()
