// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/host/hosted_token.h"

#include "tests/emulators/fido2/ctap_hid.h"

namespace touchstone::emulators {

HostedToken::HostedToken(const TokenOptions& options, unsigned number, Testbed& testbed,
                         std::function<void()> on_change)
    : name_(options.name),
      number_(number),
      testbed_(testbed),
      on_change_(std::move(on_change)),
      button_(options.touch) {}

base::Result<std::unique_ptr<HostedToken>> HostedToken::create(const TokenOptions& options,
                                                               unsigned number, Testbed& testbed,
                                                               std::function<void()> on_change) {
  TRY(profile, fido2::find_profile(options.profile));
  TRY(store, fido2::Store::open(options.state));
  std::unique_ptr<HostedToken> token(
      new HostedToken(options, number, testbed, std::move(on_change)));
  token->store_ = std::move(store);
  token->authenticator_ =
      std::make_unique<fido2::Authenticator>(std::move(profile), *token->store_, token->clock_);
  for (const std::string& quirk : options.quirks) {
    TRY_VOID(token->authenticator_->set_quirk(quirk));
  }
  HostedToken* self = token.get();
  token->button_.on_change([self] {
    {
      const std::lock_guard lock(self->link_mutex_);
      if (self->link_ != nullptr) {
        self->link_->wake();
      }
    }
    self->on_change_();
  });
  if (options.plugged) {
    TRY_VOID(token->plug());
  }
  return token;
}

HostedToken::~HostedToken() { (void)unplug(); }

base::Status HostedToken::plug() {
  if (plugged_) {
    return base::fail(base::Code::kAlreadyExists, name_ + " is plugged in");
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  TRY_VOID(authenticator_->power_up());
  UsbIdentity identity;
  identity.product_name = authenticator_->profile().product;
  identity.serial = name_;
  identity.usb_parent = !authenticator_->quirks().no_usb_parent;
  TRY(master, testbed_.plug(number_, identity));
  TRY(link, PtyLink::create(std::move(master)));
  {
    const std::lock_guard lock(link_mutex_);
    link_ = std::move(link);
  }
  plugged_ = true;
  thread_ = std::thread([this] { serve(); });
  return {};
}

base::Status HostedToken::unplug() {
  const bool was_plugged = plugged_;
  {
    const std::lock_guard lock(link_mutex_);
    if (link_ != nullptr) {
      link_->stop();
    }
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  if (!was_plugged) {
    return base::fail(base::Code::kNotFound, name_ + " is not plugged in");
  }
  return {};
}

void HostedToken::serve() {
  std::shared_ptr<PtyLink> link;
  {
    const std::lock_guard lock(link_mutex_);
    link = link_;
  }
  fido2::CtapHid hid(*authenticator_, button_, clock_, *link);
  hid.power_up();
  hid.run();
  button_.forget_presses();
  link->close_master();
  testbed_.unplug(number_);
  {
    const std::lock_guard lock(link_mutex_);
    link_.reset();
  }
  plugged_ = false;
  on_change_();
}

}  // namespace touchstone::emulators
