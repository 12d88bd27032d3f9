// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace touchstone::git {

// What git signs with namespace "git". Nothing but the text tells them apart.
enum class ObjectKind : std::uint8_t { kCommit, kTag, kPushCertificate };
std::string_view name_of(ObjectKind kind);  // "commit", "tag", "push certificate"

// HashAlgorithm is a repository's object format.
enum class HashAlgorithm : std::uint8_t { kSha1, kSha256 };
constexpr std::size_t hex_size(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::kSha1 ? 40 : 64;
}

// What git puts into its own SSH signatures (gpg-interface.c): the namespace, and the hash that
// ssh-keygen takes when nothing else is said.
constexpr std::string_view kGitNamespace = "git";
constexpr std::string_view kSignatureHash = "sha512";

// short_id is what a person is shown of an object id.
inline std::string short_id(std::string_view id) {
  constexpr std::size_t kDigits = 12;
  return std::string(id.substr(0, kDigits));
}

// Everything below borrows: the bytes that were parsed must outlive it. Text is as it came;
// escape it before it is shown (base::escape_for_display).

// Identity is an author, committer or tagger line: NAME <EMAIL> SECONDS ZONE.
struct Identity {
  std::string_view text;  // the whole line after its keyword
  std::string_view name;  // may be empty
  std::string_view email;
  std::uint64_t seconds{0};  // Unix time, as claimed by whoever made the object
  std::string_view zone;     // "+0100"
};

// MergeTag is a signed tag embedded in the commit that merged it. The commit's signature covers
// its text; its own signature is not checked by anyone who checks the commit.
struct MergeTag {
  std::string object;
  std::string type;
  std::string name;
};

struct Commit {
  std::string_view tree;
  std::vector<std::string_view> parents;
  Identity author;
  Identity committer;
  std::optional<std::string_view> encoding;
  std::vector<MergeTag> merge_tags;
  // Names of headers git itself does not write, such as jj's "change-id".
  std::vector<std::string_view> extra_headers;
  std::string_view message;
  std::string_view subject;  // first line of the message that is not blank
};

struct Tag {
  std::string_view object;
  std::string_view type;  // of the object: commit, tree, blob or tag
  std::string_view name;
  std::optional<Identity> tagger;  // tags of git's first year have none
  std::string_view message;
  std::string_view subject;
};

struct RefUpdate {
  std::string_view old_id;  // zeros: the ref is created
  std::string_view new_id;  // zeros: the ref is deleted
  std::string_view ref;
};

struct PushCertificate {
  std::string_view pusher;  // the line without its date: a key fingerprint, for SSH keys
  std::uint64_t seconds{0};
  std::string_view zone;
  std::string_view pushee;  // URL; may be empty
  std::string_view nonce;   // may be empty
  std::vector<std::string_view> options;
  std::vector<RefUpdate> updates;  // at least one
};

struct ParsedObject {
  HashAlgorithm algorithm{HashAlgorithm::kSha1};
  std::variant<Commit, Tag, PushCertificate> content;

  ObjectKind kind() const;
  const Commit* commit() const { return std::get_if<Commit>(&content); }
  const Tag* tag() const { return std::get_if<Tag>(&content); }
  const PushCertificate* push_certificate() const { return std::get_if<PushCertificate>(&content); }
  // seconds is the time the object claims to be made: committer, tagger or pusher date; zero for
  // a tag without tagger.
  std::uint64_t seconds() const;
};

// parse_payload takes what git gives to be signed: a commit without its gpgsig header, a tag or
// push certificate without the signature at its end. It is strict, because what it lets pass is
// signed and shown: fixed order of headers, one hash length throughout, no NUL, no header twice,
// no header named gpgsig*. Fails with kNotAGitObject when the first line is none of the three,
// with kMalformed or kTooLong and what is wrong otherwise.
base::Result<ParsedObject> parse_payload(base::ByteView payload);

enum class SignatureFormat : std::uint8_t { kNone, kSsh, kOpenPgp, kX509, kUnknown };
// format_of looks at the first line of an armored signature, as git does.
SignatureFormat format_of(std::string_view armored);

// Finding is a way in which a stored object has a signature but not in the one form there is for
// it: the object's id can be changed while the signature stays good (Malleability). Stock git
// accepts all of them.
enum class Finding : std::uint8_t {
  kSecondSignature,  // gpgsig twice
  kOtherSignature,   // a gpgsig header of the other algorithm, or any other gpgsig* name
  kSignaturePlace,   // gpgsig is not the last header, where git, jj and others put it
};
std::string_view describe(Finding finding);

// SignedObject is a stored object taken apart.
struct SignedObject {
  base::Bytes payload;    // what was signed, as git would compute it
  std::string signature;  // armored, unfolded, up to and with its last line end; empty: unsigned
  SignatureFormat format{SignatureFormat::kNone};
  std::vector<Finding> findings;  // empty: canonical
};

// split_signed_object takes a stored commit or tag, or a push certificate as the server gets it.
// The algorithm is the repository's. Finds the signature as git does, so that nothing git would
// call signed passes for unsigned; what is not in canonical form is in findings. Whether the armor
// is, and ends where it must, is the armor's parser to say. Fails with kTooLong above kObjectMax
// and kMalformed when the headers have no end.
base::Result<SignedObject> split_signed_object(ObjectKind kind, HashAlgorithm algorithm,
                                               base::ByteView raw);

// object_id gives the hex name of an object: hash of "TYPE SIZE\0" and the bytes.
std::string object_id(HashAlgorithm algorithm, std::string_view type, base::ByteView raw);

}  // namespace touchstone::git
