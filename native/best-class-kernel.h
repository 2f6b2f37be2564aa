// The class of the highest score, in instructions of AVX-512.
#pragma once

#include <cstdint>

#include "bfloat16-bits.h"

namespace arpent::best_class_kernel {

constexpr int64_t kMostClasses = 256;

// Whether this processor has the instructions.
bool suits_processor();

// Of each of so many pixels, whose scores lie together: `step` numbers from one pixel to the next. At most kMostClasses classes.
template <typename Number>
void of_pixels(const Number* scores, int64_t classes, int64_t pixels, int64_t step, uint8_t* best);

}  // namespace arpent::best_class_kernel
