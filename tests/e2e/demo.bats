#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # bats sets $output
# What a newcomer runs first: the demo, with the programs of this build.

bats_require_minimum_version 1.5.0
load helpers

setup() {
  sandbox_setup
  export TMPDIR=$BATS_TEST_TMPDIR/scratch NO_COLOR=1
  mkdir "$TMPDIR"
}
teardown() { sandbox_teardown; }

# assert_told OUTPUT: both commits, what stock git says of them, and what touchstone says.
assert_told() {
  local good='Good "git" signature for alice@example.org with ED25519-SK key'
  assert_contains "$1" "git -c gpg.ssh.program=ssh-keygen log --show-signature"
  assert_equal "$(grep -cF "$good" <<<"$1")" 2
  assert_equal "$(grep -cE '^ +G [0-9a-f]+ (fix typo|say hello)$' <<<"$1")" 2
  assert_contains "$1" "no-touch"
  assert_contains "$1" "exit status 1"
  assert_contains "$1" "What you saw"
  # It names a chapter that is there, and leaves nothing behind.
  grep -qxF "## $(sed -n 's/^Next: README.md, "\([^"]*\)".*/\1/p' <<<"$1")" \
    "$TOUCHSTONE_SOURCE/README.md"
  assert_equal "$(ls -A "$TMPDIR")" ''
}

@test "the demo touches the token by itself when told to" {
  run -0 "$TOUCHSTONE_SOURCE/demo/run" --auto-touch </dev/null
  assert_told "$output"
}

@test "the demo waits for Enter on a terminal" {
  cat >"$BATS_TEST_TMPDIR/script" <<'EXPECT'
set timeout 120
log_user 1
spawn -noecho $env(TOUCHSTONE_SOURCE)/demo/run
expect {
  "press Enter to touch it" { incr touches; send "\r"; exp_continue }
  timeout { puts "nothing more comes"; exit 99 }
  eof
}
puts "touches $touches"
exit [lindex [wait] 3]
EXPECT
  run -0 expect "$BATS_TEST_TMPDIR/script" 3>&-
  output=${output//$'\r'/}
  assert_told "$output"
  # One for the key, one for the commit.
  assert_contains "$output" "touches 2"
}

@test "a demo whose check fails says which, and shows the logs" {
  mkdir "$HOME/bin"
  ln -s "$TOUCHSTONE_BIN"/* "$HOME/bin"
  rm "$HOME/bin/touchstone"
  cat >"$HOME/bin/touchstone" <<SCRIPT
#!/bin/sh
[ "\$1" = verify ] || exec "$TOUCHSTONE_BIN/touchstone" "\$@"
exit 1
SCRIPT
  chmod 700 "$HOME/bin/touchstone"
  TOUCHSTONE_BIN=$HOME/bin run -1 "$TOUCHSTONE_SOURCE/demo/run" --auto-touch </dev/null
  assert_contains "$output" "demo failed: touchstone verify does not accept the commit"
  assert_contains "$output" "--- agent.log"
  refute_contains "$output" "What you saw"
  assert_equal "$(ls -A "$TMPDIR")" ''
}
