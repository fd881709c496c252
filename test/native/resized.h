#pragma once
#include "math/thread_pool.h"

namespace chainrule {

/// Gives the pool its size back at the end of a test.
class Resized {
 public:
  explicit Resized(int threads) : before_(ThreadPool::shared().size()) { ThreadPool::shared().resize(threads); }
  ~Resized() { ThreadPool::shared().resize(before_); }

 private:
  int before_;
};

}  // namespace chainrule
