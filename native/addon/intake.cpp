#include "addon/intake.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "addon/environment.h"
#include "addon/external_memory.h"
#include "addon/guard.h"
#include "addon/parse.h"
#include "kernels/dispatch.h"
#include "math/huge_pages.h"
#include "nn/column_statistics.h"
#include "nn/intake.h"

namespace chainrule {
namespace {

/// A typed array of any numbers, until JavaScript runs again.
struct AnyArray {
  explicit AnyArray(const Napi::Value& value, const char* name) {
    napi_typedarray_type type = napi_uint8_array;
    void* memory = nullptr;
    const napi_status status = napi_get_typedarray_info(value.Env(), value, &type, &length, &memory, &buffer, nullptr);
    require(status == napi_ok, std::string(name) + " is not a typed array");
    data = memory;
    element = element_of(type, name);
  }

  static Element element_of(napi_typedarray_type type, const char* name) {
    switch (type) {
      case napi_int8_array:
        return Element::i8;
      case napi_uint8_array:
      case napi_uint8_clamped_array:
        return Element::u8;
      case napi_int16_array:
        return Element::i16;
      case napi_uint16_array:
        return Element::u16;
      case napi_int32_array:
        return Element::i32;
      case napi_uint32_array:
        return Element::u32;
      case napi_float32_array:
        return Element::f32;
      case napi_float64_array:
        return Element::f64;
      default:
        throw ContractViolation(std::string(name) + " is an array of the wrong type");
    }
  }

  Element element;
  size_t length = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
};

/// Calls f(T{}) for the type of an array of floats.
template <typename F>
auto for_floats(const AnyArray& array, const char* name, const F& f) {
  require(array.element == Element::f32 || array.element == Element::f64, std::string(name) + " is an array of the wrong type");
  return array.element == Element::f32 ? f(float{}) : f(double{});
}

template <typename T>
Bounds<T> parse_bounds(const Napi::Value& low, const Napi::Value& high) {
  require(low.IsNumber() && high.IsNumber(), "a bound is not a number");
  const Bounds<T> bounds{static_cast<T>(low.As<Napi::Number>().DoubleValue()), static_cast<T>(high.As<Napi::Number>().DoubleValue())};
  require(std::isfinite(bounds.low) && std::isfinite(bounds.high), "a bound is not finite");
  return bounds;
}

/// Three numbers for each group: the first column, the number of columns, and of categories.
std::vector<CategoryColumns> parse_categories(const Napi::Value& value, size_t columns) {
  std::vector<CategoryColumns> groups;
  const std::vector<double> numbers = parse_numbers(value, "categories");
  for (size_t i = 0; i + 3 <= numbers.size(); i += 3) {
    for (size_t j = i; j < i + 3; ++j) require(numbers[j] >= 0 && numbers[j] <= 0x1p31, "categories is out of range");
    groups.push_back({static_cast<size_t>(numbers[i]), static_cast<size_t>(numbers[i + 1]), static_cast<size_t>(numbers[i + 2])});
    require(groups.back().first + groups.back().count <= columns, "categories has columns that are not there");
    require(groups.back().categories <= size_t{1} << 24, "categories has too many categories");
  }
  return groups;
}

/// The memory of an array of floats.
struct FloatMemory {
  explicit FloatMemory(const Napi::Value& value) : array(value, "array") {
    bytes = for_floats(array, "array", [&](auto type) { return array.length * sizeof(type); });
  }

  AnyArray array;
  size_t bytes;
};

/// V8 asks the system for new memory of this size, so that huge pages can still be had.
Napi::Value prepare(const Napi::CallbackInfo& call) {
  return guard(call.Env(), [&] {
    const FloatMemory memory(call[0]);
    ask_for_huge_pages_within(memory.array.data, memory.bytes);
    return call.Env().Undefined();
  });
}

/// V8 frees memory when it collects garbage, which it has no reason to do: it counts shared memory as none. To be told of all would make it
/// collect each time.
Napi::Value release_memory(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  return guard(env, [&] {
    const FloatMemory memory(call[0]);
    if (discard_pages_within(memory.array.data, memory.bytes)) return env.Undefined();
    auto counted = std::make_unique<ExternalMemory>(env);
    counted->set(memory.bytes);
    const auto freed = [](napi_env, void* data, void*) { delete static_cast<ExternalMemory*>(data); };
    const napi_status status = napi_add_finalizer(env, memory.array.buffer, counted.get(), freed, nullptr, nullptr);
    if (status == napi_ok) static_cast<void>(counted.release());
    return env.Undefined();
  });
}

Napi::Value take_array(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  return guard(env, [&] {
    const AnyArray from(call[0], "from"), to(call[1], "to");
    require(from.length == to.length, "from and to are not of the same length");
    return for_floats(to, "to", [&]<typename T>(T) -> Napi::Value {
      const Bounds<T> bounds = parse_bounds<T>(call[2], call[3]);
      return Napi::Boolean::New(env, take(table<T>(kernels()), from.element, from.data, static_cast<T*>(to.data), to.length, bounds));
    });
  });
}

Napi::Value check_array(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  return guard(env, [&] {
    const size_t columns = count_of(call[1], "columns", kMaxRows);
    const AnyArray array(call[0], "array");
    require(array.length % columns == 0, "array has no whole number of rows");
    auto categories = parse_categories(call[4], columns);
    return for_floats(array, "array", [&]<typename T>(T) {
      const Bounds<T> bounds = parse_bounds<T>(call[2], call[3]);
      Held held;
      auto values = std::make_shared<LastingElements<T>>(call[0], array.length, "array", held);
      auto within = std::make_shared<bool>();
      Operation operation;
      operation.borrows = !held.empty();
      operation.work = [within, values, rows = array.length / columns, columns, bounds, categories = std::move(categories)] {
        *within = are_within(table<T>(kernels()), values->data(), rows, columns, bounds, {categories});
      };
      operation.result = [within](Napi::Env on, const Held&) { return Napi::Boolean::New(on, *within); };
      return Environment::of(env).operations.start(in_background, std::move(operation), std::move(held));
    });
  });
}

/// The least and the largest value of each column, and where they are asked for, means and deviations: an array of all of them.
Napi::Value measure(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  return guard(env, [&] {
    const size_t columns = count_of(call[1], "columns", kMaxRows);
    const bool with_moments = call[4].ToBoolean();
    const AnyArray array(call[0], "array");
    return for_floats(array, "array", [&]<typename T>(T) {
      auto rows = std::make_shared<Rows>(count_of(call[2], "rows", kMaxRows), call[0], columns, call[3]);
      Held held;
      auto values = std::make_shared<LastingElements<T>>(call[0], rows->all * columns, "array", held);
      auto found = std::make_shared<ColumnStatistics>();
      Operation operation;
      operation.borrows = !held.empty();
      operation.work = [=] { *found = measure_columns(values->data(), rows->named(), rows->count, columns, with_moments); };
      operation.result = [found](Napi::Env on, const Held&) -> Napi::Value {
        std::vector<double> all;
        for (const std::vector<double>* part : {&found->least, &found->most, &found->mean, &found->deviation})
          all.insert(all.end(), part->begin(), part->end());
        const Napi::Float64Array result = Environment::of(on).new_array<double>(all.size());
        std::copy(all.begin(), all.end(), elements<double>(result, all.size(), "result"));
        return result;
      };
      return Environment::of(env).operations.start(in_background, std::move(operation), std::move(held));
    });
  });
}

}  // namespace

Napi::Object intake_object(Napi::Env env) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("prepare", Napi::Function::New(env, prepare, "prepare"));
  object.Set("release", Napi::Function::New(env, release_memory, "release"));
  object.Set("take", Napi::Function::New(env, take_array, "take"));
  object.Set("areWithin", Napi::Function::New(env, check_array, "areWithin"));
  object.Set("measure", Napi::Function::New(env, measure, "measure"));
  return object;
}

}  // namespace chainrule
