// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "tests/emulators/fido2/authenticator.h"
#include "tests/emulators/host/pty_link.h"
#include "tests/emulators/host/testbed.h"

namespace touchstone::emulators {

constexpr std::size_t kTokenNameBytesMax = 32;

// TokenOptions is one --token.
struct TokenOptions {
  std::string name;
  std::string state;  // file; empty: only in memory
  std::string profile = "2_1";
  fido2::TouchPolicy touch;
  std::vector<std::string> quirks;
  bool plugged = true;
};

// HostedToken is one token in a testbed: its state, and while it is plugged in a thread that
// serves its device. All functions are for the control thread, except on_change's callback.
class HostedToken final {
 public:
  static base::Result<std::unique_ptr<HostedToken>> create(const TokenOptions& options,
                                                           unsigned number, Testbed& testbed,
                                                           std::function<void()> on_change);
  ~HostedToken();

  base::Status plug();
  base::Status unplug();
  bool plugged() const { return plugged_; }

  const std::string& name() const { return name_; }
  unsigned number() const { return number_; }
  fido2::Authenticator& authenticator() { return *authenticator_; }
  fido2::Store& store() { return *store_; }
  fido2::TouchButton& button() { return button_; }

 private:
  HostedToken(const TokenOptions& options, unsigned number, Testbed& testbed,
              std::function<void()> on_change);

  void serve();

  std::string name_;
  unsigned number_;
  Testbed& testbed_;
  base::SystemClock clock_;
  std::function<void()> on_change_;
  std::unique_ptr<fido2::Store> store_;
  std::unique_ptr<fido2::Authenticator> authenticator_;
  fido2::TouchButton button_;

  std::mutex link_mutex_;
  std::shared_ptr<PtyLink> link_;
  std::atomic<bool> plugged_ = false;
  std::thread thread_;
};

}  // namespace touchstone::emulators
