// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/console.h"

#include <cerrno>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

namespace touchstone::agent::cli {
namespace {

constexpr std::size_t kKeptMax = 64 * 1024;
constexpr std::size_t kAnswerMax = 64;

std::string_view sequence_of(Colour colour) {
  switch (colour) {
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kDim:
      return "\x1b[2m";
  }
  return "";
}

base::FileDescriptor open_terminal() {
  return base::FileDescriptor(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
}

// EchoOff keeps a terminal from showing what is typed, and puts it back as it was.
class EchoOff final {
 public:
  explicit EchoOff(int fd) : fd_(fd), changed_(::tcgetattr(fd, &before_) == 0) {
    if (changed_) {
      termios silent = before_;
      silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
      changed_ = ::tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
    }
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (changed_) {
      ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }
  }
  bool holds() const { return changed_; }

 private:
  int fd_;
  termios before_{};
  bool changed_;
};

// read_byte gives false at the end of file.
base::Result<bool> read_byte(int fd, std::uint8_t& byte) {
  while (true) {
    const ssize_t count = ::read(fd, &byte, 1);
    if (count >= 0) {
      return count == 1;
    }
    if (errno != EINTR) {
      return base::fail(base::from_errno(errno, "reading from the terminal"));
    }
  }
}

}  // namespace

SystemConsole::SystemConsole(bool no_colour)
    : out_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      err_is_terminal_(::isatty(STDERR_FILENO) == 1),
      colour_(out_is_terminal_ && !no_colour) {}

SystemConsole::~SystemConsole() { (void)flush(); }

void SystemConsole::out(std::string_view text) {
  kept_ += text;
  if (out_is_terminal_ || kept_.size() >= kKeptMax) {
    (void)flush();
  }
}

void SystemConsole::err(std::string_view text) {
  (void)flush();  // so that both streams on one terminal keep their order
  (void)base::write_all(STDERR_FILENO, base::as_bytes(text));
}

base::Status SystemConsole::flush() {
  if (written_.has_value() && !kept_.empty()) {
    written_ =
        base::write_all(STDOUT_FILENO, base::as_bytes(kept_)).with_context("standard output");
  }
  kept_.clear();
  return written_;
}

bool SystemConsole::has_person() const { return open_terminal().valid(); }

std::string SystemConsole::paint(Colour colour, std::string_view text) const {
  if (!colour_) {
    return std::string(text);
  }
  return std::string(sequence_of(colour)) + std::string(text) + "\x1b[0m";
}

base::Result<bool> SystemConsole::confirm(std::string_view question) {
  (void)flush();
  const base::FileDescriptor terminal = open_terminal();
  if (!terminal.valid()) {
    return base::fail(base::Code::kUsage, "there is no terminal to ask on; add --yes");
  }
  const std::string line = std::string(question) + " [y/N] ";
  TRY_VOID(base::write_all(terminal.get(), base::as_bytes(line)));
  std::string answer;
  std::uint8_t byte = 0;
  while (true) {
    TRY(more, read_byte(terminal.get(), byte));
    if (!more || byte == '\n') {
      break;
    }
    if (answer.size() < kAnswerMax) {
      answer.push_back(static_cast<char>(byte));
    }
  }
  return answer == "y" || answer == "Y" || answer == "yes";
}

base::Result<base::Secret> SystemConsole::passphrase(std::string_view question) {
  (void)flush();
  const base::FileDescriptor terminal = open_terminal();
  if (!terminal.valid()) {
    return base::fail(base::Code::kPinCancelled, "there is no terminal to ask for a passphrase on");
  }
  TRY(secret, base::Secret::make(kPassphraseMax));
  std::size_t size = 0;
  bool ended = false;
  {
    const EchoOff silent(terminal.get());
    if (!silent.holds()) {
      return base::fail(base::Code::kPinCancelled, "the terminal cannot be kept from echoing");
    }
    TRY_VOID(base::write_all(terminal.get(), base::as_bytes(question)));
    std::uint8_t byte = 0;
    while (!ended) {
      TRY(more, read_byte(terminal.get(), byte));
      if (!more) {
        break;
      }
      ended = byte == '\n';
      if (!ended && size == kPassphraseMax) {
        return base::fail(base::Code::kTooLong, "passphrase");
      }
      if (!ended) {
        secret.data()[size++] = byte;
      }
    }
    base::wipe({&byte, 1});
  }
  TRY_VOID(base::write_all(terminal.get(), base::as_bytes("\n")));
  if (!ended && size == 0) {
    return base::fail(base::Code::kPinCancelled, "no passphrase");
  }
  secret.shrink(size);
  return secret;
}

}  // namespace touchstone::agent::cli
