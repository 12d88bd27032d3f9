// SPDX-License-Identifier: Apache-2.0
#include "agent/pin_entry_assuan.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <termios.h>
#include <unistd.h>

#include "agent/assuan.h"
#include "agent/child_process.h"
#include "agent/environment.h"
#include "agent/terminal.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadBufferBytes = 2 * (kAssuanLineMax + 1);
constexpr std::string_view kFixedPath = "/usr/local/bin:/usr/bin:/bin";

// Everything else in our environment is no business of pinentry's.
std::vector<std::string> pinentry_environment() {
  constexpr std::array kKept = {"HOME",
                                "USER",
                                "LANG",
                                "LANGUAGE",
                                "LC_ALL",
                                "LC_CTYPE",
                                "LC_MESSAGES",
                                "DISPLAY",
                                "XAUTHORITY",
                                "WAYLAND_DISPLAY",
                                "XDG_RUNTIME_DIR",
                                "DBUS_SESSION_BUS_ADDRESS",
                                "TERM"};
  std::vector<std::string> environment{"PATH=" + std::string(kFixedPath)};
  for (const char* name : kKept) {
    if (const std::string value = environment_variable(name); !value.empty()) {
      environment.push_back(std::string(name) + "=" + value);
    }
  }
  return environment;
}

std::string character_type() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (std::string value = environment_variable(name); !value.empty()) {
      return value;
    }
  }
  return "C.UTF-8";
}

// One request; an optional one may be answered with an error by an older pinentry.
struct Request {
  std::string line;
  bool optional{false};
};

std::string text_request(std::string_view command, std::string_view text) {
  return std::string(command) + " " + escape_assuan(text, kPinTextBytesMax);
}

std::string description_of(const PinQuestion& question) {
  std::string text = question.description;
  if (question.tries_left >= 0) {
    text += "\n" + std::to_string(question.tries_left);
    text += question.tries_left == 1 ? " try left" : " tries left";
  }
  return text;
}

void add_terminal(std::vector<Request>& requests, const std::string& terminal) {
  const std::string type = environment_variable("TERM");
  requests.push_back({text_request("OPTION", "ttyname=" + terminal), true});
  requests.push_back({text_request("OPTION", "ttytype=" + (type.empty() ? "xterm" : type)), true});
  requests.push_back({text_request("OPTION", "lc-ctype=" + character_type()), true});
}

std::vector<Request> requests_for(const PinQuestion& question, bool with_terminal,
                                  std::chrono::seconds timeout) {
  std::vector<Request> requests;
  if (with_terminal) {
    add_terminal(requests, question.terminal);
  }
  requests.push_back({"SETTIMEOUT " + std::to_string(timeout.count()), true});
  requests.push_back({"SETTITLE Touchstone", true});
  requests.push_back({text_request("SETDESC", description_of(question))});
  requests.push_back({text_request("SETPROMPT", question.prompt)});
  if (question.after_wrong_pin) {
    requests.push_back({"SETERROR That PIN was wrong", true});
  }
  if (question.new_pin) {
    requests.push_back({"SETREPEATERROR The two PINs differ", true});
    requests.push_back({"SETREPEAT Again:", true});
  }
  requests.push_back({"GETPIN"});
  return requests;
}

// TerminalSettings are put back after a pinentry that was ended in the middle: echo was off.
class TerminalSettings {
 public:
  explicit TerminalSettings(const std::string& path) {
    auto terminal = path.empty()
                        ? base::Result<base::FileDescriptor>(base::fail(base::Code::kNoPrompt))
                        : open_terminal(path, geteuid());
    if (terminal && tcgetattr(terminal->get(), &settings_) == 0) {
      terminal_ = std::move(*terminal);
    }
  }
  bool usable() const { return terminal_.valid(); }
  void restore() const {
    if (usable()) {
      tcsetattr(terminal_.get(), TCSANOW, &settings_);
    }
  }

 private:
  base::FileDescriptor terminal_;
  termios settings_{};
};

// Conversation is one question. Handlers hold it; it ends by finish(), once.
class Conversation final : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(asio::io_context& io, PinEntry::Handler handler)
      : io_(io), stream_(io), timer_(io), handler_(std::move(handler)) {}

  base::Status start(const std::string& program, const PinQuestion& question,
                     std::chrono::steady_clock::duration timeout);
  void finish(base::Result<base::Secret> result);
  void drop() {
    handler_ = nullptr;
    finish(base::fail(base::Code::kCancelled));
  }
  bool is_over() const { return over_; }

 private:
  void read();
  void send(const Request& request);
  base::Status take_lines();
  base::Status take(const AssuanLine& line);
  base::Status take_ok();
  base::Status take_error(std::uint32_t number);
  base::Status take_pin();
  const Request& current() const { return requests_[next_ - 1]; }
  bool asking() const { return next_ > 0 && current().line == "GETPIN"; }

  asio::io_context& io_;
  asio::posix::stream_descriptor stream_;
  asio::steady_timer timer_;
  PinEntry::Handler handler_;
  std::optional<ChildProcess> program_;
  std::shared_ptr<TerminalSettings> terminal_;
  std::vector<Request> requests_;
  std::size_t next_{0};
  std::string out_;
  base::Secret buffer_;
  std::size_t used_{0};
  std::size_t lines_{0};
  base::Secret pin_;
  std::optional<base::Secret> first_;
  bool wants_repeat_{false};
  bool repeated_{false};
  bool over_{false};
};

base::Status Conversation::start(const std::string& program, const PinQuestion& question,
                                 std::chrono::steady_clock::duration timeout) {
  TRY_ASSIGN(buffer_, base::Secret::make(kReadBufferBytes));
  terminal_ = std::make_shared<TerminalSettings>(question.terminal);
  const auto own =
      std::max(std::chrono::duration_cast<std::chrono::seconds>(timeout) - kPinEntryMargin,
               std::chrono::seconds(1));
  requests_ = requests_for(question, terminal_->usable(), own);
  wants_repeat_ = question.new_pin;
  TRY(child, ChildProcess::start(io_, program, pinentry_environment()));
  program_.emplace(std::move(child));
  stream_.assign(program_->take_socket().release());
  timer_.expires_after(timeout);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) {
      self->finish(base::fail(base::Code::kPinCancelled, "nobody answered in time"));
    }
  });
  read();
  return {};
}

void Conversation::finish(base::Result<base::Secret> result) {
  if (over_) {
    return;
  }
  over_ = true;
  timer_.cancel();
  boost::system::error_code ignored;
  stream_.close(ignored);
  buffer_ = base::Secret();
  pin_ = base::Secret();
  first_.reset();
  if (program_) {
    program_->end([terminal = terminal_] { terminal->restore(); });
  }
  if (handler_) {
    // Result<Secret> cannot be copied, and a posted handler may be moved only once made.
    auto shared = std::make_shared<base::Result<base::Secret>>(std::move(result));
    asio::post(io_, [handler = std::move(handler_), shared] { handler(std::move(*shared)); });
    handler_ = nullptr;
  }
}

void Conversation::read() {
  const std::span<std::uint8_t> room = buffer_.data().subspan(used_);
  stream_.async_read_some(
      asio::buffer(room.data(), room.size()),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t count) {
        if (self->over_) {
          return;
        }
        if (error) {
          self->finish(
              base::fail(base::Code::kExternalProgram, "pinentry ended without an answer"));
          return;
        }
        self->used_ += count;
        if (base::Status done = self->take_lines(); !done) {
          self->finish(base::fail(std::move(done.error())));
        }
        if (!self->over_) {
          self->read();
        }
      });
}

base::Status Conversation::take_lines() {
  while (!over_) {
    const std::span<std::uint8_t> held = buffer_.data().first(used_);
    const auto end = std::find(held.begin(), held.end(), std::uint8_t{'\n'});
    const auto length = static_cast<std::size_t>(end - held.begin());
    if (end == held.end() && length <= kAssuanLineMax) {
      return {};
    }
    if (++lines_ > kAssuanLinesMax) {
      return base::fail(base::Code::kExternalProgram, "pinentry talks too much");
    }
    auto line = parse_assuan_line(held.first(length));
    base::Status done = line ? take(*line) : base::Status(base::fail(line.error()));
    if (!done) {
      // Whatever was wrong with it, it is pinentry that failed.
      const base::Code code = done.error().code;
      const bool told = code == base::Code::kPinCancelled || code == base::Code::kPinRequired;
      done.error().code = told ? code : base::Code::kExternalProgram;
      return done;
    }
    if (!over_) {
      std::move(held.begin() + static_cast<std::ptrdiff_t>(length) + 1, held.end(), held.begin());
      used_ -= length + 1;
      base::wipe(buffer_.data().subspan(used_));
    }
  }
  return {};
}

base::Status Conversation::take(const AssuanLine& line) {
  switch (line.kind) {
    case AssuanKind::kComment:
      return {};
    case AssuanKind::kStatus:
      repeated_ = repeated_ || base::as_text(line.rest) == "PIN_REPEATED";
      return {};
    case AssuanKind::kOk:
      return take_ok();
    case AssuanKind::kError:
      return take_error(line.error);
    case AssuanKind::kData:
      if (asking()) {
        return append_assuan_data(pin_, line.rest);
      }
      break;
    case AssuanKind::kInquire:
      break;
  }
  return base::fail(base::Code::kExternalProgram, "pinentry: an answer to nothing asked");
}

base::Status Conversation::take_ok() {
  if (asking()) {
    return take_pin();
  }
  send(requests_[next_]);
  return {};
}

base::Status Conversation::take_error(std::uint32_t number) {
  if (next_ > 0 && current().optional) {
    send(requests_[next_]);
    return {};
  }
  if (is_refusal(number)) {
    return base::fail(base::Code::kPinCancelled);
  }
  if (is_without_screen(number)) {
    return base::fail(base::Code::kPinRequired, "pinentry has no terminal or display to ask on",
                      number);
  }
  return base::fail(base::Code::kExternalProgram, "pinentry: error " + std::to_string(number),
                    number);
}

base::Status Conversation::take_pin() {
  if (pin_.empty()) {
    return base::fail(base::Code::kPinCancelled);
  }
  if (!wants_repeat_ || repeated_) {
    finish(std::move(pin_));
    return {};
  }
  if (first_) {
    if (!base::equal(first_->view(), pin_.view())) {
      return base::fail(base::Code::kPinCancelled, "the two PINs differ");
    }
    finish(std::move(pin_));
    return {};
  }
  // This pinentry knows no SETREPEAT: ask again ourselves.
  first_.emplace(std::exchange(pin_, base::Secret()));
  requests_.push_back({"SETPROMPT Again:"});
  requests_.push_back({"GETPIN"});
  send(requests_[next_]);
  return {};
}

void Conversation::send(const Request& request) {
  ++next_;
  out_ = request.line + "\n";
  asio::async_write(stream_, asio::buffer(out_),
                    [self = shared_from_this()](const boost::system::error_code&, std::size_t) {
                      // A program that is gone is noticed by the read.
                    });
}

class AssuanPinEntry final : public PinEntry {
 public:
  AssuanPinEntry(asio::io_context& io, std::string program,
                 std::chrono::steady_clock::duration timeout)
      : io_(io), program_(std::move(program)), timeout_(timeout) {}
  AssuanPinEntry(const AssuanPinEntry&) = delete;
  AssuanPinEntry& operator=(const AssuanPinEntry&) = delete;
  ~AssuanPinEntry() override {
    if (conversation_) {
      conversation_->drop();
    }
  }

  void ask(const PinQuestion& question, Handler handler) override {
    if (conversation_ && !conversation_->is_over()) {
      asio::post(io_, [handler = std::move(handler)] {
        handler(base::fail(base::Code::kTokenBusy, "another PIN is being asked for"));
      });
      return;
    }
    conversation_ = std::make_shared<Conversation>(io_, std::move(handler));
    if (base::Status started = conversation_->start(program_, question, timeout_); !started) {
      conversation_->finish(base::fail(std::move(started.error())));
    }
  }

  void cancel() override {
    if (conversation_) {
      conversation_->finish(base::fail(base::Code::kCancelled));
    }
  }

 private:
  asio::io_context& io_;
  std::string program_;
  std::chrono::steady_clock::duration timeout_;
  std::shared_ptr<Conversation> conversation_;
};

}  // namespace

base::Result<std::string> find_program(std::string_view name) {
  if (!name.empty() && name.front() == '/') {
    std::string path(name);
    if (access(path.c_str(), X_OK) != 0) {
      return base::fail(base::from_errno(errno, path));
    }
    return path;
  }
  for (std::string_view rest = kFixedPath; !rest.empty() && !name.empty();) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    std::string path = std::string(rest.substr(0, end)) + "/" + std::string(name);
    if (name.find('/') == std::string_view::npos && access(path.c_str(), X_OK) == 0) {
      return path;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return base::fail(base::Code::kNotFound, "program " + std::string(name));
}

std::unique_ptr<PinEntry> make_pin_entry(asio::io_context& io, std::string program,
                                         std::chrono::steady_clock::duration timeout) {
  return std::make_unique<AssuanPinEntry>(io, std::move(program), timeout);
}

}  // namespace touchstone::agent
