// Vectors of sixteen numbers, read and written type by type, in instructions of AVX-512. Only files that hold nothing of libtorch
// include this: what is inlined into their functions may use instructions that other processors lack.
#pragma once

#include "bfloat16-bits.h"

// Without this nothing below is there: another processor's compiler, or one that does not know the instructions.
#if defined(__x86_64__) && (defined(__clang__) || __GNUC__ >= 11)
#define ARPENT_HAS_AVX512 1

#include <immintrin.h>

// Alike for all, so that the small ones are inlined into the large ones.
#define ARPENT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

namespace arpent {

// Numbers of a vector.
constexpr int kLanes = 16;

// Whether this processor has the instructions for all types; those that multiply bfloat16 are asked for apart.
inline bool has_avx512() { return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"); }

// As floats.
ARPENT_AVX512 inline __m512 load(const float* from) { return _mm512_loadu_ps(from); }
ARPENT_AVX512 inline __m512 widened(__m256i bits) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
ARPENT_AVX512 inline __m512 load(const Bits* from) {
  return widened(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

// The first ones, fewer than a vector; the others are not read, and zero.
ARPENT_AVX512 inline __mmask16 first_lanes(int count) { return static_cast<__mmask16>((1 << count) - 1); }
ARPENT_AVX512 inline __m512 load(const float* from, int count) { return _mm512_maskz_loadu_ps(first_lanes(count), from); }
ARPENT_AVX512 inline __m512 load(const Bits* from, int count) {
  return widened(_mm256_maskz_loadu_epi16(first_lanes(count), from));
}

// Floats rounded to the type.
ARPENT_AVX512 inline void store(float* to, __m512 numbers) { _mm512_storeu_ps(to, numbers); }
ARPENT_AVX512 inline void store(Bits* to, __m512 numbers) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh(numbers));
}

// The first ones, fewer than a vector. Masked stores of 16 bits are slow.
ARPENT_AVX512 inline void store(float* to, __m512 numbers, int count) {
  _mm512_mask_storeu_ps(to, first_lanes(count), numbers);
}
ARPENT_AVX512 inline void store(Bits* to, __m512 numbers, int count) {
  const auto all = (__m256i)_mm512_cvtneps_pbh(numbers);
  __m128i rest = _mm256_castsi256_si128(all);
  if (count & 8) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), rest);
    rest = _mm256_extracti128_si256(all, 1);
    to += 8;
  }
  if (count & 4) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), rest);
    rest = _mm_srli_si128(rest, 8);
    to += 4;
  }
  if (count & 2) {
    _mm_storeu_si32(to, rest);
    rest = _mm_srli_si128(rest, 4);
    to += 2;
  }
  if (count & 1) *to = static_cast<Bits>(_mm_cvtsi128_si32(rest));
}

}  // namespace arpent

#endif
