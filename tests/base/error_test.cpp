// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <cerrno>
#include <cstdint>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"

namespace touchstone::base {
namespace {

// Every Code, by the switch below: the compiler (-Wswitch-enum) refuses a Code that is not in it,
// and the count is compared with the table.
bool is_code(Code code) {
  // A line for each would be a page.
  // clang-format off
  switch (code) {
    case Code::kTruncated: case Code::kTrailingBytes: case Code::kTooLong: case Code::kMalformed:
    case Code::kUnsupported: case Code::kHashMismatch: case Code::kNotAGitObject:
    case Code::kConfigInvalid: case Code::kNotFound: case Code::kAlreadyExists:
    case Code::kWrongPassphrase: case Code::kKeyNotFound: case Code::kRequestNotFound: case Code::kNoRepository: case Code::kSameToken:
    case Code::kDenied: case Code::kNoPrompt: case Code::kNoPresence: case Code::kNoVerification:
    case Code::kSoftwareKey: case Code::kRefProtected: case Code::kNoSigners: case Code::kPinIsSet:
    case Code::kAuthorMismatch: case Code::kNoEvidence: case Code::kWebauthn:
    case Code::kBadSignature: case Code::kUnknownKey: case Code::kCounterRegressed:
    case Code::kWrongApplication: case Code::kWrongRole: case Code::kUnsigned:
    case Code::kUntrustedSigner: case Code::kCommitterMismatch: case Code::kBelowPolicy:
    case Code::kNotPermitted: case Code::kRevokedKey: case Code::kExpiredKey:
    case Code::kNotIntroduced: case Code::kPolicyChange: case Code::kCounterRepeated:
    case Code::kCounterGap: case Code::kPushCertificate: case Code::kBatchRefused:
    case Code::kShallow: case Code::kNoToken: case Code::kWrongToken: case Code::kTokenRemoved:
    case Code::kTokenBusy: case Code::kTokenFailed: case Code::kTokenFull:
    case Code::kCredentialExists: case Code::kUnsupportedByToken: case Code::kPinRequired:
    case Code::kPinWrong: case Code::kPinBlocked: case Code::kPinAuthBlocked: case Code::kPinNotSet:
    case Code::kPinLastTry: case Code::kPinPolicy: case Code::kDriverDied:
    case Code::kDriverTimeout: case Code::kAgentUnreachable: case Code::kConnectionLost:
    case Code::kProtocol: case Code::kQueueFull: case Code::kAgentRefused: case Code::kSystem:
    case Code::kDiskFull: case Code::kNoSecureMemory: case Code::kSocketInUse:
    case Code::kJournalBroken: case Code::kPermission: case Code::kExternalProgram:
    case Code::kCancelled: case Code::kTouchTimeout: case Code::kPinCancelled: case Code::kUsage:
      return true;
  }
  // clang-format on
  return false;
}

TEST(ErrorTable, HasEveryCodeOnce) {
  std::set<Code> described;
  for (const ErrorInfo& info : all_errors()) {
    EXPECT_TRUE(is_code(info.code)) << info.word;
    EXPECT_TRUE(described.insert(info.code).second) << info.word;
    EXPECT_EQ(&describe(info.code), &info);
  }
  for (std::uint16_t number = 0; number < 1000; ++number) {
    const Code code{number};
    EXPECT_EQ(is_code(code), described.contains(code)) << number;
  }
}

bool is_word(std::string_view word) {
  return !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == word.npos;
}

TEST(ErrorTable, HasUsableFields) {
  std::set<std::string_view> words;
  std::set<std::string_view> messages;
  for (const ErrorInfo& info : all_errors()) {
    EXPECT_TRUE(is_word(info.word)) << info.word;
    EXPECT_TRUE(words.insert(info.word).second) << info.word;
    EXPECT_TRUE(messages.insert(info.message).second) << info.message;
    for (const std::string_view text : {info.message, info.hint}) {
      EXPECT_FALSE(text.empty()) << info.word;
      EXPECT_TRUE(is_displayable(text)) << info.word;
      EXPECT_NE(text.back(), '.') << info.word;
    }
    EXPECT_TRUE(std::islower(static_cast<unsigned char>(info.message.front()))) << info.word;
    EXPECT_NE(info.exit, Exit::kOk) << info.word;
    EXPECT_TRUE(info.agent_reply == AgentReply::kFailure ||
                info.agent_reply == AgentReply::kExtensionFailure)
        << info.word;
  }
}

TEST(ErrorTable, KeepsTheNumbersOfTheProtocols) {
  EXPECT_EQ(static_cast<int>(AgentReply::kFailure), 5);            // SSH_AGENT_FAILURE
  EXPECT_EQ(static_cast<int>(AgentReply::kExtensionFailure), 28);  // SSH_AGENT_EXTENSION_FAILURE
  EXPECT_EQ(static_cast<int>(Code::kPinWrong), 311);
  EXPECT_EQ(static_cast<int>(Code::kUsage), 603);
  EXPECT_EQ(static_cast<int>(Exit::kTimeout), 5);
}

TEST(ErrorTable, GivesTheDocumentedExits) {
  EXPECT_EQ(describe(Code::kUsage).exit, Exit::kUsage);
  EXPECT_EQ(describe(Code::kNoToken).exit, Exit::kNoToken);
  EXPECT_EQ(describe(Code::kCancelled).exit, Exit::kRefused);
  EXPECT_EQ(describe(Code::kTouchTimeout).exit, Exit::kTimeout);
  EXPECT_EQ(describe(Code::kTruncated).exit, Exit::kFailed);
}

using ErrorTableDeathTest = ::testing::Test;

TEST(ErrorTableDeathTest, StopsAtACodeWithoutWords) {
  EXPECT_DEATH(static_cast<void>(describe(Code{999})), "");
}

TEST(Error, MapsErrno) {
  EXPECT_EQ(from_errno(ENOSPC, "").code, Code::kDiskFull);
  EXPECT_EQ(from_errno(EDQUOT, "").code, Code::kDiskFull);
  EXPECT_EQ(from_errno(EACCES, "").code, Code::kPermission);
  EXPECT_EQ(from_errno(EPERM, "").code, Code::kPermission);
  EXPECT_EQ(from_errno(ENOENT, "").code, Code::kNotFound);
  EXPECT_EQ(from_errno(EEXIST, "").code, Code::kAlreadyExists);
  EXPECT_EQ(from_errno(EADDRINUSE, "").code, Code::kSocketInUse);
  EXPECT_EQ(from_errno(EIO, "").code, Code::kSystem);
  const Error error = from_errno(EIO, "writing journal");
  EXPECT_EQ(error.native, EIO);
  EXPECT_EQ(error.context, "writing journal: Input/output error");
  EXPECT_EQ(from_errno(EIO, "").context, "Input/output error");
}

TEST(Error, GathersContextFromTheOutsideIn) {
  const Error error =
      Error{Code::kTruncated, 0, "at offset 3"}.with_context("key alice").with_context("reading");
  EXPECT_EQ(error.context, "reading: key alice: at offset 3");
  EXPECT_EQ(Error{Code::kTruncated}.with_context("reading").context, "reading");
}

TEST(Error, IsShownAsErrorAndHint) {
  EXPECT_EQ(format_error({Code::kUsage, 0, ""}),
            "error: wrong use of the command\nhint: see --help\n");
  EXPECT_EQ(format_error({Code::kUsage, 0, "key new"}),
            "error: key new: wrong use of the command\nhint: see --help\n");
}

TEST(Error, EscapesItsContext) {
  const Error error{Code::kUsage, 0, "\x1b]0;owned\x07\n/tmp/\xe2\x80\xae"};
  EXPECT_EQ(message_of(error), "\\x1b]0;owned\\x07\\x0a/tmp/\\u{202e}: wrong use of the command");
}

TEST(Error, CutsItsContext) {
  const std::string message = message_of({Code::kUsage, 0, std::string(kErrorColumnsMax + 1, 'a')});
  EXPECT_EQ(message, std::string(kErrorColumnsMax - 1, 'a') + "…: wrong use of the command");
  const std::string whole = message_of({Code::kUsage, 0, std::string(kErrorColumnsMax, 'a')});
  EXPECT_EQ(whole, std::string(kErrorColumnsMax, 'a') + ": wrong use of the command");
}

TEST(Error, CountsTheTriesLeft) {
  EXPECT_EQ(message_of({Code::kPinWrong, 7, ""}), "wrong PIN, 7 tries left");
  EXPECT_EQ(message_of({Code::kPinWrong, 1, ""}), "wrong PIN, 1 try left");
  EXPECT_EQ(message_of({Code::kPinWrong, 0, ""}), "wrong PIN, 0 tries left");
  EXPECT_EQ(message_of({Code::kPinWrong, -1, ""}), "wrong PIN");
}

}  // namespace
}  // namespace touchstone::base
