// SPDX-License-Identifier: Apache-2.0
#include "ssh/agent_message.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace touchstone;

// Requests that have one way of being written, and so must come back to the byte. The constrained
// forms with no constraint and the contents of unknown requests are the exceptions.
bool has_one_text(const ssh::AgentRequest& request, base::ByteView message) {
  const auto is = [&](ssh::AgentMessageType type) {
    return message.front() == static_cast<std::uint8_t>(type);
  };
  if (std::holds_alternative<ssh::UnknownRequest>(request)) {
    return message.size() == 1;
  }
  if (const auto* add = std::get_if<ssh::AddIdentity>(&request)) {
    return is(ssh::AgentMessageType::kAddIdentity) || !add->constraints.empty();
  }
  if (const auto* add = std::get_if<ssh::AddSmartcardKey>(&request)) {
    return is(ssh::AgentMessageType::kAddSmartcardKey) || !add->constraints.empty();
  }
  return true;
}

}  // namespace

void fuzz(base::ByteView bytes) {
  if (const auto request = ssh::parse_agent_request(bytes)) {
    const base::Bytes again = ssh::encode(*request);
    FUZZ_CHECK(!has_one_text(*request, bytes) || base::equal(again, bytes));
    FUZZ_CHECK(ssh::parse_agent_request(again).has_value());
  }
  if (const auto reply = ssh::parse_agent_reply(bytes)) {
    FUZZ_CHECK(base::equal(ssh::encode(*reply), bytes));
  }
  if (const auto names = ssh::parse_query_answer(bytes)) {
    FUZZ_CHECK(base::equal(ssh::encode_query_answer(*names), bytes));
  }
}
