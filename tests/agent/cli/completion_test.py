# SPDX-License-Identifier: Apache-2.0
"""Lets bash, zsh and fish complete with the committed files."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(sys.argv.pop()).resolve()

# Does what readline does: calls the function that `complete` names, with the words so far.
DRIVER = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_touchstone touchstone
printf '%s\\n' "${COMPREPLY[@]}"
"""

# Nothing is typed: on its first prompt, zsh itself completes the line of the environment as a key
# would, and says what became of it.
ZSHRC = """
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit
compinit -D -u
zle-line-init() {
  BUFFER=$LINE_TO_COMPLETE
  CURSOR=$#BUFFER
  zle complete-word
  print -r -- "$BUFFER" >$HOME/completed
  exit
}
zle -N zle-line-init
"""

# Runs that zsh on a terminal of its own, until it ends.
ZSH_DRIVER = """
zmodload zsh/zpty || exit
zpty shell zsh -d -i
while zpty -r shell; do :; done
"""

STAND_IN = """#!/bin/sh
case "$*" in
  'keys --names') printf 'sign\\nlogin-work\\n' ;;
  'token list --ids') echo hidraw0 ;;
esac
"""


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=30, **more)


class WithStandIn(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        program = pathlib.Path(self.folder.name) / "touchstone"
        program.write_text(STAND_IN, encoding="utf-8")
        program.chmod(0o755)
        self.path = self.folder.name + ":" + os.environ["PATH"]

    def tearDown(self):
        self.folder.cleanup()


class Bash(WithStandIn):
    def complete(self, *words):
        result = run("bash", "--norc", "-c", DRIVER, "bash", str(FOLDER / "touchstone.bash"),
                     "touchstone", *words, cwd=self.folder.name,
                     env={"PATH": self.path})
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split())

    def test_offers_commands(self):
        self.assertLessEqual({"setup", "keys", "key", "token", "verify"}, self.complete(""))
        self.assertEqual(self.complete("ver"), {"verify", "version"})
        self.assertEqual(self.complete("key", ""), {"new", "import", "mark", "remove", "export"})
        self.assertEqual(self.complete("token", "resident", ""), {"list", "delete"})
        self.assertEqual(self.complete("log", ""), {"verify"})

    def test_offers_options(self):
        self.assertLessEqual({"--role", "--resident", "--help", "--socket"},
                             self.complete("key", "new", "--"))
        self.assertEqual(self.complete("keys", "--js"), {"--json"})
        self.assertNotIn("--role", self.complete("keys", "--"))

    def test_offers_words_and_names(self):
        self.assertEqual(self.complete("key", "new", "--role", "s"), {"sign", "seal"})
        self.assertEqual(self.complete("completion", ""), {"bash", "zsh", "fish"})
        self.assertEqual(self.complete("key", "remove", ""), {"sign", "login-work"})
        self.assertEqual(self.complete("pin", "set", "--token", ""), {"hidraw0"})

    def test_passes_over_options(self):
        self.assertEqual(self.complete("--socket", "/x", "token", "resident", "l"), {"list"})
        self.assertEqual(self.complete("key", "remove", "--yes", "lo"), {"login-work"})

    def test_offers_files(self):
        (pathlib.Path(self.folder.name) / "id_ed25519_sk").touch()
        self.assertEqual(self.complete("key", "import", "id_"), {"id_ed25519_sk"})

    def test_offers_nothing_where_there_is_nothing(self):
        self.assertEqual(self.complete("verify", "--ref", ""), set())
        self.assertEqual(self.complete("log", "-n", ""), set())


class Syntax(unittest.TestCase):
    def check(self, shell, name):
        if shutil.which(shell) is None:
            self.skipTest(f"no {shell}")
        result = run(shell, "-n", str(FOLDER / name))
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_bash(self):
        self.check("bash", "touchstone.bash")

    def test_zsh(self):
        self.check("zsh", "_touchstone")

    def test_fish(self):
        self.check("fish", "touchstone.fish")


class Zsh(WithStandIn):
    def complete(self, line):
        home = pathlib.Path(self.folder.name)
        (home / ".zshrc").write_text(ZSHRC, encoding="utf-8")
        result = run("zsh", "-f", "-c", ZSH_DRIVER, cwd=home,
                     env={"HOME": str(home), "PATH": self.path, "TERM": "dumb",
                          "COMPLETIONS": str(FOLDER), "LINE_TO_COMPLETE": line})
        self.assertEqual(result.stderr, "")
        return (home / "completed").read_text(encoding="utf-8").rstrip("\n")

    def test_completes_commands_options_words_and_names(self):
        if shutil.which("zsh") is None:
            self.skipTest("no zsh")
        for before, begun, word in (("key ", "rem", "remove"),
                                    ("--socket /x token resident ", "l", "list"),
                                    ("setup ", "--glo", "--global"),
                                    ("completion ", "fi", "fish"),
                                    ("key new --role ", "app", "approve"),
                                    ("key remove --yes ", "lo", "login-work"),
                                    ("pin set --token ", "", "hidraw0")):
            with self.subTest(before + begun):
                self.assertEqual(self.complete(f"touchstone {before}{begun}"),
                                 f"touchstone {before}{word} ")


class Fish(unittest.TestCase):
    def test_offers_commands_and_options(self):
        if shutil.which("fish") is None:
            self.skipTest("no fish")
        with tempfile.TemporaryDirectory() as home:
            def complete(line):
                result = run("fish", "--no-config", "-c",
                             f"source {FOLDER / 'touchstone.fish'}; complete -C '{line}'",
                             env={"HOME": home, "PATH": os.environ["PATH"]})
                self.assertEqual(result.returncode, 0, result.stderr)
                return {offer.split("\t")[0] for offer in result.stdout.splitlines()}
            self.assertLessEqual({"setup", "verify"}, complete("touchstone "))
            self.assertEqual(complete("touchstone key "), {"new", "import", "mark", "remove", "export"})
            self.assertLessEqual({"--role", "--resident"}, complete("touchstone key new --r"))
            self.assertEqual(complete("touchstone key new --role "),
                             {"login", "sign", "release", "approve", "seal"})
            self.assertEqual(complete("touchstone completion "), {"bash", "zsh", "fish"})


if __name__ == "__main__":
    unittest.main()
