// SPDX-License-Identifier: Apache-2.0
#include "ssh/touchstone_extension.h"

#include <gtest/gtest.h>

#include "ssh/limits.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;

SignObject good() {
  return {{1, 2, 3}, "git", "sha512", base::to_bytes("tree\n"), "/home/alice/project", 3, 10};
}

Code error_of(const SignObject& object) {
  const auto parsed = SignObject::parse(object.encode());
  return parsed.has_value() ? Code{} : parsed.error().code;
}

TEST(SignObject, RoundTrips) {
  const SignObject parsed = must(SignObject::parse(good().encode()));
  EXPECT_EQ(parsed.encode(), good().encode());
  EXPECT_EQ(parsed.key_blob, good().key_blob);
  EXPECT_EQ(parsed.name_space, "git");
  EXPECT_EQ(parsed.object, good().object);
  EXPECT_EQ(parsed.repository, good().repository);
  EXPECT_EQ(parsed.position, 3U);
  EXPECT_EQ(parsed.count, 10U);
}

TEST(SignObject, IsSpelledOutInTheSpecification) {
  const SignObject object{{0xaa}, "n", "sha256", {0xbb}, "/r", 1, 2};
  const base::Bytes expected{1,                                          // version
                             0, 0, 0, 1, 0xaa,                           // key blob
                             0, 0, 0, 1, 'n',                            // namespace
                             0, 0, 0, 6, 's',  'h', 'a', '2', '5', '6',  // hash
                             0, 0, 0, 1, 0xbb,                           // object
                             0, 0, 0, 2, '/',  'r',                      // repository
                             0, 0, 0, 1,                                 // position
                             0, 0, 0, 2};                                // count
  EXPECT_EQ(object.encode(), expected);
}

TEST(SignObject, RefusesPrefixesTrailingBytesAndVersions) {
  base::Bytes bytes = good().encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(SignObject::parse(base::ByteView(bytes).first(size)).has_value()) << size;
  }
  bytes.push_back(0);
  EXPECT_EQ(SignObject::parse(bytes).error().code, Code::kTrailingBytes);
  bytes = good().encode();
  for (const std::uint8_t version : base::Bytes{0, 2, 255}) {
    bytes[0] = version;
    EXPECT_EQ(SignObject::parse(bytes).error().code, Code::kUnsupported);
  }
}

TEST(SignObject, RefusesBentFields) {
  SignObject bent = good();
  bent.key_blob.clear();
  EXPECT_EQ(error_of(bent), Code::kMalformed);
  bent = good();
  bent.name_space.clear();
  EXPECT_EQ(error_of(bent), Code::kMalformed);
  bent = good();
  bent.hash_name = "sha1";
  EXPECT_EQ(error_of(bent), Code::kUnsupported);
  bent = good();
  bent.repository = std::string("/a\0b", 4);
  EXPECT_EQ(error_of(bent), Code::kMalformed);
  bent = good();
  for (const auto& [position, count] : {std::pair{0U, 1U}, {2U, 1U}, {1U, 0U}}) {
    bent.position = position;
    bent.count = count;
    EXPECT_EQ(error_of(bent), Code::kMalformed) << position << " of " << count;
  }
  for (const auto& [position, count] : {std::pair{0U, 0U}, {1U, 1U}, {~0U, ~0U}}) {
    bent.position = position;
    bent.count = count;
    EXPECT_EQ(error_of(bent), Code{}) << position << " of " << count;
  }
}

TEST(SignObject, Bounds) {
  const auto with = [](auto SignObject::*field, std::size_t size) {
    SignObject object = good();
    (object.*field).assign(size, 'x');
    return error_of(object);
  };
  EXPECT_EQ(with(&SignObject::object, 0), Code{});
  EXPECT_EQ(with(&SignObject::object, kSignObjectMax), Code{});
  EXPECT_EQ(with(&SignObject::object, kSignObjectMax + 1), Code::kTooLong);
  EXPECT_EQ(with(&SignObject::key_blob, kKeyBlobMax), Code{});
  EXPECT_EQ(with(&SignObject::key_blob, kKeyBlobMax + 1), Code::kTooLong);
  EXPECT_EQ(with(&SignObject::name_space, kNamespaceMax), Code{});
  EXPECT_EQ(with(&SignObject::name_space, kNamespaceMax + 1), Code::kTooLong);
  EXPECT_EQ(with(&SignObject::repository, kClientNoteMax), Code{});
  EXPECT_EQ(with(&SignObject::repository, kClientNoteMax + 1), Code::kTooLong);
}

TEST(SignObjectAnswer, RoundTrips) {
  const auto signed_ = must(SignObjectAnswer::parse(SignObjectAnswer{base::Bytes{1, 2}}.encode()));
  EXPECT_EQ(signed_.sshsig_blob.value(), (base::Bytes{1, 2}));
  for (const base::ErrorInfo& info : base::all_errors()) {
    const base::Error error{info.code, -5, "token YK: line\nbreak"};
    const SignObjectAnswer answer{base::fail(error)};
    EXPECT_EQ(must(SignObjectAnswer::parse(answer.encode())).sshsig_blob.error(), error);
  }
}

TEST(SignObjectAnswer, CutsALongContext) {
  const SignObjectAnswer answer{base::fail(Code::kDenied, std::string(kClientNoteMax + 1, 'c'))};
  EXPECT_EQ(must(SignObjectAnswer::parse(answer.encode())).sshsig_blob.error().context.size(),
            kClientNoteMax);
}

TEST(SignObjectAnswer, Refuses) {
  const SignObjectAnswer refused{base::fail(Code::kDenied, "no")};
  const SignObjectAnswer granted{base::Bytes{1, 2}};
  for (const SignObjectAnswer& answer : {refused, granted}) {
    base::Bytes bytes = answer.encode();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(SignObjectAnswer::parse(base::ByteView(bytes).first(size)).has_value());
    }
    bytes.push_back(0);
    EXPECT_EQ(SignObjectAnswer::parse(bytes).error().code, Code::kTrailingBytes);
    bytes = answer.encode();
    bytes[1] = 2;
    EXPECT_EQ(SignObjectAnswer::parse(bytes).error().code, Code::kMalformed);
    bytes[0] = 2;
    EXPECT_EQ(SignObjectAnswer::parse(bytes).error().code, Code::kUnsupported);
  }
  base::Bytes unknown = refused.encode();
  unknown[2] = 0xff;
  EXPECT_EQ(SignObjectAnswer::parse(unknown).error().code, Code::kMalformed);
  EXPECT_EQ(SignObjectAnswer::parse(SignObjectAnswer{base::Bytes{}}.encode()).error().code,
            Code::kMalformed);
}

}  // namespace
}  // namespace touchstone::ssh
