// SPDX-License-Identifier: Apache-2.0
#include "git-integration/agent_client.h"

#include <array>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "git-integration/limits.h"
#include "ssh/limits.h"
#include "tests/git-integration/fake_agent.h"

namespace touchstone::git {
namespace {

using base::Bytes;
using base::Code;

class AgentClientTest : public testing::Test {
 protected:
  AgentClientTest() : key_(SoftKey::sk_ed25519()), socket_(scratch_ / "agent.sock") {}
  ssh::SignObject request() const {
    return {base::to_bytes(key_.public_key().blob()), "file", "sha512", {1, 2, 3}, "/repo", 0, 0};
  }
  Code code_of_raw(const Bytes& answer) const {
    const FakeAgent agent(socket_, key_, {.raw_answer = answer});
    auto client = AgentClient::connect(socket_);
    EXPECT_TRUE(client);
    const auto identities = client->identities();
    std::filesystem::remove(socket_);
    return identities ? Code{} : identities.error().code;
  }
  Scratch scratch_;
  SoftKey key_;
  std::filesystem::path socket_;
};

TEST_F(AgentClientTest, ListsKeysAndExtensions) {
  const FakeAgent agent(socket_, key_);
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  const auto identities = client->identities();
  ASSERT_TRUE(identities);
  ASSERT_EQ(identities->size(), 1U);
  EXPECT_EQ(identities->front().comment, "test key");
  const auto names = client->extensions();
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"query", std::string(ssh::kSignObjectExtension)}));
}

TEST_F(AgentClientTest, SignsObjects) {
  const FakeAgent agent(socket_, key_);
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  const auto blob = client->sign_object(request());
  ASSERT_TRUE(blob);
  const auto sig = ssh::SshSig::parse(*blob);
  ASSERT_TRUE(sig);
  EXPECT_TRUE(verify_message(*sig, "file", request().object));
  ASSERT_EQ(agent.requests().size(), 1U);
  EXPECT_EQ(agent.requests().front().repository, "/repo");
}

TEST_F(AgentClientTest, PassesOnTheAgentsReason) {
  const FakeAgent agent(socket_, key_, {.refusal = base::Error{Code::kTouchTimeout, 0, "key a"}});
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  const auto blob = client->sign_object(request());
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, Code::kTouchTimeout);
  EXPECT_EQ(blob.error().context, "key a");
}

TEST_F(AgentClientTest, SaysWhatTheAgentLacks) {
  const FakeAgent agent(socket_, key_, {.knows_sign_object = false, .knows_query = false});
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  const auto names = client->extensions();
  ASSERT_TRUE(names);
  EXPECT_TRUE(names->empty());
  const auto blob = client->sign_object(request());
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, Code::kUnsupported);
}

TEST_F(AgentClientTest, HoldsLimitOfObjects) {
  const FakeAgent agent(socket_, key_);
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  ssh::SignObject large = request();
  large.object.resize(ssh::kSignObjectMax);
  EXPECT_TRUE(client->sign_object(large));
  large.object.resize(ssh::kSignObjectMax + 1);
  const auto blob = client->sign_object(large);
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, Code::kTooLong);
}

TEST_F(AgentClientTest, SaysThatNobodyAnswers) {
  const auto missing = AgentClient::connect(socket_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kAgentUnreachable);
  EXPECT_NE(missing.error().context.find(socket_.string()), std::string::npos);
  scratch_.write("agent.sock", "no socket");
  const auto refused = AgentClient::connect(socket_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAgentUnreachable);
}

// Listener is an agent that takes requests and never answers.
class Listener final {
 public:
  explicit Listener(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), generic, sizeof(address)), 0);
    EXPECT_EQ(::listen(socket_.get(), 1), 0);
  }

 private:
  base::FileDescriptor socket_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

TEST_F(AgentClientTest, CancelsWhenNobodyReadsTheAnswer) {
  const Listener listener(socket_.string());
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  base::FileDescriptor reader(ends[0]);
  const base::FileDescriptor writer(ends[1]);
  client->cancel_without_reader(writer.get());
  reader.reset();
  const auto blob = client->sign_object(request());
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, Code::kCancelled);
}

TEST_F(AgentClientTest, TakesTheAnswerThatSomebodyReads) {
  const FakeAgent agent(socket_, key_);
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const base::FileDescriptor reader(ends[0]);
  const base::FileDescriptor writer(ends[1]);
  client->cancel_without_reader(writer.get());
  EXPECT_TRUE(client->sign_object(request()));
  const base::FileDescriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  client->cancel_without_reader(null.get());
  EXPECT_TRUE(client->sign_object(request()));
}

TEST_F(AgentClientTest, HoldsLimitOfSocketPaths) {
  const std::string at_limit = "/" + std::string(kSocketPathMax - 1, 'x');
  EXPECT_EQ(AgentClient::connect(at_limit).error().code, Code::kAgentUnreachable);
  EXPECT_EQ(AgentClient::connect(at_limit + "x").error().code, Code::kTooLong);
  EXPECT_EQ(AgentClient::connect("").error().code, Code::kTooLong);
}

TEST_F(AgentClientTest, RefusesBadAnswers) {
  EXPECT_EQ(code_of_raw({}), Code::kConnectionLost);
  EXPECT_EQ(code_of_raw({0, 0}), Code::kConnectionLost);
  EXPECT_EQ(code_of_raw({0, 0, 0, 9, 12}), Code::kConnectionLost);
  EXPECT_EQ(code_of_raw({0, 0, 0, 0}), Code::kProtocol);
  EXPECT_EQ(code_of_raw({0, 4, 0, 1}), Code::kProtocol);
  EXPECT_EQ(code_of_raw({0xff, 0xff, 0xff, 0xff}), Code::kProtocol);
  EXPECT_EQ(code_of_raw({0, 0, 0, 5, 12, 0, 0, 0, 1}), Code::kTruncated);
  EXPECT_EQ(code_of_raw({0, 0, 0, 1, 5}), Code::kAgentRefused);
}

TEST_F(AgentClientTest, SaysThatTheAgentHungUp) {
  const FakeAgent agent(socket_, key_, {.hangs_up = true});
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  const auto identities = client->identities();
  ASSERT_FALSE(identities);
  EXPECT_EQ(identities.error().code, Code::kConnectionLost);
}

TEST_F(AgentClientTest, Controls) {
  std::string asked;
  const FakeAgent agent(socket_, key_, {.control = [&](std::string_view json) {
                          asked = json;
                          return std::string(R"({"ok":true})");
                        }});
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  const auto answer = client->control(R"({"version":1,"command":"status"})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, R"({"ok":true})");
  EXPECT_EQ(asked, R"({"version":1,"command":"status"})");
  EXPECT_EQ(client->control(std::string(ssh::kControlMax + 1, ' ')).error().code, Code::kTooLong);
}

TEST_F(AgentClientTest, Watches) {
  const FakeAgent agent(socket_, key_, {.control = [](std::string_view json) -> std::string {
                          if (json == R"({"version":1,"command":"watch","after":4})") {
                            return R"({"ok":true,"events":[{"number":5},{"number":7}]})";
                          }
                          if (json == R"({"version":1,"command":"watch","after":7})") {
                            return R"({"ok":true,"events":[{"number":8}]})";
                          }
                          return R"({"ok":false,"error":{"code":200,"context":"no"}})";
                        }});
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  std::vector<std::string> events;
  const auto ended = client->watch(4, [&](std::string_view event) {
    events.emplace_back(event);
    return true;
  });
  EXPECT_EQ(events,
            (std::vector<std::string>{R"({"number":5})", R"({"number":7})", R"({"number":8})"}));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::kDenied);
  EXPECT_EQ(ended.error().context, "no");
  int seen = 0;
  EXPECT_TRUE(client->watch(4, [&](std::string_view) { return ++seen < 1; }));
  EXPECT_EQ(seen, 1);
}

TEST_F(AgentClientTest, RefusesEventsThatMakeNoSense) {
  std::string answer;
  const FakeAgent agent(socket_, key_, {.control = [&](std::string_view) { return answer; }});
  auto client = AgentClient::connect(socket_);
  ASSERT_TRUE(client);
  for (const char* text : {"", "[]", "{}x", R"({"ok":true})", R"({"ok":true,"events":{}})",
                           R"({"ok":true,"events":[1]})", R"({"ok":true,"events":[{"number":3}]})",
                           R"({"ok":true,"events":[{"number":-9}]})"}) {
    answer = text;
    const auto ended = client->watch(3, [](std::string_view) { return true; });
    ASSERT_FALSE(ended) << text;
    EXPECT_EQ(ended.error().code, Code::kProtocol) << text;
  }
}

TEST(AgentPlaces, ComeFromTheEnvironment) {
  const AgentPlaces both = agent_places("/run/user/7", "/tmp/other");
  EXPECT_EQ(both.own, "/run/user/7/touchstone/agent.sock");
  EXPECT_EQ(both.other, "/tmp/other");
  const AgentPlaces none = agent_places(nullptr, "");
  EXPECT_TRUE(none.own.string().starts_with("/run/user/"));
  EXPECT_TRUE(none.other.empty());
  EXPECT_TRUE(agent_places("/r", "/r/touchstone/agent.sock").other.empty());
}

TEST_F(AgentClientTest, TakesTheOtherAgentWhenItKnowsObjects) {
  const AgentPlaces places{scratch_ / "none.sock", socket_};
  {
    const FakeAgent agent(socket_, key_);
    const auto client = AgentClient::connect_any(places);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->socket(), socket_);
  }
  std::filesystem::remove(socket_);
  const FakeAgent stock(socket_, key_, {.knows_sign_object = false});
  const auto client = AgentClient::connect_any(places);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Code::kAgentUnreachable);
  EXPECT_NE(client.error().context.find("none.sock"), std::string::npos);
}

}  // namespace
}  // namespace touchstone::git
