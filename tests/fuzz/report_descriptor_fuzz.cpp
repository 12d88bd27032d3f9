// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"
#include "tokens/fido2/report_descriptor.h"

using namespace touchstone;

// Once the usage page has been found nothing that follows takes it back.
void fuzz(base::ByteView bytes) {
  if (!tokens::fido2::is_fido_device(bytes)) {
    return;
  }
  base::Bytes longer = base::to_bytes(bytes);
  longer.push_back(0xff);
  FUZZ_CHECK(tokens::fido2::is_fido_device(longer));
}
