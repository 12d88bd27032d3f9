#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Installing hooks, and the one at home that asks before a push.

bats_require_minimum_version 1.5.0
load helpers
load stack
load server

setup() { person_setup; }
teardown() { sandbox_teardown; }

@test "installing says what it does, does it once, and is undone" {
  run -0 touchstone hook install pre-receive --repository "$server" --signers \
    "$HOME/allowed_signers" --require-push-certificate --dry-run
  assert_contains "$output" 'nothing was changed'
  assert_contains "$output" 'git config --local touchstone.requirePushCertificate true'
  [[ ! -e $server/hooks/pre-receive ]]
  install_hook pre-receive --require-push-certificate
  [[ -n $(server_git config receive.certNonceSeed) ]]
  run -0 touchstone hook install pre-receive --repository "$server" --require-push-certificate
  assert_contains "$output" 'nothing to do'
  run -0 touchstone hook status --repository "$server"
  assert_contains "$output" 'required'
  run -0 touchstone hook status --repository "$server" --json
  assert_equal "$(jq -rs 'map(select(.state == "ours").hook) | join(" ")' <<<"$output")" \
    'pre-receive post-receive'
  assert_equal "$(jq -s 'last.judges_pushes' <<<"$output")" true
  touchstone hook uninstall pre-receive --repository "$server"
  [[ ! -e $server/hooks/pre-receive && ! -e $server/hooks/post-receive ]]
  run -0 touchstone hook status --repository "$server"
  assert_contains "$output" 'pushes to here     not judged'
}

@test "without signers nothing is installed" {
  run -2 touchstone hook install pre-receive --repository "$server"
  assert_contains "$output" 'whose signatures count?'
  run -2 touchstone hook install pre-receive --repository "$server" --introduction HEAD
  [[ ! -e $server/hooks/pre-receive ]]
}

@test "somebody else's hook stays, and runs first with the same input" {
  # shellcheck disable=SC2016  # the hook expands them
  printf '#!/bin/sh\ncat >"%s"\nexit "$(cat "%s")"\n' "$HOME/seen" "$HOME/answer" \
    >"$server/hooks/pre-receive"
  chmod +x "$server/hooks/pre-receive"
  run ! touchstone hook install pre-receive --repository "$server" --signers \
    "$HOME/allowed_signers"
  assert_contains "$output" '--chain'
  [[ ! -e $server/hooks/post-receive ]]
  install_hook pre-receive --chain
  commit one
  echo 1 >"$HOME/answer"
  run ! git push -q origin main
  assert_contains "$(cat "$HOME/seen")" "$(git rev-parse main) refs/heads/main"
  echo 0 >"$HOME/answer"
  git push -q origin main
  unsigned_commit two
  refused 'not signed' origin main
  touchstone hook uninstall pre-receive --repository "$server"
  git push -q origin main
}

@test "hooks that are not the repository's own are left alone" {
  server_git config core.hooksPath "$HOME/hooks"
  run ! touchstone hook install pre-receive --repository "$server" --signers \
    "$HOME/allowed_signers"
  assert_contains "$output" 'core.hooksPath'
}

@test "a SHA-256 server" {
  rm -rf "$server" "$HOME/repository"
  cd "$HOME" || return
  git init -q --bare -b main --object-format=sha256 "$server"
  git init -q -b main --object-format=sha256 "$HOME/repository"
  cd "$HOME/repository" || return
  git config user.name 'Alice Example'
  git config user.email alice@example.org
  use_key . work
  git remote add origin "$server"
  install_hook pre-receive --require-push-certificate
  commit one
  git push -q --signed origin main
  assert_contains "$(log_record)" "$(git rev-parse main) refs/heads/main"
  assert_contains "$(log_record)" 'pusher SHA256:'
  unsigned_commit two
  refused 'not signed' --signed origin main
}

@test "pre-push stops what lacks a touch and says how to mend it" {
  commit one
  git push -q origin main
  touchstone hook install pre-push >/dev/null
  unsigned_commit two
  refused "commit $(git rev-parse --short=12 main): not signed" origin main
  assert_contains "$output" "hint: touchstone sign $(git rev-parse --short=12 main~1)..main"
  assert_contains "$output" 'git push --no-verify'
  git push -q --no-verify origin main
  commit three
  git push -q origin main
}

@test "pre-push looks at new branches and lets deletions pass" {
  commit one
  git push -q origin main
  touchstone hook install pre-push >/dev/null
  git checkout -q -b topic
  commit two
  git push -q origin topic
  unsigned_commit three
  refused 'not signed' origin topic topic:other
  git push -q origin :topic
  git push -q origin main
}
