// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "agent/prompt.h"

namespace touchstone::agent {

// make_notification_channel shows prompts as desktop notifications (Desktop Notifications
// Specification 1.2): urgency critical, no buttons, no markup. It never waits for the bus: whether
// there is a service to show anything is found out beforehand and kept up to date on the reactor,
// and until it is known open() says no. An empty address means the user's own bus.
std::unique_ptr<PromptChannel> make_notification_channel(boost::asio::io_context& io,
                                                         std::string bus_address = {});

}  // namespace touchstone::agent
