#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154  # variables of the helpers; each test has its own
# Somebody writes into the file in which git hands over what is to be signed.

bats_require_minimum_version 1.5.0
load helpers
load stack
load failing_git

setup() {
  sandbox_setup
  start_stack
  make_sign_key alice work
  prepare_repository
}
teardown() { sandbox_teardown; }

@test "what was changed after it was shown is not signed: git says why, and there is no commit" {
  begin_commit
  wait_for_line "$watch_log" 'sign commit: second'
  sed -i s/second/other/ "$TMPDIR"/.git_signing_buffer_tmp*
  token touch alice
  end_commit
  assert_refused 'has changed since it was shown' 'something changed the object on its way'
  refute_contains "$output" 'error: error:'
  assert_next_commit_works
}

@test "what was changed before it was read is what the prompt shows, and git's commit is bad" {
  # shellcheck disable=SC2016  # the script expands them
  printf '#!/bin/bash\nsed -i s/meant/other/ "${@: -1}"\nexec touchstone-git-sign "$@"\n' \
    >"$HOME/between"
  chmod 700 "$HOME/between"
  touching alice git -c gpg.ssh.program="$HOME/between" commit -q -m meant
  wait_for_line "$watch_log" 'sign commit: other'
  run -1 --separate-stderr touchstone verify --json "$head..HEAD"
  assert_equal "$(jq -r .class <<<"$output")" bad
  run ! git verify-commit HEAD
}
