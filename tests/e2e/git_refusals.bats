#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154  # variables of the helpers; each test has its own
# git commit when PIN, journal, configuration, socket or the object itself are not as they should
# be. What dies on the way to the token is in git_failures.bats.

bats_require_minimum_version 1.5.0
load helpers
load stack
load failing_git

setup() { sandbox_setup; }
teardown() { sandbox_teardown; }

# start_plain is one token, and a key that needs no PIN.
start_plain() {
  start_stack
  make_sign_key alice work
  prepare_repository
}

# use_pins makes a pinentry that answers with the lines of $HOME/pins, and declines when there are
# none left. To be called before the agent starts.
use_pins() {
  cat >"$HOME/pinentry" <<SCRIPT
#!/bin/bash
echo "OK ready"
while read -r verb _; do
  case \$verb in
    GETPIN)
      pin=\$(head -n 1 "$HOME/pins")
      sed -i 1d "$HOME/pins"
      if [[ -n \$pin ]]; then printf 'D %s\nOK\n' "\$pin"; else echo "ERR 83886179 cancelled"; fi ;;
    BYE) echo OK; exit ;;
    *) echo OK ;;
  esac
done
SCRIPT
  chmod 700 "$HOME/pinentry"
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[pin]\nprogram = "%s"\n[policy.sign]\ncommit = "touch+pin"\n' "$HOME/pinentry" \
    >"$XDG_CONFIG_HOME/touchstone/config.toml"
}
pins() { printf '%s\n' "$@" >"$HOME/pins"; }

# start_with_pin is a token alice with PIN 4711, which commits take, and bob unplugged.
start_with_pin() {
  use_pins
  start_tokens name=alice,touch=button name=bob,touch=button,plugged=no
  restart_agent
  pins 4711 4711
  touchstone pin set
  make_sign_key alice work
  pins 4711
  prepare_repository
}
replug() {
  token unplug "$1"
  wait_until "$kDeadlineSeconds" sees_tokens 0
  token plug "$1"
  wait_until "$kDeadlineSeconds" sees_tokens 1
}

@test "a wrong PIN, and no other given" {
  start_with_pin
  pins 0000
  run git commit -m second
  assert_refused "the PIN was not given" "nothing was signed; try again"
  assert_contains "$(touchstone status)" "7 tries left"
  pins 4711
  assert_next_commit_works
}

@test "wrong PINs until the token wants to be replugged, and until the last try, which is kept" {
  start_with_pin
  for _ in 1 2; do
    pins 0000 0000 0000 4711
    run git commit -m second
    assert_refused "too many wrong PINs in a row" "unplug the token, plug it in, and try again"
    assert_equal "$(<"$HOME/pins")" 4711
    replug alice
  done
  pins 0000 4711
  run git commit -m second
  assert_refused "one more wrong PIN would block the token" "if you are sure of the PIN, run: touchstone pin verify --last-try"
  # Not asked for either: the right one is still there.
  assert_equal "$(<"$HOME/pins")" 4711
  run git commit -m second
  assert_refused "one more wrong PIN would block the token" "if you are sure of the PIN"
  assert_equal "$(<"$HOME/pins")" 4711
  touchstone pin verify --last-try
  pins 4711
  assert_next_commit_works
}

@test "a blocked PIN, and the second token" {
  start_with_pin
  for _ in 1 2; do
    pins 0000 0000 0000
    run ! touchstone pin verify
    replug alice
  done
  pins 0000
  run ! touchstone pin verify
  pins 0000
  run ! touchstone pin verify --last-try
  pins 4711
  run git commit -m second
  assert_refused "the token's PIN is blocked" "only a reset of the token helps"
  assert_equal "$(<"$HOME/pins")" 4711
  swap_tokens alice bob
  pins 4711 4711
  touchstone pin set
  make_sign_key bob second
  pins 4711
  use_key . second
  assert_next_commit_works bob
}

@test "no space for the journal" {
  start_plain
  # A file that may grow no further is as full as the disk to whoever writes it.
  prlimit --pid "$agent_pid" --fsize="$(stat -c %s "$journal"):"
  run git commit -m second
  assert_refused "no space left" "free some space; nothing is signed while the journal cannot be written"
  token status | jq -e '.tokens[0].waiting == false'
  prlimit --pid "$agent_pid" --fsize=unlimited:
  assert_next_commit_works
}

@test "a broken configuration" {
  start_plain
  stop_background "$agent_pid"
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[touch]\ntimout = 3\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  run -1 timeout "$kDeadlineSeconds" touchstone-agent --token-driver "$token_driver"
  assert_contains "$output" "config.toml:2"
  assert_contains "$output" "hint: mend what is named"
  run git commit -m second
  assert_refused "no agent answers" "start it: "
  printf '[touch]\ntimeout = 20\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  restart_agent
  assert_next_commit_works
}

@test "a configuration that breaks while the agent runs changes nothing" {
  start_plain
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[touch]\ntimout = 3\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  kill -HUP "$agent_pid"
  wait_for_line "$BATS_TEST_TMPDIR/agent.log" 'config.toml:2'
  assert_next_commit_works
}

@test "the socket's path is taken by a file" {
  start_plain
  stop_background "$agent_pid"
  echo precious >"$agent_socket"
  run -1 timeout "$kDeadlineSeconds" touchstone-agent --token-driver "$token_driver"
  assert_contains "$output" "error: "
  assert_contains "$output" "$agent_socket"
  assert_contains "$output" "hint: "
  assert_equal "$(<"$agent_socket")" precious
  run git commit -m second
  assert_refused "no agent answers" "start it: "
  rm "$agent_socket"
  restart_agent
  assert_next_commit_works
}

@test "the socket's path is taken by another agent, which goes on" {
  start_plain
  begin_commit
  run -1 timeout "$kDeadlineSeconds" touchstone-agent --token-driver "$token_driver"
  assert_contains "$output" "error: "
  assert_contains "$output" "$agent_socket"
  assert_contains "$output" "another agent listens there"
  assert_contains "$output" "hint: stop it first, or choose another path with -a"
  # What waited for its touch before waits still.
  touchstone cancel "$(touchstone status --json | jq '.pending[0].number')"
  end_commit
  assert_refused "cancelled" "nothing was signed; ask again when you mean it"
  assert_next_commit_works
  run ! has_ended "$agent_pid"
}

@test "the socket's path is taken by somebody who is no agent" {
  start_plain
  stop_background "$agent_pid"
  start_background squatter python3 -c '
import socket, sys
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(sys.argv[1])
    listener.listen()
    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        except OSError:
            pass
' "$agent_socket"
  wait_for_socket "$agent_socket"
  run git commit -m second
  assert_refused "does not speak the protocol" "check that agent and programs are of one version"
  stop_background "$background_pid"
  restart_agent
  assert_next_commit_works
}

@test "an object larger than the limit" {
  start_plain
  { printf 'second\n\n'; head -c 245760 /dev/zero | tr '\0' x; } >"$HOME/message"
  run git commit -F "$HOME/message"
  assert_refused "larger than the limit" "see the limits in touchstone-agent(8)"
  assert_next_commit_works
}

@test "what is not a git object" {
  start_plain
  # git itself makes nothing else: something between git and our program does.
  # shellcheck disable=SC2016  # the script expands them
  printf '#!/bin/bash\necho hello >"${@: -1}"\nexec touchstone-git-sign "$@"\n' >"$HOME/between"
  chmod 700 "$HOME/between"
  run git -c gpg.ssh.program="$HOME/between" commit -m second
  assert_refused "not a git commit, tag or push certificate" "namespace git is kept for git objects"
  assert_next_commit_works
}

# meddle OLD NEW puts somebody between all clients and the agent who changes every OLD to NEW.
meddle() {
  stop_background "$agent_pid"
  start_background agent touchstone-agent -a "$HOME/real.sock" --token-driver "$token_driver"
  agent_pid=$background_pid
  wait_for_socket "$HOME/real.sock"
  start_background meddler "$TOUCHSTONE_SOURCE/tests/e2e/meddler.py" \
    "$agent_socket" "$HOME/real.sock" "$1" "$2"
  meddler_pid=$background_pid
  wait_for_socket "$agent_socket"
  start_watch
  somebody_watches
}
end_meddling() {
  stop_background "$meddler_pid"
  stop_background "$agent_pid"
  restart_agent
}

@test "an object that is changed on its way: the signature is for what was shown, and not taken" {
  start_plain
  meddle second forged
  begin_commit
  wait_for_line "$watch_log" forged
  token touch alice
  end_commit
  assert_refused "the signature does not verify" "do not use it"
  end_meddling
  assert_next_commit_works
}

@test "a hash that is changed on its way" {
  start_plain
  meddle sha512 sha256
  begin_commit
  token touch alice
  end_commit
  assert_refused "it is made with another hash" "do not use it"
  end_meddling
  assert_next_commit_works
}
