# SPDX-License-Identifier: Apache-2.0
# bash completion for touchstone(1). Made by: touchstone completion bash

_touchstone_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_touchstone_paths() {
  mapfile -t COMPREPLY < <(compgen "$1" -- "${COMP_WORDS[COMP_CWORD]}")
  compopt -o filenames 2>/dev/null
}

# _touchstone_command sets `command` to the words before the cursor that name one.
_touchstone_command() {
  local i word
  command=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --socket) ((i++)); continue ;;
      -*) continue ;;
    esac
    case "${command:+$command }$word" in
      'setup' | \
      'keys' | \
      'key' | \
      'key new' | \
      'key import' | \
      'key mark' | \
      'key remove' | \
      'key export' | \
      'status' | \
      'watch' | \
      'cancel' | \
      'reload' | \
      'log' | \
      'log verify' | \
      'verify' | \
      'policy' | \
      'policy init' | \
      'policy check' | \
      'policy explain' | \
      'policy add-signer' | \
      'policy revoke' | \
      'policy rotate' | \
      'policy approve' | \
      'hook' | \
      'hook install' | \
      'hook uninstall' | \
      'hook status' | \
      'hook run' | \
      'pin' | \
      'pin set' | \
      'pin change' | \
      'pin verify' | \
      'token' | \
      'token list' | \
      'token resident' | \
      'token resident list' | \
      'token resident delete' | \
      'config' | \
      'config check' | \
      'config show' | \
      'config path' | \
      'doctor' | \
      'completion' | \
      'version')
        command="${command:+$command }$word" ;;
      *) return ;;
    esac
  done
}

_touchstone() {
  local command
  _touchstone_command
  case "$command ${COMP_WORDS[COMP_CWORD - 1]}" in
    *' --socket') _touchstone_paths -f; return ;;
    'setup --key') _touchstone_words "$(touchstone keys --names 2>/dev/null)"; return ;;
    'setup --token') _touchstone_words "$(touchstone token list --ids 2>/dev/null)"; return ;;
    'setup --email') return ;;
    'setup --signers') _touchstone_paths -f; return ;;
    'key new --role') _touchstone_words 'login sign release approve seal'; return ;;
    'key new --algorithm') _touchstone_words 'any ed25519-sk ecdsa-sk'; return ;;
    'key new --token') _touchstone_words "$(touchstone token list --ids 2>/dev/null)"; return ;;
    'key new --comment') return ;;
    'key import --name') return ;;
    'key import --role') _touchstone_words 'login sign release approve seal'; return ;;
