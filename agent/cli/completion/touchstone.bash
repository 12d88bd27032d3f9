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
      'sign' | \
      'verify' | \
      'report' | \
      'policy' | \
      'policy init' | \
      'policy check' | \
      'policy explain' | \
      'policy add-signer' | \
      'policy add-evidence' | \
      'policy revoke' | \
      'policy rotate' | \
      'policy approve' | \
      'hook' | \
      'hook install' | \
      'hook uninstall' | \
      'hook status' | \
      'hook run' | \
      'audit' | \
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
    'key import --attestation') _touchstone_paths -f; return ;;
    'key mark --token') _touchstone_words "$(touchstone token list --ids 2>/dev/null)"; return ;;
    'key export --output' | 'key export -o') _touchstone_paths -f; return ;;
    'log --lines' | 'log -n') return ;;
    'log --file') _touchstone_paths -f; return ;;
    'log verify --file') _touchstone_paths -f; return ;;
    'sign --key') _touchstone_paths -f; return ;;
    'sign --signers') _touchstone_paths -f; return ;;
    'verify --signers') _touchstone_paths -f; return ;;
    'verify --introduction') return ;;
    'verify --introduced-by') return ;;
    'verify --ref') return ;;
    'verify --namespace') return ;;
    'report --html') _touchstone_paths -f; return ;;
    'report --signers') _touchstone_paths -f; return ;;
    'report --introduction') return ;;
    'report --introduced-by') return ;;
    'report --ref') return ;;
    'policy init --require') _touchstone_words 'nothing signature touch touch+pin'; return ;;
    'policy init --change-signers') return ;;
    'policy explain --ref') return ;;
    'policy add-signer --comment') return ;;
    'policy add-evidence --attestation') _touchstone_paths -f; return ;;
    'policy add-evidence --root') _touchstone_paths -f; return ;;
    'policy revoke --reason') return ;;
    'policy revoke --since') return ;;
    'policy rotate --attestation') _touchstone_paths -f; return ;;
    'policy rotate --root') _touchstone_paths -f; return ;;
    'policy rotate --reason') return ;;
    'policy rotate --since') return ;;
    'policy rotate --comment') return ;;
    'policy approve --key') _touchstone_paths -f; return ;;
    'hook install --repository') _touchstone_paths -d; return ;;
    'hook install --signers') _touchstone_paths -f; return ;;
    'hook install --introduction') return ;;
    'hook install --introduced-by') return ;;
    'hook install --ref') return ;;
    'hook install --protect') return ;;
    'hook uninstall --repository') _touchstone_paths -d; return ;;
    'hook status --repository') _touchstone_paths -d; return ;;
    'hook run --chained') _touchstone_paths -f; return ;;
    'audit --journal') _touchstone_paths -f; return ;;
    'audit --repository') _touchstone_paths -d; return ;;
    'pin set --token') _touchstone_words "$(touchstone token list --ids 2>/dev/null)"; return ;;
    'pin change --token') _touchstone_words "$(touchstone token list --ids 2>/dev/null)"; return ;;
    'pin verify --token') _touchstone_words "$(touchstone token list --ids 2>/dev/null)"; return ;;
    'token resident list --token') _touchstone_words "$(touchstone token list --ids 2>/dev/null)"; return ;;
    'token resident delete --token') _touchstone_words "$(touchstone token list --ids 2>/dev/null)"; return ;;
  esac
  if [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then
    case $command in
      '') _touchstone_words '--help --version --socket' ;;
      'setup') _touchstone_words '--local --global --key --second --token --email --signers --dry-run --yes --undo --help --version --socket' ;;
      'keys') _touchstone_words '--json --names --help --version --socket' ;;
      'key') _touchstone_words '--help --version --socket' ;;
      'key new') _touchstone_words '--role --algorithm --resident --verify-required --dedicated --token --comment --json --help --version --socket' ;;
      'key import') _touchstone_words '--name --role --attestation --json --help --version --socket' ;;
      'key mark') _touchstone_words '--token --json --help --version --socket' ;;
      'key remove') _touchstone_words '--yes --json --help --version --socket' ;;
      'key export') _touchstone_words '--output --passphrase --force --help --version --socket' ;;
      'status') _touchstone_words '--json --help --version --socket' ;;
      'watch') _touchstone_words '--json --help --version --socket' ;;
      'cancel') _touchstone_words '--help --version --socket' ;;
      'reload') _touchstone_words '--help --version --socket' ;;
      'log') _touchstone_words '--lines --json --file --help --version --socket' ;;
      'log verify') _touchstone_words '--json --file --help --version --socket' ;;
      'sign') _touchstone_words '--batch --dry-run --force --key --signers --json --help --version --socket' ;;
      'verify') _touchstone_words '--signers --introduction --introduced-by --ref --push --any-committer --allow-webauthn --trust-dates --push-log --no-cache --namespace --summary --sarif --json --help --version --socket' ;;
      'report') _touchstone_words '--html --signers --introduction --introduced-by --ref --push --any-committer --allow-webauthn --trust-dates --push-log --no-cache --help --version --socket' ;;
      'policy') _touchstone_words '--help --version --socket' ;;
      'policy init') _touchstone_words '--require --change-signers --dry-run --help --version --socket' ;;
      'policy check') _touchstone_words '--json --help --version --socket' ;;
      'policy explain') _touchstone_words '--ref --json --help --version --socket' ;;
      'policy add-signer') _touchstone_words '--comment --dry-run --help --version --socket' ;;
      'policy add-evidence') _touchstone_words '--attestation --root --dry-run --help --version --socket' ;;
      'policy revoke') _touchstone_words '--reason --since --dry-run --help --version --socket' ;;
      'policy rotate') _touchstone_words '--attestation --root --reason --since --comment --dry-run --help --version --socket' ;;
      'policy approve') _touchstone_words '--key --yes --dry-run --help --version --socket' ;;
      'hook') _touchstone_words '--help --version --socket' ;;
      'hook install') _touchstone_words '--repository --signers --introduction --introduced-by --require-push-certificate --ref --protect --chain --dry-run --help --version --socket' ;;
      'hook uninstall') _touchstone_words '--repository --dry-run --help --version --socket' ;;
      'hook status') _touchstone_words '--repository --json --help --version --socket' ;;
      'hook run') _touchstone_words '--chained --help --version --socket' ;;
      'audit') _touchstone_words '--journal --repository --no-token --json --help --version --socket' ;;
      'pin') _touchstone_words '--help --version --socket' ;;
      'pin set') _touchstone_words '--token --help --version --socket' ;;
      'pin change') _touchstone_words '--token --last-try --help --version --socket' ;;
      'pin verify') _touchstone_words '--token --last-try --help --version --socket' ;;
      'token') _touchstone_words '--help --version --socket' ;;
      'token list') _touchstone_words '--json --ids --help --version --socket' ;;
      'token resident') _touchstone_words '--help --version --socket' ;;
      'token resident list') _touchstone_words '--token --json --help --version --socket' ;;
      'token resident delete') _touchstone_words '--token --yes --help --version --socket' ;;
      'config') _touchstone_words '--help --version --socket' ;;
      'config check') _touchstone_words '--help --version --socket' ;;
      'config show') _touchstone_words '--json --help --version --socket' ;;
      'config path') _touchstone_words '--help --version --socket' ;;
      'doctor') _touchstone_words '--json --help --version --socket' ;;
      'completion') _touchstone_words '--help --version --socket' ;;
      'version') _touchstone_words '--help --version --socket' ;;
    esac
    return
  fi
  case $command in
    '') _touchstone_words 'setup keys key status watch cancel reload log sign verify report policy hook audit pin token config doctor completion version' ;;
    'key') _touchstone_words 'new import mark remove export' ;;
    'key import') _touchstone_paths -f ;;
    'key mark') _touchstone_words "$(touchstone keys --names 2>/dev/null)" ;;
    'key remove') _touchstone_words "$(touchstone keys --names 2>/dev/null)" ;;
    'key export') _touchstone_words "$(touchstone keys --names 2>/dev/null)" ;;
    'log') _touchstone_words 'verify' ;;
    'verify') _touchstone_paths -f ;;
    'policy') _touchstone_words 'init check explain add-signer add-evidence revoke rotate approve' ;;
    'policy init') _touchstone_paths -f ;;
    'policy add-evidence') _touchstone_paths -f ;;
    'policy revoke') _touchstone_paths -f ;;
    'hook') _touchstone_words 'install uninstall status run' ;;
    'hook install') _touchstone_words 'pre-receive update pre-push' ;;
    'hook uninstall') _touchstone_words 'pre-receive update pre-push' ;;
    'hook run') _touchstone_words 'pre-receive post-receive update pre-push' ;;
    'pin') _touchstone_words 'set change verify' ;;
    'token') _touchstone_words 'list resident' ;;
    'token resident') _touchstone_words 'list delete' ;;
    'config') _touchstone_words 'check show path' ;;
    'config check') _touchstone_paths -f ;;
    'config show') _touchstone_paths -f ;;
    'completion') _touchstone_words 'bash zsh fish' ;;
  esac
}

complete -F _touchstone touchstone
