#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# Many clients at once: the limit, what happens at it, and that those who wait cost nobody anything.

bats_require_minimum_version 1.5.0
load helpers
load stack
load agent

readonly kConnectionsMax=64

setup() {
  sandbox_setup
  agent_setup  # the watcher is one of the clients
  make_key work sign
  crowd_log=$BATS_TEST_TMPDIR/crowd.log
}
teardown() { sandbox_teardown; }

# crowd COUNT idle|slow
crowd() {
  start_background crowd "$TOUCHSTONE_SOURCE/tests/e2e/crowd.py" "$agent_socket" "$@"
  crowd_pid=$background_pid
  wait_for_line "$crowd_log" "^in $1\$"
}

lists_keys() { timeout 20 ssh-add -l 2>/dev/null | grep -q work; }

# at_the_door connects, says nothing and prints what comes: nothing when the connection is closed.
at_the_door() {
  python3 - "$agent_socket" <<'PYTHON'
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    connection.settimeout(20)
    print(connection.recv(1))
PYTHON
}

@test "the one client too many is closed at once, and the others go on" {
  crowd $((kConnectionsMax - 1)) idle
  run -0 at_the_door
  assert_equal "$output" "b''"
  wait_for_line "$BATS_TEST_TMPDIR/agent.log" \
    "refused a connection: there are $kConnectionsMax already"
  run ! timeout 20 ssh-add -l
  refute_contains "$output" work
  kill -USR2 "$crowd_pid"
  wait_for_line "$crowd_log" "^answered $((kConnectionsMax - 1))\$"
  kill -0 "$crowd_pid"
}

@test "the client before the limit is answered" {
  crowd $((kConnectionsMax - 2)) idle
  run -0 timeout 20 ssh-add -l
  assert_contains "$output" work
}

@test "when one has left there is room for another, as often as one likes" {
  crowd $((kConnectionsMax - 1)) idle
  run ! lists_keys
  kill -USR1 "$crowd_pid"
  wait_for_line "$crowd_log" "^left $((kConnectionsMax - 2))\$"
  wait_until "$kDeadlineSeconds" lists_keys
  local i
  for ((i = 0; i < 5; i++)); do
    wait_until "$kDeadlineSeconds" lists_keys
  done
}

@test "a file is signed while sixty idle and slow clients hang there" {
  crowd 60 slow
  echo content >"$HOME/file"
  begin_signing work "$HOME/file"
  run -0 timeout 20 ssh-add -l
  assert_contains "$output" work
  touched_when_asked alice
  wait "$signing_pid"
  run -0 ssh-keygen -Y check-novalidate -n file -s "$HOME/file.sig" <"$HOME/file"
  kill -USR2 "$crowd_pid"
  wait_for_line "$crowd_log" '^answered 30$'
}

@test "a crowd does not keep the agent from ending" {
  crowd $((kConnectionsMax - 1)) slow
  kill -TERM "$agent_pid"
  wait_until "$kDeadlineSeconds" has_ended "$agent_pid"
  [[ ! -e $agent_socket ]]
}
