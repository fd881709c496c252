// The native objects that JavaScript refers to, so that what they keep is freed in time.
#pragma once
#include <napi.h>

#include <cstddef>

namespace chainrule {

/// A node of a circular list, which it leaves when it is destroyed.
class Link {
 public:
  Link() = default;
  ~Link() { unlink(); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

 private:
  friend class Handles;
  void unlink();
  Link* previous_ = this;
  Link* next_ = this;
};

/// An object of ours that lives as long as Node-API keeps it for JavaScript.
class Handle : Link {
 public:
  /// Whether the garbage collector has found that JavaScript no longer refers to it.
  virtual bool is_garbage() const = 0;
  /// Frees the memory it keeps. Only its finalizer, or nothing, is called after that.
  virtual void release() noexcept = 0;

 protected:
  virtual ~Handle() = default;

 private:
  friend class Handles;
};

/// The handles of one environment. Node-API runs finalizers when the event loop turns, and never in between: a program that makes and drops
/// networks in a loop would keep them all. So allocations look for the dead, which weak references show as soon as they are collected.
/// It refuses to collect garbage itself, and to free anything that JavaScript can still reach.
class Handles {
 public:
  Handles() = default;
  ~Handles();
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;

  /// To be called before `bytes` of memory are allocated for a handle. Frees what is dead, if enough was made since the last time.
  void expect(Napi::Env env, std::size_t bytes);
  /// To be called with each handle when it is complete.
  void add(Handle& handle);

 private:
  void sweep(Napi::Env env);

  Link handles_;
  std::size_t made_ = 0, made_bytes_ = 0;  // since the last sweep
  std::size_t kept_ = 0;                   // by the last sweep
};

}  // namespace chainrule
