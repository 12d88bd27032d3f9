# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154  # variables of stack.bash and of the tests
# The agent with an emulated token and a watcher, asked without any program of ours.

control() { "$TOUCHSTONE_SOURCE/tests/e2e/control.py" "$agent_socket" "$1"; }
pending() { control '{"command": "status"}' | jq '.pending | length'; }
has_pending() { [[ $(pending) -eq $1 ]]; }
last_refusal() { control '{"command": "status"}' | jq -r '.refusals[-1].error.word'; }
has_tokens() { [[ $(control '{"command": "status"}' | jq '.tokens | length') -eq $1 ]]; }
# touched_when_asked NAME moves the finger once the token waits for it.
touched_when_asked() { timeout 20 touchstone-emulator ctl "$token_control" wait-touch "$1" &&
  token touch "$1"; } >/dev/null

watch_agent() {
  start_background watch "$TOUCHSTONE_SOURCE/tests/e2e/control.py" "$agent_socket" watch
  watch_log=$BATS_TEST_TMPDIR/watch.log
  wait_for_line "$watch_log" token-added
}

# agent_setup [OPTION…] is one token named alice with a button, the agent, and a watcher, in a sandbox.
agent_setup() {
  start_tokens name=alice,touch=button
  start_agent "$@"
  export SSH_AUTH_SOCK=$agent_socket
  wait_until "$kDeadlineSeconds" has_tokens 1
  watch_agent
}

# make_key NAME ROLE [VERIFY_REQUIRED] makes a key on the one token; NAME.pub is left in $HOME.
make_key() {
  local answer=$BATS_TEST_TMPDIR/key-new.json
  control '{"command": "key-new", "name": "'"$1"'", "role": "'"$2"'", "algorithm": "any",
    "resident": false, "verify_required": '"${3:-false}"', "token": "", "comment": "'"$1"'"}' \
    >"$answer" 3>&- &
  local pid=$!
  touched_when_asked alice
  # A key that always wants its PIN has a marker, which takes a touch of its own.
  [[ ${3:-false} == false ]] || touched_when_asked alice
  wait "$pid"
  jq -er .key.public_key "$answer" >"$HOME/$1.pub"
}

# begin_signing NAME FILE asks for a signature in namespace file and leaves ssh-keygen waiting.
begin_signing() {
  rm -f "$2.sig"
  timeout 60 ssh-keygen -Y sign -n file -f "$HOME/$1.pub" "$2" \
    >"$BATS_TEST_TMPDIR/sign.out" 2>&1 3>&- &
  signing_pid=$!
  wait_until "$kDeadlineSeconds" has_pending 1
}
