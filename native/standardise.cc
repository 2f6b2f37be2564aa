// (x − mean) · inverse, channel by channel, from numbers of any type to float32 in any order, as the operator
// `arpent::standardise`: one pass in place of three for each channel and one more that brings them into order.
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>

namespace arpent {
namespace {

// Numbers below which another thread costs more than it brings.
constexpr int64_t kGrain = 1 << 15;

// One row of one channel; the steps are from one pixel to the next.
template <typename Number>
void standardise_row(const Number* x, int64_t x_step, float mean, float inverse, float* y, int64_t y_step,
                     int64_t width) {
  if (x_step == 1 && y_step == 1) {
    for (int64_t i = 0; i < width; i++) y[i] = (static_cast<float>(x[i]) - mean) * inverse;
    return;
  }
  for (int64_t i = 0; i < width; i++) y[i * y_step] = (static_cast<float>(x[i * x_step]) - mean) * inverse;
}

// An image `[C, H, W]`.
void standardise_image(const at::Tensor& x, const float* mean, const float* inverse, const at::Tensor& out) {
  const int64_t channels = x.size(0);
  const int64_t width = x.size(2);
  const int64_t row_grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, channels * width));
  auto* results = out.data_ptr<float>();
  AT_DISPATCH_ALL_TYPES(x.scalar_type(), "standardise", [&] {
    const auto* numbers = x.data_ptr<scalar_t>();
    at::parallel_for(0, x.size(1), row_grain, [&](int64_t from, int64_t to) {
      for (int64_t row = from; row < to; row++) {
        for (int64_t c = 0; c < channels; c++) {
          standardise_row(numbers + c * x.stride(0) + row * x.stride(1), x.stride(2), mean[c], inverse[c],
                          results + c * out.stride(0) + row * out.stride(1), out.stride(2), width);
        }
      }
    });
  });
}

void standardise_images(const at::Tensor& x, const float* mean, const float* inverse, const at::Tensor& out) {
  if (x.dim() == 3) return standardise_image(x, mean, inverse, out);
  for (int64_t i = 0; i < x.size(0); i++) standardise_images(x.select(0, i), mean, inverse, out.select(0, i));
}

const at::Tensor& standardise(const at::Tensor& x, const at::Tensor& mean, const at::Tensor& inverse,
                              const at::Tensor& out) {
  TORCH_CHECK(x.dim() >= 3, "standardise takes images […, C, H, W]");
  TORCH_CHECK(out.sizes() == x.sizes() && out.scalar_type() == at::kFloat,
              "standardise writes float32 of the images' shape");
  for (const at::Tensor* numbers : {&mean, &inverse}) {
    TORCH_CHECK(numbers->numel() == x.size(-3) && numbers->scalar_type() == at::kFloat && numbers->is_contiguous(),
                "standardise takes one float32 a channel: ", x.size(-3), " expected, got ", numbers->numel());
  }
  standardise_images(x, mean.data_ptr<float>(), inverse.data_ptr<float>(), out);
  return out;
}

}  // namespace
}  // namespace arpent

TORCH_LIBRARY_FRAGMENT(arpent, library) {
  library.def("standardise(Tensor x, Tensor mean, Tensor inverse, Tensor(a!) out) -> Tensor(a!)");
}

TORCH_LIBRARY_IMPL(arpent, CPU, library) { library.impl("standardise", &arpent::standardise); }
