// Any operator of the dispatcher, by name: the schema says how to convert each argument and each result.
#include <ATen/core/dispatch/Dispatcher.h>

#include <deque>
#include <unordered_map>

#include "bridge.h"

namespace arpent {
namespace {

// What an argument or result is, once optionality and lists are peeled off its type.
enum class Kind { Tensor, Integer, Float, Boolean, Number, Text, Device, Unsupported };

struct Value {
  Kind kind = Kind::Unsupported;
  bool optional = false;       // None is allowed
  bool list = false;           // a list of `kind`
  bool optional_items = false; // a list whose items may be None (index tensors)
  int32_t fixed_length = 0;    // `int[2]`: one number stands for two
};

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

struct Operator {
  explicit Operator(c10::OperatorHandle handle) : handle(std::move(handle)) {}
  c10::OperatorHandle handle;
  std::vector<Value> arguments;
  std::vector<Value> results;
  std::vector<int> alias;  // for each result, the argument it writes to and is, or -1
};

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

std::string argument_place(const Operator& op, size_t i) {
  return "argument " + std::to_string(i + 1) + " (" + op.handle.schema().arguments()[i].name() + ")";
}

napi_value call(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    constexpr size_t kMost = 64;
    napi_value values[kMost];
    size_t count = kMost;
    void* data;
    check(env, napi_get_cb_info(env, info, &count, values, nullptr, &data), "cannot read the call's arguments");
    const Operator& op = *static_cast<Operator*>(data);
    const auto& schema = op.handle.schema();
    if (count > op.arguments.size()) {
      throw BridgeError("takes " + std::to_string(op.arguments.size()) + " arguments, got " + std::to_string(count));
    }
    torch::jit::Stack stack;
    stack.reserve(op.arguments.size());
    for (size_t i = 0; i < op.arguments.size(); i++) {
      napi_valuetype type = napi_undefined;
      if (i < count) napi_typeof(env, values[i], &type);
      if (type == napi_undefined) {
        const auto& fallback = schema.arguments()[i].default_value();
        if (fallback) stack.push_back(*fallback);
        else if (op.arguments[i].optional) stack.emplace_back();
        else throw BridgeError(argument_place(op, i) + " is missing");
        continue;
      }
      try {
        stack.push_back(convert(env, values[i], op.arguments[i]));
      } catch (const BridgeError& error) {
        throw BridgeError(argument_place(op, i) + ": " + error.what());
      }
    }
    op.handle.callBoxed(&stack);
    if (op.results.empty()) return undefined(env);
    if (op.results.size() == 1) return op.alias[0] >= 0 ? undefined(env) : result_of(env, stack[0]);
    napi_value results;
    napi_create_array_with_length(env, op.results.size(), &results);
    for (size_t i = 0; i < op.results.size(); i++) {
      if (op.alias[i] < 0) napi_set_element(env, results, i, result_of(env, stack[i]));
    }
    return results;
  });
}

// The argument that a result aliases for writing (`add_` returns its first argument), or -1.
int written_argument(const c10::FunctionSchema& schema, const c10::Argument& result) {
  const auto* alias = result.alias_info();
  if (alias == nullptr || !alias->isWrite()) return -1;
  for (size_t i = 0; i < schema.arguments().size(); i++) {
    const auto* other = schema.arguments()[i].alias_info();
    if (other != nullptr && other->isWrite() && other->beforeSets() == alias->beforeSets()) return static_cast<int>(i);
  }
  return -1;
}

// How JavaScript must treat an argument or a result: t tensor, l list of tensors, v anything else.
std::string codes(const std::vector<Value>& values) {
  std::string result;
  for (const Value& value : values) result += value.kind == Kind::Tensor ? (value.list ? 'l' : 't') : 'v';
  return result;
}

napi_value describe_operator(napi_env env, Operator& op) {
  napi_value result, function, names, aliases;
  napi_create_object(env, &result);
  check(env, napi_create_function(env, nullptr, 0, call, &op, &function), "cannot make a function");
  napi_set_named_property(env, result, "call", function);
  napi_set_named_property(env, result, "arguments", text(env, codes(op.arguments)));
  napi_set_named_property(env, result, "results", text(env, codes(op.results)));
  std::ostringstream schema;
  schema << op.handle.schema();
  napi_set_named_property(env, result, "schema", text(env, schema.str()));
  napi_create_array(env, &names);
  for (size_t i = 0; i < op.arguments.size(); i++) {
    napi_set_element(env, names, i, text(env, op.handle.schema().arguments()[i].name()));
  }
  napi_set_named_property(env, result, "names", names);
  napi_create_array(env, &aliases);
  for (size_t i = 0; i < op.alias.size(); i++) napi_set_element(env, aliases, i, number(env, op.alias[i]));
  napi_set_named_property(env, result, "alias", aliases);
  return result;
}

// operator(name, overload) → { call, arguments, results, names, alias, schema }, or undefined when this libtorch has none.
napi_value find_operator(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    // Bound functions keep pointers into this deque, so operators are never moved or dropped.
    static thread_local auto* operators = new std::deque<Operator>();
    static thread_local auto* known = new std::unordered_map<std::string, Operator*>();
    Arguments arguments(env, info);
    const std::string name = arguments.text(0);
    const std::string overload = arguments.present(1) ? arguments.text(1) : "";
    const std::string key = name + "/" + overload;
    if (const auto found = known->find(key); found != known->end()) return describe_operator(env, *found->second);
    const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle) return undefined(env);
    Operator& op = operators->emplace_back(*handle);
    const auto& schema = op.handle.schema();
    for (const auto& argument : schema.arguments()) op.arguments.push_back(describe(argument));
    for (const auto& result : schema.returns()) {
      op.results.push_back(describe(result));
      op.alias.push_back(written_argument(schema, result));
    }
    known->emplace(key, &op);
    return describe_operator(env, op);
  });
}

// Every operator with a schema, as "name" or "name.overload": what this libtorch offers.
napi_value operator_names(napi_env env, napi_callback_info) {
  return guarded(env, [&] {
    napi_value result;
    napi_create_array(env, &result);
    uint32_t count = 0;
    for (const auto& name : c10::Dispatcher::singleton().getAllOpNames()) {
      if (!c10::Dispatcher::singleton().findSchema(name)) continue;
      const std::string full = name.overload_name.empty() ? name.name : name.name + "." + name.overload_name;
      napi_set_element(env, result, count++, text(env, full));
    }
    return result;
  });
}

}  // namespace

void register_operators(napi_env env, napi_value exports) {
  add(env, exports, "operator", find_operator);
  add(env, exports, "operatorNames", operator_names);
}

}  // namespace arpent
