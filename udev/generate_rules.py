#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes 70-touchstone-fido.rules from fido-devices.tsv; --check says whether it is current."""
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
TABLE = FOLDER / "fido-devices.tsv"
RULES = FOLDER / "70-touchstone-fido.rules"
ID = re.compile(r"[0-9a-f]{4}")

HEAD = """\
# SPDX-License-Identifier: Apache-2.0
# Lets the person at the seat open FIDO tokens. Made from fido-devices.tsv by generate_rules.py.
#
# The number puts this after 60-fido-id.rules, which looks at the report descriptor, and before
# 73-seat-late.rules, which grants what the tag uaccess asks for.

ACTION=="remove", GOTO="touchstone_fido_end"
SUBSYSTEM!="hidraw", GOTO="touchstone_fido_end"

# Whatever says in its report descriptor that it speaks CTAP.
ENV{ID_SECURITY_TOKEN}=="?*", TAG+="uaccess", GOTO="touchstone_fido_end"

# The rest is for systems where nobody looks there. A token may be a keyboard too (one-time
# passwords): whoever opened that could read what it types.
ATTRS{bInterfaceProtocol}=="01", GOTO="touchstone_fido_end"
"""

TAIL = """
LABEL="touchstone_fido_end"
"""


def read_table(lines):
    """Vendor, product and name of each device; says what is wrong with a line by SystemExit."""
    devices = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.rstrip("\n").split("\t")
        if len(fields) != 3 or not all(ID.fullmatch(field) for field in fields[:2]):
            sys.exit(f"line {number}: not vendor, product, name: {line!r}")
        if not fields[2].strip() or not fields[2].isprintable():
            sys.exit(f"line {number}: no usable name")
        device = tuple(fields)
        if devices and device[:2] <= devices[-1][:2]:
            sys.exit(f"line {number}: {device[0]}:{device[1]} is twice there or out of order")
        devices.append(device)
    if not devices:
        sys.exit("no devices")
    return devices


def rules_of(devices):
    vendors = {}
    for vendor, product, name in devices:
        vendors.setdefault(vendor, []).append((product, name))
    text = HEAD
    for vendor, products in vendors.items():
        names = sorted({name for _, name in products})
        text += "\n" + "".join(f"# {name}\n" for name in names)
        alternatives = "|".join(product for product, _ in products)
        text += (f'ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{alternatives}", '
                 'TAG+="uaccess"\n')
    return text + TAIL


def main():
    rules = rules_of(read_table(TABLE.read_text(encoding="utf-8").splitlines(True)))
    if sys.argv[1:] == ["--check"]:
        if RULES.read_text(encoding="utf-8") != rules:
            sys.exit(f"{RULES.name} is not what {TABLE.name} gives: run udev/generate_rules.py")
    elif sys.argv[1:]:
        sys.exit("usage: generate_rules.py [--check]")
    else:
        RULES.write_text(rules, encoding="utf-8")


if __name__ == "__main__":
    main()
