// Any operator of the dispatcher, by name: the schema says how to convert each argument and each result.
#include <ATen/core/dispatch/Dispatcher.h>

#include <deque>
#include <sstream>
#include <unordered_map>

#include "values.h"

namespace arpent {
namespace {

struct Operator {
  explicit Operator(c10::OperatorHandle handle) : handle(std::move(handle)) {}
  c10::OperatorHandle handle;
  std::vector<Value> arguments;
  std::vector<Value> results;
  std::vector<int> alias;  // for each result, the argument it writes to and is, or -1
};

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
