// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "git-integration/judge_pool.h"
#include "git-integration/presence.h"
#include "git-integration/server/receive_settings.h"
#include "git-integration/server/ref_updates.h"

namespace touchstone::git::server {

// OnRefused gets each way in which a commit or tag (its hex name) falls short.
using OnRefused = std::function<void(const std::string& id, base::Error error)>;

// TagChain is an annotated tag and the tags it names, the outermost first.
struct TagChain {
  const std::vector<StoredObject>* tags{nullptr};
  std::string name;       // that the outermost must have; empty: any
  bool of_commit{false};  // what the innermost names is one
  std::string ref;
};

// PushRules is what a repository demands of what is pushed: its own policy when it has an
// introduction, an allowed signers file otherwise. This is where the hooks meet the verifier.
class PushRules {
 public:
  virtual ~PushRules() = default;

  // make fails with kConfigInvalid when there is neither introduction nor signers: nobody could be
  // let in. `head` is the branch HEAD names, empty when there is none. Batches among the updates
  // count as those in the repository do.
  static base::Result<std::unique_ptr<PushRules>> make(const std::string& repository,
                                                       const ReceiveSettings& settings,
                                                       const std::string& head,
                                                       const std::vector<PushUpdate>& updates,
                                                       const base::Clock& clock);

  // trust is whose push certificates count.
  virtual Trust trust() const = 0;
  // judges says whether anything at all is demanded of what comes to a ref.
  virtual bool judges(std::string_view ref) const = 0;
  // protects says whether a ref has rules of its own, beside those of the settings.
  virtual bool protects(std::string_view ref) const = 0;
  // alike says whether every ref has the same rules, so that one walk does for all of them.
  virtual bool alike() const = 0;
  // counts_for says whether what a judged ref holds was judged as strictly as this update is.
  virtual bool counts_for(std::string_view ref, const PushUpdate& update) const = 0;
  virtual bool wants_signed_tag(std::string_view ref) const = 0;

  // judge_tags says of none of the tags' history; judge_commits does.
  virtual base::Status judge_tags(const TagChain& chain, const OnRefused& on_refused) const = 0;
  // judge_commits walks ranges (as for `git rev-list`) of what is new for a ref. What they leave
  // out was judged before.
  virtual base::Status judge_commits(const std::vector<std::string>& ranges, const std::string& ref,
                                     const OnRefused& on_refused) const = 0;
  // keep writes down what makes the next push faster, once nothing of this one was refused.
  virtual void keep() const {}
};

}  // namespace touchstone::git::server
