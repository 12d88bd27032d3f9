// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/file.h"
#include "base/key.h"
#include "tokens/driver_protocol.h"

namespace touchstone::tokens {

// DriverBench is an agent's end of the real touchstone-token, which runs under
// touchstone-emulator: real processes, real udev events, real hidraw reads and writes.
class DriverBench final {
 public:
  // tokens: values of the emulator's --token.
  explicit DriverBench(const std::vector<std::string>& tokens);
  DriverBench(const DriverBench&) = delete;
  DriverBench& operator=(const DriverBench&) = delete;
  // The destructor closes the channel and waits for both to end.
  ~DriverBench();

  // hello is done by the constructor; raw gives a bench that has sent nothing.
  struct Raw {};
  DriverBench(Raw raw, const std::vector<std::string>& tokens);

  void send(const ToDriver& message);
  void send_bytes(base::ByteView bytes);
  // next waits for one message; nothing at the end of the stream, or after a minute.
  std::optional<FromDriver> next();
  // reply reads on until the reply to that request, keeping what else comes.
  base::Result<ReplyValue> reply(RequestId id);
  // wait_tokens reads on until the list has that many.
  std::vector<TokenInfo> wait_tokens(std::size_t count);
  // wait_touch reads on until that request waits for a touch; false when it was answered first.
  bool wait_touch(RequestId id);

  RequestId next_id() { return ++last_id_; }
  const std::vector<TokenInfo>& tokens() const { return tokens_; }
  const TokenInfo& token(std::string_view product_or_device) const;
  const std::vector<RequestId>& touches() const { return touches_; }
  // silent gives the silent signatures the driver told of, in their order.
  const std::vector<SilentSignature>& silent() const { return silent_; }

  // control sends one line to the emulator's control socket; gives what follows "ok".
  std::string control(const std::string& line);
  // close gives the exit status of the driver.
  int close();
  // driver_pid is the touchstone-token process.
  pid_t driver_pid() const;

  // Short ways.
  base::Result<ReplyValue> ask(const ToDriver& message, RequestId id) {
    send(message);
    return reply(id);
  }
  base::Result<Enrollment> enroll(EnrollRequest request);
  base::Result<base::TokenSignature> sign(SignRequest request);
  base::Result<TokenId> locate(const KeyReference& key);
  base::Status set_pin(const TokenId& token, const char* old_pin, const char* new_pin,
                       LastTry last_try = LastTry::kRefuse);

 private:
  void start(const std::vector<std::string>& tokens);
  void note(const FromDriver& message);

  std::filesystem::path folder_;
  base::FileDescriptor channel_;
  pid_t emulator_ = -1;
  RequestId last_id_ = 0;
  std::vector<TokenInfo> tokens_;
  std::vector<RequestId> touches_;
  std::vector<SilentSignature> silent_;
  std::vector<Reply> early_;
};

base::Secret secret(std::string_view text);
EnrollRequest enroll_request(const TokenId& token);
SignRequest sign_request(const TokenId& token, const KeyReference& key);

// verifies is an independent look at a signature: OpenSSL over the bytes that PROTOCOL.u2f names.
bool verifies(const KeyReference& key, base::ByteView data, const base::TokenSignature& signature);

}  // namespace touchstone::tokens
