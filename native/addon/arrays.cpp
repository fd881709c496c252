#include "addon/arrays.h"

#include <string>

#include "addon/guard.h"

namespace chainrule {
namespace {

template <typename T>
constexpr napi_typedarray_type kArrayType = napi_float32_array;
template <>
constexpr napi_typedarray_type kArrayType<double> = napi_float64_array;
template <>
constexpr napi_typedarray_type kArrayType<int32_t> = napi_int32_array;
template <>
constexpr napi_typedarray_type kArrayType<uint32_t> = napi_uint32_array;

}  // namespace

template <typename T>
T* elements(const Napi::Value& value, uint64_t count, const char* name) {
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  // Node-API's own check of the argument: it is not a typed array if this fails. A detached array has no elements.
  const napi_status status = napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr);
  require(status == napi_ok && type == kArrayType<T>, std::string(name) + " is an array of the wrong type");
  if (length < count) {
    throw ContractViolation(std::string(name) + " has " + std::to_string(length) + " elements instead of " + std::to_string(count));
  }
  return static_cast<T*>(data);
}

bool is_shared(const Napi::Value& value) {
  napi_value buffer = nullptr;
  napi_typedarray_type type;
  bool plain = true;
  // For an array on a SharedArrayBuffer, Node-API gives out that buffer, and says that it is not an ArrayBuffer.
  if (napi_get_typedarray_info(value.Env(), value, &type, nullptr, nullptr, &buffer, nullptr) != napi_ok) return false;
  return napi_is_arraybuffer(value.Env(), buffer, &plain) == napi_ok && !plain;
}

template <typename T>
LastingElements<T>::LastingElements(const Napi::Value& value, uint64_t count, const char* name, Held& held) {
  const T* data = elements<T>(value, count, name);
  if (is_shared(value)) {
    held.push_back(Napi::Persistent(value.As<Napi::Object>()));
    shared_ = data;
  } else {
    copy_ = asking_for<T>(count, [&] { return std::vector<T>(data, data + count); });
  }
}

template float* elements(const Napi::Value&, uint64_t, const char*);
template double* elements(const Napi::Value&, uint64_t, const char*);
template int32_t* elements(const Napi::Value&, uint64_t, const char*);
template uint32_t* elements(const Napi::Value&, uint64_t, const char*);
template class LastingElements<float>;
template class LastingElements<double>;

}  // namespace chainrule
