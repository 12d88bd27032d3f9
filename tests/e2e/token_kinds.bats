# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # bats sets $status, $output and $stderr
# Tokens that make no Ed25519 keys: U2F alone, and FIDO2 without EdDSA. From the enrolment to what the
# verifier says of a commit.

load helpers
load stack
bats_require_minimum_version 1.5.0

setup() {
  sandbox_setup
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
}
teardown() { sandbox_teardown; }

readonly kType=sk-ecdsa-sha2-nistp256@openssh.com

# commits_with_a_touch makes a commit with the one token, and has it judged by our verifier and by
# the stock one.
commits_with_a_touch() {
  touching alice git commit -q --allow-empty -m one
  git -c gpg.ssh.program=ssh-keygen verify-commit HEAD
  run --separate-stderr touchstone verify --json
  assert_equal "$status" 0
  assert_equal "$(jq -r '[.class, .signer] | join(" ")' <<<"$output")" "touch alice@example.org"
  touchstone log verify
}

# enrols_by_hand PROFILE makes a key by `key new` and sets git up with the line that it prints.
enrols_by_hand() {
  start_stack "name=alice,touch=button,profile=$1"
  touching alice touchstone key new work >"$HOME/printed.pub"
  use_key . work
  assert_equal "$(ssh-keygen -lf "$HOME/printed.pub")" "$(ssh-keygen -lf "$HOME/work.pub")"
  git config user.signingkey "$HOME/printed.pub"
  commits_with_a_touch
}

# enrols_by_setup PROFILE leaves it all to setup.
enrols_by_setup() {
  start_stack "name=alice,touch=button,profile=$1"
  touching alice touchstone setup --yes >"$HOME/out"
  assert_equal "$(touchstone keys --json | jq -r .type)" "$kType"
  assert_equal "$(git config user.signingkey)" \
    "key::$(touchstone keys --json | jq -r .public_key | cut -d' ' -f1,2)"
  commits_with_a_touch
  run --separate-stderr touchstone setup --dry-run
  assert_equal "$stderr" "nothing to do"
}

@test "a U2F token: key new, commit, touch" { enrols_by_hand u2f; }
@test "a U2F token: setup, commit, touch" { enrols_by_setup u2f; }
@test "a token without EdDSA: key new, commit, touch" { enrols_by_hand 2_1_es256; }
@test "a token without EdDSA: setup, commit, touch" { enrols_by_setup 2_1_es256; }

@test "what a token cannot do is refused, and token list says what it can" {
  start_stack name=alice,touch=button,profile=u2f
  run --separate-stderr touchstone key new --algorithm ed25519-sk work
  assert_equal "$status" 1
  assert_contains "$stderr" ": none of the key algorithms: the token cannot do this
hint: touchstone token list says what it can do"
  assert_contains "$(touchstone token list)" "ecdsa-p256  U2F_V2"
  assert_equal "$(touchstone keys --names)" ""
}
