// SPDX-License-Identifier: Apache-2.0
#include "ssh/allowed_signers.h"

#include <gtest/gtest.h>

#include "ssh/limits.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;
using base::KeyAlgorithm;

constexpr std::uint64_t kNow = 1'700'000'000;

TEST(AllowedSigners, KeepsLinesItCannotRead) {
  const PublicKey key = SoftwareKey(KeyAlgorithm::kEd25519).plain();
  const std::string text = "# comment\n\na@x " + key.line() + "\nb@x touch-required " + key.line() +
                           "\nnobody\nc@x ssh-dss AAAA\n" + "d@x namespaces=\"git\" " + key.line();
  const auto file = must(AllowedSigners::parse(text));
  ASSERT_EQ(file.signers().size(), 2U);
  EXPECT_EQ(file.signers()[0].line_number, 3U);
  EXPECT_EQ(file.signers()[1].line_number, 7U);
  EXPECT_EQ(file.signers()[1].namespaces, "git");
  ASSERT_EQ(file.problems().size(), 3U);
  EXPECT_EQ(file.problems()[0].line_number, 4U);
  EXPECT_EQ(file.problems()[0].error.code, Code::kUnsupported);
  EXPECT_EQ(file.problems()[1].line_number, 5U);
  EXPECT_EQ(file.problems()[2].line_number, 6U);
}

TEST(AllowedSigners, SaysWhyNot) {
  const PublicKey key = SoftwareKey(KeyAlgorithm::kEd25519).plain();
  const auto reason = [&](const std::string& text) {
    const auto status = must(AllowedSigners::parse(text)).check(key, "a@x", "git", kNow);
    EXPECT_EQ(status.has_value() ? Code{} : status.error().code, Code::kUntrustedSigner);
    return status.has_value() ? "" : status.error().context;
  };
  EXPECT_EQ(reason(""), "key is in no line");
  EXPECT_EQ(reason("b@x " + key.line()), "line 1: key is for other principals");
  EXPECT_EQ(reason("b@x " + key.line() + "\na@x namespaces=\"file\" " + key.line() + "\nc@x " +
                   key.line()),
            "line 2: key is not allowed in namespace git");
  EXPECT_EQ(reason("a@x valid-before=\"20200101Z\" " + key.line()), "line 1: key has expired");
  EXPECT_EQ(reason("a@x valid-after=\"20300101Z\" " + key.line()), "line 1: key is not yet valid");
}

TEST(AllowedSigners, BoundsLineAndFile) {
  const PublicKey key = SoftwareKey(KeyAlgorithm::kEd25519).plain();
  std::string line = "a@x " + key.line() + " ";
  line.resize(kAllowedSignersLineMax, 'c');
  EXPECT_TRUE(must(AllowedSigners::parse(line + "\n")).problems().empty());
  const auto over = must(AllowedSigners::parse(line + "c\n"));
  ASSERT_EQ(over.problems().size(), 1U);
  EXPECT_EQ(over.problems()[0].error.code, Code::kTooLong);
  const std::string blank(kAllowedSignersFileMax, '\n');
  EXPECT_TRUE(AllowedSigners::parse(blank).has_value());
  EXPECT_EQ(AllowedSigners::parse(blank + "\n").error().code, Code::kTooLong);
}

TEST(AllowedSigners, ZeroByteSpoilsTheLine) {
  const PublicKey key = SoftwareKey(KeyAlgorithm::kEd25519).plain();
  const auto file = must(AllowedSigners::parse("a@x " + key.line() + std::string(" \0", 2) + "\n"));
  EXPECT_TRUE(file.signers().empty());
  EXPECT_EQ(file.problems().size(), 1U);
}

TEST(MatchPatternList, AsOpenSsh) {
  struct Case {
    const char* text;
    const char* list;
    bool matches;
  };
  for (const Case& c : {Case{"git", "git", true},
                        {"git", "", false},
                        {"", "", false},
                        {"", "*", true},
                        {"git", "file,git", true},
                        {"git", "Git", false},
                        {"git", "g?t", true},
                        {"git", "g??t", false},
                        {"git", "*", true},
                        {"git", "**", true},
                        {"git", "*t", true},
                        {"git", "*i", false},
                        {"git", "*g*i*t*", true},
                        {"git", "!git", false},
                        {"git", "!file", false},
                        {"git", "*,!git", false},
                        {"git", "!git,*", false},
                        {"git", "!file,*", true},
                        {"git", "git,", true},
                        {"git", ",git", true},
                        {"git", " git", false},
                        {"a,b", "a,b", false},
                        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "a*a*a*a*a*a*a*a*a*a*c", false}}) {
    EXPECT_EQ(match_pattern_list(c.text, c.list), c.matches) << c.text << " in " << c.list;
  }
}

TEST(MatchPatternList, LongPatternSpoilsTheList) {
  const std::string longest(kPatternMax, '*');
  EXPECT_TRUE(match_pattern_list("git", longest));
  EXPECT_TRUE(match_pattern_list("git", "!file," + longest));
  EXPECT_FALSE(match_pattern_list("git", "git," + longest + "*"));
}

TEST(ParseVerifyTime, Forms) {
  EXPECT_EQ(must(parse_verify_time("19700102Z")), 86400U);
  EXPECT_EQ(must(parse_verify_time("202311142213Z")), 1'699'999'980U);
  EXPECT_EQ(must(parse_verify_time("20231114221320Z")), kNow);
  EXPECT_EQ(must(parse_verify_time("20231114221320utc")), kNow);
  EXPECT_EQ(must(parse_verify_time("99991231235959Z")), 253402300799U);
  for (const char* text : {"",
                           "Z",
                           "UTC",
                           "2023",
                           "2023111Z",
                           "202311142Z",
                           "2023111422Z",
                           "2023111422132Z",
                           "202311142213200Z",
                           "2023-11-14Z",
                           "+0231114Z",
                           " 0231114Z",
                           "20231114ZZ",
                           "20231114 Z",
                           "20230014Z",
                           "20231314Z",
                           "20231100Z",
                           "20231132Z",
                           "202311142400Z",
                           "202311142260Z",
                           "20231114221362Z",
                           "19700101Z",
                           "19691231Z",
                           "00000101Z"}) {
    const auto time = parse_verify_time(text);
    EXPECT_FALSE(time.has_value()) << text;
  }
}

}  // namespace
}  // namespace touchstone::ssh
