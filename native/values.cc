// Values of operators between JavaScript and libtorch.
#include "values.h"

#include <cmath>

namespace arpent {
namespace {

Kind kind_of(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType: return Kind::Tensor;
    case c10::TypeKind::IntType: return Kind::Integer;
    case c10::TypeKind::FloatType: return Kind::Float;
    case c10::TypeKind::BoolType: return Kind::Boolean;
    case c10::TypeKind::NumberType: return Kind::Number;
    case c10::TypeKind::StringType: return Kind::Text;
    case c10::TypeKind::DeviceObjType: return Kind::Device;
    default: return Kind::Unsupported;
  }
}

bool nullish(napi_env env, napi_value value) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  return type == napi_undefined || type == napi_null;
}

std::string string_of(napi_env env, napi_value value) {
  size_t length;
  check(env, napi_get_value_string_utf8(env, value, nullptr, 0, &length), "expected a string");
  std::string result(length, '\0');
  napi_get_value_string_utf8(env, value, result.data(), length + 1, &length);
  return result;
}

int64_t integer_of(napi_env env, napi_value value) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  if (type == napi_string) return enumerator(string_of(env, value));
  int64_t result;
  if (type == napi_bigint) {
    bool lossless;
    check(env, napi_get_value_bigint_int64(env, value, &result, &lossless), "expected an integer");
    return result;
  }
  double number;
  check(env, napi_get_value_double(env, value, &number), "expected an integer");
  if (number != std::trunc(number)) throw BridgeError("expected an integer, got " + std::to_string(number));
  return static_cast<int64_t>(number);
}

// A whole JavaScript number is an integer scalar, as Python's 1 is; `{ float: 1 }` forces a floating one.
c10::Scalar scalar_of(napi_env env, napi_value value) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  if (type == napi_boolean) {
    bool flag;
    napi_get_value_bool(env, value, &flag);
    return flag;
  }
  if (type == napi_bigint) return integer_of(env, value);
  double number;
  if (type == napi_object) {
    napi_value inner;
    check(env, napi_get_named_property(env, value, "float", &inner), "expected a number");
    check(env, napi_get_value_double(env, inner, &number), "expected a number or { float: number }");
    return number;
  }
  check(env, napi_get_value_double(env, value, &number), "expected a number");
  if (number == std::trunc(number) && std::abs(number) < 9007199254740992.0) return static_cast<int64_t>(number);
  return number;
}

c10::IValue item(napi_env env, napi_value value, Kind kind) {
  switch (kind) {
    case Kind::Tensor: {
      int32_t handle;
      check(env, napi_get_value_int32(env, value, &handle), "expected a tensor");
      return lookup(handle);
    }
    case Kind::Integer: return integer_of(env, value);
    case Kind::Float: {
      double number;
      check(env, napi_get_value_double(env, value, &number), "expected a number");
      return number;
    }
    case Kind::Boolean: {
      bool flag;
      check(env, napi_get_value_bool(env, value, &flag), "expected true or false");
      return flag;
    }
    case Kind::Number: return scalar_of(env, value);
    case Kind::Text: return string_of(env, value);
    case Kind::Device: return c10::Device(string_of(env, value));
    case Kind::Unsupported: break;
  }
  throw BridgeError("this argument's type has no JavaScript form; leave it out");
}

template <typename T, typename Convert>
c10::List<T> list_of(napi_env env, napi_value value, int32_t fixed_length, Convert&& convert) {
  c10::List<T> result;
  bool is_array = false;
  napi_is_array(env, value, &is_array);
  if (!is_array) {
    if (fixed_length == 0) throw BridgeError("expected a list");
    const T one = convert(value);
    for (int32_t i = 0; i < fixed_length; i++) result.push_back(one);
    return result;
  }
  uint32_t length;
  napi_get_array_length(env, value, &length);
  result.reserve(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    napi_get_element(env, value, i, &element);
    result.push_back(convert(element));
  }
  return result;
}

c10::IValue tensor_list(napi_env env, napi_value value) {
  c10::List<at::Tensor> result;
  const std::vector<int32_t> handles = handle_list(env, value);
  result.reserve(handles.size());
  for (const int32_t handle : handles) result.push_back(lookup(handle));
  return result;
}

}  // namespace

Value describe(const c10::Argument& argument) {
  Value value;
  c10::TypePtr type = argument.type();
  if (type->kind() == c10::TypeKind::OptionalType) {
    value.optional = true;
    type = type->containedTypes()[0];
  }
  if (type->kind() == c10::TypeKind::ListType) {
    value.list = true;
    value.fixed_length = argument.N().value_or(0);
    type = type->containedTypes()[0];
    if (type->kind() == c10::TypeKind::OptionalType) {
      value.optional_items = true;
      type = type->containedTypes()[0];
    }
  }
  value.kind = kind_of(*type);
  return value;
}

c10::IValue convert(napi_env env, napi_value value, const Value& to) {
  if (to.optional && nullish(env, value)) return c10::IValue();
  if (!to.list) return item(env, value, to.kind);
  switch (to.kind) {
    case Kind::Tensor:
      if (!to.optional_items) return tensor_list(env, value);
      return list_of<c10::optional<at::Tensor>>(env, value, 0, [&](napi_value v) -> c10::optional<at::Tensor> {
        if (nullish(env, v)) return c10::nullopt;
        return item(env, v, Kind::Tensor).toTensor();
      });
    case Kind::Integer:
      return list_of<int64_t>(env, value, to.fixed_length, [&](napi_value v) { return integer_of(env, v); });
    case Kind::Float:
      return list_of<double>(env, value, to.fixed_length, [&](napi_value v) { return item(env, v, Kind::Float).toDouble(); });
    case Kind::Boolean:
      return list_of<bool>(env, value, to.fixed_length, [&](napi_value v) { return item(env, v, Kind::Boolean).toBool(); });
    case Kind::Number: {
      c10::impl::GenericList scalars(c10::NumberType::get());
      uint32_t length;
      check(env, napi_get_array_length(env, value, &length), "expected a list of numbers");
      for (uint32_t i = 0; i < length; i++) {
        napi_value element;
        napi_get_element(env, value, i, &element);
        scalars.push_back(c10::IValue(scalar_of(env, element)));
      }
      return scalars;
    }
    default: throw BridgeError("this list's type has no JavaScript form; leave it out");
  }
}

napi_value result_of(napi_env env, const c10::IValue& value) {
  if (value.isTensor()) {
    if (!value.toTensor().defined()) return undefined(env);
    return retained(env, value.toTensor());
  }
  if (value.isInt()) return number(env, static_cast<double>(value.toInt()));
  if (value.isDouble()) return number(env, value.toDouble());
  if (value.isBool()) return boolean(env, value.toBool());
  if (value.isString()) return text(env, value.toStringRef());
  if (value.isNone()) return undefined(env);
  if (value.isScalar()) {
    const c10::Scalar scalar = value.toScalar();
    return scalar.isBoolean() ? boolean(env, scalar.toBool()) : number(env, scalar.toDouble());
  }
  if (value.isList()) {
    const auto list = value.toList();
    napi_value result;
    napi_create_array_with_length(env, list.size(), &result);
    for (size_t i = 0; i < list.size(); i++) napi_set_element(env, result, i, result_of(env, list.get(i)));
    return result;
  }
  throw BridgeError("this operator returns a type that has no JavaScript form");
}

}  // namespace arpent
