// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace touchstone::agent {

// Purpose is what a signature would be for, found from the bytes alone.
enum class Purpose : std::uint8_t {
  kLogin,
  kCommit,
  kTag,
  kPush,
  kBatch,
  kRelease,
  kApproval,
  kCertificate,
  kFile,
  kTest,  // of a key: `ssh-add -T`
  kUnknown,
};
std::string_view name_of(Purpose purpose);  // "login", "commit", …
base::Result<Purpose> purpose_named(std::string_view name);

enum class FactSource : std::uint8_t {
  kVerified,  // follows from bytes the signature covers, or was proven (session-bind)
  kClaimed,   // somebody says so: the client, a file name
};

struct Fact {
  std::string label;  // ours, displayable
  std::string value;  // from outside, as it came: escape it to show it
  FactSource source{FactSource::kVerified};
  bool operator==(const Fact&) const = default;
};

// Subject is what a person is shown before the touch, and what the journal keeps. Its text is as
// it came from outside; render_prompt and the journal escape it.
struct Subject {
  Purpose purpose{Purpose::kUnknown};
  // headline is one line in our words with the outside part at its end: "sign commit: fix typo".
  std::string headline;
  std::vector<Fact> facts;  // at most kFactsMax
  bool operator==(const Subject&) const = default;
};

// Client is who asks, as the kernel tells (SO_PEERCRED) and as /proc names it at that moment.
struct Client {
  std::int64_t pid{0};
  std::uint32_t uid{0};
  std::string program;    // /proc/PID/exe; claimed: a process can be anything
  std::string terminal;   // "/dev/pts/3" of its controlling terminal, or empty
  bool forwarded{false};  // the connection came through a forwarded agent (session-bind)
};

}  // namespace touchstone::agent
