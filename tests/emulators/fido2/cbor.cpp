// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/cbor.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include <cbor.h>

#include "tests/emulators/fido2/limits.h"

namespace touchstone::emulators::fido2 {
namespace {

struct ItemDeleter {
  void operator()(cbor_item_t* item) const { cbor_decref(&item); }
};
using Item = std::unique_ptr<cbor_item_t, ItemDeleter>;

// Converter copies libcbor's tree into ours and refuses what CTAP has no use for.
class Converter final {
 public:
  explicit Converter(std::size_t items_max) : items_max_(items_max) {}

  base::Result<Cbor> convert(const cbor_item_t* item, std::size_t depth) {
    if (depth > kCborDepthMax || ++items_ > items_max_) {
      return base::fail(base::Code::kTooLong, "CBOR nested too deeply or too many items");
    }
    switch (cbor_typeof(item)) {
      case CBOR_TYPE_UINT:
      case CBOR_TYPE_NEGINT:
        return integer(item);
      case CBOR_TYPE_BYTESTRING:
        return bytes(item);
      case CBOR_TYPE_STRING:
        return text(item);
      case CBOR_TYPE_ARRAY:
        return array(item, depth);
      case CBOR_TYPE_MAP:
        return map(item, depth);
      case CBOR_TYPE_FLOAT_CTRL:
        return simple(item);
      case CBOR_TYPE_TAG:
        break;
    }
    return base::fail(base::Code::kMalformed, "CBOR tag");
  }

 private:
  static base::Result<Cbor> integer(const cbor_item_t* item) {
    const std::uint64_t magnitude = cbor_get_int(item);
    if (magnitude > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      return base::fail(base::Code::kMalformed, "CBOR integer out of range");
    }
    const auto number = static_cast<std::int64_t>(magnitude);
    return Cbor(cbor_isa_uint(item) ? number : -1 - number);
  }

  static base::Result<Cbor> bytes(const cbor_item_t* item) {
    if (!cbor_bytestring_is_definite(item)) {
      return base::fail(base::Code::kMalformed, "CBOR indefinite length");
    }
    return Cbor(base::ByteView(cbor_bytestring_handle(item), cbor_bytestring_length(item)));
  }

  static base::Result<Cbor> text(const cbor_item_t* item) {
    if (!cbor_string_is_definite(item)) {
      return base::fail(base::Code::kMalformed, "CBOR indefinite length");
    }
    return Cbor(base::as_text(base::ByteView(cbor_string_handle(item), cbor_string_length(item))));
  }

  base::Result<Cbor> array(const cbor_item_t* item, std::size_t depth) {
    if (!cbor_array_is_definite(item)) {
      return base::fail(base::Code::kMalformed, "CBOR indefinite length");
    }
    CborArray out;
    for (std::size_t i = 0; i < cbor_array_size(item); ++i) {
      const Item element(cbor_array_get(item, i));
      TRY(value, convert(element.get(), depth + 1));
      out.push_back(std::move(value));
    }
    return Cbor(std::move(out));
  }

  base::Result<Cbor> map(const cbor_item_t* item, std::size_t depth) {
    if (!cbor_map_is_definite(item)) {
      return base::fail(base::Code::kMalformed, "CBOR indefinite length");
    }
    CborMap out;
    const std::span<cbor_pair> pairs(cbor_map_handle(item), cbor_map_size(item));
    for (const cbor_pair& pair : pairs) {
      TRY(key, convert(pair.key, depth + 1));
      TRY(value, convert(pair.value, depth + 1));
      const auto same = [&key](const auto& other) { return other.first == key; };
      if (std::any_of(out.begin(), out.end(), same)) {
        return base::fail(base::Code::kMalformed, "CBOR key repeated");
      }
      out.emplace_back(std::move(key), std::move(value));
    }
    return Cbor(std::move(out));
  }

  static base::Result<Cbor> simple(const cbor_item_t* item) {
    if (cbor_float_ctrl_is_ctrl(item)) {
      if (cbor_is_bool(item)) {
        return Cbor(cbor_get_bool(item));
      }
      if (cbor_is_null(item)) {
        return Cbor();
      }
    }
    return base::fail(base::Code::kMalformed, "CBOR float or unknown simple value");
  }

  std::size_t items_max_;
  std::size_t items_ = 0;
};

// append_head writes the first bytes of an item with one of libcbor's head encoders.
void append_head(base::Bytes& out, std::uint64_t argument,
                 size_t (*encoder)(std::uint64_t, unsigned char*, size_t)) {
  std::array<std::uint8_t, 9> head{};
  const std::size_t size = encoder(argument, head.data(), head.size());
  const base::ByteView used = base::ByteView(head).first(size);
  out.insert(out.end(), used.begin(), used.end());
}

void append(base::Bytes& out, const Cbor& item);

// key_order is CTAP2's: lower major type first, then the shorter, then by bytes.
bool key_order(const std::pair<base::Bytes, const Cbor*>& a,
               const std::pair<base::Bytes, const Cbor*>& b) {
  const int major_a = a.first.front() >> 5;
  const int major_b = b.first.front() >> 5;
  if (major_a != major_b) {
    return major_a < major_b;
  }
  if (a.first.size() != b.first.size()) {
    return a.first.size() < b.first.size();
  }
  return a.first < b.first;
}

struct Appender {
  base::Bytes& out;

  void operator()(std::monostate) const { out.push_back(0xf6); }
  void operator()(bool boolean) const { out.push_back(boolean ? 0xf5 : 0xf4); }
  void operator()(std::int64_t number) const {
    if (number >= 0) {
      append_head(out, static_cast<std::uint64_t>(number), cbor_encode_uint);
    } else {
      append_head(out, static_cast<std::uint64_t>(-1 - number), cbor_encode_negint);
    }
  }
  void operator()(const base::Bytes& bytes) const {
    append_head(out, bytes.size(), cbor_encode_bytestring_start);
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  void operator()(const std::string& text) const {
    append_head(out, text.size(), cbor_encode_string_start);
    out.insert(out.end(), text.begin(), text.end());
  }
  void operator()(const CborArray& array) const {
    append_head(out, array.size(), cbor_encode_array_start);
    for (const Cbor& element : array) {
      append(out, element);
    }
  }
  void operator()(const CborMap& map) const {
    std::vector<std::pair<base::Bytes, const Cbor*>> entries;
    for (const auto& [key, value] : map) {
      entries.emplace_back(encode_cbor(key), &value);
    }
    std::sort(entries.begin(), entries.end(), key_order);
    append_head(out, map.size(), cbor_encode_map_start);
    for (const auto& [key, value] : entries) {
      out.insert(out.end(), key.begin(), key.end());
      append(out, *value);
    }
  }
};

void append(base::Bytes& out, const Cbor& item) { std::visit(Appender{out}, item.value); }

}  // namespace

const Cbor* Cbor::find(const Cbor& key) const {
  const CborMap* entries = map();
  if (entries == nullptr) {
    return nullptr;
  }
  const auto same = [&key](const auto& entry) { return entry.first == key; };
  const auto found = std::find_if(entries->begin(), entries->end(), same);
  return found == entries->end() ? nullptr : &found->second;
}

base::Result<Cbor> decode_cbor_prefix(base::Reader& reader, std::size_t items_max) {
  const base::ByteView rest = reader.rest();
  cbor_load_result result{};
  const Item item(cbor_load(rest.data(), rest.size(), &result));
  if (item == nullptr) {
    return base::fail(base::Code::kMalformed, "not CBOR");
  }
  TRY(value, Converter(items_max).convert(item.get(), 0));
  TRY_VOID(reader.take(result.read));
  return value;
}

base::Result<Cbor> decode_cbor(base::ByteView bytes, std::size_t items_max) {
  base::Reader reader(bytes);
  TRY(value, decode_cbor_prefix(reader, items_max));
  TRY_VOID(reader.expect_end());
  return value;
}

base::Bytes encode_cbor(const Cbor& item) {
  base::Bytes out;
  append(out, item);
  return out;
}

}  // namespace touchstone::emulators::fido2
