# SPDX-License-Identifier: Apache-2.0
"""The systemd units load without a warning, keep the socket to its owner, and are hardened."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "udev"
# What systemd-analyze calls the exposure of the service, 0 to 10, times ten; raise it only with a
# reason in the unit.
EXPOSURE_MAX = 60


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, **more)


def copy_units(built, folder):
    """Both units, with a program that exists where the agent will be installed."""
    service = (built / "touchstone-agent.service").read_text(encoding="utf-8")
    assert "@" not in service.replace("~@", "").replace("=@", "").replace(" @", ""), service
    lines = ["ExecStart=/bin/true" if line.startswith("ExecStart=") else line
             for line in service.splitlines()]
    (folder / "touchstone-agent.service").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copy(SOURCE / "touchstone-agent.socket", folder)


def check_socket():
    lines = (SOURCE / "touchstone-agent.socket").read_text(encoding="utf-8").splitlines()
    for wanted in ("ListenStream=%t/touchstone/agent.sock", "SocketMode=0600",
                   "DirectoryMode=0700", "RemoveOnStop=yes"):
        assert wanted in lines, f"touchstone-agent.socket has no {wanted}"


def check_service(built):
    """The agent says itself when it listens (tests/e2e/agent_activation.bats), and takes one socket."""
    lines = (built / "touchstone-agent.service").read_text(encoding="utf-8").splitlines()
    for wanted in ("Type=notify", "Requires=touchstone-agent.socket", "LimitCORE=0"):
        assert wanted in lines, f"touchstone-agent.service has no {wanted}"
    socket = (SOURCE / "touchstone-agent.socket").read_text(encoding="utf-8")
    assert socket.count("\nListen") == 1, "the agent takes one socket only"
    started = [line for line in lines if line.startswith("ExecStart=")]
    # A program in between would be the one that LISTEN_PID names.
    assert len(started) == 1 and started[0].endswith("/touchstone-agent"), started


def check_loads(folder):
    for unit in ("touchstone-agent.socket", "touchstone-agent.service"):
        result = run("systemd-analyze", "--user", "--man=no", "verify", str(folder / unit),
                     env={"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder),
                          "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        said = [line for line in result.stderr.splitlines() if "touchstone" in line]
        assert result.returncode == 0 and not said, f"{unit}: {result.stderr}"


def check_security(folder):
    result = run("systemd-analyze", "security", "--offline=yes", "--json=short",
                 f"--threshold={EXPOSURE_MAX}", str(folder / "touchstone-agent.service"))
    assert result.returncode == 0, f"exposure above {EXPOSURE_MAX / 10}:\n{result.stdout}"
    findings = {one["json_field"]: one for one in json.loads(result.stdout)}
    for field in ("NoNewPrivileges", "MemoryDenyWriteExecute", "LockPersonality"):
        assert findings[field]["set"], f"{field} is not in force"


def main():
    check_socket()
    check_service(pathlib.Path(sys.argv[1]))
    if shutil.which("systemd-analyze") is None:
        print("skipped: no systemd-analyze (Debian package systemd)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy_units(pathlib.Path(sys.argv[1]), folder)
        check_loads(folder)
        check_security(folder)


main()
