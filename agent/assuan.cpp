// SPDX-License-Identifier: Apache-2.0
#include "agent/assuan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/limits.h"

namespace touchstone::agent {
namespace {

constexpr std::array kKeywords = {
    std::pair{std::string_view("OK"), AssuanKind::kOk},
    std::pair{std::string_view("ERR"), AssuanKind::kError},
    std::pair{std::string_view("D"), AssuanKind::kData},
    std::pair{std::string_view("S"), AssuanKind::kStatus},
    std::pair{std::string_view("INQUIRE"), AssuanKind::kInquire},
};

tl::unexpected<base::Error> malformed_line(std::string_view what) {
  return base::fail(base::Code::kMalformed, "pinentry: " + std::string(what));
}

base::Result<std::uint32_t> error_number(base::ByteView rest) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (const std::uint8_t c : rest) {
    if (c == ' ') {
      break;
    }
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (c < '0' || c > '9' || value > 0xffffffffU) {
      return malformed_line("error number");
    }
    ++digits;
  }
  if (digits == 0 || value == 0) {
    return malformed_line("error number");
  }
  return static_cast<std::uint32_t>(value);
}

int hex_digit(std::uint8_t c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// decode writes at most out.size() bytes and gives how many; it fails where there are more.
base::Result<std::size_t> decode(base::ByteView escaped, std::span<std::uint8_t> out) {
  std::size_t size = 0;
  while (!escaped.empty()) {
    if (size == out.size()) {
      return base::fail(base::Code::kTooLong, "pinentry: more than a PIN can be");
    }
    if (escaped.front() != '%') {
      out[size++] = escaped.front();
      escaped = escaped.subspan(1);
      continue;
    }
    const int high = escaped.size() < 3 ? -1 : hex_digit(escaped[1]);
    const int low = escaped.size() < 3 ? -1 : hex_digit(escaped[2]);
    if (high < 0 || low < 0) {
      return malformed_line("percent sign without two hex digits");
    }
    out[size++] = static_cast<std::uint8_t>(high * 16 + low);
    escaped = escaped.subspan(3);
  }
  return size;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }

std::string escaped_byte(char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte != 0x7f && c != '%') {
    return {c};
  }
  return {'%', kHex[byte >> 4], kHex[byte & 0x0fU]};
}

}  // namespace

base::Result<AssuanLine> parse_assuan_line(base::ByteView line) {
  if (line.size() > kAssuanLineMax) {
    return base::fail(base::Code::kTooLong, "pinentry: limit " + std::to_string(kAssuanLineMax));
  }
  if (std::any_of(line.begin(), line.end(), [](std::uint8_t c) { return c == 0 || c == '\r'; })) {
    return malformed_line("control character");
  }
  AssuanLine out;
  if (!line.empty() && line.front() == '#') {
    out.rest = line.subspan(1);
    return out;
  }
  const auto space = std::find(line.begin(), line.end(), std::uint8_t{' '});
  const auto length = static_cast<std::size_t>(space - line.begin());
  const std::string_view keyword = base::as_text(line.first(length));
  const auto* known = std::find_if(kKeywords.begin(), kKeywords.end(),
                                   [keyword](const auto& row) { return row.first == keyword; });
  if (known == kKeywords.end()) {
    return malformed_line("unknown response");
  }
  out.kind = known->second;
  out.rest = line.subspan(std::min(length + 1, line.size()));
  if (out.kind == AssuanKind::kError) {
    TRY_ASSIGN(out.error, error_number(out.rest));
  }
  return out;
}

base::Status append_assuan_data(base::Secret& secret, base::ByteView escaped) {
  TRY(longer, base::Secret::make(kPinBytesMax));
  const std::span<std::uint8_t> room = longer.data();
  std::copy(secret.view().begin(), secret.view().end(), room.begin());
  TRY(size, decode(escaped, room.subspan(secret.size())));
  longer.shrink(secret.size() + size);
  secret = std::move(longer);
  return {};
}

std::string escape_assuan(std::string_view text, std::size_t bytes_max) {
  std::string out;
  std::size_t whole = 0;
  for (const char c : text) {
    if (begins_character(c)) {
      whole = out.size();
    }
    out += escaped_byte(c);
    if (out.size() > bytes_max) {
      out.resize(whole);
      break;
    }
  }
  return out;
}

bool is_refusal(std::uint32_t assuan_error) {
  const std::uint32_t code = assuan_error & kGpgErrorCodeMask;
  return code == kGpgErrorTimeout || code == kGpgErrorCancelled || code == kGpgErrorNotConfirmed ||
         code == kGpgErrorFullyCancelled;
}

bool is_without_screen(std::uint32_t assuan_error) {
  const std::uint32_t code = assuan_error & kGpgErrorCodeMask;
  return (code & kGpgErrorSystem) != 0 || code == kGpgErrorWindowTooSmall ||
         code == kGpgErrorMissingVariable;
}

}  // namespace touchstone::agent
