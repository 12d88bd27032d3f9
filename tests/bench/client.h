// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <utility>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"
#include "ssh/agent_message.h"

namespace touchstone::bench {

// Client is the thinnest possible blocking client, the same for both agents.
class Client {
 public:
  // connect tries again until the agent listens, for ten seconds at most.
  static base::Result<Client> connect(const std::filesystem::path& socket);
  base::Result<base::Bytes> exchange(base::ByteView message);
  // send and receive are the halves of exchange.
  base::Status send(base::ByteView message);
  base::Result<base::Bytes> receive();

 private:
  explicit Client(base::FileDescriptor socket) : socket_(std::move(socket)) {}
  base::FileDescriptor socket_;
};

}  // namespace touchstone::bench
