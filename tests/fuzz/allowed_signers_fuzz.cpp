// SPDX-License-Identifier: Apache-2.0
#include "ssh/allowed_signers.h"
#include "tests/fuzz/fuzz.h"

using namespace touchstone;

// Whatever the file says, only its own keys get principals, and what find_principals finds is
// allowed by check unless a namespace or a negation says otherwise.
void fuzz(base::ByteView bytes) {
  const auto file = ssh::AllowedSigners::parse(base::as_text(bytes));
  FUZZ_CHECK(file.has_value());
  const auto stranger =
      ssh::PublicKey::from_token({base::KeyAlgorithm::kEd25519, base::Bytes(32, 0xfe)}, "fuzz");
  FUZZ_CHECK(stranger.has_value());
  for (const std::uint64_t time : {std::uint64_t{0}, std::uint64_t{1'700'000'000}}) {
    FUZZ_CHECK(file->find_principals(*stranger, time).empty());
    FUZZ_CHECK(!file->check(*stranger, "a", "git", time).has_value());
    for (const ssh::AllowedSigner& signer : file->signers()) {
      const auto principals = file->find_principals(signer.key, time);
      static_cast<void>(file->check(signer.key, signer.principals, "git", time).has_value());
      for (const std::string& principal : principals) {
        FUZZ_CHECK(principal.find(',') == std::string::npos);
      }
    }
  }
  static_cast<void>(ssh::parse_verify_time(base::as_text(bytes)).has_value());
}
