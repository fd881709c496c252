// A reference to something that can be called: two words, no allocation, no ownership.
#pragma once
#include <memory>
#include <type_traits>
#include <utility>

namespace chainrule {

template <typename Signature>
class FunctionRef;

/// Refers to a function object that outlives the reference; meant for parameters: `void f(FunctionRef<void(int)> g)`.
template <typename Result, typename... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <typename F>
    requires(std::is_object_v<std::remove_reference_t<F>> && !std::is_same_v<std::remove_cvref_t<F>, FunctionRef> &&
             std::is_invocable_r_v<Result, F&, Arguments...>)
  FunctionRef(F&& f) noexcept  // implicit, so that a lambda can be passed
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))), call_([](void* object, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Arguments>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};

}  // namespace chainrule
