// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokens/token.h"

namespace touchstone::tokens {

// TokenOpener makes a Token of something that was found. open() is called once, on the thread that
// will own the token, and must end within seconds whatever the device does.
class TokenOpener {
 public:
  virtual ~TokenOpener() = default;
  virtual base::Result<std::unique_ptr<Token>> open() = 0;
};

struct FoundToken {
  TokenId id;  // never used before
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
