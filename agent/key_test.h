// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace touchstone::agent {

// What `ssh-add -T` has signed: this many bytes of arc4random_buf (OpenSSH ssh-add.c, test_key).
constexpr std::size_t kKeyTestBytes = 1024;

// is_key_test says whether data is what `ssh-add -T` makes up to test a key: kKeyTestBytes of
// random bytes. A signature over them is of no use: everything that SSH has signed begins with
// "SSHSIG" (PROTOCOL.sshsig), with a session identifier and message 50 (RFC 4252 section 7), or
// with a name in plain text (PROTOCOL.certkeys; PROTOCOL section 2.5 for host keys), and
// such a beginning is refused here whatever comes after it. The rest has to look random, so that
// neither text nor anything with a structure passes. A key on a FIDO token adds its own end: no
// verifier of other protocols takes what it signs (PROTOCOL.u2f, "SSH U2F Signatures").
//
// Real random bytes are refused once in 6 * 10^9 tests; key_test.cpp has the sum.
bool is_key_test(base::ByteView data);

}  // namespace touchstone::agent
