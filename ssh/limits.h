// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace touchstone::ssh {

// Limits on everything that is parsed in ssh/. Sizes in bytes.

// One agent message, without its length field: what OpenSSH's agent takes (AGENT_MAX_LEN).
constexpr std::size_t kAgentMessageMax = 256 * 1024;
// The object of a sign-object request: a message less room for its other fields.
constexpr std::size_t kSignObjectMax = 240 * 1024;
constexpr std::size_t kExtensionNameMax = 128;
constexpr std::size_t kKeyBlobMax = 64 * 1024;
constexpr std::size_t kSignatureMax = 16 * 1024;
constexpr std::size_t kCommentMax = 1024;
constexpr std::size_t kApplicationMax = 256;
constexpr std::size_t kKeyHandleMax = 1024;
constexpr std::size_t kUserMax = 256;
constexpr std::size_t kSessionIdMax = 128;
constexpr std::size_t kNamespaceMax = 256;
constexpr std::size_t kHashNameMax = 16;
constexpr std::size_t kKeysPerListMax = 1024;
constexpr std::size_t kConstraintsMax = 16;
constexpr std::size_t kExtensionsPerQueryMax = 256;
constexpr std::size_t kPrincipalsMax = 256;
constexpr std::size_t kPrincipalBytesMax = 1024;
constexpr std::size_t kCertificateOptionsMax = 64;
constexpr std::size_t kCertificateNonceMax = 256;
constexpr std::size_t kKeyCacheMax = 4096;
constexpr std::size_t kRsaModulusBitsMin = 2048;
constexpr std::size_t kRsaModulusBitsMax = 16384;
constexpr std::size_t kPrivateKeyFileMax = 64 * 1024;
constexpr std::size_t kArmorMax = 64 * 1024;
constexpr std::size_t kAllowedSignersFileMax = 16 * 1024 * 1024;
constexpr std::size_t kAllowedSignersLineMax = 128 * 1024;
// One pattern of a list, without its "!": what OpenSSH's buffer of 1024 takes.
constexpr std::size_t kPatternMax = 1022;
constexpr std::size_t kWebauthnFieldMax = 4096;
constexpr unsigned kBcryptRoundsMax = 1024;
constexpr std::size_t kBcryptSaltMax = 64;
constexpr std::size_t kBcryptKeyMax = 64;

}  // namespace touchstone::ssh
