// SPDX-License-Identifier: Apache-2.0
#include "agent/prompt_notification.h"

#include <chrono>
#include <map>
#include <utility>

#include <systemd/sd-bus.h>

#include "agent/bus_connection.h"
#include "agent/limits.h"
#include "agent/prompt_render.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

constexpr const char* kService = "org.freedesktop.Notifications";
constexpr const char* kObject = "/org/freedesktop/Notifications";
constexpr const char* kBus = "org.freedesktop.DBus";
constexpr const char* kBusObject = "/org/freedesktop/DBus";
constexpr std::uint8_t kUrgencyCritical = 2;
constexpr std::int32_t kNeverExpires = 0;

std::string body_of(const Prompt& prompt) {
  std::string body;
  for (const PromptRow& row : prompt_rows(prompt)) {
    body += (body.empty() ? "" : "\n") + base::escape_markup(row.label + ": " + row.value);
  }
  return body;
}

class NotificationChannel final : public PromptChannel {
 public:
  NotificationChannel(boost::asio::io_context& io, std::string address)
      : bus_(io, std::move(address)) {
    connect();
  }

  std::string_view name() const override { return "notification"; }
  bool open(const Prompt& prompt, PromptState state) override;
  void update(const Prompt& prompt, PromptState state) override;
  void close(const Prompt& prompt, const base::Error* outcome) override;

 private:
  // Shown is one notification. Its id comes with the service's answer, which is not waited for.
  struct Shown {
    NotificationChannel* channel{nullptr};
    RequestNumber number{0};
    std::uint32_t id{0};
    bool asked{false};    // a Notify is under way
    bool changed{false};  // and what it says is out of date
    bool ended{false};
    std::string summary;
    std::string body;
    BusSlot slot;
  };

  bool connect();
  void look_for_service();
  void start_service();
  void set_present(bool present);
  bool notify(Shown& shown);
  void close_notification(std::uint32_t id);
  void on_shown(Shown& shown, sd_bus_message* reply);

  BusConnection bus_;
  BusSlot watch_;
  BusSlot question_;
  bool present_{false};  // somebody owns the service's name
  bool trusted_{false};  // and answered the last Notify, if there was one
  std::map<RequestNumber, Shown> shown_;
};

bool NotificationChannel::connect() {
  if (bus_.is_open()) {
    return true;
  }
  present_ = false;
  shown_.clear();
  watch_.reset();
  question_.reset();
  if (!bus_.open()) {
    return false;
  }
  const std::string match =
      std::string("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='") +
      kService + "'";
  sd_bus_slot* slot = nullptr;
  sd_bus_add_match_async(
      bus_.get(), &slot, match.c_str(),
      [](sd_bus_message* signal, void* self, sd_bus_error*) {
        const char* name = nullptr;
        const char* before = nullptr;
        const char* owner = nullptr;
        if (sd_bus_message_read(signal, "sss", &name, &before, &owner) > 0) {
          static_cast<NotificationChannel*>(self)->set_present(*owner != '\0');
        }
        return 0;
      },
      nullptr, this);
  watch_.reset(slot);
  look_for_service();
  return true;
}

void NotificationChannel::set_present(bool present) {
  present_ = present;
  trusted_ = present;
}

// A service that was started by hand may have no .service file, so StartServiceByName alone does
// not find it.
void NotificationChannel::look_for_service() {
  sd_bus_slot* slot = nullptr;
  sd_bus_call_method_async(
      bus_.get(), &slot, kBus, kBusObject, kBus, "NameHasOwner",
      [](sd_bus_message* reply, void* self, sd_bus_error*) {
        int owned = 0;
        auto* channel = static_cast<NotificationChannel*>(self);
        if (sd_bus_message_read(reply, "b", &owned) > 0 && owned != 0) {
          channel->set_present(true);
        } else {
          channel->start_service();
        }
        return 0;
      },
      this, "s", kService);
  question_.reset(slot);
  bus_.pump();
}

// Whether it worked is told by NameOwnerChanged.
void NotificationChannel::start_service() {
  sd_bus_call_method_async(bus_.get(), nullptr, kBus, kBusObject, kBus, "StartServiceByName",
                           nullptr, nullptr, "su", kService, 0U);
  bus_.pump();
}

bool NotificationChannel::open(const Prompt& prompt, PromptState state) {
  if (!connect() || !present_) {
    return false;
  }
  Shown& shown = shown_[prompt.number];
  shown.channel = this;
  shown.number = prompt.number;
  shown.summary = prompt_headline(prompt, state);
  shown.body = body_of(prompt);
  if (!notify(shown)) {
    shown_.erase(prompt.number);
    return false;
  }
  // A service that failed is tried again, and believed when it has answered.
  shown.ended = !trusted_;
  return trusted_;
}

void NotificationChannel::update(const Prompt& prompt, PromptState state) {
  const auto found = shown_.find(prompt.number);
  if (found == shown_.end() || !bus_.is_open()) {
    return;
  }
  Shown& shown = found->second;
  shown.summary = prompt_headline(prompt, state);
  shown.body = body_of(prompt);
  shown.changed = shown.asked;
  if (!shown.asked) {
    notify(shown);
  }
}

void NotificationChannel::close(const Prompt& prompt, const base::Error* /*outcome*/) {
  const auto found = shown_.find(prompt.number);
  if (found == shown_.end() || !bus_.is_open()) {
    return;
  }
  if (found->second.asked) {
    found->second.ended = true;  // closed when its id is known
    return;
  }
  close_notification(found->second.id);
  shown_.erase(found);
}

bool NotificationChannel::notify(Shown& shown) {
  sd_bus_message* raw = nullptr;
  int done =
      sd_bus_message_new_method_call(bus_.get(), &raw, kService, kObject, kService, "Notify");
  const BusMessage message(raw);
  if (done >= 0) {
    done = sd_bus_message_append(message.get(), "susssasa{sv}i", "Touchstone", shown.id, "",
                                 shown.summary.c_str(), shown.body.c_str(), 0, 1, "urgency", "y",
                                 int{kUrgencyCritical}, kNeverExpires);
  }
  sd_bus_slot* slot = nullptr;
  if (done >= 0) {
    done = sd_bus_call_async(
        bus_.get(), &slot, message.get(),
        [](sd_bus_message* reply, void* self, sd_bus_error*) {
          auto& answered = *static_cast<Shown*>(self);
          answered.channel->on_shown(answered, reply);
          return 0;
        },
        &shown, std::chrono::microseconds(kNotificationTimeout).count());
  }
  shown.slot.reset(slot);
  shown.asked = done >= 0;
  bus_.pump();
  return done >= 0 && bus_.is_open();
}

void NotificationChannel::on_shown(Shown& shown, sd_bus_message* reply) {
  shown.asked = false;
  if (sd_bus_message_is_method_error(reply, nullptr) != 0 ||
      sd_bus_message_read(reply, "u", &shown.id) <= 0) {
    trusted_ = false;
    shown_.erase(shown.number);
    return;
  }
  trusted_ = true;
  if (shown.ended) {
    close_notification(shown.id);
    shown_.erase(shown.number);
  } else if (std::exchange(shown.changed, false)) {
    notify(shown);
  }
}

void NotificationChannel::close_notification(std::uint32_t id) {
  sd_bus_call_method_async(bus_.get(), nullptr, kService, kObject, kService, "CloseNotification",
                           nullptr, nullptr, "u", id);
  bus_.pump();
}

}  // namespace

std::unique_ptr<PromptChannel> make_notification_channel(boost::asio::io_context& io,
                                                         std::string bus_address) {
  return std::make_unique<NotificationChannel>(io, std::move(bus_address));
}

}  // namespace touchstone::agent
