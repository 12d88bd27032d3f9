// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"

#include <utility>

#include "agent/describe.h"
#include "ssh/sshsig.h"
#include "ssh/touchstone_extension.h"

namespace touchstone::agent {
namespace {

constexpr std::string_view kQuery = "query";
constexpr std::string_view kSessionBind = "session-bind@openssh.com";
constexpr std::uint32_t kKnownFlags = ssh::kSignRsaSha2_256 | ssh::kSignRsaSha2_512;

Client client_at(const Connection& connection) {
  Client client = client_of(connection.peer);
  client.forwarded = connection.binds.forwarded();
  return client;
}

ssh::ExtensionResponse object_answer(base::Result<base::Bytes> sshsig_blob) {
  ssh::SignObjectAnswer answer;
  answer.sshsig_blob = std::move(sshsig_blob);
  return ssh::ExtensionResponse{std::string(ssh::kSignObjectExtension), answer.encode()};
}

// sshsig_of puts a signature over SSHSIG data back into the form git and ssh-keygen store.
base::Result<base::Bytes> sshsig_of(base::ByteView key_blob, const ssh::SshSigData& data,
                                    base::ByteView signature) {
  TRY(key, ssh::PublicKey::parse(key_blob));
  TRY(parsed, ssh::Signature::parse(signature));
  return ssh::SshSig{std::move(key), data.name_space, data.hash, std::move(parsed)}.encode();
}

}  // namespace

struct Agent::Dispatcher {
  Agent& agent;
  Connection& connection;
  const Reply& reply;

  Withdraw answer(ssh::AgentReplyMessage message) const {
    reply(std::move(message));
    return {};
  }
  Withdraw answer(bool success) const {
    return success ? answer(ssh::Success{}) : answer(ssh::Failure{});
  }

  Withdraw operator()(const ssh::RequestIdentities& /*request*/) const {
    return answer(agent.list());
  }
  Withdraw operator()(ssh::SignRequest& request) const {
    return agent.sign(connection, std::move(request), reply);
  }
  // Keys come from the key folder, never over the socket: a client that could add one could also
  // add one without a touch.
  Withdraw operator()(const ssh::AddIdentity& /*request*/) const { return answer(false); }
  Withdraw operator()(const ssh::AddSmartcardKey& /*request*/) const { return answer(false); }
  Withdraw operator()(const ssh::RemoveSmartcardKey& /*request*/) const { return answer(false); }
  Withdraw operator()(const ssh::RemoveIdentity& request) const {
    return answer(agent.parts_.keys.unload(request.key_blob));
  }
  // RFC 9987 section 5.4: honoured whatever the policy, for an urgent situation. The key files
  // stay; SIGHUP, or reload in the control extension, brings the keys back.
  Withdraw operator()(const ssh::RemoveAllIdentities& /*request*/) const {
    agent.parts_.keys.unload_all();
    agent.parts_.broker.cancel_all("all keys were removed from the agent");
    return answer(true);
  }
  Withdraw operator()(const ssh::Lock& request) const {
    const bool locked = agent.parts_.lock.lock(request.passphrase.view()).has_value();
    if (locked) {
      agent.parts_.broker.cancel_all("the agent was locked");
    }
    return answer(locked);
  }
  Withdraw operator()(const ssh::Unlock& request) const {
    return agent.unlock(request.passphrase.view(), reply);
  }
  Withdraw operator()(const ssh::ExtensionRequest& request) const {
    return agent.extension(connection, request, reply);
  }
  Withdraw operator()(const ssh::UnknownRequest& /*request*/) const { return answer(false); }
};

RequestHandler::Withdraw Agent::handle(Connection& connection, ssh::AgentRequest request,
                                       Reply reply) {
  return std::visit(Dispatcher{*this, connection, reply}, request);
}

ssh::IdentitiesAnswer Agent::list() const {
  ssh::IdentitiesAnswer answer;
  if (parts_.lock.locked()) {
    return answer;
  }
  for (const auto& key : parts_.keys.keys()) {
    const std::string& comment = key->key.comment.empty() ? key->name : key->key.comment;
    for (const ssh::PublicKey* identity :
         {&key->key.key, key->certificate.has_value() ? &*key->certificate : nullptr}) {
      if (identity != nullptr && parts_.keys.loaded(identity->blob())) {
        answer.identities.push_back(ssh::Identity{base::to_bytes(identity->blob()), comment});
      }
    }
  }
  return answer;
}

base::Status Agent::admissible(const Connection& connection, const Classified& classified) const {
  if (parts_.lock.locked()) {
    return base::fail(base::Code::kDenied, "the agent is locked");
  }
  if (classified.bare_hash && needs_object(classified.sshsig->name_space)) {
    return base::fail(base::Code::kDenied,
                      "namespace " + classified.sshsig->name_space +
                          ": only a hash was given, the agent has to see the object; for git set "
                          "gpg.ssh.program to touchstone-git-sign");
  }
  if (classified.login.has_value()) {
    const base::Status bound = connection.binds.check_login(*classified.login);
    if (!bound.has_value() && bound.error().code != base::Code::kNotFound) {
      return bound;
    }
  }
  return {};
}

RequestHandler::Withdraw Agent::withdrawing(WaiterId waiter) {
  return [this, waiter] { parts_.broker.withdraw(waiter); };
}

RequestHandler::Withdraw Agent::sign(Connection& connection, ssh::SignRequest request,
                                     const Reply& reply) {
  const Classified classified = classify(request.data, request.key_blob);
  Broker::SignCall call;
  call.admissible = admissible(connection, classified);
  if ((request.flags & ~kKnownFlags) != 0) {
    call.admissible = base::fail(base::Code::kUnsupported, "sign request flags");
  }
  call.subject = describe(classified, connection.binds);
  call.client = client_at(connection);
  call.key_blob = std::move(request.key_blob);
  call.data = std::move(request.data);
  return withdrawing(
      parts_.broker.sign(std::move(call), [reply](base::Result<base::Bytes> signature) {
        if (signature.has_value()) {
          reply(ssh::SignResponse{std::move(*signature)});
        } else {
          reply(ssh::Failure{});
        }
      }));
}

RequestHandler::Withdraw Agent::sign_object(Connection& connection, base::ByteView contents,
                                            const Reply& reply) {
  auto request = ssh::SignObject::parse(contents);
  if (!request.has_value()) {
    reply(object_answer(base::fail(std::move(request.error()))));
    return {};
  }
  Broker::SignCall call;
  call.client = client_at(connection);
  call.key_blob = request->key_blob;
  const auto classified = classify_object(*request);
  if (!classified.has_value()) {
    call.admissible = base::fail(classified.error());
    call.subject.headline = "sign an object in namespace: " + request->name_space;
    parts_.broker.sign(std::move(call), [reply](base::Result<base::Bytes> signature) {
      reply(object_answer(std::move(signature)));
    });
    return {};
  }
  call.admissible = admissible(connection, *classified);
  call.subject = describe_object(*classified, *request);
  call.data = classified->sshsig->encode();
  return withdrawing(parts_.broker.sign(
      std::move(call), [reply, key_blob = request->key_blob,
                        data = *classified->sshsig](base::Result<base::Bytes> signature) {
        if (signature.has_value()) {
          signature = sshsig_of(key_blob, data, *signature);
        }
        reply(object_answer(std::move(signature)));
      }));
}

RequestHandler::Withdraw Agent::extension(Connection& connection,
                                          const ssh::ExtensionRequest& request,
                                          const Reply& reply) {
  if (request.name == kQuery) {
    reply(ssh::ExtensionResponse{
        std::string(kQuery),
        ssh::encode_query_answer({std::string(kSessionBind), std::string(ssh::kSignObjectExtension),
                                  std::string(ssh::kControlExtension)})});
    return {};
  }
  if (request.name == kSessionBind) {
    // Also while locked: else a channel opened meanwhile would count as local afterwards.
    const base::Status bound = connection.binds.add(request.contents);
    if (bound.has_value()) {
      reply(ssh::Success{});
    } else {
      parts_.log.line(base::message_of(bound.error()));
      reply(ssh::ExtensionFailure{});
    }
    return {};
  }
  if (request.name == ssh::kSignObjectExtension) {
    return sign_object(connection, request.contents, reply);
  }
  if (request.name == ssh::kControlExtension) {
    return parts_.control.handle(client_at(connection), connection.alive, request.contents,
                                 [reply](const std::string& answer) {
                                   reply(ssh::ExtensionResponse{std::string(ssh::kControlExtension),
                                                                base::to_bytes(answer)});
                                 });
  }
  reply(ssh::Failure{});  // RFC 9987 section 5.8: unknown extensions get a plain failure
  return {};
}

RequestHandler::Withdraw Agent::unlock(base::ByteView passphrase, const Reply& reply) {
  if (parts_.lock.unlock(passphrase).has_value()) {
    reply(ssh::Success{});
    return {};
  }
  if (!parts_.lock.locked()) {
    reply(ssh::Failure{});
    return {};
  }
  // The timer lives as long as somebody waits for it: withdrawing forgets it.
  auto timer = std::make_shared<std::unique_ptr<Timers::Timer>>();
  *timer = parts_.timers.after(parts_.lock.delay(), [reply] { reply(ssh::Failure{}); });
  return [timer] { timer->reset(); };
}

}  // namespace touchstone::agent
