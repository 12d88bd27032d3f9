// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_record.h"

#include <string>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "git-integration/server/limits.h"

namespace touchstone::git::server {
namespace {

using base::Code;

const std::string kOldId(40, '1');
const std::string kNewId(40, '2');
const std::string kHead = "touchstone push v1\nreceived 1700000000\n";
const std::string kUpdate = "update " + kOldId + " " + kNewId + " refs/heads/main\n";

Code code_of(const std::string& text) {
  const auto record = parse_push_record(text);
  return record ? Code{} : record.error().code;
}

TEST(PushRecordTest, IsItsOwnText) {
  PushRecord record{1'700'000'000,
                    {{kOldId, kNewId, "refs/heads/main"}, {kNewId, kOldId, "refs/tags/v1"}},
                    Pusher{"SHA256:abc", "alice and bob"}};
  const auto parsed = parse_push_record(encode_push_record(record));
  ASSERT_TRUE(parsed) << base::message_of(parsed.error());
  EXPECT_EQ(*parsed, record);
  record.pusher.reset();
  EXPECT_EQ(*parse_push_record(encode_push_record(record)), record);
  EXPECT_EQ(encode_push_record(*parse_push_record(kHead + kUpdate)), kHead + kUpdate);
}

TEST(PushRecordTest, TakesSha256Names) {
  const std::string id(64, 'a');
  EXPECT_TRUE(parse_push_record(kHead + "update " + id + " " + id + " refs/heads/main\n"));
}

TEST(PushRecordTest, RefusesEverythingElse) {
  const std::string id(64, 'a');
  EXPECT_EQ(code_of("touchstone push v2\n"), Code::kUnsupported);
  EXPECT_EQ(code_of(kHead), Code::kMalformed);
  EXPECT_EQ(code_of(kHead + kUpdate + kUpdate), Code::kMalformed);
  for (const std::string& text : {
           std::string("tree\n"),
           "touchstone push v1\nreceived 01\n" + kUpdate,
           "touchstone push v1\nreceived -1\n" + kUpdate,
           "touchstone push v1\nreceived 1 \n" + kUpdate,
           "touchstone push v1\nreceived 9999999999999999999\n" + kUpdate,
           "touchstone push v1\n" + kUpdate,
           kHead + "update x y refs/heads/main\n",
           kHead + "update " + kOldId + " " + id + " refs/heads/main\n",
           kHead + kUpdate + "update " + id + " " + id + " refs/heads/two\n",
           kHead + "update " + kOldId + " " + kNewId + " main\n",
           kHead + "update " + kOldId + " " + kNewId + " refs/heads/a b\n",
           kHead + "update " + kOldId + " " + kNewId + " refs/heads/../x\n",
           kHead + "update " + std::string(40, 'A') + " " + kNewId + " refs/heads/main\n",
           kHead + "update  " + kOldId + " " + kNewId + " refs/heads/main\n",
           kHead + kUpdate + "pusher SHA256:x\n",
           kHead + kUpdate + "pusher  alice\n",
           kHead + kUpdate + "pusher SHA256:x \n",
           kHead + kUpdate + "pusher SHA256:x a\tb\n",
           kHead + kUpdate + "other\n",
           kHead + "upstream\n",
       }) {
    EXPECT_EQ(code_of(text), Code::kMalformed) << text;
  }
  EXPECT_EQ(code_of(kHead + kUpdate + "pusher SHA256:x a\npusher SHA256:x b\n"),
            Code::kTrailingBytes);
}

TEST(PushRecordTest, NoticesWhereItWasCut) {
  const std::string whole = kHead + kUpdate + "pusher SHA256:x alice\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == kHead.size() + kUpdate.size()) {
      continue;  // a record without pusher is one
    }
    EXPECT_FALSE(parse_push_record(whole.substr(0, size))) << size;
  }
}

TEST(PushRecordTest, HasLimits) {
  const auto record_of = [](std::size_t updates) {
    PushRecord record;
    for (std::size_t i = 0; i < updates; ++i) {
      record.updates.push_back({kOldId, kNewId, "refs/heads/" + std::to_string(i)});
    }
    return encode_push_record(record);
  };
  EXPECT_TRUE(parse_push_record(record_of(kPushUpdatesMax)));
  EXPECT_EQ(code_of(record_of(kPushUpdatesMax + 1)), Code::kTooLong);

  const auto with_principal = [](std::size_t size) {
    return kHead + kUpdate + "pusher SHA256:x " + std::string(size, 'a') + "\n";
  };
  EXPECT_TRUE(parse_push_record(with_principal(kPrincipalMax)));
  EXPECT_EQ(code_of(with_principal(kPrincipalMax + 1)), Code::kTooLong);

  const auto with_ref = [](std::size_t size) {
    const std::string prefix = "refs/heads/";
    return kHead + "update " + kOldId + " " + kNewId + " " + prefix +
           std::string(size - prefix.size(), 'a') + "\n";
  };
  EXPECT_TRUE(parse_push_record(with_ref(kRefNameMax)));
  EXPECT_EQ(code_of(with_ref(kRefNameMax + 1)), Code::kMalformed);
  EXPECT_EQ(code_of(std::string(kPushRecordMax + 1, 'a')), Code::kTooLong);
}

TEST(ParseUpdatesTest, TakesAHooksInput) {
  const auto updates = parse_updates(kOldId + " " + kNewId + " refs/heads/main\n" + kNewId + " " +
                                     std::string(40, '0') + " refs/heads/gone\n");
  ASSERT_TRUE(updates);
  ASSERT_EQ(updates->size(), 2U);
  EXPECT_FALSE(updates->front().creates());
  EXPECT_TRUE(updates->back().deletes());
  EXPECT_TRUE(parse_updates("")->empty());
}

TEST(ParseUpdatesTest, WantsWholeLines) {
  EXPECT_FALSE(parse_updates(kOldId + " " + kNewId + " refs/heads/main"));
  EXPECT_FALSE(parse_updates("\n"));
  EXPECT_FALSE(parse_updates(kOldId + " " + kNewId + "\n"));
}

}  // namespace
}  // namespace touchstone::git::server
