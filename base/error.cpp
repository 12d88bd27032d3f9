// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/text.h"

namespace touchstone::base {
namespace {

constexpr AgentReply kPlain = AgentReply::kFailure;
constexpr AgentReply kKnown = AgentReply::kExtensionFailure;

constexpr std::array kErrors = {
    ErrorInfo{Code::kTruncated, "truncated", kPlain, Exit::kFailed, "data ends too early",
              "the sender cut it short; try again, and report it if it stays"},
    ErrorInfo{Code::kTrailingBytes, "trailing-bytes", kPlain, Exit::kFailed,
              "data goes on after its end",
              "it was altered or made by a faulty program; make it again"},
    ErrorInfo{Code::kTooLong, "too-long", kKnown, Exit::kFailed, "larger than the limit",
              "see the limits in touchstone-agent(8); split the object or sign a tag of it"},
    ErrorInfo{Code::kMalformed, "malformed", kPlain, Exit::kFailed, "not in the expected format",
              "it was altered or made by a faulty program; make it again"},
    ErrorInfo{Code::kUnsupported, "unsupported", kPlain, Exit::kFailed, "not supported",
              "see touchstone(1) for the kinds that are supported"},
    ErrorInfo{Code::kHashMismatch, "hash-mismatch", kKnown, Exit::kRefused,
              "the hash is not that of the object shown",
              "something changed the object on its way; look for a program that does, then try "
              "again"},
    ErrorInfo{Code::kNotAGitObject, "not-a-git-object", kKnown, Exit::kRefused,
              "not a git commit, tag or push certificate",
              "namespace git is kept for git objects; sign files with another namespace"},
    ErrorInfo{Code::kConfigInvalid, "config-invalid", kPlain, Exit::kFailed,
              "the configuration has an error",
              "mend what is named; touchstone config check looks at the agent's configuration, "
              "touchstone policy check at a repository's policy"},
    ErrorInfo{Code::kNotFound, "not-found", kKnown, Exit::kFailed, "not found",
              "check the name or the path"},
    ErrorInfo{Code::kAlreadyExists, "already-exists", kKnown, Exit::kFailed,
              "there is one by that name already",
              "use the one there is, choose another name, or remove the old one first"},
    ErrorInfo{Code::kWrongPassphrase, "wrong-passphrase", kPlain, Exit::kFailed,
              "the passphrase does not open this key file", "try again with the right one"},
    ErrorInfo{Code::kKeyNotFound, "key-not-found", kKnown, Exit::kFailed, "no key has that name",
              "touchstone keys lists the keys there are"},
    ErrorInfo{Code::kNoRepository, "no-repository", kPlain, Exit::kFailed,
              "there is no git repository here", "go to one, or make one: git init"},
    ErrorInfo{Code::kRequestNotFound, "request-not-found", kKnown, Exit::kFailed,
              "no request with that number waits", "touchstone status lists those that wait"},

    ErrorInfo{Code::kDenied, "denied", kKnown, Exit::kRefused, "refused by policy",
              "see [policy] in touchstone.toml(5) for what may be asked of this key"},
    ErrorInfo{Code::kNoPrompt, "no-prompt", kKnown, Exit::kRefused,
              "nobody could be shown what the touch is for",
              "run it from a terminal, from a desktop session, or keep touchstone watch open"},
    ErrorInfo{Code::kNoPresence, "no-presence", kKnown, Exit::kRefused,
              "the signature proves no touch",
              "the token answered without a touch: unplug it, and find out which program asked"},
    ErrorInfo{Code::kSoftwareKey, "software-key", kKnown, Exit::kRefused,
              "the key is on no token: its signature proves no touch",
              "sign with a key on a token: touchstone setup"},
    ErrorInfo{Code::kNoVerification, "no-verification", kKnown, Exit::kRefused,
              "the signature proves no PIN", "set a PIN on the token: touchstone pin set"},
    ErrorInfo{Code::kBadSignature, "bad-signature", kKnown, Exit::kRefused,
              "the signature does not verify",
              "do not use it: what was signed has changed since, or is something else; if a token "
              "made this just now, that token is faulty or false"},
    ErrorInfo{
        Code::kUnknownKey, "unknown-key", kPlain, Exit::kRefused, "the agent holds no such key",
        "touchstone keys lists what it holds, touchstone key import adds a token's; for a key "
        "in a file: git config --local gpg.ssh.program ssh-keygen"},
    ErrorInfo{Code::kCounterRegressed, "counter-regressed", kKnown, Exit::kRefused,
              "the token's counter did not rise",
              "the token may be a copy, or faulty: stop using it and revoke the key"},
    ErrorInfo{Code::kWrongApplication, "wrong-application", kKnown, Exit::kRefused,
              "the signature is for another application",
              "the token answered for another use of the key: unplug it and report this"},
    ErrorInfo{Code::kWrongRole, "wrong-role", kKnown, Exit::kRefused, "the key has another role",
              "make a key for this: touchstone key new --role sign (or login)"},
    ErrorInfo{
        Code::kUnsigned, "unsigned", kPlain, Exit::kFailed, "not signed",
        "sign it: touchstone sign RANGE, git commit --amend -S (the last one), or git tag -s"},
    ErrorInfo{
        Code::kUntrustedSigner, "untrusted-signer", kPlain, Exit::kFailed,
        "the allowed signers do not let the key sign this",
        "check whose key it is, then let it: touchstone policy add-signer where the repository "
        "has a policy, else a line (or its namespaces=) in gpg.ssh.allowedSignersFile"},

    ErrorInfo{Code::kCommitterMismatch, "committer-mismatch", kPlain, Exit::kFailed,
              "the committer is not the signer",
              "commit with the signer's address (git config user.email), or add it to the signer's "
              "line"},
    ErrorInfo{
        Code::kAuthorMismatch, "author-mismatch", kPlain, Exit::kFailed,
        "the author is not the signer",
        "commit it under the signer's own name (git commit --amend --reset-author), or let the "
        "policy have any_author"},
    ErrorInfo{
        Code::kNoEvidence, "no-evidence", kPlain, Exit::kFailed,
        "no attestation says that the key is in a token",
        "use a key that its token attests, and add that: touchstone policy add-evidence KEYFILE"},
    ErrorInfo{Code::kWebauthn, "webauthn", kPlain, Exit::kFailed,
              "the signature was made in a browser (webauthn), where those do not count",
              "sign it with git, or allow them: --allow-webauthn, or webauthn in the policy"},
    ErrorInfo{Code::kBelowPolicy, "below-policy", kPlain, Exit::kFailed,
              "less than the repository's policy demands", "sign it again with what is asked for"},
    ErrorInfo{Code::kNotPermitted, "not-permitted", kPlain, Exit::kFailed,
              "the repository's policy does not let this signer do that",
              "the policy's files in .touchstone/ say who may"},
    ErrorInfo{Code::kRefProtected, "ref-protected", kPlain, Exit::kFailed,
              "the server lets no push do that to this ref",
              "push to a ref of another name, or ask who runs the server"},
    ErrorInfo{Code::kNoSigners, "no-signers", kPlain, Exit::kUsage,
              "nothing says whose signatures count",
              "give --signers FILE, or set git's gpg.ssh.allowedSignersFile or "
              "touchstone.introduction"},
    ErrorInfo{Code::kRevokedKey, "revoked-key", kPlain, Exit::kFailed, "the key is revoked",
              "have it signed again with another key"},
    ErrorInfo{Code::kExpiredKey, "expired-key", kPlain, Exit::kFailed,
              "the key is past its time, and only the object itself says when it was made",
              "sign it again with a key that is valid"},
    ErrorInfo{Code::kNotIntroduced, "not-introduced", kPlain, Exit::kFailed,
              "not descended from the introduction, where trust starts",
              "rebase it onto a branch that is, or check which introduction was given"},
    ErrorInfo{Code::kPolicyChange, "policy-change", kPlain, Exit::kFailed,
              "the policy was changed by fewer signers than it asks for",
              "have other signers approve it, and amend the commit"},
    ErrorInfo{Code::kCounterRepeated, "counter-repeated", kPlain, Exit::kFailed,
              "one value of the token's counter stands in two signatures",
              "the token may be a copy, or faulty: stop using it and revoke the key"},
    ErrorInfo{Code::kCounterGap, "counter-gap", kPlain, Exit::kFailed,
              "the token made signatures that are in no record",
              "find out where it was used; if nobody knows, revoke the key"},
    ErrorInfo{Code::kPushCertificate, "push-certificate", kPlain, Exit::kFailed,
              "the push certificate does not hold for this push", "push again: git push --signed"},
    ErrorInfo{Code::kBatchRefused, "batch-refused", kPlain, Exit::kFailed,
              "a batch is not accepted for this", "sign each commit by itself"},
    ErrorInfo{
        Code::kShallow, "shallow", kPlain, Exit::kFailed,
        "the clone is shallow: history that is needed is not there",
        "git fetch --unshallow, or verify from an introduction, or a range, that begins inside the "
        "clone"},

    ErrorInfo{Code::kNoToken, "no-token", kKnown, Exit::kNoToken, "no token is plugged in",
              "plug it in and try again; touchstone doctor says what the agent can see"},
    ErrorInfo{Code::kWrongToken, "wrong-token", kKnown, Exit::kNoToken,
              "no token plugged in holds this key",
              "plug in the token the key was made on; touchstone keys names it"},
    ErrorInfo{Code::kTokenRemoved, "token-removed", kKnown, Exit::kNoToken,
              "the token was unplugged", "plug it in and try again; nothing was signed"},
    ErrorInfo{Code::kTokenBusy, "token-busy", kKnown, Exit::kFailed,
              "the token answers another request first",
              "unplug it, plug it in, and try again; do not touch it now: that would answer the "
              "other request"},
    ErrorInfo{Code::kTokenFailed, "token-failed", kKnown, Exit::kFailed,
              "the token did not give a usable answer",
              "unplug it, plug it in, try again; if it stays, try another token"},
    ErrorInfo{Code::kTokenFull, "token-full", kKnown, Exit::kFailed,
              "the token has no room for another resident credential",
              "delete one: touchstone token resident delete, or make the key without --resident"},
    ErrorInfo{Code::kCredentialExists, "credential-exists", kKnown, Exit::kFailed,
              "the token holds such a credential already",
              "use it, or delete it first: touchstone token resident"},
    ErrorInfo{Code::kUnsupportedByToken, "unsupported-by-token", kKnown, Exit::kFailed,
              "the token cannot do this", "touchstone token list says what it can do"},
    ErrorInfo{Code::kPinRequired, "pin-required", kKnown, Exit::kRefused, "the token wants its PIN",
              "run it where pinentry can ask you, and see [pin] in touchstone.toml(5)"},
    ErrorInfo{Code::kPinWrong, "pin-wrong", kKnown, Exit::kRefused, "wrong PIN",
              "try again; touchstone status shows the tries left"},
    ErrorInfo{Code::kPinBlocked, "pin-blocked", kKnown, Exit::kRefused,
              "the token's PIN is blocked",
              "only a reset of the token helps, and it destroys every key on it: use your second "
              "token"},
    ErrorInfo{Code::kPinAuthBlocked, "pin-auth-blocked", kKnown, Exit::kRefused,
              "too many wrong PINs in a row", "unplug the token, plug it in, and try again"},
    ErrorInfo{Code::kPinNotSet, "pin-not-set", kKnown, Exit::kRefused, "the token has no PIN yet",
              "set one: touchstone pin set"},
    ErrorInfo{Code::kPinIsSet, "pin-is-set", kPlain, Exit::kRefused, "the token has a PIN already",
              "touchstone pin change changes it"},
    ErrorInfo{Code::kSameToken, "same-token", kPlain, Exit::kRefused,
              "the token holds a key for this already, and a second one is for when it is lost",
              "unplug it and plug in the other token, or name that with --token"},
    ErrorInfo{Code::kPinLastTry, "pin-last-try", kKnown, Exit::kRefused,
              "one more wrong PIN would block the token",
              "if you are sure of the PIN, run: touchstone pin verify --last-try"},
    ErrorInfo{Code::kPinPolicy, "pin-policy", kKnown, Exit::kFailed, "the token refuses this PIN",
              "take 4 to 63 bytes, longer if the token says so"},

    ErrorInfo{Code::kDriverDied, "driver-died", kKnown, Exit::kFailed, "the token driver stopped",
              "it is started again by itself; try once more"},
    ErrorInfo{Code::kDriverTimeout, "driver-timeout", kKnown, Exit::kTimeout,
              "the token driver did not answer",
              "it is started again by itself; unplug the token, plug it in, and try once more"},
    ErrorInfo{Code::kAgentUnreachable, "agent-unreachable", kPlain, Exit::kFailed,
              "no agent answers",
              "start it: systemctl --user start touchstone-agent.socket, or run touchstone-agent"},
    ErrorInfo{Code::kConnectionLost, "connection-lost", kPlain, Exit::kFailed,
              "the connection to the agent broke", "nothing was signed; try again"},
    ErrorInfo{Code::kProtocol, "protocol", kPlain, Exit::kFailed,
              "the other side does not speak the protocol",
              "check that agent and programs are of one version: touchstone --version"},
    ErrorInfo{Code::kQueueFull, "queue-full", kKnown, Exit::kFailed,
              "too many requests are waiting for this token",
              "touchstone status shows them; touchstone cancel ID removes one"},
    ErrorInfo{Code::kAgentRefused, "agent-refused", kPlain, Exit::kRefused, "the agent refused",
              "touchstone status shows the last refusals and why"},

    ErrorInfo{Code::kSystem, "system", kKnown, Exit::kFailed, "the system refused",
              "mend what the message names and try again"},
    ErrorInfo{Code::kDiskFull, "disk-full", kKnown, Exit::kFailed, "no space left",
              "free some space; nothing is signed while the journal cannot be written"},
    ErrorInfo{Code::kNoSecureMemory, "no-secure-memory", kKnown, Exit::kFailed,
              "no locked memory for secrets", "raise the limit: ulimit -l, or LimitMEMLOCK="},
    ErrorInfo{Code::kSocketInUse, "socket-in-use", kPlain, Exit::kFailed,
              "another agent listens there", "stop it first, or choose another path with -a"},
    ErrorInfo{Code::kJournalBroken, "journal-broken", kKnown, Exit::kFailed,
              "the journal does not hold together",
              "run touchstone log verify to see where; keep the file as evidence"},
    ErrorInfo{Code::kPermission, "permission", kKnown, Exit::kFailed, "permission denied",
              "touchstone doctor names the file or device and the command that mends it"},
    ErrorInfo{Code::kExternalProgram, "external-program", kPlain, Exit::kFailed,
              "a program we rely on failed", "run it by hand to see why"},

    ErrorInfo{Code::kCancelled, "cancelled", kKnown, Exit::kRefused, "cancelled",
              "nothing was signed; ask again when you mean it"},
    ErrorInfo{Code::kTouchTimeout, "touch-timeout", kKnown, Exit::kTimeout,
              "the token was not touched in time", "try again and touch it when it blinks"},
    ErrorInfo{Code::kPinCancelled, "pin-cancelled", kKnown, Exit::kRefused, "the PIN was not given",
              "nothing was signed; try again"},
    ErrorInfo{Code::kUsage, "usage", kPlain, Exit::kUsage, "wrong use of the command",
              "see --help"},
};

}  // namespace

std::span<const ErrorInfo> all_errors() { return kErrors; }

const ErrorInfo& describe(Code code) {
  const auto* found = std::find_if(kErrors.begin(), kErrors.end(),
                                   [code](const ErrorInfo& info) { return info.code == code; });
  if (found == kErrors.end()) {
    std::abort();  // a Code without its words is a bug; tests/base/error_test.cpp walks them all
  }
  return *found;
}

Error Error::with_context(std::string_view what) && {
  context = context.empty() ? std::string(what) : std::string(what) + ": " + context;
  return std::move(*this);
}

Error from_errno(int errno_value, std::string context) {
  Code code = Code::kSystem;
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      code = Code::kDiskFull;
      break;
    case EACCES:
    case EPERM:
      code = Code::kPermission;
      break;
    case ENOENT:
      code = Code::kNotFound;
      break;
    case EEXIST:
      code = Code::kAlreadyExists;
      break;
    case EADDRINUSE:
      code = Code::kSocketInUse;
      break;
    default:  // not an enum
      break;
  }
  if (!context.empty()) {
    context += ": ";
  }
  context += std::generic_category().message(errno_value);
  return Error{code, errno_value, std::move(context)};
}

std::string message_of(const Error& error) {
  std::string text;
  if (!error.context.empty()) {
    text = escape_for_display(error.context, kErrorColumnsMax) + ": ";
  }
  text += describe(error.code).message;
  if (error.code == Code::kPinWrong && error.native >= 0) {
    text += ", " + std::to_string(error.native) + (error.native == 1 ? " try left" : " tries left");
  }
  return text;
}

std::string format_error(const Error& error) {
  return "error: " + message_of(error) + "\nhint: " + std::string(describe(error.code).hint) + "\n";
}

}  // namespace touchstone::base
