# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # bats sets $status, $output and $stderr
# What `cmake --install` puts where, and that nothing of the tests is among it.

load helpers

setup() {
  sandbox_setup
  export DESTDIR=$BATS_TEST_TMPDIR/root
  cmake --install "$TOUCHSTONE_BIN/.." --prefix /usr >"$BATS_TEST_TMPDIR/install.log" 2>&1
  cd "$DESTDIR/usr" || return
}
teardown() { sandbox_teardown; }

@test "installs programs, manual pages, completions, rules and units, and nothing else" {
  run find . -type f -printf '%P\n'
  assert_equal "$(sort <<<"$output")" "$(
    sort <<'FILES'
bin/touchstone
bin/touchstone-agent
bin/touchstone-git-sign
lib/systemd/user/touchstone-agent.service
lib/systemd/user/touchstone-agent.socket
lib/udev/rules.d/70-touchstone-fido.rules
libexec/touchstone/touchstone-token
share/bash-completion/completions/touchstone
share/doc/touchstone/agent-extensions.md
share/doc/touchstone/batches.md
share/doc/touchstone/ci.md
share/doc/touchstone/ci/forgejo.yml
share/doc/touchstone/ci/github.yml
share/doc/touchstone/ci/gitlab.yml
share/doc/touchstone/ci/verify-push.sh
share/doc/touchstone/claims.md
share/doc/touchstone/journal.md
share/doc/touchstone/push-log.md
share/doc/touchstone/repository-policy.md
share/doc/touchstone/server.md
share/doc/touchstone/threat-model.md
share/fish/vendor_completions.d/touchstone.fish
share/man/man1/touchstone-git-sign.1
share/man/man1/touchstone.1
share/man/man5/touchstone.toml.5
share/man/man8/touchstone-agent.8
share/man/man8/touchstone-token.8
share/zsh/site-functions/_touchstone
FILES
  )"
}

@test "installs no emulator: its code is in no program" {
  for program in bin/touchstone bin/touchstone-agent bin/touchstone-git-sign \
    libexec/touchstone/touchstone-token; do
    run grep -aciE 'umockdev|touchstone::emulators|virtual token' "$program"
    assert_equal "$program: $output" "$program: 0"
  done
}

@test "installed programs run from where they are" {
  run bin/touchstone --version
  assert_equal "$status" 0
  assert_equal "${output%% *}" touchstone
  run bin/touchstone-agent --help
  assert_equal "$status" 0
  assert_contains "${lines[0]}" 'touchstone-agent signs commits, tags and logins'
  run man --local-file --pager=cat share/man/man1/touchstone.1
  assert_contains "$output" "EXIT STATUS"
  run share/doc/touchstone/ci/verify-push.sh
  assert_equal "$status" 2
  assert_contains "$output" "usage: verify-push.sh BEFORE AFTER"
}

@test "the service starts the program that is installed" {
  run grep -x 'ExecStart=/usr/bin/touchstone-agent' lib/systemd/user/touchstone-agent.service
  assert_equal "$status" 0
}
