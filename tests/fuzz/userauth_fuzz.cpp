// SPDX-License-Identifier: Apache-2.0
#include "ssh/userauth.h"
#include "tests/fuzz/fuzz.h"

using touchstone::base::ByteView;
using touchstone::base::equal;
using touchstone::ssh::SessionBind;
using touchstone::ssh::UserauthRequest;

void fuzz(ByteView bytes) {
  if (const auto request = UserauthRequest::parse(bytes)) {
    FUZZ_CHECK(equal(request->encode(), bytes));
  }
  if (const auto bind = SessionBind::parse(bytes)) {
    FUZZ_CHECK(equal(bind->encode(), bytes));
    static_cast<void>(verify_session_bind(*bind).has_value());
  }
}
