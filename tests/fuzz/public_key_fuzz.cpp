// SPDX-License-Identifier: Apache-2.0
#include "ssh/limits.h"
#include "ssh/private_key_file.h"
#include "ssh/public_key.h"
#include "tests/fuzz/fuzz.h"

using touchstone::base::ByteView;
using touchstone::ssh::PublicKey;

namespace {

void check(const PublicKey& key) {
  const auto again = PublicKey::parse_line(key.line());
  FUZZ_CHECK(again.has_value() && *again == key);
  const auto plain = PublicKey::parse(key.plain_blob());
  FUZZ_CHECK(plain.has_value() && !plain->is_certificate());
  FUZZ_CHECK(plain->fingerprint() == key.fingerprint());
  FUZZ_CHECK(plain->key() == key.key() && plain->application() == key.application());
  FUZZ_CHECK(!key.short_name().empty() && key.bits() >= 256);
  if (key.is_certificate()) {
    static_cast<void>(verify_certificate(key).has_value());
    FUZZ_CHECK(key.certificate()->principals.size() <= touchstone::ssh::kPrincipalsMax);
  } else {
    FUZZ_CHECK(touchstone::base::equal(key.plain_blob(), key.blob()));
  }
}

}  // namespace

void fuzz(ByteView bytes) {
  if (const auto key = PublicKey::parse(bytes)) {
    FUZZ_CHECK(touchstone::base::equal(key->blob(), bytes));
    check(*key);
  }
  if (const auto key = PublicKey::parse_line(touchstone::base::as_text(bytes))) {
    check(*key);
  }
  if (const auto key = touchstone::ssh::public_key_of_file(bytes)) {
    check(*key);
  }
}
