# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154  # variables of stack.bash and of the tests
# A person with a token, and a real bare repository whose hooks are ours, on top of stack.bash.

# person_setup [OPTION…] leaves the working folder in a repository that signs with key `work`. The
# token is touched whenever it asks. Options are git init's, for the repository and the server.
person_setup() {
  sandbox_setup
  start_stack name=alice,touch=always
  touchstone key new --role sign work >/dev/null
  git init -q -b main "$@" "$HOME/repository"
  cd "$HOME/repository" || return
  git config user.name 'Alice Example'
  git config user.email alice@example.org
  use_key . work
  server=$HOME/server.git
  git init -q -b main --bare "$@" "$server"
  git remote add origin "$server"
}

# install_hook NAME [OPTION…] installs ours into the server.
install_hook() {
  touchstone hook install "$1" --repository "$server" --signers "$HOME/allowed_signers" "${@:2}" \
    >/dev/null 2>&1
}

commit() { git commit -q --allow-empty -m "$1"; }
unsigned_commit() { git commit -q --no-gpg-sign --allow-empty -m "$1"; }
silent_commit() {
  with_tokens git -c gpg.ssh.program=touchstone-attack-silent-signature \
    -c user.signingkey="$XDG_DATA_HOME/touchstone/keys/work" commit -q --allow-empty -m "$1"
}

server_git() { git -C "$server" "$@"; }
server_state() {
  server_git for-each-ref
  find "$server/touchstone" -name '*.push' 2>/dev/null || true
}

# refused MESSAGE ARGUMENT… pushes, and wants git to say MESSAGE and the server to be as it was.
refused() {
  local message=$1 before
  shift
  before=$(server_state)
  run ! git push "$@"
  assert_contains "$output" "$message"
  assert_equal "$(server_state)" "$before"
}

# log_record [REVISION] shows an entry of the push log.
log_record() { server_git show "${1:-refs/touchstone/pushes}:record"; }
log_length() { server_git rev-list --count refs/touchstone/pushes; }
