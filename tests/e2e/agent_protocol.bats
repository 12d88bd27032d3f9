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

