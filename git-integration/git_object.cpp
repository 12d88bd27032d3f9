// SPDX-License-Identifier: Apache-2.0
#include "git-integration/git_object.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "git-integration/limits.h"
#include "git-integration/signed_object.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kTreePrefix = "tree ";
constexpr std::string_view kObjectPrefix = "object ";
constexpr std::string_view kCertificatePrefix = "certificate version ";
constexpr std::string_view kCertificateVersion = "0.1";
constexpr std::size_t kDateDigitsMax = 18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Hashes takes object names and holds them to one length within an object.
class Hashes {
 public:
  Status check(std::string_view hex, std::string_view what) {
    const bool known = hex.size() == hex_size(HashAlgorithm::kSha1) ||
                       hex.size() == hex_size(HashAlgorithm::kSha256);
    const bool digits = std::all_of(hex.begin(), hex.end(),
                                    [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
    if (!known || !digits) {
      return fail(Code::kMalformed, std::string(what) + ": not an object name");
    }
    if (size_ != 0 && size_ != hex.size()) {
      return fail(Code::kMalformed, std::string(what) + ": names of two hash algorithms");
    }
    size_ = hex.size();
    return {};
  }
  HashAlgorithm algorithm() const {
    return size_ == hex_size(HashAlgorithm::kSha256) ? HashAlgorithm::kSha256
                                                     : HashAlgorithm::kSha1;
  }

 private:
  std::size_t size_ = 0;
};

// field takes the next line, which must begin with `keyword` and a space.
Result<std::string_view> field(Lines& lines, std::string_view keyword) {
  const auto line = lines.next();
  if (!line || !lines.terminated() || !line->starts_with(keyword) ||
      line->substr(keyword.size(), 1) != " ") {
    return fail(Code::kMalformed, "no " + std::string(keyword) + " line where there must be one");
  }
  return line->substr(keyword.size() + 1);
}

// next_is says whether the next line begins with `keyword` and a space.
bool next_is(const Lines& lines, std::string_view keyword) {
  const auto after = strip_prefix(lines.rest(), keyword);
  return after && after->starts_with(' ');
}

struct Date {
  std::uint64_t seconds;
  std::string_view zone;
};

// parse_date takes "SECONDS ZONE": decimal without leading zero, sign and four digits.
Result<Date> parse_date(std::string_view text, std::string_view what) {
  const auto malformed = [&] { return fail(Code::kMalformed, std::string(what) + ": bad date"); };
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || space == 0 || space > kDateDigitsMax) {
    return malformed();
  }
  const std::string_view digits = text.substr(0, space);
  const std::string_view zone = text.substr(space + 1);
  if (!std::all_of(digits.begin(), digits.end(), is_digit) ||
      (digits.size() > 1 && digits.front() == '0')) {
    return malformed();
  }
  if (zone.size() != 5 || (zone.front() != '+' && zone.front() != '-') ||
      !std::all_of(zone.begin() + 1, zone.end(), is_digit)) {
    return malformed();
  }
  Date date{0, zone};
  for (const char digit : digits) {
    date.seconds = date.seconds * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return date;
}

Result<Identity> parse_identity(std::string_view text, std::string_view what) {
  const auto malformed = [&](const char* why) {
    return fail(Code::kMalformed, std::string(what) + ": " + why);
  };
  if (text.size() > kIdentityMax) {
    return fail(Code::kTooLong, std::string(what));
  }
  const std::size_t open = text.find('<');
  const std::size_t close = text.find('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
      text.find('<', open + 1) != std::string_view::npos ||
      text.find('>', close + 1) != std::string_view::npos) {
    return malformed("no <email>, or more than one");
  }
  Identity identity;
  identity.text = text;
  identity.name = text.substr(0, open);
  if (!identity.name.empty()) {
    if (identity.name.back() != ' ') {
      return malformed("no space before <email>");
    }
    identity.name.remove_suffix(1);
  }
  identity.email = text.substr(open + 1, close - open - 1);
  if (text.substr(close + 1, 1) != " ") {
    return malformed("no date");
  }
  TRY(date, parse_date(text.substr(close + 2), what));
  identity.seconds = date.seconds;
  identity.zone = date.zone;
  return identity;
}

// first_line gives the first line that is not blank, without white space around it.
std::string_view first_line(std::string_view message) {
  constexpr std::string_view kBlank = " \t\r\v\f";
  Lines lines(message);
  while (const auto line = lines.next()) {
    const std::size_t begin = line->find_first_not_of(kBlank);
    if (begin != std::string_view::npos) {
      return line->substr(begin, line->find_last_not_of(kBlank) - begin + 1);
    }
  }
  return {};
}

bool is_name(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
  });
}

// unfold takes a header's first line and the continuation lines that follow it.
std::string unfold(std::string_view first, Lines& lines) {
  std::string text(first);
  text += '\n';
  while (lines.peek() == ' ') {
    text += lines.next()->substr(1);
    text += '\n';
  }
  return text;
}

Result<ParsedObject> parse_tag(std::string_view text);

Result<MergeTag> parse_merge_tag(std::string_view folded_first, Lines& lines, Hashes& hashes) {
  const std::string text = unfold(folded_first, lines);
  TRY(split, split_signed_object(ObjectKind::kTag, hashes.algorithm(), base::as_bytes(text)));
  TRY(parsed, parse_tag(base::as_text(split.payload)));
  const Tag& tag = *parsed.tag();
  TRY_VOID(hashes.check(tag.object, "mergetag"));
  return MergeTag{std::string(tag.object), std::string(tag.type), std::string(tag.name)};
}

// parse_other_header takes what may follow the committer: encoding once, mergetag, and headers
// git does not know, which must not look like those it does.
Status parse_other_header(std::string_view line, Lines& lines, Hashes& hashes, Commit& commit) {
  const std::size_t space = line.find(' ');
  const std::string_view name = line.substr(0, space);
  if (space == std::string_view::npos || !is_name(name, kHeaderNameMax)) {
    return fail(Code::kMalformed, "a header without name or value");
  }
  const std::string_view value = line.substr(space + 1);
  constexpr std::array<std::string_view, 4> kOnlyAtTheTop = {"tree", "parent", "author",
                                                             "committer"};
  if (std::find(kOnlyAtTheTop.begin(), kOnlyAtTheTop.end(), name) != kOnlyAtTheTop.end()) {
    return fail(Code::kMalformed, "a second or misplaced " + std::string(name) + " header");
  }
  if (name.starts_with("gpgsig")) {
    return fail(Code::kMalformed, "a signature header in what is to be signed");
  }
  if (name == "mergetag") {
    if (commit.merge_tags.size() == kMergeTagsMax) {
      return fail(Code::kTooLong, "mergetag headers");
    }
    TRY(merge_tag, parse_merge_tag(value, lines, hashes).with_context("mergetag"));
    commit.merge_tags.push_back(std::move(merge_tag));
    return {};
  }
  if (name == "encoding") {
    if (commit.encoding || lines.peek() == ' ') {
      return fail(Code::kMalformed, "a second or folded encoding header");
    }
    commit.encoding = value;
    return {};
  }
  if (commit.extra_headers.size() == kExtraHeadersMax) {
    return fail(Code::kTooLong, "extra headers");
  }
  commit.extra_headers.push_back(name);
  while (lines.peek() == ' ') {
    lines.next();
  }
  return {};
}

// check_merge_tags demands that a tag that was merged names a parent, which may be the first where
// what was there is behind it (git's log-tree.c calls anything else "a non-parent", and says good).
Status check_merge_tags(const Commit& commit) {
  for (const MergeTag& tag : commit.merge_tags) {
    const bool merged =
        std::find(commit.parents.begin(), commit.parents.end(), tag.object) != commit.parents.end();
    if (tag.type == "commit" && !merged) {
      return fail(Code::kMalformed, "mergetag: names a commit that was not merged");
    }
  }
  return {};
}

Result<ParsedObject> parse_commit(std::string_view text) {
  Lines lines(text);
  Hashes hashes;
  Commit commit;
  TRY_ASSIGN(commit.tree, field(lines, "tree"));
  TRY_VOID(hashes.check(commit.tree, "tree"));
  while (next_is(lines, "parent")) {
    TRY(parent, field(lines, "parent"));
    TRY_VOID(hashes.check(parent, "parent"));
    if (commit.parents.size() == kParentsMax) {
      return fail(Code::kTooLong, "parents");
    }
    commit.parents.push_back(parent);
  }
  TRY(author, field(lines, "author"));
  TRY_ASSIGN(commit.author, parse_identity(author, "author"));
  TRY(committer, field(lines, "committer"));
  TRY_ASSIGN(commit.committer, parse_identity(committer, "committer"));
  while (true) {
    const auto line = lines.next();
    if (!line || !lines.terminated()) {
      return fail(Code::kMalformed, "the headers have no end");
    }
    if (line->empty()) {
      break;
    }
    TRY_VOID(parse_other_header(*line, lines, hashes, commit));
  }
  TRY_VOID(check_merge_tags(commit));
  commit.message = lines.rest();
  commit.subject = first_line(commit.message);
  return ParsedObject{hashes.algorithm(), std::move(commit)};
}

Result<ParsedObject> parse_tag(std::string_view text) {
  Lines lines(text);
  Hashes hashes;
  Tag tag;
  TRY_ASSIGN(tag.object, field(lines, "object"));
  TRY_VOID(hashes.check(tag.object, "object"));
  TRY_ASSIGN(tag.type, field(lines, "type"));
  constexpr std::array<std::string_view, 4> kTypes = {"commit", "tree", "blob", "tag"};
  if (std::find(kTypes.begin(), kTypes.end(), tag.type) == kTypes.end()) {
    return fail(Code::kMalformed, "type: not a kind of object");
  }
  TRY_ASSIGN(tag.name, field(lines, "tag"));
  if (!is_name(tag.name, kRefNameMax)) {
    return fail(Code::kMalformed, "tag: not a tag's name");
  }
  if (next_is(lines, "tagger")) {
    TRY(tagger, field(lines, "tagger"));
    TRY_ASSIGN(tag.tagger, parse_identity(tagger, "tagger"));
  }
  const auto blank = lines.next();
  if (!blank || !blank->empty()) {
    return fail(Code::kMalformed, "no empty line after the tag's headers");
  }
  tag.message = lines.rest();
  tag.subject = first_line(tag.message);
  return ParsedObject{hashes.algorithm(), std::move(tag)};
}

Result<RefUpdate> parse_ref_update(std::string_view line, Hashes& hashes) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return fail(Code::kMalformed, "not a ref update");
  }
  const RefUpdate update{line.substr(0, first), line.substr(first + 1, second - first - 1),
                         line.substr(second + 1)};
  TRY_VOID(hashes.check(update.old_id, "ref update"));
  TRY_VOID(hashes.check(update.new_id, "ref update"));
  if (!is_name(update.ref, kRefNameMax)) {
    return fail(Code::kMalformed, "ref update: not a ref's name");
  }
  return update;
}

// parse_pusher takes "ID  SECONDS ZONE". The id is whatever the client's signing key is called.
Status parse_pusher(std::string_view line, PushCertificate& certificate) {
  const std::size_t zone = line.rfind(' ');
  const std::size_t seconds = zone == std::string_view::npos || zone == 0
                                  ? std::string_view::npos
                                  : line.rfind(' ', zone - 1);
  if (seconds == std::string_view::npos) {
    return fail(Code::kMalformed, "pusher: no date");
  }
  TRY(date, parse_date(line.substr(seconds + 1), "pusher"));
  certificate.pusher = line.substr(0, line.find_last_not_of(' ', seconds) + 1);
  certificate.seconds = date.seconds;
  certificate.zone = date.zone;
  return {};
}

Status parse_certificate_headers(Lines& lines, PushCertificate& certificate) {
  TRY(pusher, field(lines, "pusher"));
  TRY_VOID(parse_pusher(pusher, certificate));
  if (next_is(lines, "pushee")) {
    TRY_ASSIGN(certificate.pushee, field(lines, "pushee"));
  }
  if (next_is(lines, "nonce")) {
    TRY_ASSIGN(certificate.nonce, field(lines, "nonce"));
  }
  while (next_is(lines, "push-option")) {
    TRY(option, field(lines, "push-option"));
    if (certificate.options.size() == kPushOptionsMax) {
      return fail(Code::kTooLong, "push options");
    }
    certificate.options.push_back(option);
  }
  const auto blank = lines.next();
  if (!blank || !blank->empty()) {
    return fail(Code::kMalformed, "no empty line after the certificate's headers");
  }
  return {};
}

Result<ParsedObject> parse_push_certificate(std::string_view text) {
  Lines lines(text);
  Hashes hashes;
  PushCertificate certificate;
  const auto first = lines.next();
  if (!first || strip_prefix(*first, kCertificatePrefix) != kCertificateVersion) {
    return fail(Code::kUnsupported, "push certificate version");
  }
  TRY_VOID(parse_certificate_headers(lines, certificate));
  while (const auto line = lines.next()) {
    if (!lines.terminated()) {
      return fail(Code::kMalformed, "the last ref update has no end");
    }
    TRY(update, parse_ref_update(*line, hashes));
    if (certificate.updates.size() == kRefUpdatesMax) {
      return fail(Code::kTooLong, "ref updates");
    }
    certificate.updates.push_back(update);
  }
  if (certificate.updates.empty()) {
    return fail(Code::kMalformed, "no ref update");
  }
  return ParsedObject{hashes.algorithm(), std::move(certificate)};
}

}  // namespace

std::string_view name_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kCommit:
      return "commit";
    case ObjectKind::kTag:
      return "tag";
    case ObjectKind::kPushCertificate:
      return "push certificate";
  }
  return {};
}

ObjectKind ParsedObject::kind() const {
  if (commit() != nullptr) {
    return ObjectKind::kCommit;
  }
  return tag() != nullptr ? ObjectKind::kTag : ObjectKind::kPushCertificate;
}

std::uint64_t ParsedObject::seconds() const {
  if (commit() != nullptr) {
    return commit()->committer.seconds;
  }
  if (tag() != nullptr) {
    return tag()->tagger ? tag()->tagger->seconds : 0;
  }
  return push_certificate()->seconds;
}

Result<ParsedObject> parse_payload(base::ByteView payload) {
  const std::string_view text = base::as_text(payload);
  const bool commit = text.starts_with(kTreePrefix);
  const bool tag = text.starts_with(kObjectPrefix);
  if (!commit && !tag && !text.starts_with(kCertificatePrefix)) {
    return fail(Code::kNotAGitObject);
  }
  if (text.size() > kObjectMax) {
    return fail(Code::kTooLong, "limit " + std::to_string(kObjectMax) + " bytes");
  }
  if (text.find('\0') != std::string_view::npos) {
    // Stock git shows a message only up to its first NUL.
    return fail(Code::kMalformed, "a zero byte in the text");
  }
  if (commit) {
    return parse_commit(text).with_context("commit");
  }
  if (find_armor(text) != std::string_view::npos) {
    return fail(Code::kMalformed, "a signature inside the text that is to be signed");
  }
  return tag ? parse_tag(text).with_context("tag")
             : parse_push_certificate(text).with_context("push certificate");
}

}  // namespace touchstone::git
