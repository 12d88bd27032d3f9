# SPDX-License-Identifier: Apache-2.0
"""Puts one of each violation into a small tree and checks that the lints find exactly those."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"

FILES = {
    "base/good.h": LICENCE + "#pragma once\n#include <string>\n#include <unistd.h>\n",
    "base/up.cpp": LICENCE + '#include "ssh/key.h"\n',
    "base/crypto.cpp": LICENCE + "#include <openssl/evp.h>\n",
    "base/secret.cpp": LICENCE + "#include <openssl/evp.h>\n",
    "ssh/key.h": LICENCE + "#pragma once\n#include <string>\nstd::string a; std::size_t b;  // std::map\n"
                 "std::vector<int> c;\nstd::nothing d;\n",
    "ssh/across.cpp": LICENCE + '#include "tokens/token.h"\n#include <boost/asio.hpp>\nToken t;\n',
    "ssh/far.cpp": LICENCE + '#include "ssh/key.h"\nToken t = open_token(); int open_all(); int a = open_all();\n',
    "tokens/token.h": LICENCE + "#pragma once\nclass Token {};\nToken open_token();\nint open_all();\n",
    "agent/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\nadd(touchstone_emulator)\n",
    "ssh/no_licence.cpp": "int a;\n",
    "ssh/no_guard.h": LICENCE + "int b;\n",
    "ssh/Camel.cpp": LICENCE,
    "ssh/long_file.cpp": LICENCE + "int c;\n" * 500,
    "ssh/long_function.cpp": LICENCE + "namespace x {\nint Thing::go(int n) const {\n" + "++n;\n" * 69
                             + "}\n}\n",
    "ssh/right_function.cpp": LICENCE + "namespace x {\nint go(int n) {\n" + "++n;\n" * 68 + "}\n}\n",
    "ssh/table.cpp": LICENCE + "const int kTable[sizeof(int)] =\n{\n" + "1,\n" * 100 + "};\n",
    "ssh/switch.cpp": LICENCE + "void f(E e) { switch (e) {\n  default: break;\n  default:  // not an enum\n"
                      "    break; } }\nstruct S { S() = default; };\n// default: in a comment\n",
    "ssh/lambda.cpp": LICENCE + "auto l = [=]() { return 1; };\nauto m = [ =, &x]() {};\nauto n = a[b];\n",
    "ssh/banned.cpp": LICENCE + 'void f() { system("ls"); std::system("x"); popen("x", "r"); atoi(s);\n'
                      'getenv("HOME"); error.system(); const char* s = "system(";\n'
                      "co_await x; std::this_thread::sleep_for(1s); }\n",
    "agent/main.cpp": LICENCE + 'int main() { getenv("HOME"); }\n',
    "ssh/words.cpp": LICENCE + "// TO" "DO: later\n// /wo" "rk/main\n// https://registry.npm" "js.org/x\n"
                     "// https://registry.example/x\n",
    "README.md": "[ok](docs/claims.md#first) [gone](docs/gone.md) [no](docs/claims.md#nowhere) `[x](y)`\n",
    "docs/claims.md": "# First\n1. Holds — test: tests/a_test.cpp::Suite.Case\n"
                      "2. Gone — test: tests/a_test.cpp::Suite.Other\n4. Jumps — test: tests/b.bats::works\n5. No test\n",
    "base/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\nadd(up.cpp secret.cpp xcrypto.cpp)\n",
    "tests/fuzz/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\nadd(NAME known)\n",
    "tests/fuzz/known_fuzz.cpp": LICENCE,
    "tests/fuzz/stray_fuzz.cpp": LICENCE,
    "tests/fuzz/corpus/known/seed": "x",
    "tests/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\nadd(a_test.cpp)\n",
    "ssh/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\nadd(@SSH@)\n",
    "tests/a_test.cpp": LICENCE + "TEST(Suite, Case) {}\n",
    "tests/b.bats": "# SPDX-License-Identifier: Apache-2.0\n" + '@test "works" {\n  sleep 1\n  echo $unquoted\n}\n',
}

FILES["ssh/CMakeLists.txt"] = FILES["ssh/CMakeLists.txt"].replace(
    "@SSH@", " ".join(name[4:] for name in FILES if name.startswith("ssh/")))

# What each lint must say, and nothing else: pieces of its lines, in order.
EXPECTED = {
    "layers": [
        'base/crypto.cpp:2: may not include <openssl/evp.h>', 'base/up.cpp:2: may not include "ssh/key.h"',
        'ssh/across.cpp:2: may not include "tokens/token.h"',
        "ssh/across.cpp:3: may not include <boost/asio.hpp>",
        "no longer needed, remove it: exception base/gone.cpp <zlib.h>",
        "agent/CMakeLists.txt:2: nothing outside tests/",
    ],
    "built": [
        "base/crypto.cpp: is in no", "agent/main.cpp: is in no",
        "tests/fuzz/stray_fuzz.cpp: is not registered", "tests/fuzz/stray_fuzz.cpp: has no seeds",
    ],
    "style": [
        "ssh/no_licence.cpp:1", "ssh/Camel.cpp: file names", "ssh/lambda.cpp:2", "ssh/lambda.cpp:3",
        "ssh/long_file.cpp: 501 lines", "ssh/long_function.cpp:3: Thing::go has 71 lines",
        "ssh/no_guard.h:1", "ssh/switch.cpp:3", "no longer needed, remove it: style file ssh/gone.cpp",
    ],
    "banned": [
        "ssh/banned.cpp:2: system", "ssh/banned.cpp:2: atoi", "ssh/banned.cpp:3: getenv",
        "ssh/banned.cpp:4: co_await", "ssh/banned.cpp:4: sleep_for", "ssh/words.cpp:2: unfinished",
        "ssh/words.cpp:3: names a path", "ssh/words.cpp:4: names a package registry",
    ],
    "claims": ["docs/claims.md:3: no such test", "docs/claims.md:4: claim 3 expected", "docs/claims.md:5: N. TEXT"],
    "includes": ["ssh/key.h:5: std::vector without <vector>", "ssh/key.h:6: std::nothing: say in",
                 'ssh/far.cpp:3: Token without "tokens/token.h"', "ssh/far.cpp:3: open_token without"],
    "links": ["README.md:1: no such file: docs/gone.md", "README.md:1: no such heading"],
    "shell": ["SC2086", "tests/b.bats:3: wait for the event"],
}


def make_tree(root):
    shutil.copytree(HERE, root / "tests/lint", ignore=shutil.ignore_patterns("__pycache__", "self_test.py"))
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    with open(root / "tests/lint/layers.txt", "a", encoding="utf-8") as file:
        file.write("exception base/gone.cpp <zlib.h>\n")
    (root / "tests/lint/exceptions.txt").write_text("style file ssh/gone.cpp # was split\n", encoding="utf-8")


def main():
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        make_tree(root)
        for lint, expected in EXPECTED.items():
            result = subprocess.run(
                [sys.executable, "-B", str(root / "tests/lint" / f"{lint}.py")],
                cwd=root, capture_output=True, text=True, check=False)
            # Links and rules of the real lints' own folder mean nothing in the small tree.
            found = [line for line in result.stdout.splitlines()
                     if not re.match(r"tests/lint/(?!layers.txt: no|exceptions.txt: no)", line)]
            if result.returncode != 1 or len(found) != len(expected) or any(
                    sum(piece in line for line in found) != 1 for piece in expected):
                problems.append(f"{lint}: expected {expected}, found:\n" + "\n".join(found) + result.stderr)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
