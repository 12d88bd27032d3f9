// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace touchstone::ssh {

// Our extensions of the agent protocol (RFC 9987 section 5.8), specified in
// docs/agent-extensions.md. The domain is one constant until the project has one.
#define TOUCHSTONE_EXTENSION_DOMAIN "@touchstone.example"
constexpr std::string_view kSignObjectExtension = "sign-object" TOUCHSTONE_EXTENSION_DOMAIN;
// control carries a JSON request and a JSON answer: what the command line needs.
constexpr std::string_view kControlExtension = "control" TOUCHSTONE_EXTENSION_DOMAIN;

constexpr std::uint8_t kExtensionVersion = 1;
constexpr std::size_t kControlMax = 192 * 1024;
constexpr std::size_t kClientNoteMax = 4096;

// SignObject asks for an SSHSIG over a whole object, so that the agent can show it and hash it
// itself. Contents: byte version, string key blob, string namespace, string hash name, string
// object, string repository (a path, claimed by the client, shown as such), uint32 position,
// uint32 count ("3 of 10"; 0 of 0 when not known). parse refuses a position of 0 or above count
// otherwise, an empty key, an empty namespace, other hashes and trailing bytes; what it cannot
// know, like whether the key is ours, is the agent's to judge.
struct SignObject {
  base::Bytes key_blob;
  std::string name_space;
  std::string hash_name;  // "sha512" or "sha256"
  base::Bytes object;
  std::string repository;
  std::uint32_t position{0};
  std::uint32_t count{0};

  static base::Result<SignObject> parse(base::ByteView contents);
  base::Bytes encode() const;
};

// The answer's contents: byte version, byte ok; when ok is 1: string SSHSIG blob. When 0: uint16
// error code (base::Code), uint64 native, string context. A refusal is an answer and not
// SSH_AGENT_EXTENSION_FAILURE, so that the client can say why.
struct SignObjectAnswer {
  base::Result<base::Bytes> sshsig_blob = base::Bytes{};

  static base::Result<SignObjectAnswer> parse(base::ByteView contents);
  base::Bytes encode() const;
};

}  // namespace touchstone::ssh
