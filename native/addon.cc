// The addon's entry point, and the small conveniences over Node-API that every file uses.
#include "bridge.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace arpent {

void check(napi_env env, napi_status status, const char* what) {
  if (status == napi_ok) return;
  // A pending JavaScript exception would make the next call fail; ours says more.
  napi_value pending;
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (is_pending) napi_get_and_clear_last_exception(env, &pending);
  throw BridgeError(what);
}

Arguments::Arguments(napi_env env, napi_callback_info info) : env(env) {
  check(env, napi_get_cb_info(env, info, &count, values, nullptr, &data), "cannot read the call's arguments");
  if (count > kMost) count = kMost;
}

bool Arguments::present(size_t i) const {
  if (i >= count) return false;
  napi_valuetype type;
  napi_typeof(env, values[i], &type);
  return type != napi_undefined && type != napi_null;
}

int32_t Arguments::integer(size_t i) const {
  int32_t value;
  check(env, i < count ? napi_get_value_int32(env, values[i], &value) : napi_invalid_arg, "expected an integer");
  return value;
}

int64_t Arguments::integer64(size_t i) const {
  int64_t value;
  check(env, i < count ? napi_get_value_int64(env, values[i], &value) : napi_invalid_arg, "expected an integer");
  return value;
}

bool Arguments::boolean(size_t i) const {
  bool value;
  check(env, i < count ? napi_get_value_bool(env, values[i], &value) : napi_invalid_arg, "expected true or false");
  return value;
}

std::string Arguments::text(size_t i) const {
  size_t length = 0;
  check(env, i < count ? napi_get_value_string_utf8(env, values[i], nullptr, 0, &length) : napi_invalid_arg,
        "expected a string");
  std::string value(length, '\0');
  napi_get_value_string_utf8(env, values[i], value.data(), length + 1, &length);
  return value;
}

at::Tensor Arguments::tensor(size_t i) const { return lookup(integer(i)); }

napi_value undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}

napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

napi_value boolean(napi_env env, bool value) {
  napi_value result;
  napi_get_boolean(env, value, &result);
  return result;
}

napi_value text(napi_env env, const std::string& value) {
  napi_value result;
  check(env, napi_create_string_utf8(env, value.data(), value.size(), &result), "cannot make a string");
  return result;
}

void add(napi_env env, napi_value exports, const char* name, Callback callback) {
  napi_value function;
  check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function), "cannot make a function");
  check(env, napi_set_named_property(env, exports, name, function), "cannot export a function");
}

namespace {

// What is not a tensor, oneDNN's scratch among it, comes and goes at every step too; it stays in the C library's heap.
void keep_scratch() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

napi_value initialise(napi_env env, napi_value exports) {
  return guarded(env, [&] {
    keep_scratch();
    install_allocator();
    register_handles(env, exports);
    register_operators(env, exports);
    register_tensors(env, exports);
    register_autograd(env, exports);
    register_modes(env, exports);
    register_runtime(env, exports);
    register_allocator(env, exports);
    register_cuda_graph(env, exports);
    return exports;
  });
}

}  // namespace
}  // namespace arpent

NAPI_MODULE_INIT() { return arpent::initialise(env, exports); }
