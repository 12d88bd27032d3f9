// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/attestation_statement.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "tokens/limits.h"

namespace touchstone::tokens::fido2 {
namespace {

using base::ByteView;
using base::Code;
using base::fail;
using base::Reader;
using base::Result;
using base::Status;

constexpr std::string_view kCertificatesMember = "x5c";

// RFC 8949 section 3.1: what an item is, and the number in its head.
enum class Major : std::uint8_t {
  kUnsigned,
  kNegative,
  kBytes,
  kText,
  kArray,
  kMap,
  kTag,
  kSimple,
};

struct Head {
  Major major{};
  std::uint64_t number{0};
};

template <class T>
Result<std::uint64_t> widen(Result<T> number) {
  TRY(value, std::move(number));
  return std::uint64_t{value};
}

Result<std::uint64_t> take_number(Reader& in, unsigned info) {
  constexpr unsigned kOneByte = 24;
  switch (info) {
    case kOneByte:
      return widen(in.u8());
    case kOneByte + 1:
      return widen(in.u16());
    case kOneByte + 2:
      return widen(in.u32());
    case kOneByte + 3:
      return in.u64();
    default:  // not an enum
      break;
  }
  if (info > kOneByte) {
    return fail(Code::kMalformed, "an item of unknown length");
  }
  return std::uint64_t{info};
}

Result<Head> take_head(Reader& in) {
  TRY(first, in.u8());
  TRY(number, take_number(in, first & 0x1fU));
  return Head{static_cast<Major>(first >> 5U), number};
}

Result<ByteView> take_bytes(Reader& in, Major major) {
  TRY(head, take_head(in));
  if (head.major != major) {
    return fail(Code::kMalformed, "an item of another type");
  }
  return in.take(head.number);
}

// pass_over takes one item of any kind inside `depth` others. Every item has a byte at least, so
// that a count that is too large ends with the bytes.
Status pass_over(Reader& in, std::size_t depth) {
  TRY(head, take_head(in));
  switch (head.major) {
    case Major::kUnsigned:
    case Major::kNegative:
    case Major::kSimple:
      return {};
    case Major::kBytes:
    case Major::kText: {
      TRY(bytes, in.take(head.number));
      static_cast<void>(bytes);
      return {};
    }
    case Major::kTag:
      return fail(Code::kMalformed, "a tag");
    case Major::kArray:
    case Major::kMap:
      if (depth == kCborNestingMax) {
        return fail(Code::kTooLong, "nesting");
      }
      for (std::uint64_t i = 0; i < head.number; ++i) {
        if (head.major == Major::kMap) {
          TRY_VOID(pass_over(in, depth + 1));
        }
        TRY_VOID(pass_over(in, depth + 1));
      }
      return {};
  }
  return {};
}

Result<std::vector<base::Bytes>> take_certificates(Reader& in) {
  TRY(head, take_head(in));
  if (head.major != Major::kArray || head.number == 0) {
    return fail(Code::kMalformed, "certificates");
  }
  if (head.number > kCertificatesMax) {
    return fail(Code::kTooLong, "certificates: " + std::to_string(head.number));
  }
  std::vector<base::Bytes> certificates;
  for (std::uint64_t i = 0; i < head.number; ++i) {
    TRY(certificate, take_bytes(in, Major::kBytes));
    if (certificate.size() > kCertificateMax) {
      return fail(Code::kTooLong, "certificate");
    }
    certificates.push_back(base::to_bytes(certificate));
  }
  return certificates;
}

}  // namespace

Result<std::vector<base::Bytes>> certificates_of(ByteView statement) {
  std::vector<base::Bytes> certificates;
  if (statement.empty()) {
    return certificates;  // libfido2 keeps nothing of format "none"
  }
  if (statement.size() > kAttestationStatementMax) {
    return fail(Code::kTooLong, "attestation statement");
  }
  Reader in(statement);
  TRY(head, take_head(in));
  if (head.major != Major::kMap) {
    return fail(Code::kMalformed, "no map");
  }
  for (std::uint64_t i = 0; i < head.number; ++i) {
    TRY(name, take_bytes(in, Major::kText));
    if (base::as_text(name) != kCertificatesMember) {
      TRY_VOID(pass_over(in, 1));
      continue;
    }
    if (!certificates.empty()) {
      return fail(Code::kMalformed, "certificates twice");
    }
    TRY_ASSIGN(certificates, take_certificates(in));
  }
  TRY_VOID(in.expect_end());
  return certificates;
}

}  // namespace touchstone::tokens::fido2
