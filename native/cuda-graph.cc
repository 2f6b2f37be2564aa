// Work of a CUDA device that is recorded once and started again as a whole (CUDA graphs): what starting its kernels one by one
// costs falls away. Compiled in where CUDA's own headers are found (ARPENT_CUDA_GRAPHS).
#include "bridge.h"

#ifdef ARPENT_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/DeviceGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/cuda.h>

#include <map>
#include <memory>
#endif

namespace arpent {
namespace {

#ifdef ARPENT_CUDA_GRAPHS

// Recording needs a stream of its own; what is recorded is started on the one in use.
struct Recording {
  explicit Recording(c10::Device device) : device(device), before(c10::cuda::getCurrentCUDAStream(device.index())) {}

  at::cuda::CUDAGraph graph;
  c10::Device device;
  c10::cuda::CUDAStream before;
};

int32_t last_id = 0;

// Never destroyed: when the process ends, CUDA may have ended before.
std::map<int32_t, std::unique_ptr<Recording>>& recordings() {
  static auto* const instance = new std::map<int32_t, std::unique_ptr<Recording>>;
  return *instance;
}

Recording& recording(int32_t id) {
  const auto found = recordings().find(id);
  if (found == recordings().end()) throw BridgeError("there is no such recording of a CUDA device's work");
  return *found->second;
}

// cudaGraphBegin(device) → id. From here on operators on the device are recorded and not run.
napi_value begin(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    c10::Device device(arguments.text(0));
    if (!device.has_index()) device.set_index(0);
    torch::cuda::synchronize(device.index());
    const c10::DeviceGuard guard(device);
    auto made = std::make_unique<Recording>(device);
    c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool(false, device.index()));
    try {
#if ARPENT_TORCH >= 201
      // What other threads do on the device meanwhile is their business.
      made->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
#else
      made->graph.capture_begin();
#endif
    } catch (...) {
      c10::cuda::setCurrentCUDAStream(made->before);
      throw;
    }
    recordings().emplace(++last_id, std::move(made));
    return number(env, last_id);
  });
}

// cudaGraphEnd(id): throws, and forgets the recording, when something in it cannot be recorded.
napi_value end(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const int32_t id = arguments.integer(0);
    Recording& made = recording(id);
    const c10::cuda::CUDAStream before = made.before;
    const c10::DeviceGuard guard(made.device);
    try {
      made.graph.capture_end();
    } catch (...) {
      c10::cuda::setCurrentCUDAStream(before);
      recordings().erase(id);
      throw;
    }
    c10::cuda::setCurrentCUDAStream(before);
    return undefined(env);
  });
}

// cudaGraphReplay(id)
napi_value replay(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    Recording& made = recording(arguments.integer(0));
    const c10::DeviceGuard guard(made.device);
    made.graph.replay();
    return undefined(env);
  });
}

// cudaGraphFree(id)
napi_value free_recording(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    recordings().erase(arguments.integer(0));
    return undefined(env);
  });
}

#endif

}  // namespace

void register_cuda_graph(napi_env env, napi_value exports) {
#ifdef ARPENT_CUDA_GRAPHS
  add(env, exports, "cudaGraphBegin", begin);
  add(env, exports, "cudaGraphEnd", end);
  add(env, exports, "cudaGraphReplay", replay);
  add(env, exports, "cudaGraphFree", free_recording);
#endif
}

}  // namespace arpent
