// Each function is compiled for its own instruction set; only rows that the dispatch found runnable are ever called.
#include "roofs.h"

#include <string.h>

#include <stdexcept>
#include <string>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(__aarch64__) || defined(_M_ARM64)
#include <arm_neon.h>
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define TARGET(isa)
#define UNROLL
#else
#define TARGET(isa) __attribute__((target(isa)))
#define UNROLL _Pragma("GCC unroll 32")
#endif

namespace {

// s = s * x + y, with more chains than any CPU has pipes times cycles of latency, and few enough to stay in registers.
// They start from different values: a compiler sees that equal chains are one.

#if defined(__x86_64__) || defined(_M_X64)
TARGET("avx512f") float fma_avx512(float x, float y) {
  const __m512 vx = _mm512_set1_ps(x), vy = _mm512_set1_ps(y);
  __m512 s[24];
  UNROLL for (int i = 0; i < 24; ++i) s[i] = _mm512_set1_ps(x + static_cast<float>(i));
  for (size_t n = 0; n < kFmaRounds; ++n) {
    UNROLL for (int i = 0; i < 24; ++i) s[i] = _mm512_fmadd_ps(s[i], vx, vy);
  }
  UNROLL for (int i = 1; i < 24; ++i) s[0] = _mm512_add_ps(s[0], s[i]);
  return _mm512_cvtss_f32(s[0]);
}

TARGET("avx512f") float read_avx512(const float* data, size_t size) {
  __m512 s[8] = {};
  for (size_t n = 0; n < size; n += 128) {
    UNROLL for (size_t i = 0; i < 8; ++i) s[i] = _mm512_add_ps(s[i], _mm512_loadu_ps(data + n + 16 * i));
  }
  UNROLL for (int i = 1; i < 8; ++i) s[0] = _mm512_add_ps(s[0], s[i]);
  return _mm512_cvtss_f32(s[0]);
}

TARGET("avx2,fma") float fma_avx2(float x, float y) {
  const __m256 vx = _mm256_set1_ps(x), vy = _mm256_set1_ps(y);
  __m256 s[12];
  UNROLL for (int i = 0; i < 12; ++i) s[i] = _mm256_set1_ps(x + static_cast<float>(i));
  for (size_t n = 0; n < kFmaRounds; ++n) {
    UNROLL for (int i = 0; i < 12; ++i) s[i] = _mm256_fmadd_ps(s[i], vx, vy);
  }
  UNROLL for (int i = 1; i < 12; ++i) s[0] = _mm256_add_ps(s[0], s[i]);
  return _mm256_cvtss_f32(s[0]);
}

TARGET("avx2,fma") float read_avx2(const float* data, size_t size) {
  __m256 s[8] = {};
  for (size_t n = 0; n < size; n += 64) {
    UNROLL for (size_t i = 0; i < 8; ++i) s[i] = _mm256_add_ps(s[i], _mm256_loadu_ps(data + n + 8 * i));
  }
  UNROLL for (int i = 1; i < 8; ++i) s[0] = _mm256_add_ps(s[0], s[i]);
  return _mm256_cvtss_f32(s[0]);
}
#elif defined(__aarch64__) || defined(_M_ARM64)
float fma_neon(float x, float y) {
  const float32x4_t vx = vdupq_n_f32(x), vy = vdupq_n_f32(y);
  float32x4_t s[24];
  UNROLL for (int i = 0; i < 24; ++i) s[i] = vdupq_n_f32(x + static_cast<float>(i));
  for (size_t n = 0; n < kFmaRounds; ++n) {
    UNROLL for (int i = 0; i < 24; ++i) s[i] = vfmaq_f32(s[i], vx, vy);
  }
  UNROLL for (int i = 1; i < 24; ++i) s[0] = vaddq_f32(s[0], s[i]);
  return vaddvq_f32(s[0]);
}

float read_neon(const float* data, size_t size) {
  float32x4_t s[8] = {};
  for (size_t n = 0; n < size; n += 32) {
    UNROLL for (size_t i = 0; i < 8; ++i) s[i] = vaddq_f32(s[i], vld1q_f32(data + n + 4 * i));
  }
  UNROLL for (int i = 1; i < 8; ++i) s[0] = vaddq_f32(s[0], s[i]);
  return vaddvq_f32(s[0]);
}
#endif

// Plain C++: what the compiler makes of it for every CPU of the architecture (on x64 multiplications and additions by SSE2).
float fma_scalar(float x, float y) {
  float s[48];
  for (int i = 0; i < 48; ++i) s[i] = x + static_cast<float>(i);
  for (size_t n = 0; n < kFmaRounds; ++n) {
    UNROLL for (float& value : s) value = value * x + y;
  }
  for (int i = 1; i < 48; ++i) s[0] += s[i];
  return s[0];
}

float read_scalar(const float* data, size_t size) {
  float s[32] = {};
  for (size_t n = 0; n < size; n += 32) {
    for (size_t i = 0; i < 32; ++i) s[i] += data[n + i];
  }
  for (int i = 1; i < 32; ++i) s[0] += s[i];
  return s[0];
}

const Roofs kRoofs[] = {
#if defined(__x86_64__) || defined(_M_X64)
    {"avx512", 2 * 24 * 16 * kFmaRounds, fma_avx512, read_avx512},
    {"avx2", 2 * 12 * 8 * kFmaRounds, fma_avx2, read_avx2},
#elif defined(__aarch64__) || defined(_M_ARM64)
    {"neon", 2 * 24 * 4 * kFmaRounds, fma_neon, read_neon},
#endif
    {"scalar", 2 * 48 * kFmaRounds, fma_scalar, read_scalar},
};

}  // namespace

const Roofs& roofs(const char* isa) {
  for (const Roofs& row : kRoofs) {
    if (strcmp(row.isa, isa) == 0) return row;
  }
  throw std::runtime_error(std::string("no roofs are known for ") + isa);
}
