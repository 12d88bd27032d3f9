// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/error.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {

// SarifLog writes what a verification refused as one SARIF 2.1.0 log (OASIS, sections 3.13, 3.14,
// 3.27), piece by piece, so that memory stays flat: begin, then what add gives, then end. Every
// problem is a result; its rule is the problem's word, and the mend is the rule's help. A result is
// at a commit's or tag's name as a logical location; by a policy, also at the policy's file, which
// viewers that know files alone show it at. Text from outside is escaped for display.
class SarifLog final {
 public:
  explicit SarifLog(bool by_policy) : by_policy_(by_policy) {}

  static std::string begin();
  // add gives the results of a verdict or finding; empty where there is none.
  std::string add(const ObjectVerdict& object);
  std::string add(const HistoryFinding& finding);
  // end closes the log; with what stopped the verification before its end, when something did. The
  // log is whole either way.
  std::string end(const base::Error* stopped) const;

 private:
  struct Place {
    std::string name;
    const char* kind;  // of the logical location (section 3.33.7)
    std::string file;  // empty: none of its own
  };
  std::string result(const base::Error& problem, const Place& place);

  bool by_policy_;
  std::uint64_t results_{0};
  std::set<base::Code> rules_;
};

}  // namespace touchstone::git
