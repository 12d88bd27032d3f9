#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031  # each test runs in a process of its own
# docs/ci: the recipe and the steps of each snippet, run on real shallow clones.

bats_require_minimum_version 1.5.0
load helpers
load stack
load server

setup() {
  person_setup
  export PATH=$TOUCHSTONE_SOURCE/docs/ci:$PATH
  export SIGNERS=$HOME/allowed_signers TOUCHSTONE_VERIFY="--signers $HOME/allowed_signers"
  # Fetching by name, as forges allow it.
  server_git config uploadpack.allowAnySHA1InWant true
  for n in {1..12}; do commit "$n"; done
  git push -q origin main
  before=$(git rev-parse main)
}

teardown() { sandbox_teardown; }

push_and_clone() {
  git push -q --force origin main
  after=$(git rev-parse main)
  rm -rf "$HOME/runner"
  git clone -q --depth=1 "file://$server" "$HOME/runner"
  cd "$HOME/runner" || return
}

# step FILE NUMBER prints the script of a snippet's step, the first being 1; GitLab's has one list.
step() {
  python3 - "$TOUCHSTONE_SOURCE/docs/ci/$1" "$2" <<'PYTHON'
import re, sys, textwrap
text = open(sys.argv[1], encoding="utf-8").read()
blocks = re.findall(r"^( *)run: \|\n((?:\1 +.*\n)+)", text, re.M)
if blocks:
    print(textwrap.dedent(blocks[int(sys.argv[2]) - 1][1]))
else:
    items = re.search(r"^ *script:\n((?: +.*\n)+)", text, re.M).group(1)
    print(re.sub(r"^ *- ", "", re.sub(r"\n +(?!- | *-)", " ", items), flags=re.M))
PYTHON
}

@test "a good push passes, a bad one does not, in a clone of depth one" {
  commit two
  push_and_clone
  DEEPEN_BY=2 run -0 verify-push.sh "$before" "$after" --signers "$SIGNERS" --json
  assert_equal "$(grep -c '"touch"' <<<"$output")" 1
  [[ $(git rev-parse --is-shallow-repository) == true ]]
  cd "$HOME/repository" || return
  unsigned_commit three
  push_and_clone
  run -1 verify-push.sh "$before" "$after" --signers "$SIGNERS"
  assert_contains "$output" unsigned
}

@test "with nobody's signatures to count it cannot tell" {
  commit two
  push_and_clone
  git config --global --unset gpg.ssh.allowedSignersFile || true
  git config --unset gpg.ssh.allowedSignersFile || true
  run -2 verify-push.sh "$before" "$after"
  assert_contains "$output" "nothing says whose signatures count"
  run -1 verify-push.sh "$before" "$after" --signers "$HOME/none"
  assert_contains "$output" "none"
}

@test "a merge of a branch that began long ago is verified whole" {
  git checkout -q -b side main~8
  unsigned_commit old
  git checkout -q main
  git merge -q --no-ff -m merge side
  push_and_clone
  DEEPEN_BY=3 run -1 verify-push.sh "$before" "$after" --signers "$SIGNERS" --json
  assert_equal "$(grep -c '"touch"' <<<"$output")" 1
  assert_equal "$(grep -c '"unsigned"' <<<"$output")" 1
}

@test "a new branch is compared with the default branch" {
  git checkout -q -b topic
  commit two
  git push -q origin topic
  after=$(git rev-parse topic)
  git clone -q --depth=1 --branch topic "file://$server" "$HOME/runner"
  cd "$HOME/runner" || return
  run -0 verify-push.sh "${after//?/0}" "$after" --signers "$SIGNERS" --json
  assert_equal "$(grep -c '"touch"' <<<"$output")" 1
}

# tag_pushed NAME verifies as for a push of that tag, into a clone that has nothing yet.
tag_pushed() {
  rm -rf "$HOME/runner"
  git init -q "$HOME/runner"
  git -C "$HOME/runner" remote add origin "file://$server"
  (cd "$HOME/runner" && REF=refs/tags/$1 verify-push.sh "${before//?/0}" \
    "$(server_git rev-parse "$1")" --signers "$SIGNERS" "${@:2}")
}

@test "a tag is judged with what it brings" {
  git tag -s -m v1 v1
  git -c tag.gpgSign=false tag -a -m bad bad
  git push -q origin v1 bad
  run -0 tag_pushed v1 --json
  assert_equal "$(jq -r .class <<<"$output")" touch
  assert_equal "$(jq -r .tag <<<"$output")" "$(git rev-parse v1)"
  run -1 tag_pushed bad
  assert_contains "$output" unsigned
  run -0 verify-push.sh "$before" "${before//?/0}" --signers "$SIGNERS"
  assert_contains "$output" 'the ref was deleted'
}

@test "a tag counts under the name it was pushed by" {
  git tag -s -m v1 v1
  git push -q origin v1 v1:refs/tags/v99
  run -1 tag_pushed v99
  assert_contains "$output" 'tag v99 is named v1'
  cd "$HOME/runner" || return
  for REF in '' refs/heads/main refs/tags/; do
    export REF
    run -2 verify-push.sh "$before" "$(server_git rev-parse v1)" --signers "$SIGNERS"
    assert_contains "$output" 'only the name counts'
  done
  git update-ref refs/tags/v1 "$before"
  REF=refs/tags/v1 run -2 verify-push.sh "$before" "$(server_git rev-parse v1)" --signers "$SIGNERS"
  assert_contains "$output" 'refs/tags/v1 is another one'
}

@test "a lightweight tag stands for its commit, however old that is" {
  git tag --no-sign good
  git push -q origin good
  run -0 tag_pushed good
  unsigned_commit bad
  git tag --no-sign bad
  commit after
  git push -q origin main bad
  run -1 tag_pushed bad
  assert_contains "$output" unsigned
}

@test "after a forced push, and when nothing is new" {
  git checkout -q -b topic
  commit gone
  gone=$(git rev-parse topic)
  git commit -q --amend --allow-empty -m kept
  git push -q origin topic
  after=$(git rev-parse topic)
  git clone -q --depth=1 --branch topic "file://$server" "$HOME/runner"
  cd "$HOME/runner" || return
  run -0 verify-push.sh "$gone" "$after" --signers "$SIGNERS" --json
  assert_equal "$(grep -c '"touch"' <<<"$output")" 1
  run -0 verify-push.sh "$after" "$before" --signers "$SIGNERS"
  assert_contains "$output" 'nothing new'
}

@test "after a forced push, what was there before may have parents that no ref leads to" {
  git checkout -q -b topic
  for n in {1..4}; do commit "gone $n"; done
  gone=$(git rev-parse topic)
  git push -q origin topic
  git reset -q --hard main
  commit kept
  unsigned_commit bad
  git push -q --force origin topic
  after=$(git rev-parse topic)
  git clone -q --depth=1 --branch topic "file://$server" "$HOME/runner"
  cd "$HOME/runner" || return
  DEEPEN_BY=2 run -1 verify-push.sh "$gone" "$after" --signers "$SIGNERS" --json
  assert_equal "$(grep -c '"touch"' <<<"$output")" 1
  assert_equal "$(grep -c '"unsigned"' <<<"$output")" 1
}

@test "from an introduction, the clone gets whole" {
  fingerprint=$(ssh-keygen -lf "$HOME/work.pub" | cut -d' ' -f2)
  mkdir .touchstone
  printf 'version = 1\n' >.touchstone/policy.toml
  cp "$SIGNERS" .touchstone/signers
  git add .
  commit introduction
  introduction=$(git rev-parse main)
  commit two
  before=$(git rev-parse main)
  commit three
  push_and_clone
  run -0 verify-push.sh "$before" "$after" --introduction "$introduction" \
    --introduced-by "$fingerprint" --json
  assert_equal "$(grep -c '"touch"' <<<"$output")" 1
  cd "$HOME/repository" || return
  unsigned_commit four
  push_and_clone
  run -1 verify-push.sh "$before" "$after" --introduction "$introduction" \
    --introduced-by "$fingerprint"
}

@test "where the default branch itself is new, all of it is verified" {
  unsigned_commit bad
  push_and_clone
  run -1 verify-push.sh "${before//?/0}" "$after" --signers "$SIGNERS"
  assert_contains "$output" unsigned
  [[ $(git rev-parse --is-shallow-repository) == false ]]
}

@test "a clone that git cannot walk is no success" {
  base=$(git rev-parse main~3)
  commit two
  git push -q origin main
  after=$(git rev-parse main)
  git init -q "$HOME/runner"
  cd "$HOME/runner" || return
  git remote add origin "file://$server"
  git -c fetch.unpackLimit=10000 fetch -q origin main
  rm -f ".git/objects/${before:0:2}/${before:2}"
  run -2 verify-push.sh "$base" "$after" --signers "$SIGNERS"
  assert_contains "$output" "git cannot walk"
}

@test "what cannot be told is no success" {
  run -2 verify-push.sh "$before"
  run -2 verify-push.sh nonsense "$before" --signers "$SIGNERS"
  assert_contains "$output" 'BEFORE names no commit'
  run -2 verify-push.sh "$before" "" --signers "$SIGNERS"
  assert_contains "$output" 'AFTER is empty'
  run -2 verify-push.sh "$before" "${before//?/a}" --signers "$SIGNERS"
  assert_contains "$output" 'has no commit'
}

# expression FILE VARIABLE prints what a snippet takes for a variable, of an event on standard input.
expression() {
  local names
  names=$(sed -n "s/^ *$2: \${{ \(.*\) }}$/\1/p" "$TOUCHSTONE_SOURCE/docs/ci/$1" | head -n 1)
  jq -r --arg names "$names" \
    '. as $event | [$names | split(" || ")[] | split(".") as $path | $event | getpath($path) | values][0]'
}

@test "a pull request is verified from where it leaves its base, however often it was pushed to" {
  unsigned_commit first
  first=$(git rev-parse HEAD)
  commit second
  push_and_clone
  # As GitHub and Forgejo tell of a second push to a pull request: `before` is the end of the first.
  event=$(jq -n --arg base "$before" --arg first "$first" --arg head "$after" \
    '{github: {sha: "merged", event: {before: $first, pull_request: {base: {sha: $base}, head: {sha: $head}}}}}')
  pushed=$(jq -n --arg base "$before" --arg head "$after" \
    '{github: {sha: "the commit a tag is for", event: {before: $base, after: $head}}}')
  for file in github.yml forgejo.yml; do
    for told in "$event" "$pushed"; do
      assert_equal "$(expression "$file" BEFORE <<<"$told")" "$before"
      assert_equal "$(expression "$file" AFTER <<<"$told")" "$after"
    done
    assert_equal "$(expression "$file" REF <<<'{"github": {"ref": "refs/tags/v1"}}')" refs/tags/v1
  done
  BEFORE=$before AFTER=$after run -1 bash -e <(step github.yml 2)
  export CI_MERGE_REQUEST_DIFF_BASE_SHA=$before CI_COMMIT_BEFORE_SHA=$first
  export CI_COMMIT_SHA=$first CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=$after
  run -1 bash -e <(step gitlab.yml 1)
  assert_contains "$output" unsigned
}

@test "the steps in GitHub's format" {
  for bad in no yes; do
    cd "$HOME/repository" || return
    if [[ $bad == yes ]]; then unsigned_commit bad; else commit good; fi
    git push -q origin main
    export BEFORE=$before AFTER ADDRESS=file://$server TOKEN=x
    AFTER=$(git rev-parse main)
    mkdir "$HOME/$bad"
    cd "$HOME/$bad" || return
    bash -e <(step github.yml 1)
    run bash -e <(step github.yml 2)
    assert_equal "$status" "$([[ $bad == yes ]] && echo 1 || echo 0)"
  done
}

@test "the steps in Forgejo's format" {
  unsigned_commit bad
  git push -q origin main
  export BEFORE=$before AFTER ADDRESS=file://$server TOKEN=x
  AFTER=$(git rev-parse main)
  mkdir "$HOME/work"
  cd "$HOME/work" || return
  bash -e <(step forgejo.yml 1)
  run -1 bash -e <(step forgejo.yml 2)
  assert_contains "$output" unsigned
}

@test "the steps in GitLab's format know a tag by its name" {
  git tag -s -m v1 v1
  git push -q origin v1 v1:refs/tags/v99
  export CI_COMMIT_BEFORE_SHA=${before//?/0} CI_COMMIT_SHA=$before CI_COMMIT_TAG
  for CI_COMMIT_TAG in v1 v99; do
    git clone -q --depth=1 --branch "$CI_COMMIT_TAG" "file://$server" "$HOME/$CI_COMMIT_TAG"
    cd "$HOME/$CI_COMMIT_TAG" || return
    run bash -e <(step gitlab.yml 1)
    assert_equal "$status" "$([[ $CI_COMMIT_TAG == v99 ]] && echo 1 || echo 0)"
    assert_contains "$output" 'tag '
  done
}

@test "the steps in GitLab's format" {
  unsigned_commit bad
  push_and_clone
  export CI_COMMIT_BEFORE_SHA=$before CI_COMMIT_SHA=$after
  run -1 bash -e <(step gitlab.yml 1)
  assert_contains "$output" unsigned
}
