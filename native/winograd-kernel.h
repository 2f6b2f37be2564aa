// Convolutions of 3 × 3 by Winograd's minimal filtering F(2 × 2, 3 × 3): sixteen multiplications give four results that take
// thirty-six otherwise (Lavin and Gray, 2016, "Fast Algorithms for Convolutional Neural Networks"). Of a map that is doubled by
// nearest neighbours the two pixels amid a tile are one, and nine multiplications do. Sums and both transforms are of 32 bits. Maps
// are laid out channels last.
#pragma once

#include <cstdint>

#include "bfloat16-bits.h"

namespace arpent::winograd {

// Channels in come in whole vectors of this many; the last vector of channels out may be filled in part.
constexpr int64_t kVector = 16;

inline int64_t vectors(int64_t channels) { return (channels + kVector - 1) / kVector; }

// Positions of a transformed tile.
constexpr int64_t positions(bool doubled) { return doubled ? 9 : 16; }

// Channels whose products by a result's weights are summed by one instruction: their weights lie side by side.
template <typename Number>
constexpr int64_t kTogether = sizeof(float) / sizeof(Number);

template <typename Number>
struct Convolution {
  const Number* x;       // [images, height, width, in]; half as high and wide where it is doubled
  const Number* packed;  // of pack()
  const float* bias;     // [vectors(out) * kVector]
  const Number* onto;    // [images, height, width, out], or null
  Number* y;             // likewise
  bool doubled;
  bool relu;
  int64_t images, height, width, in, out;

  // Tiles of 2 × 2 results, image by image and row by row.
  int64_t tiles() const { return images * ((height + 1) / 2) * ((width + 1) / 2); }
};

// Whether this processor has the instructions, and no matrix unit that convolves such numbers quicker as it is.
template <typename Number>
bool suits_processor();

struct Filters {
  const float* weight;  // [out, in, 3, 3]
  int64_t out, in;
  bool doubled;
};

// Transforms filters into [vectors(out), positions, in / together, kVector, together], the vectors [from, to) of them.
template <typename Number>
void pack(const Filters& filters, int64_t from, int64_t to, Number* packed);

// Computes tiles [from, to). Threads may share a convolution; a tile's results depend on nothing else.
template <typename Number>
void convolve(const Convolution<Number>& conv, int64_t from, int64_t to);

}  // namespace arpent::winograd
