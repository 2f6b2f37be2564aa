#pragma once

#include <cstdint>

namespace arpent {

// The bits of a bfloat16, where nothing of libtorch is known.
using Bits = uint16_t;

}  // namespace arpent
