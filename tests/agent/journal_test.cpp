// SPDX-License-Identifier: Apache-2.0
#include "agent/journal.h"

#include <boost/json.hpp>
#include <sys/stat.h>

#include "agent/journal_format.h"
#include "agent/limits.h"
#include "base/encoding.h"
#include "tests/agent/journal_fixture.h"

namespace touchstone::agent {
namespace {

TEST_F(JournalTest, KeepsEverythingThatHappened) {
  fill();
  const std::vector<std::string> lines = lines_of(text_of(path()));
  ASSERT_EQ(lines.size(), 9U);
  EXPECT_EQ(lines[0], R"({"version":1,"seq":0,"prev":")" + std::string(64, '0') +
                          R"(","time":"2023-11-14T22:13:20.000Z","type":"journal"})");
  EXPECT_EQ(lines[1],
            R"({"seq":1,"prev":")" + base::to_hex(base::sha256(base::as_bytes(lines[0]))) +
                R"(","time":"2023-11-14T22:13:20.000Z","type":"event","what":"agent-start",)" +
                R"("detail":"version 0.1.0"})");
  const std::string key = base::to_base64(public_.blob());
  EXPECT_EQ(
      lines[2],
      R"({"seq":2,"prev":")" + base::to_hex(base::sha256(base::as_bytes(lines[1]))) +
          R"(","time":"2023-11-14T22:13:20.000Z","type":"intent","number":1,"purpose":"commit",)" +
          R"("headline":"sign commit: fix typo","facts":[{"label":"author",)" +
          R"("value":"A <a@example.org>","source":"verified"},{"label":"repository",)" +
          R"("value":"/home/a/project","source":"claimed"}],"client":{"pid":123,"uid":1000,)" +
          R"("program":"/usr/bin/git","terminal":"/dev/pts/3","forwarded":false},)" +
          R"("key_name":"work","fingerprint":")" + public_.fingerprint() +
          R"(","token":"","digest":"1a2b 3c4d","presence":"touch","shown_on":"terminal,watch",)" +
          R"("key":")" + key + R"(","data":")" +
          base::to_base64(base::as_bytes("data of request 1")) + R"("})");
  EXPECT_NE(lines[3].find(R"("type":"success","number":1,"signature":")"), std::string::npos);
  EXPECT_NE(lines[3].find(R"(","counter":7})"), std::string::npos);
  EXPECT_NE(lines[5].find(R"("type":"failure","number":2,"error":"touch-timeout","native":0,)"
                          R"("context":"work"})"),
            std::string::npos);
  EXPECT_NE(lines[6].find(R"("type":"refused","number":3,"purpose":"commit")"), std::string::npos);
}

TEST_F(JournalTest, VerifiesWhatItWrote) {
  fill();
  const auto summary = verify_journal(path());
  ASSERT_TRUE(summary.has_value()) << base::message_of(summary.error());
  EXPECT_EQ(summary->lines, 9U);
  EXPECT_EQ(summary->signatures, 2U);
  EXPECT_EQ(summary->unfinished, 0U);
  EXPECT_TRUE(summary->head_checked);
  EXPECT_EQ(summary->head,
            base::to_hex(base::sha256(base::as_bytes(lines_of(text_of(path())).back()))));
}

TEST_F(JournalTest, NeedsOnlyTheFileToVerify) {
  fill();
  std::filesystem::remove(head_path());
  const auto summary = verify_journal(path());
  ASSERT_TRUE(summary.has_value());
  EXPECT_FALSE(summary->head_checked);
}

TEST_F(JournalTest, GoesOnWhereItStopped) {
  fill();
  {
    const auto journal = open();
    EXPECT_EQ(journal->next_number(), 5U);
    EXPECT_EQ(journal->last_counter(public_.blob()), 9U);
    EXPECT_EQ(journal->last_counter(base::as_bytes("another key")), std::nullopt);
    sign(*journal, 5, 10);
    EXPECT_EQ(journal->last_counter(public_.blob()), 10U);
    EXPECT_EQ(journal->next_number(), 6U);
  }
  EXPECT_EQ(verify_journal(path()).value().signatures, 3U);
}

TEST_F(JournalTest, CountsUnfinishedRequests) {
  {
    const auto journal = open();
    ASSERT_TRUE(journal->intent(intent(1)).has_value());
    ASSERT_TRUE(journal->intent(intent(2)).has_value());
    ASSERT_TRUE(journal->failure(1, {base::Code::kCancelled, 0, ""}).has_value());
  }
  EXPECT_EQ(verify_journal(path()).value().unfinished, 1U);
  EXPECT_EQ(open()->next_number(), 3U);
}

TEST_F(JournalTest, IsForItsOwnerOnly) {
  open();
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat(head_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat(path().parent_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

TEST_F(JournalTest, HasOneWriter) {
  const auto journal = open();
  EXPECT_EQ(open_error().code, base::Code::kSocketInUse);
}

TEST_F(JournalTest, CanBeVerifiedWhileItIsWritten) {
  const auto journal = open();
  sign(*journal, 1, 1);
  EXPECT_EQ(verify_error(), base::Error{});
}

TEST_F(JournalTest, RefusesWhatIsNoJournal) {
  std::filesystem::create_directories(path());
  EXPECT_NE(open_error().code, base::Code{});
  std::filesystem::remove(path());
  std::filesystem::create_symlink("/dev/full", path());
  EXPECT_EQ(open_error().code, base::Code::kJournalBroken);
  EXPECT_EQ(verify_error().code, base::Code::kMalformed);
  std::filesystem::remove(path());
  EXPECT_EQ(verify_error().code, base::Code::kNotFound);
  write_text(path(), "");
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
  write_text(path(), "hello\n");
  EXPECT_EQ(open_error().code, base::Code::kJournalBroken);
}

TEST_F(JournalTest, RefusesResultsWithoutTheirIntent) {
  const auto journal = open();
  const std::string before = text_of(path());
  EXPECT_EQ(journal->success(1, {}, 1).error().code, base::Code::kJournalBroken);
  EXPECT_EQ(journal->failure(1, {base::Code::kDenied, 0, ""}).error().code,
            base::Code::kJournalBroken);
  ASSERT_TRUE(journal->intent(intent(1)).has_value());
  EXPECT_EQ(journal->intent(intent(1)).error().code, base::Code::kJournalBroken);
  sign(*journal, 2, 1);
  EXPECT_EQ(journal->success(2, {}, 1).error().code, base::Code::kJournalBroken);
  EXPECT_EQ(lines_of(text_of(path())).size(), lines_of(before).size() + 3);
}

// Hostile text may not break a line, nor reach a terminal that shows the file.
TEST_F(JournalTest, EscapesTextFromOutside) {
  Journal::Intent hostile = intent(1);
  hostile.prompt.subject.headline = "a\"\n{\"seq\":9}\x1b[2J\xff\xe2\x80\xae";
  hostile.prompt.subject.facts[0].value = std::string(100'000, 'x');
  hostile.prompt.client.program = std::string("/p\0q", 4);
  const auto journal = open();
  ASSERT_TRUE(journal->intent(hostile).has_value());
  const std::vector<std::string> lines = lines_of(text_of(path()));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[1].find(R"(a\"\\x0a{\"seq\":9}\\x1b[2J\\xff\\u{202e})"), std::string::npos);
  EXPECT_TRUE(std::all_of(lines[1].begin(), lines[1].end(),
                          [](char c) { return static_cast<unsigned char>(c) >= 0x20; }));
}

TEST_F(JournalTest, BoundsItsLines) {
  const auto journal = open();
  Journal::Intent large = intent(1);
  large.data.resize(kJournalLineMax);
  const std::string before = text_of(path());
  EXPECT_EQ(journal->intent(large).error().code, base::Code::kTooLong);
  EXPECT_EQ(text_of(path()), before);
  // base64 takes 4 bytes for 3: make the line exactly as long as it may be.
  large.data.clear();
  const std::size_t frame = format_journal_intent({1, {}, clock_.now()}, large).size();
  large.data.resize((kJournalLineMax - frame) / 4 * 3);
  large.shown_on += std::string((kJournalLineMax - frame) % 4, 'x');
  ASSERT_TRUE(journal->intent(large).has_value());
  EXPECT_EQ(lines_of(text_of(path())).back().size(), kJournalLineMax);
  large.prompt.number = 2;
  large.shown_on += "x";
  EXPECT_EQ(journal->intent(large).error().code, base::Code::kTooLong);
  EXPECT_TRUE(journal->event("still", "works").has_value());
}

TEST_F(JournalTest, CallsBackWithEveryLine) {
  fill();
  std::vector<std::string> seen;
  ASSERT_TRUE(for_each_journal_line(path(), [&seen](std::string_view line) -> base::Status {
                seen.emplace_back(line);
                return {};
              }).has_value());
  EXPECT_EQ(seen, lines_of(text_of(path())));
  const auto stopped = for_each_journal_line(
      path(), [](std::string_view) -> base::Status { return base::fail(base::Code::kCancelled); });
  EXPECT_EQ(stopped.error().code, base::Code::kCancelled);
}

TEST_F(JournalTest, IsJsonThroughout) {
  fill();
  for (const std::string& line : lines_of(text_of(path()))) {
    boost::system::error_code error;
    EXPECT_TRUE(boost::json::parse(line, error).is_object()) << line;
    EXPECT_FALSE(error) << line;
  }
}

TEST(JournalHead, IsReadAsItIsWritten) {
  JournalHead head{42, base::sha256(base::as_bytes("x"))};
  const std::string text = format_journal_head(head);
  EXPECT_EQ(text.size(), kJournalHeadBytes);
  EXPECT_EQ(parse_journal_head(text).value(), head);
  head.sequence = UINT64_MAX;
  EXPECT_EQ(parse_journal_head(format_journal_head(head)).value(), head);
}

TEST(JournalHead, RefusesEverythingElse) {
  const std::string good = format_journal_head({42, {}});
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "\n", std::string(good).replace(20, 1, "_"),
        std::string(good).replace(85, 1, " "), std::string(good).replace(0, 1, "-"),
        std::string(good).replace(30, 1, "A"), std::string(good).replace(30, 1, "g"),
        "99999999999999999999" + good.substr(20)}) {
    EXPECT_FALSE(parse_journal_head(bad).has_value()) << bad;
  }
}

// A silent signature needs no touch, so what passes for one must be worth nothing to anybody.
class ProbeTest : public JournalTest {
 protected:
  // error_of_probe gives what verifying says of a journal with one probe in it, flags as silent.
  base::Code error_of_probe(const base::Bytes& data, std::uint32_t counter,
                            std::uint32_t counter_recorded) {
    std::filesystem::remove(path());
    std::filesystem::remove(head_path());
    const auto journal = open();
    sign(*journal, 1, 7);
    const base::Bytes signature = base::to_bytes(key_.sign_sk(public_, data, 0, counter).blob());
    EXPECT_TRUE(journal
                    ->probe({"work", false, base::to_bytes(public_.blob()), data, signature,
                             counter_recorded})
                    .has_value());
    EXPECT_EQ(journal->last_counter(public_.blob()), std::max(7U, counter_recorded));
    return verify_error().code;
  }
  const base::Bytes data_ = base::Bytes(32, 9);
};

TEST_F(ProbeTest, IsAcceptedAndCounted) {
  EXPECT_EQ(error_of_probe(data_, 8, 8), base::Error{}.code);
  const auto summary = verify_journal(path());
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->probes, 1U);
  EXPECT_EQ(summary->signatures, 1U);
  EXPECT_EQ(open()->last_counter(public_.blob()), 8U);
}

// The marker's own key says nothing to anybody: the key that it answered for is named.
TEST_F(ProbeTest, NamesTheKeyThatWasLookedFor) {
  for (const bool by_marker : {false, true}) {
    const Journal::Probe probe{"work", by_marker, {1}, data_, {2}, 8};
    const auto line = parse_journal_line(format_journal_probe({1, {}, {}}, probe));
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->key_name, "work");
    EXPECT_EQ(line->by_marker, by_marker);
  }
}

TEST_F(ProbeTest, HasToNameIt) {
  const std::string text = format_journal_probe({1, {}, {}}, {"work", false, {1}, data_, {2}, 8});
  const std::vector<std::pair<std::string_view, std::string_view>> changes = {
      {R"("key_name":"work")", R"("other":0)"},       {R"("key_name":"work")", R"("key_name":7)"},
      {R"("key_name":"work")", R"("key_name":null)"}, {R"("marker":false)", R"("other":0)"},
      {R"("marker":false)", R"("marker":0)"},         {R"("marker":false)", R"("marker":"true")"},
  };
  for (const auto& [good, bad] : changes) {
    std::string changed = text;
    ASSERT_NE(changed.find(good), std::string::npos) << text;
    changed.replace(changed.find(good), good.size(), bad);
    EXPECT_FALSE(parse_journal_line(changed).has_value()) << changed;
  }
}

TEST_F(ProbeTest, IsOverRandomBytesOnly) {
  EXPECT_EQ(error_of_probe(base::Bytes(31, 9), 8, 8), base::Code::kJournalBroken);
  EXPECT_EQ(error_of_probe(base::Bytes(33, 9), 8, 8), base::Code::kJournalBroken);
  EXPECT_EQ(error_of_probe(base::to_bytes("SSHSIG and what git wants signed"), 8, 8),
            base::Error{}.code);  // 32 bytes are too few for a whole one
}

TEST_F(ProbeTest, IsTheKeysOwnSignatureWithItsOwnCounter) {
  EXPECT_EQ(error_of_probe(data_, 8, 9), base::Code::kJournalBroken);
  EXPECT_EQ(error_of_probe(data_, 7, 7), base::Code::kCounterRegressed);
  EXPECT_EQ(error_of_probe(data_, 6, 6), base::Code::kCounterRegressed);
  EXPECT_EQ(error_of_probe(data_, 8, 8), base::Error{}.code);
  std::string text = text_of(path());
  const std::string good = base::to_base64(data_);
  text.replace(text.rfind(good), good.size(), base::to_base64(base::Bytes(32, 8)));
  write_text(path(), text);
  std::filesystem::remove(head_path());
  EXPECT_EQ(verify_error().code, base::Code::kBadSignature);
}

// What is recorded after it has to count on from it.
TEST_F(ProbeTest, HoldsLaterSignaturesToItsCounter) {
  EXPECT_EQ(error_of_probe(data_, 12, 12), base::Error{}.code);
  const auto journal = open();
  sign(*journal, 2, 12);
  EXPECT_EQ(verify_error().code, base::Code::kCounterRegressed);
}

}  // namespace
}  // namespace touchstone::agent
