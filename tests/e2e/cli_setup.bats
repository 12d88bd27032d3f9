# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # bats sets $status, $output and $stderr
# From nothing to a signed commit by `touchstone setup`, and back; and what doctor says on the way.

load helpers
load stack
bats_require_minimum_version 1.5.0

setup() {
  sandbox_setup
  start_stack
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
}
teardown() { sandbox_teardown; }

settings() { git config --local --list | grep -E '^(gpg|commit|tag|user\.signingkey)' | sort; }

@test "setup shows its steps, takes them, and a stock verifier accepts the commit" {
  touching alice touchstone setup --yes >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  assert_contains "$(cat "$BATS_TEST_TMPDIR/out")" "to do  make key sign on token "
  assert_contains "$(cat "$BATS_TEST_TMPDIR/out")" "done   git configuration written"
  assert_contains "$(cat "$BATS_TEST_TMPDIR/err")" "touchstone setup --second"

  touching alice git commit -q --allow-empty -m one
  git -c gpg.ssh.program=ssh-keygen verify-commit HEAD
  run --separate-stderr touchstone verify
  assert_equal "$status" 0
  assert_contains "$output" " touch "
  run --separate-stderr touchstone verify --json
  assert_equal "$(jq -r '[.class, .signer] | join(" ")' <<<"$output")" "touch alice@example.org"

  run --separate-stderr touchstone log verify
  assert_equal "$status" 0
  assert_contains "$output" "holds together"
  assert_equal "$(touchstone log verify --json | jq -r '[.signatures, .error] | @json')" "[1,null]"
  assert_contains "$(touchstone log)" "sign commit"
  assert_equal "$(touchstone log -n 1 --json | jq -r .type)" success
  touchstone log --json | jq -e . >/dev/null
}

@test "setup can be repeated, and has nothing to do then" {
  touching alice touchstone setup --yes
  before=$(settings)
  run --separate-stderr touchstone setup --yes
  assert_equal "$status" 0
  assert_equal "$stderr" "nothing to do"
  refute_contains "$output" "to do  "
  assert_equal "$(settings)" "$before"
  assert_equal "$(wc -l <.git/touchstone/allowed_signers)" 1
}

@test "--dry-run changes nothing" {
  run --separate-stderr touchstone setup --dry-run
  assert_equal "$status" 0
  assert_equal "$stderr" "nothing was changed"
  assert_contains "$output" "git config"
  assert_equal "$(settings)" ""
  assert_equal "$(touchstone keys --names)" ""
  [[ ! -e .git/touchstone ]]
}

@test "without --yes and without a terminal nothing is changed" {
  run --separate-stderr setsid --wait touchstone setup
  assert_equal "$status" 2
  assert_contains "$stderr" "there is no terminal to ask on; add --yes"
  assert_equal "$(settings)" ""
}

# shellcheck disable=SC2016  # $status is Tcl's
@test "--undo asks as setup does" {
  touching alice touchstone setup --yes
  before=$(settings)
  run --separate-stderr setsid --wait touchstone setup --undo
  assert_equal "$status" 2
  assert_contains "$stderr" "there is no terminal to ask on; add --yes"
  assert_equal "$(settings)" "$before"
  run expect -c '
    set timeout 20
    spawn touchstone setup --undo
    expect "Do what is to do? "
    send "n\r"
    expect eof
    lassign [wait] pid spawned os status
    exit $status'
  assert_equal "$status" 4
  assert_equal "$(settings)" "$before"
  run --separate-stderr touchstone setup --undo --dry-run
  assert_equal "$status" 0
  assert_equal "$(settings)" "$before"
  touchstone setup --undo --yes
  assert_equal "$(settings)" ""
}

# shellcheck disable=SC2016  # $status is Tcl's
@test "a person who says no is taken at their word" {
  run expect -c '
    set timeout 20
    spawn touchstone setup
    expect "Do what is to do? "
    send "n\r"
    expect eof
    lassign [wait] pid spawned os status
    exit $status'
  assert_equal "$status" 4
  assert_contains "$output" "error: cancelled"
  assert_equal "$(settings)" ""
}

@test "--undo puts back what was there, and leaves what was changed since" {
  git config gpg.format openpgp
  git config user.signingkey 0123456789ABCDEF
  before=$(settings)
  touching alice touchstone setup --yes
  run --separate-stderr touchstone setup --undo --yes
  assert_equal "$status" 0
  assert_equal "$(settings)" "$before"
  run --separate-stderr touchstone setup --undo --yes
  assert_equal "$output" "nothing to undo"

  touchstone setup --yes
  git config gpg.ssh.program /usr/bin/ssh-keygen
  run --separate-stderr touchstone setup --undo --yes
  assert_contains "$output" "left as it is, because it was changed since: gpg.ssh.program"
  assert_equal "$(git config gpg.ssh.program)" /usr/bin/ssh-keygen
  assert_equal "$(git config user.signingkey)" 0123456789ABCDEF
}

@test "--key takes a key that is there, of the right role only" {
  touching alice touchstone key new --role login
  run --separate-stderr touchstone setup --key login --yes
  assert_equal "$status" 4
  assert_contains "$stderr" "login is for login: the key has another role"
  run --separate-stderr touchstone setup --key nobody --yes
  assert_equal "$status" 1
  make_sign_key alice work
  touchstone setup --key work --yes
  assert_equal "$(git config user.signingkey)" \
    "key::$(touchstone keys --json | jq -r 'select(.name == "work") | .public_key' | cut -d' ' -f1,2)"
}

@test "no token: exit status 3, nothing changed" {
  token unplug alice
  wait_until "$kDeadlineSeconds" sees_tokens 0
  run --separate-stderr touchstone setup --yes
  assert_equal "$status" 3
  assert_contains "$stderr" "error: no token is plugged in"
  assert_equal "$(settings)" ""
}

@test "not touched: exit status 4 when cancelled, nothing changed" {
  touchstone setup --yes >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- &
  local pid=$! code=0
  token wait-touch alice
  touchstone cancel "$(touchstone status --json | jq '.pending[0].number')"
  wait "$pid" || code=$?
  assert_equal "$code" 4
  assert_equal "$(settings)" ""
  [[ ! -e .git/touchstone ]]
}

# shellcheck disable=SC2088  # git expands the tilde
@test "an allowed signers file that git knows is used and kept" {
  mkdir -p "$HOME/mine"
  echo 'bob@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMvF6ssGeyIQ8OrR4EAokSGVmoRTm3E8eUHqpq34xJF7' \
    >"$HOME/mine/signers"
  git config --global gpg.ssh.allowedSignersFile '~/mine/signers'
  touching alice touchstone setup --yes
  assert_equal "$(git config gpg.ssh.allowedSignersFile)" '~/mine/signers'
  assert_equal "$(cut -d' ' -f1 "$HOME/mine/signers" | paste -sd' ')" \
    "bob@example.org alice@example.org"
}

@test "--global writes the user's own configuration" {
  git config --global user.email alice@example.org
  touching alice touchstone setup --global --yes
  assert_equal "$(settings)" ""
  assert_equal "$(git config --global gpg.format)" ssh
  assert_equal "$(git config --global gpg.ssh.allowedSignersFile)" \
    "$XDG_CONFIG_HOME/git/allowed_signers"
  touchstone setup --global --undo --yes
  assert_equal "$(git config --global --get gpg.format || echo unset)" unset
}

@test "--global after a setup of this repository sets up the others too" {
  touching alice touchstone setup --yes
  git config --global user.email alice@example.org
  git config --global user.name "Alice Example"
  touchstone setup --global --yes
  assert_equal "$(git config --global gpg.ssh.allowedSignersFile)" \
    "$XDG_CONFIG_HOME/git/allowed_signers"
  git init -q "$HOME/other"
  cd "$HOME/other"
  touching alice git commit -q --allow-empty -m one
  run --separate-stderr touchstone verify
  assert_equal "$status" 0
  assert_contains "$output" " touch "
}

@test "doctor finds nothing wrong after setup, and what was broken since" {
  touching alice touchstone setup --yes
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[pin]\nprogram = "%s"\n' "$(command -v true)" >"$XDG_CONFIG_HOME/touchstone/config.toml"
  run --separate-stderr touchstone doctor --json
  assert_equal "$(jq -r 'select(.state == "problem") | .check' <<<"$output")" ""
  assert_equal "$(jq -r 'select(.check == "git key") | .state' <<<"$output")" good

  # The agent looks along no PATH, so that what lies there does not help.
  printf '[pin]\nprogram = "pinentry-of-mine"\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  ln -s "$(command -v true)" "$HOME/pinentry-of-mine"
  assert_contains "$(PATH=$PATH:$HOME touchstone doctor)" \
    "problem  pinentry: pinentry-of-mine is not there"
  rm "$XDG_CONFIG_HOME/touchstone/config.toml"

  git config gpg.ssh.program ssh-keygen
  assert_contains "$(touchstone doctor)" "problem  git program: "
  git config --unset gpg.ssh.program
  assert_contains "$(touchstone doctor)" "gpg.ssh.program is not set"
  touchstone setup --yes
  : >.git/touchstone/allowed_signers
  assert_contains "$(touchstone doctor)" "problem  git signers: "
  touchstone setup --yes
  touchstone key remove --yes sign
  assert_contains "$(touchstone doctor)" "problem  git key: the agent does not hold user.signingkey"
  sed -i '1s/"time":"2/"time":"3/' "$XDG_STATE_HOME/touchstone/journal.jsonl"
  assert_contains "$(touchstone doctor)" "problem  journal: "
  run --separate-stderr touchstone log verify
  assert_equal "$status" 1
  assert_contains "$stderr" "the journal does not hold together"
}
