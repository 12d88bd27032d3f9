#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Stock git, our signing program, the agent and an emulated token: what a maintainer does all day.

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
}

teardown() { sandbox_teardown; }

# stock COMMAND… runs git with the stock verifier in place of ours.
stock() { git -c gpg.ssh.program=ssh-keygen "$@"; }

@test "a commit is signed after a touch, and stock tools call it good" {
  touching alice git commit -q --allow-empty -m 'first light'
  assert_equal "$(stock log -1 --format=%G?)" G
  assert_equal "$(git log -1 --format=%G?)" G
  stock verify-commit HEAD
  run -0 --separate-stderr touchstone verify --json
  assert_equal "$(jq -r .class <<<"$output")" touch
  assert_equal "$(jq -r .signer <<<"$output")" alice@example.org
}

@test "the prompt shows the commit, and is shown before the token is asked" {
  git commit -q --allow-empty -m 'fix the parser' &
  pid=$!
  token wait-touch alice
  wait_for_line "$watch_log" 'fix the parser'
  run -0 cat "$watch_log"
  assert_contains "$output" 'alice@example.org'
  assert_contains "$output" "$HOME/repository"
  token touch alice
  wait "$pid"
}

@test "one touch signs one commit" {
  touching alice git commit -q --allow-empty -m one
  git commit -q --allow-empty -m two &
  pid=$!
  token wait-touch alice
  assert_equal "$(git log --format=%s)" one
  token touch alice
  wait "$pid"
  assert_equal "$(git log --format=%s)" $'two\none'
}

@test "an annotated tag is signed and verified" {
  touching alice git commit -q --allow-empty -m one
  touching alice git tag -a -m 'release one' v1
  stock verify-tag v1
  git verify-tag v1
  run -0 touchstone verify --json v1
  assert_contains "$output" '"touch"'
}

@test "a push certificate is signed and accepted by a stock server" {
  touching alice git commit -q --allow-empty -m one
  git init -q --bare "$HOME/server.git"
  git -C "$HOME/server.git" config receive.certNonceSeed seed
  git -C "$HOME/server.git" config gpg.ssh.allowedSignersFile "$HOME/allowed_signers"
  # shellcheck disable=SC2016  # the hook expands them
  printf '#!/bin/sh\necho "$GIT_PUSH_CERT_STATUS $GIT_PUSH_CERT_SIGNER" >"%s"\n' "$HOME/seen" \
    >"$HOME/server.git/hooks/pre-receive"
  chmod +x "$HOME/server.git/hooks/pre-receive"
  touching alice git push -q --signed "$HOME/server.git" main
  assert_equal "$(cat "$HOME/seen")" 'G alice@example.org'
}

@test "a SHA-256 repository" {
  git init -q -b main --object-format=sha256 "$HOME/sha256"
  cd "$HOME/sha256" || return
  git config user.name Alice
  git config user.email alice@example.org
  use_key . work
  touching alice git commit -q --allow-empty -m one
  assert_equal "$(stock log -1 --format=%G?)" G
  run -0 touchstone verify --json
  assert_equal "$(jq -r .class <<<"$output")" touch
}

@test "a rebase asks for a touch for each commit it writes" {
  touching alice git commit -q --allow-empty -m base
  for n in 1 2; do
    echo "$n" >"file$n"
    git add .
    touching alice git commit -q -m "commit $n"
  done
  git rebase -q --force-rebase HEAD~2 &
  pid=$!
  for _ in 1 2; do
    token wait-touch alice
    token touch alice
  done
  wait "$pid"
  run -0 touchstone verify --json
  assert_equal "$(jq -r .class <<<"$output" | sort | uniq -c | tr -s ' ')" ' 3 touch'
}

@test "jj's form: the object on standard input, the signature on standard output" {
  touching alice git commit -q --allow-empty -m one
  git cat-file commit HEAD | sed '/^gpgsig /,/-----END/d' >"$HOME/payload"
  sign() { touchstone-git-sign -Y sign -n git -f "$HOME/work.pub" <"$HOME/payload" >"$HOME/sig"; }
  touching alice sign
  ssh-keygen -Y verify -n git -I alice@example.org -f "$HOME/allowed_signers" -s "$HOME/sig" \
    <"$HOME/payload"
}

@test "a literal key in user.signingkey" {
  git config user.signingkey "key::$(cut -d' ' -f1,2 "$HOME/work.pub")"
  touching alice git commit -q --allow-empty -m one
  assert_equal "$(stock log -1 --format=%G?)" G
}

@test "malware's silent signature: stock git says good, our verify says no-touch" {
  touching alice git commit -q --allow-empty -m honest
  private_key=$XDG_DATA_HOME/touchstone/keys/work
  with_tokens git -c gpg.ssh.program=touchstone-attack-silent-signature \
    -c user.signingkey="$private_key" commit -q --allow-empty -m evil
  assert_equal "$(stock log -1 --format=%G?)" G
  assert_equal "$(git log -1 --format=%G?)" B
  run ! git verify-commit HEAD
  run -1 --separate-stderr touchstone verify --json
  assert_equal "$(head -n 1 <<<"$output" | jq -r .class)" no-touch
  assert_equal "$(tail -n 1 <<<"$output" | jq -r .class)" touch
}

@test "the journal holds together and names what was signed" {
  touching alice git commit -q --allow-empty -m 'kept in the journal'
  touchstone log verify
  run -0 touchstone log --json
  assert_contains "$output" 'kept in the journal'
}
