// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "agent/journal_format.h"
#include "agent/limits.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace touchstone;

// Whatever comes from outside, the line that is written can be read back.
void check_written(std::string_view text) {
  agent::Journal::Intent intent;
  intent.prompt.number = 7;
  intent.prompt.subject.headline = text;
  intent.prompt.subject.facts = {{"author", std::string(text), agent::FactSource::kVerified}};
  intent.prompt.client.program = text;
  intent.prompt.key_name = text;
  intent.presence = "touch";
  intent.data = base::to_bytes(text);
  const std::string line = agent::format_journal_intent({1, {}, {}}, intent);
  FUZZ_CHECK(line.find('\n') == std::string::npos);
  const auto parsed = agent::parse_journal_line(line);
  FUZZ_CHECK(parsed.has_value() == (line.size() <= agent::kJournalLineMax));
  FUZZ_CHECK(!parsed.has_value() || base::equal(parsed->data, base::as_bytes(text)));
}

// As is a probe for a key of any name.
void check_probe_written(std::string_view text) {
  agent::Journal::Probe probe{std::string(text), true, {1}, base::Bytes(32, 9), {2}, 3};
  const std::string line = agent::format_journal_probe({1, {}, {}}, probe);
  FUZZ_CHECK(line.find('\n') == std::string::npos);
  const auto parsed = agent::parse_journal_line(line);
  FUZZ_CHECK(parsed.has_value() && parsed->probe && parsed->by_marker);
  FUZZ_CHECK(parsed->data == probe.data && parsed->counter == probe.counter);
}

}  // namespace

void fuzz(base::ByteView bytes) {
  const std::string_view text = base::as_text(bytes);
  if (const auto line = agent::parse_journal_line(text)) {
    FUZZ_CHECK(text.size() <= agent::kJournalLineMax);
    FUZZ_CHECK(line->type == agent::JournalLineType::kSuccess || line->probe ||
               line->signature.empty());
  }
  if (const auto head = agent::parse_journal_head(text)) {
    FUZZ_CHECK(agent::format_journal_head(*head) == text);
  }
  check_written(text);
  check_probe_written(text);
}
