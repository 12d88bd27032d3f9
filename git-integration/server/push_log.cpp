// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_log.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "git-integration/server/git_plumbing.h"
#include "git-integration/server/limits.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// tip_of gives where the log's ref is; empty when there is none. By its exact name: rev-parse would
// take refs/tags/refs/touchstone/pushes for it, which anybody may push who may push a tag.
Result<std::string> tip_of(const std::string& repository) {
  TRY(refs,
      git_output(repository, {{"for-each-ref", "--format=%(objectname) %(objecttype) %(refname)",
                               std::string(kPushLogRef)}}));
  Lines lines(refs);
  while (const auto line = lines.next()) {
    const std::size_t type = line->find(' ');
    const std::size_t name = line->find(' ', type + 1);
    if (type == std::string_view::npos || name == std::string_view::npos ||
        line->substr(name + 1) != kPushLogRef) {
      continue;  // one below it, where there can be none beside it
    }
    if (line->substr(type + 1, name - type - 1) != "commit") {
      return fail(Code::kMalformed, std::string(kPushLogRef) + " is no commit");
    }
    return std::string(line->substr(0, type));
  }
  return std::string();
}

// take_blob takes one answer of `git cat-file --batch`: "ID blob SIZE\n", the bytes, "\n".
Result<std::string_view> take_blob(std::string_view& rest) {
  const std::size_t line_end = rest.find('\n');
  const std::string_view header = rest.substr(0, line_end);
  const std::size_t type = header.find(" blob ");
  if (line_end == std::string_view::npos || type == std::string_view::npos) {
    return fail(Code::kMalformed, "an entry without record");
  }
  const std::string_view digits = header.substr(type + std::string_view(" blob ").size());
  std::size_t size = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc() || stop != digits.data() + digits.size() ||
      size >= rest.size() - line_end - 1) {
    return fail(Code::kProtocol, "git cat-file");
  }
  const std::string_view blob = rest.substr(line_end + 1, size);
  rest.remove_prefix(line_end + 1 + size + 1);
  return blob;
}

Result<std::vector<PushRecord>> read_records(const std::string& repository) {
  std::vector<PushRecord> records;
  TRY(tip, tip_of(repository));
  if (tip.empty()) {
    return records;
  }
  TRY(ids, git_output(
               repository,
               {{"rev-list", "--reverse", "--first-parent", tip, "--"}, {}, {}, kPushLogBytesMax}));
  std::string names;
  std::size_t count = 0;
  Lines lines(ids);
  while (const auto id = lines.next()) {
    names.append(*id).append(":record\n");
    ++count;
  }
  if (count > kPushLogEntriesMax) {
    return fail(Code::kTooLong, "limit " + std::to_string(kPushLogEntriesMax) + " pushes");
  }
  TRY(blobs,
      git_output(repository, {{"cat-file", "--batch", "--buffer"}, names, {}, kPushLogBytesMax}));
  std::string_view rest = blobs;
  for (std::size_t i = 0; i < count; ++i) {
    TRY(blob, take_blob(rest));
    TRY(record, parse_push_record(blob));
    records.push_back(std::move(record));
  }
  return records;
}

// Graph is the part of a repository's history that records speak of.
class Graph final {
 public:
  // parse takes the output of `git rev-list --parents`, which must outlive it.
  static Graph parse(std::string_view text);

  bool contains(std::string_view id) const { return index_.contains(id); }
  // mark gives every commit reached from `id` that has no mark yet this one.
  void mark(std::string_view id, std::optional<std::uint64_t> seconds);

  template <class Each>
  void each_time(Each&& each) const {
    for (const auto& [id, index] : index_) {
      if (const auto& time = nodes_[index].seconds) {
        each(id, *time);
      }
    }
  }

 private:
  struct Node {
    std::size_t parents_begin{0};
    std::size_t parents_end{0};
    bool marked{false};
    std::optional<std::uint64_t> seconds;
  };

  std::vector<Node> nodes_;
  std::vector<std::string_view> parents_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

Graph Graph::parse(std::string_view text) {
  Graph graph;
  Lines lines(text);
  while (auto line = lines.next()) {
    const std::string_view id = line->substr(0, line->find(' '));
    Node node;
    node.parents_begin = graph.parents_.size();
    for (std::string_view rest = line->substr(id.size()); !rest.empty();) {
      rest.remove_prefix(1);
      const std::string_view parent = rest.substr(0, rest.find(' '));
      graph.parents_.push_back(parent);
      rest.remove_prefix(parent.size());
    }
    node.parents_end = graph.parents_.size();
    graph.index_.emplace(id, graph.nodes_.size());
    graph.nodes_.push_back(node);
  }
  return graph;
}

void Graph::mark(std::string_view id, std::optional<std::uint64_t> seconds) {
  std::vector<std::string_view> open = {id};
  while (!open.empty()) {
    const auto found = index_.find(open.back());
    open.pop_back();
    if (found == index_.end() || nodes_[found->second].marked) {
      continue;
    }
    Node& node = nodes_[found->second];
    node.marked = true;
    node.seconds = seconds;
    for (std::size_t i = node.parents_begin; i < node.parents_end; ++i) {
      open.push_back(parents_[i]);
    }
  }
}

// ids_of gives every object name in the records, once, a line each.
std::string ids_of(const std::vector<PushRecord>& records, std::string_view suffix,
                   const Graph* but_not) {
  std::vector<std::string_view> ids;
  for (const PushRecord& record : records) {
    for (const PushUpdate& update : record.updates) {
      for (const std::string& id : {std::cref(update.old_id), std::cref(update.new_id)}) {
        if (!is_zero_id(id) && (but_not == nullptr || !but_not->contains(id))) {
          ids.push_back(id);
        }
      }
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::string text;
  for (const std::string_view id : ids) {
    text.append(id).append(suffix).append("\n");
  }
  return text;
}

// peel gives the commits behind those names in the records that are none: tags.
Result<std::unordered_map<std::string, std::string>> peel(const std::string& repository,
                                                          const std::vector<PushRecord>& records,
                                                          const Graph& graph) {
  std::unordered_map<std::string, std::string> commits;
  const std::string tags = ids_of(records, "", &graph);
  const std::string names = ids_of(records, "^{commit}", &graph);
  if (tags.empty()) {
    return commits;
  }
  TRY(out,
      git_output(
          repository,
          {{"cat-file", "--batch-check=%(objectname)", "--buffer"}, names, {}, kHistoryBytesMax}));
  Lines tag_lines(tags);
  Lines commit_lines(out);
  while (const auto tag = tag_lines.next()) {
    const auto commit = commit_lines.next();
    if (commit && graph.contains(*commit)) {
      commits.emplace(*tag, *commit);
    }
  }
  return commits;
}

// write runs one of the commands that add to the repository, and gives what it names.
Result<std::string> write(const std::string& repository, std::vector<std::string> arguments,
                          std::string_view input, std::vector<std::string> environment = {}) {
  GitCall call{std::move(arguments), input, std::move(environment)};
  call.durable = true;
  return git_line(repository, call);
}

Result<std::string> write_blob(const std::string& repository, std::string_view bytes) {
  return write(repository, {"hash-object", "-t", "blob", "-w", "--stdin"}, bytes);
}

// write_entry makes the commit of one entry and gives its name.
Result<std::string> write_entry(const std::string& repository, const LogEntry& entry,
                                const std::string& parent) {
  TRY(record, write_blob(repository, encode_push_record(entry.record)));
  std::string tree = "100644 blob " + record + "\trecord\n";
  if (!entry.certificate.empty()) {
    TRY(certificate, write_blob(repository, base::as_text(entry.certificate)));
    tree += "100644 blob " + certificate + "\tcertificate\n";
  }
  TRY(tree_id, write(repository, {"mktree"}, tree));
  // With an @, a small number is a time too.
  const std::string date = "@" + std::to_string(entry.record.received_seconds) + " +0000";
  std::vector<std::string> arguments = {"commit-tree", tree_id};
  if (!parent.empty()) {
    arguments.insert(arguments.end(), {"-p", parent});
  }
  return write(repository, arguments, "push\n",
               {"GIT_AUTHOR_NAME=touchstone", "GIT_AUTHOR_EMAIL=", "GIT_COMMITTER_NAME=touchstone",
                "GIT_COMMITTER_EMAIL=", "GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date});
}

}  // namespace

Result<PushLog> PushLog::read(const std::string& repository) {
  PushLog log;
  auto records = read_records(repository).with_context(kPushLogRef);
  TRY_ASSIGN(log.records_, std::move(records));
  if (!log.records_.empty()) {
    TRY_VOID(log.read_times(repository).with_context(kPushLogRef));
  }
  return log;
}

// Records are taken from the oldest on, and what a ref held before counts as there already, so
// that a commit's first mark is that of the push that brought it.
Status PushLog::read_times(const std::string& repository) {
  const std::string ids = ids_of(records_, "", nullptr);
  TRY(text,
      git_output(
          repository,
          {{"rev-list", "--parents", "--ignore-missing", "--stdin"}, ids, {}, kHistoryBytesMax}));
  Graph graph = Graph::parse(text);
  TRY(peeled, peel(repository, records_, graph));
  const auto commit_of = [&](const std::string& id) -> std::string_view {
    const auto found = peeled.find(id);
    return found == peeled.end() ? std::string_view(id) : found->second;
  };
  for (const PushRecord& record : records_) {
    for (const PushUpdate& update : record.updates) {
      graph.mark(commit_of(update.old_id), std::nullopt);
    }
    for (const PushUpdate& update : record.updates) {
      if (peeled.contains(update.new_id)) {
        times_.emplace(update.new_id, record.received_seconds);
      }
      graph.mark(commit_of(update.new_id), record.received_seconds);
    }
  }
  graph.each_time([&](std::string_view id, std::uint64_t seconds) { times_.emplace(id, seconds); });
  return {};
}

std::optional<std::uint64_t> PushLog::received(std::string_view id) const {
  const auto found = times_.find(std::string(id));
  return found == times_.end() ? std::nullopt : std::optional(found->second);
}

Status append_to_log(const std::string& repository, const std::vector<LogEntry>& entries) {
  if (entries.empty()) {
    return {};
  }
  TRY(before, tip_of(repository));
  for (int tries = 0; tries < kAppendTriesMax; ++tries) {
    std::string tip = before;
    for (const LogEntry& entry : entries) {
      TRY_ASSIGN(tip, write_entry(repository, entry, tip));
    }
    // An old value of zeros says that the ref must not be there yet.
    const std::string old = before.empty() ? std::string(tip.size(), '0') : before;
    GitCall move{{"update-ref", std::string(kPushLogRef), tip, old}};
    move.durable = true;
    TRY(moved, call_git(repository, move));
    if (moved.status == 0) {
      return {};
    }
    TRY(now, tip_of(repository));
    if (now == before) {
      return fail(Code::kExternalProgram, "git update-ref: " + moved.error, moved.status);
    }
    before = std::move(now);
  }
  return fail(Code::kExternalProgram, std::string(kPushLogRef) + ": others kept moving it");
}

}  // namespace touchstone::git::server
