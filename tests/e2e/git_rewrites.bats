#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What git writes anew or beside the history: which of it asks for a touch, what loses its signature
# without a word, and a rebase that stops in the middle.

bats_require_minimum_version 1.5.0
load helpers
load stack
load failing_git

# Two signed commits, by a token that is touched whenever it asks.
setup() {
  sandbox_setup
  start_stack name=alice,touch=always
  make_sign_key alice work
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
  use_key . work
  change one
  change two
}

teardown() { sandbox_teardown; }

# change NAME [OPTION…] commits a file of that name.
change() {
  echo "$1" >"$1"
  git add "$1"
  git commit -q -m "change $1" "${@:2}"
}

touches() { token status | jq '.tokens[0] | .signatures - .silent_signatures'; }

# silently COMMAND… succeeds with no touch, and with no word about signatures.
silently() {
  local before
  before=$(touches)
  run -0 "$@"
  refute_contains "$output" sign
  assert_equal "$(touches)" "$before"
}

# with_touches COUNT COMMAND… succeeds with so many.
with_touches() {
  local before
  before=$(touches)
  "${@:2}"
  assert_equal "$(($(touches) - before))" "$1"
}

# assert_verdict STATUS CLASSES [WHAT]: what touchstone verify says, the newest first.
assert_verdict() {
  run "-$1" --separate-stderr touchstone verify --json "${@:3}"
  assert_equal "$(jq -r .class <<<"$output" | paste -sd' ')" "$2"
}

@test "cherry-pick: a touch for each commit" {
  git switch -q -c side
  for n in 1 2 3; do change "$n" --no-gpg-sign; done
  git switch -q -c picked main
  with_touches 3 git cherry-pick main..side
  assert_verdict 0 'touch touch touch' main..picked
}

@test "rebase --autosquash: a touch for each fixup, also where one commit is left of them" {
  for n in 1 2 3; do
    echo "$n" >>two
    git commit -q --no-gpg-sign --all --fixup ':/^change two'
  done
  with_touches 3 env GIT_SEQUENCE_EDITOR=true git rebase -q -i --autosquash HEAD~4
  assert_equal "$(git log --format=%s)" $'change two\nchange one'
  assert_verdict 0 'touch touch'
}

@test "commit-tree does not sign: git says nothing, verify does" {
  silently git commit-tree -p HEAD -m three 'HEAD^{tree}'
  git reset -q --hard "$output"
  assert_verdict 1 'unsigned touch touch'
}

copy_history() {
  git fast-export --refspec=refs/heads/main:refs/heads/copy main | git fast-import --quiet
}

@test "fast-export and fast-import lose signatures: git says nothing, verify does" {
  silently copy_history
  git diff --quiet main copy
  assert_verdict 1 'unsigned unsigned' copy
}

@test "filter-branch loses signatures and changes nothing else: git says nothing, verify does" {
  # It warns of itself, and waits so that this is read.
  export FILTER_BRANCH_SQUELCH_WARNING=1
  silently git filter-branch --msg-filter cat
  assert_equal "$(git log --format=%an,%ad,%cn,%cd,%T,%B)" \
    "$(git log --format=%an,%ad,%cn,%cd,%T,%B refs/original/refs/heads/main)"
  assert_verdict 1 'unsigned unsigned'
}

@test "notes are commits that are not signed: git says nothing, verify does" {
  silently git notes add -m 'looks good'
  assert_verdict 1 unsigned refs/notes/commits
  assert_verdict 0 'touch touch'
}

@test "a stash is two commits that are not signed: git says nothing, verify does" {
  echo more >>two
  silently git stash
  assert_verdict 1 'unsigned unsigned' HEAD..refs/stash
}

@test "replace --graft: git shows a commit without its signature, verify judges the signed one" {
  # Here git does say something, once.
  run -0 git replace --graft HEAD
  assert_contains "$output" 'the signature will be removed'
  assert_equal "$(git log --format='%s %G?')" 'change two N'
  assert_verdict 0 'touch touch'
  assert_verdict 1 unsigned "refs/replace/$(git rev-parse HEAD)"
}

@test "replace --edit: git shows what nobody signed, verify judges the signed one" {
  # shellcheck disable=SC2016  # for sed: the last line, which is the subject
  silently env GIT_EDITOR='sed -i "\$s/.*/forged/"' git replace --edit HEAD
  assert_equal "$(git log --format='%s %G?')" $'forged B\nchange one G'
  assert_verdict 0 'touch touch'
  assert_verdict 1 'bad touch' "refs/replace/$(git rev-parse HEAD)"
}

# From here on: branch topic has four unsigned commits by somebody else, and is rebased.

topics_changes() { git log -p --format='%an %ad %B' main..topic; }
asked() { touchstone log --json | jq -r 'select(.type == "intent").headline'; }

# unsigned_commits lists those among all that the repository has, reachable or not.
unsigned_commits() {
  git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectname)' |
    sed -n 's/^commit //p' | git log --no-walk --stdin --format='%G? %H' | sed -n '/^N /p' | sort
}

# begin_rebase leaves it running: two commits are signed, the token waits for the third's touch.
begin_rebase() {
  # Where git keeps what is to be signed, and its signer the signature.
  export TMPDIR=$BATS_TEST_TMPDIR/buffers
  mkdir "$TMPDIR"
  git switch -q -c topic HEAD~1
  for n in 1 2 3 4; do
    change "$n" --no-gpg-sign --author='Bob Example <bob@example.org>' --date="2026-01-0$n 12:00"
  done
  topic=$(git rev-parse HEAD)
  changes=$(topics_changes)
  unsigned=$(unsigned_commits)
  token touch-policy alice button
  git rebase -q main >"$BATS_TEST_TMPDIR/rebase.log" 2>&1 3>&- &
  rebase_pid=$!
  for _ in 1 2; do
    token wait-touch alice
    token touch alice
  done
  timeout "$kDeadlineSeconds" touchstone-emulator ctl "$token_control" wait-touch alice
}

assert_in_order() {
  assert_equal "$(unsigned_commits)" "$unsigned"
  assert_equal "$(find .git -name '*.lock')" ''
  assert_equal "$(ls -A "$TMPDIR")" ''
  assert_equal "$(git fsck --strict --no-dangling 2>&1)" ''
}

# assert_stopped: the rebase ended with what was signed, and what was not is still there.
assert_stopped() {
  status=0
  wait "$rebase_pid" || status=$?
  ((status != 0))
  assert_contains "$(<"$BATS_TEST_TMPDIR/rebase.log")" 'failed to write commit object'
  assert_verdict 0 'touch touch' main..HEAD
  assert_equal "$(git rev-parse topic)" "$topic"
  assert_equal "$(git status --porcelain)" 'A  3'
  assert_in_order
}

# assert_continues: the rest is asked for, no more and no less, and the branch is whole.
assert_continues() {
  local before
  before=$(asked)
  token touch-policy alice always
  GIT_EDITOR=true git rebase --continue >>"$BATS_TEST_TMPDIR/rebase.log" 2>&1
  assert_equal "$(asked)" "$before"$'\nsign commit: change 3\nsign commit: change 4'
  assert_verdict 0 'touch touch touch touch' main..topic
  assert_equal "$(topics_changes)" "$changes"
  assert_equal "$(git status --porcelain --branch)" '## topic'
  [[ ! -e .git/rebase-merge ]]
  assert_in_order
}

@test "a rebase goes on with what is missing: nobody touched the token" {
  begin_rebase
  token quirk alice touch_timeout_ms=1
  assert_stopped
  assert_contains "$(<"$BATS_TEST_TMPDIR/rebase.log")" 'the token was not touched in time'
  token quirk alice touch_timeout_ms=0
  assert_continues
}

@test "a rebase goes on with what is missing: the signing program was killed" {
  begin_rebase
  pkill -KILL -P "$rebase_pid" -f 'touchstone-git-sign -Y sign'
  assert_stopped
  wait_until "$kDeadlineSeconds" nothing_pending
  assert_continues
}

@test "a rebase goes on with what is missing: the agent was killed" {
  begin_rebase
  kill -KILL "$agent_pid"
  assert_stopped
  restart_agent
  wait_until "$kDeadlineSeconds" token_is_free
  assert_continues
}
