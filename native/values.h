// Arguments and results of operators: their types as a schema tells them, and their values to and from JavaScript.
#pragma once

#include <ATen/core/function_schema.h>

#include "bridge.h"

namespace arpent {

// What an argument or result is, once optionality and lists are peeled off its type.
enum class Kind { Tensor, Integer, Float, Boolean, Number, Text, Device, Unsupported };

struct Value {
  Kind kind = Kind::Unsupported;
  bool optional = false;       // None is allowed
  bool list = false;           // a list of `kind`
  bool optional_items = false; // a list whose items may be None (index tensors)
  int32_t fixed_length = 0;    // `int[2]`: one number stands for two
};

Value describe(const c10::Argument& argument);

// A JavaScript value as the argument that a schema asks for; throws BridgeError where it is something else.
c10::IValue convert(napi_env env, napi_value value, const Value& to);

// A result as JavaScript sees it: tensors as handles, lists as arrays, None as undefined.
napi_value result_of(napi_env env, const c10::IValue& value);

}  // namespace arpent
