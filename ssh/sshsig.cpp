// SPDX-License-Identifier: Apache-2.0
#include "ssh/sshsig.h"

#include <utility>

#include "base/digest.h"
#include "ssh/armor.h"
#include "ssh/limits.h"
#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

constexpr std::string_view kMagic = "SSHSIG";
constexpr std::uint32_t kSshSigVersion = 1;
constexpr std::string_view kArmorLabel = "SSH SIGNATURE";

struct CommonFields {
  std::string name_space;
  SshSigHash hash;
};

// read_common reads namespace, reserved and hash name, which signed data and blob share. What is
// reserved must be empty: in the blob it is not covered by the signature, so any content would
// make a second valid blob of the same signature.
base::Result<CommonFields> read_common(base::Reader& reader) {
  CommonFields fields{};
  TRY_ASSIGN(fields.name_space, read_name(reader, kNamespaceMax, 1));
  TRY_VOID(reader.string(0));
  TRY(hash, reader.text(kHashNameMax));
  if (hash == name_of(SshSigHash::kSha512)) {
    fields.hash = SshSigHash::kSha512;
  } else if (hash == name_of(SshSigHash::kSha256)) {
    fields.hash = SshSigHash::kSha256;
  } else {
    return base::fail(Code::kUnsupported, "hash " + hash);
  }
  return fields;
}

base::Bytes digest_of(SshSigHash hash, ByteView message) {
  return hash == SshSigHash::kSha256 ? base::to_bytes(base::sha256(message))
                                     : base::to_bytes(base::sha512(message));
}

base::Result<SshSig> parse_blob(ByteView blob, PublicKeyCache* cache) {
  if (blob.size() > kArmorMax) {
    return base::fail(Code::kTooLong);
  }
  base::Reader reader(blob);
  TRY_VOID(reader.expect(base::as_bytes(kMagic)));
  TRY(version, reader.u32());
  if (version != kSshSigVersion) {
    return base::fail(Code::kUnsupported, "version " + std::to_string(version));
  }
  TRY(key_blob, reader.string(kKeyBlobMax));
  TRY(fields, read_common(reader));
  TRY(signature_blob, reader.string(kSignatureMax));
  TRY_VOID(reader.expect_end());
  TRY(signature, Signature::parse(signature_blob));
  TRY(key, cache == nullptr ? PublicKey::parse(key_blob) : cache->parse(key_blob));
  return SshSig{std::move(key), std::move(fields.name_space), fields.hash, std::move(signature)};
}

}  // namespace

std::string_view name_of(SshSigHash hash) {
  return hash == SshSigHash::kSha256 ? "sha256" : "sha512";
}

base::Result<SshSigData> SshSigData::parse(ByteView bytes) {
  base::Reader reader(bytes);
  TRY_VOID(reader.expect(base::as_bytes(kMagic)).with_context("SSHSIG data"));
  TRY(fields, read_common(reader).with_context("SSHSIG data"));
  const std::size_t size =
      fields.hash == SshSigHash::kSha256 ? sizeof(base::Sha256) : sizeof(base::Sha512);
  TRY(digest, reader.string(size, size).with_context("SSHSIG data"));
  TRY_VOID(reader.expect_end().with_context("SSHSIG data"));
  return SshSigData{std::move(fields.name_space), fields.hash, base::to_bytes(digest)};
}

SshSigData SshSigData::of_message(std::string_view name_space, SshSigHash hash, ByteView message) {
  return {std::string(name_space), hash, digest_of(hash, message)};
}

base::Bytes SshSigData::encode() const {
  base::Writer out;
  out.raw(kMagic).string(name_space).string("").string(name_of(hash)).string(digest);
  return std::move(out).take();
}

base::Result<SshSig> SshSig::parse(ByteView blob, PublicKeyCache* cache) {
  return parse_blob(blob, cache).with_context("SSHSIG");
}

base::Bytes SshSig::encode() const {
  base::Writer out;
  out.raw(kMagic).u32(kSshSigVersion).string(key.blob()).string(name_space).string("");
  out.string(name_of(hash)).string(signature.blob());
  return std::move(out).take();
}

base::Result<SshSig> SshSig::parse_armored(std::string_view text, PublicKeyCache* cache) {
  TRY(blob, unwrap_armor(kArmorLabel, text, kArmorMax, ArmorForm::kStrict).with_context("SSHSIG"));
  return parse(blob, cache);
}

std::string SshSig::armored() const { return armor(encode()); }

std::string armor(ByteView sshsig_blob) { return wrap_armor(kArmorLabel, sshsig_blob); }

bool is_canonical_armor(std::string_view parsed_text) { return has_canonical_lines(parsed_text); }

base::Result<base::Bytes> signed_data(const SshSig& sig, std::string_view name_space,
                                      ByteView message) {
  if (sig.name_space != name_space) {
    return base::fail(Code::kBadSignature, "made for namespace " + sig.name_space);
  }
  return SshSigData::of_message(name_space, sig.hash, message).encode();
}

base::Status verify_message(const SshSig& sig, std::string_view name_space, ByteView message) {
  TRY(data, signed_data(sig, name_space, message));
  return verify(sig.key, sig.signature, data);
}

}  // namespace touchstone::ssh
