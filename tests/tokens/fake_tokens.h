// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file.h"
#include "tokens/token_source.h"

namespace touchstone::tokens {

// FakeDevice is what is behind a FakeOpener: whether it is busy, and how often it was tried.
class FakeDevice final {
 public:
  void set_failure(std::optional<base::Code> code) {
    const std::lock_guard lock(mutex_);
    failure_ = code;
  }
  std::optional<base::Code> attempt() {
    const std::lock_guard lock(mutex_);
    ++attempts_;
    changed_.notify_all();
    return failure_;
  }
  int attempts() const {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }
  void wait_for_attempts(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return attempts_ >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<base::Code> failure_;
  int attempts_ = 0;
};

// FakeToken holds every key; its signatures are only of the right size.
class FakeToken final : public Token {
 public:
  explicit FakeToken(TokenInfo info) : info_(std::move(info)) {}

  TokenInfo info() override { return info_; }
  base::Result<bool> holds(const KeyReference& /*key*/, Asking /*asking*/) override { return true; }
  std::vector<SilentSignature> take_silent() override { return {}; }
  base::Result<base::TokenSignature> sign(const SignRequest& /*request*/,
                                          const OnTouchNeeded& /*touch_needed*/) override {
    return base::TokenSignature{base::Bytes(64, 1), 1, 7};
  }
  base::Result<Enrollment> enroll(const EnrollRequest& /*request*/,
                                  const OnTouchNeeded& /*touch_needed*/) override {
    return Enrollment{};
  }
  base::Status set_pin(const base::Secret* /*old_pin*/, const base::Secret& /*new_pin*/,
                       LastTry /*last_try*/) override {
    return {};
  }
  base::Result<std::vector<ResidentCredential>> list_resident(const base::Secret& /*pin*/,
                                                              LastTry /*last_try*/) override {
    return std::vector<ResidentCredential>{};
  }
  base::Status delete_resident(const base::Secret& /*pin*/, LastTry /*last_try*/,
                               base::ByteView /*credential_id*/) override {
    return {};
  }
  void cancel() override {}
  void clear_cancel() override {}

 private:
  const TokenInfo info_;
};

class FakeOpener final : public TokenOpener {
 public:
  // device must outlive it.
  FakeOpener(FakeDevice& device, TokenInfo identity)
      : device_(device), identity_(std::move(identity)) {}

  base::Result<std::unique_ptr<Token>> open() override {
    if (const std::optional<base::Code> failure = device_.attempt()) {
      return base::fail(*failure, identity_.device);
    }
    TokenInfo info = identity_;
    info.versions = {"FIDO_2_1"};
    return std::unique_ptr<Token>(std::make_unique<FakeToken>(std::move(info)));
  }

 private:
  FakeDevice& device_;
  const TokenInfo identity_;
};

// fake_found is the one token of these tests, as a source gives it.
inline FoundToken fake_found(FakeDevice& device) {
  FoundToken found;
  found.identity.id = "fake:1";
  found.identity.driver = "fake";
  found.identity.device = "/dev/fake";
  found.opener = std::make_unique<FakeOpener>(device, found.identity);
  return found;
}

// FakeSource has that token from the start, and nothing ever changes.
class FakeSource final : public TokenSource {
 public:
  explicit FakeSource(FakeDevice& device) : device_(device) {}

  std::string_view driver_name() const override { return "fake"; }
  int descriptor() const override { return quiet_.get(); }
  base::Result<TokenChanges> enumerate() override {
    TokenChanges changes;
    changes.added.push_back(fake_found(device_));
    return changes;
  }
  base::Result<TokenChanges> changes() override { return TokenChanges{}; }

 private:
  FakeDevice& device_;
  const base::FileDescriptor quiet_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

}  // namespace touchstone::tokens
