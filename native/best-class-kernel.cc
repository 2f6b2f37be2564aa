// See best-class-kernel.h.
#include "best-class-kernel.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "avx512.h"

namespace arpent::best_class_kernel {

#ifdef ARPENT_HAS_AVX512

namespace {

// A pixel's scores fill `Vectors` vectors, the last one perhaps in part.
template <typename Number, int Vectors>
ARPENT_AVX512 void of_vectors(const Number* scores, int64_t classes, int64_t pixels, int64_t step, uint8_t* best) {
  const int last = static_cast<int>(classes - (Vectors - 1) * kLanes);
  const __mmask16 given = last == kLanes ? static_cast<__mmask16>(0xffff) : first_lanes(last);
  const __m512 lowest = _mm512_set1_ps(-__builtin_inff());
  for (int64_t pixel = 0; pixel < pixels; pixel++, scores += step) {
    __m512 found[Vectors];
    for (int v = 0; v < Vectors - 1; v++) found[v] = load(scores + v * kLanes);
    const Number* rest = scores + (Vectors - 1) * kLanes;
    // What is not given is no higher than any score, and comes after all.
    found[Vectors - 1] = last == kLanes ? load(rest) : _mm512_mask_mov_ps(lowest, given, load(rest, last));
    __m512 highest = found[0];
    for (int v = 1; v < Vectors; v++) highest = _mm512_max_ps(highest, found[v]);
    const __m512 all = _mm512_set1_ps(_mm512_reduce_max_ps(highest));
    int class_of = -1;
    // What is no number is above all others.
    for (int v = Vectors - 1; v >= 0; v--) {
      const __mmask16 none = _mm512_cmp_ps_mask(found[v], found[v], _CMP_UNORD_Q);
      if (none != 0) class_of = v * kLanes + __builtin_ctz(none);
    }
    for (int v = 0; class_of < 0; v++) {
      const __mmask16 equal = _mm512_cmp_ps_mask(found[v], all, _CMP_EQ_OQ);
      if (equal != 0) class_of = v * kLanes + __builtin_ctz(equal);
    }
    best[pixel] = static_cast<uint8_t>(class_of);
  }
}

template <typename Number>
using OfVectors = void (*)(const Number*, int64_t, int64_t, int64_t, uint8_t*);

template <typename Number, size_t... I>
constexpr std::array<OfVectors<Number>, sizeof...(I)> by_vectors(std::index_sequence<I...>) {
  return {of_vectors<Number, I + 1>...};
}

}  // namespace

bool suits_processor() { return has_avx512(); }

template <typename Number>
void of_pixels(const Number* scores, int64_t classes, int64_t pixels, int64_t step, uint8_t* best) {
  static constexpr auto functions = by_vectors<Number>(std::make_index_sequence<kMostClasses / kLanes>());
  functions[(classes - 1) / kLanes](scores, classes, pixels, step, best);
}

#else

bool suits_processor() { return false; }

template <typename Number>
void of_pixels(const Number*, int64_t, int64_t, int64_t, uint8_t*) {
  throw std::logic_error("no instructions for this were compiled in");
}

#endif

template void of_pixels(const float*, int64_t, int64_t, int64_t, uint8_t*);
template void of_pixels(const Bits*, int64_t, int64_t, int64_t, uint8_t*);

}  // namespace arpent::best_class_kernel
