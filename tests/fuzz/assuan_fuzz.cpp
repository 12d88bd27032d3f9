// SPDX-License-Identifier: Apache-2.0
#include "agent/assuan.h"
#include "agent/limits.h"
#include "tests/fuzz/fuzz.h"

// A response parses or not, and what it carries decodes within its limits. The same bytes as text
// of ours make one request line that says the same again.
void fuzz(touchstone::base::ByteView bytes) {
  using namespace touchstone;
  FUZZ_CHECK(base::init_secure_heap().has_value());
  if (const auto line = agent::parse_assuan_line(bytes)) {
    FUZZ_CHECK(bytes.size() <= agent::kAssuanLineMax);
    FUZZ_CHECK((line->kind == agent::AssuanKind::kError) == (line->error != 0));
    base::Secret secret;
    if (agent::append_assuan_data(secret, line->rest)) {
      FUZZ_CHECK(secret.size() <= agent::kPinBytesMax && secret.size() <= line->rest.size());
    }
  }
  const std::string_view text = base::as_text(bytes);
  const std::string escaped = agent::escape_assuan(text, agent::kPinTextBytesMax);
  FUZZ_CHECK(escaped.size() <= agent::kPinTextBytesMax);
  FUZZ_CHECK(escaped.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos);
  if (3 * text.size() <= agent::kPinBytesMax) {
    base::Secret decoded;
    FUZZ_CHECK(agent::append_assuan_data(decoded, base::as_bytes(escaped)).has_value());
    FUZZ_CHECK(base::equal(decoded.view(), bytes));
  }
}
