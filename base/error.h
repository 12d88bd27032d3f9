// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace touchstone::base {

// Code says what kind of failure it was, for the whole project. Ranges: input 1xx, policy 2xx,
// token 3xx, transport 4xx, system 5xx, user 6xx. The numbers are part of the driver protocol:
// never reuse one.
enum class Code : std::uint16_t {
  // Input: bytes from outside are not what they must be.
  kTruncated = 100,
  kTrailingBytes = 101,
  kTooLong = 102,
  kMalformed = 103,
  kUnsupported = 104,
  kHashMismatch = 105,
  kNotAGitObject = 106,
  kConfigInvalid = 107,
  kNotFound = 108,  // a file, or what has no code of its own
  kAlreadyExists = 109,
  kWrongPassphrase = 110,
  kKeyNotFound = 111,      // no key of that name
  kRequestNotFound = 112,  // no request of that number waits
  kNoRepository = 113,     // git is asked about a repository where none is

  // Policy: the request is well formed and may not be granted.
  kDenied = 200,
  kNoPrompt = 201,        // nobody could be shown what the touch is for
  kNoPresence = 202,      // signature without the user presence flag
  kNoVerification = 203,  // signature without the user verification flag where it is required
  kBadSignature = 204,
  kUnknownKey = 205,
  kCounterRegressed = 206,
  kWrongApplication = 207,
  kWrongRole = 208,
  kUnsigned = 209,
  kUntrustedSigner = 210,
  kCommitterMismatch = 211,
  kBelowPolicy = 212,   // the signature proves less than a rule demands
  kNotPermitted = 213,  // the signer may do this nowhere, or not here
  kRevokedKey = 214,
  kExpiredKey = 215,
  kNotIntroduced = 216,  // not descended from the commit where trust starts
  kPolicyChange = 217,   // too few signers for a change of the repository's policy
  kCounterRepeated = 218,
  kCounterGap = 219,  // native: signatures that nobody knows of, where that is known
  kPushCertificate = 220,
  kBatchRefused = 221,
  kShallow = 222,
  kSoftwareKey = 223,   // a key outside of tokens
  kRefProtected = 224,  // no push may change the ref like this, whoever signed what
  kNoSigners = 225,     // nothing says whose signatures count
  kAuthorMismatch = 226,
  kNoEvidence = 227,  // no attestation says that the key is in a token
  kWebauthn = 228,    // a signature made in a browser, where those do not count

  // Token.
  kNoToken = 300,
  kWrongToken = 301,  // tokens are there, none holds the key
  kTokenRemoved = 302,
  kTokenBusy = 303,
  kTokenFailed = 304,  // the token answered with an error or with garbage
  kTokenFull = 305,
  kCredentialExists = 306,
  kUnsupportedByToken = 307,
  kPinRequired = 310,
  kPinWrong = 311,        // native: tries left, -1 when the token does not say
  kPinBlocked = 312,      // only a reset of the token helps
  kPinAuthBlocked = 313,  // unplug and plug in again
  kPinNotSet = 314,
  kPinLastTry = 315,  // refused because a wrong PIN would block the token
  kPinPolicy = 316,   // too short, too long
  kPinIsSet = 317,    // there is one, where a first one was to be set
  kSameToken = 318,   // it holds the key that another token was to stand in for

  // Transport: between our own processes, and with clients.
  kDriverDied = 400,
  kDriverTimeout = 401,
  kAgentUnreachable = 402,
  kConnectionLost = 403,
  kProtocol = 404,
  kQueueFull = 405,
  kAgentRefused = 406,  // the agent said no without a reason (SSH_AGENT_FAILURE)

  // System.
  kSystem = 500,  // native: errno
  kDiskFull = 501,
  kNoSecureMemory = 502,
  kSocketInUse = 503,
  kJournalBroken = 504,
  kPermission = 505,
  kExternalProgram = 506,  // native: its exit status

  // User.
  kCancelled = 600,
  kTouchTimeout = 601,
  kPinCancelled = 602,
  kUsage = 603,
};

// Exit status of our programs, documented in touchstone(1).
enum class Exit : std::uint8_t {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kNoToken = 3,
  kRefused = 4,
  kTimeout = 5,
};

// AgentReply is what an SSH agent client is told (RFC 9987 section 5.1 and 5.8).
enum class AgentReply : std::uint8_t { kFailure = 5, kExtensionFailure = 28 };

// ErrorInfo is the one place where a Code gets its words.
struct ErrorInfo {
  Code code;
  std::string_view word;  // journal and --json: "pin-wrong"
  AgentReply agent_reply;
  Exit exit;
  std::string_view message;  // what failed, lower case, no full stop
  std::string_view hint;     // what to do about it; never empty
};

const ErrorInfo& describe(Code code);
std::span<const ErrorInfo> all_errors();

// Error is a Code, the native number behind it (errno, FIDO_ERR_*, …) and, from the outside in,
// what was being done to what. Context may hold text from outside: escape it before display
// (base/text.h does so in format_error).
struct Error {
  Code code{};
  std::int64_t native{0};
  std::string context{};

  Error with_context(std::string_view what) &&;
  bool operator==(const Error&) const = default;
};

// from_errno maps ENOSPC, EDQUOT, EACCES, EPERM, ENOENT, EEXIST and EADDRINUSE to their own
// codes and everything else to kSystem; context gets ": STRERROR" appended.
Error from_errno(int errno_value, std::string context);

// message_of gives "CONTEXT: MESSAGE", escaped for display, one line.
std::string message_of(const Error& error);

// format_error gives what a person is shown on stderr:
//   error: MESSAGE\nhint: HINT\n
std::string format_error(const Error& error);

}  // namespace touchstone::base
