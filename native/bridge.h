// What the files of the bridge share: calling conventions with Node-API, the table of tensor handles, and the
// registration list. The bridge is generic: it knows the dispatcher and schemas, never a particular operator.
#pragma once

#include <ATen/ATen.h>
#include <node_api.h>
#include <torch/version.h>

#include <stdexcept>
#include <string>

// LibTorch's version as one number: 1.13 → 113, 2.4 → 204.
#define ARPENT_TORCH (TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR)

namespace arpent {

// A mistake found by the bridge itself (a stale handle, an argument of the wrong kind).
struct BridgeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws BridgeError when a Node-API call fails.
void check(napi_env env, napi_status status, const char* what);

// Arguments of a native function, read lazily.
struct Arguments {
  static constexpr size_t kMost = 8;
  napi_env env;
  napi_value values[kMost];
  size_t count = kMost;
  void* data = nullptr;

  Arguments(napi_env env, napi_callback_info info);
  bool present(size_t i) const;  // neither missing, undefined nor null
  int32_t integer(size_t i) const;
  int64_t integer64(size_t i) const;
  bool boolean(size_t i) const;
  std::string text(size_t i) const;
  at::Tensor tensor(size_t i) const;
};

napi_value undefined(napi_env env);
napi_value number(napi_env env, double value);
napi_value boolean(napi_env env, bool value);
napi_value text(napi_env env, const std::string& value);

// Runs a native function and turns C++ exceptions into JavaScript errors (code ERR_TORCH or ERR_BRIDGE).
template <typename Body>
napi_value guarded(napi_env env, Body&& body) {
  try {
    return body();
  } catch (const c10::Error& error) {
    napi_throw_error(env, "ERR_TORCH", error.what_without_backtrace());
  } catch (const BridgeError& error) {
    napi_throw_error(env, "ERR_BRIDGE", error.what());
  } catch (const std::exception& error) {
    napi_throw_error(env, "ERR_TORCH", error.what());
  }
  return nullptr;
}

// ---- Handles: a tensor is an int32 in JavaScript, 20 bits of slot and 11 bits of generation (handles.cc). ----

int32_t retain(napi_env env, at::Tensor tensor);
const at::Tensor& lookup(int32_t handle);
void release(napi_env env, int32_t handle);
int64_t live_handles();
napi_value retained(napi_env env, at::Tensor tensor);
// The handles in a JavaScript array or Int32Array.
std::vector<int32_t> handle_list(napi_env env, napi_value value);

// ---- Registration: each file adds its functions to the exports object. ----

using Callback = napi_value (*)(napi_env, napi_callback_info);
void add(napi_env env, napi_value exports, const char* name, Callback callback);

void install_allocator();
void register_handles(napi_env env, napi_value exports);
void register_operators(napi_env env, napi_value exports);
void register_tensors(napi_env env, napi_value exports);
void register_autograd(napi_env env, napi_value exports);
void register_modes(napi_env env, napi_value exports);
void register_runtime(napi_env env, napi_value exports);
void register_allocator(napi_env env, napi_value exports);
void register_cuda_graph(napi_env env, napi_value exports);

// The scalar type, memory format or layout that a name such as "float32" or "channels_last" stands for; all of them
// travel through operator schemas as integers.
int64_t enumerator(const std::string& name);

}  // namespace arpent
