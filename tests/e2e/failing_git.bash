# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154  # variables of stack.bash and of the tests
# A commit that cannot be signed, on top of stack.bash: what a person is told, and that nothing is
# lost, in the repository or in the journal. There is always one signed commit, and a staged change
# that the failing commit is about.

# prepare_repository makes it, with key work of token alice, and goes there.
prepare_repository() {
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
  use_key . work
  # Where git keeps what is to be signed, and its signer the signature.
  export TMPDIR=$BATS_TEST_TMPDIR/buffers
  mkdir "$TMPDIR"
  echo one >file
  git add file
  touching alice git commit -q -m first
  echo two >file
  git add file
  head=$(git rev-parse HEAD)
  index=$(git ls-files --stage)
  refs=$(git for-each-ref)
  journal=$XDG_STATE_HOME/touchstone/journal.jsonl
  recorded=$(<"$journal")
}

# begin_commit leaves `git commit` running, with the token waiting for its touch.
begin_commit() {
  git commit -q -m second >"$BATS_TEST_TMPDIR/commit.out" 2>&1 3>&- &
  commit_pid=$!
  timeout "$kDeadlineSeconds" touchstone-emulator ctl "$token_control" wait-touch alice
}

# end_commit waits for it: $status and $output are as of bats' run.
end_commit() {
  status=0
  wait "$commit_pid" || status=$?
  output=$(<"$BATS_TEST_TMPDIR/commit.out")
}

# assert_refused ERROR HINT: the commit that ended said so, and left everything as it was.
assert_refused() {
  ((status != 0))
  assert_contains "$output" "error: "
  assert_contains "$output" "$1"
  assert_contains "$output" "hint: $2"
  assert_untouched
}

assert_untouched() {
  assert_equal "$(git rev-parse HEAD)" "$head"
  assert_equal "$(git ls-files --stage)" "$index"
  assert_equal "$(git for-each-ref)" "$refs"
  assert_equal "$(git status --porcelain)" 'M  file'
  assert_equal "$(<file)" two
  assert_equal "$(head -n 1 .git/COMMIT_EDITMSG)" second
  assert_equal "$(find .git -name '*.lock')" ''
  assert_equal "$(find . "$TMPDIR" -name '*.sig')" ''
  assert_equal "$(git fsck --strict --no-dangling 2>&1)" ''
}

# assert_next_commit_works [TOKEN]: the same commit again, now with its touch. The journal goes on
# from what was in it before.
assert_next_commit_works() {
  touching "${1:-alice}" git commit -q -m second
  assert_equal "$(git rev-parse HEAD^)" "$head"
  assert_equal "$(git log -1 --format=%G?)" G
  assert_equal "$(git status --porcelain)" ''
  assert_equal "$(ls -A "$TMPDIR")" ''
  [[ $(<"$journal") == "$recorded"* ]]
  # Named, because the configuration is not always one that can be read.
  touchstone log verify --file "$journal"
}

driver_pid() { pgrep -P "$agent_pid" -f 'touchstone-token fido2'; }
token_is_free() { [[ $(touchstone token list --json | jq .busy) == false ]]; }
token_waits_for_nothing() { token status | jq -e '.tokens[0].waiting == false' >/dev/null; }
nothing_pending() { [[ $(touchstone status --json | jq '.pending | length') -eq 0 ]]; }

# restart_agent starts one with its watcher where there is none any more.
restart_agent() {
  start_agent "$@"
  start_watch
  somebody_watches
}
