// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace touchstone::agent::cli {

constexpr std::size_t kPassphraseMax = 1024;

enum class Colour : std::uint8_t { kGreen, kYellow, kRed, kBold, kDim };

// Console is the person and the pipes in front of the program. Results go to out(), everything
// said about them to err(). What is given to it is displayable already.
class Console {
 public:
  virtual ~Console() = default;
  virtual void out(std::string_view text) = 0;
  virtual void err(std::string_view text) = 0;
  // flush writes what out() kept; kSystem or kDiskFull when the other end does not take it.
  virtual base::Status flush() = 0;

  virtual bool out_is_terminal() const = 0;
  virtual bool err_is_terminal() const = 0;
  // has_person: questions can be asked (there is a controlling terminal).
  virtual bool has_person() const = 0;
  // paint gives text in colour for out(), or as it is when out() takes none: not a terminal,
  // or NO_COLOR is set.
  virtual std::string paint(Colour colour, std::string_view text) const = 0;

  // confirm asks a question that is answered with yes or no; no by default.
  virtual base::Result<bool> confirm(std::string_view question) = 0;
  // passphrase reads a line from the terminal without showing it. kPinCancelled when there is
  // no terminal or the person gives up.
  virtual base::Result<base::Secret> passphrase(std::string_view question) = 0;
};

// SystemConsole is the process's own: descriptors 1 and 2 and /dev/tty. Colour is used on a
// terminal unless no_colour says otherwise (https://no-color.org).
class SystemConsole final : public Console {
 public:
  explicit SystemConsole(bool no_colour);
  ~SystemConsole() override;
  SystemConsole(const SystemConsole&) = delete;
  SystemConsole& operator=(const SystemConsole&) = delete;

  void out(std::string_view text) override;
  void err(std::string_view text) override;
  base::Status flush() override;
  bool out_is_terminal() const override { return out_is_terminal_; }
  bool err_is_terminal() const override { return err_is_terminal_; }
  bool has_person() const override;
  std::string paint(Colour colour, std::string_view text) const override;
  base::Result<bool> confirm(std::string_view question) override;
  base::Result<base::Secret> passphrase(std::string_view question) override;

 private:
  std::string kept_;
  base::Status written_;
  bool out_is_terminal_{false};
  bool err_is_terminal_{false};
  bool colour_{false};
};

}  // namespace touchstone::agent::cli
