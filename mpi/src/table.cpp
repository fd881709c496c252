#include "table.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace chainrule::mpi {
namespace {

struct Table {
  ChainruleGroup functions{};
  Messenger* messenger;  // never destroyed
  std::atomic<int64_t> users{1};
};

Table& table_of(void* context) { return *static_cast<Table*>(context); }

/// A thread that blocks until a job of its own has ended.
class Waiter {
 public:
  void finish(const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    outcome_ = outcome;
    changed_.notify_one();  // under the lock: the waiter, which destroys this, cannot go before
  }
  Outcome wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return outcome_.has_value(); });
    return *outcome_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Outcome> outcome_;
};

/// The reason of a failure; empty after a success.
std::string exchange_bytes(Messenger& messenger, uint32_t partner, const Bytes& bytes) {
  if (partner >= static_cast<uint32_t>(messenger.place().size)) return "there is no rank " + std::to_string(partner);
  Waiter waiter;
  messenger.submit(
      {.kind = Kind::kEngine, .partners = {static_cast<int>(partner)}, .bytes = bytes, .done = [&waiter](const Outcome& outcome) {
         waiter.finish(outcome);
       }});
  return waiter.wait().reason;
}

int exchange(void* context, uint32_t partner, const void* send, void* receive, size_t size, char* reason, size_t room) {
  std::string failure;
  try {
    const Bytes bytes{static_cast<const std::byte*>(send), static_cast<std::byte*>(receive), size};
    failure = exchange_bytes(*table_of(context).messenger, partner, bytes);
  } catch (...) {
    failure = "not enough memory";
  }
  if (failure.empty()) return 0;
  if (room > 0) {
    const size_t length = std::min(failure.size(), room - 1);
    std::memcpy(reason, failure.data(), length);
    reason[length] = '\0';
  }
  return 1;
}

void fail(void* context, const char* why) {
  try {
    table_of(context).messenger->report_failure(why);
  } catch (...) {
    // Without memory for it the other ranks are not told, and wait until the time-out.
  }
}

void retain(void* context) { table_of(context).users++; }

void release(void* context) {
  if (--table_of(context).users == 0) delete &table_of(context);
}

}  // namespace

ChainruleGroup* new_table(Messenger& messenger) {
  auto* table = new Table{.messenger = &messenger};
  table->functions = {.version = CHAINRULE_GROUP_VERSION,
                      .rank = static_cast<uint32_t>(messenger.place().rank),
                      .size = static_cast<uint32_t>(messenger.place().size),
                      .context = table,
                      .exchange = exchange,
                      .fail = fail,
                      .retain = retain,
                      .release = release};
  return &table->functions;
}

}  // namespace chainrule::mpi
