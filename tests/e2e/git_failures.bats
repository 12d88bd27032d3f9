#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154  # variables of the helpers; each test has its own
# git commit when a part of the chain to the token is missing or dies. What the agent refuses is in
# git_refusals.bats.

bats_require_minimum_version 1.5.0
load helpers
load stack
load failing_git

setup() {
  sandbox_setup
  start_tokens name=alice,touch=button name=bob,touch=button,plugged=no
  restart_agent
  make_sign_key alice work
  prepare_repository
}

teardown() { sandbox_teardown; }

@test "no agent" {
  stop_background "$agent_pid"
  run git commit -m second
  assert_refused "no agent answers" "start it: systemctl --user start touchstone-agent.socket"
  restart_agent
  assert_next_commit_works
}

@test "no token" {
  token unplug alice
  wait_until "$kDeadlineSeconds" sees_tokens 0
  run git commit -m second
  assert_refused "no token is plugged in" "plug it in and try again"
  token plug alice
  wait_until "$kDeadlineSeconds" sees_tokens 1
  assert_next_commit_works
}

@test "only another token" {
  swap_tokens alice bob
  run git commit -m second
  assert_refused "no token plugged in holds this key" "plug in the token the key was made on"
  token status | jq -e '.tokens[] | select(.name == "bob") | .waiting == false and .signatures == 0'
  swap_tokens bob alice
  assert_next_commit_works
}

@test "nobody touches the token" {
  token quirk alice touch_timeout_ms=200
  run git commit -m second
  assert_refused "the token was not touched in time" ""
  token quirk alice touch_timeout_ms=0
  assert_next_commit_works
}

# git 2.39 makes a tag without a signature of it when the signing program says that it failed.
@test "a tag that nobody signs is not made, and one that was there stays" {
  touching alice git tag -s -m one v1
  before=$(git rev-parse v1)
  token quirk alice touch_timeout_ms=200
  for arguments in '-s -m two v2' '-s -f -m again v1'; do
    # shellcheck disable=SC2086
    run ! git tag $arguments
    assert_contains "$output" "the token was not touched in time"
    assert_contains "$output" "unable to sign the tag"
  done
  assert_equal "$(git tag)" v1
  assert_equal "$(git rev-parse v1)" "$before"
  token quirk alice touch_timeout_ms=0
  touching alice git tag -s -m two v2
}

@test "the token is unplugged while it waits" {
  begin_commit
  token unplug alice
  end_commit
  assert_refused "the token was unplugged" "plug it in and try again; nothing was signed"
  token plug alice
  wait_until "$kDeadlineSeconds" sees_tokens 1
  assert_next_commit_works
}

@test "the driver is killed: the token is busy until it is touched, and is found without replugging" {
  token quirk alice touch_timeout_ms=600000
  begin_commit
  kill -KILL "$(driver_pid)"
  end_commit
  assert_refused "the token driver stopped" "it is started again by itself; try once more"
  wait_until "$kDeadlineSeconds" sees_tokens 1
  run git commit -m second
  assert_refused "the token answers another request first" "unplug it, plug it in, and try again"
  assert_equal "$(touchstone token list --json | jq .busy)" true
  token touch alice
  wait_until "$kDeadlineSeconds" token_is_free
  assert_next_commit_works
}

@test "the driver is killed: the token is found when it has waited long enough" {
  token quirk alice touch_timeout_ms=600000
  begin_commit
  kill -KILL "$(driver_pid)"
  end_commit
  assert_refused "the token driver stopped" "it is started again by itself; try once more"
  token quirk alice touch_timeout_ms=1
  wait_until "$kDeadlineSeconds" token_waits_for_nothing
  token quirk alice touch_timeout_ms=0
  wait_until "$kDeadlineSeconds" token_is_free
  assert_next_commit_works
}

@test "the agent is killed" {
  begin_commit
  kill -KILL "$agent_pid"
  end_commit
  assert_refused "the connection to the agent broke" "nothing was signed; try again"
  restart_agent
  wait_until "$kDeadlineSeconds" token_is_free
  assert_next_commit_works
}

@test "the signing program is killed" {
  begin_commit
  pkill -KILL -P "$commit_pid" -f 'touchstone-git-sign -Y sign'
  end_commit
  # What is said is git's own: there is nobody else left to say it.
  ((status != 0))
  assert_contains "$output" "failed to write commit object"
  assert_untouched
  wait_until "$kDeadlineSeconds" nothing_pending
  assert_next_commit_works
}

@test "git is killed" {
  begin_commit
  kill -KILL "$commit_pid"
  end_commit
  assert_equal "$status" 137
  # Nobody waits for the signature any more, and nobody may get it.
  wait_until "$kDeadlineSeconds" nothing_pending
  assert_untouched
  rm -f "$TMPDIR"/.git_signing_buffer_tmp*
  assert_next_commit_works
}
