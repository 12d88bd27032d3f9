#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of server.bash
# A server that judges by the repository's own policy, from its introduction on.

bats_require_minimum_version 1.5.0
load helpers
load stack
load server

setup() {
  person_setup
  ssh-keygen -q -t ed25519 -N '' -f "$HOME/bob"
  fingerprint=$(ssh-keygen -lf "$HOME/work.pub" | cut -d' ' -f2)
  mkdir .touchstone
  # The public key of RFC 8032 section 7.1, test 1, as a token's: bob's, in a file, gives no touch.
  carol=$(python3 -c 'import base64, struct
part = lambda data: struct.pack(">I", len(data)) + data
key = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
print(base64.b64encode(part(b"sk-ssh-ed25519@openssh.com") + part(key) + part(b"ssh:")).decode())')
  {
    printf 'carol@example.org namespaces="git" sk-ssh-ed25519@openssh.com %s\n' "$carol"
    printf 'alice@example.org namespaces="git" %s\n' "$(cut -d' ' -f1,2 "$HOME/work.pub")"
    printf 'bob@example.org namespaces="git" %s\n' "$(cut -d' ' -f1,2 "$HOME/bob.pub")"
  } >.touchstone/signers
  cat >.touchstone/policy.toml <<'TOML'
version = 1
[policy]
require = "touch"
[[ref]]
pattern = "refs/heads/wip/*"
require = "nothing"
[[ref]]
pattern = "refs/heads/stable"
require = "touch"
[[ref]]
pattern = "refs/heads/pin"
require = "touch+pin"
[change]
signers = 2
TOML
  git add .
  commit introduction
  touchstone hook install pre-receive --repository "$server" \
    --introduction "$(git rev-parse main)" --introduced-by "$fingerprint" >/dev/null 2>&1
}

teardown() { sandbox_teardown; }

@test "a history comes in from its introduction on" {
  commit one
  git push -q origin main
  commit two
  git push -q origin main
  git tag -m one v1
  git push -q origin v1
  assert_equal "$(log_length)" 3
}

@test "an introduction by another key lets nothing in" {
  server_git config touchstone.introduction \
    "$(git rev-parse main) $(ssh-keygen -lf "$HOME/bob.pub" | cut -d' ' -f2)"
  run ! git push origin main
  assert_equal "$(server_git for-each-ref)" ''
}

@test "what does not descend from the introduction is refused" {
  git push -q origin main
  git checkout -q --orphan other
  commit elsewhere
  refused "commit $(git rev-parse --short=12 other)" origin other
}

@test "unsigned and silent commits are refused" {
  git push -q origin main
  unsigned_commit one
  refused 'not signed' origin main
  git reset -q --hard origin/main
  silent_commit two
  refused "commit $(git rev-parse --short=12 main)" origin main
}

@test "what is judged for no branch is held to every rule for refs" {
  git config touchstone.introduction "$(git rev-parse main) $fingerprint"
  commit one
  run -0 --separate-stderr touchstone verify main
  assert_equal "$stderr" ''
  for what in main~0 HEAD~0 "$(git rev-parse main)"; do
    run -1 --separate-stderr touchstone verify "$what"
    assert_contains "$output" 'ref refs/heads/pin (it may be for that one): touch+pin is demanded'
    assert_contains "$stderr" "held to all of the policy's rules for refs"
    assert_contains "$stderr" '--ref refs/heads/BRANCH'
  done
  git checkout -q --detach
  run -1 --separate-stderr touchstone verify
  assert_contains "$stderr" "held to all of the policy's rules for refs"
  run -0 --separate-stderr touchstone verify --ref refs/heads/main
  assert_equal "$stderr" ''
  run --separate-stderr touchstone verify --ref refs/heads/pin main~0
  assert_equal "$status" 1
  assert_equal "$stderr" ''
}

@test "a committer who is not the signer is refused" {
  git push -q origin main
  git -c user.email=mallory@example.org commit -q --allow-empty -m one
  refused "commit $(git rev-parse --short=12 main)" origin main
}

@test "the policy is not removed or changed by one person where it wants two" {
  git push -q origin main
  git rm -q -r .touchstone
  commit 'no more policy'
  refused "commit $(git rev-parse --short=12 main)" origin main
  git reset -q --hard origin/main
  sed -i 's/require = "touch"/require = "signature"/' .touchstone/policy.toml
  git add .
  commit 'a softer policy'
  refused "commit $(git rev-parse --short=12 main)" origin main
}

@test "what a lax ref took in does not come to a strict one" {
  git push -q origin main
  git checkout -q -b wip/x
  unsigned_commit draft
  git push -q origin wip/x
  refused 'not signed' origin wip/x:main
  refused 'not signed' origin wip/x:stable
  commit onwards
  refused 'not signed' origin wip/x:main
}

@test "a ref that wants more gets no less, and begins at what HEAD has" {
  git push -q origin main
  git push -q origin main:pin
  commit touched
  refused "commit $(git rev-parse --short=12 main)" origin main:pin
  git push -q origin main
}

@test "refs with rules of their own are protected" {
  commit one
  git push -q origin main main:stable main:wip/x
  refused 'refs/heads/stable: a protected ref may not be deleted' origin :stable
  refused 'refs/heads/stable: a protected ref may not be rewound' --force origin main~1:stable
  git push -q --force origin main~1:wip/x
  git push -q origin :wip/x
}

@test "tags are judged by the policy and bear their ref's name" {
  git push -q origin main
  git tag -m one v1
  git push -q origin v1
  refused 'tag v2 is named v1' origin v1:refs/tags/v2
  git tag --no-sign -m three v3
  refused 'tag v3' origin v3
  git -c tag.gpgsign=false tag v4
  refused 'refs/tags/v4: a tag without an object of its own' origin v4
}

@test "a revocation goes by what the server's log says, at the server and in a clone" {
  introduction=$(git rev-parse main)
  git push -q origin main
  commit 'before the loss'
  git push -q origin main
  commit 'not seen by then'
  late=$(git rev-parse main)
  git reset -q --hard HEAD~1
  # Lost from one second after the last push on.
  printf '\n[[revoked]]\nkey = "%s"\nreason = "lost"\nsince = %s\n' "$fingerprint" \
    "$(date -u -d "@$(($(log_record | sed -n 's/^received //p') + 1))" +%Y-%m-%dT%H:%M:%SZ)" \
    >>.touchstone/policy.toml
  sed -i 's/^signers = 2/signers = 1/' .touchstone/policy.toml
  cp -r .touchstone "$HOME/revoking"
  trusting=(--introduction "$introduction" --introduced-by "$fingerprint")
  # Revocations of the newest policy count for what older ones let pass; here it is only looked at.
  git add .
  git commit -q --no-gpg-sign -m revoking
  run ! --separate-stderr touchstone verify "${trusting[@]}" main
  assert_contains "$output" "no server's record says when this was received"
  # A tag by that name, which anybody may push who may push a tag, is no log, and no server takes it.
  git update-ref refs/tags/refs/touchstone/pushes "$introduction"
  run ! --separate-stderr touchstone verify "${trusting[@]}" --push-log main
  assert_contains "$stderr" 'git fetch REMOTE refs/touchstone/pushes:refs/touchstone/pushes'
  git update-ref -d refs/tags/refs/touchstone/pushes
  refused 'only the server writes' origin "$introduction:refs/heads/refs/touchstone/pushes"
  git fetch -q origin refs/touchstone/pushes:refs/touchstone/pushes
  run ! --separate-stderr touchstone verify "${trusting[@]}" --push-log --json main
  assert_equal "$(jq -r 'select(.problems | map(.error) | contains(["revoked-key"])) | .commit' <<<"$output")" ''
  # What the server never saw stays refused.
  git checkout -q --detach "$late"
  cp -r "$HOME/revoking/." .touchstone
  git add .
  git commit -q --no-gpg-sign -m revoking
  run ! --separate-stderr touchstone verify "${trusting[@]}" --push-log --json HEAD
  assert_equal "$(jq -r 'select(.problems | map(.error) | contains(["revoked-key"])) | .commit' <<<"$output")" \
    "$late"
}

@test "certificates count when the policy knows the key" {
  touchstone hook install pre-receive --repository "$server" --require-push-certificate \
    >/dev/null 2>&1
  refused 'it has none' origin main
  git push -q --signed origin main
  assert_contains "$(log_record)" "pusher $fingerprint alice@example.org"
  commit one
  git config gpg.ssh.program ssh-keygen
  git config user.signingkey "$HOME/bob"
  refused 'no-touch' --signed origin main
}

@test "a note of what descends from the introduction spares a walk and decides nothing" {
  local introduction note=$server/touchstone/introduced text
  introduction=$(git rev-parse main)
  git push -q origin main
  [[ ! -e $note ]] # there was no main branch yet
  commit one
  git push -q origin main
  assert_equal "$(cat "$note")" "$introduction $(git rev-parse main)"
  # Whatever stands in it, the next push is judged as ever.
  for text in '' garbage "$introduction" "$introduction HEAD" "$introduction --all" \
    "$introduction 0123456789012345678901234567890123456789"; do
    printf '%s\n' "$text" >"$note"
    commit "after $text"
    git push -q origin main
    assert_equal "$(cat "$note")" "$introduction $(git rev-parse main)"
  done
  # A refused push leaves it alone, and so does one to another branch.
  text=$(cat "$note")
  unsigned_commit bad
  refused 'not signed' origin main
  git reset -q --hard HEAD~1
  commit other
  git push -q origin HEAD:refs/heads/other
  assert_equal "$(cat "$note")" "$text"
  # It is for its introduction only.
  git checkout -q --orphan elsewhere
  commit elsewhere
  git push -q origin HEAD:refs/heads/wip/elsewhere || true
  printf '%s %s\n' 0123456789012345678901234567890123456789 "$(git rev-parse HEAD)" >"$note"
  commit more
  refused 'introduc' origin HEAD:refs/heads/stable
}
