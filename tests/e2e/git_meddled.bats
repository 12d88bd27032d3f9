#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# Somebody writes into the file in which git hands over what is to be signed.

bats_require_minimum_version 1.5.0
load helpers
load stack

setup() {
  sandbox_setup
  start_stack
  make_sign_key alice work
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
  use_key . work
  # Where git keeps that file.
  export TMPDIR=$BATS_TEST_TMPDIR/buffers
  mkdir "$TMPDIR"
}
teardown() { sandbox_teardown; }

@test "what was changed after it was shown is not signed: git says why, and there is no commit" {
  git commit -q --allow-empty -m shown >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  pid=$!
  token wait-touch alice
  wait_for_line "$watch_log" 'sign commit: shown'
  sed -i s/shown/other/ "$TMPDIR"/.git_signing_buffer_tmp*
  token touch alice
  status=0
  wait "$pid" || status=$?
  ((status != 0))
  run -0 cat "$BATS_TEST_TMPDIR/out"
  assert_contains "$output" 'has changed since it was shown'
  assert_contains "$output" 'hint: something changed the object on its way'
  refute_contains "$output" 'error: error:'
  run ! git rev-parse -q --verify HEAD
  assert_equal "$(find "$TMPDIR" -name '*.sig')" ''
}

@test "what was changed before it was read is what the prompt shows, and git's commit is bad" {
  # shellcheck disable=SC2016  # the script expands them
  printf '#!/bin/bash\nsed -i s/meant/other/ "${@: -1}"\nexec touchstone-git-sign "$@"\n' \
    >"$HOME/between"
  chmod 700 "$HOME/between"
  touching alice git -c gpg.ssh.program="$HOME/between" commit -q --allow-empty -m meant
  wait_for_line "$watch_log" 'sign commit: other'
  run -1 --separate-stderr touchstone verify --json
  assert_equal "$(jq -r .class <<<"$output")" bad
  run ! git verify-commit HEAD
}
