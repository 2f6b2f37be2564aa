// Gradients: the parts of autograd that are not operators of the dispatcher.
#include <torch/csrc/autograd/autograd.h>

#include "bridge.h"

namespace arpent {
namespace {

std::vector<at::Tensor> tensors_of(napi_env env, napi_value value) {
  std::vector<at::Tensor> result;
  for (const int32_t handle : handle_list(env, value)) result.push_back(lookup(handle));
  return result;
}

// An array of handles, with undefined where there is no tensor.
napi_value handles_of(napi_env env, const std::vector<at::Tensor>& tensors) {
  napi_value result;
  napi_create_array_with_length(env, tensors.size(), &result);
  for (size_t i = 0; i < tensors.size(); i++) {
    napi_set_element(env, result, i, tensors[i].defined() ? retained(env, tensors[i]) : undefined(env));
  }
  return result;
}

// backward(outputs, gradients | null, retainGraph): adds to the .grad of every leaf.
napi_value backward(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const auto outputs = tensors_of(env, arguments.values[0]);
    const auto gradients = arguments.present(1) ? tensors_of(env, arguments.values[1]) : std::vector<at::Tensor>{};
    torch::autograd::backward(outputs, gradients, arguments.boolean(2), /*create_graph=*/false);
    return undefined(env);
  });
}

// gradients(outputs, inputs, outputGradients | null, retainGraph, allowUnused) → handles
napi_value gradients(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const auto outputs = tensors_of(env, arguments.values[0]);
    const auto inputs = tensors_of(env, arguments.values[1]);
    const auto seeds = arguments.present(2) ? tensors_of(env, arguments.values[2]) : std::vector<at::Tensor>{};
    return handles_of(env, torch::autograd::grad(outputs, inputs, seeds, arguments.boolean(3), /*create_graph=*/false,
                                                 arguments.boolean(4)));
  });
}

napi_value requires_grad(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    return boolean(env, arguments.tensor(0).requires_grad());
  });
}

napi_value set_requires_grad(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    arguments.tensor(0).set_requires_grad(arguments.boolean(1));
    return undefined(env);
  });
}

napi_value is_leaf(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    return boolean(env, arguments.tensor(0).is_leaf());
  });
}

// grads(handles) → handles of the .grad tensors, undefined where there is none.
napi_value grads(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    std::vector<at::Tensor> result;
    for (const at::Tensor& tensor : tensors_of(env, arguments.values[0])) result.push_back(tensor.grad());
    return handles_of(env, result);
  });
}

napi_value set_grad(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    arguments.tensor(0).mutable_grad() = arguments.present(1) ? arguments.tensor(1) : at::Tensor();
    return undefined(env);
  });
}

// clearGrads(handles): forgets the gradients, as zero_grad(set_to_none=True) does.
napi_value clear_grads(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    for (const at::Tensor& tensor : tensors_of(env, arguments.values[0])) tensor.mutable_grad() = at::Tensor();
    return undefined(env);
  });
}

}  // namespace

void register_autograd(napi_env env, napi_value exports) {
  add(env, exports, "backward", backward);
  add(env, exports, "gradients", gradients);
  add(env, exports, "requiresGrad", requires_grad);
  add(env, exports, "setRequiresGrad", set_requires_grad);
  add(env, exports, "isLeaf", is_leaf);
  add(env, exports, "grads", grads);
  add(env, exports, "setGrad", set_grad);
  add(env, exports, "clearGrads", clear_grads);
}

}  // namespace arpent
