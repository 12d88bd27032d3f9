// SPDX-License-Identifier: Apache-2.0
// What happens to the journal behind the agent's back is noticed.
#include <algorithm>

#include "base/encoding.h"
#include "tests/agent/journal_fixture.h"

namespace touchstone::agent {
namespace {

class JournalTamperTest : public JournalTest {
 protected:
  // reseal makes the hashes and numbers fit again, and the head with them: an attacker who can
  // write the file can do so.
  void reseal(std::vector<std::string> lines) {
    base::Sha256 previous{};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto replace = [&line = lines[i]](std::string_view begin, std::string_view end,
                                              const std::string& value) {
        const std::size_t from = line.find(begin) + begin.size();
        line.replace(from, line.find(end, from) - from, value);
      };
      replace("\"seq\":", ",", std::to_string(i));
      replace("\"prev\":\"", "\"", base::to_hex(previous));
      previous = hash_of_line(lines[i]);
    }
    std::filesystem::create_directories(path().parent_path());
    write_text(path(), joined(lines));
    write_text(head_path(), format_journal_head({lines.size() - 1, previous}));
  }
  std::vector<std::string> lines() const { return lines_of(text_of(path())); }

  // one writes a journal of one signature as it comes, without the agent's own checks.
  void write_one(const Journal::Intent& begun, base::ByteView signature,
                 std::optional<std::uint32_t> counter) {
    reseal({format_journal_header({}), format_journal_intent({}, begun),
            format_journal_success({}, begun.prompt.number, signature, counter)});
  }
};

TEST_F(JournalTamperTest, NoticesEveryFlippedBit) {
  sign(*open(), 1, 7);
  ASSERT_TRUE(open()->event("agent-start", "").has_value());
  const std::string good = text_of(path());
  ASSERT_EQ(verify_error(), base::Error{});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    write_text(path(), bad);
    ASSERT_NE(verify_error(), base::Error{}) << "byte " << i;
    ASSERT_NE(open_error(), base::Error{}) << "byte " << i;
    ASSERT_EQ(text_of(path()), bad) << "evidence was altered";
  }
}

TEST_F(JournalTamperTest, NoticesRemovedSwappedAndRepeatedLines) {
  fill();
  const std::vector<std::string> good = lines();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::string> removed = good;
    removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(i));
    write_text(path(), joined(removed));
    EXPECT_EQ(verify_error().code, base::Code::kJournalBroken) << i;
    EXPECT_EQ(open_error().code, base::Code::kJournalBroken) << i;

    std::vector<std::string> repeated = good;
    repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(i), good[i]);
    write_text(path(), joined(repeated));
    EXPECT_EQ(verify_error().code, base::Code::kJournalBroken) << i;

    std::vector<std::string> swapped = good;
    std::swap(swapped[i], swapped[(i + 1) % good.size()]);
    write_text(path(), joined(swapped));
    EXPECT_EQ(verify_error().code, base::Code::kJournalBroken) << i;
  }
}

TEST_F(JournalTamperTest, NoticesLinesCutOffAtTheEnd) {
  fill();
  const std::vector<std::string> good = lines();
  for (std::size_t count = 0; count < good.size(); ++count) {
    write_text(path(), joined({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(count)}));
    EXPECT_EQ(verify_error().code, base::Code::kJournalBroken) << count;
    EXPECT_EQ(open_error().code, base::Code::kJournalBroken) << count;
  }
  EXPECT_NE(open_error().context.find("of 9 lines are missing"), std::string::npos);
}

TEST_F(JournalTamperTest, NoticesAJournalThatWasRemovedOrPutBack) {
  fill();
  const std::string old_text = text_of(path());
  const std::string old_head = text_of(head_path());
  sign(*open(), 5, 10);
  const std::string new_head = text_of(head_path());
  // An older copy of the file, and the head that the agent left.
  write_text(path(), old_text);
  EXPECT_EQ(open_error().code, base::Code::kJournalBroken);
  std::filesystem::remove(path());
  EXPECT_EQ(open_error().code, base::Code::kJournalBroken);
  // Somebody had the folder restored: the older head fits, and this file cannot know better.
  write_text(path(), old_text);
  write_text(head_path(), old_head);
  EXPECT_EQ(open_error(), base::Error{});
}

TEST_F(JournalTamperTest, RefusesAJournalWithoutItsHead) {
  fill();
  std::filesystem::remove(head_path());
  EXPECT_EQ(open_error().code, base::Code::kJournalBroken);
  for (const char* bad : {"", "0", "not a head\n"}) {
    write_text(head_path(), bad);
    EXPECT_EQ(open_error().code, base::Code::kJournalBroken) << bad;
    EXPECT_EQ(verify_error().code, base::Code::kJournalBroken) << bad;
  }
  write_text(head_path(), std::string(100'000, '0'));
  EXPECT_EQ(open_error().code, base::Code::kJournalBroken);
}

TEST_F(JournalTamperTest, NoticesChangesUnderARunningAgent) {
  const auto journal = open();
  sign(*journal, 1, 1);
  const std::string good = text_of(path());
  write_text(path(), good + "{}\n");
  EXPECT_EQ(journal->intent(intent(2)).error().code, base::Code::kJournalBroken);
  write_text(path(), good.substr(0, good.size() - 1));
  EXPECT_EQ(journal->intent(intent(2)).error().code, base::Code::kJournalBroken);
  write_text(path(), good);
  EXPECT_TRUE(journal->intent(intent(2)).has_value());
  std::filesystem::remove(path());
  EXPECT_EQ(journal->intent(intent(3)).error().code, base::Code::kJournalBroken);
}

TEST_F(JournalTamperTest, NoticesResultsThatFitNoIntent) {
  fill();
  const std::vector<std::string> good = lines();
  std::vector<std::string> bad = good;
  bad.erase(bad.begin() + 2);  // the intent of request 1
  reseal(bad);
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
  EXPECT_NE(verify_error().context.find("request 1 was never begun"), std::string::npos);
  bad = good;
  bad.insert(bad.begin() + 3, good[2]);
  reseal(bad);
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
  bad = good;
  bad.push_back(good[0]);
  reseal(bad);
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
  bad = good;
  bad.erase(bad.begin());
  reseal(bad);
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
}

// Hashes can be made anew by whoever owns the file; the token's signatures cannot.
TEST_F(JournalTamperTest, NoticesForgedDataUnderAGoodChain) {
  const Journal::Intent begun = intent(1);
  const base::Bytes good = signature(begun, kTouched, 5);
  write_one(begun, good, 5);
  ASSERT_EQ(verify_error(), base::Error{});

  Journal::Intent other = begun;
  other.data.push_back(0);
  write_one(other, good, 5);
  EXPECT_EQ(verify_error().code, base::Code::kBadSignature);
  EXPECT_EQ(verify_error().context.find(path().string() + ": line 3"), 0U);

  Journal::Intent other_key = begun;
  other_key.key_blob = base::to_bytes(ssh::SoftwareKey(base::KeyAlgorithm::kEd25519).sk().blob());
  write_one(other_key, good, 5);
  EXPECT_EQ(verify_error().code, base::Code::kBadSignature);

  for (std::size_t i = 0; i < good.size(); ++i) {
    base::Bytes bad = good;
    bad[i] ^= 1;
    write_one(begun, bad, 5);
    ASSERT_NE(verify_error(), base::Error{}) << "byte " << i;
  }
  for (std::size_t i = 0; i < begun.key_blob.size(); ++i) {
    Journal::Intent bad = begun;
    bad.key_blob[i] ^= 1;
    write_one(bad, good, 5);
    ASSERT_NE(verify_error(), base::Error{}) << "byte " << i;
  }
}

TEST_F(JournalTamperTest, WantsUserPresenceAndVerificationWhereAsked) {
  write_one(intent(1), signature(intent(1), 0, 5), 5);
  EXPECT_EQ(verify_error().code, base::Code::kNoPresence);
  write_one(intent(1), signature(intent(1), base::kFlagUserVerification, 5), 5);
  EXPECT_EQ(verify_error().code, base::Code::kNoPresence);
  const Journal::Intent with_pin = intent(1, "touch+pin");
  write_one(with_pin, signature(with_pin, kTouched, 5), 5);
  EXPECT_EQ(verify_error().code, base::Code::kNoVerification);
  write_one(with_pin, signature(with_pin, kTouchedWithPin, 5), 5);
  EXPECT_EQ(verify_error(), base::Error{});
}

TEST_F(JournalTamperTest, RefusesSoftwareKeys) {
  Journal::Intent begun = intent(1);
  begun.key_blob = base::to_bytes(key_.plain().blob());
  write_one(begun, key_.sign_plain(begun.data).blob(), std::nullopt);
  EXPECT_EQ(verify_error().code, base::Code::kNoPresence);
}

TEST_F(JournalTamperTest, WantsTheCounterOfTheSignature) {
  const Journal::Intent begun = intent(1);
  write_one(begun, signature(begun, kTouched, 5), 6);
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
  write_one(begun, signature(begun, kTouched, 5), std::nullopt);
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
}

TEST_F(JournalTamperTest, WantsCountersToRise) {
  const auto write_two = [this](std::uint32_t first, std::uint32_t second) {
    const Journal::Intent one = intent(1);
    const Journal::Intent two = intent(2);
    reseal({format_journal_header({}), format_journal_intent({}, one),
            format_journal_success({}, 1, signature(one, kTouched, first), first),
            format_journal_intent({}, two),
            format_journal_success({}, 2, signature(two, kTouched, second), second)});
    return verify_error().code;
  };
  EXPECT_EQ(write_two(1, 2), base::Code{});
  EXPECT_EQ(write_two(1, 4'294'967'295U), base::Code{});
  EXPECT_EQ(write_two(0, 0), base::Code{});  // a token that does not count
  EXPECT_EQ(write_two(0, 1), base::Code{});
  EXPECT_EQ(write_two(2, 2), base::Code::kCounterRegressed);
  EXPECT_EQ(write_two(2, 1), base::Code::kCounterRegressed);
  EXPECT_EQ(write_two(2, 0), base::Code::kCounterRegressed);
}

// Another key has its own count (a token may count for each, WebAuthn Level 2 6.1.1).
TEST_F(JournalTamperTest, CountsForEachKey) {
  const ssh::SoftwareKey other(base::KeyAlgorithm::kEcdsaP256);
  const Journal::Intent one = intent(1);
  Journal::Intent two = intent(2);
  two.key_blob = base::to_bytes(other.sk().blob());
  const auto signed_two = other.sign_sk(other.sk(), two.data, kTouched, 1);
  reseal({format_journal_header({}), format_journal_intent({}, one),
          format_journal_success({}, 1, signature(one, kTouched, 9), 9),
          format_journal_intent({}, two), format_journal_success({}, 2, signed_two.blob(), 1)});
  EXPECT_EQ(verify_error(), base::Error{});
}

}  // namespace
}  // namespace touchstone::agent
