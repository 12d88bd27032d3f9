# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154  # variables of helpers.bash and for tests
# Stock sshd on loopback, on top of helpers.bash.

# start_sshd NAME PUBLIC_KEY… starts one that lets the user who runs the test in with any of these
# keys. Its port is left in ${sshd_port[NAME]}, the fingerprint of its host key in
# ${sshd_host_key[NAME]}; $known_hosts knows it.
declare -gA sshd_port sshd_host_key
start_sshd() {
  local name=$1 folder=$BATS_TEST_TMPDIR/$1 attempt
  shift
  [[ $EUID -eq 0 || $(passwd -S 2>/dev/null) != *" L "* ]] ||
    skip "the account is locked: sshd would not let it in"
  known_hosts=$BATS_TEST_TMPDIR/known_hosts
  mkdir "$folder"
  [[ $EUID -ne 0 ]] || mkdir -p /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$folder/host"
  cat "$@" >"$folder/authorized_keys"
  printf '%s\n' "HostKey $folder/host" "AuthorizedKeysFile $folder/authorized_keys" "UsePAM no" \
    "StrictModes no" "PasswordAuthentication no" "PermitRootLogin yes" "PidFile none" \
    "ListenAddress 127.0.0.1" >"$folder/config"
  # Somebody else may take a port that was free a moment ago.
  for ((attempt = 0; attempt < 10; attempt++)); do
    sshd_port[$name]=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
    start_background "$name" /usr/sbin/sshd -D -e -f "$folder/config" -p "${sshd_port[$name]}"
    wait_until "$kDeadlineSeconds" sshd_has_decided "$name" "$background_pid"
    ! grep -q '^Server listening' "$BATS_TEST_TMPDIR/$name.log" || break
  done
  sshd_host_key[$name]=$(ssh-keygen -lf "$folder/host.pub" | cut -d' ' -f2)
  printf '[127.0.0.1]:%s %s\n' "${sshd_port[$name]}" "$(cut -d' ' -f1,2 "$folder/host.pub")" \
    >>"$known_hosts"
}

sshd_has_decided() { grep -q '^Server listening' "$BATS_TEST_TMPDIR/$1.log" || has_ended "$2"; }

# ssh_to NAME [OPTION…] [COMMAND…] logs in there with stock ssh.
ssh_to() {
  local name=$1
  shift
  timeout 60 ssh -F none -o UserKnownHostsFile="$known_hosts" -o BatchMode=yes \
    -p "${sshd_port[$name]}" "$@"
}
