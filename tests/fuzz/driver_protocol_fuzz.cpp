// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"
#include "tokens/driver_protocol.h"

// Both directions. What parses is written again as the same bytes: one encoding per message.
void fuzz(touchstone::base::ByteView bytes) {
  using namespace touchstone;
  FUZZ_CHECK(base::init_secure_heap().has_value());
  if (const auto message = tokens::parse_to_driver(bytes)) {
    const auto encoded = tokens::encode(*message);
    FUZZ_CHECK(encoded.has_value() && base::equal(encoded->view(), bytes));
  }
  if (const auto message = tokens::parse_from_driver(bytes)) {
    const auto encoded = tokens::encode(*message);
    FUZZ_CHECK(encoded.has_value() && base::equal(*encoded, bytes));
  }
}
