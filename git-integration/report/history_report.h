// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "git-integration/verify_command.h"

namespace touchstone::git {

constexpr std::size_t kPresenceClasses = std::tuple_size_v<decltype(VerifySummary::by_class)>;
using ClassCounts = std::array<std::uint64_t, kPresenceClasses>;  // index: PresenceClass

// HistoryReport gathers verdicts into what one page can show: how much of a history is covered
// over time, by whom, how each key's counter went, and what was refused and why. What it keeps is
// bounded by the kReport limits of limits.h; what comes after is counted. Text in it is as it came
// from outside. Not thread-safe.
class HistoryReport final {
 public:
  struct Bar {
    std::string label;  // "2026-03-05", "2026-03-05 to 2026-03-11", "2026-03", "2026-03 to 2026-08"
    ClassCounts counts{};
  };
  struct Signer {
    std::string name;
    std::string_view identity{};  // "bot" or "forge"; empty: a person
    ClassCounts counts{};
    std::uint64_t refused{0};
  };
  // CounterLine is what the verified signatures of one key say of its counter.
  struct CounterLine {
    std::string key;                    // fingerprint
    std::string signer;                 // of the signature seen last
    std::vector<std::uint32_t> values;  // rising after finish(); one that was repeated stands twice
    std::uint64_t left_out{0};          // seen after kReportCountersMax values
  };
  // Gap is a stretch of counter values that stand in no signature of this history.
  struct Gap {
    std::uint32_t after{0};
    std::uint32_t before{0};
    std::uint32_t missing() const { return before - after - 1; }
    bool operator==(const Gap&) const = default;
  };
  struct Refused {
    ObjectKind kind{ObjectKind::kCommit};
    std::string id;
    std::string name;  // of a tag
    Presence presence;
    std::string signer;
    std::vector<base::Error> problems;  // at most kReportProblemsMax
    std::size_t problems_left_out{0};
  };

  void add(const ObjectVerdict& object);
  // finish takes what only the end of the run tells. Call it once, last; what follows is for after.
  void finish(VerifySummary summary);

  const VerifySummary& summary() const { return summary_; }

  // bars gives the commits by the date they claim, oldest first, at most kReportBarsMax: a bar is
  // a day (UTC), a week or some months. A date before 1990 or after 2099 is in undated() instead.
  std::vector<Bar> bars() const;
  std::uint64_t undated() const { return undated_; }

  // signers gives who signed how much, most first.
  std::vector<Signer> signers() const;
  // Objects with no signer we know, and those of signers after kReportSignersMax.
  const Signer& nobody() const { return nobody_; }
  const Signer& other_signers() const { return other_signers_; }

  // counters gives one line a key, in the order they were seen; no line for a key that does not
  // count. other_counters gives the signatures of keys after kReportKeysMax.
  const std::vector<CounterLine>& counters() const { return counters_; }
  std::uint64_t other_counters() const { return other_counters_; }

  // How often each problem was met, findings included, and the first kReportRefusedMax objects.
  const std::map<base::Code, std::uint64_t>& problems() const { return problems_; }
  const std::vector<Refused>& refused() const { return refused_; }

 private:
  Signer& signer_of(const std::string& name, std::string_view identity);
  void count_counter(const ObjectVerdict& object);
  void keep_refused(const ObjectVerdict& object);

  VerifySummary summary_;
  std::map<std::int32_t, ClassCounts> days_;  // since 1970; at most those of 110 years
  std::uint64_t undated_{0};
  std::map<std::pair<std::string, std::string_view>, Signer> signers_;
  Signer nobody_;
  Signer other_signers_;
  std::map<std::string, std::size_t> counter_index_;
  std::vector<CounterLine> counters_;
  std::size_t counter_values_{0};
  std::uint64_t other_counters_{0};
  std::map<base::Code, std::uint64_t> problems_;
  std::vector<Refused> refused_;
};

std::uint64_t total_of(const ClassCounts& counts);

// gaps_of gives the gaps between rising values, widest first and then by value.
std::vector<HistoryReport::Gap> gaps_of(std::span<const std::uint32_t> values);

}  // namespace touchstone::git
