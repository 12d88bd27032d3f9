// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace touchstone::agent {

constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kSessionBindsMax = 16;  // per connection, as OpenSSH's agent
constexpr std::size_t kPendingPerTokenMax = 8;
constexpr std::size_t kOperationsMax = 64;  // under way at once, over all tokens
constexpr std::size_t kRefusalsJournalledPerMinuteMax = 60;
constexpr std::size_t kLogLinesPerMinuteMax = 120;
constexpr std::size_t kKeysMax = 256;
constexpr std::size_t kKeyNameMax = 64;
constexpr std::size_t kRefusalsKept = 16;
constexpr std::size_t kEventsKept = 256;
constexpr std::size_t kEventsPerAnswerMax = 32;
constexpr std::size_t kConfigFileMax = 64 * 1024;
constexpr std::size_t kConfigPathMax = 4095;  // PATH_MAX without its NUL
constexpr std::size_t kSocketPathMax = 107;   // sun_path without its NUL, unix(7)
constexpr std::size_t kProgramNameMax = 255;  // NAME_MAX
constexpr std::int64_t kTouchTimeoutSecondsMin = 1;
constexpr std::int64_t kTouchTimeoutSecondsMax = 300;
constexpr std::size_t kKeyFileMax = 64 * 1024;
constexpr std::size_t kJournalLineMax = 64 * 1024;
constexpr std::size_t kFactsMax = 64;       // a whole batch, and what stands around it
constexpr std::size_t kFactBytesMax = 512;  // a fact's text is cut there when it is made
constexpr std::size_t kFactColumnsMax = 200;
constexpr std::size_t kFactLabelColumnsMax = 24;
constexpr std::size_t kPromptColumns = 78;  // a prompt's lines fit a terminal of 80
constexpr std::size_t kPromptContinuationIndent = 4;
constexpr std::size_t kPinBytesMax = 255;
constexpr std::size_t kPinTextBytesMax = 900;  // of a request line, escaped
constexpr std::size_t kAssuanLinesMax = 64;    // in one conversation
constexpr std::size_t kAssuanLineMax = 1000;   // libassuan manual, "Server responses"

// A client may be this long in sending the rest of a message once it has begun it.
constexpr std::chrono::seconds kMessageTimeout{30};
constexpr std::chrono::seconds kPinEntryTimeout{120};
// pinentry gives up by itself this long before we do: it tidies up the terminal better.
constexpr std::chrono::seconds kPinEntryMargin{5};
// A helper program has this long between SIGTERM and SIGKILL.
constexpr std::chrono::seconds kChildGrace{2};
// A question to the desktop's notification service is given up after this.
constexpr std::chrono::seconds kNotificationTimeout{2};
// A watcher that was answered this recently is taken to be about to ask again.
constexpr std::chrono::seconds kWatcherGrace{5};
// Each wrong passphrase to unlock the agent makes the next answer this much later.
constexpr std::chrono::milliseconds kUnlockDelayStep{100};
constexpr std::chrono::milliseconds kUnlockDelayMax{10'000};
// What is under way when the agent is told to stop has this long to end.
constexpr std::chrono::seconds kStopGrace{2};
// What a driver may take beyond the touch timeout before it is killed and started again.
constexpr std::chrono::seconds kDriverGrace{5};

}  // namespace touchstone::agent
