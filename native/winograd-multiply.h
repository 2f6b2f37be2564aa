// Products of transformed tiles by transformed weights: where Winograd's convolutions spend their time.
#pragma once

#include <array>
#include <cstring>
#include <utility>

#include "avx512.h"
#include "winograd-kernel.h"

namespace arpent::winograd {

// sum + products of what lies at `channels`, for a vector of results.
ARPENT_AVX512 inline __m512 multiply_add(__m512 sum, const float* channels, __m512 weights) {
  return _mm512_fmadd_ps(_mm512_set1_ps(*channels), weights, sum);
}
ARPENT_AVX512 inline __m512 multiply_add(__m512 sum, const Bits* channels, __m512 weights) {
  int32_t pair;
  std::memcpy(&pair, channels, sizeof(pair));
  return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(pair), (__m512bh)weights);
}

// Tiles of a group, whose sums by two vectors of weights stay in registers: 28 of 32.
constexpr int64_t kMostRows = 14;

// Sums of a group of `Rows` tiles at one position, by the weights of `Vectors` vectors of results that lie `apart` from one
// another. The group lies vector of channels by vector, tile by tile: each number's place is known when this is compiled. Loops are
// unrolled by name, for a sum that is found by a loop's number would not stay in its register.
template <typename Number, int Vectors, int Rows>
ARPENT_AVX512 void multiply(const Number* group, int64_t in, const Number* weights, int64_t apart, float* sums) {
  constexpr int64_t together = kTogether<Number>;
  __m512 kept[Rows][Vectors];
#pragma GCC unroll 14
  for (int row = 0; row < Rows; row++) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; v++) kept[row][v] = _mm512_setzero_ps();
  }
  for (int64_t c = 0; c < in; c += kVector) {
    for (int64_t i = 0; i < kVector; i += together) {
      __m512 factors[Vectors];
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; v++) factors[v] = _mm512_loadu_ps(weights + v * apart + i * kVector);
#pragma GCC unroll 14
      for (int row = 0; row < Rows; row++) {
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; v++) {
          kept[row][v] = multiply_add(kept[row][v], group + row * kVector + i, factors[v]);
        }
      }
    }
    group += Rows * kVector;
    weights += kVector * kVector;
  }
#pragma GCC unroll 14
  for (int row = 0; row < Rows; row++) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; v++) _mm512_storeu_ps(sums + (row * Vectors + v) * kVector, kept[row][v]);
  }
}

template <typename Number>
using Multiply = void (*)(const Number*, int64_t, const Number*, int64_t, float*);

// The function for each number of rows from one on.
template <typename Number, int Vectors, size_t... I>
constexpr std::array<Multiply<Number>, kMostRows> multiplications(std::index_sequence<I...>) {
  return {multiply<Number, Vectors, I + 1>...};
}

template <typename Number, int Vectors>
inline constexpr auto kMultiplications = multiplications<Number, Vectors>(std::make_index_sequence<kMostRows>());

}  // namespace arpent::winograd
