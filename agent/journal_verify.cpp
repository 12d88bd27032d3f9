// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "agent/journal.h"
#include "agent/journal_chain.h"
#include "base/encoding.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"
#include "tokens/limits.h"

namespace touchstone::agent {
namespace {

base::Result<base::FileDescriptor> open_for_reading(const std::filesystem::path& path) {
  base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat info {};
  if (!file.valid() || fstat(file.get(), &info) != 0) {
    return base::fail(base::from_errno(errno, path.string()));
  }
  if (!S_ISREG(info.st_mode)) {
    return base::fail(base::Code::kMalformed, path.string() + ": not a regular file");
  }
  return file;
}

// A token that counts has to count on; one that does not always says 0 (WebAuthn Level 2,
// section 7.2 step 21).
bool has_risen(std::optional<std::uint32_t> last, std::uint32_t now) {
  return (now == 0 && last.value_or(0) == 0) || now > last.value_or(0);
}

base::Status check_presence(const JournalChain::Open& intent, const ssh::SkFields& fields) {
  if (!fields.user_presence()) {
    return base::fail(base::Code::kNoPresence);
  }
  if (intent.presence == "touch+pin" && !fields.user_verification()) {
    return base::fail(base::Code::kNoVerification);
  }
  return {};
}

// check_counter comes for signatures that verify.
base::Status check_counter(const JournalChain& chain, const base::Bytes& key_blob,
                           const ssh::SkFields& fields, const JournalLine& line) {
  if (line.counter != fields.counter) {
    return base::fail(base::Code::kJournalBroken, "the counter is not the signature's");
  }
  if (!has_risen(chain.last_counter(key_blob), fields.counter)) {
    return base::fail(base::Code::kCounterRegressed);
  }
  return {};
}

base::Result<ssh::SkFields> verified_fields(const base::Bytes& key_blob, const base::Bytes& data,
                                            const JournalLine& line) {
  TRY(key, ssh::PublicKey::parse(key_blob));
  TRY(signature, ssh::Signature::parse(line.signature));
  TRY_VOID(ssh::verify(key, signature, data));
  if (!signature.sk()) {
    return base::fail(base::Code::kNoPresence, "not a security key's signature");
  }
  return *signature.sk();
}

base::Status check_signature(const JournalChain& chain, const JournalChain::Open& intent,
                             const JournalLine& line) {
  TRY(fields, verified_fields(intent.key_blob, intent.data, line));
  TRY_VOID(check_presence(intent, fields));
  return check_counter(chain, intent.key_blob, fields, line);
}

// A probe needs no touch, but nothing that somebody could want signed may pass for one.
base::Status check_probe(const JournalChain& chain, const JournalLine& line) {
  if (line.data.size() != tokens::kSilentDataBytes) {
    return base::fail(base::Code::kJournalBroken, "a probe over other data");
  }
  TRY(fields, verified_fields(line.key_blob, line.data, line));
  return check_counter(chain, line.key_blob, fields, line);
}

// The line's own fault keeps its code; a key or signature that cannot be parsed is a journal
// that was not written by an agent.
base::Error at_line(const JournalChain& chain, base::Error error) {
  const bool keep =
      error.code == base::Code::kBadSignature || error.code == base::Code::kNoPresence ||
      error.code == base::Code::kNoVerification || error.code == base::Code::kCounterRegressed;
  error.code = keep ? error.code : base::Code::kJournalBroken;
  return std::move(error).with_context("line " + std::to_string(chain.lines() + 1));
}

}  // namespace

base::Result<JournalSummary> verify_journal(const std::filesystem::path& path) {
  // The head comes first: a journal that is being written may only have grown since.
  TRY(head, read_journal_head(path));
  TRY(file, open_for_reading(path));
  JournalChain chain;
  if (head) {
    chain.expect_head(*head);
  }
  chain.on_success([&chain](const JournalChain::Open& intent, const JournalLine& line) {
    base::Status done = check_signature(chain, intent, line);
    return done ? done : base::Status(base::fail(at_line(chain, std::move(done.error()))));
  });
  chain.on_probe([&chain](const JournalLine& line) {
    base::Status done = check_probe(chain, line);
    return done ? done : base::Status(base::fail(at_line(chain, std::move(done.error()))));
  });
  auto scan =
      scan_journal(file.get(), [&chain](std::string_view line) { return chain.accept(line); });
  if (!scan) {
    const bool long_line = scan.error().code == base::Code::kTooLong;
    scan.error().code = long_line ? base::Code::kJournalBroken : scan.error().code;
    return base::fail(std::move(scan.error()).with_context(path.string()));
  }
  TRY_VOID(chain.finish().with_context(path.string()));
  if (chain.lines() == 0) {
    return base::fail(base::Code::kJournalBroken, path.string() + ": empty");
  }
  // Half a line is what an agent killed in the middle leaves. Without a head it could as well be
  // a line whose end somebody cut off.
  if (scan->torn_bytes > 0 && !head) {
    return base::fail(
        base::Code::kJournalBroken,
        path.string() + ": line " + std::to_string(chain.lines() + 1) + ": has no end");
  }
  return JournalSummary{chain.lines(),
                        chain.signatures(),
                        chain.probes(),
                        chain.unfinished(),
                        scan->torn_bytes,
                        head.has_value(),
                        base::to_hex(chain.last_hash())};
}

base::Status for_each_journal_line(const std::filesystem::path& path,
                                   const std::function<base::Status(std::string_view)>& on_line) {
  TRY(file, open_for_reading(path));
  TRY_VOID(scan_journal(file.get(), on_line).with_context(path.string()));
  return {};
}

}  // namespace touchstone::agent
