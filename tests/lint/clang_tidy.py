# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy 14 with .clang-tidy on the sources of the product; results are remembered.

Nearly all of its time goes into the headers of the standard library and Boost, for every source
again. So sources of one folder with the same flags are read as one: a tenth of the time.
"""
import hashlib
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


# Enough to share the headers, few enough that both processors have work to the end.
TOGETHER_MAX = 16


def groups(flags):
    """Lists of sources that can be read as one, with what they have in common."""
    alike = {}
    for name in common.files(".cpp"):
        # Other folders hold programs' own sources too, but only what is compiled can be checked.
        if name.startswith(FOLDERS) and name in flags:
            # Of two mains in one there would be one too many.
            own = name if name.endswith("main.cpp") else name.rpartition("/")[0]
            alike.setdefault((own, checks_of(name), flags[name]), []).append(name)
    for (_, checks, words), names in alike.items():
        for start in range(0, len(names), TOGETHER_MAX):
            yield names[start:start + TOGETHER_MAX], (checks, words)


def write_together(names):
    """Writes a source that includes them all, as CMake does for CMAKE_UNITY_BUILD."""
    text = "".join(f'#include "{name}"  // NOLINT(bugprone-suspicious-include)\n' for name in names)
    path = common.CACHE / f"together-{hashlib.sha256(text.encode()).hexdigest()[:16]}.cpp"
    common.CACHE.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path.relative_to(common.ROOT))


def command(name, options):
    checks, flags = options
    return [PROGRAM, "--quiet", "--warnings-as-errors=*", *checks, name,
            "--", "-std=c++20", "-I.", "-Wall", "-Wextra", *flags]


def main():
    report = common.Report("clang_tidy")
    jobs = {}
    for names, options in groups(common.compile_flags()):
        jobs[names[0] if len(names) == 1 else write_together(names)] = options
    version = common.version_of(PROGRAM) + common.text(".clang-tidy")
    failed = common.run_cached("clang_tidy", jobs, command, version)
    for name, output in failed.items():
        lines = [line for line in output.splitlines() if "warnings generated" not in line]
        if any(word in output for word in ("redefinition of", "is ambiguous")):
            lines.append("hint: sources of one folder are compiled as one: give what stands in their"
                         " anonymous namespaces names of its own, or share it")
        report.add(name, "\n" + "\n".join(lines))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
