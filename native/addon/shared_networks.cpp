#include "addon/shared_networks.h"

#include <mutex>
#include <random>
#include <unordered_map>

#include "math/per_process.h"

namespace chainrule {
namespace {

struct Register {
  std::mutex mutex;
  std::unordered_map<std::string, std::weak_ptr<const SharedNetwork>> networks;
};

std::string random_id() {
  constexpr const char* kDigits = "0123456789abcdef";
  std::random_device device;
  std::string id;
  for (int word = 0; word < 4; ++word) {
    const unsigned bits = device();
    for (int shift = 0; shift < 32; shift += 4) id += kDigits[(bits >> shift) & 15];
  }
  return id;
}

}  // namespace

std::shared_ptr<const SharedNetwork> SharedNetwork::add(AnyNetworkCore network, std::string spec) {
  auto shared = std::make_shared<SharedNetwork>(std::move(network), std::move(spec));
  shared->id_ = random_id();
  auto& all = PerProcess<Register>::get();
  const std::lock_guard lock(all.mutex);
  all.networks.emplace(shared->id_, shared);
  return shared;
}

std::shared_ptr<const SharedNetwork> SharedNetwork::find(const std::string& id) {
  auto& all = PerProcess<Register>::get();
  const std::lock_guard lock(all.mutex);
  const auto entry = all.networks.find(id);
  return entry == all.networks.end() ? nullptr : entry->second.lock();
}

SharedNetwork::~SharedNetwork() {
  auto& all = PerProcess<Register>::get();
  const std::lock_guard lock(all.mutex);
  all.networks.erase(id_);
}

}  // namespace chainrule
