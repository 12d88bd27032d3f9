# SPDX-License-Identifier: Apache-2.0
"""Refuses functions, words and names that have no place here."""
import hashlib
import re
import sys

import common

# Pattern in C++ code (comments and literals blanked): what to do instead.
BANNED_CODE = {
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\(": "unbounded",
    r"(?<![\w.>])(std::)?system\s*\(|\bpopen\s*\(": "runs a shell; use posix_spawn with arguments",
    r"\b(atoi|atol|atof|strtol|strtoul|stoi|stol|stoul|stoull)\s*\(": "use std::from_chars",
    r"\b(rand|srand|random)\s*\(": "use RAND_bytes",
    r"\bco_(await|yield|return)\b": "GCC 12 miscompiles coroutines",
    r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.>])sleep\s*\(": "wait for the event itself",
    r"\bconst_cast\s*<": "keep const what is const",
    r"\bassert\s*\(": "vanishes in release; return an error, or abort() on a bug",
    r"\bdlopen\s*\(": "nothing is loaded at run time",
}
# Allowed only where main() is, or in a known exception: configuration is passed on from there.
MAIN_ONLY = {r"\b(secure_)?getenv\s*\(": "the environment is read in main files only"}
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|\bnot imple" r"mented\b", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.-])/(wo" r"rk|fa" r"rm|tmp/w" r"t)/")

# Public package registries are never named (design section 7), here neither: SHA-256 of their
# host names, or of the domain above them.
REGISTRIES = frozenset("""
00a7dc5a0cc38858 0e10f3b8bb2a1ef3 0fd460f0568e29c1 26b9cccfe247fdba 271dacc9f4d0caf8
2c77714df232b07f 3530c4415dd857fb 386c042daaf7f1eb 3ca29e55be4befa4 3e5e3daccbe99b1e
41b464c047c28da2 4445b86dcaaff098 4db460c55b85212e 51c6b9f69c48a75b 51d88047516dce0e
71741fe2460a6150 75c5f478b8eabe83 789e46d79514e280 826cd146d6478a29 8400b8bd0d6e064d
8743857e3ea00fd1 87d14f070cb96869 8b5bb5eb9d758455 9da5f32d96412512 a242216bc91a612b
a4aa2ac280bb8d1a ba1e8c503762fce3 c3db8466ffcd8589 d6d7019ca9fcbf07 e4c157c5e3afda9f
f65219c547f9c032
""".split())
HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def names_registry(host):
    labels = host.split(".")
    domains = (".".join(labels[i:]) for i in range(len(labels) - 1))
    return any(hashlib.sha256(domain.encode()).hexdigest()[:16] in REGISTRIES for domain in domains)


def check_code(name, report):
    rules = dict(BANNED_CODE)
    if not name.endswith("main.cpp") and not name.startswith("tests/"):
        rules.update(MAIN_ONLY)
    for number, line in common.numbered(name, common.code(name)):
        for pattern, reason in rules.items():
            match = re.search(pattern, line)
            if match:
                word = re.sub(r"[\s(<]", "", match.group(0))
                report.add(f"{name}:{number}", f"{word}: {reason}", key=f"{name} {word}")


def check_text(name, report, hosts):
    try:
        content = common.text(name)
    except UnicodeDecodeError:
        report.add(name, "is not UTF-8")
        return
    for number, line in common.numbered(name, content):
        place = f"{name}:{number}"
        if UNFINISHED.search(line):
            report.add(place, "unfinished work belongs in an issue")
        if MACHINE_PATH.search(line):
            report.add(place, "names a path of one machine")
        if re.search(r"[ \t]$", line) and not name.endswith(".md"):
            report.add(place, "blanks at the end of the line")
        for host in HOST.findall(line.lower()):
            if host not in hosts:
                hosts[host] = names_registry(host)
            if hosts[host]:
                report.add(place, "names a package registry; write registry.example")


def main():
    report = common.Report("banned")
    hosts = {}
    for name in common.files(*common.CPP):
        check_code(name, report)
    for name in common.all_files():
        check_text(name, report, hosts)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
