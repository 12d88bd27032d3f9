#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Signed pushes: what git says of a certificate, and what is so.

bats_require_minimum_version 1.5.0
load helpers
load stack
load server

setup() {
  person_setup
  # Writes down what git tells every hook of the certificate.
  printf '#!/bin/sh\nenv | grep ^GIT_PUSH_CERT >"%s"\nexit 0\n' "$HOME/told" \
    >"$server/hooks/pre-receive"
  chmod +x "$server/hooks/pre-receive"
  server_git config gpg.ssh.allowedSignersFile "$HOME/allowed_signers"
  install_hook pre-receive --chain --require-push-certificate
}

teardown() { sandbox_teardown; }

# told NAME is what git told the hook.
told() { sed -n "s/^$1=//p" "$HOME/told"; }

fingerprint() { ssh-keygen -lf "$HOME/work.pub" | cut -d' ' -f2; }

# ask_hook NAME=VALUE… calls the installed hook as git would, for a push of $ref from $old to $new.
ask_hook() {
  (cd "$server" && printf '%s %s refs/heads/%s\n' "$old" "$new" "$ref" |
    env "$@" hooks/pre-receive)
}

@test "a signed push comes in, and the log says whose it was" {
  commit one
  git push -q --signed origin main
  assert_contains "$(log_record)" "pusher $(fingerprint) alice@example.org"
  run -0 server_git show refs/touchstone/pushes:certificate
  assert_contains "$output" 'certificate version 0.1'
  assert_contains "$output" '-----BEGIN SSH SIGNATURE-----'
}

@test "a push without certificate is refused" {
  commit one
  refused 'the push: it has none' origin main
  assert_contains "$output" 'git push --signed'
}

@test "a key in nobody's file: git says G, the hook says no" {
  commit one
  touchstone key new --role sign other >/dev/null
  touchstone keys --json | jq -rs 'flatten | .[] | select(.name == "other") | .public_key' \
    >"$HOME/other.pub"
  git config user.signingkey "$HOME/other.pub"
  refused 'the push: its signature is bad' --signed origin main
  assert_contains "$output" 'the allowed signers do not let the key sign this'
  assert_equal "$(told GIT_PUSH_CERT_STATUS)" G
  assert_equal "$(told GIT_PUSH_CERT_SIGNER)" ''
}

@test "a certificate signed without a touch: git says G, the hook says no" {
  commit one
  git config gpg.ssh.program touchstone-attack-silent-signature
  cp "$HOME/work.pub" "$XDG_DATA_HOME/touchstone/keys/work.pub"
  git config user.signingkey "$XDG_DATA_HOME/touchstone/keys/work"
  local variables
  mapfile -t variables <"$token_environment"
  export "${variables[@]}"
  refused 'the push: its signature is no-touch' --signed origin main
  assert_equal "$(told GIT_PUSH_CERT_STATUS)" G
  assert_equal "$(told GIT_PUSH_CERT_SIGNER)" alice@example.org
}

@test "a software key's certificate is refused" {
  commit one
  ssh-keygen -q -t ed25519 -N '' -f "$HOME/soft"
  printf 'bob@example.org %s\n' "$(cut -d' ' -f1,2 "$HOME/soft.pub")" >>"$HOME/allowed_signers"
  git config gpg.ssh.program ssh-keygen
  git config user.signingkey "$HOME/soft"
  refused 'the push: its signature is no-touch' --signed origin main
  assert_equal "$(told GIT_PUSH_CERT_STATUS)" G
}

@test "a certificate is good for its own push only" {
  commit one
  git push -q --signed origin main
  new=$(git rev-parse main)
  old=0000000000000000000000000000000000000000
  cert=GIT_PUSH_CERT=$(told GIT_PUSH_CERT)
  nonce=GIT_PUSH_CERT_NONCE=$(told GIT_PUSH_CERT_NONCE)
  ok=GIT_PUSH_CERT_NONCE_STATUS=OK
  server_git update-ref -d refs/heads/main
  # As it was: this is what the server was told the first time.
  ref=main run -0 ask_hook "$cert" "$nonce" "$ok"
  rm "$server"/touchstone/pending/*
  # Again, in another push: the server has given out another nonce since.
  ref=main run ! ask_hook "$cert" "${nonce}0" "$ok"
  assert_contains "$output" 'its nonce is not the one that was given out for this push'
  for status in BAD MISSING UNSOLICITED SLOP; do
    ref=main run ! ask_hook "$cert" "$nonce" "GIT_PUSH_CERT_NONCE_STATUS=$status" \
      GIT_PUSH_CERT_NONCE_SLOP=1
    assert_contains "$output" 'nonce'
  done
  # For another ref, and for another value of this one; whatever git says of it.
  ref=topic run ! ask_hook "$cert" "$nonce" "$ok" GIT_PUSH_CERT_STATUS=G
  assert_contains "$output" 'it names what is not pushed: refs/heads/main'
  # With push options that it does not name.
  ref=main run ! ask_hook "$cert" "$nonce" "$ok" GIT_PUSH_OPTION_COUNT=1 GIT_PUSH_OPTION_0=x
  assert_contains "$output" 'push options'
  assert_equal "$(find "$server/touchstone/pending" -type f)" ''
}

@test "push options are certified with the push" {
  server_git config receive.advertisePushOptions true
  commit one
  git push -q --signed -o ci.skip -o reviewer=bob origin main
  assert_contains "$(server_git show refs/touchstone/pushes:certificate)" 'push-option ci.skip'
}

@test "a certificate for another server is refused" {
  server_git config touchstone.pushee 'ssh://server.example/*'
  commit one
  refused 'it is for another server' --signed origin main
  server_git config touchstone.pushee "$server"
  git push -q --signed origin main
}

@test "a certificate does not replace signed commits" {
  unsigned_commit one
  refused 'not signed' --signed origin main
}
