// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/received_tips.h"

#include <algorithm>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/server/git_plumbing.h"
#include "git-integration/server/limits.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;

// target_of gives the object a tag names, and its type.
Result<std::pair<std::string, std::string>> target_of(const StoredObject& tag) {
  Lines lines(base::as_text(tag.bytes));
  const auto object = strip_prefix(lines.next().value_or(std::string_view()), "object ");
  const auto type = strip_prefix(lines.next().value_or(std::string_view()), "type ");
  if (!object || !type) {
    return fail(Code::kMalformed, "tag " + tag.id);
  }
  return std::pair(std::string(*object), std::string(*type));
}

// read_objects reads many, in order, as many at a time as one stream takes.
Result<std::vector<StoredObject>> read_objects(const std::string& repository,
                                               const std::vector<std::string>& ids) {
  std::vector<StoredObject> objects;
  for (std::size_t begin = 0; begin < ids.size(); begin += kRangesMax) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(kRangesMax, ids.size() - begin);
    TRY(stream,
        ObjectStream::of_ids(repository, {first, first + static_cast<std::ptrdiff_t>(count)}));
    while (true) {
      TRY(object, stream.next());
      if (!object) {
        break;
      }
      objects.push_back(std::move(*object));
    }
  }
  return objects;
}

}  // namespace

Result<RefTips> list_tips(const std::string& repository) {
  GitCall call{{"for-each-ref", "--sort=-creatordate",
                "--format=%(HEAD)%(objectname) %(refname) %(symref)"}};
  call.output_max = kRefListMax;
  TRY(out, git_output(repository, call));
  RefTips tips;
  Lines lines(out);
  while (const auto line = lines.next()) {
    const std::size_t space = line->find(' ', 1);
    if (line->empty() || space == std::string_view::npos) {
      return fail(Code::kProtocol, "git for-each-ref");
    }
    const std::string_view names = line->substr(space + 1);
    const std::size_t end = names.find(' ');  // a ref's name has no space
    if (end == std::string_view::npos) {
      return fail(Code::kProtocol, "git for-each-ref");
    }
    tips.tips.push_back(
        Tip{std::string(line->substr(1, space - 1)), std::string(names.substr(0, end))});
    if (end + 1 < names.size()) {
      tips.symbolic.emplace(names.substr(0, end), names.substr(end + 1));
    }
    if (line->front() == '*') {
      tips.head = tips.tips.back().ref;
    }
  }
  return tips;
}

Result<std::vector<Arrival>> read_arrivals(const std::string& repository,
                                           const std::vector<const PushUpdate*>& updates) {
  std::vector<Arrival> arrivals;
  std::vector<std::string> ids;
  for (const PushUpdate* update : updates) {
    if (!update->deletes()) {
      arrivals.push_back(Arrival{.update = update});
      ids.push_back(update->new_id);
    }
  }
  std::vector<std::size_t> open(arrivals.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    open[i] = i;
  }
  // One round for each depth of tags that name tags. What a tag says of its object's type has to
  // be so: git believes it, and other programs do not.
  std::vector<std::string> types(open.size());
  for (std::size_t depth = 0; !open.empty(); ++depth) {
    if (depth > kTagDepthMax) {
      for (const std::size_t index : open) {
        arrivals[index].fault = Error{
            Code::kTooLong, 0, "a tag of a tag of a tag, limit " + std::to_string(kTagDepthMax)};
      }
      break;
    }
    TRY(objects, read_objects(repository, ids));
    if (objects.size() != open.size()) {
      return fail(Code::kProtocol, "git cat-file");
    }
    std::vector<std::size_t> further;
    std::vector<std::string> targets;
    std::vector<std::string> target_types;
    for (std::size_t i = 0; i < open.size(); ++i) {
      Arrival& arrival = arrivals[open[i]];
      if (!types[i].empty() && types[i] != objects[i].type) {
        arrival.fault =
            Error{Code::kMalformed, 0, "a tag says that " + ids[i] + " is a " + types[i]};
        continue;
      }
      if (objects[i].type != "tag") {
        arrival.end = objects[i].id;
        arrival.end_type = objects[i].type;
        continue;
      }
      auto target = target_of(objects[i]);
      if (!target) {
        arrival.fault = std::move(target.error());
        continue;
      }
      arrival.tags.push_back(std::move(objects[i]));
      further.push_back(open[i]);
      targets.push_back(std::move(target->first));
      target_types.push_back(std::move(target->second));
    }
    open = std::move(further);
    ids = std::move(targets);
    types = std::move(target_types);
  }
  return arrivals;
}

std::vector<std::string> ranges_of(const std::vector<std::string>& ids,
                                   const std::vector<std::string>& excluded) {
  std::vector<std::string> ranges;
  for (const std::string& id : ids) {
    // Written as a range, it is not taken for a tag's name that has to be looked up first.
    ranges.push_back(excluded.empty() ? id : excluded.front() + ".." + id);
  }
  for (std::size_t i = 1; i < excluded.size(); ++i) {
    ranges.push_back("^" + excluded[i]);
  }
  return ranges;
}

}  // namespace touchstone::git::server
