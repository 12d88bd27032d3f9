#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up what ./dev test ran: single cases of gtest programs and bats files, and whole ctest
entries otherwise. Prints what was skipped and why, what failed, and as its last line
"N passed, N failed, N skipped". Exits 1 when anything failed or nothing ran.

usage: summarize.py RESULTS…  (folders with ctest.xml and gtest/*.xml, as ./dev leaves them)
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

TAP_PLAN = re.compile(r"^1\.\.(\d+)", re.MULTILINE)
TAP_CASE = re.compile(r"^(not ok|ok) \d+ (.*?)(?: # skip ?(.*))?$", re.MULTILINE)


class Totals:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def add(self, name, outcome, reason=""):
        if outcome == "passed":
            self.passed += 1
        elif outcome == "failed":
            self.failed.append(name)
        else:
            self.skipped.append((name, reason or "no reason given"))


def read_gtest(path, where, totals):
    """Counts the cases of one gtest program; False when it left no complete report."""
    try:
        report = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return False
    for case in report.iter("testcase"):
        name = f"{where}: {case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None:
            totals.add(name, "failed")
        elif skipped is not None:
            # The first line of the message is file and line.
            totals.add(name, "skipped", (skipped.get("message") or "").partition("\n")[2].strip())
        elif case.get("status") == "notrun":
            totals.add(name, "skipped", "disabled")
        else:
            totals.add(name, "passed")
    return True


def read_tap(output, entry, where, totals):
    """Counts the cases of one bats file; a plan that was not carried out is one more failure."""
    cases = TAP_CASE.findall(output)
    for outcome, name, reason in cases:
        full_name = f"{where}: {entry}: {name}"
        if outcome == "not ok":
            totals.add(full_name, "failed")
        elif reason or re.search(rf"^ok \d+ {re.escape(name)} # skip", output, re.MULTILINE):
            totals.add(full_name, "skipped", reason)
        else:
            totals.add(full_name, "passed")
    return len(cases) == int(TAP_PLAN.search(output).group(1))


def read_entry(entry, folder, where, totals):
    name, status = entry.get("name"), entry.get("status")
    output = entry.findtext("system-out") or ""
    full_name = f"{where}: {name}"
    failures_before = len(totals.failed)
    if status in ("notrun", "disabled"):
        skipped = entry.find("skipped")
        reason = skipped.get("message") if skipped is not None else status
        if reason.startswith("SKIP_"):
            reason = output.strip().splitlines()[-1] if output.strip() else reason
            totals.add(full_name, "skipped", reason)
        else:
            # A program that is missing is a broken build, not a choice.
            totals.add(f"{full_name} ({reason})", "failed")
        return
    gtest_report = folder / "gtest" / f"{name}.xml"
    complete = True
    if gtest_report.exists():
        complete = read_gtest(gtest_report, where, totals)
    elif TAP_PLAN.search(output):
        complete = read_tap(output, name, where, totals)
    elif status == "run":
        totals.add(full_name, "passed")
    if (status == "fail" and len(totals.failed) == failures_before) or not complete:
        totals.add(full_name, "failed")


def main(folders):
    totals = Totals()
    for folder in map(pathlib.Path, folders):
        preset = folder.parent.parent.name
        try:
            report = ElementTree.parse(folder / "ctest.xml").getroot()
        except (OSError, ElementTree.ParseError) as error:
            totals.add(f"{preset}: {folder.name}: no report ({error})", "failed")
            continue
        for entry in report.iter("testcase"):
            read_entry(entry, folder, preset, totals)
    if totals.skipped:
        print("\nskipped:")
        for name, reason in totals.skipped:
            print(f"  {name}: {reason}")
    if totals.failed:
        print("\nfailed:")
        for name in totals.failed:
            print(f"  {name}")
    print(f"\n{totals.passed} passed, {len(totals.failed)} failed, {len(totals.skipped)} skipped")
    return 1 if totals.failed or totals.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
