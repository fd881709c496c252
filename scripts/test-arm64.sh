#!/usr/bin/env bash
# The NEON kernels on a machine that has none: cross-compiles the C++ tests for arm64 and runs those named below (or in the arguments) in
# qemu's user emulation, with the NEON kernels and the plain ones. `training` compares the bits of whole trainings with those of the other
# instruction sets. Needs g++-aarch64-linux-gnu and qemu-user-static. What was compiled is kept in build-arm64/.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=(aarch64-linux-gnu-g++ -std=c++20 -O2 -ffp-contract=off -fno-math-errno -DCHAINRULE_BUILT_NEON=1 -I../native -I../test/native)
sources=$(node scripts/sources.js core; node scripts/sources.js tests; echo native/kernels/neon.cpp native/kernels/scalar.cpp)

mkdir -p build-arm64
{
  printf 'native_test: %s\n\t%s $^ -pthread -ldl -o $@\n' "$(printf '%s.o ' $sources | tr / _)" "${compiler[0]}"
  for source in $sources; do printf '%s.o: ../%s\n\t%s -MMD -c $< -o $@\n' "${source//\//_}" "$source" "${compiler[*]}"; done
  echo '-include $(wildcard *.d)'
} > build-arm64/Makefile
make --silent --jobs="$(nproc)" --directory=build-arm64

tests=("$@")
((${#tests[@]})) || tests=(training same_bits frozen known_answers philox gemm_random optimizer dropout gather)
for isa in neon scalar; do
  for test in "${tests[@]}"; do
    printf '%s, %s: ' "$isa" "$test"
    CHAINRULE_ISA=$isa qemu-aarch64-static -L /usr/aarch64-linux-gnu build-arm64/native_test "$test"
  done
done
