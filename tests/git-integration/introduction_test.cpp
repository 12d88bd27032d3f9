// SPDX-License-Identifier: Apache-2.0
#include "git-integration/introduction.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

// The last of the 43 characters holds four bits of the digest; what is left over has to be zero.
TEST(IntroductionTest, WantsAFingerprintInItsOnlySpelling) {
  PolicyRepository repository;
  repository.introduce(PolicyRepository::policy_files(kPlainPolicy, repository.signers()));
  const std::string good = repository.alice.public_key().fingerprint();
  const std::string cut = good.substr(0, good.size() - 1);
  for (const std::string& bad :
       {cut + "B", cut + "/", cut + "=", cut, good + "=", good.substr(7), std::string("SHA256:")}) {
    VerifyOptions options = repository.options();
    options.ranges = {repository.introduction()};
    options.introduction = Introduction{repository.introduction(), bad};
    const auto outcome = PolicyRepository::verify_with(options);
    ASSERT_FALSE(outcome.summary) << bad;
    EXPECT_EQ(outcome.summary.error().code, base::Code::kConfigInvalid) << bad;
  }
}

}  // namespace
}  // namespace touchstone::git
