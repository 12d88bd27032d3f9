// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokens/token.h"

namespace touchstone::tokens {

// TokenOpener makes a Token of something that was found. open() is called on the thread that will
// own the token, and must end within seconds whatever the device does. After kTokenBusy it may be
// called again: the token answers somebody else first. Anything else it says is its last word.
class TokenOpener {
 public:
  virtual ~TokenOpener() = default;
  virtual base::Result<std::unique_ptr<Token>> open() = 0;
};

struct FoundToken {
  // What the system says of it; the id was never used before.
  TokenInfo identity;
  std::unique_ptr<TokenOpener> opener;
};

struct TokenChanges {
  std::vector<FoundToken> added;
  std::vector<TokenId> removed;
};

// TokenSource finds tokens and notices when they come and go. One thread.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  virtual std::string_view driver_name() const = 0;
  // descriptor becomes readable when changes() has something to tell.
  virtual int descriptor() const = 0;
  // enumerate gives what is there already. What comes later is told by changes(), and what comes
  // in between by one of them at least: nothing is lost, and nothing is given twice.
  virtual base::Result<TokenChanges> enumerate() = 0;
  virtual base::Result<TokenChanges> changes() = 0;
};

}  // namespace touchstone::tokens
