#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # bats sets $output
# What README.md tells a person to type does what it says there.

bats_require_minimum_version 1.5.0
load helpers
load stack
load sshd

setup() {
  sandbox_setup
  start_stack
}
teardown() { sandbox_teardown; }

# told TEXT: README has it, so that what is tested here is what stands there.
told() { grep -qF -- "$1" "$TOUCHSTONE_SOURCE/README.md"; }

@test "the first signed commit, in a repository with a history" {
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
  git commit -q --allow-empty -m 'before Touchstone'
  touching alice touchstone setup --yes
  told 'git commit -S -m "Signed by hand"'
  touching alice git commit -q --allow-empty -S -m "Signed by hand"
  told 'touchstone verify HEAD^!               # says: touch'
  run -0 --separate-stderr touchstone verify HEAD^!
  assert_contains "$output" ' touch '
  refute_contains "$output" unsigned
  run -1 --separate-stderr touchstone verify
  assert_contains "$output" unsigned
}

@test "an SSH login by IdentityAgent, and by SSH_AUTH_SOCK" {
  told 'touchstone key new --role login home'
  touching alice touchstone key new --role login home >"$HOME/home.pub"
  start_sshd server "$HOME/home.pub"
  # shellcheck disable=SC2016  # ssh expands it
  local place='${XDG_RUNTIME_DIR}/touchstone/agent.sock'
  told "IdentityAgent $place"
  printf 'IdentityAgent %s\n' "$place" >"$HOME/ssh_config"
  by_setting() { ssh_to server -F "$HOME/ssh_config" 127.0.0.1 echo logged in; }
  assert_equal "$(touching alice by_setting)" 'logged in'
  by_variable() { SSH_AUTH_SOCK=$XDG_RUNTIME_DIR/touchstone/agent.sock ssh_to server 127.0.0.1 echo logged in; }
  assert_equal "$(touching alice by_variable)" 'logged in'
}

@test "the tree names every folder there is" {
  local folder
  for folder in "$TOUCHSTONE_SOURCE"/*/; do
    folder=${folder%/}
    [[ ${folder##*/} == build ]] || told "$(printf '%-19s' "${folder##*/}/")"
  done
}
