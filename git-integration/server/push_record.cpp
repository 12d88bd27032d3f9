// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_record.h"

#include <algorithm>
#include <charconv>

#include "git-integration/server/limits.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kFirstLine = "touchstone push v1";
constexpr std::string_view kFirstWords = "touchstone push ";
constexpr std::size_t kFingerprintMax = 128;
constexpr std::size_t kDigitsMax = 18;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

Result<std::uint64_t> parse_seconds(std::string_view digits) {
  std::uint64_t seconds = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, seconds);
  // One spelling for one time: no leading zero.
  if (error != std::errc() || stop != end || digits.size() > kDigitsMax ||
      (digits.size() > 1 && digits.front() == '0')) {
    return fail(Code::kMalformed, "received: not a time");
  }
  return seconds;
}

Result<Pusher> parse_pusher(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || space == 0 || space + 1 == text.size() ||
      has_control(text)) {
    return fail(Code::kMalformed, "pusher: want FINGERPRINT PRINCIPAL");
  }
  const std::string_view fingerprint = text.substr(0, space);
  const std::string_view principal = text.substr(space + 1);
  if (fingerprint.size() > kFingerprintMax || principal.size() > kPrincipalMax) {
    return fail(Code::kTooLong, "pusher");
  }
  return Pusher{std::string(fingerprint), std::string(principal)};
}

// next_line takes a line that has an end.
Result<std::string_view> next_line(Lines& lines) {
  const auto line = lines.next();
  if (!line || !lines.terminated()) {
    return fail(Code::kTruncated, "push record");
  }
  return *line;
}

}  // namespace

std::string encode_push_record(const PushRecord& record) {
  std::string text = std::string(kFirstLine) + "\nreceived ";
  text += std::to_string(record.received_seconds) + "\n";
  for (const PushUpdate& update : record.updates) {
    text += "update " + update.old_id + " " + update.new_id + " " + update.ref + "\n";
  }
  if (record.pusher) {
    text += "pusher " + record.pusher->fingerprint + " " + record.pusher->principal + "\n";
  }
  return text;
}

Result<PushRecord> parse_push_record(std::string_view text) {
  if (text.size() > kPushRecordMax) {
    return fail(Code::kTooLong, "push record: limit " + std::to_string(kPushRecordMax) + " bytes");
  }
  Lines lines(text);
  TRY(first, next_line(lines));
  if (first != kFirstLine) {
    return first.starts_with(kFirstWords) ? fail(Code::kUnsupported, "version of a push record")
                                          : fail(Code::kMalformed, "not a push record");
  }
  PushRecord record;
  TRY(time, next_line(lines));
  const auto digits = strip_prefix(time, "received ");
  if (!digits) {
    return fail(Code::kMalformed, "no received line where there must be one");
  }
  TRY_ASSIGN(record.received_seconds, parse_seconds(*digits));
  // The lines are those of a hook's input, each behind a word.
  std::string updates;
  while (lines.peek() == 'u') {
    TRY(line, next_line(lines));
    const auto update = strip_prefix(line, "update ");
    if (!update) {
      return fail(Code::kMalformed, "a line that is no update");
    }
    updates.append(*update).append("\n");
  }
  TRY_ASSIGN(record.updates, parse_updates(updates));
  if (record.updates.empty()) {
    return fail(Code::kMalformed, "no update");
  }
  if (lines.peek() != '\0') {
    TRY(line, next_line(lines));
    const auto pusher = strip_prefix(line, "pusher ");
    if (!pusher) {
      return fail(Code::kMalformed, "a line that does not belong there");
    }
    TRY_ASSIGN(record.pusher, parse_pusher(*pusher));
  }
  if (!lines.rest().empty()) {
    return fail(Code::kTrailingBytes, "push record");
  }
  return record;
}

}  // namespace touchstone::git::server
