// Tensors from and to JavaScript memory, and the properties JavaScript asks of them.
#include <mutex>
#include <unordered_map>

#include "bridge.h"

namespace arpent {

int64_t enumerator(const std::string& name) {
  static const std::unordered_map<std::string, int64_t> values = {
      {"uint8", static_cast<int64_t>(at::kByte)},
      {"int8", static_cast<int64_t>(at::kChar)},
      {"int16", static_cast<int64_t>(at::kShort)},
      {"int32", static_cast<int64_t>(at::kInt)},
      {"int64", static_cast<int64_t>(at::kLong)},
      {"float16", static_cast<int64_t>(at::kHalf)},
      {"float32", static_cast<int64_t>(at::kFloat)},
      {"float64", static_cast<int64_t>(at::kDouble)},
      {"bool", static_cast<int64_t>(at::kBool)},
      {"bfloat16", static_cast<int64_t>(at::kBFloat16)},
      {"strided", static_cast<int64_t>(at::kStrided)},
      {"contiguous", static_cast<int64_t>(at::MemoryFormat::Contiguous)},
      {"preserve", static_cast<int64_t>(at::MemoryFormat::Preserve)},
      {"channels_last", static_cast<int64_t>(at::MemoryFormat::ChannelsLast)},
  };
  const auto found = values.find(name);
  if (found == values.end()) throw BridgeError("unknown data type, layout or memory format \"" + name + "\"");
  return found->second;
}

namespace {

struct Bytes {
  char* data;
  size_t length;
};

// The memory behind a typed array, a DataView-less Buffer included.
Bytes bytes_of(napi_env env, napi_value value) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  check(env, napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr), "expected a typed array");
  static constexpr size_t kWidths[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  return {static_cast<char*>(data), length * kWidths[type]};
}

std::vector<int64_t> sizes_of(napi_env env, napi_value value) {
  uint32_t length;
  check(env, napi_get_array_length(env, value, &length), "expected a shape");
  std::vector<int64_t> sizes(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    napi_get_element(env, value, i, &element);
    check(env, napi_get_value_int64(env, element, &sizes[i]), "expected an integer size");
    if (sizes[i] < 0) throw BridgeError("a size cannot be negative");
  }
  return sizes;
}

size_t byte_count(const std::vector<int64_t>& sizes, at::ScalarType type) {
  size_t count = c10::elementSize(type);
  for (const int64_t size : sizes) count *= static_cast<size_t>(size);
  return count;
}

void require_bytes(const Bytes& bytes, const std::vector<int64_t>& sizes, at::ScalarType type) {
  const size_t wanted = byte_count(sizes, type);
  if (bytes.length != wanted) {
    throw BridgeError("the shape needs " + std::to_string(wanted) + " bytes, the array has " + std::to_string(bytes.length));
  }
}

// fromBytes(typedArray, dtype, shape) → handle; copies.
napi_value from_bytes(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const Bytes bytes = bytes_of(env, arguments.values[0]);
    const auto type = static_cast<at::ScalarType>(enumerator(arguments.text(1)));
    const auto sizes = sizes_of(env, arguments.values[2]);
    require_bytes(bytes, sizes, type);
    at::Tensor tensor = at::empty(sizes, type);
    if (bytes.length > 0) std::memcpy(tensor.data_ptr(), bytes.data, bytes.length);
    return retained(env, std::move(tensor));
  });
}

// References to JavaScript memory that a tensor shares. A tensor may die on any thread, but a reference may only be
// deleted on its own JavaScript thread: the dead are queued and collected at the next call from there.
struct SharedMemory {
  std::mutex mutex;
  std::vector<napi_ref> dead;

  void collect(napi_env env) {
    std::vector<napi_ref> batch;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      batch.swap(dead);
    }
    for (napi_ref reference : batch) napi_delete_reference(env, reference);
  }
};

SharedMemory& shared_memory() {
  static thread_local auto* instance = new SharedMemory();
  return *instance;
}

// shareBytes(typedArray, dtype, shape) → handle over the same memory; the array stays alive as long as the tensor.
napi_value share_bytes(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    SharedMemory& memory = shared_memory();
    memory.collect(env);
    const Bytes bytes = bytes_of(env, arguments.values[0]);
    const auto type = static_cast<at::ScalarType>(enumerator(arguments.text(1)));
    const auto sizes = sizes_of(env, arguments.values[2]);
    require_bytes(bytes, sizes, type);
    napi_ref reference;
    check(env, napi_create_reference(env, arguments.values[0], 1, &reference), "cannot hold the array");
    auto forget = [&memory, reference](void*) {
      const std::lock_guard<std::mutex> lock(memory.mutex);
      memory.dead.push_back(reference);
    };
    return retained(env, at::from_blob(bytes.data, sizes, forget, at::TensorOptions().dtype(type)));
  });
}

at::Tensor on_host(const at::Tensor& tensor) { return tensor.detach().to(at::kCPU).contiguous(); }

// toBytes(handle) → ArrayBuffer with the elements in row-major order.
napi_value to_bytes(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const at::Tensor tensor = on_host(arguments.tensor(0));
    napi_value result;
    void* data;
    check(env, napi_create_arraybuffer(env, tensor.nbytes(), &data, &result), "out of memory for the array");
    if (tensor.nbytes() > 0) std::memcpy(data, tensor.data_ptr(), tensor.nbytes());
    return result;
  });
}

// copyInto(handle, typedArray): writes the elements into memory that JavaScript already has.
napi_value copy_into(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const at::Tensor tensor = on_host(arguments.tensor(0));
    const Bytes bytes = bytes_of(env, arguments.values[1]);
    if (bytes.length < tensor.nbytes()) {
      throw BridgeError("the tensor has " + std::to_string(tensor.nbytes()) + " bytes, the array only " +
                        std::to_string(bytes.length));
    }
    if (tensor.nbytes() > 0) std::memcpy(bytes.data, tensor.data_ptr(), tensor.nbytes());
    return undefined(env);
  });
}

napi_value shape(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const auto sizes = arguments.tensor(0).sizes();
    napi_value result;
    napi_create_array_with_length(env, sizes.size(), &result);
    for (size_t i = 0; i < sizes.size(); i++) napi_set_element(env, result, i, number(env, static_cast<double>(sizes[i])));
    return result;
  });
}

const char* type_name(at::ScalarType type) {
  switch (type) {
    case at::kByte: return "uint8";
    case at::kChar: return "int8";
    case at::kShort: return "int16";
    case at::kInt: return "int32";
    case at::kLong: return "int64";
    case at::kHalf: return "float16";
    case at::kFloat: return "float32";
    case at::kDouble: return "float64";
    case at::kBool: return "bool";
    case at::kBFloat16: return "bfloat16";
    default: return c10::toString(type);
  }
}

napi_value dtype(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    return text(env, type_name(arguments.tensor(0).scalar_type()));
  });
}

napi_value device(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    return text(env, arguments.tensor(0).device().str());
  });
}

// isContiguous(handle, memoryFormat)
napi_value is_contiguous(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const auto format = static_cast<at::MemoryFormat>(enumerator(arguments.text(1)));
    return boolean(env, arguments.tensor(0).is_contiguous(format));
  });
}

napi_value item(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    Arguments arguments(env, info);
    const c10::Scalar scalar = arguments.tensor(0).item();
    return number(env, scalar.isBoolean() ? static_cast<double>(scalar.toBool()) : scalar.toDouble());
  });
}

}  // namespace

void register_tensors(napi_env env, napi_value exports) {
  add(env, exports, "fromBytes", from_bytes);
  add(env, exports, "shareBytes", share_bytes);
  add(env, exports, "toBytes", to_bytes);
  add(env, exports, "copyInto", copy_into);
  add(env, exports, "shape", shape);
  add(env, exports, "dtype", dtype);
  add(env, exports, "device", device);
  add(env, exports, "isContiguous", is_contiguous);
  add(env, exports, "item", item);
}

}  // namespace arpent
