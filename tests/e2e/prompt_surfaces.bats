#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# Where a person sees what a touch is for, with stock git: on the terminal git runs on, on
# `touchstone watch`, and nowhere. The desktop's notifications: tests/agent/prompt_notification_test.cpp.

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
  export TMUX_TMPDIR=$BATS_TEST_TMPDIR
}
teardown() {
  tmux kill-server 2>/dev/null || true
  sandbox_teardown
}

# on_terminal COMMAND runs it in a shell on a terminal of its own; the shell stays.
on_terminal() {
  tmux -f /dev/null new-session -d -x 100 -y 50 "sh -c '$1'; echo status \$?; exec sleep 600" \
    </dev/null >"$BATS_TEST_TMPDIR/tmux.log" 2>&1 3>&-
}

# The terminal's text, with the lines put together again that tmux or the prompt itself has wrapped.
terminal() { tmux capture-pane -p -J -S - | sed -Ez 's/\n {4}( {10})?//g'; }
terminal_has() { terminal | grep -qF -- "$1"; }
wait_for_terminal() {
  wait_until "$kDeadlineSeconds" terminal_has "$1" || {
    printf 'the terminal does not show: %s\n' "$1"
    terminal
    return 1
  }
}

# no_watcher ends `touchstone watch`: the terminal is all there is.
no_watcher() { stop_background "$background_pid"; }

@test "git commit on a terminal: the prompt stands there, though git takes the program's stderr" {
  no_watcher
  on_terminal 'git commit --allow-empty -m "fix the parser" >git.out 2>git.err'
  token wait-touch alice
  wait_for_terminal 'touch the token to sign commit: fix the parser'
  run -0 terminal
  assert_contains "$output" "Alice Example <alice@example.org>"
  assert_contains "$output" "none: the first commit of a history"
  assert_contains "$output" "$HOME/repository (claimed)"
  assert_contains "$output" "work $(ssh-keygen -lf "$HOME/work.pub" | cut -d' ' -f2)"
  assert_contains "$output" "$TOUCHSTONE_BIN/touchstone-git-sign, pid "
  # None of it by way of git.
  [[ ! -s git.out && ! -s git.err ]]
  run ! git rev-parse -q --verify HEAD
  token touch alice
  wait_for_terminal 'status 0'
  wait_for_terminal '] done'
  refute_contains "$(cat git.out git.err)" "touch the token"
  assert_equal "$(git log --format='%s %G?')" 'fix the parser G'
}

@test "git tag and git push on a terminal say what they sign" {
  touching alice git commit -q --allow-empty -m one
  no_watcher
  git init -q --bare "$HOME/server.git"
  git -C "$HOME/server.git" config receive.certNonceSeed seed
  on_terminal 'git tag -m "release one" v1 && git push -q --signed ../server.git main'
  token wait-touch alice
  wait_for_terminal 'touch the token to sign tag: v1'
  assert_contains "$(terminal)" 'release one'
  token touch alice
  wait_for_terminal 'touch the token to sign push of 1 ref to: '
  assert_contains "$(terminal)" 'refs/heads/main: created at '
  token wait-touch alice
  token touch alice
  wait_for_terminal 'status 0'
}

@test "a refusal stands on the terminal too, and git passes its reason on" {
  no_watcher
  on_terminal 'git commit --allow-empty -m "never mind"'
  token wait-touch alice
  wait_for_terminal 'touch the token to sign commit: never mind'
  touchstone cancel "$(touchstone status --json | jq '.pending[0].number')"
  wait_for_terminal '] refused: '
  wait_for_terminal 'status 128'
  assert_contains "$(terminal)" 'error: '
  run ! git rev-parse -q --verify HEAD
}

@test "a commit's subject cannot move the cursor or write over the prompt" {
  no_watcher
  printf 'harmless\e[2K\e[1A\rgood\u202e\n' >message
  on_terminal 'git commit -q --allow-empty -F message'
  token wait-touch alice
  wait_for_terminal 'sign commit: harmless\x1b[2K\x1b[1A\x0dgood\u{202e}'
  token touch alice
  wait_for_terminal 'status 0'
}

@test "touchstone watch shows the same, as it changes" {
  on_terminal 'touchstone watch'
  wait_for_terminal 'requests are shown here'
  git commit -q --allow-empty -m 'fix the parser' 3>&- &
  local pid=$!
  token wait-touch alice
  wait_for_terminal 'waiting-touch: sign commit: fix the parser'
  run -0 terminal
  assert_contains "$output" "author: Alice Example <alice@example.org>"
  assert_contains "$output" "repository: $HOME/repository (claimed)"
  token touch alice
  wait "$pid"
  wait_for_terminal ' done'
}

@test "with neither terminal nor watcher nothing is asked of the token, and git says why" {
  no_watcher
  wait_until "$kDeadlineSeconds" nobody_sees
  assert_contains "$(cat "$BATS_TEST_TMPDIR/git.err")" "nobody could be shown what the touch is for"
  assert_contains "$(cat "$BATS_TEST_TMPDIR/git.err")" "hint: run it from a terminal"
  run ! git rev-parse -q --verify HEAD
}
# A watcher is taken to come back for a moment after it was answered: asked again until that is over.
nobody_sees() {
  setsid --wait timeout 2 git commit -q --allow-empty -m one </dev/null \
    2>"$BATS_TEST_TMPDIR/git.err" 3>&- || true
  grep -q 'nobody could be shown' "$BATS_TEST_TMPDIR/git.err"
}
