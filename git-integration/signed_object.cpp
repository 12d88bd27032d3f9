// SPDX-License-Identifier: Apache-2.0
#include "git-integration/signed_object.h"

#include <array>
#include <string>

#include "base/digest.h"
#include "base/encoding.h"
#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct Armor {
  std::string_view first_line;
  SignatureFormat format;
};

// What git takes for the beginning of a signature, whatever gpg.format says (gpg-interface.c).
constexpr std::array kArmors = {
    Armor{"-----BEGIN SSH SIGNATURE-----", SignatureFormat::kSsh},
    Armor{"-----BEGIN PGP SIGNATURE-----", SignatureFormat::kOpenPgp},
    Armor{"-----BEGIN PGP MESSAGE-----", SignatureFormat::kOpenPgp},
    Armor{"-----BEGIN SIGNED MESSAGE-----", SignatureFormat::kX509},
};

std::string_view header_name(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::kSha1 ? "gpgsig" : "gpgsig-sha256";
}

void append(base::Bytes& to, std::string_view text) {
  const base::ByteView bytes = base::as_bytes(text);
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void note(SignedObject& object, Finding finding) {
  for (const Finding known : object.findings) {
    if (known == finding) {
      return;
    }
  }
  object.findings.push_back(finding);
}

// HeaderSplitter copies a header block without its gpgsig* headers and keeps the one that counts.
class HeaderSplitter {
 public:
  HeaderSplitter(std::string_view wanted, SignedObject& object)
      : wanted_(wanted), object_(object) {}

  // header takes one header with its continuation lines, all line ends included.
  void header(std::string_view text) {
    const std::string_view name = text.substr(0, text.find_first_of(" \n"));
    if (!text.starts_with("gpgsig")) {
      append(object_.payload, text);
      if (signature_seen_) {
        note(object_, Finding::kSignaturePlace);
      }
      return;
    }
    if (name != wanted_ || text[name.size()] != ' ') {
      note(object_, Finding::kOtherSignature);
      return;
    }
    if (signature_seen_) {
      note(object_, Finding::kSecondSignature);
      return;
    }
    signature_seen_ = true;
    unfold(text.substr(name.size() + 1));
  }

 private:
  void unfold(std::string_view folded) {
    Lines lines(folded);
    bool first = true;
    while (const auto line = lines.next()) {
      object_.signature += first ? *line : line->substr(1);
      object_.signature += '\n';
      first = false;
    }
  }

  std::string_view wanted_;
  SignedObject& object_;
  bool signature_seen_ = false;
};

// split_headers goes through the headers of a commit or tag, up to the empty line.
base::Status split_headers(std::string_view text, std::string_view wanted, SignedObject& object) {
  HeaderSplitter splitter(wanted, object);
  std::string_view rest = text;
  while (!rest.starts_with('\n')) {
    std::size_t end = 0;
    do {
      end = rest.find('\n', end);
      if (end == std::string_view::npos) {
        return fail(Code::kMalformed, "the headers have no end");
      }
      ++end;
    } while (rest.substr(end, 1) == " ");
    splitter.header(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  append(object.payload, rest);
  return {};
}

}  // namespace

std::string_view describe(Finding finding) {
  switch (finding) {
    case Finding::kSecondSignature:
      return "a second signature header";
    case Finding::kOtherSignature:
      return "a signature header this repository's git does not read";
    case Finding::kSignaturePlace:
      return "the signature header is out of its place";
  }
  return {};
}

SignatureFormat format_of(std::string_view armored) {
  if (armored.empty()) {
    return SignatureFormat::kNone;
  }
  for (const Armor& armor : kArmors) {
    if (armored.starts_with(armor.first_line)) {
      return armor.format;
    }
  }
  return SignatureFormat::kUnknown;
}

std::size_t find_armor(std::string_view text) {
  // From the end, line by line: the last one counts.
  std::string_view before = text;
  while (true) {
    const std::size_t newline = before.rfind('\n');
    const std::size_t line = newline == std::string_view::npos ? 0 : newline + 1;
    if (format_of(text.substr(line)) != SignatureFormat::kUnknown && line < text.size()) {
      return line;
    }
    if (line == 0) {
      return std::string_view::npos;
    }
    before = text.substr(0, newline);
  }
}

Result<SignedObject> split_signed_object(ObjectKind kind, HashAlgorithm algorithm,
                                         base::ByteView raw) {
  if (raw.size() > kObjectMax) {
    return fail(Code::kTooLong, "limit " + std::to_string(kObjectMax) + " bytes");
  }
  SignedObject object;
  object.payload.reserve(raw.size());
  std::string_view text = base::as_text(raw);
  if (kind == ObjectKind::kCommit) {
    TRY_VOID(split_headers(text, header_name(algorithm), object));
  } else {
    const std::size_t armor = find_armor(text);
    if (armor != std::string_view::npos) {
      object.signature = text.substr(armor);
      text = text.substr(0, armor);
    }
    if (kind == ObjectKind::kTag) {
      // A tag's own signature is at its end: every gpgsig header is another's.
      TRY_VOID(split_headers(text, {}, object));
    } else {
      append(object.payload, text);
    }
  }
  object.format = format_of(object.signature);
  return object;
}

std::string object_id(HashAlgorithm algorithm, std::string_view type, base::ByteView raw) {
  std::string header(type);
  header += ' ';
  header += std::to_string(raw.size());
  header += '\0';
  if (algorithm == HashAlgorithm::kSha1) {
    return base::to_hex(base::sha1({base::as_bytes(header), raw}));
  }
  return base::to_hex(base::sha256({base::as_bytes(header), raw}));
}

}  // namespace touchstone::git
