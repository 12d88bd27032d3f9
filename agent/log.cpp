// SPDX-License-Identifier: Apache-2.0
#include "agent/log.h"

#include <string>

#include <unistd.h>

#include "agent/limits.h"
#include "base/file.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

void write_line(std::string_view text) {
  const std::string line =
      "touchstone-agent: " + base::escape_for_display(text, base::kErrorColumnsMax) + "\n";
  // There is nowhere left to say that this failed.
  (void)base::write_all(STDERR_FILENO, base::as_bytes(line));
}

}  // namespace

void Log::line(std::string_view text) {
  constexpr std::chrono::minutes kWindow{1};
  const auto now = clock_.steady();
  if (now - minute_start_ >= kWindow) {
    if (lines_this_minute_ > kLogLinesPerMinuteMax) {
      write_line(std::to_string(lines_this_minute_ - kLogLinesPerMinuteMax) + " messages left out");
    }
    minute_start_ = now;
    lines_this_minute_ = 0;
  }
  if (++lines_this_minute_ <= kLogLinesPerMinuteMax) {
    write_line(text);
  }
}

}  // namespace touchstone::agent
