#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# Stock ssh logs in to stock sshd with a token key.

bats_require_minimum_version 1.5.0
load helpers
load stack
load agent
load sshd

setup() {
  sandbox_setup
  agent_setup
  make_key home login
  start_sshd server "$HOME/home.pub"
}
teardown() { sandbox_teardown; }

begin_login() {
  ssh_to server 127.0.0.1 echo logged in >"$BATS_TEST_TMPDIR/login.log" 2>&1 3>&- &
  login_pid=$!
  wait_until "$kDeadlineSeconds" has_pending 1
}

@test "stock ssh logs in to stock sshd with a token key, to a host that proved itself" {
  begin_login
  touched_when_asked alice
  wait "$login_pid"
  assert_equal "$(cat "$BATS_TEST_TMPDIR/login.log")" "logged in"
  grep -qF "log in to ${sshd_host_key[server]} as" "$watch_log"
  run -1 grep -q 'not bound' "$watch_log"
}

@test "other clients are answered while the touch for a login is pending" {
  make_key work sign
  begin_login
  timeout 20 touchstone-emulator ctl "$token_control" wait-touch alice >/dev/null
  run -0 timeout 20 ssh-add -l
  assert_contains "$output" "home (ED25519-SK)"
  assert_contains "$output" "work (ED25519-SK)"
  run -0 timeout 20 ssh-add -L
  assert_contains "$output" "$(cat "$HOME/home.pub")"
  # A refusal does not wait for the token either.
  echo content >"$HOME/file"
  run -255 timeout 20 ssh-keygen -Y sign -n git -f "$HOME/work.pub" "$HOME/file"
  assert_equal "$(last_refusal)" denied
  assert_equal "$(control '{"command": "status"}' | jq -r '.pending[].state')" waiting-touch
  token touch alice
  wait "$login_pid"
  assert_equal "$(cat "$BATS_TEST_TMPDIR/login.log")" "logged in"
}

@test "a login that nobody touches the token for is no login" {
  begin_login
  control "$(control '{"command": "status"}' |
    jq -c '{command: "cancel", request: .pending[0].number}')" | jq -e .ok
  run -255 wait "$login_pid"
  assert_contains "$(cat "$BATS_TEST_TMPDIR/login.log")" "Permission denied"
  assert_equal "$(last_refusal)" cancelled
}

@test "stock ssh logs in with a certificate that lies beside the key, to a host that trusts its CA only" {
  ssh-keygen -q -t ed25519 -N '' -f "$HOME/ca"
  ssh-keygen -q -s "$HOME/ca" -I badge -z 7 -n "$(id -un)" "$HOME/home.pub"
  cp "$HOME/home-cert.pub" "$XDG_DATA_HOME/touchstone/keys/"
  control '{"command": "reload"}' | jq -e .ok
  run -0 ssh-add -L
  assert_contains "$output" "$(cut -d' ' -f1,2 "$HOME/home-cert.pub")"
  printf 'cert-authority %s\n' "$(cat "$HOME/ca.pub")" >"$HOME/trusted"
  start_sshd trusting "$HOME/trusted"
  touched_when_asked alice &
  run -0 ssh_to trusting 127.0.0.1 echo logged in
  assert_contains "$output" "logged in"
  grep -q '"7, badge"' "$watch_log"
  grep -q 'Accepted publickey.*ED25519-SK-CERT.*ID badge (serial 7)' "$BATS_TEST_TMPDIR/trusting.log"
}
