// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace touchstone::ssh {

// ArmorForm is how strictly a block is read.
enum class ArmorForm {
  // One text per value: LF line ends, at most one final newline, nothing before or after.
  kStrict,
  // As ssh-keygen reads private key files: CR LF as well, blank lines after the end.
  kFile,
};

// wrap_armor gives "-----BEGIN LABEL-----", base64 in lines of 70 columns and the end line.
std::string wrap_armor(std::string_view label, base::ByteView bytes);

// unwrap_armor reads exactly one block of at most max bytes of content, in lines of at most
// 76 columns, none empty.
base::Result<base::Bytes> unwrap_armor(std::string_view label, std::string_view text,
                                       std::size_t max, ArmorForm form);

// has_canonical_lines says whether a block that unwrap_armor takes in its strict form is what
// wrap_armor gives: base64 has one form for any bytes, so all there is to look at are line ends.
bool has_canonical_lines(std::string_view block);

}  // namespace touchstone::ssh
