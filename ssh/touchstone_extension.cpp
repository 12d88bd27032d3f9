// SPDX-License-Identifier: Apache-2.0
#include "ssh/touchstone_extension.h"

#include <algorithm>
#include <utility>

#include "ssh/limits.h"
#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

base::Status expect_version(base::Reader& reader) {
  TRY(version, reader.u8());
  if (version != kExtensionVersion) {
    return base::fail(Code::kUnsupported, "version " + std::to_string(version));
  }
  return {};
}

base::Result<SignObject> parse_sign_object(ByteView contents) {
  base::Reader reader(contents);
  TRY_VOID(expect_version(reader));
  TRY(key_blob, reader.string(kKeyBlobMax, 1));
  SignObject out;
  TRY_ASSIGN(out.name_space, read_name(reader, kNamespaceMax, 1));
  TRY_ASSIGN(out.hash_name, reader.text(kHashNameMax));
  if (out.hash_name != "sha512" && out.hash_name != "sha256") {
    return base::fail(Code::kUnsupported, "hash " + out.hash_name);
  }
  TRY(object, reader.string(kSignObjectMax));
  TRY_ASSIGN(out.repository, read_name(reader, kClientNoteMax));
  TRY_ASSIGN(out.position, reader.u32());
  TRY_ASSIGN(out.count, reader.u32());
  TRY_VOID(reader.expect_end());
  if (out.position > out.count || (out.position == 0) != (out.count == 0)) {
    return base::fail(Code::kMalformed, "position " + std::to_string(out.position) + " of " +
                                            std::to_string(out.count));
  }
  out.key_blob = base::to_bytes(key_blob);
  out.object = base::to_bytes(object);
  return out;
}

base::Result<SignObjectAnswer> parse_answer(ByteView contents) {
  base::Reader reader(contents);
  TRY_VOID(expect_version(reader));
  TRY(ok, reader.boolean());
  if (ok) {
    TRY(blob, reader.string(kArmorMax, 1));
    TRY_VOID(reader.expect_end());
    return SignObjectAnswer{base::to_bytes(blob)};
  }
  TRY(code, reader.u16());
  TRY(native, reader.u64());
  TRY(context, reader.text(kClientNoteMax));
  TRY_VOID(reader.expect_end());
  const auto errors = base::all_errors();
  const auto known = std::find_if(errors.begin(), errors.end(), [code](const auto& info) {
    return static_cast<std::uint16_t>(info.code) == code;
  });
  if (known == errors.end()) {
    return base::fail(Code::kMalformed, "error code " + std::to_string(code));
  }
  return SignObjectAnswer{
      base::fail(known->code, std::move(context), static_cast<std::int64_t>(native))};
}

}  // namespace

base::Result<SignObject> SignObject::parse(ByteView contents) {
  return parse_sign_object(contents).with_context("sign-object");
}

base::Bytes SignObject::encode() const {
  base::Writer out;
  out.u8(kExtensionVersion).string(key_blob).string(name_space).string(hash_name);
  out.string(object).string(repository).u32(position).u32(count);
  return std::move(out).take();
}

base::Result<SignObjectAnswer> SignObjectAnswer::parse(ByteView contents) {
  return parse_answer(contents).with_context("sign-object answer");
}

base::Bytes SignObjectAnswer::encode() const {
  base::Writer out;
  out.u8(kExtensionVersion).boolean(sshsig_blob.has_value());
  if (sshsig_blob.has_value()) {
    out.string(*sshsig_blob);
  } else {
    const base::Error& error = sshsig_blob.error();
    out.u16(static_cast<std::uint16_t>(error.code)).u64(static_cast<std::uint64_t>(error.native));
    // A context may be any length; cut here so that the answer can always be read.
    out.string(std::string_view(error.context).substr(0, kClientNoteMax));
  }
  return std::move(out).take();
}

}  // namespace touchstone::ssh
