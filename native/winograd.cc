// Winograd's convolutions as operators of the dispatcher, `arpent::winograd_*`: the bridge calls them by name like libtorch's own.
#include "winograd-kernel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

namespace arpent {
namespace {

// libtorch's threads can be used: those of OpenMP only by a compiler that speaks it.
#if AT_PARALLEL_OPENMP && !defined(_OPENMP)
constexpr bool kThreads = false;
#else
constexpr bool kThreads = true;
#endif

// Tiles below which another thread costs more than it brings.
constexpr int64_t kGrain = 14;

// Calls `body` with a value of the type that a tensor's numbers have here.
template <typename Body>
auto with_number(at::ScalarType type, Body&& body) {
  if (type == at::kFloat) return body(float());
  TORCH_CHECK(type == at::kBFloat16, "Winograd's convolutions compute in float32 and bfloat16, not in ", type);
  return body(Bits());
}

bool available(at::ScalarType type) {
  return kThreads && (type == at::kFloat || type == at::kBFloat16) &&
         with_number(type, [](auto number) { return winograd::suits_processor<decltype(number)>(); });
}

// Whether weights [out, in, 3, 3] have channels as the kernel takes them: of fewer results most of a vector would be idle.
bool takes(const at::Tensor& weight, at::ScalarType type) {
  return weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3 && weight.size(0) >= winograd::kVector &&
         weight.size(1) % winograd::kVector == 0 && available(type);
}

at::Tensor pack(const at::Tensor& weight, at::ScalarType type, bool doubled) {
  TORCH_CHECK(weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3, "winograd_pack takes weights of 3 × 3");
  const int64_t out = weight.size(0);
  const int64_t in = weight.size(1);
  TORCH_CHECK(in % winograd::kVector == 0, "winograd_pack takes channels in multiples of ", winograd::kVector, ", got ", in);
  const at::Tensor exact = weight.to(at::kFloat).contiguous();
  const winograd::Filters filters{exact.data_ptr<float>(), out, in, doubled};
  return with_number(type, [&](auto number) {
    using Number = decltype(number);
    constexpr int64_t together = winograd::kTogether<Number>;
    const int64_t count = winograd::vectors(out);
    at::Tensor packed = at::empty({count, winograd::positions(doubled), in / together, winograd::kVector, together},
                                  weight.options().dtype(type));
    auto* numbers = static_cast<Number*>(packed.data_ptr());
    at::parallel_for(0, count, 1, [&](int64_t from, int64_t to) { winograd::pack(filters, from, to, numbers); });
    return packed;
  });
}

// A bias in whole vectors, of floats.
at::Tensor offsets(const c10::optional<at::Tensor>& bias, int64_t out, const at::TensorOptions& options) {
  const bool given = bias && bias->defined();
  TORCH_CHECK(!given || bias->numel() == out, "winograd_conv2d: a bias of ", out, " expected, got ", bias->numel());
  if (given && out % winograd::kVector == 0) return bias->to(at::kFloat).contiguous();
  at::Tensor result = at::zeros({winograd::vectors(out) * winograd::kVector}, options.dtype(at::kFloat));
  if (given) result.narrow(0, 0, out).copy_(*bias);
  return result;
}

at::Tensor convolve(const at::Tensor& x, const at::Tensor& packed, int64_t out, const c10::optional<at::Tensor>& bias,
                    const c10::optional<at::Tensor>& onto, bool relu) {
  TORCH_CHECK(available(x.scalar_type()), "winograd_conv2d: this processor has no instructions for ", x.scalar_type());
  TORCH_CHECK(x.dim() == 4 && packed.dim() == 5, "winograd_conv2d takes maps [N, C, H, W] and weights of winograd_pack");
  TORCH_CHECK(x.scalar_type() == packed.scalar_type(), "winograd_conv2d: the weights are of another type than the map");
  const int64_t in = packed.size(2) * packed.size(4);
  TORCH_CHECK(x.size(1) == in, "winograd_conv2d: ", in, " channels expected, got ", x.size(1));
  TORCH_CHECK(out >= 1 && winograd::vectors(out) == packed.size(0), "winograd_conv2d: the weights are not of ", out,
              " channels");
  const bool doubled = packed.size(1) == winograd::positions(true);
  const auto last = at::MemoryFormat::ChannelsLast;
  const at::Tensor input = x.contiguous(last);
  const at::Tensor weights = packed.contiguous();
  const int64_t height = doubled ? 2 * x.size(2) : x.size(2);
  const int64_t width = doubled ? 2 * x.size(3) : x.size(3);
  at::Tensor result = at::empty({x.size(0), out, height, width}, x.options(), last);
  const at::Tensor ends = offsets(bias, out, x.options());
  at::Tensor added;
  if (onto && onto->defined()) {
    TORCH_CHECK(onto->sizes() == result.sizes() && onto->scalar_type() == x.scalar_type(),
                "winograd_conv2d: what is added must be of the result's shape and type");
    added = onto->contiguous(last);
  }
  with_number(x.scalar_type(), [&](auto number) {
    using Number = decltype(number);
    const auto numbers = [](const at::Tensor& tensor) { return static_cast<Number*>(tensor.data_ptr()); };
    winograd::Convolution<Number> conv;
    conv.x = numbers(input);
    conv.packed = numbers(weights);
    conv.bias = ends.data_ptr<float>();
    conv.onto = added.defined() ? numbers(added) : nullptr;
    conv.y = numbers(result);
    conv.doubled = doubled;
    conv.relu = relu;
    conv.images = x.size(0);
    conv.height = height;
    conv.width = width;
    conv.in = in;
    conv.out = out;
    at::parallel_for(0, conv.tiles(), kGrain,
                     [&](int64_t from, int64_t to) { winograd::convolve(conv, from, to); });
  });
  return result;
}

}  // namespace
}  // namespace arpent

TORCH_LIBRARY_FRAGMENT(arpent, library) {
  library.def("winograd_takes(Tensor weight, ScalarType dtype) -> bool", &arpent::takes);
  library.def("winograd_pack(Tensor weight, ScalarType dtype, bool doubled) -> Tensor");
  library.def("winograd_conv2d(Tensor x, Tensor packed, int out, Tensor? bias, Tensor? onto, bool relu) -> Tensor");
}

TORCH_LIBRARY_IMPL(arpent, CPU, library) {
  library.impl("winograd_pack", &arpent::pack);
  library.impl("winograd_conv2d", &arpent::convolve);
}
