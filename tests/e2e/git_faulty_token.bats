#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# git commit with a token that answers, but not as it should.

bats_require_minimum_version 1.5.0
load helpers
load stack
load failing_git

setup() {
  sandbox_setup
  # Touched as soon as it asks: what it makes of the touch is what is wrong with it.
  start_stack name=alice,touch=always
  make_sign_key alice work
  prepare_repository
}
teardown() { sandbox_teardown; }

# refuses QUIRK ERROR HINT: such an answer makes no commit, and a right one does. The commit is then
# taken back, so that the next answer meets what this one met.
refuses() {
  echo "quirk $1"
  rm .git/COMMIT_EDITMSG
  token quirk alice "$1=1"
  run git commit -m second
  assert_refused "$2" "$3"
  token quirk alice "$1=0"
  assert_next_commit_works
  git reset -q --soft "$head"
}

@test "a signature that proves no touch, or was made by another key or for another use" {
  refuses up_zero "the signature proves no touch" "the token answered without a touch: unplug it"
  refuses wrong_rp "the signature is for another application" "the token answered for another use"
  for quirk in wrong_key bad_signature; do
    refuses "$quirk" "the signature does not verify" "do not use it"
  done
}

@test "a signature that proves no PIN, though one was given" {
  use_pinentry 4711
  touchstone pin set
  printf '[policy.sign]\ncommit = "touch+pin"\n' >>"$XDG_CONFIG_HOME/touchstone/config.toml"
  touchstone reload
  refuses uv_zero "the signature proves no PIN" ""
}

@test "an answer for another credential, or that there is none" {
  for quirk in wrong_credential no_such_credential; do
    refuses "$quirk" "no token plugged in holds this key" "plug in the token the key was made on"
  done
}

@test "an answer that cannot be read" {
  for quirk in garbage_cbor truncated_cbor empty_reply oversize oversize_claim wrong_sequence; do
    refuses "$quirk" "the token did not give a usable answer" "unplug it, plug it in, try again"
  done
}

@test "a counter that stands still or is gone" {
  for quirk in counter_stuck counter_zero; do
    refuses "$quirk" "the token's counter did not rise" "the token may be a copy, or faulty"
  done
}

@test "a counter that went back, until it is beyond what was seen" {
  token quirk alice counter_back=1
  run git commit -m second
  assert_refused "the token's counter did not rise" "the token may be a copy, or faulty"
  token quirk alice counter_back=0
  # It counts again, and has come to where it was.
  run git commit -m second
  assert_refused "the token's counter did not rise" "the token may be a copy, or faulty"
  assert_next_commit_works
}
