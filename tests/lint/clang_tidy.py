# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy 14 with .clang-tidy on the sources of the product; results are remembered."""
import sys

import common

PROGRAM = "clang-tidy-14"
# Tests are held to the compiler's warnings and sanitizers; their macros drown everything else.
FOLDERS = ("base/", "ssh/", "tokens/", "git-integration/", "agent/", "publish/", "release/")
# The analyzer walks every path, at up to three times the price: where bytes from outside are taken
# apart and where a signature is decided on.
ANALYZED = ("agent/config_", "git-integration/batch_header", "git-integration/git_object",
            "git-integration/revo", "ssh/agent_message", "ssh/allowed_signers", "ssh/certificate",
            "ssh/private_key", "ssh/public_key", "ssh/signature", "ssh/sshsig", "ssh/userauth",
            "ssh/verify", "tokens/driver_protocol", "tokens/driver_wire", "tokens/fido2/")


def checks_of(name):
    analyzer = "--checks=clang-analyzer-*,-clang-analyzer-osx*,-clang-analyzer-optin.osx*"
    return (analyzer,) if name.startswith(ANALYZED) else ()


def command(name, options):
    checks, flags = options
    return [PROGRAM, "--quiet", "--warnings-as-errors=*", *checks, name,
            "--", "-std=c++20", "-I.", "-Wall", "-Wextra", *flags]


def main():
    report = common.Report("clang_tidy")
    # Other folders hold programs' own sources too, but only what is compiled can be checked.
    flags = common.compile_flags()
    jobs = {name: (checks_of(name), flags[name]) for name in common.files(".cpp")
            if name.startswith(FOLDERS) and name in flags}
    version = common.version_of(PROGRAM) + common.text(".clang-tidy")
    failed = common.run_cached("clang_tidy", jobs, command, version)
    for name, output in failed.items():
        report.add(name, "\n" + "\n".join(
            line for line in output.splitlines() if "warnings generated" not in line))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
