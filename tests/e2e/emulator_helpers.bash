# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Emulated tokens for end-to-end tests, on top of helpers.bash:
#
#   emulator_start --token name=one,touch=button     tokens, plugged in and ready
#   with_tokens fido2-token -L                       a program that sees them
#   emulator wait-touch one; emulator touch one      steer them
#
# Only the program itself is put under umockdev's preload: a shell or expect under it would have
# its own files mistaken for devices.

emulator_start() {
  emulator_env=$BATS_TEST_TMPDIR/tokens.env
  emulator_socket=$BATS_TEST_TMPDIR/tokens.sock
  start_background emulator touchstone-emulator "$@" \
    --control "$emulator_socket" --env-file "$emulator_env"
  emulator_pid=$background_pid
  wait_for_line "$BATS_TEST_TMPDIR/emulator.log" '^ready$'
}

# emulator_stop ends it as a user would, by SIGTERM.
emulator_stop() {
  stop_background "$emulator_pid"
  : >"$BATS_TEST_TMPDIR/emulator.log"
}

emulator() {
  timeout 20 touchstone-emulator ctl "$emulator_socket" "$@"
}

# token_status NAME FIELD prints one field of the token's status.
token_status() {
  emulator status | python3 -c '
import json, sys
tokens = {token["name"]: token for token in json.load(sys.stdin)["tokens"]}
print(json.dumps(tokens[sys.argv[1]][sys.argv[2]]))' "$1" "$2"
}

with_tokens() {
  local -a environment
  mapfile -t environment <"$emulator_env"
  timeout 20 env "${environment[@]}" "$@"
}

# type_pins PIN… -- COMMAND… runs it under the tokens on a terminal and answers each prompt with
# the next PIN. fido2-tools read PINs from a terminal and from nowhere else.
type_pins() {
  local -a pins=() environment
  while [[ $1 != -- ]]; do
    pins+=("$1")
    shift
  done
  shift
  mapfile -t environment <"$emulator_env"
  PINS="${pins[*]}" timeout 20 expect -f - env "${environment[@]}" "$@" <<'EXPECT'
set timeout 15
spawn -noecho {*}$argv
foreach pin $env(PINS) {
  expect -re {(PIN|again)[^:]*: } { send -- "$pin\r" }
}
expect eof
catch wait result
exit [lindex $result 3]
EXPECT
}

# use_askpass PIN makes ssh-keygen take this PIN.
use_askpass() {
  local script=$BATS_TEST_TMPDIR/askpass
  printf '#!/bin/sh\necho %q\n' "$1" >"$script"
  chmod +x "$script"
  export SSH_ASKPASS=$script SSH_ASKPASS_REQUIRE=force
}
