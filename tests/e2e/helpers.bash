# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What every end-to-end test needs. A .bats file begins:
#
#   load helpers
#   setup() { sandbox_setup; }
#   teardown() { sandbox_teardown; }
#
# Each test has its own home, runtime folder and git configuration under $BATS_TEST_TMPDIR, so that
# tests run side by side and see nothing of the person who runs them.

: "${TOUCHSTONE_BIN:?is set by ctest}" "${TOUCHSTONE_SOURCE:?is set by ctest}"

readonly kDeadlineSeconds=30

sandbox_setup() {
  export HOME=$BATS_TEST_TMPDIR/home
  export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
  export XDG_CONFIG_HOME=$HOME/.config
  export XDG_STATE_HOME=$HOME/.local/state
  export XDG_DATA_HOME=$HOME/.local/share
  export XDG_CACHE_HOME=$HOME/.cache
  export GIT_CONFIG_GLOBAL=$HOME/.gitconfig GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
  # Debian's programs, which ./dev setup installed, before others of their names.
  export PATH=$TOUCHSTONE_BIN:/usr/bin:/bin:$PATH LC_ALL=C.UTF-8 TZ=UTC
  unset SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY GIT_DIR GIT_WORK_TREE \
    LISTEN_FDS LISTEN_PID NOTIFY_SOCKET JOURNAL_STREAM
  mkdir -p "$HOME" "$XDG_CONFIG_HOME"
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  background_pids=()
}

# sandbox_teardown ends what start_background started, and shows the logs of a test that failed.
sandbox_teardown() {
  local pid log
  for pid in "${background_pids[@]}"; do
    stop_background "$pid"
  done
  if [[ -z ${BATS_TEST_COMPLETED:-} ]]; then
    for log in "$BATS_TEST_TMPDIR"/*.log; do
      [[ -s $log ]] || continue
      printf -- '--- %s\n' "${log##*/}"
      tail -n 40 "$log"
    done
  fi
}

# start_background NAME COMMAND… runs it in a process group of its own, with its output in
# $BATS_TEST_TMPDIR/NAME.log; its pid is left in $background_pid.
start_background() {
  local log=$BATS_TEST_TMPDIR/$1.log
  shift
  # Descriptor 3 is bats' own: a child that keeps it keeps bats waiting.
  setsid "$@" </dev/null >>"$log" 2>&1 3>&- &
  background_pid=$!
  background_pids+=("$background_pid")
}

# stop_background PID ends that group: politely, then not.
stop_background() {
  kill -TERM -- "-$1" 2>/dev/null || true
  if ! wait_until 5 has_ended "$1"; then
    kill -KILL -- "-$1" 2>/dev/null || true
  fi
  wait "$1" 2>/dev/null || true
}

has_ended() {
  local state
  state=$(ps -o stat= -p "$1") || return 0
  [[ $state == Z* ]]
}

# wait_until SECONDS COMMAND… asks again and again until COMMAND succeeds; fails at the deadline.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    read -rt 0.02 <> <(:) || true
  done
}

# wait_for_socket PATH waits until somebody accepts connections there.
wait_for_socket() {
  wait_until "$kDeadlineSeconds" accepts_connections "$1" || {
    echo "nobody listens on $1"
    return 1
  }
}

accepts_connections() {
  [[ -S $1 ]] && python3 - "$1" <<'PYTHON' 2>/dev/null
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
PYTHON
}

# wait_for_line FILE REGEX waits until FILE has a line that matches.
wait_for_line() {
  wait_until "$kDeadlineSeconds" grep -qsE -- "$2" "$1" || {
    echo "no line matching $2 in $1"
    return 1
  }
}

# make_repository FOLDER makes a repository with an author; configuration is the test's business.
make_repository() {
  git init -q -b main "$1"
  git -C "$1" config user.name "Alice Example"
  git -C "$1" config user.email alice@example.org
}

# assert_equal ACTUAL EXPECTED, assert_contains TEXT PART: with the values when they fail.
assert_equal() {
  [[ $1 == "$2" ]] || {
    printf 'expected: %s\nactual:   %s\n' "$2" "$1"
    return 1
  }
}

assert_contains() {
  [[ $1 == *"$2"* ]] || {
    printf 'expected to find: %s\nwithin:\n%s\n' "$2" "$1"
    return 1
  }
}

refute_contains() {
  [[ $1 != *"$2"* ]] || {
    printf 'expected not to find: %s\nwithin:\n%s\n' "$2" "$1"
    return 1
  }
}
