#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The emulated token and stock ssh-keygen.

load helpers
load emulator_helpers
bats_require_minimum_version 1.5.0
setup() {
  sandbox_setup
  cd "$BATS_TEST_TMPDIR" || return
  echo "a message" >message
}
teardown() { sandbox_teardown; }

keygen() { with_tokens ssh-keygen -q "$@"; }
sign() { with_tokens ssh-keygen -q -Y sign -n file -f "$1" message; }
verify() { ssh-keygen -q -Y check-novalidate -n file -s message.sig <message; }

@test "ssh-keygen enrols and signs, ed25519 and ecdsa" {
  emulator_start --token name=one
  for type in ed25519-sk ecdsa-sk; do
    rm -f message.sig
    keygen -t "$type" -N "" -f "$type"
    sign "$type"
    verify
  done
  # ssh-keygen looks for the token with the key by a silent assertion before each signature.
  assert_equal "$(token_status one signatures)" 4
  assert_equal "$(token_status one silent_signatures)" 2
}

@test "a signature for another message does not verify" {
  emulator_start --token name=one
  keygen -t ed25519-sk -N "" -f key
  sign key
  echo "another message" >message
  run -255 verify
}

@test "the state survives the emulator" {
  emulator_start --token name=one,state=one.state
  keygen -t ed25519-sk -N "" -f key
  emulator_stop
  emulator_start --token name=one,state=one.state
  sign key
  verify
}

@test "without its state the token does not know the key" {
  emulator_start --token name=one
  keygen -t ed25519-sk -N "" -f key
  emulator_stop
  emulator_start --token name=one
  run ! sign key
}

@test "no signature before the touch, one after it" {
  emulator_start --token name=one
  keygen -t ed25519-sk -N "" -f key
  emulator touch-policy one button
  sign key &
  local signing=$!
  emulator wait-touch one
  assert_equal "$(token_status one signatures)" "$(token_status one silent_signatures)"
  emulator touch one
  wait "$signing"
  verify
}

@test "a touch that never comes is a timeout" {
  emulator_start --token name=one
  keygen -t ed25519-sk -N "" -f key
  emulator touch-policy one never
  emulator quirk one touch_timeout_ms=300
  run ! sign key
  [[ ! -e message.sig ]]
}

@test "a U2F token enrols and signs, and has no ed25519" {
  emulator_start --token name=old,profile=u2f,touch=late:1
  keygen -t ecdsa-sk -N "" -f key
  sign key
  verify
  run ! keygen -t ed25519-sk -N "" -f other
}

@test "a token without EdDSA has ecdsa only" {
  emulator_start --token name=one,profile=2_1_es256
  run ! keygen -t ed25519-sk -N "" -f other
  keygen -t ecdsa-sk -N "" -f key
  sign key
  verify
}

@test "resident keys come back with -K" {
  emulator_start --token name=one
  type_pins 1234 1234 -- fido2-token -S /dev/hidraw0
  use_askpass 1234
  keygen -t ed25519-sk -O resident -N "" -f first
  keygen -t ed25519-sk -O resident -O application=ssh:second -N "" -f second
  mkdir down
  (cd down && with_tokens ssh-keygen -K -N "")
  assert_equal "$(cut -d' ' -f2 down/id_ed25519_sk_rk.pub)" "$(cut -d' ' -f2 first.pub)"
  assert_equal "$(cut -d' ' -f2 down/id_ed25519_sk_rk_second.pub)" "$(cut -d' ' -f2 second.pub)"
  unset SSH_ASKPASS
  sign down/id_ed25519_sk_rk
  verify
}

@test "a key that demands verification asks for the PIN" {
  emulator_start --token name=one
  type_pins 1234 1234 -- fido2-token -S /dev/hidraw0
  use_askpass 1234
  keygen -t ed25519-sk -O verify-required -N "" -f key
  sign key
  verify
  use_askpass 9999
  rm message.sig
  run ! sign key
  assert_equal "$(token_status one pin_tries)" 7
}

@test "the right one of two tokens signs" {
  emulator_start --token name=one,plugged=no --token name=two
  keygen -t ed25519-sk -N "" -f key
  emulator plug one
  sign key
  verify
  assert_equal "$(token_status one signatures)" 0
  assert_equal "$(token_status two plugged)" true
}

@test "unplugging while it waits is an error, and the token goes on afterwards" {
  emulator_start --token name=one
  keygen -t ed25519-sk -N "" -f key
  emulator touch-policy one button
  sign key &
  local signing=$!
  emulator wait-touch one
  emulator unplug one
  run ! wait "$signing"
  [[ ! -e message.sig ]]
  emulator plug one
  emulator touch one
  sign key
  verify
}

@test "stock verification does not notice that nobody was there" {
  # The hole which this project is about: UP=0, and good.
  emulator_start --token name=one,quirk=up_zero
  keygen -t ed25519-sk -N "" -f key
  sign key
  verify
}
