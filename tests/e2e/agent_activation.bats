#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# The agent under a service manager: the socket that it is handed, and what it tells back. The
# manager is systemd's own systemd-socket-activate, which needs no systemd that runs.

bats_require_minimum_version 1.5.0
load helpers
load stack
load agent

setup() {
  sandbox_setup
  passed_socket=$BATS_TEST_TMPDIR/passed.sock
}
teardown() { sandbox_teardown; }

# activate [LISTEN…] -- OPTION… has systemd-socket-activate start the agent, which it does on the
# first connection. It starts programs in an environment of its own.
activate() {
  local variable arguments=()
  while [[ $1 != -- ]]; do
    arguments+=("$1")
    shift
  done
  shift
  for variable in HOME PATH XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME \
    NOTIFY_SOCKET ASAN_OPTIONS; do
    [[ ! -v $variable ]] || arguments+=(-E "$variable=${!variable}")
  done
  start_background agent systemd-socket-activate "${arguments[@]}" touchstone-agent "$@"
  agent_pid=$background_pid
  wait_for_line "$BATS_TEST_TMPDIR/agent.log" '^Listening on '
}

activate_with_token() {
  start_tokens name=alice,touch=button
  activate -l "$passed_socket" -- --token-driver "$token_driver"
  agent_socket=$passed_socket
  export SSH_AUTH_SOCK=$agent_socket
  wait_until "$kDeadlineSeconds" has_tokens 1
  watch_agent
}

knock() {
  python3 - "$passed_socket" "$1" <<'PYTHON'
import socket, sys
with socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2])) as connection:
    connection.connect(sys.argv[1])
    connection.send(b"x")
PYTHON
}

# fails_to_start OPTION… shows what the agent says that the manager starts on the first connection.
fails_to_start() {
  activate "$@" -- --token-driver /bin/true
  knock "${socket_type:-SOCK_STREAM}"
  wait_until "$kDeadlineSeconds" has_ended "$agent_pid"
  output=$(cat "$BATS_TEST_TMPDIR/agent.log")
  assert_contains "$output" $'\nerror: '
  assert_contains "$output" $'\nhint: '
  [[ ! -e $XDG_RUNTIME_DIR/touchstone/agent.sock ]]
}

# listen_for_notices keeps what a service would tell its manager, one line a datagram, in notices.log.
listen_for_notices() {
  export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify.sock
  start_background notices python3 -uc 'import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print("listens")
while True:
    print(manager.recv(4096).decode().replace("\n", " "))' "$NOTIFY_SOCKET"
  notices=$BATS_TEST_TMPDIR/notices.log
  wait_for_line "$notices" '^listens$'
}

@test "on a socket that was passed, keys are listed and a file is signed" {
  activate_with_token
  make_key work sign
  run -0 ssh-add -l
  assert_contains "$output" "work (ED25519-SK)"
  echo content >"$HOME/file"
  begin_signing work "$HOME/file"
  touched_when_asked alice
  wait "$signing_pid"
  run -0 ssh-keygen -Y check-novalidate -n file -s "$HOME/file.sig" <"$HOME/file"
}

@test "a socket that was passed is the only one, and status names it" {
  activate_with_token
  [[ ! -e $XDG_RUNTIME_DIR/touchstone/agent.sock ]]
  assert_equal "$(control '{"command": "status"}' | jq -r .agent.socket)" "$passed_socket"
}

@test "a socket that was passed is left where it is" {
  activate_with_token
  kill -TERM "$agent_pid"
  wait_until "$kDeadlineSeconds" has_ended "$agent_pid"
  [[ -S $passed_socket ]]
  grep -q '"agent-stop"' "$XDG_STATE_HOME/touchstone/journal.jsonl"
}

@test "two sockets are an error that says so" {
  fails_to_start -l "$passed_socket" -l "$BATS_TEST_TMPDIR/second.sock"
  assert_contains "$output" "2 descriptors were passed, the agent takes one"
}

@test "a datagram socket is an error that says so" {
  socket_type=SOCK_DGRAM fails_to_start -d -l "$passed_socket"
  assert_contains "$output" "not a listening local stream socket"
}

@test "a network socket is an error that says so" {
  run -2 --separate-stderr python3 - <<'PYTHON'
import os, socket
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
os.dup2(listener.fileno(), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp("touchstone-agent", ["touchstone-agent"])
PYTHON
  assert_contains "$stderr" "error: socket activation: what was passed is not a listening local"
}

@test "a socket for another process is not taken, and the error says whose it is" {
  LISTEN_FDS=1 LISTEN_PID=1 run -2 --separate-stderr timeout 20 touchstone-agent
  assert_contains "$stderr" "error: socket activation: LISTEN_PID is 1, this process is "
  [[ ! -e $XDG_RUNTIME_DIR/touchstone/agent.sock ]]
}

@test "nonsense in the manager's variables is an error" {
  # shellcheck disable=SC2016  # the inner shell expands them
  run -1 --separate-stderr timeout 20 sh -c 'LISTEN_FDS=many LISTEN_PID=$$ exec touchstone-agent'
  assert_contains "$stderr" "error: socket activation: "
  LISTEN_FDS=1 LISTEN_PID=none run -1 --separate-stderr timeout 20 touchstone-agent
  assert_contains "$stderr" "error: socket activation: "
}

@test "the manager is told when the socket listens, and when the agent stops" {
  listen_for_notices
  start_tokens name=alice,touch=button
  start_background agent touchstone-agent --token-driver "$token_driver"
  wait_for_line "$notices" '^READY=1$'
  # Once, and without waiting: a unit that is ordered after the agent connects right away.
  agent_socket=$XDG_RUNTIME_DIR/touchstone/agent.sock
  accepts_connections "$agent_socket"
  run -1 grep STOPPING "$notices"
  kill -TERM "$background_pid"
  wait_until "$kDeadlineSeconds" has_ended "$background_pid"
  wait_for_line "$notices" '^STOPPING=1$'
  assert_equal "$(cat "$notices")" $'listens\nREADY=1\nSTOPPING=1'
}

@test "the manager is told that the agent stops before what is under way has ended" {
  listen_for_notices
  agent_setup
  make_key work sign
  echo content >"$HOME/file"
  begin_signing work "$HOME/file"
  kill -TERM "$agent_pid"
  wait_for_line "$notices" '^STOPPING=1$'
  run -255 wait "$signing_pid"
  wait_until "$kDeadlineSeconds" has_ended "$agent_pid"
}

@test "an agent that does not start never says that it is ready" {
  listen_for_notices
  printf '[touch]\ntimout = 3\n' >"$HOME/broken.toml"
  run -1 timeout 20 touchstone-agent --config "$HOME/broken.toml"
  assert_equal "$(cat "$notices")" listens
}

@test "programs that the agent starts do not get the manager's variables" {
  listen_for_notices
  start_tokens name=alice,touch=button
  # The driver's own wrapper says what it was given.
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nenv >"%s"\nexec "%s" "$@"\n' "$BATS_TEST_TMPDIR/driver.environment" \
    "$token_driver" >"$BATS_TEST_TMPDIR/noting-driver"
  chmod 700 "$BATS_TEST_TMPDIR/noting-driver"
  activate -l "$passed_socket" -- --token-driver "$BATS_TEST_TMPDIR/noting-driver"
  agent_socket=$passed_socket
  wait_until "$kDeadlineSeconds" has_tokens 1
  run -1 grep -E '^(NOTIFY_SOCKET|LISTEN_)' "$BATS_TEST_TMPDIR/driver.environment"
}
