#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154  # variables of the helpers; each test has its own
# What other processes can do to the agent that runs. To be another user takes root: the agent runs
# as nobody then, and tests that need that are skipped for everybody else.

bats_require_minimum_version 1.5.0
load helpers
load agent

readonly kOwner=65534 kStranger=1  # nobody and daemon on Debian

setup() {
  sandbox_setup
  place=$(mktemp -d "${TMPDIR:-/tmp}/touchstone-hardening.XXXXXX")
  chmod 755 "$place"
}
teardown() {
  sandbox_teardown
  rm -rf "$place"
}

# Programs on the rest of PATH may be for the one who runs the tests alone.
as() { setpriv --reuid="$1" --regid="$1" --clear-groups env PATH=/usr/bin:/bin "${@:2}"; }
as_owner() { as "$kOwner" "$@"; }

# start_owned starts the agent as nobody, from a place where nobody can read its program.
start_owned() {
  [[ $EUID -eq 0 ]] || skip "not root: nobody else can be the agent's user or a stranger"
  install -m 755 -t "$place" "$TOUCHSTONE_BIN/touchstone-agent" "$TOUCHSTONE_BIN/touchstone-token"
  install -d -m 700 -o "$kOwner" -g "$kOwner" "$place/home"
  agent_socket=$place/home/touchstone/agent.sock
  start_background agent setpriv --reuid="$kOwner" --regid="$kOwner" --clear-groups \
    env HOME="$place/home" XDG_RUNTIME_DIR="$place/home" XDG_CONFIG_HOME="$place/home/config" \
    XDG_DATA_HOME="$place/home/data" XDG_STATE_HOME="$place/home/state" "$place/touchstone-agent"
  agent_pid=$background_pid
  wait_for_socket "$agent_socket"
  assert_equal "$(ps -o uid= -p "$agent_pid" | tr -d ' ')" "$kOwner"
}

# start_plain starts a program of the same user that has nothing to hide: what works on it, and not
# on the agent, is the agent's own doing.
start_plain() {
  start_background plain setpriv --reuid="$kOwner" --regid="$kOwner" --clear-groups sleep 600
  plain_pid=$background_pid
  wait_until "$kDeadlineSeconds" as_owner test -r "/proc/$plain_pid/environ"
}

# attach PID tries to trace it, and prints what came of it.
attach() {
  as_owner python3 - "$1" <<'PYTHON'
import ctypes, errno, os, sys
PTRACE_SEIZE, PTRACE_ATTACH = 0x4206, 16
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
for request in (PTRACE_SEIZE, PTRACE_ATTACH):
    done = libc.ptrace(request, pid, None, None)
    print("attached" if done == 0 else errno.errorcode[ctypes.get_errno()])
    if done == 0:
        break
PYTHON
}

# read_memory PID tries to read its memory without tracing it.
read_memory() {
  as_owner python3 - "$1" <<'PYTHON'
import ctypes, errno, sys
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(1)
here, there = Vector(ctypes.addressof(room), 1), Vector(4096, 1)
libc.process_vm_readv(int(sys.argv[1]), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
print(errno.errorcode[ctypes.get_errno()])
PYTHON
}

# list_as UID asks for the keys as that user; there are none.
list_as() { as "$1" env SSH_AUTH_SOCK="$agent_socket" timeout 20 ssh-add -l; }

@test "the agent leaves no core, gets no privileges, and its driver neither" {
  start_background agent touchstone-agent
  agent_pid=$background_pid
  agent_socket=$XDG_RUNTIME_DIR/touchstone/agent.sock
  wait_for_socket "$agent_socket"
  wait_until "$kDeadlineSeconds" pgrep -P "$agent_pid" -f 'touchstone-token fido2'
  local pid
  for pid in "$agent_pid" "$(pgrep -P "$agent_pid" -f 'touchstone-token fido2')"; do
    assert_equal "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$pid/limits")" "0 0"
    wait_until "$kDeadlineSeconds" grep -qP '^NoNewPrivs:\t1$' "/proc/$pid/status"
  done
}

@test "the agent dumps no core when it crashes" {
  # The limit is as high as it goes: the agent lowers it, for good.
  run -0 --separate-stderr timeout 60 python3 - "$BATS_TEST_TMPDIR" <<'PYTHON'
import os, resource, signal, socket, subprocess, sys
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
path = os.path.join(sys.argv[1], "crash.sock")
agent = subprocess.Popen(["touchstone-agent", "-s", "-a", path], cwd=sys.argv[1],
                         stdout=subprocess.PIPE)
agent.stdout.readline()
os.kill(agent.pid, signal.SIGABRT)  # which AddressSanitizer leaves alone
status = os.waitpid(agent.pid, 0)[1]
print(os.WTERMSIG(status), os.WCOREDUMP(status))
PYTHON
  assert_equal "$output" "6 False"
  [[ -z $(find "$BATS_TEST_TMPDIR" -name 'core*') ]]
}

@test "the agent's /proc is root's, and its user reads nothing there" {
  start_owned
  start_plain
  assert_equal "$(stat -c %u "/proc/$plain_pid/environ")" "$kOwner"
  assert_equal "$(stat -c %u "/proc/$agent_pid/environ")" 0
  local file
  for file in environ maps mem auxv; do
    as_owner dd if="/proc/$plain_pid/$file" of=/dev/null count=0 status=none
    run ! as_owner dd if="/proc/$agent_pid/$file" of=/dev/null count=0 status=none
    assert_contains "$output" "Permission denied"
  done
  as_owner ls "/proc/$plain_pid/fd" >/dev/null
  run ! as_owner ls "/proc/$agent_pid/fd"
  assert_contains "$output" "Permission denied"
}

@test "another process of the same user can neither trace the agent nor read its memory" {
  start_owned
  start_plain
  assert_equal "$(read_memory "$plain_pid")" EFAULT
  assert_equal "$(read_memory "$agent_pid")" EPERM
  assert_equal "$(attach "$agent_pid")" $'EPERM\nEPERM'
  run ! as_owner timeout 20 strace -p "$agent_pid" -e trace=none
  assert_contains "$output" "Operation not permitted"
  run -1 list_as "$kOwner"
  assert_contains "$output" "no identities"
  [[ $(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0) -eq 0 ]] ||
    skip "yama forbids all tracing: that the agent does could not be told apart"
  assert_equal "$(attach "$plain_pid")" attached
}

@test "another user does not reach the socket" {
  start_owned
  assert_equal "$(stat -c %a "$agent_socket")" 600
  assert_equal "$(stat -c %a "${agent_socket%/*}")" 700
  run -2 list_as "$kStranger"
  assert_contains "$output" "Permission denied"
  run -1 grep refused "$BATS_TEST_TMPDIR/agent.log"
}

@test "another user whom the permissions let through is refused, by the agent itself" {
  start_owned
  chmod 755 "$place/home" "${agent_socket%/*}"
  chmod 666 "$agent_socket"
  run ! list_as "$kStranger"
  refute_contains "$output" "no identities"
  wait_for_line "$BATS_TEST_TMPDIR/agent.log" "refused a connection from user $kStranger"
  # Not one byte comes back, whatever is sent.
  run -0 as "$kStranger" python3 - "$agent_socket" <<'PYTHON'
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    try:
        connection.sendall(bytes.fromhex("000000010b"))
        print(connection.recv(1))
    except (BrokenPipeError, ConnectionResetError):
        print(b"")
PYTHON
  assert_equal "$output" "b''"
  run -1 list_as "$kOwner"
  assert_contains "$output" "no identities"
  # Root could do all that the owner can, and is let in.
  run -1 list_as 0
  assert_contains "$output" "no identities"
}
