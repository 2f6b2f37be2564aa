// Grad mode, inference mode and autocast: thread-local switches, pushed and popped by the TypeScript side.
#include <ATen/autocast_mode.h>
#include <c10/core/InferenceMode.h>

#include <memory>

#include "bridge.h"

namespace arpent {
namespace {

napi_value grad_enabled(napi_env env, napi_callback_info) { return boolean(env, at::GradMode::is_enabled()); }

napi_value set_grad_enabled(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    at::GradMode::set_enabled(arguments.boolean(0));
    return undefined(env);
  });
}

std::vector<std::unique_ptr<c10::InferenceMode>>& inference_modes() {
  static thread_local auto* stack = new std::vector<std::unique_ptr<c10::InferenceMode>>();
  return *stack;
}

napi_value push_inference_mode(napi_env env, napi_callback_info) {
  return guarded(env, [&] {
    inference_modes().push_back(std::make_unique<c10::InferenceMode>(true));
    return undefined(env);
  });
}

napi_value pop_inference_mode(napi_env env, napi_callback_info) {
  return guarded(env, [&] {
    if (inference_modes().empty()) throw BridgeError("inference mode was not entered");
    inference_modes().pop_back();
    return undefined(env);
  });
}

bool autocast_enabled(at::DeviceType device) {
#if ARPENT_TORCH >= 204
  return at::autocast::is_autocast_enabled(device);
#else
  return device == at::kCPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
#endif
}

void set_autocast(at::DeviceType device, bool enabled) {
#if ARPENT_TORCH >= 204
  at::autocast::set_autocast_enabled(device, enabled);
#else
  if (device == at::kCPU) at::autocast::set_cpu_enabled(enabled);
  else at::autocast::set_enabled(enabled);
#endif
}

at::ScalarType autocast_type(at::DeviceType device) {
#if ARPENT_TORCH >= 204
  return at::autocast::get_autocast_dtype(device);
#else
  return device == at::kCPU ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype();
#endif
}

void set_autocast_type(at::DeviceType device, at::ScalarType type) {
#if ARPENT_TORCH >= 204
  at::autocast::set_autocast_dtype(device, type);
#else
  if (device == at::kCPU) at::autocast::set_autocast_cpu_dtype(type);
  else at::autocast::set_autocast_gpu_dtype(type);
#endif
}

struct Autocast {
  at::DeviceType device;
  bool enabled;
  at::ScalarType type;
};

std::vector<Autocast>& autocasts() {
  static thread_local auto* stack = new std::vector<Autocast>();
  return *stack;
}

// pushAutocast(device, dtype, enabled)
napi_value push_autocast(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const at::DeviceType device = c10::Device(arguments.text(0)).type();
    const auto type = static_cast<at::ScalarType>(enumerator(arguments.text(1)));
    autocasts().push_back({device, autocast_enabled(device), autocast_type(device)});
    at::autocast::increment_nesting();
    set_autocast_type(device, type);
    set_autocast(device, arguments.boolean(2));
    return undefined(env);
  });
}

napi_value pop_autocast(napi_env env, napi_callback_info) {
  return guarded(env, [&] {
    if (autocasts().empty()) throw BridgeError("autocast was not entered");
    const Autocast before = autocasts().back();
    autocasts().pop_back();
    set_autocast(before.device, before.enabled);
    set_autocast_type(before.device, before.type);
    // The cache holds casts of weights; it must not outlive the region, or an optimiser step would go unseen.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    return undefined(env);
  });
}

}  // namespace

void register_modes(napi_env env, napi_value exports) {
  add(env, exports, "gradEnabled", grad_enabled);
  add(env, exports, "setGradEnabled", set_grad_enabled);
  add(env, exports, "pushInferenceMode", push_inference_mode);
  add(env, exports, "popInferenceMode", pop_inference_mode);
  add(env, exports, "pushAutocast", push_autocast);
  add(env, exports, "popAutocast", pop_autocast);
}

}  // namespace arpent
