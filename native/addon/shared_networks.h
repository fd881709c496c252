// Networks that all threads of the process can open: what share() and fromShared() stand on.
#pragma once
#include <memory>
#include <string>
#include <variant>

#include "nn/network.h"

namespace chainrule {

using AnyNetworkCore = std::variant<std::shared_ptr<Network<float>>, std::shared_ptr<Network<double>>>;

/// A network in the process's register. It is there for as long as this object lives, which every wrapper of the network, in whatever
/// thread, keeps a reference to; the register itself keeps nothing alive. So an identifier, which is but text that anybody can make up or
/// keep for too long, finds a live network or nothing.
class SharedNetwork {
 public:
  /// Puts a network into the register, with its specification for whoever opens it.
  static std::shared_ptr<const SharedNetwork> add(AnyNetworkCore network, std::string spec);
  /// The network of that identifier, or null. Safe from any thread.
  static std::shared_ptr<const SharedNetwork> find(const std::string& id);

  SharedNetwork(AnyNetworkCore shared, std::string spec_text) : network(std::move(shared)), spec(std::move(spec_text)) {}
  ~SharedNetwork();
  SharedNetwork(const SharedNetwork&) = delete;
  SharedNetwork& operator=(const SharedNetwork&) = delete;

  const std::string& id() const { return id_; }
  const AnyNetworkCore network;
  const std::string spec;

 private:
  std::string id_;  // 128 random bits, so that nobody opens a network who was not given its handle
};

}  // namespace chainrule
