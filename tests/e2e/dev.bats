#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The script everybody starts with, and how it adds up results.

load helpers
bats_require_minimum_version 1.5.0
setup() { sandbox_setup; }
teardown() { sandbox_teardown; }

@test "dev explains itself and every command" {
  local overview
  overview=$("$TOUCHSTONE_SOURCE/dev" --help)
  for command in setup build demo test bench fuzz lint; do
    assert_contains "$overview" "  $command "
    run -0 "$TOUCHSTONE_SOURCE/dev" "$command" --help
    assert_contains "$output" "usage: ./dev $command"
  done
}

@test "dev refuses what it does not know" {
  run -2 "$TOUCHSTONE_SOURCE/dev"
  run -2 "$TOUCHSTONE_SOURCE/dev" frobnicate
  run -2 "$TOUCHSTONE_SOURCE/dev" setup now
  run -2 "$TOUCHSTONE_SOURCE/dev" test --frobnicate
  run -1 "$TOUCHSTONE_SOURCE/dev" fuzz no_such_target
  assert_contains "$output" "error: no fuzz target no_such_target"
}

@test "dev demo without a terminal says so before anything is installed or built" {
  run -2 "$TOUCHSTONE_SOURCE/dev" demo </dev/null
  assert_equal "$output" "error: there is no terminal to press Enter on
hint: ./dev demo --auto-touch presses it for you"
  run -2 "$TOUCHSTONE_SOURCE/dev" demo --frobnicate
  assert_equal "$output" "usage: ./dev demo [--auto-touch]"
}

# ctest_xml FOLDER TESTCASE… writes a report as ctest does.
ctest_xml() {
  local folder=$1
  shift
  mkdir -p "$folder/gtest"
  printf '<testsuite name="x">%s</testsuite>' "$*" >"$folder/ctest.xml"
}

summarize() { python3 "$TOUCHSTONE_SOURCE/tests/summarize.py" "$@"; }

@test "summary counts cases of bats and of gtest, and whole entries otherwise" {
  local results=$BATS_TEST_TMPDIR/dev/results/tests
  ctest_xml "$results" \
    '<testcase name="e2e" status="run"><system-out>1..3
ok 1 signs
ok 2 needs a kernel # skip no uhid here
ok 3 also skipped # skip
</system-out></testcase>' \
    '<testcase name="unit" status="run"/><testcase name="lint" status="run"/>'
  cat >"$results/gtest/unit.xml" <<'XML'
<testsuites><testsuite><testcase name="A" classname="S" status="run" result="completed"/>
<testcase name="B" classname="S" status="run" result="skipped"><skipped message="f.cpp:1&#x0A;no vectors"/></testcase>
<testcase name="DISABLED_C" classname="S" status="notrun" result="suppressed"/></testsuite></testsuites>
XML
  run -0 summarize "$results"
  assert_contains "$output" "dev: e2e: needs a kernel: no uhid here"
  assert_contains "$output" "dev: e2e: also skipped: no reason given"
  assert_contains "$output" "dev: S.B: no vectors"
  assert_contains "$output" "dev: S.DISABLED_C: disabled"
  assert_equal "${lines[-1]}" "3 passed, 0 failed, 4 skipped"
}

@test "summary counts every way to fail" {
  local results=$BATS_TEST_TMPDIR/dev/results/tests
  ctest_xml "$results" \
    '<testcase name="fails" status="fail"><system-out>1..2
ok 1 fine
not ok 2 broken
</system-out></testcase>' \
    '<testcase name="stopped" status="fail"><system-out>1..2
ok 1 fine
</system-out></testcase>' \
    '<testcase name="crashed" status="fail"/><testcase name="half" status="fail"/>' \
    '<testcase name="missing" status="notrun"><skipped message="Unable to find executable"/></testcase>'
  echo '<testsuites><testsuite>' >"$results/gtest/half.xml"
  run -1 summarize "$results"
  assert_contains "$output" "dev: fails: broken"
  assert_contains "$output" "dev: missing (Unable to find executable)"
  assert_equal "${lines[-1]}" "2 passed, 5 failed, 0 skipped"
}

@test "summary fails when there is nothing to count" {
  run -1 summarize "$BATS_TEST_TMPDIR/nowhere"
  assert_contains "${lines[-1]}" "0 passed, 1 failed, 0 skipped"
}
