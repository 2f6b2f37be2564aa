// See winograd-kernel.h. Nothing of libtorch is included here: what is inlined into this file's functions may use instructions
// that other processors lack.
#include "winograd-kernel.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <type_traits>

#include "avx512.h"

#ifdef ARPENT_HAS_AVX512
#include <cpuid.h>

#include "winograd-multiply.h"
#include "winograd-transforms.h"
#endif

namespace arpent::winograd {

#ifdef ARPENT_HAS_AVX512

template <typename Number>
bool suits_processor() {
  if (!has_avx512()) return false;
  if (std::is_same_v<Number, float>) return true;
  unsigned a, b, c, d;
  constexpr unsigned kAmxBf16 = 1u << 22;
  return __builtin_cpu_supports("avx512bf16") && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kAmxBf16) == 0;
}

namespace {

// Transformed tiles of a block lie in the second-level cache: half a megabyte.
constexpr int64_t kBlockBytes = 1 << 19;
constexpr int64_t kMostTiles = 4 * kMostRows;

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

// Parts of about the same size, none larger than `most`.
int64_t even_part(int64_t whole, int64_t most) {
  const int64_t parts = (whole + most - 1) / most;
  return (whole + parts - 1) / parts;
}

// A block of neighbouring tiles in groups of `rows`, the last of fewer. Transformed, it lies position by position and group by
// group.
template <typename Number>
struct Block {
  int64_t from, count, rows;
  Number* tiles;
  float* sums;

  int64_t rows_from(int64_t tile) const { return std::min(rows, count - tile); }
};

template <typename Form, typename Number>
void transform_block(const Convolution<Number>& conv, const Block<Number>& block) {
  Walk<Number> walk(conv, block.from);
  for (int64_t group = 0; group < block.count; group += block.rows) {
    const int64_t rows = block.rows_from(group);
    int64_t row = 0;
    while (row < rows) {
      const int64_t count = std::min(rows - row, walk.left_in_row());
      Number* first = block.tiles + group * conv.in + row * kVector;
      transform_input<Form, Number>(conv, walk.place, count, {first, block.count * conv.in, rows * kVector});
      walk.advance(count);
      row += count;
    }
  }
}

// `Vectors` vectors of results from `k` on, for a block.
template <typename Form, int Vectors, typename Number>
void convolve_vectors(const Convolution<Number>& conv, const Block<Number>& block, int64_t k) {
  const int64_t weights = conv.in * kVector;
  for (int64_t p = 0; p < Form::kPositions; p++) {
    const Number* factors = conv.packed + (k / kVector * Form::kPositions + p) * weights;
    for (int64_t t = 0; t < block.count; t += block.rows) {
      const int64_t tile = p * block.count + t;
      const auto multiply = kMultiplications<Number, Vectors>[block.rows_from(t) - 1];
      multiply(block.tiles + tile * conv.in, conv.in, factors, Form::kPositions * weights,
               block.sums + tile * Vectors * kVector);
    }
  }
  const int64_t step = block.count * Vectors * kVector;
  Walk<Number> walk(conv, block.from);
  for (int64_t t = 0; t < block.count; t++, walk.advance(1)) {
    for (int64_t v = 0; v < Vectors; v++) {
      transform_output<Form>(conv, walk.place, block.sums + (t * Vectors + v) * kVector, step, k + v * kVector);
    }
  }
}

template <typename Form, typename Number>
void convolve_tiles(const Convolution<Number>& conv, int64_t from, int64_t to) {
  static thread_local Scratch<Number> scratch;
  if (to <= from) return;
  const int64_t tile_bytes = Form::kPositions * conv.in * static_cast<int64_t>(sizeof(Number));
  const int64_t count = even_part(to - from, std::clamp(kBlockBytes / tile_bytes, kMostRows, kMostTiles));
  Block<Number> block;
  block.tiles = scratch.tiles(Form::kPositions * count * conv.in);
  block.sums = scratch.sums(Form::kPositions * count * 2 * kVector);
  for (block.from = from; block.from < to; block.from += count) {
    block.count = std::min(count, to - block.from);
    block.rows = even_part(block.count, kMostRows);
    transform_block<Form>(conv, block);
    int64_t k = 0;
    for (; k + kVector < conv.out; k += 2 * kVector) convolve_vectors<Form, 2>(conv, block, k);
    if (k < conv.out) convolve_vectors<Form, 1>(conv, block, k);
  }
}

}  // namespace

template <typename Number>
void convolve(const Convolution<Number>& conv, int64_t from, int64_t to) {
  if (conv.doubled) convolve_tiles<Doubled>(conv, from, to);
  else convolve_tiles<Plain>(conv, from, to);
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
