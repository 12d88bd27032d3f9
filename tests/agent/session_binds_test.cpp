// SPDX-License-Identifier: Apache-2.0
#include "agent/session_binds.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "ssh/limits.h"
#include "tests/ssh/software_key.h"

namespace touchstone::agent {
namespace {

using base::Code;

// The rules of OpenSSH's process_ext_session_bind.
class SessionBind : public testing::Test {
 protected:
  SessionBind()
      : host_(base::KeyAlgorithm::kEd25519),
        other_(base::KeyAlgorithm::kEcdsaP256),
        user_(base::KeyAlgorithm::kEd25519) {}

  static base::Bytes bind(const ssh::SoftwareKey& host, std::string_view session, bool forwarding) {
    const ssh::SessionBind made{host.plain(), base::to_bytes(session),
                                host.sign_plain(base::as_bytes(session)), forwarding};
    return made.encode();
  }
  Code add(const base::Bytes& contents) {
    const auto status = binds_.add(contents);
    return status.has_value() ? Code{} : status.error().code;
  }
  Code login(std::string_view session, const ssh::SoftwareKey* host) {
    ssh::UserauthRequest request{base::to_bytes(session),      "alice",    "ssh-connection",
                                 "sk-ssh-ed25519@openssh.com", user_.sk(), std::nullopt};
    if (host != nullptr) {
      request.host_key = host->plain();
    }
    const auto status = binds_.check_login(request);
    return status.has_value() ? Code{} : status.error().code;
  }

  ssh::SoftwareKey host_;
  ssh::SoftwareKey other_;
  ssh::SoftwareKey user_;
  SessionBinds binds_;
};

TEST_F(SessionBind, NothingIsKnownWithoutOne) {
  EXPECT_FALSE(binds_.forwarded());
  EXPECT_EQ(login("s", nullptr), Code::kNotFound);
}

TEST_F(SessionBind, ProvesALogin) {
  EXPECT_EQ(add(bind(host_, "s", false)), Code{});
  EXPECT_FALSE(binds_.forwarded());
  EXPECT_EQ(login("s", &host_), Code{});
  EXPECT_EQ(login("s", nullptr), Code{});
  EXPECT_EQ(login("other", &host_), Code::kDenied);
  EXPECT_EQ(login("s", &other_), Code::kDenied);
}

TEST_F(SessionBind, FollowsAForwardedConnection) {
  EXPECT_EQ(add(bind(host_, "one", true)), Code{});
  EXPECT_TRUE(binds_.forwarded());
  // The last hop is not bound: whatever is asked for is not a login of ours.
  EXPECT_EQ(login("one", &host_), Code::kDenied);
  EXPECT_EQ(add(bind(other_, "two", false)), Code{});
  EXPECT_TRUE(binds_.forwarded());
  EXPECT_EQ(login("two", &other_), Code{});
  // With more than one hop the request has to name its host key (PROTOCOL.agent 1).
  EXPECT_EQ(login("two", nullptr), Code::kDenied);
  EXPECT_EQ(login("one", &host_), Code::kDenied);
}

TEST_F(SessionBind, TakesNothingAfterALogin) {
  EXPECT_EQ(add(bind(host_, "s", false)), Code{});
  EXPECT_EQ(add(bind(host_, "t", false)), Code::kDenied);
  EXPECT_TRUE(binds_.tainted());
  EXPECT_TRUE(binds_.forwarded());
  EXPECT_EQ(login("s", &host_), Code::kDenied);
}

TEST_F(SessionBind, TakesNoForwardingAfterALoginEither) {
  EXPECT_EQ(add(bind(host_, "s", false)), Code{});
  EXPECT_EQ(add(bind(host_, "s", true)), Code::kDenied);
}

TEST_F(SessionBind, TakesTheSameHopTwice) {
  EXPECT_EQ(add(bind(host_, "s", true)), Code{});
  EXPECT_EQ(add(bind(host_, "s", true)), Code{});
  EXPECT_EQ(binds_.binds().size(), 1U);
}

TEST_F(SessionBind, TakesNoSessionFromAnotherHost) {
  EXPECT_EQ(add(bind(host_, "s", true)), Code{});
  EXPECT_EQ(add(bind(other_, "s", true)), Code::kDenied);
  EXPECT_TRUE(binds_.tainted());
}

TEST_F(SessionBind, TakesAnotherSessionOfAKnownHost) {
  EXPECT_EQ(add(bind(host_, "s", true)), Code{});
  EXPECT_EQ(add(bind(host_, "t", true)), Code{});
  EXPECT_EQ(binds_.binds().size(), 2U);
}

TEST_F(SessionBind, TakesSixteenHopsAndNoMore) {
  for (std::size_t i = 0; i < kSessionBindsMax; ++i) {
    EXPECT_EQ(add(bind(host_, "s" + std::to_string(i), true)), Code{});
  }
  EXPECT_EQ(add(bind(host_, "one more", true)), Code::kTooLong);
  EXPECT_EQ(add(bind(host_, "s0", true)), Code{});  // one of those known is no new hop
  EXPECT_EQ(binds_.binds().size(), kSessionBindsMax);
}

TEST_F(SessionBind, ChecksTheSignature) {
  ssh::SessionBind forged{host_.plain(), base::to_bytes("s"), host_.sign_plain(base::as_bytes("t")),
                          false};
  EXPECT_EQ(add(forged.encode()), Code::kBadSignature);
  EXPECT_TRUE(binds_.tainted());
  forged = {host_.plain(), base::to_bytes("s"), other_.sign_plain(base::as_bytes("s")), false};
  EXPECT_NE(add(forged.encode()), Code{});
  EXPECT_TRUE(binds_.binds().empty());
}

TEST_F(SessionBind, BoundsTheSessionIdentifier) {
  EXPECT_EQ(add(bind(host_, std::string(ssh::kSessionIdMax, 's'), true)), Code{});
  EXPECT_EQ(add(bind(host_, std::string(ssh::kSessionIdMax + 1, 's'), true)), Code::kTooLong);
}

TEST_F(SessionBind, IsTaintedByNonsense) {
  EXPECT_NE(add(base::to_bytes("nonsense")), Code{});
  EXPECT_TRUE(binds_.forwarded());
  EXPECT_EQ(login("s", &host_), Code::kDenied);
}

}  // namespace
}  // namespace touchstone::agent
