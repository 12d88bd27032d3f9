// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace touchstone::agent {

// The client's half of the Assuan protocol, as far as pinentry needs it (libassuan manual,
// "Server responses" and "Client requests").

enum class AssuanKind : std::uint8_t { kOk, kError, kData, kStatus, kComment, kInquire };

// AssuanLine borrows from the line it was parsed from.
struct AssuanLine {
  AssuanKind kind{AssuanKind::kComment};
  std::uint32_t error{0};  // kError: the libgpg-error number, source included
  base::ByteView rest;     // what follows the keyword and one space; kData: still escaped
};

// parse_assuan_line takes one response line without its line feed. Refuses lines above
// kAssuanLineMax, NUL and carriage return in them, keywords that are none of OK, ERR, D, S, # and
// INQUIRE, and an error number that is not decimal, is 0 or does not fit 32 bits. Messages never
// quote the line: it may be a PIN.
base::Result<AssuanLine> parse_assuan_line(base::ByteView line);

// append_assuan_data decodes what a D line carries onto the end of `secret`, from locked memory to
// locked memory. Refuses % without two hex digits, and more than kPinBytesMax in all.
base::Status append_assuan_data(base::Secret& secret, base::ByteView escaped);

// escape_assuan percent-encodes what may not stand in a request line: %, CR, LF and other control
// characters. A tail that would make it longer than bytes_max is left out, at a character's end.
std::string escape_assuan(std::string_view text, std::size_t bytes_max);

// The low 16 bits of an Assuan error are libgpg-error's code.
constexpr std::uint32_t kGpgErrorCodeMask = 0xffff;
constexpr std::uint32_t kGpgErrorTimeout = 62;
constexpr std::uint32_t kGpgErrorCancelled = 99;
constexpr std::uint32_t kGpgErrorNotConfirmed = 114;
constexpr std::uint32_t kGpgErrorFullyCancelled = 198;
constexpr std::uint32_t kGpgErrorWindowTooSmall = 301;
constexpr std::uint32_t kGpgErrorMissingVariable = 303;
constexpr std::uint32_t kGpgErrorSystem = 0x8000;  // set for what the system said: an errno
// is_refusal says whether the person declined or let the time pass.
bool is_refusal(std::uint32_t assuan_error);
// is_without_screen says whether pinentry found no terminal and no display that it can ask on. It
// opens nothing else, so that whatever the system refused it was one of these.
bool is_without_screen(std::uint32_t assuan_error);

}  // namespace touchstone::agent
