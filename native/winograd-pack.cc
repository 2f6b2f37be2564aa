// Weights of Winograd's convolutions, see winograd-kernel.h.
#include <algorithm>
#include <cstring>

#include "winograd-kernel.h"

namespace arpent::winograd {
namespace {

void assign(float& number, float value) { number = value; }
void assign(Bits& number, float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  number = static_cast<Bits>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// G g of one line of three; how many there are.
int transform_line(float a, float b, float c, bool doubled, float (&result)[4]) {
  if (doubled) {
    result[0] = a;
    result[1] = a + b + c;
    result[2] = c;
    return 3;
  }
  result[0] = a;
  result[1] = 0.5f * (a + b + c);
  result[2] = 0.5f * (a - b + c);
  result[3] = c;
  return 4;
}

// G g Gᵀ of one filter, row by row.
void transform_filter(const float* g, bool doubled, float* result) {
  float columns[3][4], row[4];
  int side = 0;
  for (int j = 0; j < 3; j++) side = transform_line(g[j], g[3 + j], g[6 + j], doubled, columns[j]);
  for (int i = 0; i < side; i++) {
    transform_line(columns[0][i], columns[1][i], columns[2][i], doubled, row);
    result = std::copy_n(row, side, result);
  }
}

}  // namespace

template <typename Number>
void pack(const Filters& filters, int64_t from, int64_t to, Number* packed) {
  constexpr int64_t together = kTogether<Number>;
  const auto [weight, out, in, doubled] = filters;
  const int64_t count = positions(doubled);
  // What lies together in the end is transformed together.
  float transformed[kVector][together][positions(false)] = {};
  for (int64_t v = from; v < to; v++) {
    const int64_t channels = std::min(kVector, out - v * kVector);
    for (int64_t c = 0; c < in; c += together) {
      for (int64_t k = 0; k < channels; k++) {
        const float* first = weight + ((v * kVector + k) * in + c) * 9;
        for (int64_t i = 0; i < together; i++) transform_filter(first + i * 9, doubled, transformed[k][i]);
      }
      for (int64_t p = 0; p < count; p++) {
        Number* group = packed + ((v * count + p) * in + c) * kVector;
        for (int64_t k = 0; k < kVector; k++) {
          for (int64_t i = 0; i < together; i++) {
            assign(group[k * together + i], k < channels ? transformed[k][i][p] : 0);
          }
        }
      }
    }
  }
}

template void pack(const Filters&, int64_t, int64_t, float*);
template void pack(const Filters&, int64_t, int64_t, Bits*);

}  // namespace arpent::winograd
