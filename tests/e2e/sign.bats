#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Signing at publish time, with the agent and an emulated token: touchstone sign, and its batches.

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
  git config commit.gpgsign false
}

teardown() { sandbox_teardown; }

commits() {
  local n
  for ((n = 1; n <= $1; ++n)); do
    git commit -q --allow-empty -m "change $n"
  done
}

# touched_times COUNT touches the token so many times, each time it waits for it.
touched_times() {
  local n
  for ((n = 0; n < $1; ++n)); do
    token wait-touch alice >/dev/null
    token touch alice >/dev/null
  done
}

# signing COUNT [ARGUMENT…] runs touchstone sign with so many touches.
signing() {
  local pid count=$1
  shift
  touchstone sign "$@" >"$BATS_TEST_TMPDIR/sign.out" 2>"$BATS_TEST_TMPDIR/sign.log" 3>&- &
  pid=$!
  touched_times "$count"
  wait "$pid"
}

nothing_pending() { [[ $(touchstone status --json | jq '.pending | length') -eq 0 ]]; }

classes() { touchstone verify --json | jq -r .class | sort | uniq -c | tr -s ' '; }

@test "each commit gets a touch of its own, and the prompt says which it is" {
  commits 3
  signing 3
  assert_equal "$(classes)" ' 3 touch'
  run -0 cat "$watch_log"
  assert_contains "$output" 'change 3'
  assert_contains "$output" '3 of 3 (claimed)'
  assert_equal "$(git -c gpg.ssh.program=ssh-keygen log --format=%G?)" $'G\nG\nG'
  assert_equal "$(git status --porcelain)" ''
  git reset -q --soft ORIG_HEAD
  run ! touchstone verify
}

@test "a second run goes on where the first was stopped" {
  commits 3
  before=$(git rev-parse HEAD)
  touchstone sign >"$BATS_TEST_TMPDIR/first.out" 2>&1 3>&- &
  pid=$!
  touched_times 1
  token wait-touch alice
  kill -TERM "$pid"
  wait "$pid" || true
  assert_equal "$(git rev-parse HEAD)" "$before"
  wait_until "$kDeadlineSeconds" nothing_pending
  run -0 --separate-stderr touchstone sign --dry-run --json
  assert_equal "$(tail -n 1 <<<"$output" | jq -c '[.touched, .reused]')" '[2,1]'
  signing 2
  assert_equal "$(classes)" ' 3 touch'
}

@test "a refused touch leaves the branch, and the next run goes on" {
  commits 2
  before=$(git rev-parse HEAD)
  touchstone sign >"$BATS_TEST_TMPDIR/first.out" 2>"$BATS_TEST_TMPDIR/first.err" 3>&- &
  pid=$!
  touched_times 1
  token wait-touch alice
  touchstone cancel "$(touchstone status --json | jq '.pending[0].number')"
  run_status=0
  wait "$pid" || run_status=$?
  ((run_status != 0))
  assert_contains "$(cat "$BATS_TEST_TMPDIR/first.err")" 'commit 2 of 2'
  assert_contains "$(cat "$BATS_TEST_TMPDIR/first.err")" '1 signature is kept'
  assert_equal "$(git rev-parse HEAD)" "$before"
  signing 1
  assert_equal "$(classes)" ' 2 touch'
}

@test "a token that is pulled out leaves the branch" {
  commits 1
  before=$(git rev-parse HEAD)
  touchstone sign >"$BATS_TEST_TMPDIR/first.out" 2>&1 3>&- &
  pid=$!
  token wait-touch alice
  token unplug alice
  run_status=0
  wait "$pid" || run_status=$?
  ((run_status != 0))
  assert_equal "$(git rev-parse HEAD)" "$before"
}

@test "commits that have their touch keep their names, merges stay merges" {
  touching alice git commit -q -S --allow-empty -m base
  base=$(git rev-parse HEAD)
  git switch -q -c side
  git commit -q --allow-empty -m side
  git switch -q main
  git commit -q --allow-empty -m main
  git merge -q --no-ff -m merge side
  signing 3
  assert_equal "$(classes)" ' 4 touch'
  assert_equal "$(git rev-parse HEAD^1^)" "$base"
  assert_equal "$(git log --no-walk=unsorted --format=%s HEAD^1 HEAD^2)" $'main\nside'
}

@test "what cannot be signed is refused before any touch, and nothing moves" {
  commits 1
  git -c user.email=bob@example.org commit -q --allow-empty -m 'by bob'
  before=$(git for-each-ref)
  run -1 touchstone sign
  assert_contains "$output" 'bob@example.org'
  assert_contains "$output" 'hint:'
  run -2 touchstone sign HEAD~1
  assert_contains "$output" 'does not end where'
  git update-ref refs/remotes/origin/main HEAD~1
  before=$(git for-each-ref)
  run ! touchstone sign HEAD
  run -1 touchstone sign --batch HEAD~1..HEAD
  assert_equal "$(git for-each-ref)" "$before"
}

# set_policy [LINE…] commits a policy, has it signed, and makes it the introduction.
set_policy() {
  mkdir -p .touchstone
  printf '%s\n' 'version = 1' "$@" >.touchstone/policy.toml
  cp "$HOME/allowed_signers" .touchstone/signers
  git add .touchstone
  git commit -q -m policy
  signing 1
  introduction=$(git rev-parse HEAD)
  git config touchstone.introduction \
    "$introduction $(ssh-keygen -lf "$HOME/work.pub" | cut -d' ' -f2)"
}

@test "a batch is one touch with the PIN, travels with the push, and is told from a touch" {
  use_pinentry 12345678
  touchstone pin set
  set_policy '[policy]' 'require = "batch"' '[batch]' 'max = 3'
  commits 3
  tip=$(git rev-parse HEAD)
  signing 1 --batch "$introduction..HEAD"
  run -0 cat "$watch_log"
  assert_contains "$output" 'sign a batch of 3 commits with one touch, for: refs/heads/main'
  assert_contains "$output" 'change 2'
  assert_contains "$(cat "$BATS_TEST_TMPDIR/sign.out")" 'git push REMOTE'
  assert_equal "$(git rev-parse HEAD)" "$tip"
  run -0 touchstone verify "$introduction..HEAD"
  assert_contains "$output" 'batch 1/3'
  assert_contains "$output" 'batch 3/3'
  git init -q --bare "$HOME/server.git"
  # A server that judges takes the batch from the push that brings the commits, and not without.
  touchstone hook install pre-receive --repository "$HOME/server.git" \
    --introduction "$introduction" \
    --introduced-by "$(git config touchstone.introduction | cut -d' ' -f2)"
  run ! git push "$HOME/server.git" main
  assert_contains "$output" 'not signed'
  git push -q "$HOME/server.git" main 'refs/touchstone/batches/*'
  git -C "$HOME/server.git" config touchstone.introduction "$(git config touchstone.introduction)"
  cd "$HOME/server.git" || return
  run -0 touchstone verify --json "$introduction..main"
  assert_equal "$(jq -r .class <<<"$output" | sort | tr '\n' ' ')" 'batch 1/3 batch 2/3 batch 3/3 '
  run -0 touchstone log --json
  assert_contains "$output" '"batch"'
}

@test "no batch where the policy takes none, above its limit, or without a PIN" {
  set_policy '[policy]' 'require = "batch"' '[batch]' 'max = 2'
  commits 2
  # The token has no PIN yet.
  run -4 touchstone sign --batch "$introduction..HEAD"
  assert_contains "$output" 'no PIN'
  git commit -q --allow-empty -m 'one more'
  run -1 touchstone sign --batch "$introduction..HEAD"
  assert_contains "$output" 'a batch of 3, [batch] max is 2 in the parent of '
  refute_contains "$output" 'working tree'
  # What is only in the working tree does not count, which is said.
  sed -i 's/max = 2/max = 3/' .touchstone/policy.toml
  run -1 touchstone sign --batch "$introduction..HEAD"
  assert_contains "$output" 'the working tree has another policy, which does not count before it is committed'
  git checkout -q .touchstone
  assert_equal "$(git for-each-ref refs/touchstone)" ''
  run -1 touchstone verify "$introduction..HEAD"
  refute_contains "$output" 'batch 1/'
}
