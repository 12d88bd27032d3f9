// SPDX-License-Identifier: Apache-2.0
#include "agent/config.h"
#include "tests/fuzz/fuzz.h"

namespace {

using touchstone::agent::Config;
using touchstone::agent::format_config;
using touchstone::agent::parse_config;

Config some_defaults() {
  Config config;
  config.socket = "/run/agent.sock";
  config.keys = "/keys";
  config.journal = "/journal.jsonl";
  return config;
}

}  // namespace

// What is accepted is the same again once it was written out; what is refused names a place.
void fuzz(touchstone::base::ByteView bytes) {
  const auto config = parse_config(touchstone::base::as_text(bytes), "c.toml", some_defaults());
  if (!config) {
    FUZZ_CHECK(config.error().context.find("c.toml:") == 0);
    FUZZ_CHECK(!touchstone::base::format_error(config.error()).empty());
    return;
  }
  const std::string text = format_config(*config);
  const auto again = parse_config(text, "again.toml", some_defaults());
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(format_config(*again) == text);
}
