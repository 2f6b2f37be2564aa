// Winograd's transforms of maps and of products, for maps as they are and for doubled ones.
#pragma once

#include <algorithm>

#include "avx512.h"
#include "winograd-kernel.h"

namespace arpent::winograd {

static_assert(kVector == kLanes);

// The filtering of a map as it is, F(2 × 2, 3 × 3).
struct Plain {
  // Positions along a side of a tile; the pixels it is made of are as many.
  static constexpr int kSide = 4;
  static constexpr int64_t kPositions = positions(false);
  // Pixels from one tile to the next.
  static constexpr int kStride = 2;

  // Bᵀ v of one line.
  ARPENT_AVX512 static void transform(const __m512 (&v)[kSide], __m512 (&result)[kSide]) {
    result[0] = _mm512_sub_ps(v[0], v[2]);
    result[1] = _mm512_add_ps(v[1], v[2]);
    result[2] = _mm512_sub_ps(v[2], v[1]);
    result[3] = _mm512_sub_ps(v[1], v[3]);
  }

  // Aᵀ m of one line.
  ARPENT_AVX512 static void restore(const __m512 (&m)[kSide], __m512 (&result)[2]) {
    result[0] = _mm512_add_ps(_mm512_add_ps(m[0], m[1]), m[2]);
    result[1] = _mm512_sub_ps(_mm512_sub_ps(m[1], m[2]), m[3]);
  }
};

// That of a doubled map, of which every tile lies on a pixel of its own: (a, b, b, c), without the product that is always zero.
// What stands for b + b is b; the weights make up for it.
struct Doubled {
  static constexpr int kSide = 3;
  static constexpr int64_t kPositions = positions(true);
  static constexpr int kStride = 1;

  ARPENT_AVX512 static void transform(const __m512 (&v)[kSide], __m512 (&result)[kSide]) {
    result[0] = _mm512_sub_ps(v[0], v[1]);
    result[1] = v[1];
    result[2] = _mm512_sub_ps(v[1], v[2]);
  }

  ARPENT_AVX512 static void restore(const __m512 (&m)[kSide], __m512 (&result)[2]) {
    result[0] = _mm512_add_ps(m[0], m[1]);
    result[1] = _mm512_sub_ps(m[1], m[2]);
  }
};

// A tile of 2 × 2 results.
struct Place {
  int64_t image, row, column;
};

// Tiles one after the other: image by image and row by row.
template <typename Number>
class Walk {
 public:
  Walk(const Convolution<Number>& conv, int64_t tile) : across_((conv.width + 1) / 2), down_((conv.height + 1) / 2) {
    place = {tile / across_ / down_, tile / across_ % down_, tile % across_};
  }

  // Tiles to the end of this row.
  int64_t left_in_row() const { return across_ - place.column; }

  // As many tiles on, within this row or to the start of the next.
  void advance(int64_t count) {
    place.column += count;
    if (place.column < across_) return;
    place.column = 0;
    if (++place.row < down_) return;
    place.row = 0;
    place.image++;
  }

  Place place;

 private:
  int64_t across_, down_;
};

// Where transformed tiles go: steps from one position to the next, and from one vector of channels to the next. A tile's
// neighbour lies a vector on.
template <typename Number>
struct Target {
  Number* first;
  int64_t position_step, vector_step;
};

// The rows of pixels that a row of tiles is made of, one vector of channels of them.
template <typename Form, typename Number>
struct Rows {
  const Number* first[Form::kSide];
  // From one pixel to the next: none in a row beyond the map, where all are one zero.
  int64_t steps[Form::kSide];
  int64_t width;

  void next_vector() {
    for (int i = 0; i < Form::kSide; i++) first[i] += steps[i] == 0 ? 0 : kVector;
  }
};

template <typename Form, typename Number>
Rows<Form, Number> rows_around(const Convolution<Number>& conv, const Place& place) {
  static constexpr Number kZeros[kVector] = {};
  // Of the map that is read.
  const int64_t height = conv.height * Form::kStride / 2;
  Rows<Form, Number> rows;
  rows.width = conv.width * Form::kStride / 2;
  for (int64_t i = 0; i < Form::kSide; i++) {
    const int64_t y = place.row * Form::kStride + i - 1;
    const bool inside = y >= 0 && y < height;
    rows.first[i] = inside ? conv.x + (place.image * height + y) * rows.width * conv.in : kZeros;
    rows.steps[i] = inside ? conv.in : 0;
  }
  return rows;
}

// Bᵀ d of a column of pixels.
template <typename Form, typename Number>
ARPENT_AVX512 inline void transform_column(const Rows<Form, Number>& rows, int64_t x, __m512 (&result)[Form::kSide]) {
  const bool inside = x >= 0 && x < rows.width;
  __m512 column[Form::kSide];
#pragma GCC unroll 4
  for (int i = 0; i < Form::kSide; i++) {
    column[i] = inside ? load(rows.first[i] + x * rows.steps[i]) : _mm512_setzero_ps();
  }
  Form::transform(column, result);
}

// Bᵀ d B of the pixels around `count` tiles of one row, channel by channel. Beyond the map lie zeros.
template <typename Form, typename Number>
ARPENT_AVX512 void transform_input(const Convolution<Number>& conv, const Place& place, int64_t count,
                                   const Target<Number>& target) {
  constexpr int kSide = Form::kSide;
  // Columns that neighbours have in common.
  constexpr int kShared = kSide - Form::kStride;
  const int64_t left = place.column * Form::kStride - 1;
  auto rows = rows_around<Form>(conv, place);
  for (int64_t vector = 0; vector < conv.in / kVector; vector++, rows.next_vector()) {
    __m512 columns[kSide][kSide];
#pragma GCC unroll 4
    for (int j = 0; j < kShared; j++) transform_column(rows, left + j, columns[Form::kStride + j]);
    for (int64_t t = 0; t < count; t++) {
#pragma GCC unroll 4
      for (int j = 0; j < kShared; j++) {
#pragma GCC unroll 4
        for (int i = 0; i < kSide; i++) columns[j][i] = columns[Form::kStride + j][i];
      }
#pragma GCC unroll 4
      for (int j = kShared; j < kSide; j++) transform_column(rows, left + t * Form::kStride + j, columns[j]);
      Number* to = target.first + vector * target.vector_step + t * kVector;
#pragma GCC unroll 4
      for (int i = 0; i < kSide; i++) {
        __m512 line[kSide], transformed[kSide];
#pragma GCC unroll 4
        for (int j = 0; j < kSide; j++) line[j] = columns[j][i];
        Form::transform(line, transformed);
#pragma GCC unroll 4
        for (int j = 0; j < kSide; j++, to += target.position_step) store(to, transformed[j]);
      }
    }
  }
}

// Adds to a result what follows the sums, and writes it; `k` is its channel, `at` its place in the map.
template <typename Number>
ARPENT_AVX512 inline void finish(const Convolution<Number>& conv, __m512 result, int64_t k, int64_t at) {
  const int64_t left = conv.out - k;
  const bool whole = left >= kVector;
  if (conv.onto) {
    const Number* onto = conv.onto + at;
    result = _mm512_add_ps(result, whole ? load(onto) : load(onto, static_cast<int>(left)));
  }
  // In this order what is no number stays so.
  if (conv.relu) result = _mm512_max_ps(_mm512_setzero_ps(), result);
  if (whole) store(conv.y + at, result);
  else store(conv.y + at, result, static_cast<int>(left));
}

// Aᵀ m A of a tile's products for a vector of results from `k` on, and what follows; position p lies at `from + p * step`.
template <typename Form, typename Number>
ARPENT_AVX512 void transform_output(const Convolution<Number>& conv, const Place& place, const float* from,
                                    int64_t step, int64_t k) {
  constexpr int kSide = Form::kSide;
  const int64_t rows = std::min<int64_t>(2, conv.height - 2 * place.row);
  const int64_t columns = std::min<int64_t>(2, conv.width - 2 * place.column);
  const int64_t first = (place.image * conv.height + 2 * place.row) * conv.width + 2 * place.column;
  __m512 lines[2][kSide], results[2][2];
#pragma GCC unroll 4
  for (int j = 0; j < kSide; j++) {
    __m512 products[kSide], restored[2];
#pragma GCC unroll 4
    for (int i = 0; i < kSide; i++) products[i] = _mm512_loadu_ps(from + (kSide * i + j) * step);
    Form::restore(products, restored);
    lines[0][j] = restored[0];
    lines[1][j] = restored[1];
  }
  const __m512 bias = _mm512_loadu_ps(conv.bias + k);
  Form::restore(lines[0], results[0]);
  Form::restore(lines[1], results[1]);
#pragma GCC unroll 2
  for (int i = 0; i < 2; i++) {
#pragma GCC unroll 2
    for (int j = 0; j < 2; j++) {
      if (i >= rows || j >= columns) continue;
      finish(conv, _mm512_add_ps(results[i][j], bias), k, (first + i * conv.width + j) * conv.out + k);
    }
  }
}

}  // namespace arpent::winograd
