# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2119,SC2120  # used by and from the tests
# A running Touchstone for end-to-end tests, on top of helpers.bash: emulated tokens, the agent with
# its real driver, somebody who watches the prompts, and a repository set up for signing.

# start_tokens SPEC… plugs in emulated tokens, each "name=NAME,touch=POLICY,…"; state is kept under
# $BATS_TEST_TMPDIR. Touch policy "button" is a finger that `token touch NAME` moves.
start_tokens() {
  local spec arguments=() name
  token_control=$BATS_TEST_TMPDIR/token.control
  token_environment=$BATS_TEST_TMPDIR/token.env
  for spec in "$@"; do
    name=${spec#name=}
    name=${name%%,*}
    arguments+=(--token "$spec,state=$BATS_TEST_TMPDIR/$name.state")
  done
  start_background tokens touchstone-emulator "${arguments[@]}" \
    --control "$token_control" --env-file "$token_environment"
  wait_for_line "$BATS_TEST_TMPDIR/tokens.log" '^ready'
  token_driver=$BATS_TEST_TMPDIR/token-driver
  {
    printf '#!/bin/sh\nexec env'
    while IFS= read -r line; do printf " '%s'" "$line"; done <"$token_environment"
    [[ -z ${ASAN_OPTIONS:-} ]] || printf " 'ASAN_OPTIONS=%s'" "$ASAN_OPTIONS"
    printf " '%s/touchstone-token' \"\$@\"\n" "$TOUCHSTONE_BIN"
  } >"$token_driver"
  chmod 700 "$token_driver"
}

# token COMMAND… asks the emulator: touch NAME, wait-touch NAME, unplug NAME, plug NAME, quirk …
token() { touchstone-emulator ctl "$token_control" "$@"; }

# with_tokens COMMAND… runs a stock client that sees the emulated tokens.
with_tokens() {
  local variables
  mapfile -t variables <"$token_environment"
  env "${variables[@]}" "$@"
}

# start_agent [OPTION…] starts the agent and waits until it listens and has seen its tokens.
start_agent() {
  agent_socket=$XDG_RUNTIME_DIR/touchstone/agent.sock
  start_background agent touchstone-agent --token-driver "$token_driver" "$@"
  agent_pid=$background_pid
  wait_for_socket "$agent_socket"
}

# start_watch keeps `touchstone watch` open: without anybody to show a prompt to, nothing is signed.
# It has a log of its own. Before anything is to be signed, somebody_watches.
start_watch() {
  local name=watch-${#background_pids[@]}
  start_background "$name" touchstone watch
  watch_log=$BATS_TEST_TMPDIR/$name.log
}

# somebody_watches [COUNT] waits until the agent has seen that many tokens (one), and the watcher
# has seen the agent: it tells of the tokens then.
somebody_watches() {
  wait_until "$kDeadlineSeconds" sees_tokens "${1:-1}"
  wait_for_line "$watch_log" token-added
}

sees_tokens() { [[ $(touchstone token list --json | jq -s 'flatten | length') -eq $1 ]]; }

# swap_tokens OLD NEW unplugs one and plugs in the other, and waits until the agent has seen both.
swap_tokens() {
  token unplug "$1"
  wait_until "$kDeadlineSeconds" sees_tokens 0
  token plug "$2"
  wait_until "$kDeadlineSeconds" sees_tokens 1
}

# start_stack [SPEC…] is all of it; one token named alice that is touched by `token touch alice`.
start_stack() {
  (($# > 0)) || set -- name=alice,touch=button
  start_tokens "$@"
  start_agent
  start_watch
  somebody_watches "$#"
}

# touching NAME COMMAND… runs COMMAND and touches that token once, when it waits for it. A command
# that ends without asking for a touch leaves its own status.
touching() {
  local name=$1 pid finger ended status=0
  shift
  "$@" 3>&- &
  pid=$!
  token wait-touch "$name" >/dev/null 3>&- &
  finger=$!
  wait -n -p ended "$pid" "$finger" || true
  if [[ $ended == "$finger" ]]; then
    token touch "$name" >/dev/null
  else
    kill "$finger"
    wait "$finger" || true
  fi
  wait "$pid" || status=$?
  return "$status"
}

# make_sign_key TOKEN NAME makes a key of role sign on a token that is the only one.
make_sign_key() { touching "$1" touchstone key new --role sign "$2"; }

# use_key FOLDER NAME sets a repository up to sign with it, as the manual says, by hand.
use_key() {
  local folder=$1 name=$2 key
  key=$(touchstone keys --json | jq -rs --arg name "$name" \
    'flatten | .[] | select(.name == $name) | .public_key')
  printf '%s\n' "$key" >"$HOME/$name.pub"
  printf 'alice@example.org namespaces="git" %s\n' "$(cut -d' ' -f1,2 "$HOME/$name.pub")" \
    >>"$HOME/allowed_signers"
  git -C "$folder" config gpg.format ssh
  git -C "$folder" config gpg.ssh.program touchstone-git-sign
  git -C "$folder" config gpg.ssh.allowedSignersFile "$HOME/allowed_signers"
  git -C "$folder" config user.signingkey "$HOME/$name.pub"
  git -C "$folder" config commit.gpgsign true
  git -C "$folder" config tag.gpgsign true
}

# use_pinentry PIN [TIMES] makes the agent's pinentry answer with it, whatever is asked, and decline
# after so many times.
use_pinentry() {
  local program=$BATS_TEST_TMPDIR/pinentry left=$BATS_TEST_TMPDIR/pinentry.left
  echo "${2:-9}" >"$left"
  cat >"$program" <<EOT
#!/bin/sh
echo "OK ready"
while read -r command _; do
  case \$command in
    GETPIN)
      left=\$(cat "$left")
      echo \$((left - 1)) >"$left"
      if [ "\$left" -gt 0 ]; then echo "D $1"; echo OK; else echo "ERR 83886179 cancelled"; fi ;;
    BYE) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
EOT
  chmod 700 "$program"
  mkdir -p "$XDG_CONFIG_HOME/touchstone"
  printf '[pin]\nprogram = "%s"\n' "$program" >"$XDG_CONFIG_HOME/touchstone/config.toml"
  kill -HUP "$agent_pid"
}
