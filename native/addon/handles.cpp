#include "addon/handles.h"

#include <algorithm>

namespace chainrule {
namespace {

/// Bytes and handles that may be made between two sweeps, at the least: a sweep looks at every handle there is.
constexpr std::size_t kSweepBytes = 16 << 20;
constexpr std::size_t kSweepCount = 64;

}  // namespace

void Link::unlink() {
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = this;
}

Handles::~Handles() {
  while (handles_.next_ != &handles_) handles_.next_->unlink();
}

void Handles::add(Handle& handle) {
  Link& link = handle;
  link.previous_ = handles_.previous_;
  link.next_ = &handles_;
  link.previous_->next_ = link.next_->previous_ = &link;
}

void Handles::expect(Napi::Env env, std::size_t bytes) {
  made_bytes_ += bytes;
  // The number that was left the last time: each handle is checked a fixed number of times for each that is made.
  if (++made_ > std::max(kSweepCount, kept_) || (made_bytes_ > kSweepBytes && made_ > kept_ / 16)) sweep(env);
}

void Handles::sweep(Napi::Env env) {
  kept_ = made_ = made_bytes_ = 0;
  for (Link *link = handles_.next_, *next; link != &handles_; link = next) {
    next = link->next_;
    const Napi::HandleScope scope(env);
    Handle& handle = static_cast<Handle&>(*link);
    if (handle.is_garbage()) {
      link->unlink();
      handle.release();
    } else {
      ++kept_;
    }
  }
}

}  // namespace chainrule
