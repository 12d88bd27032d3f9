// SPDX-License-Identifier: Apache-2.0
#include "git-integration/report/history_report.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int32_t kMonths = 12;
constexpr std::int32_t kWeek = 7;
constexpr std::int32_t kBarsMax = kReportBarsMax;
constexpr std::uint64_t kSecondsMin = 631'152'000;    // 1990-01-01
constexpr std::uint64_t kSecondsMax = 4'102'444'800;  // 2100-01-01

std::string two_digits(unsigned number) {
  constexpr unsigned kTen = 10;
  return (number < kTen ? "0" : "") + std::to_string(number);
}

year_month_day date_of(std::int32_t day) { return {sys_days(days(day))}; }

// month_of gives year * 12 + month, which counts from zero.
std::int32_t month_of(std::int32_t day) {
  const year_month_day date = date_of(day);
  return static_cast<int>(date.year()) * kMonths +
         static_cast<std::int32_t>(static_cast<unsigned>(date.month())) - 1;
}

std::string month_label(std::int32_t month) {
  return std::to_string(month / kMonths) + "-" +
         two_digits(static_cast<unsigned>(month % kMonths) + 1);
}

std::string day_label(std::int32_t day) {
  return month_label(month_of(day)) + "-" + two_digits(static_cast<unsigned>(date_of(day).day()));
}

// Scale says what stands for a day on the axis, and how many of those are in a bar.
struct Scale {
  std::int32_t (*place)(std::int32_t day);
  std::string (*label)(std::int32_t place);
  std::int32_t width;
};

Scale scale_for(std::int32_t first_day, std::int32_t last_day) {
  const auto same = [](std::int32_t day) { return day; };
  for (const std::int32_t width : {1, kWeek}) {
    if ((last_day - first_day) / width < kBarsMax) {
      return {same, day_label, width};
    }
  }
  return {month_of, month_label, (month_of(last_day) - month_of(first_day)) / kBarsMax + 1};
}

}  // namespace

void HistoryReport::add(const ObjectVerdict& object) {
  const auto index = static_cast<std::size_t>(object.verdict.presence.presence);
  if (object.kind == ObjectKind::kCommit) {
    if (object.seconds >= kSecondsMin && object.seconds < kSecondsMax) {
      constexpr std::uint64_t kDaySeconds = 24 * 60 * 60;
      ++days_[static_cast<std::int32_t>(object.seconds / kDaySeconds)].at(index);
    } else {
      ++undated_;
    }
  }
  Signer& signer = signer_of(object.verdict.signer, object.identity);
  ++signer.counts.at(index);
  count_counter(object);
  if (!object.accepted) {
    ++signer.refused;
    keep_refused(object);
  }
}

HistoryReport::Signer& HistoryReport::signer_of(const std::string& name,
                                                std::string_view identity) {
  if (name.empty()) {
    return nobody_;
  }
  const std::pair key(name, identity);
  const auto found = signers_.find(key);
  if (found != signers_.end()) {
    return found->second;
  }
  if (signers_.size() >= kReportSignersMax) {
    return other_signers_;
  }
  return signers_.emplace(key, Signer{name, identity, {}, 0}).first->second;
}

void HistoryReport::count_counter(const ObjectVerdict& object) {
  const Verdict& verdict = object.verdict;
  const std::uint32_t counter = own_counter(verdict).value_or(0);
  if (counter == 0) {
    return;
  }
  auto entry = counter_index_.find(verdict.key);
  if (entry == counter_index_.end()) {
    if (counters_.size() >= kReportKeysMax) {
      ++other_counters_;
      return;
    }
    entry = counter_index_.emplace(verdict.key, counters_.size()).first;
    counters_.push_back(CounterLine{verdict.key, {}, {}, 0});
  }
  CounterLine& line = counters_[entry->second];
  line.signer = verdict.signer;
  if (counter_values_ >= kReportCountersMax) {
    ++line.left_out;
    return;
  }
  ++counter_values_;
  line.values.push_back(counter);
}

void HistoryReport::keep_refused(const ObjectVerdict& object) {
  for (const base::Error& problem : object.problems) {
    ++problems_[problem.code];
  }
  if (refused_.size() >= kReportRefusedMax) {
    return;
  }
  const std::size_t kept = std::min(object.problems.size(), kReportProblemsMax);
  refused_.push_back(
      Refused{object.kind, object.id, object.name, object.verdict.presence, object.verdict.signer,
              std::vector<base::Error>(object.problems.begin(),
                                       object.problems.begin() + static_cast<std::ptrdiff_t>(kept)),
              object.problems.size() - kept});
}

void HistoryReport::finish(VerifySummary summary) {
  summary_ = std::move(summary);
  for (const HistoryFinding& finding : summary_.findings) {
    ++problems_[finding.error.code];
  }
  for (CounterLine& line : counters_) {
    std::sort(line.values.begin(), line.values.end());
  }
}

std::vector<HistoryReport::Bar> HistoryReport::bars() const {
  std::vector<Bar> bars;
  if (days_.empty()) {
    return bars;
  }
  const std::int32_t first_day = days_.begin()->first;
  const std::int32_t last_day = days_.rbegin()->first;
  const Scale scale = scale_for(first_day, last_day);
  const std::int32_t first = scale.place(first_day);
  const std::int32_t last = scale.place(last_day);
  for (std::int32_t begin = first; begin <= last; begin += scale.width) {
    const std::int32_t end = std::min(last, begin + scale.width - 1);
    std::string label = scale.label(begin);
    if (end != begin) {
      label += " to " + scale.label(end);
    }
    bars.push_back(Bar{std::move(label), {}});
  }
  for (const auto& [day, counts] : days_) {
    Bar& bar = bars.at(static_cast<std::size_t>((scale.place(day) - first) / scale.width));
    for (std::size_t i = 0; i < counts.size(); ++i) {
      bar.counts.at(i) += counts.at(i);
    }
  }
  return bars;
}

std::vector<HistoryReport::Signer> HistoryReport::signers() const {
  std::vector<Signer> signers;
  for (const auto& [key, signer] : signers_) {
    signers.push_back(signer);
  }
  std::stable_sort(signers.begin(), signers.end(), [](const Signer& a, const Signer& b) {
    return total_of(a.counts) > total_of(b.counts);
  });
  return signers;
}

std::uint64_t total_of(const ClassCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::vector<HistoryReport::Gap> gaps_of(std::span<const std::uint32_t> values) {
  std::vector<HistoryReport::Gap> gaps;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const HistoryReport::Gap gap{values[i - 1], values[i]};
    if (gap.before > gap.after && gap.missing() > 0) {
      gaps.push_back(gap);
    }
  }
  std::stable_sort(gaps.begin(), gaps.end(),
                   [](const HistoryReport::Gap& a, const HistoryReport::Gap& b) {
                     return a.missing() > b.missing();
                   });
  return gaps;
}

}  // namespace touchstone::git
