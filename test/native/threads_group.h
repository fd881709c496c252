// A group whose ranks are threads of this process.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "group/group.h"

namespace chainrule {

/// Messages on their way, by sender and receiver.
class ThreadsGroup {
 public:
  explicit ThreadsGroup(uint32_t size) : ranks_(size) {
    for (uint32_t rank = 0; rank < size; ++rank) {
      ranks_[rank].all = this;
      ranks_[rank].table = {CHAINRULE_GROUP_VERSION, rank, size, &ranks_[rank], exchange, fail, count<1>, count<-1>};
    }
  }
  const ChainruleGroup& rank(size_t index) const { return ranks_[index].table; }
  /// References that were taken and not given back.
  int users() const { return users_; }
  size_t bytes_sent() const { return bytes_; }

  /// Runs body(rank) for all ranks, each on a thread of its own.
  template <typename Body>
  void run(const Body& body) const {
    std::vector<std::thread> threads;
    for (size_t rank = 0; rank < ranks_.size(); ++rank) threads.emplace_back([&body, rank] { body(rank); });
    for (std::thread& thread : threads) thread.join();
  }

  std::chrono::milliseconds patience{20000};

 private:
  struct Rank {
    ThreadsGroup* all;
    ChainruleGroup table;
  };

  template <int step>
  static void count(void* context) {
    ThreadsGroup& all = *static_cast<Rank*>(context)->all;
    const std::lock_guard lock(all.mutex_);
    all.users_ += step;
  }

  static int exchange(void* context, uint32_t partner, const void* send, void* receive, size_t size, char* reason, size_t room) {
    const Rank& self = *static_cast<Rank*>(context);
    ThreadsGroup& all = *self.all;
    const uint32_t rank = self.table.rank;
    std::unique_lock lock(all.mutex_);
    const char* const bytes = static_cast<const char*>(send);
    all.mail_[{rank, partner}].emplace_back(bytes, bytes + size);
    all.bytes_ += size;
    all.changed_.notify_all();
    std::deque<std::vector<char>>& inbox = all.mail_[{partner, rank}];
    if (!all.changed_.wait_for(lock, all.patience, [&] { return !inbox.empty() || !all.failure_.empty(); })) {
      std::snprintf(reason, room, "rank %u has not answered", partner);
      return 1;
    }
    if (!all.failure_.empty()) {
      std::snprintf(reason, room, "%s", all.failure_.c_str());
      return 1;
    }
    if (inbox.front().size() != size) {
      std::snprintf(reason, room, "rank %u has sent something else", partner);
      return 1;
    }
    std::memcpy(receive, inbox.front().data(), size);
    inbox.pop_front();
    return 0;
  }

  static void fail(void* context, const char* why) {
    const Rank& self = *static_cast<Rank*>(context);
    const std::lock_guard lock(self.all->mutex_);
    self.all->failure_ = "rank " + std::to_string(self.table.rank) + " has failed: " + why;
    self.all->changed_.notify_all();
  }

  std::vector<Rank> ranks_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<uint32_t, uint32_t>, std::deque<std::vector<char>>> mail_;
  std::string failure_;  // of any rank
  int users_ = 0;
  size_t bytes_ = 0;
};

}  // namespace chainrule
