// See winograd-kernel.h. Nothing of libtorch is included here: what is inlined into this file's functions may use instructions
// that other processors lack.
#include "winograd-kernel.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#if defined(__x86_64__) && (defined(__clang__) || __GNUC__ >= 11)
#define ARPENT_WINOGRAD 1
#include <cpuid.h>

#include "winograd-numbers.h"
#endif

namespace arpent::winograd {
namespace {

void assign(float& number, float value) { number = value; }
void assign(Bits& number, float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  number = static_cast<Bits>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// G g Gᵀ of one filter.
void transform_filter(const float* g, float (&result)[4][4]) {
  float rows[4][3];
  for (int j = 0; j < 3; j++) {
    rows[0][j] = g[j];
    rows[1][j] = 0.5f * (g[j] + g[3 + j] + g[6 + j]);
    rows[2][j] = 0.5f * (g[j] - g[3 + j] + g[6 + j]);
    rows[3][j] = g[6 + j];
  }
  for (int i = 0; i < 4; i++) {
    const auto& row = rows[i];
    result[i][0] = row[0];
    result[i][1] = 0.5f * (row[0] + row[1] + row[2]);
    result[i][2] = 0.5f * (row[0] - row[1] + row[2]);
    result[i][3] = row[2];
  }
}

}  // namespace

template <typename Number>
void pack(const float* weight, int64_t out, int64_t in, Number* packed) {
  constexpr int64_t together = kTogether<Number>;
  float filter[4][4];
  for (int64_t k = 0; k < out; k++) {
    for (int64_t c = 0; c < in; c++) {
      transform_filter(weight + (k * in + c) * 9, filter);
      for (int64_t p = 0; p < kPositions; p++) {
        const int64_t group = (k / kVector * kPositions + p) * (in / together) + c / together;
        assign(packed[(group * kVector + k % kVector) * together + c % together], filter[p / 4][p % 4]);
      }
    }
  }
}

template void pack(const float*, int64_t, int64_t, float*);
template void pack(const float*, int64_t, int64_t, Bits*);

#ifdef ARPENT_WINOGRAD

template <typename Number>
bool suits_processor() {
  if (!__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl")) return false;
  if (std::is_same_v<Number, float>) return true;
  unsigned a, b, c, d;
  constexpr unsigned kAmxBf16 = 1u << 22;
  return __builtin_cpu_supports("avx512bf16") && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kAmxBf16) == 0;
}

namespace {

// Results that one pass over the channels keeps in registers: 28 of 32, with two for weights.
constexpr int64_t kMostRows = 14;
// Transformed tiles of a block lie in the second-level cache: half a megabyte.
constexpr int64_t kBlockBytes = 1 << 19;
constexpr int64_t kMostTiles = 4 * kMostRows;

// Where a tile's results begin.
struct Place {
  int64_t image, y, x;
};

template <typename Number>
Place place_of(const Convolution<Number>& conv, int64_t tile) {
  const int64_t across = (conv.width + 1) / 2;
  const int64_t down = (conv.height + 1) / 2;
  return {tile / across / down, tile / across % down * 2, tile % across * 2};
}

// Memory of one thread for a block of tiles.
template <typename Number>
class Scratch {
 public:
  Number* tiles(int64_t count) { return at_least(tiles_, tile_room_, count); }
  float* sums(int64_t count) { return at_least(sums_, sum_room_, count); }

 private:
  template <typename T>
  static T* at_least(std::unique_ptr<T[]>& memory, int64_t& room, int64_t count) {
    if (count > room) {
      memory.reset(new T[count + 64 / sizeof(T)]);
      room = count;
    }
    // Vectors that straddle cache lines cost twice.
    return reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(memory.get()) + 63) / 64 * 64);
  }

  std::unique_ptr<Number[]> tiles_;
  std::unique_ptr<float[]> sums_;
  int64_t tile_room_ = 0;
  int64_t sum_room_ = 0;
};

// Bᵀ v for one line of four.
ARPENT_AVX512 inline void transform_line(const __m512 (&v)[4], __m512 (&result)[4]) {
  result[0] = _mm512_sub_ps(v[0], v[2]);
  result[1] = _mm512_add_ps(v[1], v[2]);
  result[2] = _mm512_sub_ps(v[2], v[1]);
  result[3] = _mm512_sub_ps(v[1], v[3]);
}

// Bᵀ d B of the 4 × 4 pixels around a tile, channel by channel; position p goes to `to + p * step`. Beyond the map lie zeros.
template <typename Number>
ARPENT_AVX512 void transform_input(const Convolution<Number>& conv, const Place& place, Number* to, int64_t step) {
  const Number* image = conv.x + place.image * conv.height * conv.width * conv.in;
  const Number* pixels[4][4];
  for (int64_t i = 0; i < 4; i++) {
    for (int64_t j = 0; j < 4; j++) {
      const int64_t y = place.y + i - 1;
      const int64_t x = place.x + j - 1;
      const bool inside = y >= 0 && y < conv.height && x >= 0 && x < conv.width;
      pixels[i][j] = inside ? image + (y * conv.width + x) * conv.in : nullptr;
    }
  }
  for (int64_t c = 0; c < conv.in; c += kHalf) {
    __m512 columns[4][4];
    for (int j = 0; j < 4; j++) {
      __m512 column[4], transformed[4];
      for (int i = 0; i < 4; i++) column[i] = pixels[i][j] ? load(pixels[i][j] + c) : _mm512_setzero_ps();
      transform_line(column, transformed);
      for (int i = 0; i < 4; i++) columns[i][j] = transformed[i];
    }
    for (int i = 0; i < 4; i++) {
      __m512 row[4];
      transform_line(columns[i], row);
      for (int j = 0; j < 4; j++) store(to + (4 * i + j) * step + c, row[j]);
    }
  }
}

// Products of `Rows` tiles at one position by the weights of 32 results.
template <typename Number, int Rows>
ARPENT_AVX512 void multiply(const Number* tiles, int64_t in, const Number* weights, float* sums) {
  constexpr int64_t together = kTogether<Number>;
  __m512 low[Rows], high[Rows];
  for (int row = 0; row < Rows; row++) low[row] = high[row] = _mm512_setzero_ps();
  for (int64_t c = 0; c < in; c += together) {
    const __m512 first = _mm512_loadu_ps(weights + c * kVector);
    const __m512 second = _mm512_loadu_ps(weights + c * kVector + kHalf * together);
#pragma GCC unroll 14
    for (int row = 0; row < Rows; row++) {
      low[row] = multiply_add(low[row], tiles + row * in + c, first);
      high[row] = multiply_add(high[row], tiles + row * in + c, second);
    }
  }
  for (int row = 0; row < Rows; row++) {
    _mm512_storeu_ps(sums + row * kVector, low[row]);
    _mm512_storeu_ps(sums + row * kVector + kHalf, high[row]);
  }
}

template <typename Number>
using Multiply = void (*)(const Number*, int64_t, const Number*, float*);

// The function for each number of rows from one on.
template <typename Number, size_t... I>
constexpr std::array<Multiply<Number>, kMostRows> multiplications(std::index_sequence<I...>) {
  return {multiply<Number, I + 1>...};
}

// Aᵀ m A of a tile's products for 32 results from `k` on, and what follows; position p lies at `from + p * step`.
template <typename Number>
ARPENT_AVX512 void transform_output(const Convolution<Number>& conv, const Place& place, const float* from,
                                    int64_t step, int64_t k) {
  const int64_t rows = std::min<int64_t>(2, conv.height - place.y);
  const int64_t columns = std::min<int64_t>(2, conv.width - place.x);
  const int64_t first = (place.image * conv.height + place.y) * conv.width + place.x;
  for (int64_t half = 0; half < kVector; half += kHalf) {
    __m512 lines[2][4];
    for (int j = 0; j < 4; j++) {
      __m512 m[4];
      for (int i = 0; i < 4; i++) m[i] = _mm512_loadu_ps(from + (4 * i + j) * step + half);
      lines[0][j] = _mm512_add_ps(_mm512_add_ps(m[0], m[1]), m[2]);
      lines[1][j] = _mm512_sub_ps(_mm512_sub_ps(m[1], m[2]), m[3]);
    }
    const __m512 bias = _mm512_loadu_ps(conv.bias + k + half);
    for (int64_t i = 0; i < rows; i++) {
      const auto& line = lines[i];
      const __m512 results[2] = {_mm512_add_ps(_mm512_add_ps(line[0], line[1]), line[2]),
                                 _mm512_sub_ps(_mm512_sub_ps(line[1], line[2]), line[3])};
      for (int64_t j = 0; j < columns; j++) {
        const int64_t at = (first + i * conv.width + j) * conv.out + k + half;
        __m512 result = _mm512_add_ps(results[j], bias);
        if (conv.onto) result = _mm512_add_ps(result, load(conv.onto + at));
        // In this order what is no number stays so.
        if (conv.relu) result = _mm512_max_ps(_mm512_setzero_ps(), result);
        store(conv.y + at, result);
      }
    }
  }
}

// Parts of about the same size, none larger than `most`.
int64_t even_part(int64_t whole, int64_t most) {
  const int64_t parts = (whole + most - 1) / most;
  return (whole + parts - 1) / parts;
}

template <typename Number>
void convolve_block(const Convolution<Number>& conv, int64_t from, int64_t count, Number* tiles, float* sums) {
  static constexpr auto by_rows = multiplications<Number>(std::make_index_sequence<kMostRows>());
  for (int64_t t = 0; t < count; t++) {
    transform_input(conv, place_of(conv, from + t), tiles + t * conv.in, count * conv.in);
  }
  const int64_t rows = even_part(count, kMostRows);
  for (int64_t k = 0; k < conv.out; k += kVector) {
    for (int64_t p = 0; p < kPositions; p++) {
      const Number* weights = conv.packed + (k / kVector * kPositions + p) * conv.in * kVector;
      for (int64_t t = 0; t < count; t += rows) {
        by_rows[std::min(rows, count - t) - 1](tiles + (p * count + t) * conv.in, conv.in, weights,
                                             sums + (p * count + t) * kVector);
      }
    }
    for (int64_t t = 0; t < count; t++) {
      transform_output(conv, place_of(conv, from + t), sums + t * kVector, count * kVector, k);
    }
  }
}

}  // namespace

template <typename Number>
void convolve(const Convolution<Number>& conv, int64_t from, int64_t to) {
  static thread_local Scratch<Number> scratch;
  if (to <= from) return;
  const int64_t pixel_bytes = kPositions * conv.in * static_cast<int64_t>(sizeof(Number));
  const int64_t block = even_part(to - from, std::clamp(kBlockBytes / pixel_bytes, kMostRows, kMostTiles));
  Number* tiles = scratch.tiles(kPositions * block * conv.in);
  float* sums = scratch.sums(kPositions * block * kVector);
  for (int64_t start = from; start < to; start += block) {
    convolve_block(conv, start, std::min(block, to - start), tiles, sums);
  }
}

#else

template <typename Number>
bool suits_processor() {
  return false;
}

template <typename Number>
void convolve(const Convolution<Number>&, int64_t, int64_t) {
  throw std::logic_error("no instructions for this were compiled in");
}

#endif

template bool suits_processor<float>();
template bool suits_processor<Bits>();
template void convolve(const Convolution<float>&, int64_t, int64_t);
template void convolve(const Convolution<Bits>&, int64_t, int64_t);

}  // namespace arpent::winograd
