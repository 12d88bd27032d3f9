// SPDX-License-Identifier: Apache-2.0
#include "git-integration/counters/audit.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;
using From = KnownSignature::From;
using Group = std::span<const KnownSignature>;

std::uint64_t count(Group group, From from) {
  std::uint64_t count = 0;
  for (const KnownSignature& each : group) {
    count += each.from == from ? 1U : 0U;
  }
  return count;
}
// is_twin says whether an object is the one before it once more, with a signature of the same data.
bool is_twin(const KnownSignature& object, const KnownSignature& before) {
  return object.signed_data && object.signed_data == before.signed_data;
}

// count_objects gives how many different signatures the objects have.
std::uint64_t count_objects(Group group) {
  std::uint64_t count = 0;
  const KnownSignature* before = nullptr;
  for (const KnownSignature& each : group) {
    if (each.from == From::kRepository) {
      count += before != nullptr && is_twin(each, *before) ? 0U : 1U;
      before = &each;
    }
  }
  return count;
}
bool has(Group group, From from) { return count(group, from) != 0; }

// Auditor goes through the values of one key from the lowest up.
class Auditor final {
 public:
  explicit Auditor(const AuditedKey& key) : key_(key) {
    audit_.exact = key.dedicated && key.habit == CounterHabit{CounterKind::kSteps, 1};
  }

  // take gets all that has one value, objects by what is signed and name, and each of them once.
  void take(Group group) {
    const std::uint32_t counter = group.front().counter;
    if (counter != 0) {
      note_gap(counter);
      find_repeats(group);
    }
    audit_.probes += count(group, From::kProbe);
    const std::uint64_t in_journal = count(group, From::kJournal);
    audit_.signatures += std::max(in_journal, count_objects(group));
    for (const KnownSignature& each : group) {
      if (each.from == From::kRepository) {
        take_object(each, in_journal != 0);
      }
    }
  }

  KeyAudit finish() {
    if (audit_.exact && audit_.unknown > 0) {
      add(Code::kCounterGap, {}, {}, "counter " + to_text(audit_.missing),
          static_cast<std::int64_t>(audit_.unknown));
    }
    return std::move(audit_);
  }

 private:
  void add(Code code, std::string id, std::string other, const std::string& what,
           std::int64_t native = 0) {
    audit_.findings.push_back(
        HistoryFinding{Error{code, native, "key " + key_.fingerprint + ": " + what}, std::move(id),
                       std::move(other)});
  }

  void note_gap(std::uint32_t counter) {
    if (audit_.first == 0) {
      audit_.first = counter;
    } else if (counter - audit_.last > 1) {
      audit_.unknown += counter - audit_.last - 1;
      if (audit_.exact && audit_.missing.size() < kMissingRangesMax) {
        audit_.missing.push_back(CounterRange{audit_.last + 1, counter - 1});
      }
    }
    audit_.last = counter;
  }

  // A journal does not hold the object it had signed: only what has another place is a second one.
  void find_repeats(Group group) {
    const std::string what = "counter " + std::to_string(group.front().counter);
    const KnownSignature* object = nullptr;
    for (const KnownSignature& each : group) {
      if (each.from == From::kRepository) {
        if (object != nullptr && !is_twin(each, *object)) {
          add(Code::kCounterRepeated, each.id, object->id, what);
        }
        object = &each;
      }
    }
    if (has(group, From::kProbe) && (object != nullptr || has(group, From::kJournal))) {
      add(Code::kCounterRepeated, object != nullptr ? object->id : std::string(), {},
          what + ", which a probe has too");
    }
  }

  void take_object(const KnownSignature& object, bool in_journal) {
    if (!in_journal || object.counter == 0) {
      audit_.elsewhere.push_back(object.id);
    }
    if (!object.touched) {
      add(Code::kNoPresence, object.id, {}, "counter " + std::to_string(object.counter));
    }
  }

  const AuditedKey& key_;
  KeyAudit audit_;
};

}  // namespace

std::string_view name_of(CounterKind kind) {
  switch (kind) {
    case CounterKind::kUnknown:
      return "unknown";
    case CounterKind::kNone:
      return "none";
    case CounterKind::kSteps:
      return "steps";
    case CounterKind::kVaries:
      return "varies";
  }
  return "unknown";
}

CounterHabit habit_of(std::span<const std::uint32_t> counters) {
  if (counters.size() < 2) {
    return {};
  }
  CounterHabit habit{CounterKind::kSteps, 0};
  for (std::size_t i = 1; i < counters.size(); ++i) {
    if (counters[i] < counters[i - 1]) {
      return {};
    }
    const std::uint32_t step = counters[i] - counters[i - 1];
    if (i > 1 && step != habit.step) {
      return {CounterKind::kVaries, 0};
    }
    habit.step = step;
  }
  return habit.step == 0 ? CounterHabit{CounterKind::kNone, 0} : habit;
}

KeyAudit audit_key(const AuditedKey& key, std::vector<KnownSignature> known) {
  const auto place = [](const KnownSignature& each) {
    return std::tie(each.counter, each.from, each.signed_data, each.id);
  };
  std::sort(known.begin(), known.end(),
            [&](const auto& left, const auto& right) { return place(left) < place(right); });
  known.erase(std::unique(known.begin(), known.end(),
                          [&](const auto& left, const auto& right) {
                            // Without a counter every one is another, but for one object twice.
                            return place(left) == place(right) &&
                                   (left.counter != 0 || left.from == From::kRepository);
                          }),
              known.end());
  Auditor auditor(key);
  const Group all(known);
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin + 1;
    while (end < all.size() && all[end].counter == all[begin].counter) {
      ++end;
    }
    auditor.take(all.subspan(begin, end - begin));
    begin = end;
  }
  return auditor.finish();
}

std::string to_text(std::span<const CounterRange> ranges) {
  std::string text;
  for (const CounterRange& range : ranges) {
    text += (text.empty() ? "" : ", ") + std::to_string(range.first);
    if (range.last != range.first) {
      text += "-" + std::to_string(range.last);
    }
  }
  return text;
}

}  // namespace touchstone::git
