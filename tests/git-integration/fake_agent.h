// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "ssh/touchstone_extension.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {

// FakeAgent answers on a socket of its own with a SoftKey's signatures, and holds its clients to
// the protocol: every request is parsed whole, and a git object is parsed before it is signed.
class FakeAgent final {
 public:
  struct Behaviour {
    SoftKey::How how{};
    bool lists_key{true};
    bool knows_sign_object{true};
    bool knows_query{true};
    // Signs with this key instead of the one asked for.
    std::optional<SoftKey> other_key{};
    std::optional<base::Error> refusal{};
    // Says no, as a person would, after so many signatures.
    std::size_t signatures_max{SIZE_MAX};
    bool changes_object{false};
    // Called when the object has been read and is not yet signed: while a person looks at it.
    std::function<void()> while_shown{};
    // Answers with these bytes, as they are, whatever is asked.
    std::optional<base::Bytes> raw_answer{};
    bool hangs_up{false};
    std::function<std::string(std::string_view)> control{};
  };

  FakeAgent(const std::filesystem::path& socket, SoftKey key, Behaviour behaviour);
  FakeAgent(const std::filesystem::path& socket, SoftKey key)
      : FakeAgent(socket, std::move(key), Behaviour{}) {}
  ~FakeAgent();
  FakeAgent(const FakeAgent&) = delete;
  FakeAgent& operator=(const FakeAgent&) = delete;

  // requests gives the sign-object requests so far.
  std::vector<ssh::SignObject> requests() const;

 private:
  void serve();
  void serve_connection(int connection);
  base::Bytes answer(base::ByteView message);
  base::Bytes answer_extension(const std::string& name, const base::Bytes& contents);
  ssh::SignObjectAnswer sign(const ssh::SignObject& request);

  SoftKey key_;
  Behaviour behaviour_;
  base::FileDescriptor listener_;
  base::FileDescriptor stop_read_;
  base::FileDescriptor stop_write_;
  mutable std::mutex mutex_;
  std::vector<ssh::SignObject> requests_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace touchstone::git
