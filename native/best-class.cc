// The class of the highest score of each pixel, as the operator `arpent::best_class`. libtorch's argmax takes several times as long
// where the scores of a pixel do not lie together, or are of 16 bits.
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "best-class-kernel.h"

namespace arpent {
namespace {

// Rows below which another thread costs more than it brings.
constexpr int64_t kGrain = 16;

// A number in a type that processors compare.
inline double comparable(double value) { return value; }
template <typename Number>
float comparable(Number value) {
  return static_cast<float>(value);
}

// The order of libtorch's argmax: what is no number is above all others, and the first of equal ones wins.
template <typename Comparable>
inline bool is_above(Comparable score, Comparable highest) {
  return score > highest || (score != score && highest == highest);
}

// The scores of a row of pixels, by number: steps to the next class and to the next pixel.
template <typename Number>
struct Row {
  const Number* scores;
  int64_t classes, width, class_step, pixel_step;
};

// Where a pixel's scores lie together: pixel by pixel.
template <typename Number>
void best_by_pixel(const Row<Number>& row, uint8_t* best) {
  for (int64_t x = 0; x < row.width; x++) {
    const Number* scores = row.scores + x * row.pixel_step;
    auto highest = comparable(scores[0]);
    int found = 0;
    for (int64_t k = 1; k < row.classes; k++) {
      const auto score = comparable(scores[k * row.class_step]);
      const bool above = is_above(score, highest);
      found = above ? static_cast<int>(k) : found;
      highest = above ? score : highest;
    }
    best[x] = static_cast<uint8_t>(found);
  }
}

// Where a class's scores lie together: class by class.
template <typename Number>
void best_by_class(const Row<Number>& row, uint8_t* best) {
  using Comparable = decltype(comparable(Number()));
  std::vector<Comparable> highest(row.width);
  for (int64_t x = 0; x < row.width; x++) highest[x] = comparable(row.scores[x]);
  std::fill(best, best + row.width, uint8_t{0});
  for (int64_t k = 1; k < row.classes; k++) {
    const Number* scores = row.scores + k * row.class_step;
    for (int64_t x = 0; x < row.width; x++) {
      const Comparable score = comparable(scores[x]);
      const bool above = is_above(score, highest[x]);
      best[x] = above ? static_cast<uint8_t>(k) : best[x];
      highest[x] = above ? score : highest[x];
    }
  }
}

// By vectors of scores, where they lie together and this processor has the instructions for their type.
template <typename Number>
bool best_of_pixels(const Row<Number>& row, uint8_t* best) {
  using Kernel = std::conditional_t<std::is_same_v<Number, at::BFloat16>, Bits, Number>;
  if constexpr (std::is_same_v<Kernel, Bits> || std::is_same_v<Kernel, float>) {
    static const bool suits = best_class_kernel::suits_processor();
    if (!suits) return false;
    best_class_kernel::of_pixels(reinterpret_cast<const Kernel*>(row.scores), row.classes, row.width, row.pixel_step, best);
    return true;
  }
  return false;
}

at::Tensor best_class(const at::Tensor& scores) {
  TORCH_CHECK(scores.dim() == 4, "best_class takes scores [N, K, H, W]");
  TORCH_CHECK(scores.size(1) >= 1 && scores.size(1) <= best_class_kernel::kMostClasses,
              "best_class takes 1 to ", best_class_kernel::kMostClasses, " classes, got ", scores.size(1));
  const int64_t height = scores.size(2);
  const int64_t width = scores.size(3);
  at::Tensor result = at::empty({scores.size(0), height, width}, scores.options().dtype(at::kByte));
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, scores.scalar_type(), "best_class", [&] {
    const auto* first = static_cast<const scalar_t*>(scores.data_ptr());
    auto* best = result.data_ptr<uint8_t>();
    at::parallel_for(0, scores.size(0) * height, kGrain, [&](int64_t from, int64_t to) {
      for (int64_t line = from; line < to; line++) {
        const auto* start = first + line / height * scores.stride(0) + line % height * scores.stride(2);
        const Row<scalar_t> row{start, scores.size(1), width, scores.stride(1), scores.stride(3)};
        if (row.class_step == 1 && best_of_pixels(row, best + line * width)) continue;
        if (row.pixel_step == 1) best_by_class(row, best + line * width);
        else best_by_pixel(row, best + line * width);
      }
    });
  });
  return result;
}

}  // namespace
}  // namespace arpent

TORCH_LIBRARY_FRAGMENT(arpent, library) { library.def("best_class(Tensor scores) -> Tensor"); }

TORCH_LIBRARY_IMPL(arpent, CPU, library) { library.impl("best_class", &arpent::best_class); }
