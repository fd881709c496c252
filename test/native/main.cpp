// native_test [filter]: runs the tests whose name contains the filter. native_test --isas: prints the ISAs that can run here, one a line.
#include <cstring>
#include <exception>
#include <iostream>

#include "check.h"
#include "kernels/dispatch.h"

namespace {

/// Whether the test passed.
bool run(const check::Test& test) {
  check::failures() = 0;
  try {
    test.body();
  } catch (const std::exception& e) {
    check::fail(test.name, 0, std::string("unexpected exception: ") + e.what());
  }
  if (check::failures() > 0) std::cout << "FAILED " << test.name << std::endl;
  return check::failures() == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--isas") == 0) {
    for (const chainrule::Kernels* k : chainrule::available_kernels()) std::cout << k->isa << '\n';
    return 0;
  }
  const char* filter = argc > 1 ? argv[1] : "";
  int passed = 0;
  int failed = 0;
  for (const check::Test& test : check::tests()) {
    if (std::strstr(test.name, filter) == nullptr) continue;
    ++(run(test) ? passed : failed);
  }
  std::cout << passed << " passed, " << failed << " failed" << std::endl;
  // A filter that matches nothing is a mistake, and must not look like success.
  return failed == 0 && passed > 0 ? 0 : 1;
}
