#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # variables of the helpers
# What `touchstone doctor` finds: each thing it looks at is broken once, alone, and mended by the
# command it names. What takes a machine of one's own (devices, udev rules, another version of the
# agent, other people's folders): tests/agent/cli/doctor_test.cpp.

load helpers
load stack
bats_require_minimum_version 1.5.0

setup() {
  sandbox_setup
  start_stack
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
  touching alice touchstone setup --yes
  refute_problems
}
teardown() { sandbox_teardown; }

problems() { touchstone doctor --json | jq -r 'select(.state == "problem") | .check'; }
refute_problems() {
  assert_equal "$(problems)" ""
  touchstone doctor >"$BATS_TEST_TMPDIR/doctor.out"
}

# finds CHECK FINDING MEND: that check alone is a problem, says so and names that command.
finds() {
  assert_equal "$(problems)" "$1"
  run -1 --separate-stderr touchstone doctor
  assert_equal "$stderr" ""
  assert_contains "$output" "problem  $1: "
  assert_contains "$output" "$2"
  assert_contains "$output" "mend it: $3"
}

# mend CHECK runs the command that doctor names for it.
mend() {
  eval "$(touchstone doctor --json | jq -r --arg check "$1" 'select(.check == $check) | .mend')"
}

@test "doctor: the runtime folder can be entered by others" {
  chmod 755 "$XDG_RUNTIME_DIR"
  finds "runtime folder" "can be entered by other users" "chmod 700 $XDG_RUNTIME_DIR"
  mend "runtime folder"
  refute_problems
}

@test "doctor: no runtime folder" {
  # Without it nothing else can be found either.
  unset XDG_RUNTIME_DIR
  run -1 --separate-stderr touchstone doctor
  assert_contains "$output" "problem  runtime folder: XDG_RUNTIME_DIR is not set"
  # shellcheck disable=SC2016  # as it is printed
  assert_contains "$output" 'mend it: export XDG_RUNTIME_DIR=/run/user/$(id -u)'
}

@test "doctor: the configuration has an unknown key" {
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[touch]\ntimout = 3\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  finds configuration "$XDG_CONFIG_HOME/touchstone/config.toml:2" "touchstone config check"
  run ! mend configuration
  assert_contains "$output" touch.timeout
  sed -i 's/timout/timeout/' "$XDG_CONFIG_HOME/touchstone/config.toml"
  mend configuration
  refute_problems
}

@test "doctor: no agent" {
  stop_background "$agent_pid"
  finds agent "agent.sock" "systemctl --user enable --now touchstone-agent.socket"
  # What is not known without it is no problem of its own.
  assert_equal "$(touchstone doctor --json | jq -r 'select(.check == "tokens") | .state')" note
  assert_equal "$(touchstone doctor --json | jq -r 'select(.check == "git key") | .state')" note
  start_agent
  wait_until "$kDeadlineSeconds" sees_tokens 1
  refute_problems
}

@test "doctor: something else listens in the agent's place" {
  stop_background "$agent_pid"
  start_background agent ssh-agent -D -a "$XDG_RUNTIME_DIR/touchstone/agent.sock"
  wait_for_socket "$XDG_RUNTIME_DIR/touchstone/agent.sock"
  finds agent "" "systemctl --user restart touchstone-agent.service"
}

@test "doctor: no token" {
  token unplug alice
  wait_until "$kDeadlineSeconds" sees_tokens 0
  finds tokens "the agent sees none" "plug one in, then: touchstone token list"
  token plug alice
  wait_until "$kDeadlineSeconds" sees_tokens 1
  refute_problems
}

@test "doctor: too little locked memory for a PIN" {
  prlimit --memlock=4096:4096 --pid "$BASHPID"
  finds "locked memory" "only 4096 bytes may be locked" "ulimit -l 1024"
}

@test "doctor: no pinentry program" {
  mkdir -p "$XDG_CONFIG_HOME/touchstone" "$HOME/bin"
  printf '[pin]\nprogram = "%s"\n' "$HOME/bin/pinentry" >"$XDG_CONFIG_HOME/touchstone/config.toml"
  finds pinentry "$HOME/bin/pinentry is not there" "sudo apt install pinentry-curses"
  ln -s "$(type -P true)" "$HOME/bin/pinentry"
  refute_problems
  # The agent looks along no PATH.
  ln -s "$(type -P true)" "$HOME/bin/pinentry-of-mine"
  printf '[pin]\nprogram = "pinentry-of-mine"\n' >"$XDG_CONFIG_HOME/touchstone/config.toml"
  PATH=$PATH:$HOME/bin finds pinentry "pinentry-of-mine is not there" \
    "sudo apt install pinentry-curses"
}

@test "doctor: the journal was changed" {
  sed -i '1s/"time":"2/"time":"3/' "$XDG_STATE_HOME/touchstone/journal.jsonl"
  finds journal "the journal does not hold together" "touchstone log verify"
  run -1 --separate-stderr mend journal
  assert_contains "$stderr" "keep the file as evidence"
}

@test "doctor: the folder of keys can be entered by others" {
  chmod 755 "$XDG_DATA_HOME/touchstone/keys"
  finds keys "can be entered by other users" "chmod 700 $XDG_DATA_HOME/touchstone/keys"
  mend keys
  refute_problems
}

@test "doctor: a git that cannot sign with SSH keys" {
  mkdir "$HOME/old"
  printf '#!/bin/sh\necho git version 2.33.1\n' >"$HOME/old/git"
  chmod 755 "$HOME/old/git"
  PATH=$HOME/old:$PATH finds git "version 2.33.1 cannot sign with SSH keys" "sudo apt install git"
  printf '#!/bin/sh\nexit 1\n' >"$HOME/old/git"
  PATH=$HOME/old:$PATH finds git "" "sudo apt install git"
}

@test "doctor: git signs in another format" {
  git config gpg.format openpgp
  finds "git signing" "gpg.format is openpgp, not ssh" "touchstone setup"
  touchstone setup --yes
  refute_problems
}

@test "doctor: git signs with another program, with none, and with one that is gone" {
  git config gpg.ssh.program ssh-keygen
  finds "git program" "gpg.ssh.program is $(command -v ssh-keygen), not " "touchstone setup"
  touchstone setup --yes
  refute_problems
  git config --unset gpg.ssh.program
  finds "git program" "gpg.ssh.program is not set" "touchstone setup"
  git config gpg.ssh.program "$HOME/gone"
  finds "git program" "gpg.ssh.program $HOME/gone is not there" "touchstone setup"
  touchstone setup --yes
  refute_problems
}

@test "doctor: git's key is not the agent's, or no key" {
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$HOME/software"
  printf 'alice@example.org %s\n' "$(cat "$HOME/software.pub")" >>.git/touchstone/allowed_signers
  git config user.signingkey "$HOME/software.pub"
  finds "git key" "the agent does not hold user.signingkey SHA256:" "touchstone key import FILE"
  touchstone setup --yes
  refute_problems
  git config user.signingkey "$HOME/gone.pub"
  finds "git key" "user.signingkey: " "touchstone setup"
  touchstone setup --yes
  refute_problems
}

@test "doctor: git's signers file is empty, gone, not set, or lets somebody else sign" {
  : >.git/touchstone/allowed_signers
  finds "git signers" "is not there or empty" "touchstone setup"
  touchstone setup --yes
  refute_problems
  rm .git/touchstone/allowed_signers
  finds "git signers" "is not there or empty" "touchstone setup"
  touchstone setup --yes
  refute_problems
  git config --unset gpg.ssh.allowedSignersFile
  finds "git signers" "gpg.ssh.allowedSignersFile is not set" "touchstone setup"
  touchstone setup --yes
  refute_problems
  git config user.email bob@example.org
  finds "git signers" "does not let your key sign for bob@example.org" "touchstone setup"
  touchstone setup --yes
  refute_problems
}

@test "doctor: every check was broken here or in its unit test" {
  run -0 --separate-stderr touchstone doctor --json
  local check
  while IFS= read -r check; do
    grep -qE "finds \"?$check\"? " "$BATS_TEST_FILENAME" || [[ $check == devices ]] || {
      echo "no test in which this check fails: $check"
      return 1
    }
  done < <(jq -r .check <<<"$output")
}
