#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What touchstone verify remembers from one run to the next, and what it does not.

bats_require_minimum_version 1.5.0
load helpers
load stack
load server

setup() {
  person_setup
  export XDG_CACHE_HOME=$HOME/cache
  cache=$XDG_CACHE_HOME/touchstone/verified-signatures
  key=$XDG_STATE_HOME/touchstone/verified-signatures.key
}
teardown() { sandbox_teardown; }

# history makes a good commit, one without a touch, and one without a signature.
history() {
  commit one
  silent_commit two
  unsigned_commit three
}

@test "a second run says what the first one said" {
  history
  run -1 touchstone verify --no-cache --json
  local cold=$output
  [[ ! -e $cache ]]
  run -1 touchstone verify --json
  assert_equal "$output" "$cold"
  # The name of the format, and two signatures.
  assert_equal "$(stat -c %s "$cache")" 48
  run -1 touchstone verify --json
  assert_equal "$output" "$cold"
  assert_equal "$(stat -c %s "$cache")" 48
  run -1 touchstone verify --no-cache --json
  assert_equal "$output" "$cold"
}

@test "a key that is no signer any more is none in a second run either" {
  commit one
  run -0 touchstone verify
  : >"$HOME/allowed_signers"
  run -1 touchstone verify
  assert_contains "$output" 'untrusted-signer'
}

@test "files that are not this person's own are named and not used" {
  commit one
  touchstone verify >/dev/null
  chmod 0644 "$cache"
  run -0 --separate-stderr touchstone verify --json
  assert_contains "$stderr" 'warning: what was verified before is verified again'
  assert_contains "$stderr" 'verified-signatures is open to others'
  assert_contains "$stderr" 'hint: these files and their folders have to be yours alone'
  chmod 0600 "$cache"
  mv "$key" "$HOME/elsewhere"
  ln -s "$HOME/elsewhere" "$key"
  run -0 --separate-stderr touchstone verify --json
  assert_contains "$stderr" 'is a symbolic link'
}

@test "without a home, or a place to write, it verifies as ever" {
  commit one
  run -0 --separate-stderr env -u HOME -u XDG_CACHE_HOME touchstone verify --signers "$HOME/allowed_signers"
  assert_equal "$stderr" ''
  run -0 --separate-stderr env XDG_CACHE_HOME=/proc/nowhere touchstone verify
  assert_equal "$stderr" ''
}

@test "a hook remembers nothing and makes no files" {
  commit one
  install_hook pre-receive
  git push -q origin main
  # Nor does the command, when somebody's own hook calls it.
  run -0 env GIT_QUARANTINE_PATH="$HOME" touchstone verify
  run -0 env GIT_DIR="$PWD/.git" touchstone verify
  [[ ! -e $cache && ! -e $key ]]
}

@test "what lies in a working tree is not used, as a checkout could bring it" {
  commit one
  local name
  for name in XDG_CACHE_HOME XDG_STATE_HOME; do
    run -0 env "$name=$PWD/in-the-tree" touchstone verify
    # A relative path would be one in the tree, too. It counts as none.
    run -0 env HOME="$PWD/home" "$name=relative" touchstone verify --signers "$HOME/allowed_signers"
  done
  [[ ! -e in-the-tree && ! -e relative && ! -e home && ! -e $cache && ! -e $key ]]
}

@test "where a file may not grow, it verifies as ever" {
  if ldd "$TOUCHSTONE_BIN/touchstone" | grep -q libtsan; then
    skip "ThreadSanitizer's runtime writes a file of its own before main"
  fi
  commit one
  for name in $(seq 70); do
    git commit -q --allow-empty --no-gpg-sign -m "$name"
  done
  # A pipe is no file, so that what it says still comes out.
  cat >"$HOME/limited" <<'BASH'
ulimit -f 0
touchstone verify --json | cat
exit "${PIPESTATUS[0]}"
BASH
  run -1 bash "$HOME/limited"
  [[ ! -e $cache ]]
}
