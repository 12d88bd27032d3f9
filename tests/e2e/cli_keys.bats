# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # bats sets $status, $output and $stderr
# Keys, tokens, requests and PINs through `touchstone`, with the real agent and an emulated token.

load helpers
load stack
bats_require_minimum_version 1.5.0

setup() { sandbox_setup; }
teardown() { sandbox_teardown; }

@test "a key is made, listed, exported, removed and imported again" {
  start_stack
  cd "$HOME"
  make_sign_key alice work >"$BATS_TEST_TMPDIR/made" 2>"$BATS_TEST_TMPDIR/said"
  assert_contains "$(cat "$BATS_TEST_TMPDIR/said")" "made work, sign, sk-ssh-ed25519@openssh.com SHA256:"
  # Standard output is one line for authorized_keys and the like.
  assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/made")" 1
  assert_equal "$(cat "$BATS_TEST_TMPDIR/made")" "$(touchstone keys --json | jq -r .public_key)"

  run --separate-stderr touchstone keys
  assert_equal "$status" 0
  assert_contains "${lines[0]}" "NAME  ROLE"
  assert_contains "${lines[1]}" "work  sign  sk-ssh-ed25519@openssh.com"
  assert_equal "$(touchstone keys --names)" work
  fingerprint=$(touchstone keys --json | jq -r .fingerprint)
  # The hint of wrong-token sends people here.
  product=$(touchstone token list --json | jq -r .product)
  assert_contains "${lines[1]}" "$product"
  assert_equal "$(touchstone keys --json | jq -r .token)" "$product"

  run --separate-stderr touchstone key export work
  assert_equal "$status" 0
  assert_equal "$output" "$(printf 'work\nwork.pub\nwork.attestation.json')"
  assert_contains "$(ssh-keygen -lf work.pub)" "$fingerprint"
  assert_equal "$(stat -c %a work)" 600

  run --separate-stderr touchstone key export work
  assert_equal "$status" 1
  assert_equal "$stderr" "error: work (--force overwrites): there is one by that name already
hint: use the one there is, choose another name, or remove the old one first"
  touchstone key export --force work

  touchstone key remove --yes work
  assert_equal "$(touchstone keys --names)" ""

  run --separate-stderr touchstone key import --json work
  assert_equal "$status" 0
  assert_equal "$(jq -r .fingerprint <<<"$output")" "$fingerprint"
  assert_equal "$(jq -r .attestation <<<"$output")" packed
  assert_equal "$(touchstone keys --json | jq -r '[.name, .role, .fingerprint] | join(" ")')" \
    "work sign $fingerprint"
}

@test "an attestation comes back with its key, and with no other" {
  start_stack
  cd "$HOME"
  make_sign_key alice work
  make_sign_key alice other
  touchstone key export work
  touchstone key export other
  without='del(.created, .token, .counter, .counter_first, .counter_step)'
  touchstone keys --json | jq -S "select(.name == \"work\") | $without" >before
  touchstone key remove --yes work
  cp work.attestation.json given

  run --separate-stderr touchstone key import --attestation other.attestation.json work
  assert_equal "$status" 4
  assert_equal "$output" ""
  assert_contains "$stderr" "error: attestation: it is about another key: "
  jq -c '.signature = "AAAA"' given >work.attestation.json
  run --separate-stderr touchstone key import work
  assert_equal "$status" 4
  assert_contains "$stderr" "error: attestation: the signature does not verify"
  echo rubbish >work.attestation.json
  run --separate-stderr touchstone key import work
  assert_equal "$status" 1
  assert_contains "$stderr" "work.attestation.json is no attestation"
  rm work.attestation.json
  run --separate-stderr touchstone key import work
  assert_equal "$(tail -n 1 <<<"$stderr")" "attestation: there is none"
  assert_equal "$(touchstone keys --json | jq -r 'select(.name == "work") | .attestation')" imported
  touchstone key remove --yes work

  run --separate-stderr touchstone key import --attestation given work
  assert_equal "$status" 0
  assert_equal "$(tail -n 1 <<<"$stderr")" "attestation: packed, from given"
  assert_equal "$(touchstone keys --json | jq -S "select(.name == \"work\") | $without")" \
    "$(cat before)"
  assert_equal "$(touchstone keys --json | jq -r 'select(.name == "work") | .counter')" unknown
  touchstone key export --output again work
  assert_equal "$(jq -S . again.attestation.json)" "$(jq -S . given)"
}

@test "a key of one role is not imported for another" {
  start_stack
  cd "$HOME"
  touching alice touchstone key new --role approve approve
  touchstone key export approve
  touchstone key remove --yes approve
  for role in sign login release seal; do
    run --separate-stderr touchstone key import --role "$role" approve
    assert_equal "$status" 4
    assert_equal "$output" ""
    assert_equal "$stderr" \
      "error: application ssh:touchstone-approve is not for role $role: the key has another role
hint: make a key for this: touchstone key new --role sign (or login)"
  done
  assert_equal "$(touchstone keys --names)" ""
  touchstone key import approve
  assert_equal "$(touchstone keys --json | jq -r .role)" approve
}

@test "a key file with a passphrase is imported after asking on the terminal" {
  start_stack
  cd "$HOME"
  make_sign_key alice work
  touchstone key export work
  ssh-keygen -q -p -P '' -N 'correct horse' -f work
  touchstone key remove --yes work
  expect -c "
    set timeout 20
    spawn touchstone key import work
    expect \"Passphrase for work: \"
    send \"correct horse\r\"
    expect eof
    lassign [wait] pid spawned os status
    exit \$status" >"$BATS_TEST_TMPDIR/dialogue"
  refute_contains "$(cat "$BATS_TEST_TMPDIR/dialogue")" "correct horse"
  assert_equal "$(touchstone keys --names)" work

  touchstone key remove --yes work
  run expect -c "
    set timeout 20
    spawn touchstone key import work
    expect \"Passphrase for work: \"
    send \"wrong\r\"
    expect eof
    lassign [wait] pid spawned os status
    exit \$status"
  assert_equal "$status" 1
  assert_contains "$output" "error: work: "
  assert_contains "$output" "the passphrase does not open this key file"
}

@test "no terminal, no passphrase" {
  start_stack
  cd "$HOME"
  make_sign_key alice work
  touchstone key export work
  ssh-keygen -q -p -P '' -N 'correct horse' -f work
  touchstone key remove --yes work
  run --separate-stderr setsid --wait touchstone key import work
  assert_equal "$status" 4
  assert_contains "$stderr" "there is no terminal to ask for a passphrase on"
  assert_equal "$(touchstone keys --names)" ""
}

@test "a name is given once" {
  start_stack
  make_sign_key alice work
  run --separate-stderr touchstone key new work
  assert_equal "$status" 1
  assert_contains "$stderr" "there is one by that name already"
  run --separate-stderr touchstone key remove --yes nobody
  assert_equal "$status" 1
  assert_equal "$stderr" "error: nobody: no key has that name
hint: touchstone keys lists the keys there are"
}

@test "no token: exit status 3" {
  start_stack
  token unplug alice
  wait_until "$kDeadlineSeconds" sees_tokens 0
  run --separate-stderr touchstone key new
  assert_equal "$status" 3
  assert_contains "$stderr" "error: no token is plugged in"
  run --separate-stderr touchstone pin verify
  assert_equal "$status" 3
  run --separate-stderr touchstone token list
  assert_equal "$status" 0
  assert_equal "$output" ""
}

has_pending() { [[ $(touchstone status --json | jq '.pending | length') -gt 0 ]]; }

@test "a request that waits is shown by status and watch, and can be cancelled" {
  start_stack
  touchstone key new work >"$BATS_TEST_TMPDIR/new.out" 2>"$BATS_TEST_TMPDIR/new.err" 3>&- &
  local pid=$! code=0
  wait_until "$kDeadlineSeconds" has_pending
  number=$(touchstone status --json | jq '.pending[0].number')
  assert_contains "$(touchstone status)" "waiting  #$number "
  wait_for_line "$watch_log" "#$number "
  run --separate-stderr touchstone cancel "$number"
  assert_equal "$status" 0
  assert_equal "$output" "cancelled request $number"
  wait "$pid" || code=$?
  assert_equal "$code" 4
  assert_contains "$(cat "$BATS_TEST_TMPDIR/new.err")" "cancelled"
  assert_equal "$(touchstone keys --names)" ""
  run --separate-stderr touchstone cancel "$number"
  assert_equal "$status" 1
  assert_equal "$stderr" "error: $number: no request with that number waits
hint: touchstone status lists those that wait"
}

@test "what ssh-add took out of the agent comes back with reload" {
  start_stack
  make_sign_key alice work
  export SSH_AUTH_SOCK=$agent_socket
  line=$(touchstone keys --json | jq -r .public_key)
  assert_equal "$(ssh-add -L)" "$line"
  ssh-add -q -D
  assert_equal "$(ssh-add -L || true)" "The agent has no identities."
  touchstone reload
  assert_equal "$(ssh-add -L)" "$line"
  printf '%s\n' "$line" >"$HOME/work.pub"
  ssh-add -q -d "$HOME/work.pub"
  assert_equal "$(ssh-add -L || true)" "The agent has no identities."
  touchstone reload
  assert_equal "$(ssh-add -L)" "$line"

  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[touch]\ntimeoutt = 30\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  run --separate-stderr touchstone reload
  assert_equal "$status" 1
  assert_contains "$stderr" "config.toml:2:1: "
}

@test "status of a token: what a person is told and what a program gets" {
  start_stack
  run --separate-stderr touchstone status
  assert_equal "$status" 0
  assert_contains "$output" "agent    version "
  assert_contains "$output" "no PIN set"
  run --separate-stderr touchstone token list --json
  assert_equal "$(jq -r .pin_set <<<"$output")" false
  assert_equal "$(touchstone token list --ids)" "$(jq -r .id <<<"$output")"
}

@test "a PIN is set and checked, and a wrong one costs a try" {
  start_stack
  use_pinentry 12345678
  run --separate-stderr touchstone pin set --token nonesuch
  assert_equal "$status" 1
  assert_contains "$stderr" "error: token nonesuch (see touchstone token list): not found"
  touchstone pin set
  run --separate-stderr touchstone pin set
  assert_equal "$status" 4
  assert_contains "$stderr" "touchstone pin change"
  run --separate-stderr touchstone pin verify
  assert_equal "$status" 0
  use_pinentry 87654321 1
  run --separate-stderr touchstone pin verify
  assert_equal "$status" 4
  assert_contains "$stderr" "error: "
  assert_contains "$(touchstone status)" "PIN set, 7 tries left"
  use_pinentry 12345678
  touchstone pin verify
  refute_contains "$(cat "$BATS_TEST_TMPDIR"/*.log)" 87654321
  refute_contains "$(cat "$BATS_TEST_TMPDIR"/*.log)" 12345678
}

# use_pins PIN… makes the agent's pinentry answer with one after the other, and then decline.
use_pins() {
  printf '%s\n' "$@" >"$HOME/pins"
  use_pinentry "\$(head -n 1 '$HOME/pins'; sed -i 1d '$HOME/pins')" "$#"
}

@test "a PIN is changed by who knows the old one, which is none from then on" {
  start_stack
  use_pinentry 12345678
  touchstone pin set
  use_pins 11111111 87654321 87654321
  run -4 touchstone pin change
  assert_contains "$(touchstone status)" "PIN set, 7 tries left"
  use_pins 12345678 87654321 87654321
  run -0 touchstone pin change
  assert_contains "$output" "PIN changed on "

  use_pinentry 12345678 1
  run -4 touchstone pin verify
  assert_contains "$(touchstone status)" "PIN set, 7 tries left"
  use_pinentry 87654321 1
  touchstone pin verify
  assert_contains "$(touchstone status)" "PIN set, 8 tries left"
}

@test "a key kept on the token is listed there until it is deleted" {
  start_stack
  use_pinentry 12345678
  touchstone pin set
  run -0 --separate-stderr touchstone token resident list --json
  assert_equal "$output" ""
  touching alice touchstone key new --resident work
  run -0 --separate-stderr touchstone token resident list --json
  assert_equal "$(jq -r '[.application, .user_name, .public_key] | join(" ")' <<<"$output")" \
    "ssh:touchstone-sign work $(touchstone keys --json | jq -r .public_key | cut -d' ' -f1,2)"
  touchstone token resident delete --yes "$(jq -r .credential_id <<<"$output")"
  run -0 --separate-stderr touchstone token resident list --json
  assert_equal "$output" ""
}

# sign_file KEY signs $HOME/file, which says "content".
sign_file() {
  SSH_AUTH_SOCK=$agent_socket touchstone-git-sign -Y sign -n file -f "$HOME/$1.pub" "$HOME/file"
}

@test "a key of ssh-keygen that always wants its PIN is marked once, and then found on its token" {
  start_stack
  cd "$HOME"
  echo content >file
  use_pinentry 12345678
  touchstone pin set
  printf '#!/bin/sh\necho 12345678\n' >askpass
  chmod +x askpass
  SSH_ASKPASS=$HOME/askpass SSH_ASKPASS_REQUIRE=force touching alice with_tokens \
    ssh-keygen -q -t ed25519-sk -O verify-required -O resident -O application=ssh:mine -N '' -f mine
  touchstone key import --role sign mine
  run --separate-stderr sign_file mine
  [[ $status -ne 0 ]]
  assert_contains "$stderr" "touchstone key mark mine"
  assert_contains "$(touchstone status)" "PIN set, 8 tries left"

  run --separate-stderr touchstone key mark nobody
  assert_equal "$status" 1
  touching alice touchstone key mark mine
  assert_equal "$(touchstone keys --json | jq .marked)" true
  swap_tokens alice alice
  touching alice sign_file mine
  ssh-keygen -Y check-novalidate -n file -s file.sig <<<content
}

@test "a key that always wants its PIN is found on its token after unplugging" {
  start_stack
  cd "$HOME"
  echo content >file
  use_pinentry 12345678
  touchstone pin set
  touchstone key new --role sign --verify-required work >made 3>&- &
  local pid=$!
  for _ in 1 2; do
    token wait-touch alice
    token touch alice
  done
  wait "$pid"
  touchstone keys --json | jq -r .public_key >work.pub
  swap_tokens alice alice
  touching alice sign_file work
  ssh-keygen -Y check-novalidate -n file -s file.sig <<<content
}
