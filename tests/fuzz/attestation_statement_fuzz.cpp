// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"
#include "tokens/fido2/attestation_statement.h"
#include "tokens/limits.h"

using namespace touchstone;

// What is taken out was in there, and within the limits.
void fuzz(base::ByteView bytes) {
  const auto certificates = tokens::fido2::certificates_of(bytes);
  if (!certificates) {
    return;
  }
  FUZZ_CHECK(certificates->size() <= tokens::kCertificatesMax);
  std::size_t total = 0;
  for (const base::Bytes& certificate : *certificates) {
    FUZZ_CHECK(certificate.size() <= tokens::kCertificateMax);
    total += certificate.size() + 1;
  }
  FUZZ_CHECK(total <= bytes.size());
}
