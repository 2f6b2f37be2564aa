// Convolutions of 3 × 3 by Winograd's minimal filtering F(2 × 2, 3 × 3): sixteen multiplications give four results that take
// thirty-six otherwise (Lavin and Gray, 2016, "Fast Algorithms for Convolutional Neural Networks"). Sums and both transforms are
// of 32 bits. Maps are laid out channels last.
#pragma once

#include <cstdint>

namespace arpent::winograd {

// The types of numbers: float, and the bits of a bfloat16.
using Bits = uint16_t;

// Channels in and out come in whole vectors of this many.
constexpr int64_t kVector = 32;
// Positions of a transformed tile.
constexpr int64_t kPositions = 16;

// Channels whose products by a result's weights are summed by one instruction: their weights lie side by side.
template <typename Number>
constexpr int64_t kTogether = sizeof(float) / sizeof(Number);

template <typename Number>
struct Convolution {
  const Number* x;       // [images, height, width, in]
  const Number* packed;  // of pack()
  const float* bias;     // [out]
  const Number* onto;    // [images, height, width, out], or null
  Number* y;             // likewise
  bool relu;
  int64_t images, height, width, in, out;

  // Tiles of 2 × 2 results, image by image and row by row.
  int64_t tiles() const { return images * ((height + 1) / 2) * ((width + 1) / 2); }
};

// Whether this processor has the instructions, and no matrix unit that convolves such numbers quicker as it is.
template <typename Number>
bool suits_processor();

// Transforms weights [out, in, 3, 3] into [out / 32, 16, in / together, 32, together].
template <typename Number>
void pack(const float* weight, int64_t out, int64_t in, Number* packed);

// Computes tiles [from, to). Threads may share a convolution; a tile's results depend on nothing else.
template <typename Number>
void convolve(const Convolution<Number>& conv, int64_t from, int64_t to);

}  // namespace arpent::winograd
