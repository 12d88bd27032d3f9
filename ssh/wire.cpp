// SPDX-License-Identifier: Apache-2.0
#include "ssh/wire.h"

#include <algorithm>
#include <array>

namespace touchstone::ssh {
namespace {

using base::KeyAlgorithm;

constexpr std::array<KeyType, 7> kKeyTypes{{
    {"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", "ED25519", "ED25519-CERT",
     KeyAlgorithm::kEd25519, false, "", 32},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ECDSA", "ECDSA-CERT",
     KeyAlgorithm::kEcdsaP256, false, "nistp256", 32},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ECDSA", "ECDSA-CERT",
     KeyAlgorithm::kEcdsaP384, false, "nistp384", 48},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", "ECDSA", "ECDSA-CERT",
     KeyAlgorithm::kEcdsaP521, false, "nistp521", 66},
    {"ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "RSA", "RSA-CERT", KeyAlgorithm::kRsa, false, "",
     0},
    {"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", "ED25519-SK",
     "ED25519-SK-CERT", KeyAlgorithm::kEd25519, true, "", 32},
    {"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
     "ECDSA-SK", "ECDSA-SK-CERT", KeyAlgorithm::kEcdsaP256, true, "nistp256", 32},
}};

}  // namespace

const KeyType* find_key_type(std::string_view name) {
  for (const KeyType& type : kKeyTypes) {
    if (type.name == name || type.certificate_name == name) {
      return &type;
    }
  }
  return nullptr;
}

const KeyType* key_type_of(base::KeyAlgorithm algorithm, bool is_sk) {
  for (const KeyType& type : kKeyTypes) {
    if (type.algorithm == algorithm && type.is_sk == is_sk) {
      return &type;
    }
  }
  return nullptr;
}

base::Result<base::ByteView> read_mpint(base::Reader& reader, std::size_t max) {
  TRY(digits, reader.string(max + 1));
  if (digits.empty()) {
    return digits;
  }
  if ((digits.front() & 0x80U) != 0) {
    return base::fail(base::Code::kMalformed, "negative integer");
  }
  if (digits.front() == 0) {
    if (digits.size() == 1 || (digits[1] & 0x80U) == 0) {
      return base::fail(base::Code::kMalformed, "integer with superfluous zeros");
    }
    digits = digits.subspan(1);
  }
  if (digits.size() > max) {
    return base::fail(base::Code::kTooLong, "integer above " + std::to_string(max) + " bytes");
  }
  return digits;
}

base::Result<std::string> read_name(base::Reader& reader, std::size_t max, std::size_t min) {
  TRY(text, reader.text(max, min));
  if (text.find('\0') != std::string::npos) {
    return base::fail(base::Code::kMalformed, "zero byte in text");
  }
  return text;
}

base::Bytes left_pad(base::ByteView magnitude, std::size_t size) {
  base::Bytes padded(size - std::min(size, magnitude.size()), 0);
  padded.insert(padded.end(), magnitude.begin(), magnitude.end());
  return padded;
}

}  // namespace touchstone::ssh
