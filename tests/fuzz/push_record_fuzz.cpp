// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "git-integration/server/limits.h"
#include "git-integration/server/pending_push.h"
#include "git-integration/server/push_record.h"
#include "git-integration/server/receive_settings.h"
#include "tests/fuzz/fuzz.h"

using touchstone::base::as_text;
using touchstone::base::ByteView;
namespace server = touchstone::git::server;

void fuzz(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  if (const auto record = server::parse_push_record(text)) {
    // One text for one record.
    FUZZ_CHECK(server::encode_push_record(*record) == text);
    FUZZ_CHECK(!record->updates.empty() && record->updates.size() <= server::kPushUpdatesMax);
  }
  if (const auto pending = server::parse_pending_push(bytes)) {
    FUZZ_CHECK(server::encode_pending_push(pending->process, pending->record,
                                           pending->certificate) == text);
  }
  if (const auto updates = server::parse_updates(text)) {
    FUZZ_CHECK(updates->size() <= server::kPushUpdatesMax);
  }
  const auto settings = server::parse_settings(text);
  FUZZ_CHECK(!settings || !settings->is_judged("refs/touchstone/batches/x"));
}
