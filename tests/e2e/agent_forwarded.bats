#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# The agent forwarded by stock `ssh -A` to a stock sshd: what can be asked of it from there.

bats_require_minimum_version 1.5.0
load helpers
load stack
load agent
load sshd

setup() {
  sandbox_setup
  agent_setup
  make_key work sign
  make_key home login
  ssh-keygen -q -t ed25519 -N '' -f "$HOME/software"
  # The way to the gateway is the software key's, so that each touch below is for what was asked there.
  start_sshd gateway "$HOME/software.pub"
  start_sshd beyond "$HOME/home.pub"
  mkdir -m 700 "$BATS_TEST_TMPDIR/gateway-run"
}
teardown() { sandbox_teardown; }

# at_gateway COMMAND… runs it in a session to which the agent is forwarded.
# The gateway is this machine as well: its own runtime folder keeps the session from the agent's
# socket, and leaves it the one that sshd made.
at_gateway() {
  local script=$BATS_TEST_TMPDIR/at-gateway
  {
    export -p | grep -E '^declare -x (HOME|PATH|XDG_[A-Z_]+|GIT_[A-Z_]+|LC_ALL|TZ|ASAN_OPTIONS)='
    printf 'export XDG_RUNTIME_DIR=%q\n' "$BATS_TEST_TMPDIR/gateway-run"
    # shellcheck disable=SC2016  # the session expands it
    printf '[[ -S $SSH_AUTH_SOCK && $SSH_AUTH_SOCK != %q ]] || exit 99\n' "$agent_socket"
    declare -f ssh_to
    declare -p sshd_port known_hosts
    printf 'cd %q && %s\n' "$PWD" "${*@Q}"
  } >"$script"
  ssh_to gateway -A -i "$HOME/software" -o IdentitiesOnly=yes 127.0.0.1 bash "$script"
}

# begin_onward asks at the gateway for a login to the host beyond, and leaves it waiting.
begin_onward() {
  at_gateway ssh_to beyond 127.0.0.1 echo arrived >"$BATS_TEST_TMPDIR/onward.log" 2>&1 3>&- &
  onward_pid=$!
  wait_until "$kDeadlineSeconds" has_pending 1
}

last_reason() { control '{"command": "status"}' | jq -r '.refusals[-1].error.context'; }

# policy LINE… for logins over a forwarded connection
policy() {
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[policy.%s.forwarded]\n%s\n' "$1" "$2" >"$XDG_CONFIG_HOME/touchstone/config.toml"
  control '{"command": "reload"}' | jq -e .ok
}

@test "over a forwarded connection the keys are listed" {
  run -0 at_gateway ssh-add -l
  assert_contains "$output" "work (ED25519-SK)"
  assert_contains "$output" "home (ED25519-SK)"
  run -0 at_gateway ssh-add -L
  assert_contains "$output" "$(cat "$HOME/work.pub")"
}

@test "over a forwarded connection a key is not tested" {
  run -1 at_gateway ssh-add -T "$HOME/home.pub"
  assert_contains "$output" "Agent signature failed"
  assert_equal "$(last_refusal)" denied
  assert_equal "$(last_reason)" "purpose test, role login, over a forwarded connection"
}

@test "over a forwarded connection a file is not signed, and the reason is kept" {
  echo content >"$HOME/file"
  run -255 at_gateway ssh-keygen -Y sign -n file -f "$HOME/work.pub" "$HOME/file"
  assert_contains "$output" "agent refused operation"
  [[ ! -e $HOME/file.sig ]]
  assert_equal "$(last_refusal)" denied
  assert_equal "$(last_reason)" "purpose file, role sign, over a forwarded connection"
  # Nobody was bothered with it.
  assert_equal "$(pending)" 0
  run -1 grep -q 'in namespace: file' "$watch_log"
}

@test "over a forwarded connection a commit is not signed, and git says why" {
  make_repository "$HOME/repository"
  cd "$HOME/repository"
  use_key . work
  run ! at_gateway git commit -q --allow-empty -m 'from elsewhere'
  assert_contains "$output" \
    "refused by policy"
  assert_contains "$output" "purpose commit, role sign, over a forwarded connection"
  assert_contains "$output" "hint: "
  run ! git rev-parse -q --verify HEAD
  # The same commit, asked for here, is signed.
  touched_when_asked alice &
  git commit -q --allow-empty -m 'from here'
  assert_equal "$(git log --format=%s)" 'from here'
}

@test "over a forwarded connection unknown data is not signed" {
  run ! at_gateway ssh-add -T "$HOME/home.pub"
  assert_equal "$(last_refusal)" denied
}

@test "over a forwarded connection a login onward takes a touch, on a prompt that says so" {
  begin_onward
  timeout 20 touchstone-emulator ctl "$token_control" wait-touch alice >/dev/null
  local request
  request=$(control '{"command": "status"}' | jq -c '.pending[0]')
  assert_equal "$(jq -r .headline <<<"$request")" \
    "log in to ${sshd_host_key[beyond]} as $(id -un)"
  assert_equal "$(jq -r .client.forwarded <<<"$request")" true
  fact() { jq -r --arg wanted "$1" '.facts[] | select(.label == $wanted) | .value + " " + .source'; }
  assert_equal "$(fact "host key" <<<"$request")" "${sshd_host_key[beyond]} verified"
  assert_equal "$(fact "asked through host" <<<"$request")" "${sshd_host_key[gateway]} verified"
  assert_equal "$(fact user <<<"$request")" "$(id -un) verified"
  # What a person sees.
  run -0 touchstone status
  assert_contains "$output" "${sshd_host_key[beyond]}"
  start_background people touchstone watch
  wait_for_line "$BATS_TEST_TMPDIR/people.log" "log in to ${sshd_host_key[beyond]//+/.}"
  wait_for_line "$BATS_TEST_TMPDIR/people.log" 'over a forwarded connection'
  [[ ! -s $BATS_TEST_TMPDIR/onward.log ]]
  token touch alice
  wait "$onward_pid"
  assert_equal "$(cat "$BATS_TEST_TMPDIR/onward.log")" arrived
  tail -n 1 "$XDG_STATE_HOME/touchstone/journal.jsonl" | jq -e '.type == "success"'
}

@test "over a forwarded connection a login is denied where policy says so" {
  policy login 'login = "deny"'
  run ! at_gateway ssh_to beyond 127.0.0.1 echo arrived
  assert_contains "$output" "Permission denied"
  refute_contains "$output" arrived
  assert_equal "$(last_refusal)" denied
  assert_equal "$(last_reason)" "purpose login, role login, over a forwarded connection"
}

@test "over a forwarded connection a file is signed where policy lets it" {
  policy sign 'file = "touch"'
  echo content >"$HOME/file"
  touched_when_asked alice &
  run -0 at_gateway ssh-keygen -Y sign -n file -f "$HOME/work.pub" "$HOME/file"
  run -0 ssh-keygen -Y check-novalidate -n file -s "$HOME/file.sig" <"$HOME/file"
}

@test "over a forwarded connection no command but status is taken" {
  run -0 at_gateway touchstone status
  assert_contains "$output" work
  local command
  for command in "key new other" "key remove --yes work" "key export work" "cancel 1" watch; do
    # shellcheck disable=SC2086  # several words
    run -4 --separate-stderr at_gateway touchstone $command
    assert_contains "$stderr" "error: over a forwarded connection: refused by policy"
  done
  run -0 ssh-add -l
  assert_contains "$output" work
}

@test "over a forwarded connection a login ends when the session does" {
  begin_onward
  timeout 20 touchstone-emulator ctl "$token_control" wait-touch alice >/dev/null
  kill -TERM "$(pgrep -P "$onward_pid" -x timeout)"
  wait_until "$kDeadlineSeconds" has_pending 0
  assert_equal "$(last_refusal)" cancelled
  run ! wait "$onward_pid"
}
