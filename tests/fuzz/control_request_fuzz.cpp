// SPDX-License-Identifier: Apache-2.0
#include "agent/control_request.h"
#include "agent/key_store.h"
#include "tests/fuzz/fuzz.h"

// Whatever is taken for a command names no file outside the key folder.
void fuzz(touchstone::base::ByteView bytes) {
  using namespace touchstone::agent;
  const auto command = parse_control_request(bytes);
  if (!command.has_value()) {
    return;
  }
  if (const auto* exported = std::get_if<KeyExportCommand>(&*command)) {
    FUZZ_CHECK(exported->name.find('/') == std::string::npos);
    FUZZ_CHECK(check_key_name(exported->name).has_value());
  }
  if (const auto* made = std::get_if<KeyNewCommand>(&*command)) {
    FUZZ_CHECK(check_key_name(made->name).has_value());
    FUZZ_CHECK(!made->algorithms.empty());
  }
}
