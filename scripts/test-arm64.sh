#!/usr/bin/env bash
# The NEON kernels on a machine that has none: cross-compiles the C++ tests for arm64 and runs those named below (or in the arguments) in
# qemu's user emulation, with the NEON kernels and the plain ones. `training` compares the bits of whole trainings with those of the other
# instruction sets. Needs cmake, g++-aarch64-linux-gnu and qemu-user-static. What was compiled is kept in build-arm64/.
set -euo pipefail
cd "$(dirname "$0")/.."

npx cmake-js build --out build-arm64 --arch arm64 --target native_test --parallel "$(nproc)" --log-level warn --CDCHAINRULE_TESTS=ON --CDCHAINRULE_UNITY=ON \
  --CDCMAKE_TOOLCHAIN_FILE="$PWD/scripts/toolchains/aarch64-linux-gnu.cmake"

tests=("$@")
((${#tests[@]})) || tests=(training same_bits frozen known_answers philox gemm_random optimizer dropout gather)
emulate() {
  local isa=$1 test output
  for test in "${tests[@]}"; do
    output=$(CHAINRULE_ISA=$isa qemu-aarch64-static -L /usr/aarch64-linux-gnu build-arm64/Release/native_test "$test") || {
      printf '%s, %s: %s\n' "$isa" "$test" "$output"
      return 1
    }
    printf '%s, %s: %s\n' "$isa" "$test" "${output##*$'\n'}"
  done
}

# Both at the same time, as most tests have one thread.
status=0
emulate neon &
emulate scalar || status=1
wait $! || status=1
exit $status
