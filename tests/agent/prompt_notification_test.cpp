// SPDX-License-Identifier: Apache-2.0
#include "agent/prompt_notification.h"

#include <deque>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "agent/bus_connection.h"
#include "tests/agent/private_bus.h"
#include "tests/agent/prompt_fixture.h"

namespace touchstone::agent {
namespace {

constexpr const char* kService = "org.freedesktop.Notifications";
constexpr const char* kObject = "/org/freedesktop/Notifications";

struct Notification {
  std::string application;
  std::uint32_t replaces{0};
  std::string summary;
  std::string body;
  std::size_t actions{0};
  int urgency{-1};
  std::int32_t expires{-1};
};

// NotificationService is what a desktop runs, and writes down what it is told.
class NotificationService final {
 public:
  NotificationService(boost::asio::io_context& io, const std::string& address) : bus_(io, address) {
    if (!bus_.open()) {
      throw std::runtime_error("no bus");
    }
    static const sd_bus_vtable kTable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Notify", "susssasa{sv}i", "u", &NotificationService::on_notify,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("CloseNotification", "u", "", &NotificationService::on_close,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END};
    sd_bus_add_object_vtable(bus_.get(), nullptr, kObject, kService, kTable, this);
    sd_bus_request_name_async(bus_.get(), nullptr, kService, 0, nullptr, nullptr);
    bus_.pump();
  }

  void release() {
    sd_bus_release_name_async(bus_.get(), nullptr, kService, nullptr, nullptr);
    bus_.pump();
  }
  // hold keeps answers back until release_answers.
  void hold() { held_ = true; }
  void release_answers() {
    held_ = false;
    for (const BusMessage& call : waiting_) {
      sd_bus_reply_method_return(call.get(), "u", ++last_id_);
    }
    waiting_.clear();
    bus_.pump();
  }
  void refuse(bool refusing) { refusing_ = refusing; }

  std::vector<Notification> notified;
  std::vector<std::uint32_t> closed;

 private:
  static int on_notify(sd_bus_message* call, void* self, sd_bus_error* /*error*/) {
    return static_cast<NotificationService*>(self)->notify(call);
  }
  static int on_close(sd_bus_message* call, void* self, sd_bus_error* /*error*/) {
    std::uint32_t id = 0;
    sd_bus_message_read(call, "u", &id);
    static_cast<NotificationService*>(self)->closed.push_back(id);
    return sd_bus_reply_method_return(call, "");
  }

  int notify(sd_bus_message* call) {
    Notification got;
    const char* application = "";
    const char* icon = "";
    const char* summary = "";
    const char* body = "";
    sd_bus_message_read(call, "susss", &application, &got.replaces, &icon, &summary, &body);
    got.application = application;
    got.summary = summary;
    got.body = body;
    sd_bus_message_enter_container(call, 'a', "s");
    for (const char* action = ""; sd_bus_message_read(call, "s", &action) > 0;) {
      ++got.actions;
    }
    sd_bus_message_exit_container(call);
    read_hints(call, got);
    sd_bus_message_read(call, "i", &got.expires);
    notified.push_back(got);
    if (refusing_) {
      return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_FAILED, "no screen");
    }
    if (held_) {
      waiting_.emplace_back(sd_bus_message_ref(call));
      return 1;
    }
    const std::uint32_t id = got.replaces != 0 ? got.replaces : ++last_id_;
    return sd_bus_reply_method_return(call, "u", id);
  }

  static void read_hints(sd_bus_message* call, Notification& got) {
    sd_bus_message_enter_container(call, 'a', "{sv}");
    while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
      const char* name = "";
      sd_bus_message_read(call, "s", &name);
      std::uint8_t value = 0;
      if (std::string_view(name) == "urgency" && sd_bus_message_read(call, "v", "y", &value) > 0) {
        got.urgency = value;
      } else {
        sd_bus_message_skip(call, "v");
      }
      sd_bus_message_exit_container(call);
    }
    sd_bus_message_exit_container(call);
  }

  BusConnection bus_;
  std::uint32_t last_id_{40};
  bool held_{false};
  bool refusing_{false};
  std::deque<BusMessage> waiting_;
};

class NotificationChannelTest : public testing::Test {
 protected:
  // until runs the reactor until something is so; the test's own time limit ends it otherwise.
  void until(const std::function<bool()>& is_so) {
    while (!is_so()) {
      io_.run_one();
    }
  }
  // shown opens the prompt as soon as the channel knows of the service.
  void shown(PromptChannel& channel, const Prompt& prompt) {
    until([&] { return channel.open(prompt, PromptState::kPreparing); });
  }

  bool opens_another(PromptChannel& channel) {
    ++prompt_.number;
    return channel.open(prompt_, PromptState::kPreparing);
  }

  boost::asio::io_context io_{1};
  PrivateBus bus_;
  Prompt prompt_ = commit_prompt();
};

TEST_F(NotificationChannelTest, ShowsThePrompt) {
  NotificationService service(io_, bus_.address());
  const auto channel = make_notification_channel(io_, bus_.address());
  EXPECT_EQ(channel->name(), "notification");
  shown(*channel, prompt_);
  until([&] { return !service.notified.empty(); });
  const Notification& got = service.notified.front();
  EXPECT_EQ(got.application, "Touchstone");
  EXPECT_EQ(got.replaces, 0U);
  EXPECT_EQ(got.summary, "looking for the token to sign commit: fix typo");
  EXPECT_EQ(got.body,
            "repository: /home/a/project (claimed)\nauthor: A &lt;a@example.org&gt;\n"
            "key: work SHA256:uNiVztksCsDhcc0u9e8BrxS7GLfU7vGAAAAAAAAAAAA\n"
            "token: Yubico YubiKey (/dev/hidraw0)\nasked by: /usr/bin/git, pid 123 (claimed)\n"
            "digest: 1a2b 3c4d");
  EXPECT_EQ(got.actions, 0U);
  EXPECT_EQ(got.urgency, 2);
  EXPECT_EQ(got.expires, 0);
}

// Claim 9: nothing that came from outside is markup.
TEST_F(NotificationChannelTest, LetsNoMarkupThrough) {
  NotificationService service(io_, bus_.address());
  const auto channel = make_notification_channel(io_, bus_.address());
  prompt_.subject.facts = {{"<b>",
                            "<img src=\"file:///etc/passwd\"/>&lt;\x1b[2J\xff\n<a href='x'>y</a>",
                            FactSource::kVerified}};
  shown(*channel, prompt_);
  until([&] { return !service.notified.empty(); });
  const std::string& body = service.notified.front().body;
  EXPECT_EQ(body.find_first_of("<>"), std::string::npos) << body;
  EXPECT_EQ(body.find("&lt;b&gt;: &lt;img src=&quot;file:///etc/passwd&quot;/&gt;"
                      "&amp;lt;\\x1b[2J\\xff\\x0a&lt;a href=&apos;x&apos;&gt;y&lt;/a&gt;\n"),
            0U)
      << body;
}

TEST_F(NotificationChannelTest, ReplacesAndClosesWhatItShowed) {
  NotificationService service(io_, bus_.address());
  const auto channel = make_notification_channel(io_, bus_.address());
  shown(*channel, prompt_);
  until([&] { return service.notified.size() == 1; });
  channel->update(prompt_, PromptState::kWaitingTouch);
  until([&] { return service.notified.size() == 2; });
  EXPECT_EQ(service.notified[1].replaces, 41U);
  EXPECT_EQ(service.notified[1].summary, "touch the token to sign commit: fix typo");
  channel->close(prompt_, nullptr);
  until([&] { return !service.closed.empty(); });
  EXPECT_EQ(service.closed, std::vector<std::uint32_t>{41});
}

TEST_F(NotificationChannelTest, DoesNotWaitForTheAnswer) {
  NotificationService service(io_, bus_.address());
  service.hold();
  const auto channel = make_notification_channel(io_, bus_.address());
  shown(*channel, prompt_);
  until([&] { return service.notified.size() == 1; });
  channel->update(prompt_, PromptState::kWaitingPin);
  channel->update(prompt_, PromptState::kWaitingTouch);
  service.release_answers();
  until([&] { return service.notified.size() == 2; });
  EXPECT_EQ(service.notified[1].summary, "touch the token to sign commit: fix typo");
  EXPECT_EQ(service.notified[1].replaces, 41U);
}

TEST_F(NotificationChannelTest, ClosesWhatIsAnsweredLate) {
  NotificationService service(io_, bus_.address());
  service.hold();
  const auto channel = make_notification_channel(io_, bus_.address());
  shown(*channel, prompt_);
  until([&] { return service.notified.size() == 1; });
  channel->close(prompt_, nullptr);
  service.release_answers();
  until([&] { return !service.closed.empty(); });
  EXPECT_EQ(service.closed, std::vector<std::uint32_t>{41});
}

TEST_F(NotificationChannelTest, ShowsSeveral) {
  NotificationService service(io_, bus_.address());
  const auto channel = make_notification_channel(io_, bus_.address());
  shown(*channel, prompt_);
  Prompt other = prompt_;
  other.number = 13;
  EXPECT_TRUE(channel->open(other, PromptState::kQueued));
  until([&] { return service.notified.size() == 2; });
  channel->close(other, nullptr);
  until([&] { return service.closed.size() == 1; });
  EXPECT_EQ(service.closed.front(), 42U);
}

TEST_F(NotificationChannelTest, SaysNoWithoutABus) {
  const auto channel = make_notification_channel(io_, "unix:path=/nonexistent/bus");
  EXPECT_FALSE(channel->open(prompt_, PromptState::kPreparing));
  channel->update(prompt_, PromptState::kWaitingTouch);
  channel->close(prompt_, nullptr);
  io_.run();  // nothing to wait for
}

TEST_F(NotificationChannelTest, SaysNoWithoutAServiceAndFindsOneLater) {
  const auto channel = make_notification_channel(io_, bus_.address());
  EXPECT_FALSE(channel->open(prompt_, PromptState::kPreparing));
  // The bus answers in turn: when this call has its answer, so has the channel's.
  BusConnection other(io_, bus_.address());
  ASSERT_TRUE(other.open());
  bool answered = false;
  until([&] {
    io_.poll();
    sd_bus_call_method_async(
        other.get(), nullptr, "org.freedesktop.DBus", "/org/freedesktop/DBus",
        "org.freedesktop.DBus", "GetId",
        [](sd_bus_message*, void* done, sd_bus_error*) {
          *static_cast<bool*>(done) = true;
          return 0;
        },
        &answered, "");
    other.pump();
    io_.run_one();
    return answered;
  });
  EXPECT_FALSE(channel->open(prompt_, PromptState::kPreparing));
  NotificationService service(io_, bus_.address());
  shown(*channel, prompt_);
  until([&] { return !service.notified.empty(); });
  service.release();
  until([&] { return !channel->open(prompt_, PromptState::kPreparing); });
}

TEST_F(NotificationChannelTest, DoesNotCountOnAServiceThatRefuses) {
  NotificationService service(io_, bus_.address());
  service.refuse(true);
  const auto channel = make_notification_channel(io_, bus_.address());
  shown(*channel, prompt_);
  until([&] { return !opens_another(*channel); });
  // It is believed again when it has shown something, and that is taken away again.
  service.refuse(false);
  until([&] { return opens_another(*channel); });
  until([&] { return !service.closed.empty(); });
}

TEST_F(NotificationChannelTest, SurvivesTheEndOfTheBus) {
  auto service = std::make_unique<NotificationService>(io_, bus_.address());
  const auto channel = make_notification_channel(io_, bus_.address());
  shown(*channel, prompt_);
  bus_.stop();
  until([&] { return !channel->open(prompt_, PromptState::kPreparing); });
  channel->update(prompt_, PromptState::kWaitingTouch);
  channel->close(prompt_, nullptr);
  service.reset();
  io_.run();
}

}  // namespace
}  // namespace touchstone::agent
