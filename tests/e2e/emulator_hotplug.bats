#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The emulator as a program: plugging, unplugging, its socket, its end.

load helpers
load emulator_helpers
bats_require_minimum_version 1.5.0
setup() {
  sandbox_setup
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { sandbox_teardown; }

testbed_folder() { sed -n 's/^UMOCKDEV_DIR=//p' "$emulator_env"; }

@test "udev monitors see plugging and unplugging" {
  emulator_start --token name=one --token name=two,plugged=no
  local -a environment
  mapfile -t environment <"$emulator_env"
  start_background probe env "${environment[@]}" touchstone-udev-probe 4
  wait_for_line probe.log '^ready$'
  emulator unplug one
  wait_for_line probe.log '^remove /dev/hidraw0 gone$'
  emulator plug two
  wait_for_line probe.log '^add /dev/hidraw1 opens$'
  emulator plug one
  wait_for_line probe.log '^add /dev/hidraw0 opens$'
  emulator unplug two
  wait_for_line probe.log '^remove /dev/hidraw1 gone$'
}

@test "an unplugged token is not listed" {
  emulator_start --token name=one --token name=two
  emulator unplug one
  run -0 with_tokens fido2-token -L
  refute_contains "$output" hidraw0
  assert_contains "$output" hidraw1
  emulator plug one
  run -0 with_tokens fido2-token -L
  assert_contains "$output" hidraw0
}

@test "a token can pull its own plug" {
  # Step 1 is libfido2's getInfo.
  emulator_start --token name=one,quirk=disconnect_at:2
  run ! with_tokens fido2-token -R /dev/hidraw0
  emulator wait-unplugged one
  assert_equal "$(token_status one plugged)" false
  emulator quirk one disconnect_at=0
  emulator plug one
  with_tokens fido2-token -I /dev/hidraw0
}

@test "a token without a USB parent can be opened by its path" {
  emulator_start --token name=one,quirk=no_usb_parent
  run -0 with_tokens fido2-token -I /dev/hidraw0
  assert_contains "$output" FIDO_2_1
}

@test "a client that is killed leaves nothing behind for the next" {
  emulator_start --token name=one
  with_tokens ssh-keygen -q -t ed25519-sk -N "" -f key
  echo message >message
  emulator touch-policy one button
  local -a environment
  mapfile -t environment <"$emulator_env"
  start_background client env "${environment[@]}" ssh-keygen -Y sign -n file -f key message
  emulator wait-touch one
  stop_background "$background_pid"
  emulator touch one
  emulator touch-policy one always
  with_tokens ssh-keygen -q -Y sign -n file -f key message
}

@test "the socket answers what it does not know with an error" {
  emulator_start --token name=one
  run ! emulator frobnicate one
  run ! emulator touch nobody
  run ! emulator plug one
  run ! emulator quirk one no_such_quirk=1
  run ! emulator touch-policy one sometimes
  emulator unplug one
  run ! emulator unplug one
}

@test "counters can be set back, as by a restored copy" {
  emulator_start --token name=one
  with_tokens ssh-keygen -q -t ed25519-sk -N "" -f key
  assert_equal "$(token_status one counter)" 1
  emulator reset-counters one
  assert_equal "$(token_status one counter)" 0
}

@test "SIGTERM ends it and takes its files along" {
  emulator_start --token name=one
  local folder
  folder=$(testbed_folder)
  [[ -d $folder ]]
  emulator_stop
  [[ ! -e $folder && ! -e $emulator_env && ! -e $emulator_socket ]]
}

@test "the end of standard input ends it" {
  mkfifo lifeline
  start_background emulator bash -c 'exec touchstone-emulator --token name=one <lifeline'
  exec 9>lifeline
  wait_for_line emulator.log '^ready$'
  exec 9>&-
  wait_until 10 has_ended "$background_pid"
}

@test "a command sees the tokens and gives its exit status" {
  run -0 timeout 20 touchstone-emulator --token name=one -- fido2-token -L
  assert_contains "$output" Emulated
  run -7 timeout 20 touchstone-emulator --token name=one -- sh -c 'exit 7'
  run -127 timeout 20 touchstone-emulator --token name=one -- ./no-such-program
}

@test "a command line it does not understand is a usage error" {
  run -2 touchstone-emulator --token name=
  assert_contains "$output" "usage: touchstone-emulator"
  run -2 touchstone-emulator --token name=one,profile=none
  run -2 touchstone-emulator --frobnicate x
  run -2 touchstone-emulator --token name=one --token name=one
  run -2 touchstone-emulator ctl
}
