#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154  # variables of the helpers; each test has its own
# The agent when something runs out: tokens, time, space.

bats_require_minimum_version 1.5.0
load helpers
load stack
load agent

setup() { sandbox_setup; }
teardown() { sandbox_teardown; }

@test "a token that does not hold the key is not asked for a touch" {
  start_tokens name=alice,touch=button name=bob,touch=button,plugged=no
  start_agent
  export SSH_AUTH_SOCK=$agent_socket
  wait_until "$kDeadlineSeconds" has_tokens 1
  watch_agent
  make_key work sign
  token unplug alice
  token plug bob
  wait_until "$kDeadlineSeconds" has_only bob
  echo content >"$HOME/file"
  run -255 timeout 20 ssh-keygen -Y sign -n file -f "$HOME/work.pub" "$HOME/file"
  assert_equal "$(last_refusal)" wrong-token
  token plug alice
  wait_until "$kDeadlineSeconds" has_tokens 2
  begin_signing work "$HOME/file"
  touched_when_asked alice
  wait "$signing_pid"
}
has_only() { has_tokens 1 && ! token status | jq -e '.tokens[] | select(.name == "alice") | .plugged'; }

@test "a touch that does not come in time" {
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[touch]\ntimeout = 5\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  agent_setup
  make_key work sign
  echo content >"$HOME/file"
  run -255 timeout 30 ssh-keygen -Y sign -n file -f "$HOME/work.pub" "$HOME/file"
  assert_equal "$(last_refusal)" touch-timeout
}

@test "no space for the journal: nothing is signed, and the agent lives on" {
  # A file that may grow no further is as full as the disk to whoever writes it.
  local limited=$BATS_TEST_TMPDIR/limited
  printf '#!/bin/bash\nulimit -f 16\nexec touchstone-agent "$@"\n' >"$limited"
  chmod +x "$limited"
  start_tokens name=alice,touch=button
  agent_socket=$XDG_RUNTIME_DIR/touchstone/agent.sock
  export SSH_AUTH_SOCK=$agent_socket
  start_background agent "$limited" --token-driver "$token_driver"
  wait_for_socket "$agent_socket"
  wait_until "$kDeadlineSeconds" has_tokens 1
  watch_agent
  make_key work sign
  echo content >"$HOME/file"
  # Refusals are journalled too: they fill the file.
  local i
  for ((i = 0; i < 55; i++)); do
    timeout 20 ssh-keygen -Y sign -n git -f "$HOME/work.pub" "$HOME/file" 2>/dev/null || true
  done
  run -255 timeout 20 ssh-keygen -Y sign -n file -f "$HOME/work.pub" "$HOME/file"
  assert_equal "$(last_refusal)" disk-full
  [[ ! -e $HOME/file.sig ]]
  token status | jq -e '.tokens[0].waiting == false'
  run -0 ssh-add -l
}

@test "a wrong PIN is asked again, and no PIN is written anywhere" {
  cat >"$HOME/pinentry" <<'SCRIPT'
#!/bin/bash
echo "OK ready"
while read -r verb rest; do
  case $verb in
    GETPIN)
      pin=$(head -n 1 "$PINS")
      sed -i 1d "$PINS"
      printf 'D %s\nOK\n' "$pin"
      ;;
    BYE) echo OK; exit ;;
    *) echo "$verb $rest" >>"$PINS.log"; echo OK ;;
  esac
done
SCRIPT
  sed -i "s|\$PINS|$HOME/pins|g" "$HOME/pinentry"
  chmod +x "$HOME/pinentry"
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[pin]\nprogram = "%s"\n' "$HOME/pinentry" >"$XDG_CONFIG_HOME/touchstone/config.toml"
  agent_setup
  printf '%s\n' my-pin-4711 my-pin-4711 >"$HOME/pins"
  control '{"command": "pin-set", "token": "", "last_try": false}' | jq -e .ok
  printf '%s\n' my-pin-4711 >"$HOME/pins"
  make_key work sign true
  echo content >"$HOME/file"
  printf '%s\n' 0000 my-pin-4711 >"$HOME/pins"
  begin_signing work "$HOME/file"
  touched_when_asked alice
  wait "$signing_pid"
  grep -q '"touch+pin"' "$XDG_STATE_HOME/touchstone/journal.jsonl"
  # Nothing we write holds the PIN, which cannot stand in any digest by chance.
  run -1 grep -rq my-pin-4711 "$XDG_STATE_HOME" "$BATS_TEST_TMPDIR/agent.log" "$watch_log"
}
