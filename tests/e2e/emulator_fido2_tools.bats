#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The emulated token and stock fido2-tools.

load helpers
load emulator_helpers
bats_require_minimum_version 1.5.0
setup() {
  sandbox_setup
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { sandbox_teardown; }

readonly kNode=/dev/hidraw0

random_line() { head -c 32 /dev/urandom | base64; }

# enrol ALGORITHM OPTION… leaves the credential id in cred.id and the public key in cred.key.
enrol() {
  local algorithm=$1
  local -a verify_options=()
  shift
  [[ ${1:-} != -h ]] || verify_options=(-h)
  rm -f enrol.out enrol.cred # see get_assertion
  { random_line; echo rp.example; echo alice; random_line; } >enrol.in
  with_tokens fido2-cred -M "$@" -i enrol.in -o enrol.out "$kNode" "$algorithm"
  fido2-cred -V "${verify_options[@]}" -i enrol.out -o enrol.cred "$algorithm"
  sed -n 1p enrol.cred >cred.id
  sed 1d enrol.cred >cred.key
  { random_line; echo rp.example; cat cred.id; } >assert.in
}

# fido2-tools write over a file without emptying it: the end of a longer signature would stay.
get_assertion() {
  rm -f assert.out
  with_tokens fido2-assert -G "$@" -i assert.in -o assert.out "$kNode"
}
verify_assertion() { fido2-assert -V "${@:2}" -i assert.out cred.key "$1"; }

@test "fido2-token lists it and shows what it is" {
  emulator_start --token name=one
  run -0 with_tokens fido2-token -L
  assert_contains "$output" "/dev/hidraw0: vendor=0x1209, product=0x0001"
  assert_contains "$output" "Emulated FIDO 2.1 Token"
  run -0 with_tokens fido2-token -I "$kNode"
  assert_contains "$output" "version strings: U2F_V2, FIDO_2_0, FIDO_2_1_PRE, FIDO_2_1"
  assert_contains "$output" "algorithms: es256 (public-key), eddsa (public-key)"
  assert_contains "$output" "pin protocols: 2, 1"
  assert_contains "$output" "aaguid: 746f75636873746f6e652d656d75"
}

@test "nobody else sees it" {
  emulator_start --token name=one
  run -0 timeout 10 fido2-token -L
  refute_contains "$output" Emulated
}

@test "each profile says what it can" {
  emulator_start --token name=a,profile=fido_2_0 --token name=b,profile=2_1_pre \
    --token name=c,profile=u2f --token name=d,profile=2_1_uv
  run -0 with_tokens fido2-token -I /dev/hidraw0
  assert_contains "$output" "version strings: U2F_V2, FIDO_2_0"
  assert_contains "$output" "pin protocols: 1"
  refute_contains "$output" FIDO_2_1
  run -0 with_tokens fido2-token -I /dev/hidraw1
  assert_contains "$output" credentialMgmtPreview
  refute_contains "$output" pinUvAuthToken
  run -0 with_tokens fido2-token -I /dev/hidraw2
  assert_contains "$output" "caps: 0x01 (wink, nocbor, msg)"
  run -0 with_tokens fido2-token -I /dev/hidraw3
  assert_contains "$output" " uv"
}

@test "enrols, attests and signs with both algorithms" {
  emulator_start --token name=one
  for algorithm in es256 eddsa; do
    enrol "$algorithm"
    get_assertion
    verify_assertion "$algorithm" -p
  done
}

@test "a U2F token enrols, attests and signs" {
  emulator_start --token name=old,profile=u2f
  enrol es256 -u
  get_assertion -u
  verify_assertion es256 -p
}

@test "a silent assertion verifies, unless presence is demanded" {
  emulator_start --token name=one
  enrol eddsa
  emulator touch-policy one never
  get_assertion -t up=false
  verify_assertion eddsa
  run ! verify_assertion eddsa -p
  assert_equal "$(token_status one silent_signatures)" 1
}

@test "hmac-secret is the same for the same salt" {
  emulator_start --token name=one
  enrol es256 -h
  random_line >salt
  cat salt >>assert.in
  get_assertion -h
  tail -1 assert.out >first
  get_assertion -h
  assert_equal "$(tail -1 assert.out)" "$(cat first)"
}

@test "PIN: set, change, needed, wrong, blocked until replugged" {
  emulator_start --token name=one
  type_pins 1234 1234 -- fido2-token -S "$kNode"
  type_pins 1234 abcdef abcdef -- fido2-token -C "$kNode"
  enrol eddsa
  run -0 type_pins abcdef -- fido2-assert -G -t pin=true -i assert.in -o assert.out "$kNode"
  verify_assertion eddsa -p -v
  for tries in 7 6; do
    run -1 type_pins 1234 -- fido2-assert -G -t pin=true -i assert.in -o assert.out "$kNode"
    assert_contains "$output" FIDO_ERR_PIN_INVALID
    run -0 with_tokens fido2-token -I "$kNode"
    assert_contains "$output" "pin retries: $tries"
  done
  run -1 type_pins 1234 -- fido2-assert -G -t pin=true -i assert.in -o assert.out "$kNode"
  assert_contains "$output" FIDO_ERR_PIN_AUTH_BLOCKED
  run -1 type_pins abcdef -- fido2-assert -G -t pin=true -i assert.in -o assert.out "$kNode"
  assert_contains "$output" FIDO_ERR_PIN_AUTH_BLOCKED
  emulator unplug one
  emulator plug one
  type_pins abcdef -- fido2-assert -G -t pin=true -i assert.in -o assert.out "$kNode"
  verify_assertion eddsa -p -v
  assert_equal "$(token_status one pin_tries)" 8
}

@test "PIN: eight wrong ones block it for good, a reset empties it" {
  emulator_start --token name=one,state=one.state
  type_pins 1234 1234 -- fido2-token -S "$kNode"
  enrol eddsa
  for _ in 1 2 3 4 5 6 7 8; do
    run -1 type_pins 9999 -- fido2-assert -G -t pin=true -i assert.in -o assert.out "$kNode"
    if [[ $output == *PIN_AUTH_BLOCKED* ]]; then
      emulator unplug one
      emulator plug one
    fi
  done
  assert_contains "$output" FIDO_ERR_PIN_BLOCKED
  assert_equal "$(token_status one pin_tries)" 0
  emulator unplug one
  emulator plug one
  run -1 type_pins 1234 -- fido2-assert -G -t pin=true -i assert.in -o assert.out "$kNode"
  assert_contains "$output" FIDO_ERR_PIN_BLOCKED
  with_tokens fido2-token -R "$kNode"
  run -1 get_assertion
  assert_equal "$(token_status one credentials)" "[]"
  assert_equal "$(token_status one pin_set)" false
}

@test "resident credentials are listed and deleted" {
  emulator_start --token name=one
  type_pins 1234 1234 -- fido2-token -S "$kNode"
  { random_line; echo rp.example; echo alice; random_line; } >enrol.in
  type_pins 1234 -- fido2-cred -M -r -i enrol.in -o enrol.out "$kNode" eddsa
  run -0 type_pins 1234 -- fido2-token -L -r "$kNode"
  assert_contains "$output" rp.example
  run -0 type_pins 1234 -- fido2-token -L -k rp.example "$kNode"
  assert_contains "$output" "eddsa uvopt"
  local id
  id=$(grep -oE '[A-Za-z0-9+/]{60,}={0,2}' <<<"$output" | head -1)
  type_pins 1234 -- fido2-token -D -i "$id" "$kNode"
  run -0 type_pins 1234 -- fido2-token -I -c "$kNode"
  assert_contains "$output" "existing rk(s): 0"
}

@test "misbehaviour on the wire is an error to the client" {
  emulator_start --token name=one
  enrol es256
  for quirk in garbage_cbor truncated_cbor oversize empty_reply wrong_sequence no_such_credential; do
    emulator quirk one "$quirk"
    run -1 get_assertion
    emulator quirk one "$quirk=0"
  done
  get_assertion
  verify_assertion es256 -p
}

@test "the root certificate is printed for trust stores of tests" {
  touchstone-emulator root-certificate >root.pem
  run -0 openssl x509 -in root.pem -noout -subject
  assert_contains "$output" "proves nothing"
}
