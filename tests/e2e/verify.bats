# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # bats sets $status, $output and $stderr
# `touchstone verify` from outside: what it takes, what it says, how it ends.

load helpers
bats_require_minimum_version 1.5.0

setup() {
  sandbox_setup
  make_repository "$HOME/r"
  cd "$HOME/r" || return
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$HOME/key"
  printf 'alice@example.org %s\n' "$(cat "$HOME/key.pub")" >"$HOME/signers"
  git config gpg.ssh.allowedSignersFile "$HOME/signers"
  git config gpg.format ssh
  git config user.signingkey "$HOME/key.pub"
}
teardown() { sandbox_teardown; }

@test "what falls short is said in a line each and the mend once" {
  git commit -q -S --allow-empty -m one
  git -c user.email=mallory@example.org commit -q -S --allow-empty -m two
  git commit -q --allow-empty -m three
  run --separate-stderr touchstone verify
  assert_equal "$status" 1
  assert_contains "$output" "  committer-mismatch: mallory@example.org: the committer is not the signer"
  assert_contains "$output" "2 × software-key: the key is on no token: its signature proves no touch
  hint: "
  assert_contains "$output" "3 refused"
  run --separate-stderr touchstone verify --json
  assert_equal "$status" 1
  assert_equal "$(jq -r '[.accepted, (.problems | map(.error) | join("+"))] | join(" ")' <<<"$output")" \
    "false unsigned
false software-key+committer-mismatch
false software-key"
}

@test "people read the oldest first" {
  git commit -q -S --allow-empty -m one
  git commit -q -S --allow-empty -m two
  run --separate-stderr touchstone verify
  assert_equal "$(grep -o '^commit [0-9a-f]*' <<<"$output")" \
    "$(git log --reverse --abbrev=12 --format='commit %h')"
  run --separate-stderr touchstone verify --json
  assert_equal "$(jq -r .commit <<<"$output")" "$(git log --format=%H)"
}

@test "what is judged is said as for git rev-list, and a tag of it is judged too" {
  git commit -q -S --allow-empty -m one
  git commit -q -S --allow-empty -m two
  git tag -s -m v1 v1
  git commit -q -S --allow-empty -m three
  run --separate-stderr touchstone verify --json v1 ^HEAD~2
  assert_equal "$(jq -r '.tag // .commit' <<<"$output")" "$(git rev-parse v1 'v1^{commit}')"
  run --separate-stderr touchstone verify --json ^HEAD~2 HEAD v1
  assert_equal "$(jq -r '.tag // .commit' <<<"$output" | sort)" \
    "$(git rev-parse v1 'v1^{commit}' HEAD | sort)"
  touch file
  run -2 --separate-stderr touchstone verify HEAD file
  assert_contains "$stderr" "file is a file, which is verified by itself"
  run -2 --separate-stderr touchstone verify --push HEAD
  git tag blob "$(git hash-object -w file)"
  for what in blob 'HEAD^{tree}'; do
    run -2 --separate-stderr touchstone verify HEAD "$what"
    assert_contains "$stderr" "what is signed are commits and tags"
  done
  run -1 --separate-stderr touchstone verify HEAD nonesuch
  assert_contains "$stderr" "nonesuch: neither a revision nor a file"
}

@test "signers come from a pipe as from a file" {
  git commit -q -S --allow-empty -m one
  run --separate-stderr touchstone verify --json --signers <(cat "$HOME/signers")
  assert_equal "$(jq -r .signer <<<"$output")" alice@example.org
  run -1 --separate-stderr touchstone verify --signers /dev/null
  assert_contains "$output" "1 × untrusted-signer"
  run -1 --separate-stderr touchstone verify --signers "$HOME/none"
  assert_contains "$stderr" "allowed signers: $HOME/none: "
}

@test "where nothing says whose signatures count, that is said" {
  git commit -q -S --allow-empty -m one
  git config --unset gpg.ssh.allowedSignersFile
  run -2 --separate-stderr touchstone verify
  assert_equal "$output" ""
  assert_contains "$stderr" "nothing says whose signatures count"
  assert_contains "$stderr" "hint: give --signers FILE, or set git's gpg.ssh.allowedSignersFile"
}

@test "options that contradict each other are usage errors" {
  git commit -q --allow-empty -m one
  run -2 touchstone verify --push HEAD
  run -2 touchstone verify --introduction "$(git rev-parse HEAD)"
  run -2 touchstone verify --namespace file HEAD
  run -2 touchstone verify --introduced-by x --introduction y --signers "$HOME/signers"
}

@test "a revision wins over a file of its name and -- asks for the file" {
  git commit -q -S --allow-empty -m one
  echo content >main
  ssh-keygen -q -Y sign -n file -f "$HOME/key" main
  run --separate-stderr touchstone verify --json main
  assert_equal "$(jq -r .commit <<<"$output")" "$(git rev-parse HEAD)"
  run --separate-stderr touchstone verify --json -- main
  assert_equal "$status" 1
  assert_equal "$(jq -r '[.file, .class, .signer] | join(" ")' <<<"$output")" \
    "main no-touch alice@example.org"
  run --separate-stderr touchstone verify nothing
  assert_equal "$status" 1
  assert_contains "$stderr" "nothing: neither a revision nor a file"
}

@test "a name of a tag and of a branch that differ is not guessed at" {
  git commit -q -S --allow-empty -m one
  git tag -m one one
  git branch release
  git tag -m same release
  run --separate-stderr touchstone verify --json release
  assert_equal "$(jq -r .commit <<<"$output" | tail -n 1)" "$(git rev-parse 'release^{}')"
  git commit -q -S --allow-empty -m two
  git branch one
  for range in one one~0 one^{} HEAD..one one...HEAD ^one; do
    run --separate-stderr -2 touchstone verify "$range"
    assert_contains "$stderr" "one is both refs/tags/one and refs/heads/one: write out which is meant"
  done
  run --separate-stderr touchstone verify --json refs/heads/one
  assert_equal "$(jq -r .commit <<<"$output" | head -n 1)" "$(git rev-parse HEAD)"
  git update-ref refs/remotes/one HEAD
  run --separate-stderr -2 touchstone verify one
}

@test "a tag cannot stand for another name" {
  git commit -q -S --allow-empty -m good
  git tag -m good good
  git commit -q -S --allow-empty -m bad
  short=$(git rev-parse --short HEAD)
  for name in rel@1 "$short" "x-1-g$short" origin; do
    git tag "$name" good
  done
  git branch rel@1
  git update-ref refs/remotes/origin/HEAD HEAD
  git update-ref refs/tags/refs/heads/gone good
  for name in rel@1 rel@1~0 "$short" "x-1-g$short" origin HEAD..origin; do
    run --separate-stderr -2 touchstone verify "$name"
    assert_contains "$stderr" ' is both refs/tags/'
  done
  run --separate-stderr -1 touchstone verify refs/heads/gone
  assert_contains "$stderr" 'refs/heads/gone: no such ref'
  run --separate-stderr touchstone verify --json "main@{0}"
  assert_equal "$(jq -r .commit <<<"$output" | head -n 1)" "$(git rev-parse HEAD)"
  run --separate-stderr touchstone verify --json "$(git rev-parse HEAD)"
  assert_equal "$(jq -r .commit <<<"$output" | head -n 1)" "$(git rev-parse HEAD)"
}

@test "a SARIF log has what is refused, and is whole when git gives up" {
  git commit -q -S --allow-empty -m one
  git commit -q --allow-empty -m two
  run --separate-stderr touchstone verify --sarif
  assert_equal "$status" 1
  assert_equal "$(jq -r '.runs[0].results | map(.ruleId) | join(" ")' <<<"$output")" \
    "unsigned software-key"
  assert_equal "$(jq -r '.runs[0].results[0].locations[0].logicalLocations[0].fullyQualifiedName' \
    <<<"$output")" "$(git rev-parse HEAD)"
  run -2 touchstone verify --sarif --json
  # The tree of the first commit's content is gone: git stops in the middle.
  rm ".git/objects/$(git rev-parse HEAD~1 | sed 's,^..,&/,')"
  run --separate-stderr touchstone verify --sarif
  assert_equal "$status" 1
  assert_equal "$(jq '.runs[0].invocations[0].executionSuccessful' <<<"$output")" false
}

@test "a history that a shallow clone cuts off does not pass, in any form" {
  git commit -q -S --allow-empty -m one
  git commit -q -S --allow-empty -m two
  git clone -q --depth=1 "file://$PWD" "$HOME/cut"
  cd "$HOME/cut" || return
  head=$(git rev-parse HEAD)
  git config gpg.ssh.allowedSignersFile "$HOME/signers"
  run -1 --separate-stderr touchstone verify
  assert_contains "$output" "1 × shallow"
  assert_contains "$output" "hint: git fetch --unshallow"
  run -1 --separate-stderr touchstone verify --json
  assert_equal "$(jq -r 'select(.finding) | .finding | [.error, .id] | join(" ")' <<<"$output")" "shallow $head"
  run -1 --separate-stderr touchstone verify --sarif
  assert_equal "$(jq -r '.runs[0].results[] | select(.ruleId == "shallow") | .level' <<<"$output")" error
}

@test "a push is what the upstream lacks" {
  git commit -q -S --allow-empty -m one
  git init -q --bare "$HOME/remote"
  git remote add origin "$HOME/remote"
  run --separate-stderr touchstone verify --push --json
  assert_equal "$(jq -r .commit <<<"$output")" "$(git rev-parse HEAD)"
  git push -q -u origin main
  run --separate-stderr touchstone verify --push
  assert_equal "$status" 1
  assert_contains "$stderr" "nothing to verify"
  git commit -q -S --allow-empty -m two
  run --separate-stderr touchstone verify --push --json
  assert_equal "$(jq -r .commit <<<"$output")" "$(git rev-parse HEAD)"
}

@test "a ref is named whole, or no rule would be for it" {
  git commit -q -S --allow-empty -m one
  for command in verify 'policy explain HEAD'; do
    # shellcheck disable=SC2086
    run --separate-stderr touchstone $command --ref main
    assert_equal "$status" 2
    assert_contains "$stderr" "--ref takes a whole name: refs/heads/main, refs/tags/main"
  done
}

@test "an introduction that does not hold ends it before the first verdict" {
  git commit -q -S --allow-empty -m one
  git config touchstone.introduction \
    "$(git rev-parse HEAD) $(ssh-keygen -lf "$HOME/key" | cut -d' ' -f2)"
  run --separate-stderr touchstone verify
  assert_equal "$status" 1
  assert_equal "$output" ""
  assert_contains "$stderr" "no-touch, want a touch by SHA256:"
  run --separate-stderr touchstone verify --signers "$HOME/signers"
  assert_contains "$output" "1 × software-key"
}
