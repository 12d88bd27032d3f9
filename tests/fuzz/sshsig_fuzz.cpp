// SPDX-License-Identifier: Apache-2.0
#include "ssh/sshsig.h"
#include "tests/fuzz/fuzz.h"

using touchstone::base::ByteView;
using touchstone::base::equal;
using touchstone::ssh::SshSig;
using touchstone::ssh::SshSigData;

// One text per signature: what parses encodes to the bytes it came from. Verifying must only not
// crash: the fuzzer cannot sign.
void fuzz(ByteView bytes) {
  if (const auto sig = SshSig::parse(bytes)) {
    FUZZ_CHECK(equal(sig->encode(), bytes));
    const auto again = SshSig::parse_armored(sig->armored());
    FUZZ_CHECK(again.has_value() && equal(again->encode(), bytes));
    static_cast<void>(verify_message(*sig, sig->name_space, bytes).has_value());
  }
  if (const auto sig = SshSig::parse_armored(touchstone::base::as_text(bytes))) {
    FUZZ_CHECK(SshSig::parse(sig->encode()).has_value());
  }
  if (const auto data = SshSigData::parse(bytes)) {
    FUZZ_CHECK(equal(data->encode(), bytes));
  }
}
