// SPDX-License-Identifier: Apache-2.0
#include "agent/classify.h"
#include "agent/key_test.h"
#include "tests/fuzz/fuzz.h"

using touchstone::agent::Classified;
using touchstone::agent::Purpose;

void fuzz(touchstone::base::ByteView bytes) {
  const Classified found = touchstone::agent::classify(bytes, {});
  FUZZ_CHECK(!(found.sshsig.has_value() && found.login.has_value()));
  // There is no login for a key that is not there.
  FUZZ_CHECK(found.purpose != Purpose::kLogin);
  FUZZ_CHECK((found.purpose == Purpose::kFile) <= found.bare_hash);
  if (found.purpose == Purpose::kTest) {
    FUZZ_CHECK(bytes.size() == touchstone::agent::kKeyTestBytes);
    FUZZ_CHECK(!touchstone::base::as_text(bytes).starts_with("SSHSIG"));
  }
}
