// SPDX-License-Identifier: Apache-2.0
#include "tests/git-integration/history/pack_writer.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"

namespace touchstone::git {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::uint32_t kPackVersion = 2;
constexpr mode_t kPackMode = 0444;

unsigned type_number(std::string_view type) {
  if (type == "commit") {
    return 1;
  }
  if (type == "tree") {
    return 2;
  }
  return type == "blob" ? 3 : 4;
}

// write_header writes type and size: four bits of the size and then seven at a time.
void write_header(base::Writer& out, unsigned type, std::size_t size) {
  constexpr unsigned kMore = 0x80;
  unsigned byte = type << 4U | static_cast<unsigned>(size & 0x0fU);
  size >>= 4U;
  while (size != 0) {
    out.u8(static_cast<std::uint8_t>(byte | kMore));
    byte = static_cast<unsigned>(size & 0x7fU);
    size >>= 7U;
  }
  out.u8(static_cast<std::uint8_t>(byte));
}

std::uint32_t adler32(ByteView bytes) {
  constexpr std::uint32_t kModulus = 65521;
  std::uint32_t low = 1;
  std::uint32_t high = 0;
  for (const std::uint8_t byte : bytes) {
    low = (low + byte) % kModulus;
    high = (high + low) % kModulus;
  }
  return high << 16U | low;
}

// write_stored writes a zlib stream of blocks that are stored as they are (RFC 1950, RFC 1951).
void write_stored(base::Writer& out, ByteView bytes) {
  constexpr std::size_t kBlockMax = 65535;
  const std::uint32_t checksum = adler32(bytes);
  out.u8(0x78).u8(0x01);
  do {
    const ByteView block = bytes.first(std::min(bytes.size(), kBlockMax));
    bytes = bytes.subspan(block.size());
    const auto size = static_cast<unsigned>(block.size());
    out.u8(bytes.empty() ? 1 : 0);
    for (const unsigned number : {size, ~size}) {
      out.u8(static_cast<std::uint8_t>(number & 0xffU));
      out.u8(static_cast<std::uint8_t>(number >> 8U & 0xffU));
    }
    out.raw(block);
  } while (!bytes.empty());
  out.u32(checksum);
}

}  // namespace

std::string PackWriter::add(std::string_view type, std::string_view text) {
  const ByteView bytes = base::as_bytes(text);
  std::string id = object_id(algorithm_, type, bytes);
  if (known_.insert(id).second) {
    write_header(entries_, type_number(type), bytes.size());
    write_stored(entries_, bytes);
  }
  return id;
}

base::Result<std::filesystem::path> PackWriter::write(const std::filesystem::path& folder) {
  base::Writer pack;
  pack.raw("PACK").u32(kPackVersion).u32(static_cast<std::uint32_t>(known_.size()));
  pack.raw(entries_.bytes());
  const Bytes trailer = algorithm_ == HashAlgorithm::kSha1
                            ? base::to_bytes(base::sha1({pack.bytes()}))
                            : base::to_bytes(base::sha256(pack.bytes()));
  pack.raw(trailer);
  const std::filesystem::path path = folder / ("pack-" + base::to_hex(trailer) + ".pack");
  TRY_VOID(base::write_file_atomically(path, pack.bytes(), kPackMode));
  return path;
}

}  // namespace touchstone::git
