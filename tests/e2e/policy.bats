# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # bats sets $status, $output and $stderr
# A repository's policy from the first file to a change that two people stand behind.

load helpers
load stack
bats_require_minimum_version 1.5.0

setup() {
  sandbox_setup
  start_tokens name=first,touch=button name=second,touch=button,plugged=no
  start_agent
  start_watch
  somebody_watches
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
  touching first touchstone setup --yes
}
teardown() { sandbox_teardown; }

# introduce makes the first policy and commits it.
introduce() {
  touchstone policy init
  git add .touchstone
  touching first git commit -q -m 'introduce the policy'
}

# second_key makes Bob's key on the second token, and leaves that one plugged in.
second_key() {
  swap_tokens first second
  touching second touchstone key new --role sign bob >/dev/null
  touchstone keys --json | jq -r 'select(.name == "bob") | .public_key' >"$HOME/bob.pub"
}

fingerprint() { ssh-keygen -lf "$1" | cut -d' ' -f2; }

@test "init writes a policy that stock git can read too, and says where trust begins" {
  run --separate-stderr touchstone policy init
  assert_equal "$status" 0
  assert_contains "$output" '+ require = "touch"'
  touchstone keys --json | jq -r .public_key >"$HOME/alice.pub"
  assert_contains "$stderr" \
    "git config touchstone.introduction \"\$(git rev-parse HEAD) $(fingerprint "$HOME/alice.pub")\""
  run --separate-stderr touchstone policy check
  assert_equal "$status" 0
  assert_contains "$output" "no errors: 1 person, 0 identities, digest "
  digest=${output##* }
  assert_equal "$digest" "$(printf 'policy.toml %s\nsigners %s\n' \
    "$(sha256sum <.touchstone/policy.toml | cut -d' ' -f1)" \
    "$(sha256sum <.touchstone/signers | cut -d' ' -f1)" | sha256sum | cut -d' ' -f1)"

  git add .touchstone
  touching first git commit -q -m 'introduce the policy'
  git -c gpg.ssh.program=ssh-keygen -c gpg.ssh.allowedSignersFile="$PWD/.touchstone/signers" \
    verify-commit HEAD
  run --separate-stderr touchstone policy init
  assert_equal "$status" 1
  assert_contains "$stderr" "there is one by that name already"
}

@test "what is told as the undo undoes" {
  run --separate-stderr touchstone policy init
  assert_contains "$stderr" "to undo: rm -r .touchstone (before"
  ssh-keygen -q -t ed25519 -N '' -f "$HOME/dave"
  run --separate-stderr touchstone policy add-signer dave@example.org "$HOME/dave.pub"
  assert_contains "$stderr" "to undo: take the lines above out again"
  rm -r .touchstone
  assert_equal "$(git status --porcelain)" ""
  introduce
  ssh-keygen -q -t ed25519 -N '' -f "$HOME/carol"
  run --separate-stderr touchstone policy add-signer carol@example.org "$HOME/carol.pub"
  assert_contains "$stderr" "to undo: git checkout -- .touchstone (before"
  git checkout -q -- .touchstone
  assert_equal "$(git status --porcelain)" ""
}

@test "--dry-run writes nothing" {
  touchstone policy init --dry-run
  [[ ! -e .touchstone ]]
  introduce
  touchstone policy revoke alice@example.org --reason lost --dry-run || true
  ssh-keygen -q -t ed25519 -N '' -f "$HOME/carol"
  touchstone policy add-signer carol@example.org "$HOME/carol.pub" --dry-run
  assert_equal "$(git status --porcelain)" ""
}

@test "check tells every problem with its line" {
  introduce
  printf '[polciy]\n[batch]\nmax = -1\n' >>.touchstone/policy.toml
  printf 'bob@example.org\n' >>.touchstone/signers
  run --separate-stderr touchstone policy check
  assert_equal "$status" 1
  assert_contains "$stderr" ".touchstone/signers:2: "
  assert_contains "$stderr" "unknown key polciy in the policy, did you mean policy"
  assert_contains "$stderr" "[batch] max: takes 0 to 1000, not -1"
  assert_contains "$stderr" "the policy accepts nothing"
  assert_equal "$(touchstone policy check --json | jq -r .error | sort -u)" config-invalid
}

@test "explain says what a ref, a path and a commit take" {
  introduce
  printf '\n[[ref]]\npattern = "refs/heads/release/*"\nrequire = "touch+pin"\n' \
    >>.touchstone/policy.toml
  printf '\n[[path]]\npattern = "deploy/*"\nsigners = ["alice@example.org"]\n' \
    >>.touchstone/policy.toml
  run --separate-stderr touchstone policy explain refs/heads/release/1
  assert_contains "$output" "a commit takes a touch and the PIN"
  run --separate-stderr touchstone policy explain deploy/site
  assert_contains "$output" "a touch and the PIN by alice@example.org"
  run --separate-stderr touchstone policy explain
  assert_contains "$output" "every other ref"
  assert_contains "$output" "1 person; 1 can"
  touchstone policy explain --json | jq -e . >/dev/null

  git commit -q --no-gpg-sign --allow-empty -m unsigned
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 1
  assert_contains "$output" "policy: touch is demanded: not signed"
  touching first git commit -q --allow-empty --amend --no-edit
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 0
  assert_contains "$output" "accepted, signed by alice@example.org"
  touching first env GIT_COMMITTER_EMAIL=mallory@example.org \
    git commit -q --allow-empty -m 'as somebody else'
  run --separate-stderr touchstone policy explain HEAD --json
  assert_equal "$status" 1
  assert_equal "$(jq -r '.problems[].error' <<<"$output")" committer-mismatch
}

@test "a touch counts by keys with evidence only, where the policy requires it" {
  introduce
  touchstone key export "$(touchstone keys --json | jq -r .name)" --output "$HOME/alice" >/dev/null
  git config touchstone.introduction "$(git rev-parse HEAD) $(fingerprint "$HOME/alice.pub")"
  sed -i 's/^require = "touch".*/&\nrequire_evidence = true/' .touchstone/policy.toml
  # Nobody has any yet: such a policy could not be changed again.
  run --separate-stderr touchstone policy check
  assert_equal "$status" 1
  assert_contains "$stderr" "0 people who can"
  git checkout -q -- .touchstone

  touchstone-emulator root-certificate >"$HOME/root.pem"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other \
    -keyout "$HOME/other.key" -out "$HOME/other.pem" 2>/dev/null
  run --separate-stderr touchstone policy add-evidence "$HOME/alice.pub" --root "$HOME/other.pem"
  assert_equal "$status" 1
  assert_contains "$stderr" "$HOME/alice.attestation.json: its certificates: "
  run --separate-stderr touchstone policy add-evidence "$HOME/alice.pub" --dry-run
  assert_equal "$status" 0
  assert_contains "$stderr" "warning: anybody can issue a certificate in that name"
  assert_equal "$(git status --porcelain)" ""
  run --separate-stderr touchstone policy add-evidence "$HOME/alice.pub" --root "$HOME/root.pem"
  assert_equal "$status" 0
  assert_contains "$output" \
    "+ sha256 = \"$(sha256sum <"$HOME/alice.attestation.json" | cut -d' ' -f1)\""
  [[ $stderr != *warning* ]]
  sed -i 's/^require = "touch".*/&\nrequire_evidence = true/' .touchstone/policy.toml
  run -0 touchstone policy check
  run --separate-stderr touchstone policy explain
  assert_contains "$output" "A touch counts by keys with evidence only."
  assert_contains "$output" "person, with evidence"

  # An attestation of another key is none of this one.
  second_key
  touchstone policy add-signer bob@example.org "$HOME/bob.pub"
  run --separate-stderr touchstone policy add-evidence "$HOME/bob.pub" \
    --attestation "$HOME/alice.attestation.json"
  assert_equal "$status" 4
  assert_contains "$stderr" "it is about another key"
  swap_tokens second first
  git add .touchstone
  touching first git commit -q -m 'evidence is required'
  swap_tokens first second
  touching second git -c user.signingkey="$HOME/bob.pub" -c user.email=bob@example.org \
    commit -q --allow-empty -m 'no evidence'
  run --separate-stderr touchstone verify main
  assert_equal "$status" 1
  assert_contains "$output" "no attestation says that the key is in a token"
  assert_equal "$(touchstone verify --json main | jq -r 'select(.accepted | not) | .class')" no-touch
}

# says_the_same COMMIT STATUS: explain and verify agree about it.
says_the_same() {
  local ended=0
  explained=$(touchstone policy explain "$1") || ended=$?
  assert_equal "$ended" "$2"
  ended=0
  touchstone verify --ref refs/heads/main "$1^!" || ended=$?
  assert_equal "$ended" "$2"
}

@test "explain says of a commit what the verifier does" {
  introduce
  touchstone keys --json | jq -r .public_key >"$HOME/alice.pub"
  git config touchstone.introduction "$(git rev-parse HEAD) $(fingerprint "$HOME/alice.pub")"
  run -0 --separate-stderr touchstone policy explain HEAD # vouched for from outside

  # A rule for another ref is none for this one.
  printf '\n[[ref]]\npattern = "refs/heads/pin"\nrequire = "touch+pin"\n' >>.touchstone/policy.toml
  git add .touchstone
  touching first git commit -q -m 'a rule for pin'
  touching first git commit -q --allow-empty -m 'no PIN'
  run -0 touchstone policy explain main
  run -0 touchstone verify main
  run -1 touchstone policy explain --ref refs/heads/pin main
  run -1 touchstone verify --ref refs/heads/pin main

  # Its parent's policy was removed: nobody says who may commit.
  git rm -q -r .touchstone
  touching first git commit -q -m 'no policy any more'
  touching first git commit -q --allow-empty -m 'after it'
  says_the_same HEAD 1
  assert_contains "$explained" 'it has none'
  assert_contains "$explained" 'refused'

  # A root of its own.
  git checkout -q --orphan elsewhere
  touching first git commit -q --allow-empty -m elsewhere
  run -1 --separate-stderr touchstone policy explain HEAD --json
  assert_equal "$(jq -r '[.parent, .accepted, .problems[0].error] | map(tostring) | join(" ")' <<<"$output")" \
    'null false not-introduced'
  git config --unset touchstone.introduction
  run -1 --separate-stderr touchstone policy explain HEAD
  assert_contains "$output" 'only an introduction can vouch for it'
}

@test "explain knows what a merge takes over" {
  introduce
  second_key
  touchstone policy add-signer bob@example.org "$HOME/bob.pub"
  printf '\n[[path]]\npattern = "deploy/*"\nrequire = "touch"\nsigners = ["bob@example.org"]\n' \
    >>.touchstone/policy.toml
  swap_tokens second first
  git add .touchstone
  touching first git commit -q -m 'bob deploys'
  touchstone keys --json | jq -r 'select(.name != "bob") | .public_key' >"$HOME/alice.pub"
  git config touchstone.introduction "$(git rev-parse HEAD~1) $(fingerprint "$HOME/alice.pub")"
  swap_tokens first second
  git checkout -q -b deploy
  mkdir deploy
  echo site >deploy/site
  git add deploy
  touching second git -c user.email=bob@example.org -c user.signingkey="$HOME/bob.pub" commit -q -m deploy
  git checkout -q -
  swap_tokens second first
  touching first git commit -q --allow-empty -m meanwhile
  touching first git merge -q --no-ff -m 'take it over' deploy
  says_the_same HEAD 0
  assert_contains "$explained" 'accepted'
  [[ $explained != *refused* ]]
}

@test "a change of the policy takes as many people as it says" {
  introduce
  second_key
  touchstone policy add-signer bob@example.org "$HOME/bob.pub" --comment "second token"
  sed -i 's/^signers = 1/signers = 2/' .touchstone/policy.toml
  swap_tokens second first
  git add .touchstone
  touching first git commit -q -m 'two people from now on'
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 0
  assert_contains "$output" "it changes the policy"

  ssh-keygen -q -t ed25519 -N '' -f "$HOME/carol"
  run --separate-stderr touchstone policy add-signer carol@example.org "$HOME/carol.pub"
  assert_contains "$stderr" "a change of the policy takes 2 people"
  assert_contains "$stderr" "warning: the key is on no token: what it signs is no-touch"
  git add .touchstone
  touching first git commit -q -m 'alone'
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 1
  assert_contains "$output" "1 of 2 signers: alice@example.org"

  git reset -q --soft HEAD^
  swap_tokens first second
  run --separate-stderr setsid --wait touchstone policy approve --key "$HOME/bob.pub"
  assert_equal "$status" 2
  touching second touchstone policy approve --yes --key "$HOME/bob.pub"
  assert_contains "$(cat "$watch_log")" "approve a change of a repository's policy"
  swap_tokens second first
  git add .touchstone
  touching first git commit -q -m 'with another person'
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 0
  run --separate-stderr ssh-keygen -Y check-novalidate -n touchstone-policy-v1 \
    -s .touchstone/approvals/*.sig < <(printf 'touchstone policy change v1\nfrom %s\nto %s\n' \
      "$(git -c core.abbrev=no show HEAD^:.touchstone/policy.toml >"$BATS_TEST_TMPDIR/p"
      git show HEAD^:.touchstone/signers >"$BATS_TEST_TMPDIR/s"
      printf 'policy.toml %s\nsigners %s\n' "$(sha256sum <"$BATS_TEST_TMPDIR/p" | cut -d' ' -f1)" \
        "$(sha256sum <"$BATS_TEST_TMPDIR/s" | cut -d' ' -f1)" | sha256sum | cut -d' ' -f1)" \
      "$(touchstone policy check | sed 's/.* //')")
  assert_equal "$status" 0
  assert_contains "$output" "Good"

  # Removing it is a change like any other.
  git rm -q -r .touchstone
  touching first git commit -q -m 'no policy any more'
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 1
  assert_contains "$output" "1 of 2 signers"
}

@test "rotate keeps what the old key signed, revoke does not" {
  introduce
  touching first git commit -q --allow-empty -m 'by the old key'
  second_key
  run --separate-stderr touchstone policy revoke alice@example.org --reason 'left in a train'
  assert_equal "$status" 1
  assert_contains "$stderr" "takes 1 signer, and .touchstone/signers has 0 people who can"
  assert_equal "$(git status --porcelain)" ""
  old=$(ssh-keygen -lf <(cut -d' ' -f3- .touchstone/signers) | cut -d' ' -f2)
  touchstone policy rotate alice@example.org "$old" "$HOME/bob.pub"
  assert_equal "$(wc -l <.touchstone/signers)" 1
  swap_tokens second first
  git add .touchstone
  touching first git commit -q -m 'rotate'
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 0
  touching first git commit -q --allow-empty -m 'the old key again'
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 1
  assert_contains "$output" "no line has the key $old"
  run --separate-stderr touchstone policy explain HEAD~2
  assert_equal "$status" 0

  run --separate-stderr touchstone policy revoke "$old"
  assert_equal "$status" 2
  run --separate-stderr touchstone policy revoke "$old" --reason 'left in a train' --since today
  assert_equal "$status" 1
  touchstone policy revoke "$old" --reason 'left in a train' --since 2026-01-01T00:00:00Z
  assert_contains "$(tail -n 4 .touchstone/policy.toml)" 'reason = "left in a train"'
  swap_tokens first second
  git config user.signingkey "$HOME/bob.pub"
  git reset -q --soft HEAD^
  git add .touchstone
  touching second git commit -q -m 'revoke'
  run --separate-stderr touchstone policy explain HEAD
  assert_equal "$status" 0
  # The newest policy's revocations hold for what older policies let pass.
  run --separate-stderr touchstone policy explain HEAD~2
  assert_equal "$status" 1
  assert_contains "$output" "left in a train: no server's record says when this was received"
}
