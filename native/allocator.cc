// Memory of tensors on the processor.
//
// A network asks for the same blocks of tens of megabytes again and again. The C library maps and unmaps each of them, and the
// page faults cost 7 to 30 % of a training step; told to keep them in its heap, it tears the heap into pieces and holds half as
// much again as is ever in use, or more. Here a freed block waits for the next tensor (block-pool.h).
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include "block-pool.h"
#include "bridge.h"

namespace arpent {
namespace {

constexpr size_t kAlignment = 64;
// From here on blocks are mapped one by one; smaller ones are the C library's.
constexpr size_t kMapped = 1 << 20;

// Lies in front of the data of small ones; as large as the alignment, so that the data is aligned.
struct alignas(kAlignment) Header {
  // Of the whole block, header included.
  size_t bytes;
};
static_assert(sizeof(Header) == kAlignment);

class TensorMemory final : public c10::Allocator {
 public:
  // One of both is the virtual function: a constant one in older versions of libtorch.
  c10::DataPtr allocate(size_t bytes) const { return const_cast<TensorMemory*>(this)->allocate(bytes); }

  c10::DataPtr allocate(size_t bytes) {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
    void* data = bytes < kMapped ? small(bytes) : large(bytes);
    if (data == nullptr) {
      throw std::runtime_error("not enough memory: you tried to allocate " + std::to_string(bytes) + " bytes.");
    }
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }

  // Bytes of all tensors alive.
  size_t alive() const { return alive_; }

  // The most that were alive at once since the last call, which begins anew.
  size_t take_peak() { return peak_.exchange(alive_); }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  // Abstract from libtorch 2.1 on.
  void copy_data(void* to, const void* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }

 private:
  static void release(void* data);

  void* small(size_t bytes) {
    void* block = nullptr;
    if (posix_memalign(&block, kAlignment, bytes + sizeof(Header)) != 0) return nullptr;
    const auto* header = new (block) Header{bytes + sizeof(Header)};
    count(header->bytes);
    return static_cast<char*>(block) + sizeof(Header);
  }

  void* large(size_t bytes) {
    const Block block = blocks_.take(bytes);
    count(block.bytes);
    return block.start;
  }

  void count(size_t bytes) {
    const size_t alive = alive_ += bytes;
    size_t peak = peak_;
    while (peak < alive && !peak_.compare_exchange_weak(peak, alive)) {
    }
  }

  BlockPool blocks_;
  std::atomic<size_t> alive_{0};
  std::atomic<size_t> peak_{0};
};

// Never destroyed: tensors may outlive everything else when the process ends.
TensorMemory& memory() {
  static auto* const instance = new TensorMemory;
  return *instance;
}

void TensorMemory::release(void* data) {
  if (data == nullptr) return;
  size_t bytes = reinterpret_cast<uintptr_t>(data) % BlockPool::kAlignment == 0 ? memory().blocks_.keep(data) : 0;
  if (bytes == 0) {
    Header* header = static_cast<Header*>(data) - 1;
    bytes = header->bytes;
    free(header);
  }
  memory().alive_ -= bytes;
}

// tensorBytes() → bytes of all tensors on the processor
napi_value tensor_bytes(napi_env env, napi_callback_info) {
  return number(env, static_cast<double>(memory().alive()));
}

// takePeakTensorBytes() → the most that were alive at once since the last call
napi_value take_peak_tensor_bytes(napi_env env, napi_callback_info) {
  return number(env, static_cast<double>(memory().take_peak()));
}

}  // namespace

void install_allocator() {
  static std::once_flag once;
  std::call_once(once, [] { c10::SetCPUAllocator(&memory()); });
}

void register_allocator(napi_env env, napi_value exports) {
  add(env, exports, "tensorBytes", tensor_bytes);
  add(env, exports, "takePeakTensorBytes", take_peak_tensor_bytes);
}

}  // namespace arpent
