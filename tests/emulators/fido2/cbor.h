// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "tests/emulators/fido2/limits.h"

namespace touchstone::emulators::fido2 {

struct Cbor;
using CborArray = std::vector<Cbor>;
using CborMap = std::vector<std::pair<Cbor, Cbor>>;

// Cbor is one data item, as far as CTAP uses them: no floats, tags or indefinite lengths.
struct Cbor {
  std::variant<std::monostate, bool, std::int64_t, base::Bytes, std::string, CborArray, CborMap>
      value;

  Cbor() = default;  // null
  Cbor(bool boolean) : value(boolean) {}
  Cbor(int number) : value(std::int64_t{number}) {}
  Cbor(std::int64_t number) : value(number) {}
  Cbor(std::size_t number) : value(static_cast<std::int64_t>(number)) {}
  Cbor(base::Bytes bytes) : value(std::move(bytes)) {}
  Cbor(base::ByteView bytes) : value(base::to_bytes(bytes)) {}
  Cbor(std::string text) : value(std::move(text)) {}
  Cbor(std::string_view text) : value(std::string(text)) {}
  Cbor(const char* text) : value(std::string(text)) {}
  Cbor(CborArray array) : value(std::move(array)) {}
  Cbor(CborMap map) : value(std::move(map)) {}

  bool operator==(const Cbor&) const = default;

  // Each gives null when the item is of another type.
  const bool* boolean() const { return std::get_if<bool>(&value); }
  const std::int64_t* number() const { return std::get_if<std::int64_t>(&value); }
  const base::Bytes* bytes() const { return std::get_if<base::Bytes>(&value); }
  const std::string* text() const { return std::get_if<std::string>(&value); }
  const CborArray* array() const { return std::get_if<CborArray>(&value); }
  const CborMap* map() const { return std::get_if<CborMap>(&value); }
  // find gives null when this is not a map or has no such key.
  const Cbor* find(const Cbor& key) const;
};

// decode_cbor reads exactly one item. kMalformed for what CTAP does not use, for too deep or too
// many items and for repeated keys; kTrailingBytes when something follows.
base::Result<Cbor> decode_cbor(base::ByteView bytes, std::size_t items_max = kCborItemsMax);
// decode_cbor_prefix reads one item and advances the reader behind it.
base::Result<Cbor> decode_cbor_prefix(base::Reader& reader, std::size_t items_max = kCborItemsMax);

// encode_cbor writes the CTAP2 canonical form (CTAP 2.1 section 8): map keys in their order,
// whatever the order in the value.
base::Bytes encode_cbor(const Cbor& item);

}  // namespace touchstone::emulators::fido2
