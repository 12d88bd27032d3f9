// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <grp.h>
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace touchstone::base {
namespace {

constexpr int kCannotDropRoot = 77;
constexpr uid_t kNobody = 65534;

class SecretHeap : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_secure_heap()); }
};

// A child process starts without the heap as long as no other test has set it up here; ctest and
// gtest may run tests in any order, so the child undoes it.
template <class Action>
int in_child_without_heap(Action action) {
  const pid_t child = fork();
  if (child == 0) {
    CRYPTO_secure_malloc_done();
    _exit(action());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);

TEST_F(SecretHeap, LivesOnTheSecureHeap) {
  const auto secret = Secret::copy_of(as_bytes("123456"));
  ASSERT_TRUE(secret);
  EXPECT_EQ(as_text(secret->view()), "123456");
  EXPECT_EQ(CRYPTO_secure_allocated(secret->view().data()), 1);
}

TEST_F(SecretHeap, StartsAsZeros) {
  const auto secret = Secret::make(64);
  ASSERT_TRUE(secret);
  EXPECT_TRUE(std::all_of(secret->view().begin(), secret->view().end(),
                          [](std::uint8_t byte) { return byte == 0; }));
}

TEST_F(SecretHeap, GivesItsMemoryBack) {
  const std::size_t before = CRYPTO_secure_used();
  {
    auto secret = Secret::make(1000);
    ASSERT_TRUE(secret);
    EXPECT_GT(CRYPTO_secure_used(), before);
    const Secret moved = std::move(*secret);
    EXPECT_EQ(moved.size(), 1000U);
  }
  EXPECT_EQ(CRYPTO_secure_used(), before);
}

TEST_F(SecretHeap, MovesWithoutACopy) {
  auto secret = Secret::copy_of(as_bytes("pin"));
  ASSERT_TRUE(secret);
  const std::uint8_t* const place = secret->view().data();
  Secret moved = std::move(*secret);
  EXPECT_EQ(moved.view().data(), place);
  EXPECT_TRUE(secret->empty());
  Secret target = Secret::copy_of(as_bytes("other")).value();
  target = std::move(moved);
  EXPECT_EQ(as_text(target.view()), "pin");
  EXPECT_TRUE(moved.empty());
}

TEST_F(SecretHeap, ClonesApart) {
  auto secret = Secret::copy_of(as_bytes("pin"));
  ASSERT_TRUE(secret);
  auto clone = secret->clone();
  ASSERT_TRUE(clone);
  clone->data()[0] = 'P';
  EXPECT_EQ(as_text(secret->view()), "pin");
  EXPECT_EQ(as_text(clone->view()), "Pin");
}

TEST_F(SecretHeap, ShrinkingZeroesTheRest) {
  auto secret = Secret::copy_of(as_bytes("123456"));
  ASSERT_TRUE(secret);
  const std::span<std::uint8_t> whole = secret->data();
  secret->shrink(2);
  EXPECT_EQ(as_text(secret->view()), "12");
  EXPECT_TRUE(std::all_of(whole.begin() + 2, whole.end(), [](std::uint8_t b) { return b == 0; }));
  secret->shrink(6);
  EXPECT_EQ(secret->size(), 2U);
}

TEST_F(SecretHeap, MayBeEmpty) {
  const auto secret = Secret::make(0);
  ASSERT_TRUE(secret);
  EXPECT_TRUE(secret->empty());
  EXPECT_TRUE(Secret().empty());
}

TEST_F(SecretHeap, HoldsItsLimit) {
  EXPECT_TRUE(Secret::make(kSecretMax));
  EXPECT_EQ(Secret::make(kSecretMax + 1).error().code, Code::kTooLong);
}

TEST_F(SecretHeap, FailsWhenTheHeapIsUsedUp) {
  std::vector<Secret> secrets;
  Status last;
  while (secrets.size() <= kSecureHeapBytes / kSecretMax) {
    auto secret = Secret::make(kSecretMax);
    if (!secret) {
      last = fail(secret.error());
      break;
    }
    secrets.push_back(std::move(*secret));
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Code::kNoSecureMemory);
  secrets.pop_back();
  EXPECT_TRUE(Secret::make(kSecretMax));
}

TEST_F(SecretHeap, InitialisingAgainChangesNothing) {
  const auto secret = Secret::copy_of(as_bytes("pin"));
  EXPECT_TRUE(init_secure_heap());
  EXPECT_EQ(as_text(secret->view()), "pin");
}

TEST(SecretWithoutHeap, IsRefused) {
  EXPECT_EQ(in_child_without_heap([] {
              const auto secret = Secret::make(1);
              return !secret && secret.error().code == Code::kNoSecureMemory ? 0 : 1;
            }),
            0);
}

// OpenSSL goes on with memory that is not locked; we must not.
TEST(SecretWithoutHeap, InitialisingFailsClosedWhenMemoryCannotBeLocked) {
  const int answer = in_child_without_heap([] {
    const struct rlimit nothing = {0, 0};
    // Root may lock whatever the limit says.
    if (geteuid() == 0 &&
        (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0)) {
      return kCannotDropRoot;
    }
    if (setrlimit(RLIMIT_MEMLOCK, &nothing) != 0) {
      return kCannotDropRoot;
    }
    const Status ready = init_secure_heap();
    if (ready || ready.error().code != Code::kNoSecureMemory) {
      return 1;
    }
    const auto secret = Secret::make(1);
    return !secret && secret.error().code == Code::kNoSecureMemory ? 0 : 2;
  });
  if (answer == kCannotDropRoot) {
    GTEST_SKIP() << "cannot give up the right to lock memory here";
  }
  EXPECT_EQ(answer, 0);
}

TEST(Wipe, ZeroesEveryByte) {
  std::vector<std::uint8_t> bytes(100, 0xee);
  wipe(bytes);
  EXPECT_EQ(bytes, std::vector<std::uint8_t>(100, 0));
  wipe({});
}

}  // namespace
}  // namespace touchstone::base
