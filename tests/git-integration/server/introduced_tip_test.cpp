// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/introduced_tip.h"

#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "git-integration/server/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git::server {
namespace {

const std::string kIntroduction(40, 'a');
const std::string kTip(40, 'b');

class IntroducedTipTest : public ::testing::Test {
 protected:
  IntroducedTipTest() { std::filesystem::create_directory(file().parent_path()); }
  std::filesystem::path file() const { return scratch_.path() / "touchstone" / "introduced"; }
  std::string read_after(const std::string& content) {
    tip_.write(kTip);
    EXPECT_TRUE(base::write_file_atomically(file(), base::as_bytes(content), 0600));
    return tip_.read();
  }

  Scratch scratch_;
  IntroducedTip tip_{scratch_.path(), kIntroduction};
};

TEST_F(IntroducedTipTest, ComesBackForTheIntroductionItWasFoundFor) {
  EXPECT_EQ(tip_.read(), "");
  tip_.write(kTip);
  EXPECT_EQ(tip_.read(), kTip);
  struct stat info {};
  ASSERT_EQ(stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0644U);
  EXPECT_EQ(IntroducedTip(scratch_.path(), std::string(40, 'c')).read(), "");
  const std::string sha256(64, 'd');
  tip_.write(sha256);
  EXPECT_EQ(tip_.read(), sha256);
}

TEST_F(IntroducedTipTest, IsPassedOverWhenItIsNoName) {
  const std::string head = kIntroduction + " ";
  for (const std::string& content :
       {std::string(), std::string("\n"), head + "\n", head + "HEAD\n", head + "--all\n",
        head + kTip.substr(1) + "\n", head + kTip + "b\n", head + std::string(40, 'B') + "\n",
        head + kTip + " " + kTip + "\n", kIntroduction + kTip + "\n", " " + head + kTip + "\n"}) {
    EXPECT_EQ(read_after(content), "") << content;
  }
  EXPECT_EQ(read_after(head + kTip + "\n"), kTip);
}

TEST_F(IntroducedTipTest, IsReadUpToALimit) {
  const std::string line = kIntroduction + " " + kTip + "\n";
  EXPECT_EQ(read_after(line + std::string(kIntroducedFileMax - line.size(), '\n')), kTip);
  EXPECT_EQ(read_after(line + std::string(kIntroducedFileMax - line.size() + 1, '\n')), "");
}

TEST_F(IntroducedTipTest, IsNotWrittenWhereItCannotBe) {
  std::filesystem::remove(file().parent_path());
  tip_.write(kTip);
  EXPECT_EQ(tip_.read(), "");
  // Whoever makes that folder first says who may write in it.
  EXPECT_FALSE(std::filesystem::exists(file().parent_path()));
  scratch_.write("touchstone", "a file where the folder belongs");
  tip_.write(kTip);
  EXPECT_EQ(tip_.read(), "");
}

}  // namespace
}  // namespace touchstone::git::server
