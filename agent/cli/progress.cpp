// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/progress.h"

namespace touchstone::agent::cli {
namespace {

// How many verdicts pass between two looks at the clock, and how long the line stays as it is.
constexpr std::uint64_t kProgressEvery = 64;
constexpr std::chrono::steady_clock::duration kProgressInterval = std::chrono::milliseconds(200);

}  // namespace

std::string progress_text(std::uint64_t seen, std::uint64_t total,
                          std::chrono::steady_clock::duration elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const double rate = seconds > 0 ? static_cast<double>(seen) / seconds : 0;
  std::string text = std::to_string(seen);
  if (total >= seen) {
    text += " of " + std::to_string(total);
  }
  text += " objects";
  if (rate >= 1) {
    text += ", " + std::to_string(static_cast<std::uint64_t>(rate)) + "/s";
    if (total >= seen) {
      text += ", " +
              std::to_string(static_cast<std::uint64_t>(static_cast<double>(total - seen) / rate)) +
              " s left";
    }
  }
  return text;
}

Progress::~Progress() {
  if (shown_) {
    console_.err("\r\x1b[K");
  }
}

void Progress::count() {
  if (on_ && ++seen_ % kProgressEvery == 0 && Clock::now() - last_ >= kProgressInterval) {
    last_ = Clock::now();
    console_.err("\r\x1b[K" + progress_text(seen_, total_, last_ - begin_));
    shown_ = true;
  }
}

}  // namespace touchstone::agent::cli
