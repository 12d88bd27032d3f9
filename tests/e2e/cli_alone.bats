# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # bats sets $status, $output and $stderr
# Transcripts of `touchstone` without an agent: command, exit status, exact words on stderr.

load helpers
bats_require_minimum_version 1.5.0

setup() { sandbox_setup; }
teardown() { sandbox_teardown; }

# expect STATUS STDERR COMMAND… runs it and compares both; stdout is left in $output.
expect() {
  local wanted=$1 words=$2
  shift 2
  run --separate-stderr "$@"
  assert_equal "$status" "$wanted"
  assert_equal "$stderr" "$words"
}

@test "an unknown command is named with the nearest one" {
  expect 2 "error: unknown command verifyy, did you mean verify
hint: see touchstone --help" touchstone verifyy
  assert_equal "$output" ""
}

@test "an unknown option is named with the nearest one" {
  expect 2 "error: key new: unknown option --residentt, did you mean --resident
hint: see touchstone key new --help" touchstone key new --residentt
}

@test "a missing argument is named" {
  expect 2 "error: key remove: NAME is missing
hint: see touchstone key remove --help" touchstone key remove
}

@test "help goes to stdout and ends well, use without a command does not" {
  expect 0 "" touchstone --help
  assert_contains "$output" "usage: touchstone COMMAND"
  run --separate-stderr touchstone
  assert_equal "$status" 2
  assert_equal "$output" ""
}

@test "every command gives help" {
  local name
  while read -r name; do
    # shellcheck disable=SC2086  # a name is one to three words
    expect 0 "" touchstone $name --help
    assert_contains "$output" "usage: touchstone $name"
  done < <(touchstone --help | sed -n '/^commands:/,/^$/s/^  \([a-z ]*[a-z]\)  .*/\1/p')
}

@test "no agent: the socket and what to do" {
  local command
  for command in status keys watch "token list" "cancel 1" "key new" "pin verify"; do
    # shellcheck disable=SC2086
    expect 1 "$(
      [[ $command != "key new" ]] || echo "making key sign: touch the token when it blinks"
      cat <<EOT
error: $XDG_RUNTIME_DIR/touchstone/agent.sock: No such file or directory: no agent answers
hint: start it: systemctl --user start touchstone-agent.socket, or run touchstone-agent
EOT
    )" touchstone $command
    assert_equal "$output" ""
  done
}

@test "--socket names another agent" {
  expect 1 "error: /nowhere.sock: No such file or directory: no agent answers
hint: start it: systemctl --user start touchstone-agent.socket, or run touchstone-agent" \
    touchstone --socket /nowhere.sock status
}

@test "a broken configuration is named with its line and the nearest key" {
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[touch]\ntimeoutt = 30\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  run --separate-stderr touchstone config check
  assert_equal "$status" 1
  assert_equal "$output" ""
  assert_contains "$stderr" "config.toml:2:1: "
  assert_contains "$stderr" "touch.timeout"
  assert_contains "$stderr" "hint: mend what is named; touchstone config check"
}

@test "the configuration can be checked, shown, and shown is valid again" {
  expect 0 "" touchstone config check
  assert_equal "$output" "$XDG_CONFIG_HOME/touchstone/config.toml: not there, the defaults hold"
  expect 0 "" touchstone config path
  assert_equal "$output" "$XDG_CONFIG_HOME/touchstone/config.toml"
  touchstone config show >"$BATS_TEST_TMPDIR/shown.toml"
  expect 0 "" touchstone config check "$BATS_TEST_TMPDIR/shown.toml"
  expect 0 "" touchstone config show "$BATS_TEST_TMPDIR/shown.toml"
  assert_equal "$output" "$(cat "$BATS_TEST_TMPDIR/shown.toml")"
}

@test "the configuration in force as JSON, by the names of the manual" {
  expect 0 "" touchstone config show --json
  assert_equal "$(jq -r '.["touch.timeout"], .["prompt.terminal"], .["policy.sign.commit"]' <<<"$output" |
    paste -sd' ')" "$(touchstone config show | sed -n 's/^timeout = //p') true touch"
  assert_equal "$(jq length <<<"$output")" "$(touchstone config show | grep -c ' = ')"
}

@test "a configuration that was named has to be there" {
  run --separate-stderr touchstone config check /nowhere.toml
  assert_equal "$status" 1
  assert_contains "$stderr" "error: reading the configuration: /nowhere.toml: No such file"
}

@test "verify outside of a repository" {
  cd "$HOME"
  run --separate-stderr touchstone verify
  assert_equal "$status" 1
  assert_equal "$output" ""
  assert_equal "$stderr" "error: there is no git repository here
hint: go to one, or make one: git init"
  local command
  for command in "policy check" "policy init" "hook status" "report --html page.html"; do
    # shellcheck disable=SC2086  # a command and what it is given
    run --separate-stderr touchstone $command
    assert_equal "$output" ""
    assert_contains "$stderr" "error: there is no git repository here"
  done
}

@test "verify without signers does not call a history unsigned" {
  make_repository "$HOME/r"
  git -C "$HOME/r" commit -q --allow-empty -m one
  cd "$HOME/r"
  run --separate-stderr touchstone verify
  assert_equal "$status" 2
  assert_equal "$output" ""
  assert_contains "$stderr" "gpg.ssh.allowedSignersFile"
}

@test "verify counts classes and exits with 1 below touch" {
  make_repository "$HOME/r"
  cd "$HOME/r"
  git commit -q --allow-empty -m one
  touch "$HOME/signers"
  run --separate-stderr touchstone verify --signers "$HOME/signers"
  assert_equal "$status" 1
  assert_contains "$output" "unsigned  1"
  run --separate-stderr touchstone verify --signers "$HOME/signers" --json
  assert_equal "$status" 1
  assert_equal "$(jq -r .class <<<"$output")" unsigned
  assert_equal "$(jq -r .commit <<<"$output")" "$(git rev-parse HEAD)"
}

@test "verify refuses a range that is none" {
  make_repository "$HOME/r"
  cd "$HOME/r"
  git commit -q --allow-empty -m one
  touch "$HOME/signers"
  run --separate-stderr touchstone verify --signers "$HOME/signers" nowhere..HEAD
  assert_equal "$status" 1
  assert_equal "$output" ""
  assert_contains "$stderr" "nowhere"
}

@test "the journal can be missed" {
  run --separate-stderr touchstone log
  assert_equal "$status" 1
  assert_contains "$stderr" "journal.jsonl"
  run --separate-stderr touchstone log verify --file /dev/null
  assert_equal "$status" 1
  echo rubbish >"$HOME/journal"
  run --separate-stderr touchstone log verify --file "$HOME/journal" --json
  assert_equal "$status" 1
  assert_equal "$(jq -r '[.file, .error.word] | join(" ")' <<<"$output")" \
    "$HOME/journal journal-broken"
  assert_contains "$stderr" "error: $HOME/journal: "
}

@test "a file that is not there is not taken for a key" {
  expect 1 "error: /nowhere: No such file or directory: not found
hint: check the name or the path" touchstone log --file /nowhere
}

@test "output that is not taken is a failure" {
  expect 1 "error: standard output: writing: No space left on device: no space left
hint: free some space; nothing is signed while the journal cannot be written" \
    bash -c 'touchstone --help >/dev/full'
}

@test "a pipe that closes early is quiet" {
  expect 0 "" bash -c 'touchstone completion bash | head -n 1'
}

@test "setup without a repository says what to add" {
  cd "$HOME"
  expect 2 "error: setup: there is no git repository here: go to one, or add --global
hint: see touchstone setup --help" touchstone setup
}

@test "setup without an email says how to set one" {
  cd "$HOME"
  expect 2 "error: setup: git has no email address for you: \
git config --global user.email YOU@EXAMPLE.ORG, or add --email
hint: see touchstone setup --help" touchstone setup --global
}

@test "doctor names each problem with the command that mends it" {
  chmod 755 "$XDG_RUNTIME_DIR"
  cd "$HOME"
  run --separate-stderr touchstone doctor
  assert_equal "$status" 1
  assert_equal "$stderr" ""
  assert_contains "$output" "problem  runtime folder: $XDG_RUNTIME_DIR can be entered by other users
         mend it: chmod 700 $XDG_RUNTIME_DIR"
  assert_contains "$output" "mend it: systemctl --user enable --now touchstone-agent.socket"
  run --separate-stderr touchstone doctor --json
  assert_equal "$status" 1
  assert_equal "$(jq -r 'select(.state == "problem" and .mend == "") | .check' <<<"$output")" ""
  assert_equal "$(jq -r 'select(.check == "agent") | .state' <<<"$output")" problem
}

@test "no colour but on a terminal, and not with NO_COLOR" {
  touchstone doctor >"$BATS_TEST_TMPDIR/out" || true
  refute_contains "$(cat "$BATS_TEST_TMPDIR/out")" $'\e'
  run script -qec "touchstone doctor" /dev/null
  assert_contains "$output" $'\e[3'
  NO_COLOR=1 run script -qec "touchstone doctor" /dev/null
  refute_contains "$output" $'\e['
}
