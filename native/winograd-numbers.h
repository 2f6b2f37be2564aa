// What Winograd's convolutions do with vectors of numbers, type by type, in instructions of AVX-512.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "winograd-kernel.h"

// Alike for all, so that the small ones are inlined into the large ones.
#define ARPENT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

namespace arpent::winograd {

constexpr int64_t kHalf = kVector / 2;

// Sixteen numbers as floats.
ARPENT_AVX512 inline __m512 load(const float* from) { return _mm512_loadu_ps(from); }
ARPENT_AVX512 inline __m512 load(const Bits* from) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

// Sixteen floats, rounded to the type.
ARPENT_AVX512 inline void store(float* to, __m512 numbers) { _mm512_storeu_ps(to, numbers); }
ARPENT_AVX512 inline void store(Bits* to, __m512 numbers) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh(numbers));
}

// sum + products of what lies at `channels`, for sixteen results.
ARPENT_AVX512 inline __m512 multiply_add(__m512 sum, const float* channels, __m512 weights) {
  return _mm512_fmadd_ps(_mm512_set1_ps(*channels), weights, sum);
}
ARPENT_AVX512 inline __m512 multiply_add(__m512 sum, const Bits* channels, __m512 weights) {
  int32_t pair;
  std::memcpy(&pair, channels, sizeof(pair));
  return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(pair), (__m512bh)weights);
}

}  // namespace arpent::winograd
