// Memory of tensors on the processor.
//
// A network asks for the same blocks of tens of megabytes again and again. The C library maps and unmaps each of them, and the
// page faults cost 7 to 30 % of a training step; told to keep them in its heap, it tears the heap into pieces and holds half as
// much again as is ever in use, or more. Here a freed block waits for the next tensor of about its size, and blocks that wait are
// given back before more memory would be held than was once in use at the same time, and a little.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include "bridge.h"

namespace arpent {
namespace {

constexpr size_t kAlignment = 64;
// From here on blocks are mapped one by one; smaller ones are the C library's.
constexpr size_t kMapped = 1 << 20;
constexpr size_t kPage = 1 << 16;
constexpr size_t kHuge = 4 << 20;
// Beyond what was ever in use: small images' maps are of many sizes, and would take the place of one another.
constexpr size_t kSlack = 64 << 20;

// Lies in front of the data; as large as the alignment, so that the data is aligned.
struct alignas(kAlignment) Header {
  // Of the whole block, header included.
  size_t bytes;
  // Mapped by us; else one of the C library's.
  bool mapped;
};
static_assert(sizeof(Header) == kAlignment);

size_t rounded(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

class TensorMemory final : public c10::Allocator {
 public:
  // One of both is the virtual function: a constant one in older versions of libtorch.
  c10::DataPtr allocate(size_t bytes) const { return const_cast<TensorMemory*>(this)->allocate(bytes); }

  c10::DataPtr allocate(size_t bytes) {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
    Header* header = bytes < kMapped ? small(bytes) : large(rounded(bytes + sizeof(Header)));
    if (header == nullptr) {
      throw std::runtime_error("not enough memory: you tried to allocate " + std::to_string(bytes) + " bytes.");
    }
    count(header->bytes);
    void* data = header + 1;
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

  static Header* small(size_t bytes) {
    void* block = nullptr;
    if (posix_memalign(&block, kAlignment, bytes + sizeof(Header)) != 0) return nullptr;
    return new (block) Header{bytes + sizeof(Header), false};
  }

  void count(size_t bytes) {
    const size_t alive = alive_ += bytes;
    size_t peak = peak_;
    while (peak < alive && !peak_.compare_exchange_weak(peak, alive)) {
    }
  }

  Header* large(size_t bytes) {
    std::lock_guard<std::mutex> guard(mutex_);
    // A block that is up to an eighth larger will do.
    auto found = waiting_.lower_bound(bytes);
    if (found != waiting_.end() && found->first <= bytes + bytes / 8) {
      Header* header = found->second;
      waiting_.erase(found);
      idle_ -= header->bytes;
      used(header->bytes);
      return header;
    }
    const size_t most = std::max(most_, in_use_ + bytes) + kSlack;
    while (!waiting_.empty() && in_use_ + idle_ + bytes > most) give_back();
    Header* header = map(bytes);
    // Another program may hold what the machine has: ours goes first.
    while (header == nullptr && !waiting_.empty()) {
      give_back();
      header = map(bytes);
    }
    if (header != nullptr) used(bytes);
    return header;
  }

  void used(size_t bytes) {
    in_use_ += bytes;
    most_ = std::max(most_, in_use_);
  }

  static Header* map(size_t bytes) {
    void* block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return nullptr;
#ifdef MADV_HUGEPAGE
    // Where the system has pages of 2 MiB to give: fewer faults, fewer misses of the address cache.
    if (bytes >= kHuge) madvise(block, bytes, MADV_HUGEPAGE);
#endif
    return new (block) Header{bytes, true};
  }

  // The largest goes first: the fewest are lost.
  void give_back() {
    auto last = std::prev(waiting_.end());
    idle_ -= last->first;
    munmap(last->second, last->first);
    waiting_.erase(last);
  }

  void keep(Header* header) {
    std::lock_guard<std::mutex> guard(mutex_);
    in_use_ -= header->bytes;
    idle_ += header->bytes;
    waiting_.emplace(header->bytes, header);
  }

  std::mutex mutex_;
  std::multimap<size_t, Header*> waiting_;
  size_t in_use_ = 0;
  size_t idle_ = 0;
  // The most that was ever in use at once.
  size_t most_ = 0;
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
  Header* header = static_cast<Header*>(data) - 1;
  memory().alive_ -= header->bytes;
  if (header->mapped) memory().keep(header);
  else free(header);
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
