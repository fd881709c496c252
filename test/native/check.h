// The test harness: TEST(name) { CHECK…(…); }. A failed check prints where and what, and the test goes on.
#pragma once
#include <cmath>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace check {

struct Test {
  const char* name;
  void (*body)();
};

/// All tests of the program, in the order of the linker.
inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

/// Failed checks of the running test. Only the main thread may check.
inline int& failures() {
  static int count = 0;
  return count;
}

struct Registration {
  Registration(const char* name, void (*body)()) { tests().push_back({name, body}); }
};

template <typename T>
std::string show(const T& value) {
  std::ostringstream text;
  if constexpr (std::is_same_v<T, bool>) {
    text << (value ? "true" : "false");
  } else if constexpr (std::is_floating_point_v<T>) {
    text << std::setprecision(std::numeric_limits<T>::max_digits10) << value;
  } else if constexpr (std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::int8_t>) {
    text << static_cast<int>(value);
  } else if constexpr (std::is_enum_v<T>) {
    text << static_cast<long long>(value);
  } else {
    text << value;
  }
  return text.str();
}

inline void fail(const char* file, int line, const std::string& what) {
  ++failures();
  std::cout << file << ':' << line << ": " << what << std::endl;
}

template <typename A, typename B>
void equal(const char* file, int line, const char* a_text, const char* b_text, const A& a, const B& b) {
  if (!(a == b)) fail(file, line, std::string(a_text) + " == " + b_text + ", but " + show(a) + " and " + show(b));
}

template <typename A, typename B>
void at_most(const char* file, int line, const char* a_text, const char* b_text, const A& a, const B& b) {
  if (!(a <= b)) fail(file, line, std::string(a_text) + " <= " + b_text + ", but " + show(a) + " and " + show(b));
}

inline void near(const char* file, int line, const char* a_text, const char* b_text, double a, double b, double tolerance) {
  if (std::fabs(a - b) <= tolerance) return;  // false for NaN
  fail(file, line, std::string(a_text) + " within " + show(tolerance) + " of " + b_text + ", but " + show(a) + " and " + show(b));
}

}  // namespace check

#define TEST(name)                                                          \
  static void test_##name();                                                \
  static const check::Registration registration_##name(#name, test_##name); \
  static void test_##name()

#define CHECK(condition)                                           \
  do {                                                             \
    if (!(condition)) check::fail(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_EQ(a, b) check::equal(__FILE__, __LINE__, #a, #b, a, b)
#define CHECK_LE(a, b) check::at_most(__FILE__, __LINE__, #a, #b, a, b)
#define CHECK_NEAR(a, b, tolerance) check::near(__FILE__, __LINE__, #a, #b, a, b, tolerance)
