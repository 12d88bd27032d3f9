# SPDX-License-Identifier: Apache-2.0
"""The rules are what the table gives, and they give devices to the person at the seat and no more.

udevadm can verify rules from systemd 254 on only; the rules' few operators are interpreted here
instead, so that what they do to a device is tested and not only how they look."""
import importlib.util
import pathlib
import re
import unittest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "udev"
spec = importlib.util.spec_from_file_location("generate_rules", FOLDER / "generate_rules.py")
generate_rules = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate_rules)

KEY = re.compile(r'([A-Z]+)(?:\{(\w+)\})?(==|!=|\+=|=)"([^"]*)"')


def tags_of(rules, device):
    """What TAG the rules give to a device: keys as in a rule, ATTRS{x} as ("ATTRS", "x")."""
    tags, label = set(), None
    for line in rules.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        keys = KEY.findall(line)
        assert ", ".join(f'{k}{{{a}}}{o}"{v}"' if a else f'{k}{o}"{v}"'
                         for k, a, o, v in keys) == line, f"not understood: {line}"
        if label is not None:
            if ("LABEL", "", "=", label) in keys:
                label = None
            continue
        matches = all(applies(device.get((k, a), ""), o, v) for k, a, o, v in keys
                      if o in ("==", "!="))
        if not matches:
            continue
        for k, _, o, v in keys:
            if (k, o) == ("TAG", "+="):
                tags.add(v)
            if (k, o) == ("GOTO", "="):
                label = v
    assert label is None, f"GOTO without LABEL {label}"
    return tags


def applies(value, operator, pattern):
    found = any(re.fullmatch(one.replace("?", ".").replace("*", ".*"), value)
                for one in pattern.split("|"))
    return found == (operator == "==")


def device(vendor, product, **others):
    attributes = {("ACTION", ""): "add", ("SUBSYSTEM", ""): "hidraw",
                  ("ATTRS", "idVendor"): vendor, ("ATTRS", "idProduct"): product,
                  ("ATTRS", "bInterfaceProtocol"): "00"}
    attributes.update({key: value for key, value in others.get("more", {}).items()})
    return attributes


class Rules(unittest.TestCase):
    def setUp(self):
        self.rules = (FOLDER / "70-touchstone-fido.rules").read_text(encoding="utf-8")
        lines = (FOLDER / "fido-devices.tsv").read_text(encoding="utf-8").splitlines(True)
        self.devices = generate_rules.read_table(lines)

    def test_are_what_the_table_gives(self):
        self.assertEqual(self.rules, generate_rules.rules_of(self.devices),
                         "run udev/generate_rules.py")

    def test_give_every_device_of_the_table_to_the_seat(self):
        self.assertGreater(len(self.devices), 50)
        for vendor, product, name in self.devices:
            self.assertEqual(tags_of(self.rules, device(vendor, product)), {"uaccess"}, name)

    def test_give_what_udev_found_to_be_a_token(self):
        unknown = device("ffff", "0001", more={("ENV", "ID_SECURITY_TOKEN"): "1"})
        self.assertEqual(tags_of(self.rules, unknown), {"uaccess"})

    def test_give_nothing_else(self):
        self.assertEqual(tags_of(self.rules, device("ffff", "0001")), set())
        self.assertEqual(tags_of(self.rules, device("1050", "0001")), set())
        # A product of one vendor under the id of another.
        self.assertEqual(tags_of(self.rules, device("1050", "5026")), set())

    def test_keep_the_keyboard_of_a_token(self):
        keyboard = device("1050", "0407", more={("ATTRS", "bInterfaceProtocol"): "01"})
        self.assertEqual(tags_of(self.rules, keyboard), set())

    def test_keep_to_hidraw_and_to_devices_that_are_there(self):
        self.assertEqual(
            tags_of(self.rules, device("1050", "0407", more={("SUBSYSTEM", ""): "usb"})), set())
        self.assertEqual(
            tags_of(self.rules, device("1050", "0407", more={("ACTION", ""): "remove"})), set())


class Table(unittest.TestCase):
    def refuse(self, *lines):
        with self.assertRaises(SystemExit):
            generate_rules.read_table([line + "\n" for line in lines])

    def test_refuses_what_would_make_wrong_rules(self):
        self.refuse("1050 0407 spaces and not tabs")
        self.refuse("1050\t407\tthree digits")
        self.refuse("1050\t040G\tno digit")
        self.refuse("1050\tABCD\tupper case, which udev does not match")
        self.refuse("1050\t0407\t")
        self.refuse("1050\t0407\tone\ttoo many")
        self.refuse("1050\t0407\ttwice", "1050\t0407\ttwice")
        self.refuse("1050\t0407\torder", "1050\t0406\torder")
        self.refuse("# nothing")
        self.refuse('1050\t04*7\tpattern')


if __name__ == "__main__":
    unittest.main()
