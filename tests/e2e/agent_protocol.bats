#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# The agent as stock OpenSSH clients see it.

bats_require_minimum_version 1.5.0
load helpers
load stack
load agent

setup() {
  sandbox_setup
  agent_setup
}
teardown() { sandbox_teardown; }

@test "ssh-add lists the keys" {
  make_key work sign
  make_key home login
  run -0 ssh-add -l
  assert_contains "$output" "work (ED25519-SK)"
  assert_contains "$output" "home (ED25519-SK)"
  run -0 ssh-add -L
  assert_contains "$output" "$(cat "$HOME/work.pub")"
}

@test "ssh-add -T tests login and signing keys for a touch, and says so" {
  make_key home login
  make_key work sign
  local key finger
  for key in home work; do
    touched_when_asked alice &
    finger=$!
    run -0 ssh-add -T "$HOME/$key.pub"
    wait "$finger"
  done
  grep -q '"test this key (ssh-add -T): 1024 random bytes"' "$watch_log"
  assert_equal "$(grep -c '"purpose":"test"' "$XDG_STATE_HOME/touchstone/journal.jsonl")" 2
}

@test "ssh-add -T is refused where policy says so" {
  make_key home login
  make_key releases release
  run -1 ssh-add -T "$HOME/releases.pub"
  assert_equal "$(last_refusal)" wrong-role
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[policy.login]\ntest = "deny"\n[policy.sign]\ntest = "deny"\n' \
    >"$XDG_CONFIG_HOME/touchstone/config.toml"
  control '{"command": "reload"}' | jq -e .ok
  run -1 ssh-add -T "$HOME/home.pub"
  assert_equal "$(last_refusal)" denied
}

@test "keys are not taken from clients, and ssh-add -D hides ours until the next reload" {
  make_key work sign
  ssh-keygen -q -t ed25519 -N '' -f "$HOME/software"
  run -1 ssh-add "$HOME/software"
  run -0 ssh-add -D
  run -1 ssh-add -l
  control '{"command": "reload"}' | jq -e .ok
  run -0 ssh-add -l
  assert_contains "$output" work
}

@test "ssh-keygen signs a file after a touch, and its signature is good" {
  make_key work sign
  echo content >"$HOME/file"
  begin_signing work "$HOME/file"
  touched_when_asked alice
  wait "$signing_pid"
  printf 'a@example.org %s\n' "$(cat "$HOME/work.pub")" >"$HOME/signers"
  run -0 ssh-keygen -Y verify -f "$HOME/signers" -I a@example.org -n file -s "$HOME/file.sig" \
    <"$HOME/file"
  assert_contains "$output" "Good \"file\" signature"
  grep -q '"unknown to the agent: only its hash was given"' "$watch_log"
}

@test "a bare hash in namespace git is refused, and the reason is kept" {
  make_key work sign
  echo content >"$HOME/file"
  run -255 timeout 20 ssh-keygen -Y sign -n git -f "$HOME/work.pub" "$HOME/file"
  [[ ! -e $HOME/file.sig ]]
  run -0 control '{"command": "status"}'
  assert_contains "$(jq -r '.refusals[-1].error.context' <<<"$output")" touchstone-git-sign
}

@test "a signing key does not log in" {
  make_key work sign
  # A login request as ssh makes it: session, message 50, user, service, method, key.
  run -0 python3 - "$HOME/work.pub" <<'PYTHON'
import base64, struct, sys
def s(b): return struct.pack(">I", len(b)) + b
key = base64.b64decode(open(sys.argv[1]).read().split()[1])
name = key[4:4 + struct.unpack(">I", key[:4])[0]]
data = (s(b"0" * 32) + b"\x32" + s(b"root") + s(b"ssh-connection") + s(b"publickey") + b"\x01" +
        s(name) + s(key))
print((b"\x0d" + s(key) + s(data) + s(b"")[:4]).hex())
PYTHON
  run -0 "$TOUCHSTONE_SOURCE/tests/e2e/control.py" "$agent_socket" raw "$output"
  assert_equal "$output" 05
  assert_equal "$(last_refusal)" wrong-role
}

@test "lock and unlock with a passphrase" {
  make_key work sign
  printf '#!/bin/sh\necho secret words\n' >"$HOME/askpass"
  printf '#!/bin/sh\necho other words\n' >"$HOME/wrong"
  chmod +x "$HOME/askpass" "$HOME/wrong"
  export SSH_ASKPASS_REQUIRE=force
  SSH_ASKPASS=$HOME/askpass run -0 ssh-add -x
  run -1 ssh-add -l
  run -0 control '{"command": "reload"}'
  assert_equal "$(jq -r .error.word <<<"$output")" denied
  SSH_ASKPASS=$HOME/wrong run -1 ssh-add -X
  SSH_ASKPASS=$HOME/askpass run -0 ssh-add -X
  run -0 ssh-add -l
}

@test "nonsense is answered or closed, never fatal" {
  run -0 "$TOUCHSTONE_SOURCE/tests/e2e/control.py" "$agent_socket" raw ff 0d 0d00000001 00 1b 16
  assert_equal "$output" $'05\n05\n05\n05\n05\n05'
  run ! "$TOUCHSTONE_SOURCE/tests/e2e/control.py" "$agent_socket" raw ''
  run -0 python3 - "$agent_socket" <<'PYTHON'
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    connection.sendall(b"\x7f\xff\xff\xff")
    assert connection.recv(1) == b""
PYTHON
  run -1 ssh-add -l
  assert_contains "$output" "no identities"
}

@test "a second client's listing is answered while a touch is pending" {
  make_key work sign
  echo content >"$HOME/file"
  begin_signing work "$HOME/file"
  run -0 timeout 20 ssh-add -l
  assert_contains "$output" work
  assert_equal "$(pending)" 1
  touched_when_asked alice
  wait "$signing_pid"
}
