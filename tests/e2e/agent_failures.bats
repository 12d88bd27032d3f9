#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# What goes wrong between a request and its signature: a clear error, nothing lost, and the agent
# goes on.

bats_require_minimum_version 1.5.0
load helpers
load stack
load agent

setup() {
  sandbox_setup
  agent_setup
  make_key work sign
  echo content >"$HOME/file"
}
teardown() { sandbox_teardown; }

# signing_fails WORD: the signature under way fails with that reason, and leaves no file.
signing_fails() {
  run -255 wait "$signing_pid"
  [[ ! -e $HOME/file.sig ]]
  wait_until "$kDeadlineSeconds" has_pending 0
  assert_equal "$(last_refusal)" "$1"
}

signing_works() {
  begin_signing work "$HOME/file"
  touched_when_asked alice
  wait "$signing_pid"
  [[ -s $HOME/file.sig ]]
}

is_free() { control '{"command": "status"}' | jq -e '.tokens[0].busy == false' >/dev/null; }
driver_pid() { pgrep -P "$agent_pid" -f 'touchstone-token fido2'; }

@test "a client that hangs up ends its request" {
  begin_signing work "$HOME/file"
  timeout 20 touchstone-emulator ctl "$token_control" wait-touch alice
  pkill -TERM -P "$signing_pid" -x ssh-keygen
  wait_until "$kDeadlineSeconds" has_pending 0
  assert_equal "$(last_refusal)" cancelled
  signing_works
}

@test "cancel ends a request" {
  begin_signing work "$HOME/file"
  control "$(control '{"command": "status"}' |
    jq -c '{command: "cancel", request: .pending[0].number}')" | jq -e .ok
  signing_fails cancelled
  signing_works
}

@test "a driver that is killed costs one request" {
  begin_signing work "$HOME/file"
  timeout 20 touchstone-emulator ctl "$token_control" wait-touch alice
  kill -KILL "$(driver_pid)"
  signing_fails driver-died
  run -0 ssh-add -l
  # The token itself still waits for its touch and is busy for anybody else until it has it.
  wait_until "$kDeadlineSeconds" has_tokens 1
  token touch alice
  wait_until "$kDeadlineSeconds" is_free
  signing_works
}

@test "an agent that is killed leaves a socket and a journal the next one takes over" {
  begin_signing work "$HOME/file"
  timeout 20 touchstone-emulator ctl "$token_control" wait-touch alice
  kill -KILL "$agent_pid"
  run -255 wait "$signing_pid"
  [[ ! -e $HOME/file.sig && -S $agent_socket ]]
  start_agent
  wait_until "$kDeadlineSeconds" has_tokens 1
  : >"$watch_log"
  watch_agent
  signing_works
}

@test "SIGTERM ends what is under way and takes the socket away" {
  begin_signing work "$HOME/file"
  kill -TERM "$agent_pid"
  run -255 wait "$signing_pid"
  wait_until "$kDeadlineSeconds" has_ended "$agent_pid"
  [[ ! -e $agent_socket ]]
  grep -q '"cancelled"' "$XDG_STATE_HOME/touchstone/journal.jsonl"
}

@test "a second agent does not take the first one's socket" {
  run -1 timeout 20 touchstone-agent --token-driver "$token_driver"
  assert_contains "$output" "another agent listens there"
  assert_contains "$output" "hint:"
  run -0 ssh-add -l
  echo precious >"$HOME/precious"
  run -1 timeout 20 touchstone-agent -a "$HOME/precious"
  assert_equal "$(cat "$HOME/precious")" precious
}

@test "a broken configuration is named with its line" {
  printf '[touch]\ntimout = 3\n' >"$HOME/broken.toml"
  run -1 timeout 20 touchstone-agent -a "$HOME/other.sock" --config "$HOME/broken.toml"
  assert_contains "$output" "broken.toml:2"
  assert_contains "$output" "touch.timeout"
  run -1 timeout 20 touchstone-agent --config "$HOME/absent.toml"
  run -2 timeout 20 touchstone-agent --no-such-option
}

@test "a token that is unplugged ends the request, and is found again" {
  begin_signing work "$HOME/file"
  timeout 20 touchstone-emulator ctl "$token_control" wait-touch alice
  token unplug alice
  signing_fails token-removed
  run -255 timeout 20 ssh-keygen -Y sign -n file -f "$HOME/work.pub" "$HOME/file"
  assert_equal "$(last_refusal)" no-token
  token plug alice
  wait_until "$kDeadlineSeconds" has_tokens 1
  signing_works
}

@test "nobody who sees the prompt, no signature" {
  kill -TERM -- "-$background_pid"
  # A watcher is taken to come back for a moment after each answer: wait that out.
  wait_until "$kDeadlineSeconds" nobody_watches
  assert_equal "$(last_refusal)" no-prompt
}
nobody_watches() {
  timeout 1 ssh-keygen -Y sign -n file -f "$HOME/work.pub" "$HOME/file" 2>/dev/null </dev/null
  [[ $(last_refusal) == no-prompt ]]
}
