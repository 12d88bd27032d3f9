#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A token counts what it signs, also what malware got from it without a touch: touchstone audit
# finds that afterwards.

bats_require_minimum_version 1.5.0
load helpers
load stack

setup() {
  sandbox_setup
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
}

teardown() { sandbox_teardown; }

# make_key [OPTION…] makes the key work on the token alice and signs with it here.
make_key() {
  touching alice touchstone key new --role sign work "$@"
  use_key . work
}

# steal has the token sign, without a touch, something that is then thrown away.
steal() {
  with_tokens git -c gpg.ssh.program=touchstone-attack-silent-signature \
    -c user.signingkey="$XDG_DATA_HOME/touchstone/keys/work" \
    commit-tree -S -m stolen "$(git mktree </dev/null)" >"$HOME/stolen"
}

audit() { run --separate-stderr touchstone audit --json "$@"; }
answer() { jq -r "$1" <<<"$output"; }

@test "on a token of its own every signature is known, and a stolen one is found" {
  start_stack
  make_key --dedicated
  touching alice git commit -q --allow-empty -m one
  touching alice git commit -q --allow-empty -m two
  audit
  assert_equal "$status" 0
  assert_equal "$(answer '"\(.counter) \(.counter_step) \(.dedicated) \(.exact) \(.asked)"')" \
    'steps 1 true true true'
  assert_equal "$(answer '"\(.signatures) \(.unknown)"')" '2 0'

  # Unplugged and plugged in again the agent asks the token where the key is: that is known too.
  token unplug alice
  wait_until "$kDeadlineSeconds" sees_tokens 0
  token plug alice
  wait_until "$kDeadlineSeconds" sees_tokens 1
  touching alice git commit -q --allow-empty -m three
  audit
  assert_equal "$status" 0
  assert_equal "$(answer '"\(.signatures) \(.unknown)"')" '3 0'

  steal
  git -c gpg.ssh.program=ssh-keygen verify-commit "$(cat "$HOME/stolen")"
  run -1 --separate-stderr touchstone audit
  assert_contains "$output" '1 signature is unknown'
  audit
  assert_equal "$status" 1
  assert_equal "$(answer '"\(.unknown) \(.missing | length) \(.findings[0].error)"')" \
    '1 1 counter-gap'

  # It stays found, and the journal holds together with the probes in it.
  touching alice git commit -q --allow-empty -m four
  audit --no-token
  assert_equal "$status" 1
  assert_equal "$(answer .unknown)" 1
  touchstone log verify
}

@test "what malware put into a repository is named" {
  start_stack
  make_key --dedicated
  steal
  git update-ref refs/heads/stolen "$(cat "$HOME/stolen")"
  audit --repository .
  assert_equal "$status" 1
  assert_equal "$(answer '"\(.findings[0].error) \(.findings[0].id)"')" \
    "no-presence $(cat "$HOME/stolen")"
  assert_equal "$(answer '.elsewhere[0]')" "$(cat "$HOME/stolen")"
}

# Stock OpenSSH asks the token silently before it signs, and keeps no record of that.
@test "of a signature made elsewhere the repository explains what it holds" {
  start_stack
  make_key --dedicated
  touching alice with_tokens git -c gpg.ssh.program=ssh-keygen \
    -c user.signingkey="$XDG_DATA_HOME/touchstone/keys/work" commit -q --allow-empty -m elsewhere
  audit
  assert_equal "$status" 1
  before=$(answer .unknown)
  assert_equal "$(answer '.elsewhere | length')" 0
  audit --repository .
  assert_equal "$(answer '"\(.unknown) \(.elsewhere[0])"')" \
    "$((before - 1)) $(git rev-parse HEAD)"
}

@test "where the token has other uses the answer is a bound" {
  start_stack
  make_key
  steal
  audit
  assert_equal "$status" 0
  assert_equal "$(answer '"\(.exact) \(.unknown)"')" 'false 1'
  run -0 --separate-stderr touchstone audit
  assert_contains "$output" 'at most 1 signature is unknown; logins'
}

@test "how a token counts is learned when a key is made" {
  start_stack
  local quirk expected name count=0
  while read -r quirk expected; do
    token quirk alice "$quirk"
    [[ -n $expected ]] || continue
    name=key$((++count))
    touching alice touchstone key new --role sign "$name"
    assert_equal "$(touchstone keys --json | jq -rs --arg name "$name" \
      'flatten | .[] | select(.name == $name) | "\(.counter) \(.counter_step)"')" "$expected"
  done <<'EOF'
counter_step=1 steps 1
counter_step=3 steps 3
counter_random=255 varies 0
counter_random=0
counter_stuck=1 none 0
counter_zero=1 none 0
EOF
  touchstone log verify
}

# Such a key answers to its PIN only; its marker, a credential of its own, tells where it is.
@test "what a key's marker answered stands under the key's name, also when the key is gone" {
  start_stack
  use_pinentry 12345678
  touchstone pin set
  touchstone key new --role sign --verify-required work 3>&- &
  local pid=$!
  for _ in 1 2; do
    token wait-touch alice
    token touch alice
  done
  wait "$pid"
  audit
  assert_equal "$status" 0
  assert_equal "$(answer '"\(.name) \(.probes) \(.asked)"' | sort)" \
    $'work (marker) 1 true\nwork 0 false'
  assert_contains "$(touchstone log | grep probe)" \
    "work  probe asked without a touch: the key's marker answered, counter "
  touchstone key remove --yes work
  audit --no-token
  assert_equal "$(answer '"\(.name) \(.probes)"')" 'work (marker) 1'
  touchstone log verify
}
