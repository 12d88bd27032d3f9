# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # bats sets $status, $output and $stderr
# Two tokens, the normal case: either signs, and the verifier knows both.

load helpers
load stack
bats_require_minimum_version 1.5.0

setup() {
  sandbox_setup
  start_tokens name=first,touch=button name=second,touch=button,plugged=no
  start_agent
  start_watch
  somebody_watches
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
}
teardown() { sandbox_teardown; }

@test "setup --second enrols the backup token beside the first" {
  touching first touchstone setup --yes
  run --separate-stderr setsid --wait touchstone setup --second --yes
  assert_equal "$status" 4
  assert_contains "$stderr" "error: the token holds a key for this already"
  assert_equal "$(touchstone keys --names)" sign
  assert_equal "$(wc -l <.git/touchstone/allowed_signers)" 1
  swap_tokens first second
  touching second touchstone setup --second --yes
  assert_equal "$(touchstone keys --names | sort | paste -sd' ')" "sign sign-2"
  assert_equal "$(wc -l <.git/touchstone/allowed_signers)" 2

  key=$(touchstone keys --json | jq -r 'select(.name == "sign-2") | .public_key')
  touching second git -c user.signingkey="key::$(cut -d' ' -f1,2 <<<"$key")" \
    commit -q --allow-empty -m 'with the second'
  swap_tokens second first
  touching first git commit -q --allow-empty -m 'with the first'
  run --separate-stderr touchstone verify --json
  assert_equal "$status" 0
  assert_equal "$(jq -r .class <<<"$output" | paste -sd' ')" "touch touch"
}
