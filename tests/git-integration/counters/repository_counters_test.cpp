// SPDX-License-Identifier: Apache-2.0
#include "git-integration/counters/repository_counters.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

class SignaturesIn : public testing::Test {
 protected:
  // objects_found gives the objects the key is found to have signed.
  std::set<std::string> objects_found() const {
    const std::vector<ssh::PublicKey> keys = {key_.public_key()};
    const auto found = signatures_in(repository_.path(), keys);
    EXPECT_TRUE(found) << base::message_of(found.error());
    std::set<std::string> objects;
    if (found && found->contains(keys.front().fingerprint())) {
      for (const KnownSignature& each : found->at(keys.front().fingerprint())) {
        objects.insert(each.id);
      }
    }
    return objects;
  }

  Repository repository_;
  SoftKey key_ = SoftKey::sk_ed25519();
};

TEST_F(SignaturesIn, AreFoundHoweverManyRefsThereAre) {
  const std::string one = repository_.signed_commit(key_, {}, "one\n");
  const std::string two = repository_.signed_commit(key_, {}, "two\n");
  std::string input;
  constexpr std::size_t kRefs = 2 * kCommandOutputMax / hex_size(HashAlgorithm::kSha1);
  for (std::size_t i = 0; i < kRefs; ++i) {
    input += "create refs/heads/" + std::to_string(i) + " " + one + "\n";
  }
  repository_.git_ok({"update-ref", "--stdin"}, input + "create refs/heads/last " + two + "\n");
  EXPECT_EQ(objects_found(), (std::set<std::string>{one, two}));
}

TEST_F(SignaturesIn, AreFoundUnderTagsOfTags) {
  std::string id = repository_.signed_commit(key_, {}, "one\n");
  std::set<std::string> all = {id};
  for (std::size_t depth = 1; depth <= kTagDepthMax + 2; ++depth) {
    const std::string text = "object " + id + "\ntype " + (depth == 1 ? "commit" : "tag") +
                             "\ntag t\ntagger A <a@example.com> 1 +0000\n\nt\n";
    id = repository_.store("tag", text + key_.sign(text));
    all.insert(id);
  }
  repository_.git_ok({"update-ref", "refs/tags/t", id});
  EXPECT_EQ(objects_found(), all);
}

}  // namespace
}  // namespace touchstone::git
