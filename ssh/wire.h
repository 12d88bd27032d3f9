// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/key.h"

// What the parsers of ssh/ share. Not for use outside ssh/.
namespace touchstone::ssh {

// KeyType is one public-key type with every name it goes by.
struct KeyType {
  std::string_view name;              // as in the blob of a plain key
  std::string_view certificate_name;  // as in the blob of its certificate
  std::string_view short_name;        // as ssh-keygen prints it
  std::string_view short_certificate_name;
  base::KeyAlgorithm algorithm;
  bool is_sk;
  std::string_view curve;    // RFC 5656 curve name, empty when there is none
  std::size_t scalar_bytes;  // ECDSA: size of r and of s; Ed25519: half a signature; RSA: 0
};

// find_key_type finds by plain or by certificate name; null when there is no such type.
const KeyType* find_key_type(std::string_view name);
const KeyType* key_type_of(base::KeyAlgorithm algorithm, bool is_sk);

// read_mpint reads an RFC 4251 mpint that must not be negative, nor longer than it needs to be,
// nor above max bytes, and gives its magnitude without the sign byte (zero is empty).
base::Result<base::ByteView> read_mpint(base::Reader& reader, std::size_t max);

// read_name reads a string that is used as text and so must hold no NUL.
base::Result<std::string> read_name(base::Reader& reader, std::size_t max, std::size_t min = 0);

// left_pad gives magnitude with zeros in front, `size` bytes long; magnitude must fit.
base::Bytes left_pad(base::ByteView magnitude, std::size_t size);

}  // namespace touchstone::ssh
