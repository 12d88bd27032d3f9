#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a server with our hooks lets in: a real git-receive-pack, hooks that git runs, real pushes.

bats_require_minimum_version 1.5.0
load helpers
load stack
load server

setup() {
  person_setup
  install_hook pre-receive
}

teardown() { sandbox_teardown; }

@test "a good push comes in and is written down" {
  commit one
  git push -q origin main
  assert_equal "$(server_git rev-parse main)" "$(git rev-parse main)"
  run -0 log_record
  assert_equal "${lines[0]}" 'touchstone push v1'
  [[ ${lines[1]} =~ ^received\ [0-9]+$ ]]
  assert_equal "${lines[2]}" \
    "update 0000000000000000000000000000000000000000 $(git rev-parse main) refs/heads/main"
  assert_equal "${#lines[@]}" 3
  commit two
  git push -q origin main
  assert_equal "$(log_length)" 2
  assert_equal "$(find "$server/touchstone/pending" -type f)" ''
  server_git fsck --strict --no-dangling
}

@test "an unsigned commit is refused with the command that helps" {
  commit one
  git push -q origin main
  unsigned_commit two
  commit three
  refused "commit $(git rev-parse --short=12 main~1): not signed" origin main
  assert_contains "$output" 'push refused, nothing was changed'
  assert_contains "$output" "hint: touchstone sign $(git rev-parse --short=12 main~2)..main"
  refute_contains "$output" "$(git rev-parse --short=12 main)"
}

@test "a signature without a touch is refused" {
  commit one
  silent_commit two
  assert_equal "$(git -c gpg.ssh.program=ssh-keygen log -1 --format=%G?)" G
  refused "commit $(git rev-parse --short=12 main): user presence flag not set" origin main
}

@test "a key that nobody allowed is refused" {
  touchstone key new --role sign other >/dev/null
  touchstone keys --json | jq -rs 'flatten | .[] | select(.name == "other") | .public_key' \
    >"$HOME/other.pub"
  git -c user.signingkey="$HOME/other.pub" commit -q --allow-empty -m one
  refused 'the allowed signers do not let the key sign this' origin main
}

@test "a committer who is not the signer is refused" {
  git -c user.email=mallory@example.org commit -q --allow-empty -m one
  refused "commit $(git rev-parse --short=12 main)" origin main
  assert_contains "$output" 'mallory@example.org'
}

@test "a commit changed after signing is refused" {
  commit one
  git cat-file commit HEAD | sed 's/^one$/two/' >"$HOME/forged"
  git reset -q --hard "$(git hash-object -t commit -w --stdin <"$HOME/forged")"
  refused "commit $(git rev-parse --short=12 main): " origin main
}

@test "a push is taken whole or not at all" {
  commit one
  git branch good
  unsigned_commit two
  refused 'not signed' origin good main
  refused 'not signed' --atomic origin good main
  git push -q origin good
}

@test "tags: signed ones come in, others are refused" {
  commit one
  git push -q origin main
  git tag -m one v1
  git push -q origin v1
  git tag --no-sign -m two v2
  refused 'tag v2: not signed' origin v2
  assert_contains "$output" 'hint: git tag -s -f v2'
  git -c tag.gpgsign=false tag v3
  refused 'refs/tags/v3: a tag without an object of its own' origin v3
  refused 'tag v4 is named v1' origin v1:refs/tags/v4
}

@test "a signed tag does not bring in what is unsigned" {
  unsigned_commit one
  git tag -m one v1
  refused "commit $(git rev-parse --short=12 main): not signed" origin v1
}

@test "a ref that stands for another one is pushed to by that one's name" {
  commit one
  git push -q origin main
  server_git symbolic-ref refs/heads/master refs/heads/main
  commit two
  refused 'refs/heads/master: it stands for refs/heads/main here' origin main:master
  assert_contains "$output" 'hint: push to refs/heads/main'
  git push -q origin main
  refused 'refs/heads/master: it stands for refs/heads/main here' --force origin main~1:master
  refused 'refs/heads/master: it stands for refs/heads/main here' origin :master
}

@test "tags of tags of tags are the pusher's to take apart" {
  commit one
  git tag -m 0 --no-sign t0
  for n in {1..9}; do git -c advice.nestedTag=false tag -m "$n" --no-sign "t$n" "t$((n - 1))"; done
  refused 'refs/tags/t9: a tag of a tag of a tag, limit 8: larger than the limit' origin t9
  [[ $output != *'the server'* ]]
}

@test "a tag that lies about what it names is refused" {
  unsigned_commit one
  printf 'object %s\ntype blob\ntag v1\ntagger A <a@example.org> 1700000000 +0000\n\nx\n' \
    "$(git rev-parse main)" >"$HOME/tag"
  touchstone-git-sign -Y sign -n git -f "$HOME/work.pub" <"$HOME/tag" >"$HOME/tag.sig" || true
  cat "$HOME/tag" "$HOME/tag.sig" >"$HOME/whole"
  git update-ref refs/tags/v1 "$(git hash-object -t tag -w --literally --stdin <"$HOME/whole")"
  run ! git push origin v1
  assert_equal "$(server_state)" ''
}

@test "protected refs are not deleted, rewound or moved" {
  commit one
  commit two
  git tag -m one v1 HEAD~1
  git push -q origin main v1
  server_git config receive.denyDeleteCurrent ignore
  refused 'refs/heads/main: a protected ref may not be deleted' origin :main
  # There is no policy here to look into.
  assert_contains "$output" 'the server lets no push do that to this ref'
  refute_contains "$output" policy
  refused 'refs/heads/main: a protected ref may not be rewound' --force origin main~1:main
  refused 'refs/tags/v1: a protected ref may not be deleted' origin :v1
  git tag -f -m again v1 HEAD
  refused 'refs/tags/v1: a protected tag may not be moved' --force origin v1
}

@test "other branches may be rewound and deleted" {
  commit one
  commit two
  git push -q origin main main:topic
  git push -q --force origin main~1:topic
  git push -q origin :topic
  assert_equal "$(log_length)" 3
}

@test "nobody writes to the push log" {
  commit one
  git push -q origin main
  refused 'only the server itself writes there' --force origin main:refs/touchstone/pushes
  refused 'only the server itself writes there' origin :refs/touchstone/pushes
  refused 'only the server itself writes there' origin main:refs/touchstone/other
}

@test "batches are added, never changed, and open no back door" {
  commit one
  git push -q origin main
  unsigned_commit two
  refused 'it is no blob' origin main:refs/touchstone/batches/1
  refused 'batch: there is no signature' origin "$(git hash-object -w --stdin <<<junk):refs/touchstone/batches/1"
  refused 'not signed' origin main
  server_git update-ref refs/touchstone/batches/1 main
  refused 'a batch may be added, never changed' --force origin main:refs/touchstone/batches/1
  refused 'a batch may be added, never changed' origin :refs/touchstone/batches/1
}

@test "a ref that is not judged opens no back door" {
  install_hook pre-receive --ref refs/heads/main
  unsigned_commit one
  git push -q origin main:wip
  refused 'not signed' origin main
}

@test "a long list is cut" {
  for n in {1..23}; do unsigned_commit "$n"; done
  refused '… and 3 more' origin main
  assert_equal "$(grep -c ': not signed' <<<"$output")" 20
}

@test "what a pusher writes cannot reach a terminal" {
  commit one
  printf 'object %s\ntype commit\ntag v\x1b[2J\ntagger A <a@example.org> 1 +0000\n\nx\n' \
    "$(git rev-parse main)" >"$HOME/tag"
  git update-ref refs/tags/v1 "$(git hash-object -t tag -w --literally --stdin <"$HOME/tag")"
  refused 'push refused' origin v1
  refute_contains "$output" $'\x1b[2J'
}

@test "no record, no acceptance" {
  commit one
  rm -rf "$server/touchstone"
  : >"$server/touchstone"
  run ! git push origin main
  assert_contains "$output" 'recording the push'
  assert_equal "$(server_git for-each-ref)" ''
}

@test "a crash between acceptance and the log is made good by the next push" {
  commit one
  mv "$server/hooks/post-receive" "$HOME/post-receive"
  git push -q origin main
  assert_equal "$(server_git for-each-ref refs/touchstone)" ''
  run -0 touchstone hook status --repository "$server" --json
  assert_equal "$(jq -s '.[-1].pending_pushes' <<<"$output")" 1
  mv "$HOME/post-receive" "$server/hooks/post-receive"
  commit two
  run -0 git push origin main
  assert_contains "$output" 'recorded 1 earlier push'
  assert_equal "$(log_length)" 2
  assert_contains "$(log_record refs/touchstone/pushes~1)" "$(git rev-parse main~1) refs/heads/main"
}

@test "the record of a push that another hook stopped is dropped" {
  commit one
  printf '#!/bin/sh\nexit 1\n' >"$server/hooks/update"
  chmod +x "$server/hooks/update"
  run ! git push -q origin main:topic
  rm "$server/hooks/update"
  run -0 git push origin main
  assert_contains "$output" 'dropped the record of 1 earlier push'
  assert_equal "$(log_length)" 1
  assert_equal "$(find "$server/touchstone/pending" -type f)" ''
}

@test "many push at once, and the log has every one" {
  commit one
  git push -q origin main
  pids=()
  for n in {1..6}; do
    git branch "b$n"
    git push -q origin "b$n" 3>&- &
    pids+=("$!")
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  assert_equal "$(log_length)" 7
  assert_equal "$(find "$server/touchstone/pending" -type f)" ''
}

@test "the hook 'update' judges one ref" {
  touchstone hook uninstall pre-receive --repository "$server"
  install_hook update
  commit one
  git branch good
  unsigned_commit two
  run ! git push origin good main
  assert_contains "$output" 'touchstone: refused: refs/heads/main'
  assert_equal "$(server_git for-each-ref --format='%(refname)')" refs/heads/good
}

@test "settings that are not understood let nothing in" {
  commit one
  server_git config touchstone.requirePushCertificate maybe
  refused 'touchstone.requirePushCertificate: want true or false' origin main
  server_git config --unset touchstone.requirePushCertificate
  mv "$HOME/allowed_signers" "$HOME/elsewhere"
  refused 'allowed signers' origin main
}
