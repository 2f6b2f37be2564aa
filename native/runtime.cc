// The library as a whole: version, threads, seeds, CUDA devices and the switches of its backends.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>

#include "bridge.h"

namespace arpent {
namespace {

napi_value version(napi_env env, napi_callback_info) { return text(env, TORCH_VERSION); }

napi_value num_threads(napi_env env, napi_callback_info) { return number(env, at::get_num_threads()); }

napi_value set_num_threads(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    at::set_num_threads(arguments.integer(0));
    return undefined(env);
  });
}

// Which vector instructions and which math libraries this build uses, in the library's own words.
napi_value configuration(napi_env env, napi_callback_info) {
  return guarded(env, [&] { return text(env, at::show_config() + at::get_parallel_info()); });
}

napi_value manual_seed(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const auto seed = static_cast<uint64_t>(arguments.integer64(0));
    at::manual_seed(seed);
    return undefined(env);
  });
}

at::Generator generator(const std::string& device) {
  const c10::Device where(device);
  return where.is_cpu() ? at::detail::getDefaultCPUGenerator() : at::globalContext().defaultGenerator(where);
}

// rngState(device) → handle of a uint8 tensor
napi_value rng_state(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    return retained(env, generator(arguments.text(0)).get_state());
  });
}

napi_value set_rng_state(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    generator(arguments.text(0)).set_state(arguments.tensor(1));
    return undefined(env);
  });
}

napi_value cuda_device_count(napi_env env, napi_callback_info) {
  return guarded(env, [&] { return number(env, torch::cuda::is_available() ? torch::cuda::device_count() : 0); });
}

napi_value cuda_synchronize(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    torch::cuda::synchronize(arguments.present(0) ? arguments.integer64(0) : -1);
    return undefined(env);
  });
}

// setBackendFlag(name, on): the switches that trade exactness for speed, or the reverse.
napi_value set_backend_flag(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const std::string name = arguments.text(0);
    const bool on = arguments.boolean(1);
    at::Context& context = at::globalContext();
    if (name == "cudnnBenchmark") context.setBenchmarkCuDNN(on);
    else if (name == "tf32") {
      context.setAllowTF32CuBLAS(on);
      context.setAllowTF32CuDNN(on);
    } else if (name == "deterministic") context.setDeterministicAlgorithms(on, /*warn_only=*/true);
    else throw BridgeError("unknown backend flag \"" + name + "\"");
    return undefined(env);
  });
}

}  // namespace

void register_runtime(napi_env env, napi_value exports) {
  add(env, exports, "version", version);
  add(env, exports, "numThreads", num_threads);
  add(env, exports, "setNumThreads", set_num_threads);
  add(env, exports, "configuration", configuration);
  add(env, exports, "manualSeed", manual_seed);
  add(env, exports, "rngState", rng_state);
  add(env, exports, "setRngState", set_rng_state);
  add(env, exports, "cudaDeviceCount", cuda_device_count);
  add(env, exports, "cudaSynchronize", cuda_synchronize);
  add(env, exports, "setBackendFlag", set_backend_flag);
}

}  // namespace arpent
