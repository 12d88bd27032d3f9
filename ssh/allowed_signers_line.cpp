// SPDX-License-Identifier: Apache-2.0
#include "ssh/allowed_signers_line.h"

#include <algorithm>
#include <utility>

#include "ssh/limits.h"

namespace touchstone::ssh {
namespace {

using base::Code;

constexpr std::string_view kBlank = " \t";
// What ends the principals; the other fields end at kBlank only.
constexpr std::string_view kSpace = " \t\r\n";

void skip(std::string_view& rest, std::string_view characters) {
  rest.remove_prefix(std::min(rest.find_first_not_of(characters), rest.size()));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// take_prefix takes `word` off the front, in any case.
bool take_prefix(std::string_view& rest, std::string_view word) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  if (rest.size() < word.size() || !std::equal(word.begin(), word.end(), rest.begin(), same)) {
    return false;
  }
  rest.remove_prefix(word.size());
  return true;
}

// take_principals reads the first field. A quote may open anywhere in it and ends the field where
// it closes: a"b c"d is the principals "ab c" and goes on with d.
base::Result<std::string> take_principals(std::string_view& rest) {
  const std::size_t end = rest.find_first_of(" \t\r\n\"");
  if (end == std::string_view::npos) {
    return base::fail(Code::kMalformed, "nothing after the principals");
  }
  std::string principals(rest.substr(0, end));
  const bool quoted = rest[end] == '"';
  rest.remove_prefix(end + 1);
  if (quoted) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) {
      return base::fail(Code::kMalformed, "no closing quote after the principals");
    }
    principals += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
  }
  skip(rest, kSpace);
  return principals;
}

// take_quoted reads "…" with \" for a quote in it.
base::Result<std::string> take_quoted(std::string_view& rest) {
  if (!rest.starts_with('"')) {
    return base::fail(Code::kMalformed, "missing start quote");
  }
  rest.remove_prefix(1);
  std::string value;
  while (!rest.empty() && rest.front() != '"') {
    if (rest.starts_with("\\\"")) {
      rest.remove_prefix(1);
    }
    value += rest.front();
    rest.remove_prefix(1);
  }
  if (rest.empty()) {
    return base::fail(Code::kMalformed, "missing end quote");
  }
  rest.remove_prefix(1);
  return value;
}

base::Status take_time(std::string_view& options, std::string_view name,
                       std::optional<std::uint64_t>& out) {
  TRY(text, take_quoted(options));
  if (out.has_value()) {
    return base::fail(Code::kMalformed, "option twice");
  }
  TRY_ASSIGN(out, parse_verify_time(text).with_context(name));
  return {};
}

// take_option reads one option; options it does not know are left where they are.
base::Status take_option(std::string_view& options, AllowedSigner& signer) {
  if (take_prefix(options, "cert-authority")) {
    signer.cert_authority = true;
  } else if (take_prefix(options, "namespaces=")) {
    if (signer.namespaces.has_value()) {
      return base::fail(Code::kMalformed, "option twice");
    }
    TRY_ASSIGN(signer.namespaces, take_quoted(options));
  } else if (take_prefix(options, "valid-after=")) {
    TRY_VOID(take_time(options, "valid-after", signer.valid_after));
  } else if (take_prefix(options, "valid-before=")) {
    TRY_VOID(take_time(options, "valid-before", signer.valid_before));
  }
  return {};
}

base::Status parse_options(std::string_view options, AllowedSigner& signer) {
  while (!options.empty()) {
    TRY_VOID(take_option(options, signer));
    if (options.empty()) {
      break;
    }
    if (options.front() != ',') {
      return base::fail(Code::kUnsupported, "unknown option");
    }
    options.remove_prefix(1);
    if (options.empty()) {
      return base::fail(Code::kMalformed, "unexpected end of options");
    }
  }
  if (signer.valid_after.has_value() && signer.valid_before.has_value() &&
      *signer.valid_before <= *signer.valid_after) {
    return base::fail(Code::kMalformed, "valid-before is not after valid-after");
  }
  return {};
}

// take_options cuts off everything up to the first blank outside quotes.
base::Result<std::string_view> take_options(std::string_view& rest) {
  bool quoted = false;
  std::size_t i = 0;
  while (i < rest.size() && (quoted || kBlank.find(rest[i]) == std::string_view::npos)) {
    if (rest.substr(i).starts_with("\\\"")) {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    }
    ++i;
  }
  if (i >= rest.size()) {
    return base::fail(Code::kMalformed, quoted ? "invalid options" : "missing key");
  }
  const std::string_view options = rest.substr(0, i);
  rest.remove_prefix(i);
  skip(rest, kBlank);
  return options;
}

}  // namespace

base::Result<std::optional<AllowedSigner>> parse_allowed_signers_line(std::string_view line) {
  if (line.size() > kAllowedSignersLineMax) {
    return base::fail(Code::kTooLong, "line");
  }
  if (line.find('\0') != std::string_view::npos) {
    return base::fail(Code::kMalformed, "zero byte");
  }
  skip(line, kBlank);
  if (line.empty() || line.front() == '#') {
    return std::optional<AllowedSigner>();
  }
  TRY(principals, take_principals(line));
  // Options are what is in the place of the key and is none.
  auto key = PublicKey::parse_line(line);
  std::string_view options;
  if (!key.has_value()) {
    TRY_ASSIGN(options, take_options(line));
    key = PublicKey::parse_line(line).with_context("key");
    if (!key.has_value()) {
      return base::fail(std::move(key.error()));
    }
  }
  AllowedSigner signer{std::move(principals), false, std::nullopt, std::nullopt, std::nullopt,
                       std::move(*key),       0};
  TRY_VOID(parse_options(options, signer).with_context("options"));
  return std::optional<AllowedSigner>(std::move(signer));
}

}  // namespace touchstone::ssh
