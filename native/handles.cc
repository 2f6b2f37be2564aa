// The table of live tensors. JavaScript holds integers; a stale integer is an error, never a dangling pointer.
#include <deque>
#include <mutex>

#include "bridge.h"

namespace arpent {
namespace {

constexpr int kSlotBits = 20;
constexpr int32_t kSlotMask = (1 << kSlotBits) - 1;
constexpr int32_t kGenerationMask = (1 << 11) - 1;
// The garbage collector is told of memory in steps: telling it at every tensor costs more than the tensor.
constexpr int64_t kReportStep = 4 << 20;

struct Slot {
  at::Tensor tensor;
  int64_t bytes = 0;
  int32_t generation = 0;
  bool live = false;
};

struct Table {
  std::deque<Slot> slots;
  std::vector<int32_t> free;
  int64_t live = 0;
  int64_t unreported = 0;
  bool held = false;

  void account(napi_env env, int64_t bytes) {
    unreported += bytes;
    if (!held) report(env);
  }

  void report(napi_env env) {
    if (unreported < kReportStep && unreported > -kReportStep) return;
    int64_t total;
    napi_adjust_external_memory(env, unreported, &total);
    unreported = 0;
  }

  Slot& find(int32_t handle) {
    const auto index = static_cast<size_t>(handle & kSlotMask);
    if (handle < 0 || index >= slots.size()) throw BridgeError("this is not a tensor handle");
    Slot& slot = slots[index];
    if (!slot.live || slot.generation != (handle >> kSlotBits)) {
      throw BridgeError("this tensor was disposed (its scope ended, or dispose() was called)");
    }
    return slot;
  }
};

// One table a thread, since every JavaScript environment runs on one thread; leaked on purpose, so that no tensor is
// destroyed after libtorch's own statics.
Table& table() {
  static thread_local Table* instance = new Table();
  return *instance;
}

// Only the first handle of a storage counts its bytes: views share them.
int64_t owned_bytes(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.has_storage() || tensor.storage().use_count() > 1) return 0;
  return static_cast<int64_t>(tensor.storage().nbytes());
}

napi_value dispose(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    release(env, arguments.integer(0));
    return undefined(env);
  });
}

napi_value dispose_many(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    for (const int32_t handle : handle_list(env, arguments.values[0])) release(env, handle);
    return undefined(env);
  });
}

// A scope frees what was made in it. Told of that as well, the collector would look for it in vain: once for each image that a
// network sees, on every core.
napi_value hold_reports(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    Table& t = table();
    t.held = arguments.boolean(0);
    if (!t.held) t.report(env);
    return undefined(env);
  });
}

napi_value handle_count(napi_env env, napi_callback_info) { return number(env, static_cast<double>(live_handles())); }

}  // namespace

int32_t retain(napi_env env, at::Tensor tensor) {
  Table& t = table();
  int32_t index;
  if (t.free.empty()) {
    index = static_cast<int32_t>(t.slots.size());
    if (index > kSlotMask) throw BridgeError("more than a million tensors are alive: a scope is missing somewhere");
    t.slots.emplace_back();
  } else {
    index = t.free.back();
    t.free.pop_back();
  }
  Slot& slot = t.slots[index];
  slot.bytes = owned_bytes(tensor);
  slot.tensor = std::move(tensor);
  slot.live = true;
  t.live++;
  if (slot.bytes > 0) t.account(env, slot.bytes);
  return index | (slot.generation << kSlotBits);
}

const at::Tensor& lookup(int32_t handle) { return table().find(handle).tensor; }

// Disposing twice is harmless: a scope and an explicit dispose() may both reach the same tensor.
void release(napi_env env, int32_t handle) {
  Table& t = table();
  const auto index = static_cast<size_t>(handle & kSlotMask);
  if (handle < 0 || index >= t.slots.size()) return;
  Slot& slot = t.slots[index];
  if (!slot.live || slot.generation != (handle >> kSlotBits)) return;
  slot.tensor = at::Tensor();
  slot.live = false;
  slot.generation = (slot.generation + 1) & kGenerationMask;
  if (slot.bytes > 0) t.account(env, -slot.bytes);
  t.free.push_back(static_cast<int32_t>(index));
  t.live--;
}

int64_t live_handles() { return table().live; }

napi_value retained(napi_env env, at::Tensor tensor) {
  napi_value result;
  napi_create_int32(env, retain(env, std::move(tensor)), &result);
  return result;
}

std::vector<int32_t> handle_list(napi_env env, napi_value value) {
  bool is_typed = false;
  napi_is_typedarray(env, value, &is_typed);
  if (is_typed) {
    napi_typedarray_type type;
    size_t length;
    void* data;
    check(env, napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr), "expected handles");
    if (type != napi_int32_array) throw BridgeError("expected an Int32Array of handles");
    const auto* handles = static_cast<int32_t*>(data);
    return {handles, handles + length};
  }
  uint32_t length;
  check(env, napi_get_array_length(env, value, &length), "expected a list of tensors");
  std::vector<int32_t> handles(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    napi_get_element(env, value, i, &element);
    check(env, napi_get_value_int32(env, element, &handles[i]), "expected a tensor in the list");
  }
  return handles;
}

void register_handles(napi_env env, napi_value exports) {
  add(env, exports, "dispose", dispose);
  add(env, exports, "disposeMany", dispose_many);
  add(env, exports, "holdReports", hold_reports);
  add(env, exports, "handleCount", handle_count);
}

}  // namespace arpent
