// SPDX-License-Identifier: Apache-2.0
#include "git-integration/tree.h"

#include <string>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "git-integration/object_reader.h"
#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

using base::Code;

std::string entry(const std::string& mode, const std::string& name, char filler = 'x') {
  return mode + " " + name + std::string(1, '\0') + std::string(20, filler);
}

TEST(Tree, ReadsWhatGitWrites) {
  for (const char* format : {"sha1", "sha256"}) {
    const PolicyRepository repository(format);
    const std::string id = repository.tree({{"a", "1"}, {"b/c", "2"}, {"d e", "3"}});
    auto reader = ObjectReader::start(repository.path());
    ASSERT_TRUE(reader);
    const auto object = reader->read(id);
    ASSERT_TRUE(object && *object);
    const auto entries = parse_tree(algorithm_of(id), (*object)->bytes);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 3U);
    EXPECT_EQ((*entries)[1].name, "b");
    EXPECT_TRUE((*entries)[1].is_folder());
    EXPECT_TRUE((*entries)[2].is_file());
    EXPECT_EQ((*entries)[1].id, repository.git_ok({"rev-parse", id + ":b"}));
    const auto found = find_entry(algorithm_of(id), (*object)->bytes, "d e");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, (*entries)[2].id);
    const auto none = find_entry(algorithm_of(id), (*object)->bytes, "d");
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->name.empty());
  }
}

TEST(Tree, RefusesWhatIsNoTree) {
  const auto code = [](const std::string& text) {
    const auto found = find_entry(HashAlgorithm::kSha1, base::as_bytes(text), "a");
    return found ? std::string("good") : std::string(base::describe(found.error().code).word);
  };
  const std::string good = entry("100644", "a");
  EXPECT_EQ(code(""), "good");
  EXPECT_EQ(code(good), "good");
  EXPECT_EQ(code(good + entry("40000", "a")), "malformed");
  EXPECT_EQ(code(good.substr(0, good.size() - 1)), "truncated");
  EXPECT_EQ(code(good + "x"), "malformed");
  EXPECT_EQ(code(entry("1006440", "a")), "malformed");
  EXPECT_EQ(code(entry("", "a")), "malformed");
  EXPECT_EQ(code(entry("100844", "a")), "malformed");
  EXPECT_EQ(code(entry("100644", "")), "malformed");
  EXPECT_EQ(code("100644 a"), "malformed");
}

TEST(Tree, HoldsTheLimitOfEntries) {
  std::string text;
  for (std::size_t i = 0; i < kTreeEntriesMax; ++i) {
    text += entry("100644", "a");
  }
  EXPECT_TRUE(parse_tree(HashAlgorithm::kSha1, base::as_bytes(text)));
  text += entry("100644", "a");
  const auto over = parse_tree(HashAlgorithm::kSha1, base::as_bytes(text));
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::kTooLong);
}

TEST(ObjectReaderTest, ReadsByNameAndGoesOn) {
  const Repository repository;
  const std::string commit = repository.store("commit", repository.commit_text({}, "m\n"));
  auto reader = ObjectReader::start(repository.path());
  ASSERT_TRUE(reader);
  const auto missing = reader->read(std::string(40, '1'));
  ASSERT_TRUE(missing);
  EXPECT_FALSE(*missing);
  const auto found = reader->read(commit);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, commit);
  const auto tree = reader->read(commit + "^{tree}");
  ASSERT_TRUE(tree && *tree);
  EXPECT_EQ((*tree)->type, "tree");
  EXPECT_FALSE(reader->read("a\nb"));
  EXPECT_FALSE(reader->read(""));
}

TEST(ObjectReaderTest, RefusesOtherBytesForAName) {
  const Repository repository;
  const std::string one = repository.store("blob", "one");
  const std::string two = repository.store("blob", "two");
  const auto path_of = [&](const std::string& id) {
    return std::filesystem::path(repository.path()) / ".git/objects" / id.substr(0, 2) /
           id.substr(2);
  };
  std::filesystem::rename(path_of(two), path_of(one));
  auto reader = ObjectReader::start(repository.path());
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->read(one));
}

}  // namespace
}  // namespace touchstone::git
