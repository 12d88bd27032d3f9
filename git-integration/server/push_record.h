// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git-integration/server/push_certificate.h"
#include "git-integration/server/ref_updates.h"

namespace touchstone::git::server {

// PushRecord is what the push log keeps of one push (docs/push-log.md, format v1).
struct PushRecord {
  std::uint64_t received_seconds{0};  // Unix time by the server's clock
  std::vector<PushUpdate> updates;    // 1 to kPushUpdatesMax, of one hash algorithm
  std::optional<Pusher> pusher;       // when a push certificate verified
  bool operator==(const PushRecord&) const = default;
};

// encode_push_record gives the one text a record has.
std::string encode_push_record(const PushRecord& record);

// parse_push_record takes nothing but such a text: what it takes encodes to the same bytes.
// kUnsupported for another version, kMalformed and kTooLong otherwise.
base::Result<PushRecord> parse_push_record(std::string_view text);

}  // namespace touchstone::git::server
