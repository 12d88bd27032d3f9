// SPDX-License-Identifier: Apache-2.0
#include "ssh/touchstone_extension.h"
#include "tests/fuzz/fuzz.h"

using touchstone::base::ByteView;
using touchstone::base::equal;
using touchstone::ssh::SignObject;
using touchstone::ssh::SignObjectAnswer;

void fuzz(ByteView bytes) {
  if (const auto object = SignObject::parse(bytes)) {
    FUZZ_CHECK(equal(object->encode(), bytes));
  }
  if (const auto answer = SignObjectAnswer::parse(bytes)) {
    FUZZ_CHECK(equal(answer->encode(), bytes));
  }
}
