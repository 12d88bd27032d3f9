// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

namespace touchstone::agent {

// Pseudoterminal with nobody at it; what was written can be read back.
class Pseudoterminal final {
 public:
  Pseudoterminal() {
    int controller = -1;
    int terminal = -1;
    std::array<char, 64> name{};
    if (openpty(&controller, &terminal, name.data(), nullptr, nullptr) != 0) {
      throw std::runtime_error("openpty");
    }
    controller_ = base::FileDescriptor(controller);
    terminal_ = base::FileDescriptor(terminal);
    name_ = name.data();
    fcntl(controller, F_SETFL, O_NONBLOCK);
    // As a program that reads key by key has it: nothing is made of a line feed.
    termios settings{};
    tcgetattr(terminal, &settings);
    cfmakeraw(&settings);
    tcsetattr(terminal, TCSANOW, &settings);
  }

  const std::string& name() const { return name_; }
  int terminal() const { return terminal_.get(); }

  std::string seen() const {
    std::string text;
    std::array<char, 4096> chunk{};
    for (ssize_t count = 0;
         (count = read(controller_.get(), chunk.data(), chunk.size())) > 0 || errno == EINTR;) {
      text.append(chunk.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  base::FileDescriptor controller_;
  base::FileDescriptor terminal_;
  std::string name_;
};

}  // namespace touchstone::agent
